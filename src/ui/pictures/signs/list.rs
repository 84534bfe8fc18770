//! The list of the signs: what each says, how surely it was read, and what the user makes of it.

use egui::{Button, Checkbox, Label, Rect, RichText, Role, ScrollArea, Sides, Ui, UiBuilder, WidgetInfo, vec2};

use super::{
    super::super::{View, shortcuts::hint, theme, words},
    SignsView, can_change, signs_of,
};
use crate::{
    predict::{FindingProblem, sign::Sign},
    state::{Action, Entry},
};

/// Height of a sign's row, in points.
const ROW: f32 = 50.0;

impl SignsView {
    /// Draws the list; `add` is the key that begins a new sign.
    pub fn list_ui(&mut self, view: &mut View<'_>, ui: &mut Ui, entry: &Entry, add: egui::KeyboardShortcut) {
        self.look_at(entry);
        let signs = signs_of(entry);
        if entry.found().is_none() {
            ui.label(RichText::new("What signs say stands here when the picture has been located.").weak());
            return;
        }
        self.head_ui(view, ui, entry, add);
        if signs.is_empty() {
            ui.label(RichText::new(why_none(view, entry)).weak());
            return;
        }
        let spacing = ui.spacing().item_spacing.y;
        let mut area = ScrollArea::vertical().id_salt(("signs", entry.key)).auto_shrink(false);
        let chosen = signs.iter().position(|sign| self.chosen.as_ref() == Some(&sign.id));
        if let (true, Some(place)) = (std::mem::take(&mut self.follows), chosen) {
            let middle = place as f32 * (ROW + spacing) - (ui.available_height() - ROW) / 2.0;
            area = area.vertical_scroll_offset(middle.max(0.0));
        }
        area.show_rows(ui, ROW, signs.len(), |ui, seen| {
            for sign in &signs[seen] {
                let (row, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), egui::Sense::hover());
                self.row_ui(view, ui, entry, sign, row);
            }
        });
    }

    fn head_ui(&mut self, view: &mut View<'_>, ui: &mut Ui, entry: &Entry, add: egui::KeyboardShortcut) {
        if !can_change(entry) {
            ui.label(RichText::new("Locate the picture again to correct signs or add some.").weak());
            return;
        }
        let mut is_adding = self.is_outlining();
        let text = hint(ui.ctx(), "A sign that was missed: draw a box around it and type what it says", add);
        if theme::toggle(ui, &mut is_adding, Button::new("Add a sign")).on_hover_text(text).clicked() {
            self.toggle_adding(entry);
        }
        self.addition_ui(view, ui, entry.key);
        ui.add_space(theme::GAP);
    }

    fn row_ui(&mut self, view: &mut View<'_>, ui: &mut Ui, entry: &Entry, sign: &Sign, row: Rect) {
        let can_change = can_change(entry);
        if self.is_lit(sign) {
            ui.painter().rect_filled(row, f32::from(theme::CORNER), theme::palette(ui).accent_faint);
        }
        if ui.rect_contains_pointer(row) {
            self.point_at(ui, std::slice::from_ref(&sign.id));
        }
        let inside = UiBuilder::new().max_rect(row.shrink2(vec2(4.0, 1.0))).id_salt(("sign", &sign.id));
        ui.scope_builder(inside, |ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            if !self.text_ui(view, ui, entry.key, sign) {
                let buttons = |ui: &mut Ui| if can_change { buttons_ui(ui, sign) } else { None };
                let said = |ui: &mut Ui| said_ui(ui, sign, can_change);
                let (left, right) = Sides::new().shrink_left().truncate().show(ui, said, buttons);
                match right.or(left) {
                    Some(Wish::Show) => self.choose(&sign.id),
                    Some(Wish::Type) => self.correct(sign),
                    Some(Wish::Put(sign)) => view.actions.push(Action::PutSign(entry.key, *sign)),
                    Some(Wish::Drop) => view.actions.push(Action::DropSign(entry.key, sign.id.clone())),
                    None => {}
                }
            }
            ui.add(Label::new(RichText::new(words::sign_reading(sign)).small().weak()).truncate());
        });
    }
}

/// What the user wants with a sign.
enum Wish {
    /// See it on the picture.
    Show,
    /// Type what it says.
    Type,
    /// Have it be so.
    Put(Box<Sign>),
    /// Take it away.
    Drop,
}

impl Wish {
    fn put(sign: Sign) -> Self {
        Self::Put(Box::new(sign))
    }
}

/// Its switch with its number, and what it says.
fn said_ui(ui: &mut Ui, sign: &Sign, can_change: bool) -> Option<Wish> {
    let mut on = sign.on;
    let switch = ui.add_enabled(can_change, Checkbox::new(&mut on, RichText::new(&sign.id).strong()));
    switch.widget_info(|| WidgetInfo::selected(Role::CheckBox, can_change, sign.on, words::sign(sign)));
    if switch.on_hover_text("Whether it counts; the places are ranked anew").changed() {
        return Some(Wish::put(Sign { on, ..sign.clone() }));
    }
    let text = RichText::new(words::sign_text(sign));
    let text = match (sign.on, sign.text.is_empty()) {
        (false, _) => text.strikethrough().weak(),
        (true, true) => text.italics(),
        (true, false) => text,
    };
    let said = ui.add(Button::new(text).frame(false).truncate());
    let name = format!("Show sign {} on the picture", sign.id);
    said.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    match (said.double_clicked() && can_change, said.clicked()) {
        (true, _) => Some(Wish::Type),
        (false, true) => Some(Wish::Show),
        (false, false) => None,
    }
}

/// What can be done with it, from the right.
fn buttons_ui(ui: &mut Ui, sign: &Sign) -> Option<Wish> {
    let mut wish = None;
    let mut button = |shown: &str, name: String, hover: &str, wanted: Wish| {
        let button = theme::small_button(ui, shown).on_hover_text(hover);
        button.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
        if button.clicked() {
            wish = Some(wanted);
        }
    };
    let id = &sign.id;
    button("Edit", format!("Edit sign {id}"), "Type what it says", Wish::Type);
    if sign.is_added {
        button("×", format!("Remove sign {id}"), "Take it away", Wish::Drop);
    }
    if sign.read_as.is_some() {
        let back = Wish::put(sign.as_it_was_read());
        button("As read", format!("Sign {id} as it was read"), "What was read in it", back);
    }
    wish
}

/// Why there are no signs.
fn why_none(view: &View<'_>, entry: &Entry) -> String {
    let problems = entry.found().map_or(&[][..], |found| &found.finding.problems);
    let not_read = problems.iter().find(|problem| matches!(problem, FindingProblem::SignsNotRead(_)));
    match not_read {
        Some(problem) => words::problem(problem),
        None if view.state.settings().locate.reads_signs => "No text was read in this picture.".to_owned(),
        None => "Signs are not read, as it was asked for.".to_owned(),
    }
}
