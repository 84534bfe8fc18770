//! The window. Each page of it is a folder here; what they share stands beside them. A page is given a [`View`]: it reads
//! the state, draws, and leaves behind what the user wants, as actions upon the state or as requests to the window itself.
//! Pages keep only what is about looking.

mod advice;
mod background;
mod dataset;
mod evaluation;
mod facts;
mod focus;
mod forms;
mod help;
mod incoming;
mod knowledge;
mod map;
mod models;
mod notices;
mod page;
mod pictures;
mod rail;
mod shortcuts;
mod split;
mod status;
mod textures;
mod theme;
mod training;
mod underway;

use std::path::PathBuf;

use egui::{Context, Event, Frame, Key, KeyboardShortcut, Margin, Modifiers, Panel, ThemePreference, Ui};

pub use background::Labours;
pub(crate) use background::{Background, Polled};
pub use pictures::install_heatmap;
pub use theme::install;

use crate::{
    state::{Action, Page, State, ThemeChoice},
    words,
    worker::ModelSource,
};
use forms::Form;
use page::WindowPage;

/// The pages, from the top of the rail down.
fn pages(ctx: &Context) -> Vec<Box<dyn WindowPage>> {
    vec![
        Box::new(pictures::PicturesPage::new(ctx)), //
        Box::new(dataset::DatasetPage::new()),
        Box::new(knowledge::KnowledgePage::default()),
        Box::new(models::ModelsPage::default()),
        Box::new(training::TrainingPage::default()),
        Box::new(evaluation::EvaluationPage::new()),
    ]
}

/// The keys of the pages, in their order.
const PAGE_KEYS: [KeyboardShortcut; 9] = shortcuts::digits(Modifiers::COMMAND);

/// The page that was remembered by this name.
pub fn page_named(name: &str) -> Option<Page> {
    pages(&Context::default()).iter().map(|page| page.page()).find(|page| page.0 == name)
}

/// What a panel sees, and where it leaves what the user wants.
pub struct View<'a> {
    /// What the window knows.
    pub state: &'a State,
    /// Changes of the state.
    pub actions: &'a mut Vec<Action>,
    /// What the window itself is to do.
    pub asks: &'a mut Vec<Ask>,
    /// Whether the answer is hidden, with all that gives it away.
    pub is_veiled: bool,
    /// Whether a form or the list of shortcuts lies over the page, whose keys do nothing then.
    pub is_covered: bool,
}

/// What the window itself is to do.
pub enum Ask {
    /// Open this form.
    Show(Box<dyn Form>),
    /// Open the system's dialog, and this form where there is none or more to ask.
    Browse(Box<dyn Form>),
    /// Read a file on a thread of its own, and have the state do what comes of it.
    Fetch(Box<dyn FnOnce() -> Action + Send>),
    /// Put this on the clipboard.
    Copy(String),
    /// Show or hide shortcuts and about.
    Help,
}

/// Everything the window draws, and how it is looked at.
pub struct Window {
    pages: Vec<Box<dyn WindowPage>>,
    basemap: map::Basemap,
    status: status::Status,
    notices: notices::Notices,
    forms: forms::Forms,
    incoming: incoming::Incoming,
    shows_help: bool,
    /// Whether text was being typed when the last frame ended: the toolkit has already left the field when Escape comes here.
    was_typing: bool,
}

impl Window {
    /// A window with nothing in it; map tiles, when they are switched on, are kept in this folder.
    pub fn new(ctx: &Context, tile_cache: Option<PathBuf>) -> Self {
        Self {
            pages: pages(ctx),
            basemap: map::Basemap::new(tile_cache),
            status: status::Status::default(),
            notices: notices::Notices::default(),
            forms: forms::Forms::default(),
            incoming: incoming::Incoming::default(),
            shows_help: false,
            was_typing: false,
        }
    }

    /// The name of what is open on the page that is shown.
    pub fn document(&self, state: &State) -> Option<String> {
        self.pages[self.shown(state)].document(state)
    }

    /// Draws one frame; what the user wants comes back as actions.
    pub fn ui(&mut self, state: &State, ui: &mut Ui) -> Vec<Action> {
        let ctx = ui.ctx().clone();
        let (mut actions, mut asks) = (Vec::new(), Vec::new());
        let is_covered = self.forms.is_open() || self.shows_help;
        let view = &mut View { state, actions: &mut actions, asks: &mut asks, is_veiled: false, is_covered };
        ctx.set_theme(match state.settings().theme {
            ThemeChoice::System => ThemePreference::System,
            ThemeChoice::Light => ThemePreference::Light,
            ThemeChoice::Dark => ThemePreference::Dark,
        });
        let shown = self.shown(state);
        let mut came = self.incoming.take(&ctx);
        self.forms.take_dropped(&ctx, &mut came, view.actions);
        let (models, came) = incoming::models_among(came);
        view.actions.extend(models.map(Action::ChooseModel));
        if !came.is_empty() {
            self.pages[shown].take(view, came);
        }
        self.keys(view, &ctx, shown);
        self.panels(view, ui, shown);
        incoming::drop_hint(&ctx, self.forms.takes_drops(), self.pages[shown].as_ref());
        self.forms.ui(&ctx, view.actions);
        if self.shows_help {
            self.shows_help = help::help_ui(&ctx, self.pages[shown].as_ref());
        }
        focus::ring(&ctx);
        self.was_typing = ctx.text_edit_focused();
        for ask in asks {
            self.answer(&ctx, ask);
        }
        actions
    }

    /// The place of the page that is shown.
    fn shown(&self, state: &State) -> usize {
        self.pages.iter().position(|page| page.page() == state.settings().page).unwrap_or(0)
    }

    fn panels(&mut self, view: &mut View<'_>, ui: &mut Ui, shown: usize) {
        let bar = |ui: &Ui| Frame::side_top_panel(ui.style()).inner_margin(Margin::symmetric(theme::PADDING, 4));
        let tiles = self.basemap.obey(ui.ctx(), view.state.settings().network);
        let mut uses: Vec<String> = Vec::new();
        if let ModelSource::Server(server) = &view.state.settings().model {
            uses.push(format!("pictures go to {}", server.host()));
        }
        uses.extend(view.state.hub().is_fetching().then(|| "fetching a model".to_owned()));
        if uses.is_empty() || view.state.settings().network.tiles_allowed() {
            uses.push(tiles);
        }
        let network = uses.join(", ");
        let page = self.pages[shown].as_ref();
        Panel::bottom("status").exact_size(28.0).frame(bar(ui)).show(ui, |ui| self.status.ui(view, ui, page, &network));
        rail::rail_ui(view, ui, &self.pages);
        let page = self.pages[shown].as_mut();
        Panel::top("toolbar")
            .exact_size(42.0)
            .frame(bar(ui))
            .show(ui, |ui| ui.horizontal_centered(|ui| page.tools(view, ui)));
        self.notices.ui(view, ui);
        page.panels(view, ui, &mut self.basemap);
    }

    /// Does what the keys say: first what is the same on every page.
    fn keys(&mut self, view: &mut View<'_>, ctx: &Context, shown: usize) {
        for (page, key) in self.pages.iter().zip(&PAGE_KEYS) {
            if ctx.input_mut(|input| input.consume_shortcut(key)) {
                view.actions.push(Action::Show(page.page()));
            }
        }
        let pressed = |key| ctx.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        // A menu that is open closes by itself.
        if !egui::Popup::is_any_open(ctx) && pressed(Key::Escape) {
            self.escape(view, shown);
        }
        let is_asked = |event: &Event| matches!(event, Event::Text(text) if text == "?");
        if pressed(Key::F1) || (!ctx.text_edit_focused() && ctx.input(|input| input.events.iter().any(is_asked))) {
            view.asks.push(Ask::Help);
        }
        if !view.is_covered {
            self.pages[shown].keys(view, ctx);
        }
    }

    /// Ends one thing: what lies over the page, else typing, else what is said in passing, else what goes on upon the page.
    fn escape(&mut self, view: &mut View<'_>, shown: usize) {
        if self.shows_help {
            self.shows_help = false;
        } else if self.forms.is_open() {
            self.forms.escape();
        } else if !self.was_typing && !view.state.notices().is_empty() {
            view.actions.extend(view.state.notices().iter().map(|notice| Action::Dismiss(notice.number)));
        } else {
            self.pages[shown].escape(view, self.was_typing);
        }
    }

    fn answer(&mut self, ctx: &Context, ask: Ask) {
        match ask {
            Ask::Show(form) => self.forms.show(form),
            Ask::Browse(form) => self.forms.browse(ctx, form),
            Ask::Fetch(read) => self.forms.fetch(ctx, read),
            Ask::Copy(text) => ctx.copy_text(text),
            Ask::Help => self.shows_help = !self.shows_help,
        }
        ctx.request_repaint();
    }
}
