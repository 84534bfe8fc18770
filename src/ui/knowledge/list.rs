//! The list of the records that are shown: what each is about, where it holds and how strongly it speaks.

use egui::{Align, Align2, FontId, Layout, RichText, ScrollArea, Ui, pos2};

use super::{
    super::{View, theme, words},
    sieve::{Sieve, is_own},
};
use crate::knowledge::clues::ClueRecord;

/// Height of a record's row, in points.
const ROW: f32 = 44.0;
/// Room for the strength at the right.
const FACTOR: f32 = 68.0;
/// What the number of a row means.
const STRENGTH: &str = "How many times likelier a picture that shows it is from these countries than from others";

/// Draws the list, and how many there are; the id of the one that was clicked on comes back.
pub(super) fn list_ui(
    view: &View<'_>,
    ui: &mut Ui,
    shown: &[&ClueRecord],
    looked_at: Option<&str>,
    sieve: &mut Sieve,
) -> Option<String> {
    let all = view.state.clues().records().len();
    let heading = format!("{} of {} records", words::count(shown.len()), words::count(all));
    ui.horizontal(|ui| {
        ui.label(RichText::new(heading).strong());
        if !shown.is_empty() {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                // Over the numbers, which stand clear of the bar.
                ui.add_space(8.0 + ui.spacing().scroll.allocated_width());
                ui.label(RichText::new("how strongly").small().weak()).on_hover_text(STRENGTH);
            });
        }
    });
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
        return None;
    }
    ui.add_space(theme::GAP);
    let mut clicked = None;
    ScrollArea::vertical().id_salt("clue records").auto_shrink(false).show_rows(ui, ROW, shown.len(), |ui, rows| {
        for record in &shown[rows] {
            if row_ui(view, ui, record, looked_at == Some(record.id.as_str())) {
                clicked = Some(record.id.clone());
            }
        }
    });
    clicked
}

fn row_ui(view: &View<'_>, ui: &mut Ui, record: &ClueRecord, is_chosen: bool) -> bool {
    let palette = theme::palette(ui);
    let own = if is_own(view.state, record) { " (yours)" } else { "" };
    let name = format!("Record {}{own}: {}", record.id, words::clue(record));
    let response = theme::list_row(ui, ROW, is_chosen, &name);
    let row = response.rect;
    let title = format!("{}: {}{own}", words::feature(record.feature), record.value);
    theme::row_text(ui, row, FACTOR, [(4.0, title), (24.0, words::clue_regions(record))]);
    let strength = words::factor(record.factor(true));
    let font = FontId::proportional(theme::SMALL_SIZE);
    ui.painter().text(pos2(row.max.x - 8.0, row.center().y), Align2::RIGHT_CENTER, strength, font, palette.text_weak);
    response.clicked()
}
