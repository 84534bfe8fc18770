//! The page of evaluations: models are measured on pictures whose place is known, by the path that a user's picture takes; what
//! was found is read with its intervals, on the map, and beside earlier ones.

mod distances;
mod errors_map;
mod figures;
mod forms;
mod groups;
mod list;
mod numbers;
mod progress;
mod welcome;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use egui::{
    CentralPanel, Context, Frame, Key, KeyboardShortcut, Margin, Painter, Panel, Rect, RichText, ScrollArea, Stroke,
    Ui, vec2,
};

use super::{
    Ask, View,
    forms::SaveForm,
    map::Basemap,
    page::WindowPage,
    shortcuts::{self, Line, Shortcut, command, hint, key},
    split::{self, Split},
    theme, underway, words,
};
use crate::{
    assets, export,
    state::{Action, EvaluationAction, EvaluationState, Page, Remark, State},
    worker::Evaluated,
};
use errors_map::ErrorsMap;
use forms::{NewForm, RemoveForm};

/// Below this width the map stands under the figures, not beside them.
const WIDTH_FOR_MAP: f32 = 1000.0;

/// The figures at the left, the errors on the map at the right.
const FIGURES_AND_MAP: Split = Split {
    name: "Line between figures and map",
    is_beside: true,
    share: 0.56,
    most: f32::INFINITY,
    least: [340.0, 260.0],
};
/// The same in a narrow window.
const FIGURES_OVER_MAP: Split = Split {
    name: "Line between figures and map below",
    is_beside: false,
    share: 0.6,
    most: f32::INFINITY,
    least: [160.0, 140.0],
};

const NEW: KeyboardShortcut = command(Key::N);
const SAVE: KeyboardShortcut = command(Key::S);
const LOOK: KeyboardShortcut = key(Key::F5);
const COMPARE: KeyboardShortcut = key(Key::C);
const REMOVE: KeyboardShortcut = key(Key::Delete);
const UP_DOWN: [KeyboardShortcut; 2] = [key(Key::ArrowUp), key(Key::ArrowDown)];

/// What each key does.
const TABLE: &[Shortcut<EvaluationPage>] = &[
    Shortcut::always(&[NEW], "Evaluate models", |_, view, _, _| new(view)),
    Shortcut::always(&[SAVE], "Save the report to a file", |_, view, _, _| save(view)),
    Shortcut::always(&[LOOK], "Look again which evaluations there are", |_, view, _, _| look(view)),
    Shortcut::no_focus(&UP_DOWN, "The evaluation before, the evaluation after", |_, view, _, place| step(view, place)),
    Shortcut::no_focus(&[COMPARE], "Compare with the evaluation below, or no longer", |_, view, _, _| {
        compare_next(view);
    }),
    Shortcut::no_focus(&[REMOVE], "Delete the evaluation looked at", |_, view, _, _| remove(view)),
];

/// How the page is looked at.
pub struct EvaluationPage {
    map: ErrorsMap,
    has_looked: bool,
}

impl EvaluationPage {
    /// Nothing looked at yet.
    pub fn new() -> Self {
        Self { map: ErrorsMap::new(), has_looked: false }
    }

    /// The evaluations that are looked at, with the map of the first.
    fn shown_ui(&mut self, view: &mut View<'_>, ui: &mut Ui, base: &mut Basemap, shown: &[Arc<Evaluated>]) {
        let split = if ui.content_rect().width() >= WIDTH_FOR_MAP { FIGURES_AND_MAP } else { FIGURES_OVER_MAP };
        let [figures, map] = split.areas(ui);
        let evaluation = view.state.evaluation();
        split::panel(ui, "figures", figures, |ui| {
            let frame = Frame::new().inner_margin(Margin::symmetric(theme::PADDING, 8));
            frame.show(ui, |ui| {
                ScrollArea::both()
                    .id_salt("figures")
                    .auto_shrink(false)
                    .show(ui, |ui| report_ui(ui, shown, evaluation));
            });
        });
        split::panel(ui, "errors", map, |ui| self.map.ui(view, ui, base, shown));
    }
}

/// All that was found, side by side.
fn report_ui(ui: &mut Ui, shown: &[Arc<Evaluated>], evaluation: &EvaluationState) {
    for (at, evaluated) in shown.iter().enumerate() {
        let letter = figures::letter(shown, at);
        ui.label(RichText::new(format!("{letter}{}", words::evaluation(&evaluated.report))).strong());
    }
    figures::figures_ui(ui, shown);
    figures::comparison_ui(ui, shown, evaluation);
    distances::distances_ui(ui, shown);
    groups::groups_ui(ui, shown);
    numbers::numbers_ui(ui, shown);
    numbers::failed_ui(ui, shown);
}

fn new(view: &mut View<'_>) {
    if view.state.evaluation().running().is_none() {
        view.asks.push(Ask::Show(Box::new(NewForm::new(view.state))));
    }
}

fn save(view: &mut View<'_>) {
    if let Some(evaluated) = view.state.evaluation().shown().next() {
        let folder = evaluated.folder.file_name().unwrap_or("report".as_ref()).to_string_lossy();
        let (name, evaluated) = (format!("evaluation {folder}.html"), Arc::clone(evaluated));
        let explains = "A name that ends in .html makes a page for reading, which needs nothing beside itself; one in .json the \
                        figures for programs. Both say all that it takes to repeat the evaluation.";
        let contents = move |file: &Path| {
            let is_json = file.extension().is_some_and(|end| end.eq_ignore_ascii_case("json"));
            let report = &evaluated.report;
            Ok(if is_json { export::evaluation::json(report) } else { export::evaluation::page(&evaluated) }
                .into_bytes())
        };
        let form =
            SaveForm::new(view.state, "Save the report", name, contents, Remark::ReportWritten).explained(explains);
        view.asks.push(Ask::Show(Box::new(form)));
    }
}

fn look(view: &mut View<'_>) {
    if let Ok(all) = assets::evaluations_folder() {
        view.actions.push(Action::Evaluation(EvaluationAction::Look(all)));
    }
}

fn remove(view: &mut View<'_>) {
    if let Some(kept) = list::looked_at(view.state) {
        view.asks.push(Ask::Show(Box::new(RemoveForm::new(kept))));
    }
}

/// The folders of kept evaluations, and the place of the one looked at.
fn places(state: &State) -> (Vec<PathBuf>, Option<usize>) {
    let kept = state.evaluation().kept().unwrap_or_default();
    let folders: Vec<PathBuf> = kept.iter().map(|kept| kept.folder.clone()).collect();
    let at = list::looked_at(state).and_then(|looked_at| folders.iter().position(|folder| *folder == looked_at.folder));
    (folders, at)
}

fn step(view: &mut View<'_>, place: usize) {
    let (folders, at) = places(view.state);
    let next = match (at, place) {
        (None, _) => 0,
        (Some(at), 0) => at.saturating_sub(1),
        (Some(at), _) => (at + 1).min(folders.len().saturating_sub(1)),
    };
    let show = folders.get(next).cloned().map(|folder| Action::Evaluation(EvaluationAction::Show(folder)));
    view.actions.extend(show);
}

fn compare_next(view: &mut View<'_>) {
    let (folders, at) = places(view.state);
    let second = view.state.evaluation().shown().nth(1).map(|second| second.folder.clone());
    let below = at.and_then(|at| folders.get(at + 1).cloned());
    let compared = second.or(below).map(|folder| Action::Evaluation(EvaluationAction::Compare(folder)));
    view.actions.extend(compared);
}

impl WindowPage for EvaluationPage {
    fn page(&self) -> Page {
        Page::EVALUATION
    }

    fn title(&self) -> &'static str {
        "Evaluation"
    }

    /// Bars of different lengths beside an axis.
    fn icon(&self, painter: &Painter, square: Rect, stroke: Stroke) {
        let at = |x: f32, y: f32| square.lerp_inside(vec2(x, y));
        painter.line(vec![at(0.1, 0.06), at(0.1, 0.94)], stroke);
        for (y, length) in [(0.2, 0.92), (0.5, 0.55), (0.8, 0.72)] {
            painter.rect_stroke(
                Rect::from_min_max(at(0.1, y - 0.09), at(length, y + 0.09)),
                0.0,
                stroke,
                egui::StrokeKind::Middle,
            );
        }
    }

    fn purpose(&self) -> &'static str {
        "measure models"
    }

    fn tools(&mut self, view: &mut View<'_>, ui: &mut Ui) {
        let text = hint(ui.ctx(), "Ask models about pictures whose place is known", NEW);
        let is_free = view.state.evaluation().running().is_none();
        if ui.add_enabled(is_free, egui::Button::new("New evaluation…")).on_hover_text(text).clicked() {
            new(view);
        }
        let can_save = view.state.evaluation().shown().next().is_some();
        let text = hint(ui.ctx(), "As a page that opens in any browser, or as JSON", SAVE);
        if ui.add_enabled(can_save, egui::Button::new("Save report…")).on_hover_text(text).clicked() {
            save(view);
        }
        let can_remove = list::looked_at(view.state).is_some();
        let text = hint(ui.ctx(), "Delete the evaluation looked at", REMOVE);
        if ui.add_enabled(can_remove, egui::Button::new("Delete…")).on_hover_text(text).clicked() {
            remove(view);
        }
    }

    fn panels(&mut self, view: &mut View<'_>, ui: &mut Ui, base: &mut Basemap) {
        if !std::mem::replace(&mut self.has_looked, true) {
            look(view);
        }
        let plain = Frame::new().fill(theme::palette(ui).ground);
        let evaluation = view.state.evaluation();
        if let Some(running) = evaluation.running() {
            let frame = plain.inner_margin(Margin::symmetric(theme::PADDING, 4));
            let panel = Panel::top("evaluating").exact_size(underway::HEIGHT).frame(frame);
            panel.show(ui, |ui| progress::progress_ui(view, ui, running));
        }
        if evaluation.kept().is_none_or(<[_]>::is_empty) {
            CentralPanel::no_frame().show(ui, |ui| welcome::welcome_ui(view, ui));
            return;
        }
        let padded = plain.inner_margin(Margin::symmetric(8, 8));
        let list = Panel::left("evaluations").default_size(250.0).size_range(200.0..=380.0).frame(padded);
        list.show(ui, |ui| list::list_ui(view, ui));
        let shown: Vec<Arc<Evaluated>> = view.state.evaluation().shown().cloned().collect();
        CentralPanel::no_frame().frame(plain).show(ui, |ui| match list::looked_at(view.state) {
            _ if !shown.is_empty() => self.shown_ui(view, ui, base, &shown),
            Some(kept) if kept.report.is_none() => welcome::broken_off_ui(view, ui, kept),
            _ => welcome::nothing_shown_ui(ui),
        });
    }

    fn shortcuts(&self, ctx: &Context) -> Vec<Line> {
        shortcuts::lines(TABLE, ctx)
    }

    fn keys(&mut self, view: &mut View<'_>, ctx: &Context) {
        shortcuts::run(TABLE, self, view, ctx);
    }

    fn status(&self, state: &State) -> String {
        let kept = state.evaluation().kept().unwrap_or_default();
        match kept.len() {
            0 if state.evaluation().running().is_some() => "The first evaluation is running".to_owned(),
            0 => "No evaluation yet".to_owned(),
            1 => "1 evaluation".to_owned(),
            n => format!("{} evaluations", words::count(n)),
        }
    }
}
