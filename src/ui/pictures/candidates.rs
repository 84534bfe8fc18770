//! The ranked places with their probabilities, and beneath them how the countries share it.

use egui::{
    Align2, Color32, CornerRadius, FontId, Label, Rect, RichText, Role, ScrollArea, Sense, Stroke, StrokeKind, Ui,
    WidgetInfo, pos2, vec2,
};

use super::{
    super::{View, theme, words},
    reasoning::section,
};
use crate::{
    geo,
    predict::finding::{Candidate, Carrier, Evidence},
    state::Action,
};

/// The distribution over countries has a long tail that says nothing.
const MOST_COUNTRIES: usize = 8;
/// Where the name stands, from the left.
const NAME: f32 = 34.0;
/// Where the bar and the number stand, from the right.
const NUMBER: f32 = 58.0;
const BAR: f32 = 96.0;

/// Draws the candidates of the selected picture; a click looks at one on the map.
pub fn candidates_ui(view: &mut View<'_>, ui: &mut Ui) {
    let Some(entry) = view.state.selected() else { return };
    let Some(found) = entry.found() else {
        ui.label(RichText::new("Candidates stand here when the picture has been located.").weak());
        return;
    };
    let finding = &found.finding;
    let chosen = entry.chosen().map(|candidate| candidate.rank);
    ScrollArea::vertical().id_salt(("candidates", entry.key)).auto_shrink(false).show(ui, |ui| {
        if !finding.candidates.is_empty() {
            ui.label(RichText::new("Which of these is nearest, as a score").small().weak());
        }
        for candidate in &finding.candidates {
            let is_chosen = Some(candidate.rank) == chosen;
            candidate_ui(view, ui, candidate, is_chosen);
            if is_chosen {
                carriers_ui(ui, candidate, &finding.evidence);
                change_ui(ui, candidate, &finding.evidence);
            }
        }
        if finding.candidates.is_empty() {
            let why = if finding.withheld.is_some() { " See Answer for why." } else { "" };
            ui.label(RichText::new(format!("{}.{why}", words::no_place(finding))).weak());
        } else {
            ui.add_space(theme::GAP);
            ui.label(RichText::new(words::probability_kind(finding)).small().weak());
        }
        if finding.countries.is_empty() {
            return;
        }
        ui.add_space(theme::GAP_WIDE);
        section(ui, "Countries");
        for share in finding.countries.iter().take(MOST_COUNTRIES) {
            let name =
                geo::country(share.country_code).map_or_else(|| share.country_code.to_string(), |c| c.name.clone());
            let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 22.0), Sense::hover());
            let spoken = format!("{name}: {}", words::percent(share.probability));
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
            row_text(ui, rect, 4.0, &[&name], share.probability);
        }
    });
}

fn candidate_ui(view: &mut View<'_>, ui: &mut Ui, candidate: &Candidate, is_chosen: bool) {
    let palette = theme::palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW), Sense::click());
    let place = words::place(candidate);
    let spoken = format!("Candidate {}: {place}, {}", candidate.rank, words::percent(candidate.probability));
    response.widget_info(|| WidgetInfo::selected(Role::ListBoxOption, true, is_chosen, &spoken));
    if response.clicked() {
        view.actions.push(Action::ChooseCandidate(candidate.rank));
    }
    let fill = if is_chosen {
        palette.accent_faint
    } else if response.hovered() {
        palette.button
    } else {
        Color32::TRANSPARENT
    };
    let stroke = if response.has_focus() { palette.accent } else { Color32::TRANSPARENT };
    ui.painter().rect(rect, CornerRadius::same(theme::CORNER), fill, Stroke::new(1.5, stroke), StrokeKind::Inside);
    let rank_at = pos2(rect.min.x + 24.0, rect.center().y);
    let font = FontId::proportional(14.0);
    ui.painter().text(rank_at, Align2::RIGHT_CENTER, candidate.rank.to_string(), font, palette.text_weak);
    row_text(ui, rect, NAME, &[&place, &words::place_in_short(candidate)], candidate.probability);
    response.on_hover_text(format!(
        "{}\n{} within 100 km of {}",
        words::capital(&words::around_in_full(candidate)),
        words::percent(candidate.within_100_km),
        words::coordinates(candidate.lat, candidate.lon)
    ));
}

/// Under the candidate that is looked at: what raises it above where people live.
fn carriers_ui(ui: &mut Ui, candidate: &Candidate, evidence: &[Evidence]) {
    let said = |carrier: &Carrier| {
        let piece = evidence.iter().find(|piece| piece.id == carrier.id)?;
        Some((words::factor(carrier.factor), words::statement(&piece.statement)))
    };
    for (factor, statement) in candidate.carriers.iter().filter_map(said) {
        beneath_ui(ui, RichText::new(format!("{factor}  {statement}")));
    }
    if !candidate.carriers.is_empty() {
        ui.add_space(theme::GAP);
    }
}

/// And then what would change where it stands, once that is known.
fn change_ui(ui: &mut Ui, candidate: &Candidate, evidence: &[Evidence]) {
    let Some(change) = &candidate.change else { return };
    beneath_ui(ui, RichText::new("What would change it").strong());
    for line in words::change(candidate, change, evidence) {
        beneath_ui(ui, RichText::new(line));
    }
    ui.add_space(theme::GAP);
}

/// A small line beneath a candidate's name.
fn beneath_ui(ui: &mut Ui, line: RichText) {
    ui.horizontal_top(|ui| {
        ui.add_space(NAME);
        ui.add(Label::new(line.small().weak()).wrap());
    });
}

/// A name on the left (the first of these that fits, else the last, cut), a bar and a number on the right.
pub(super) fn row_text(ui: &Ui, rect: Rect, indent: f32, names: &[&str], probability: f64) {
    let palette = theme::palette(ui);
    let middle = rect.center().y;
    let font = FontId::proportional(14.0);
    let number_at = pos2(rect.max.x - 6.0, middle);
    ui.painter().text(number_at, Align2::RIGHT_CENTER, words::percent(probability), font.clone(), palette.text);
    let bar_width = BAR.min(rect.width() * 0.25);
    let bar = Rect::from_min_size(pos2(rect.max.x - NUMBER - bar_width, middle - 3.0), vec2(bar_width, 6.0));
    ui.painter().rect_filled(bar, 3.0, palette.line);
    let done = bar.with_max_x(bar.min.x + bar.width() * probability.clamp(0.0, 1.0) as f32);
    ui.painter().rect_filled(done, 3.0, palette.accent);
    let left = rect.min.x + indent;
    let room = (bar.min.x - left - 10.0).max(20.0);
    for (place, name) in names.iter().enumerate() {
        let galley = theme::elided(ui, (*name).to_owned(), font.clone(), palette.text, room);
        if !galley.elided || place + 1 == names.len() {
            ui.painter().galley(pos2(left, middle - galley.size().y / 2.0), galley, palette.text);
            break;
        }
    }
}
