//! The page of models: what lies on this machine and what could be fetched, how it stands with each, whether it fits, on which terms
//! it may be used and what is known of its worth; and a press to fetch it or to use it.

mod details;
mod forms;
mod in_use;
mod list;
mod token_form;
mod trained;

use std::{fs, path::Path};

use egui::{
    CentralPanel, Context, Frame, Key, KeyboardShortcut, Margin, Painter, Panel, Rect, RichText, Stroke, Ui, vec2,
};

use super::{
    Ask, View,
    map::Basemap,
    page::WindowPage,
    pictures::is_gguf,
    shortcuts::{self, Line, Shortcut, command, hint, key},
    split::{self, Split},
    theme, words,
};
use crate::{
    state::{Action, HubAction, Page, State},
    worker::PictureSource,
};
use forms::{ImportForm, MirrorForm};
use token_form::TokenForm;

/// The list at the left, the model looked at on the right.
const LIST_AND_MODEL: Split =
    Split { name: "Line between models and model", is_beside: true, share: 0.5, most: 620.0, least: [300.0, 300.0] };

const IMPORT: KeyboardShortcut = command(Key::O);
const LOOK: KeyboardShortcut = key(Key::F5);
const DO: KeyboardShortcut = key(Key::Enter);
const UP_DOWN: [KeyboardShortcut; 2] = [key(Key::ArrowUp), key(Key::ArrowDown)];

/// What each key does.
const TABLE: &[Shortcut<ModelsPage>] = &[
    Shortcut::always(&[IMPORT], "Bring in a model from a folder or a stick", |_, view, _, _| import(view)),
    Shortcut::always(&[LOOK], "Look again what there is", |_, view, _, _| look(view)),
    Shortcut::no_focus(&UP_DOWN, "The model before, the model after", |page, view, _, place| page.step(view, place)),
    Shortcut::no_focus(&[DO], "Fetch the model looked at, or use it", |page, view, _, _| {
        let state = view.state;
        if let Some(model) = page.chosen(state).and_then(|name| state.hub().model(&name)) {
            details::first_action(state, &model).into_iter().for_each(|action| view.actions.push(action));
        }
    }),
];

/// How the page is looked at.
#[derive(Default)]
pub struct ModelsPage {
    chosen: Option<String>,
}

impl ModelsPage {
    /// The model looked at: the one that was chosen, else the one that this machine should take.
    fn chosen(&self, state: &State) -> Option<String> {
        let is_there = |name: &String| state.hub().model(name).is_some();
        let advised = || Some(state.hub().advised()?.0.name.clone());
        let first = || Some(state.hub().models().first()?.name.to_owned());
        self.chosen.clone().filter(is_there).or_else(advised).or_else(first)
    }

    fn step(&mut self, view: &View<'_>, place: usize) {
        let models = list::in_order(view.state);
        let chosen = self.chosen(view.state);
        let at = models.iter().position(|model| Some(model.name) == chosen.as_deref());
        let next = match (at, place) {
            (Some(at), 0) => at.saturating_sub(1),
            (Some(at), _) => (at + 1).min(models.len().saturating_sub(1)),
            (None, _) => 0,
        };
        self.chosen = models.get(next).map(|model| model.name.to_owned());
    }
}

fn import(view: &mut View<'_>) {
    view.asks.push(Ask::Browse(Box::new(ImportForm::new())));
}

fn look(view: &mut View<'_>) {
    view.actions.push(Action::Hub(HubAction::Look));
}

impl WindowPage for ModelsPage {
    fn page(&self) -> Page {
        Page::MODELS
    }

    fn title(&self) -> &'static str {
        "Models"
    }

    /// A box with an arrow into it.
    fn icon(&self, painter: &Painter, square: Rect, stroke: Stroke) {
        let at = |x: f32, y: f32| square.lerp_inside(vec2(x, y));
        painter.line(vec![at(0.08, 0.55), at(0.08, 0.9), at(0.92, 0.9), at(0.92, 0.55)], stroke);
        painter.line(vec![at(0.5, 0.08), at(0.5, 0.66)], stroke);
        painter.line(vec![at(0.28, 0.45), at(0.5, 0.68), at(0.72, 0.45)], stroke);
    }

    fn purpose(&self) -> &'static str {
        "fetch models and choose among them"
    }

    fn tools(&mut self, view: &mut View<'_>, ui: &mut Ui) {
        let text = hint(ui.ctx(), "Copies a model from a folder or a stick; no connection is needed", IMPORT);
        if ui.button("Import from a folder…").on_hover_text(text).clicked() {
            import(view);
        }
        let text = hint(ui.ctx(), "Looks again what lies on this machine, and how much memory is free", LOOK);
        if ui.button("Look again").on_hover_text(text).clicked() {
            look(view);
        }
        if ui.button("Mirror…").on_hover_text("Another server to fetch from").clicked() {
            view.asks.push(Ask::Show(Box::new(MirrorForm::new(view.state))));
        }
        if ui.button("Token…").on_hover_text("Says who you are, for models that are shown to members alone").clicked()
        {
            view.asks.push(Ask::Show(Box::new(TokenForm::new(view.state))));
        }
    }

    fn panels(&mut self, view: &mut View<'_>, ui: &mut Ui, _base: &mut Basemap) {
        let plain = Frame::new().fill(theme::palette(ui).ground);
        let padded = plain.inner_margin(Margin::symmetric(theme::PADDING, 8));
        Panel::top("model in use").show_separator_line(false).frame(padded).show(ui, |ui| in_use::in_use_ui(view, ui));
        let Some(stock) = view.state.hub().stock() else {
            CentralPanel::no_frame().frame(padded).show(ui, |ui| {
                ui.label(RichText::new("Looking what models there are …").weak());
                ui.take_available_space();
            });
            return;
        };
        if let Some(problem) = stock.problem.as_ref().map(ToString::to_string) {
            Panel::top("own models").show_separator_line(false).frame(padded).show(ui, |ui| {
                super::pictures::problems_ui(ui, [problem]);
            });
        }
        let chosen = self.chosen(view.state);
        let [left, right] = LIST_AND_MODEL.areas(ui);
        split::panel(ui, "models", left, |ui| {
            padded.show(ui, |ui| {
                if let Some(name) = list::list_ui(view, ui, chosen.as_deref()) {
                    self.chosen = Some(name);
                }
            });
        });
        split::panel(ui, "model", right, |ui| {
            padded.show(ui, |ui| details::details_ui(view, ui, chosen.as_deref()));
        });
    }

    fn shortcuts(&self, ctx: &Context) -> Vec<Line> {
        shortcuts::lines(TABLE, ctx)
    }

    fn keys(&mut self, view: &mut View<'_>, ctx: &Context) {
        shortcuts::run(TABLE, self, view, ctx);
    }

    /// A folder with a model in it is brought in, once that was agreed to; anything else is pictures, for the other page.
    fn take(&mut self, view: &mut View<'_>, sources: Vec<PictureSource>) {
        match sources.as_slice() {
            [PictureSource::Path(path)] if holds_model(path) => {
                view.asks.push(Ask::Show(Box::new(ImportForm::of(path.clone()))));
            }
            _ => view.actions.push(Action::Open(sources)),
        }
    }

    fn drop_hint(&self, _n_files: usize) -> String {
        "Drop to bring in the model in this folder".to_owned()
    }

    fn status(&self, state: &State) -> String {
        let Some(stock) = state.hub().stock() else { return "Looking what models there are".to_owned() };
        let bytes: u64 = stock.shelf.iter().map(|model| model.bytes).sum();
        let here = match stock.shelf.len() {
            0 => "No model here but the starter".to_owned(),
            1 => format!("1 model here, {}", words::bytes(bytes)),
            n => format!("{} models here, {}", words::count(n), words::bytes(bytes)),
        };
        match state.trained().len() {
            0 => here,
            n => format!("{here}; {} trained", words::count(n)),
        }
    }
}

/// Whether a folder looks as if a model lay in it.
fn holds_model(folder: &Path) -> bool {
    let mut entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    entries.any(|entry| entry.file_name() == "config.json" || is_gguf(&entry.path()))
}
