//! What stands on the page while no data set is open: what it is for, and how to begin.

use std::path::PathBuf;

use egui::{Button, RichText, Ui};

use super::{
    super::{Ask, View, background::Background, map::Drawn, theme},
    forms::{IndexForm, OpenForm},
};
use crate::state::{Action, DatasetAction};

/// Whether the index that was open last is still there. It is looked for once: it may lie on a disk that is slow, or gone.
pub type LastIndex = Drawn<PathBuf, bool>;

/// Draws the words and the buttons.
pub fn welcome_ui(view: &mut View<'_>, ui: &mut Ui, last_index: &mut LastIndex) {
    let palette = theme::palette(ui);
    ui.painter().rect_filled(ui.max_rect(), 0.0, palette.ground);
    ui.add_space((ui.available_height() * 0.28).max(16.0));
    ui.vertical_centered(|ui| {
        if let Some(file) = view.state.dataset().opening() {
            ui.label(RichText::new(format!("Opening {} …", file.display())).size(16.0));
            return;
        }
        ui.label(RichText::new("A folder of street views, seen at once").size(theme::PLACE_SIZE));
        ui.add_space(theme::GAP);
        ui.label("Every picture is read once: how much it tells of its place, where and when it was taken, what it looks like.");
        ui.label("Then sift them by score, country and map, mark what you have checked, and export what you keep.");
        ui.label(RichText::new("Pictures stay where they are, and nothing leaves this machine.").weak());
        ui.add_space(theme::GAP_WIDE);
        let width = egui::vec2(190.0, 32.0);
        let index = Button::new(RichText::new("Index a folder…").color(palette.on_accent)).fill(palette.accent);
        if ui.add(index.min_size(width)).clicked() {
            view.asks.push(Ask::Browse(Box::new(IndexForm::new())));
        }
        ui.add_space(theme::GAP);
        if ui.add(Button::new("Open an index…").min_size(width)).clicked() {
            view.asks.push(Ask::Browse(Box::new(OpenForm::new())));
        }
        let ctx = ui.ctx().clone();
        let mut is_there = |file: &PathBuf| {
            let sought = file.clone();
            let look = || Background::start("terrasight-index", &ctx, move || sought.is_file());
            last_index.get(file.clone(), look).is_some_and(|is_there| *is_there)
        };
        if let Some(last) = view.state.settings().last_index.as_ref().filter(|last| is_there(last)) {
            ui.add_space(theme::GAP);
            let name = last.file_name().unwrap_or(last.as_os_str()).to_string_lossy();
            let again = ui.add(Button::new(format!("Open {name} again")).min_size(width));
            if again.on_hover_text(last.display().to_string()).clicked() {
                view.actions.push(Action::Dataset(DatasetAction::Open(last.clone())));
            }
        }
        ui.add_space(theme::GAP_WIDE);
        let text = "A folder dropped here is indexed; so are a table (CSV), records (JSON, JSONL, Parquet) and a list of files.";
        ui.label(RichText::new(text).small().weak());
    });
}
