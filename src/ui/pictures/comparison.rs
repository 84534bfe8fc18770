//! What two models have found of the selected picture, side by side, and whether they agree.

use egui::{Align2, FontId, Label, ProgressBar, RichText, Role, ScrollArea, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::{
    super::{
        View,
        map::{self, Shape},
        split, theme, words,
    },
    candidates::row_text,
    reasoning::{place_ui, reasons_ui, section},
    said::Said,
};
use crate::{
    geo::LatLon,
    predict::finding::Candidate,
    state::{Action, Comparison, Entry, PictureKey, Run, Side, State, Work},
};

/// So many candidates of each are listed.
const MOST_CANDIDATES: usize = 5;

/// That each model has to wait for the other's memory.
const TURNS: &str =
    "Both do not fit into memory: each is read in its turn, and pictures that wait for the same one go together.";

/// How it is looked at.
#[derive(Default)]
pub struct ComparisonView {
    /// Where the picture was taken by its data set, looked up once for a picture and a state of the rows.
    label: Option<((PictureKey, u64), Option<LatLon>)>,
}

impl ComparisonView {
    /// Draws it.
    pub fn ui(&mut self, view: &mut View<'_>, ui: &mut Ui, entry: &Entry) {
        let Some(comparison) = view.state.comparison() else { return };
        head_ui(view, ui, entry, comparison);
        ui.separator();
        let truth = self.truth(view.state, entry);
        let whole = ui.available_rect_before_wrap();
        let middle = whole.center().x;
        let gap = theme::GAP_WIDE;
        ui.painter().vline(middle, whole.y_range(), Stroke::new(1.0, theme::palette(ui).line));
        let columns = [whole.with_max_x(middle - gap), whole.with_min_x(middle + gap)];
        for (side, column) in Side::BOTH.into_iter().zip(columns) {
            let name = match side {
                Side::InUse => "model in use",
                Side::Other => "other model",
            };
            split::panel(ui, name, column, |ui| side_ui(view, ui, entry, side, truth));
        }
    }

    /// Where the picture was taken, and whether a data set says so, or its own file.
    fn truth(&mut self, state: &State, entry: &Entry) -> Option<(LatLon, bool)> {
        let key = (entry.key, state.dataset().listing().version());
        let label = match self.label {
            Some((of, label)) if of == key => label,
            _ => {
                let label = entry.sha256.as_deref().and_then(|sha256| state.dataset().label(sha256));
                self.label.insert((key, label)).1
            }
        };
        label.map(|label| (label, true)).or_else(|| Some((map::gps(entry)?, false)))
    }
}

/// Whether the two agree, and the way out.
fn head_ui(view: &mut View<'_>, ui: &mut Ui, entry: &Entry, comparison: &Comparison) {
    ui.horizontal_wrapped(|ui| {
        if ui.button("Leave comparison").on_hover_text("The answers stay").clicked() {
            view.actions.push(Action::LeaveComparison);
        }
        let runs = Side::BOTH.map(|side| entry.run_of(side));
        if let [Some((_, first)), Some((_, second))] = runs {
            let [first, second] = [first, second].map(|run| &run.found.finding);
            let said = words::agreement((&first.model.name, first), (&second.model.name, second));
            ui.label(RichText::new(said).strong());
        }
    });
    if comparison.takes_turns {
        ui.add(Label::new(RichText::new(TURNS).small().weak()).wrap());
    }
}

fn side_ui(view: &mut View<'_>, ui: &mut Ui, entry: &Entry, side: Side, truth: Option<(LatLon, bool)>) {
    let work = entry.work_of(side);
    ScrollArea::vertical().id_salt((entry.key, matches!(work, Work::Running(_)))).auto_shrink(false).show(ui, |ui| {
        ui.set_width(ui.available_width());
        title_ui(view, ui, entry, side);
        work_ui(ui, entry, side);
        if let (Some((_, run)), false) = (entry.run_of(side), matches!(work, Work::Running(_))) {
            run_ui(ui, run, truth);
        }
    });
}

/// The model's name behind the shape of its markers on the map, and whether what it has found is the answer.
fn title_ui(view: &mut View<'_>, ui: &mut Ui, entry: &Entry, side: Side) {
    let answers = entry.answers() == Some(side);
    ui.horizontal_wrapped(|ui| {
        if let Some(shape) = entry.run_of(side).map(|_| if answers { Shape::Circle } else { Shape::Diamond }) {
            let (square, _) = ui.allocate_exact_size(vec2(14.0, 14.0), Sense::hover());
            shape.draw(ui, ui.painter(), square.center(), 6.0);
        }
        ui.label(RichText::new(name_of(view.state, entry, side)).strong());
        if answers {
            ui.label(RichText::new("the answer").small().weak());
        } else if entry.run_of(side).is_some() {
            let hover = "This is then what you change, copy and export";
            if theme::small_button(ui, "Take as the answer").on_hover_text(hover).clicked() {
                view.actions.push(Action::TakeAnswer(side));
            }
        }
    });
}

/// The name of a model of the comparison.
fn name_of(state: &State, entry: &Entry, side: Side) -> String {
    let (model, source) = match (side, state.comparison()) {
        (Side::Other, Some(other)) => (other.model.as_ref(), &other.source),
        _ => (state.model().summary(), &state.settings().model),
    };
    let found_by = entry.run_of(side).map(|(_, run)| run.found.finding.model.name.clone());
    found_by.or_else(|| Some(model?.name.clone())).unwrap_or_else(|| words::model_source(source))
}

/// What a model is doing, with what it writes, or why it has found nothing.
fn work_ui(ui: &mut Ui, entry: &Entry, side: Side) {
    let palette = theme::palette(ui);
    match entry.work_of(side) {
        Work::Running(progress) => {
            ui.label(format!("{} …", words::capital(words::stage(progress.stage))));
            if let Some(done) = progress.fraction {
                ui.add(ProgressBar::new(done).desired_height(4.0).fill(palette.accent));
            }
            let said = Said::of(entry.reasoning_of(side));
            if !said.prose.is_empty() {
                ui.label(said.prose);
            }
        }
        Work::Waiting => {
            ui.label(RichText::new("Waiting its turn").weak());
        }
        Work::Failed(why) => {
            ui.label(RichText::new(words::not_located(&entry.name, why)).color(palette.error));
        }
        Work::Cancelled => {
            ui.label(RichText::new("Stopped").weak());
        }
        Work::Idle if entry.run_of(side).is_none() => {
            ui.label(RichText::new("Not located yet").weak());
        }
        Work::Idle => {}
    }
}

/// What a model has found.
fn run_ui(ui: &mut Ui, run: &Run, truth: Option<(LatLon, bool)>) {
    let finding = &run.found.finding;
    place_ui(ui, &run.found);
    let first = finding.candidates.first().and_then(Candidate::position);
    let off = truth.zip(first).map(|((truth, is_label), first)| words::off(first.distance_km(truth), is_label));
    let facts: Vec<String> = off.into_iter().chain(run.seconds.map(words::took)).collect();
    if !facts.is_empty() {
        ui.label(words::capital(&facts.join("; ")));
    }
    if run.is_ranking() {
        ui.label(RichText::new("Ranking anew …").weak());
    }
    if run.found.by_starter {
        ui.label(RichText::new("It knows drawn streets only.").color(theme::palette(ui).caution_text));
    }
    if finding.withheld.is_some() {
        ui.label(words::rests_on(finding));
    }
    if let Some(answer) = &finding.answer {
        let said: Vec<&str> = [&answer.city, &answer.country].into_iter().flatten().map(String::as_str).collect();
        if !said.is_empty() {
            ui.label(RichText::new(format!("The model says: {}", said.join(", "))).weak());
        }
    }
    if !finding.candidates.is_empty() {
        ui.add_space(theme::GAP);
        section(ui, "Candidates");
        finding.candidates.iter().take(MOST_CANDIDATES).for_each(|candidate| candidate_ui(ui, candidate));
        ui.add(Label::new(RichText::new(words::probability_kind(finding)).small().weak()).wrap());
    }
    if let Some(answer) = finding.answer.as_ref().filter(|answer| !answer.reasons.is_empty()) {
        ui.add_space(theme::GAP);
        section(ui, "Reasons");
        reasons_ui(ui, &answer.reasons);
    }
}

fn candidate_ui(ui: &mut Ui, candidate: &Candidate) {
    let (row, response) = ui.allocate_exact_size(vec2(ui.available_width(), 22.0), Sense::hover());
    let (place, percent) = (words::place(candidate), words::percent(candidate.probability));
    let spoken = format!("{}. {place}, {percent}", candidate.rank);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
    let weak = theme::palette(ui).text_weak;
    let rank = pos2(row.min.x + 14.0, row.center().y);
    ui.painter().text(rank, Align2::RIGHT_CENTER, candidate.rank.to_string(), FontId::proportional(14.0), weak);
    row_text(ui, row, 24.0, &[&place, &words::place_in_short(candidate)], candidate.probability);
    response.on_hover_text(format!("{spoken}\n{}", words::coordinates(candidate.lat, candidate.lon)));
}
