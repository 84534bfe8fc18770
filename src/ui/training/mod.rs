//! The page that trains a model: what to learn and from what, what it will take, the run with its curves and the same few
//! pictures answered again and again, and the runs before it.

mod curves;
mod fields;
mod probes;
mod recipe;
mod report;
mod running;
mod runs;
mod source_form;
mod sources;
mod start_form;

use std::{collections::BTreeSet, path::PathBuf};

use egui::{
    CentralPanel, Context, Frame, Key, KeyboardShortcut, Margin, Painter, Panel, Rect, RichText, ScrollArea, Stroke,
    Ui, vec2,
};

use super::{
    Ask, View,
    map::Basemap,
    page::WindowPage,
    shortcuts::{self, Line, Shortcut, command, key},
    split::{self, Split},
    theme, words,
};
use crate::{
    picture::is_named_as_picture,
    state::{Action, Page, State, TrainingAction},
    train::TrainConfig,
    worker::PictureSource,
};
use curves::Series;
use recipe::Recipe;

/// What is to be done at the left, what comes of it at the right.
const RECIPE_AND_RUN: Split =
    Split { name: "Line between recipe and run", is_beside: true, share: 0.34, most: 460.0, least: [330.0, 320.0] };

const START: KeyboardShortcut = command(Key::Enter);
const PAUSE: KeyboardShortcut = key(Key::Space);
const TRY: KeyboardShortcut = key(Key::T);
const LOOK: KeyboardShortcut = key(Key::F5);

/// What each key does.
const TABLE: &[Shortcut<TrainingPage>] = &[
    Shortcut::always(&[START], "Begin the run", |page, view, _, _| page.recipe.ask_start(view)),
    Shortcut::no_focus(&[PAUSE], "Let the run wait, or go on", |_, view, _, _| pause(view)),
    Shortcut::no_focus(&[TRY], "Use the model as it is now", |_, view, _, _| act(view, TrainingAction::Try)),
    Shortcut::always(&[LOOK], "Look again which runs there are", |_, view, _, _| look(view)),
];

/// How the page is looked at.
#[derive(Default)]
pub struct TrainingPage {
    recipe: Recipe,
    probes: probes::Textures,
    /// The runs whose curves are shown beside those of the run that goes on.
    compared: BTreeSet<PathBuf>,
    /// How high the recipe was, in points.
    recipe_height: f32,
}

/// Height of what stands under the recipe: whether it can begin, and the buttons.
const FOOT: f32 = 70.0;

fn act(view: &mut View<'_>, action: TrainingAction) {
    view.actions.push(Action::Training(action));
}

fn pause(view: &mut View<'_>) {
    if let Some(running) = view.state.training().running().filter(|running| running.goes_on()) {
        let yes = !running.is_paused;
        act(view, TrainingAction::Pause(yes));
    }
}

fn look(view: &mut View<'_>) {
    if let Some(folder) = view.state.training().folder().map(PathBuf::from) {
        act(view, TrainingAction::Look(folder));
    }
}

impl TrainingPage {
    fn left_ui(&mut self, view: &mut View<'_>, ui: &mut Ui) {
        let goes_on = view.state.training().goes_on();
        // Under the last field where all of it can be seen, else at the foot.
        let is_short = self.recipe_height + FOOT < ui.available_height();
        if goes_on {
            self.recipe.give_name_away();
        } else if !is_short {
            let frame = Frame::new().inner_margin(Margin::symmetric(0, theme::GAP as i8));
            Panel::bottom("begin").resizable(false).frame(frame).show(ui, |ui| self.recipe.foot_ui(view, ui));
        }
        ScrollArea::vertical().id_salt("recipe and runs").auto_shrink(false).show(ui, |ui| {
            if !goes_on {
                let top = ui.cursor().min.y;
                runs::offer_ui(view, ui);
                self.recipe.ui(view, ui);
                self.recipe_height = ui.cursor().min.y - top;
                if is_short {
                    ui.add_space(theme::GAP);
                    self.recipe.foot_ui(view, ui);
                }
                ui.add_space(2.0 * theme::GAP_WIDE);
            }
            runs::runs_ui(view, ui, &mut self.compared);
        });
    }

    fn right_ui(&mut self, view: &mut View<'_>, ui: &mut Ui) {
        let training = view.state.training();
        let series = Series::of(training, &self.compared);
        let Some(running) = training.running() else {
            if series.is_empty() {
                empty_ui(ui);
            } else {
                curves::curves_ui(ui, &series);
            }
            return;
        };
        ScrollArea::vertical().id_salt("run").auto_shrink(false).show(ui, |ui| {
            running::running_ui(view, ui, running);
            ui.add_space(theme::GAP);
            curves::curves_ui(ui, &series);
            report::report_ui(view, ui, running);
            self.probes.ui(ui, running);
        });
    }
}

/// What stands in the place of the curves before there are any.
fn empty_ui(ui: &mut Ui) {
    ui.add_space((ui.available_height() * 0.3).max(16.0));
    ui.vertical_centered(|ui| {
        ui.label(RichText::new("A model that learns your places").size(theme::PLACE_SIZE));
        ui.add_space(theme::GAP);
        ui.label(
            "Choose a stage and what to learn from, and begin. The curves, six pictures answered again and again,",
        );
        ui.label("and what is left of the time stand here then; locating goes on meanwhile.");
        ui.label(RichText::new("Everything is computed on this machine, and nothing leaves it.").weak());
    });
}

impl WindowPage for TrainingPage {
    fn page(&self) -> Page {
        Page::TRAINING
    }

    fn title(&self) -> &'static str {
        "Training"
    }

    /// A curve that falls, over its axes.
    fn icon(&self, painter: &Painter, square: Rect, stroke: Stroke) {
        let at = |x: f32, y: f32| square.lerp_inside(vec2(x, y));
        painter.line(vec![at(0.08, 0.08), at(0.08, 0.92), at(0.94, 0.92)], stroke);
        painter.line(vec![at(0.18, 0.16), at(0.3, 0.5), at(0.5, 0.68), at(0.9, 0.76)], stroke);
    }

    fn purpose(&self) -> &'static str {
        "train a model"
    }

    fn document(&self, state: &State) -> Option<String> {
        let running = state.training().running().filter(|running| running.goes_on())?;
        running.config.out.file_name().map(|name| name.to_string_lossy().into_owned())
    }

    fn tools(&mut self, view: &mut View<'_>, ui: &mut Ui) {
        running::tools_ui(view, ui);
    }

    fn panels(&mut self, view: &mut View<'_>, ui: &mut Ui, _base: &mut Basemap) {
        let frame = Frame::new().fill(theme::palette(ui).ground).inner_margin(Margin::symmetric(theme::PADDING, 8));
        CentralPanel::no_frame().frame(Frame::new().fill(theme::palette(ui).ground)).show(ui, |ui| {
            let [left, right] = RECIPE_AND_RUN.areas(ui);
            split::panel(ui, "recipe", left, |ui| {
                frame.show(ui, |ui| self.left_ui(view, ui));
            });
            split::panel(ui, "run", right, |ui| {
                frame.show(ui, |ui| self.right_ui(view, ui));
            });
        });
    }

    fn shortcuts(&self, ctx: &Context) -> Vec<Line> {
        shortcuts::lines(TABLE, ctx)
    }

    fn keys(&mut self, view: &mut View<'_>, ctx: &Context) {
        shortcuts::run(TABLE, self, view, ctx);
    }

    /// A training file fills the recipe; what else is no picture is added to what is learned from.
    fn take(&mut self, view: &mut View<'_>, sources: Vec<PictureSource>) {
        let to_learn_from = |source: &PictureSource| match source {
            PictureSource::Path(path) if !is_named_as_picture(path) => Some(path.clone()),
            _ => None,
        };
        let paths: Option<Vec<PathBuf>> = sources.iter().map(to_learn_from).collect();
        match paths.as_deref() {
            Some([path]) if path.extension().is_some_and(|ending| ending == "toml") => match TrainConfig::read(path) {
                Ok(config) => self.recipe = Recipe::of(config, view),
                Err(error) => self.recipe.refuse(error.to_string()),
            },
            Some(paths) => self.recipe.learn_from(paths, view),
            None => view.actions.push(Action::Open(sources)),
        }
    }

    fn drop_hint(&self, _n_files: usize) -> String {
        "Drop a training file, or what to learn from: folders, tables, data sets, records as JSON".to_owned()
    }

    fn status(&self, state: &State) -> String {
        match state.training().running().filter(|running| running.goes_on()) {
            Some(running) => words::run_progress(running),
            None => "No run is going on".to_owned(),
        }
    }
}

/// Asks for something in a form.
fn show(view: &mut View<'_>, form: impl super::forms::Form + 'static) {
    view.asks.push(Ask::Show(Box::new(form)));
}
