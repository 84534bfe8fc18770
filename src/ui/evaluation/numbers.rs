//! Whether probabilities and areas mean what they say, and the pictures without an answer.

use std::sync::Arc;

use egui::{Grid, RichText, Ui, vec2};

use super::{
    super::{pictures, theme, words},
    figures::{ROW, heads, heads_ui, models},
};
use crate::{
    eval::{ModelReport, calibration::Measures},
    worker::Evaluated,
};

/// More pictures without an answer than this are counted and not listed: the report has them all.
const MOST_FAILED: usize = 20;

/// Draws the table.
pub(super) fn numbers_ui(ui: &mut Ui, shown: &[Arc<Evaluated>]) {
    ui.add_space(theme::GAP_WIDE);
    pictures::section(ui, "Whether the numbers mean what they say");
    Grid::new("numbers").striped(true).min_row_height(ROW).spacing(vec2(18.0, 4.0)).show(ui, |ui| {
        heads_ui(ui, &heads(shown));
        ui.label("probabilities");
        for evaluated in shown {
            for model in &evaluated.report.models {
                ui.label(words::evaluated_probabilities(model, evaluated.report.pictures));
            }
        }
        ui.end_row();
        row_ui(ui, shown, "calibration error", |measures| {
            format!("{:.3}; {:.3} by chance alone", measures.calibration_error, measures.perfect_calibration_error)
        });
        row_ui(ui, shown, "areas for a half hold", |measures| words::share(&measures.p50.cells));
        row_ui(ui, shown, "areas for nine tenths hold", |measures| words::share(&measures.p90.cells));
        row_ui(ui, shown, "log loss of the country", |measures| format!("{:.3}", measures.country_log_loss));
        row_ui(ui, shown, "Brier score of the country", |measures| format!("{:.3}", measures.country_brier));
        row_ui(ui, shown, "median area until found", |measures| words::square_kilometres(measures.median_searched_km2));
        ui.label("ideal observer, country").on_hover_text("What reading every visible clue without error would reach");
        cells_ui(ui, shown, |model| model.ideal_observer.map(|chance| format!("{:.1} %", 100.0 * chance)));
        ui.label("median time");
        cells_ui(ui, shown, |model| model.seconds_per_picture.map(|seconds| format!("{seconds:.2} s")));
    });
}

fn row_ui(ui: &mut Ui, shown: &[Arc<Evaluated>], name: &str, of: impl Fn(&Measures) -> String) {
    ui.label(name);
    cells_ui(ui, shown, |model| model.calibration.as_ref().map(&of));
}

fn cells_ui(ui: &mut Ui, shown: &[Arc<Evaluated>], of: impl Fn(&ModelReport) -> Option<String>) {
    for model in models(shown) {
        ui.label(of(model).unwrap_or_else(|| "not known".to_owned()));
    }
    ui.end_row();
}

/// Draws the list, where there is one.
pub(super) fn failed_ui(ui: &mut Ui, shown: &[Arc<Evaluated>]) {
    let n_failed: usize = models(shown).map(|model| model.failed.len()).sum();
    if n_failed == 0 {
        return;
    }
    ui.add_space(theme::GAP_WIDE);
    pictures::section(ui, &format!("Pictures without an answer: {}", words::count(n_failed)));
    let failed = models(shown).flat_map(|model| model.failed.iter().map(move |failed| (&model.name, failed)));
    for (model, failed) in failed.take(MOST_FAILED) {
        let text = format!("{model}: {}: {}", failed.picture, failed.error);
        ui.label(RichText::new(text).color(theme::palette(ui).error));
    }
    if n_failed > MOST_FAILED {
        ui.label(RichText::new("The saved report has them all.").weak());
    }
}
