//! What is about to become of a sign: another text, or a new sign whose box is drawn on the picture and whose text is typed.

use egui::{Key, Pos2, Rect, Response, TextEdit, Ui, vec2};

use super::{super::super::View, SignsView, can_change};
use crate::{
    predict::sign::Sign,
    state::{Action, Entry, PictureKey},
};

/// No longer text is taken, in characters.
const LONGEST_TEXT: usize = 200;
/// A box with shorter sides was no box, in points.
const LEAST_SIDE: f32 = 4.0;

/// What is being drawn or typed.
pub(super) enum Draft {
    /// Another text for the sign of this id.
    Text { id: String, text: String, is_new: bool },
    /// The box of a new sign, from corner to corner in points of the window.
    Outline(Option<[Pos2; 2]>),
    /// The text of a new sign in this box: left, top, right and bottom edge as shares of the picture's width and height.
    Addition { edges: [f32; 4], text: String, is_new: bool },
}

impl SignsView {
    /// A new sign's box is to be drawn on the picture; or not, where that had been begun.
    pub fn toggle_adding(&mut self, entry: &Entry) {
        self.look_at(entry);
        let is_adding = matches!(self.draft, Some(Draft::Outline(_)));
        self.draft = (!is_adding && can_change(entry)).then_some(Draft::Outline(None));
    }

    /// Whether dragging on the picture draws a box.
    pub fn is_outlining(&self) -> bool {
        matches!(self.draft, Some(Draft::Outline(_)))
    }

    /// Gives up what is being drawn or typed; whether there was anything.
    pub fn give_up(&mut self) -> bool {
        self.draft.take().is_some()
    }

    pub(super) fn correct(&mut self, sign: &Sign) {
        self.chosen = Some(sign.id.clone());
        self.draft = Some(Draft::Text { id: sign.id.clone(), text: sign.text.clone(), is_new: true });
    }

    /// Follows the box that is drawn on the picture, which lies in `rect`.
    pub(super) fn outline(&mut self, ui: &Ui, response: &Response, rect: Rect) {
        let Some(Draft::Outline(corners)) = &mut self.draft else { return };
        let pointer = response.interact_pointer_pos();
        if response.drag_started() {
            *corners = ui.input(|input| input.pointer.press_origin()).zip(pointer).map(|(from, to)| [from, to]);
        }
        if let (Some([_, to]), Some(pointer)) = (corners.as_mut(), pointer) {
            *to = pointer;
        }
        if let (true, Some([from, to])) = (response.drag_stopped(), *corners) {
            let drawn = Rect::from_two_pos(from, to).intersect(rect);
            let is_box = drawn.width() >= LEAST_SIDE && drawn.height() >= LEAST_SIDE;
            self.draft = Some(if is_box { addition(drawn, rect) } else { Draft::Outline(None) });
        }
    }

    /// The box of a new sign, where one is drawn or stands.
    pub(super) fn new_box(&self, rect: Rect) -> Option<Rect> {
        match &self.draft {
            Some(Draft::Outline(Some([from, to]))) => Some(Rect::from_two_pos(*from, *to).intersect(rect)),
            Some(Draft::Addition { edges: [left, top, right, bottom], .. }) => {
                let at = |x: &f32, y: &f32| rect.min + rect.size() * vec2(*x, *y);
                Some(Rect::from_min_max(at(left, top), at(right, bottom)))
            }
            _ => None,
        }
    }

    /// What to do to add a sign, or the field for its text.
    pub(super) fn addition_ui(&mut self, view: &mut View<'_>, ui: &mut Ui, key: PictureKey) {
        match &mut self.draft {
            Some(Draft::Outline(_)) => {
                ui.label("Drag a box around it on the picture. Esc gives up.");
                if ui.button("It fills the picture").clicked() {
                    self.draft =
                        Some(Draft::Addition { edges: [0.0, 0.0, 1.0, 1.0], text: String::new(), is_new: true });
                }
            }
            Some(Draft::Addition { edges, text, is_new }) => {
                let edges = *edges;
                let name = ui.label("What it says (Enter adds it, Esc gives up)");
                let field = ui.add(field(text)).labelled_by(name.id);
                if std::mem::take(is_new) {
                    field.request_focus();
                }
                if let Some(text) = taken(ui, &field, text) {
                    view.actions.push(Action::PutSign(key, Sign::added(edges, &text)));
                    self.draft = None;
                }
            }
            _ => {}
        }
    }

    /// The field in which a sign's text is typed, where it is this sign's; whether it was drawn.
    pub(super) fn text_ui(&mut self, view: &mut View<'_>, ui: &mut Ui, key: PictureKey, sign: &Sign) -> bool {
        let Some(Draft::Text { id, text, is_new }) = &mut self.draft else { return false };
        if *id != sign.id {
            return false;
        }
        let field = ui.add(field(text));
        let name = format!("Text of sign {id}");
        ui.ctx().accesskit_node_builder(field.id, |node| node.set_label(name));
        if std::mem::take(is_new) {
            field.request_focus();
        }
        if let Some(text) = taken(ui, &field, text) {
            view.actions.push(Action::PutSign(key, sign.corrected(&text)));
            self.draft = None;
        }
        true
    }
}

fn addition(drawn: Rect, rect: Rect) -> Draft {
    let share = |at: Pos2| ((at - rect.min) / rect.size()).clamp(vec2(0.0, 0.0), vec2(1.0, 1.0));
    let (from, to) = (share(drawn.min), share(drawn.max));
    Draft::Addition { edges: [from.x, from.y, to.x, to.y], text: String::new(), is_new: true }
}

fn field(text: &mut String) -> TextEdit<'_> {
    TextEdit::singleline(text).char_limit(LONGEST_TEXT).desired_width(f32::INFINITY)
}

/// The text that Enter was pressed on; none where it is empty.
fn taken(ui: &Ui, field: &Response, text: &str) -> Option<String> {
    let text = text.trim();
    let is_entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    (is_entered && !text.is_empty()).then(|| text.to_owned())
}
