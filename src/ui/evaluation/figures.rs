//! The table of figures: a row a measure, a column a model, and how two models differ.

use std::sync::Arc;

use egui::{Grid, RichText, Ui};

use super::super::{theme, words};
use crate::{
    eval::{Difference, Figure, Measure, ModelReport},
    state::EvaluationState,
    worker::Evaluated,
};

/// Least height of a row of figures, in points.
pub(super) const ROW: f32 = 18.0;

/// The models of all evaluations that are looked at, in their order.
pub(super) fn models(shown: &[Arc<Evaluated>]) -> impl Iterator<Item = &ModelReport> {
    shown.iter().flat_map(|evaluated| &evaluated.report.models)
}

/// What tells two evaluations apart that stand side by side: "A: ".
pub(super) fn letter(shown: &[Arc<Evaluated>], at: usize) -> &'static str {
    match (shown.len(), at) {
        (0 | 1, _) => "",
        (_, 0) => "A: ",
        (_, _) => "B: ",
    }
}

/// What stands over the columns.
pub(super) fn heads(shown: &[Arc<Evaluated>]) -> Vec<String> {
    let of = |(at, evaluated): (usize, &Arc<Evaluated>)| -> Vec<String> {
        evaluated.report.models.iter().map(|model| format!("{}{}", letter(shown, at), model.name)).collect()
    };
    shown.iter().enumerate().flat_map(of).collect()
}

/// Draws the table, and under it how the models of one evaluation differ.
pub(super) fn figures_ui(ui: &mut Ui, shown: &[Arc<Evaluated>]) {
    ui.add_space(theme::GAP);
    Grid::new("figures").striped(true).min_row_height(ROW).spacing(egui::vec2(18.0, 4.0)).show(ui, |ui| {
        heads_ui(ui, &heads(shown));
        for measure in Measure::ALL {
            name_ui(ui, measure);
            for model in models(shown) {
                let figure = model.figures.get(&measure).map(|figure| words::figure(measure, figure));
                ui.label(figure.unwrap_or_else(|| "not known".to_owned()));
            }
            ui.end_row();
        }
    });
    ui.label(RichText::new("In brackets: 95 % intervals, by drawing the pictures anew.").small().weak());
    for evaluated in shown {
        differences_ui(ui, evaluated);
    }
}

/// The first row.
pub(super) fn heads_ui(ui: &mut Ui, heads: &[String]) {
    ui.label("");
    for head in heads {
        ui.label(RichText::new(head).strong());
    }
    ui.end_row();
}

fn name_ui(ui: &mut Ui, measure: Measure) {
    ui.label(words::measure(measure)).on_hover_text(words::measure_meaning(measure));
}

fn differences_ui(ui: &mut Ui, evaluated: &Evaluated) {
    let report = &evaluated.report;
    let name = |model: usize| report.models.get(model).map_or("", |model| model.name.as_str());
    let of = |pair: &Difference| format!("{} beside {}", name(pair.second), name(pair.first));
    if !report.differences.is_empty() {
        table_ui(ui, &evaluated.folder.display().to_string(), &report.differences, of);
    }
}

/// Draws how the models of two evaluations differ, or why that cannot be said.
pub(super) fn comparison_ui(ui: &mut Ui, shown: &[Arc<Evaluated>], evaluation: &EvaluationState) {
    let [first, second] = shown else { return };
    match evaluation.comparison().map(|comparison| comparison.differences.as_deref()) {
        None => {
            let text = match evaluation.is_comparing() {
                true => "Working out how they differ …",
                false => "How they differ could not be worked out; choose the second again.",
            };
            ui.label(RichText::new(text).weak());
        }
        Some(None) => {
            ui.label(RichText::new("These are other pictures: the figures cannot be held against each other.").weak());
        }
        Some(Some(differences)) => {
            let name =
                |of: &Evaluated, model: usize| of.report.models.get(model).map_or(String::new(), |m| m.name.clone());
            let of =
                |pair: &Difference| format!("B: {} beside A: {}", name(second, pair.second), name(first, pair.first));
            table_ui(ui, "compared", differences, of);
        }
    }
}

fn table_ui(ui: &mut Ui, id: &str, differences: &[Difference], head: impl Fn(&Difference) -> String) {
    ui.add_space(theme::GAP_WIDE);
    super::super::pictures::section(ui, "Differences on the same pictures");
    let grid = Grid::new(("differences", id)).striped(true).min_row_height(ROW).spacing(egui::vec2(18.0, 4.0));
    grid.show(ui, |ui| {
        heads_ui(ui, &differences.iter().map(head).collect::<Vec<_>>());
        for measure in Measure::ALL {
            name_ui(ui, measure);
            for difference in differences {
                let figure = difference.figures.get(&measure);
                let text = figure.map_or_else(|| "not known".to_owned(), |figure| words::difference(measure, figure));
                let is_none = figure.is_none_or(Figure::spans_zero);
                ui.label(if is_none { RichText::new(text).weak() } else { RichText::new(text).strong() });
            }
            ui.end_row();
        }
    });
}
