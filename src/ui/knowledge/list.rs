//! The list of the records that are shown: what each is about, where it holds and how strongly it speaks.

use egui::{Align2, FontId, RichText, ScrollArea, Ui, pos2};

use super::{
    super::{View, theme, words},
    sieve::{Sieve, is_own},
};
use crate::knowledge::clues::ClueRecord;

/// Height of a record's row, in points.
const ROW: f32 = 44.0;
/// Room for the strength at the right.
const FACTOR: f32 = 68.0;

/// Draws the list, and how many there are; a click looks at one.
pub(super) fn list_ui(
    view: &View<'_>,
    ui: &mut Ui,
    shown: &[&ClueRecord],
    chosen: &mut Option<String>,
    sieve: &mut Sieve,
) {
    let all = view.state.clues().records().len();
    let heading = format!("{} of {} records", words::count(shown.len()), words::count(all));
    ui.label(RichText::new(heading).strong());
    if shown.is_empty() {
        ui.add_space(theme::GAP_WIDE);
        let why = if view.state.own_clues().is_empty() && sieve.asks_for_own() {
            "You have no clues of your own yet: add one with the button above."
        } else {
            "No record has all that is asked for."
        };
        ui.label(RichText::new(why).weak());
        if ui.button("Show all records").clicked() {
            sieve.reset();
        }
        return;
    }
    ui.add_space(theme::GAP);
    ScrollArea::vertical().id_salt("clue records").auto_shrink(false).show_rows(ui, ROW, shown.len(), |ui, rows| {
        for record in &shown[rows] {
            row_ui(view, ui, record, chosen);
        }
    });
}

fn row_ui(view: &View<'_>, ui: &mut Ui, record: &ClueRecord, chosen: &mut Option<String>) {
    let palette = theme::palette(ui);
    let is_chosen = chosen.as_ref() == Some(&record.id);
    let own = if is_own(view.state, record) { " (yours)" } else { "" };
    let name = format!("Record {}{own}: {}", record.id, words::clue(record));
    let response = theme::list_row(ui, ROW, is_chosen, &name);
    let row = response.rect;
    let title = format!("{}: {}{own}", words::feature(record.feature), record.value);
    theme::row_text(ui, row, FACTOR, [(4.0, title), (24.0, words::clue_regions(record))]);
    let strength = words::factor(record.factor(true));
    let font = FontId::proportional(theme::SMALL_SIZE);
    ui.painter().text(pos2(row.max.x - 8.0, row.center().y), Align2::RIGHT_CENTER, strength, font, palette.text_weak);
    if response.clicked() {
        *chosen = Some(record.id.clone());
    }
}
