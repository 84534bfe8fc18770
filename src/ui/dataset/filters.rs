//! What is shown of a data set: by score, country, words in the path, marks, errors and likeness.

use egui::{Checkbox, DragValue, RichText, Role, ScrollArea, Slider, TextEdit, Ui, WidgetInfo};

use super::{
    super::{View, pictures::section, theme, words},
    histogram::histogram_ui,
};
use crate::state::{Action, Checked, DatasetAction, Filter, PAPER_THRESHOLD, ScoreFilter};

/// More countries than there are.
const MOST_COUNTRIES: usize = 300;

/// Draws the panel.
pub fn filters_ui(view: &mut View<'_>, ui: &mut Ui) {
    let before = view.state.dataset().filter();
    let mut filter = before.clone();
    ScrollArea::vertical().id_salt("filters").auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().slider_width = (ui.available_width() - 62.0).max(80.0);
        ui.horizontal(|ui| {
            section(ui, "Show");
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let reset = ui.add_enabled_ui(!filter.shows_all(), |ui| theme::small_button(ui, "Show all")).inner;
                if reset.on_hover_text("Take every filter off").clicked() {
                    filter = Filter { threshold: filter.threshold, ..Filter::default() };
                }
            });
        });
        let name = ui.label(RichText::new("Words in the path").small().weak());
        ui.add(TextEdit::singleline(&mut filter.text).desired_width(f32::INFINITY)).labelled_by(name.id);
        ui.add_space(theme::GAP);
        score_ui(view, ui, &mut filter);
        ui.add_space(theme::GAP);
        marks_ui(view, ui, &mut filter);
        ui.add_space(theme::GAP);
        countries_ui(view, ui, &mut filter);
    });
    if filter != *before {
        view.actions.push(Action::Dataset(DatasetAction::SetFilter(filter)));
    }
}

fn score_ui(view: &View<'_>, ui: &mut Ui, filter: &mut Filter) {
    let listing = view.state.dataset().listing();
    section(ui, "Locatability");
    if let Some(threshold) = histogram_ui(ui, listing, filter.threshold) {
        filter.threshold = threshold;
    }
    let name = ui.label(RichText::new("Threshold").small().weak());
    ui.horizontal(|ui| {
        let slider = Slider::new(&mut filter.threshold, 0.0..=1.0).step_by(0.01).fixed_decimals(2);
        theme::slider(ui, slider).labelled_by(name.id).on_hover_text("The score at which high and low part");
    });
    if filter.threshold != PAPER_THRESHOLD
        && theme::small_button(ui, format!("Back to {PAPER_THRESHOLD}, the paper's")).clicked()
    {
        filter.threshold = PAPER_THRESHOLD;
    }
    let (below, above) = listing.parted_at(filter.threshold);
    let all = (below + above).max(1) as f64;
    let percent = |n: usize| 100.0 * n as f64 / all;
    for (score, text) in [
        (ScoreFilter::Any, "Any score".to_owned()),
        (
            ScoreFilter::AtLeast,
            format!("{:.2} or more: {} ({:.0} %)", filter.threshold, words::count(above), percent(above)),
        ),
        (
            ScoreFilter::Below,
            format!("Below {:.2}: {} ({:.0} %)", filter.threshold, words::count(below), percent(below)),
        ),
        (ScoreFilter::Missing, format!("Not scored: {}", words::count(listing.n_unscored()))),
    ] {
        ui.radio_value(&mut filter.score, score, text);
    }
    let (mut from, mut to) = if let ScoreFilter::Between(from, to) = filter.score { (from, to) } else { (0.0, 1.0) };
    ui.horizontal(|ui| {
        theme::number_fields(ui);
        let is_between = matches!(filter.score, ScoreFilter::Between(..));
        let mut changed = ui.radio(is_between, "From").clicked();
        for (place, (value, name)) in [(&mut from, "Least score"), (&mut to, "Greatest score")].into_iter().enumerate()
        {
            let drag = ui.add(DragValue::new(value).range(0.0..=1.0).speed(0.01).fixed_decimals(2));
            drag.widget_info(|| WidgetInfo { label: Some(name.to_owned()), ..WidgetInfo::drag_value(true, *value) });
            changed |= drag.changed();
            if place == 0 {
                ui.label("to");
            }
        }
        if changed {
            filter.score = ScoreFilter::Between(from, to.max(from));
        }
    });
}

fn marks_ui(view: &View<'_>, ui: &mut Ui, filter: &mut Filter) {
    let dataset = view.state.dataset();
    section(ui, "State");
    ui.horizontal(|ui| {
        for (checked, name) in [(Checked::Any, "Any"), (Checked::No, "Unchecked"), (Checked::Yes, "Checked")] {
            theme::choice_value(ui, &mut filter.checked, checked, name);
        }
    });
    let n_errors = dataset.listing().n_errors();
    let can_sift = n_errors > 0 || filter.only_errors;
    let errors = Checkbox::new(&mut filter.only_errors, format!("Only errors ({})", words::count(n_errors)));
    ui.add_enabled(can_sift, errors);
    ui.checkbox(&mut filter.only_duplicates, "Only near duplicates")
        .on_hover_text("Pictures that look nearly the same as another, group by group");
}

fn countries_ui(view: &View<'_>, ui: &mut Ui, filter: &mut Filter) {
    let listing = view.state.dataset().listing();
    section(ui, "Country");
    // What is chosen stays in sight where nothing of it is left.
    let absent = filter.countries.iter().filter(|code| !listing.countries().iter().any(|(there, _)| there == *code));
    let absent: Vec<_> = absent.map(|code| (*code, 0)).collect();
    for (code, count) in listing.countries().iter().chain(&absent).take(MOST_COUNTRIES) {
        let mut is_in = filter.countries.contains(code);
        let name = words::country(*code);
        ui.horizontal(|ui| {
            let tick = ui.checkbox(&mut is_in, &name);
            let spoken = format!("{name}: {}", words::count(*count));
            tick.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, is_in, &spoken));
            if tick.changed() {
                if is_in {
                    filter.countries.insert(*code)
                } else {
                    filter.countries.remove(code)
                };
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                ui.label(RichText::new(words::count(*count)).small().weak());
            });
        });
    }
    if listing.countries().is_empty() && absent.is_empty() {
        ui.label(RichText::new("No picture is shown.").small().weak());
    }
}
