//! A clue that the user sees in the picture, picked from the knowledge by a few words: it becomes a piece of evidence.

use egui::{Button, Key, KeyboardShortcut, RichText, Role, Sides, TextEdit, Ui, WidgetInfo};

use super::super::{View, shortcuts::hint, theme, words};
use crate::{
    knowledge::clues::ClueRecord,
    predict::hint::ticked,
    state::{Action, Entry, PictureKey},
};

/// No longer search is taken, in characters.
const LONGEST: usize = 80;
/// No more records than this are offered.
const MOST: usize = 8;

/// What is being looked for.
#[derive(Default)]
pub struct Ticking {
    of: Option<PictureKey>,
    /// Whether the field is there.
    is_open: bool,
    text: String,
    takes_focus: bool,
}

impl Ticking {
    /// Opens the field, for the user to type into it; or closes it.
    pub fn toggle(&mut self) {
        self.is_open = !self.is_open;
        self.takes_focus = self.is_open;
        self.text.clear();
    }

    /// Closes the field; whether it was open.
    pub fn give_up(&mut self) -> bool {
        std::mem::take(&mut self.is_open)
    }

    /// Draws the button that opens the field, where evidence can be added.
    pub fn button_ui(&mut self, ui: &mut Ui, entry: &Entry, key: KeyboardShortcut) {
        if !entry.takes_evidence() {
            return;
        }
        let text = hint(ui.ctx(), "Something that you see in the picture, picked from the clue knowledge", key);
        if theme::small_toggle(ui, self.is_open, "Add a clue").on_hover_text(text).clicked() {
            self.toggle();
        }
    }

    /// Draws the field, and under it the records that its words may mean.
    pub fn ui(&mut self, view: &mut View<'_>, ui: &mut Ui, entry: &Entry) {
        if self.of.replace(entry.key) != Some(entry.key) {
            self.text.clear();
        }
        if !self.is_open || !entry.takes_evidence() {
            return;
        }
        let field = TextEdit::singleline(&mut self.text).char_limit(LONGEST).desired_width(f32::INFINITY);
        let field = ui.add(field.hint_text("yellow plates, drives on the left …"));
        ui.ctx().accesskit_node_builder(field.id, |node| node.set_label("Search for a clue to add"));
        if std::mem::take(&mut self.takes_focus) {
            field.request_focus();
        }
        let clues = view.state.clues();
        let found = clues.search(&self.text, MOST);
        let mut picked = None;
        for record in &found {
            picked = record_ui(ui, record).map(|is_so| (*record, is_so)).or(picked);
        }
        if found.is_empty() && !self.text.trim().is_empty() {
            ui.label(RichText::new("No record of the knowledge has these words.").weak());
        }
        let is_entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        if let (true, Some(first)) = (is_entered, found.first()) {
            picked = Some((*first, true));
        }
        if let Some((record, is_so)) = picked {
            view.actions.push(Action::AddPiece(entry.key, Box::new(ticked(record, is_so))));
            self.give_up();
        }
        ui.add_space(theme::GAP);
    }
}

/// A record that is offered; whether it is seen, or known not to be so, where one of both was pressed.
fn record_ui(ui: &mut Ui, record: &ClueRecord) -> Option<bool> {
    let what = format!("{}, {}", words::feature(record.feature), record.value);
    let about = format!("{}\n{}", words::clue(record), words::clue_factor(record));
    let see = |ui: &mut Ui| {
        let see = ui.add(Button::new(&what).truncate());
        see.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("I see: {what}")));
        see.on_hover_text(&about).clicked().then_some(true)
    };
    let not = |ui: &mut Ui| {
        let not = theme::small_button(ui, "Not so");
        not.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("It is not so: {what}")));
        not.on_hover_text("You know that it is not so here").clicked().then_some(false)
    };
    let (see, not) = Sides::new().shrink_left().truncate().show(ui, see, not);
    see.or(not)
}
