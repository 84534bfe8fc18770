//! The page that says where pictures were taken: the picture and the strip of all that are open, the map, and the answer
//! with its reasons, the other candidates and the evidence.

mod answers;
mod area_form;
mod candidates;
mod caution;
mod claims;
mod comparison;
mod evidence;
mod export;
mod facts;
mod film_strip;
mod forms;
mod heatmap;
pub mod keys;
mod mark;
mod model_menu;
mod picture_panel;
mod picture_view;
mod pieces;
mod problems;
mod reasoning;
mod said;
mod server_form;
mod sessions;
mod signs;
mod strip_filter;
mod talk;
mod ticking;
mod tools;
mod turns;
mod veil;
mod welcome;

use egui::{CentralPanel, Context, Frame, Margin, Painter, Panel, Rect, Stroke, StrokeKind, Ui, vec2};

pub use area_form::AreaForm;
pub use forms::is_gguf;
pub use heatmap::install as install_heatmap;
pub use problems::problems_ui;
pub use reasoning::section;

use super::{
    Ask, View,
    map::{self, Basemap, MapPanel},
    page::{Lead, WindowPage},
    shortcuts::{self, Line, hint},
    split::{self, Split},
    textures::Textures,
    theme, words,
};
use crate::{
    state::{Action, Page, Remark, State},
    worker::PictureSource,
};
use strip_filter::{has_place, next_with_place};

/// From this height on the map has room of its own.
const HEIGHT_FOR_MAP: f32 = 460.0;
/// Pictures at the left, what was found at the right.
const SIDES: Split = Split {
    name: "Line between pictures and findings",
    is_beside: true,
    share: 0.44,
    most: f32::INFINITY,
    least: [300.0, 360.0],
};
/// The map over the answers.
const FINDINGS: Split = Split {
    name: "Line between map and answers",
    is_beside: false,
    share: 0.46,
    most: f32::INFINITY,
    least: [150.0, 230.0],
};

/// How the page is looked at.
pub struct PicturesPage {
    textures: Textures,
    picture: picture_panel::PicturePanel,
    strip: film_strip::FilmStrip,
    map: MapPanel,
    welcome: welcome::Welcome,
    tab: answers::Tab,
    /// Whether there is too little room for a map of its own.
    is_compact: bool,
    /// Whether signs stand in the evidence's place, where there is room for three panels side by side.
    shows_signs: bool,
    facts: facts::Facts,
    signs: signs::SignsView,
    claims: claims::ClaimsView,
    ticking: ticking::Ticking,
    talk: talk::Talk,
    sessions: sessions::Sessions,
    veil: veil::Veil,
    comparison: comparison::ComparisonView,
    /// Whether two models were compared when it was drawn last.
    is_comparing: bool,
}

impl PicturesPage {
    /// Nothing looked at yet.
    pub fn new(ctx: &Context) -> Self {
        Self {
            textures: Textures::new(ctx),
            picture: picture_panel::PicturePanel::default(),
            strip: film_strip::FilmStrip::default(),
            map: MapPanel::new(),
            welcome: welcome::Welcome::default(),
            tab: answers::Tab::default(),
            is_compact: false,
            shows_signs: false,
            facts: facts::Facts::new(),
            signs: signs::SignsView::default(),
            claims: claims::ClaimsView::default(),
            ticking: ticking::Ticking::default(),
            talk: talk::Talk::default(),
            sessions: sessions::Sessions::default(),
            veil: veil::Veil::default(),
            comparison: comparison::ComparisonView::default(),
            is_comparing: false,
        }
    }

    fn pictures(&mut self, view: &mut View<'_>, ui: &mut Ui) {
        if view.state.entries().is_empty() && view.state.openings().is_empty() {
            CentralPanel::no_frame().show(ui, |ui| self.welcome.ui(view, ui));
            return;
        }
        let frame = Frame::new().fill(theme::palette(ui).ground).inner_margin(Margin::symmetric(8, 6));
        let height = self.strip.height(view.state, ui.available_width() - frame.inner_margin.sum().x);
        let strip = Panel::bottom("film strip").exact_size(height).frame(frame);
        strip.show(ui, |ui| self.strip.ui(view, ui, &mut self.textures, &self.veil));
        CentralPanel::no_frame().show(ui, |ui| {
            let mut marks = picture_panel::Marks { signs: &mut self.signs, claims: &mut self.claims };
            self.picture.ui(view, ui, &mut self.textures, &mut marks);
        });
    }
}

impl WindowPage for PicturesPage {
    fn page(&self) -> Page {
        Page::PICTURES
    }

    fn title(&self) -> &'static str {
        "Pictures"
    }

    /// A photograph: a frame with a hill and the sun in it.
    fn icon(&self, painter: &Painter, square: Rect, stroke: Stroke) {
        painter.rect_stroke(square.shrink2(vec2(0.0, 2.0)), 2.0, stroke, StrokeKind::Inside);
        let at = |x: f32, y: f32| square.lerp_inside(vec2(x, y));
        let hills = [at(0.1, 0.8), at(0.4, 0.42), at(0.6, 0.66), at(0.7, 0.55), at(0.9, 0.8)];
        painter.line(hills.to_vec(), stroke);
        painter.circle_filled(at(0.7, 0.32), square.width() * 0.07, stroke.color);
    }

    fn purpose(&self) -> &'static str {
        "say where pictures were taken"
    }

    fn document(&self, state: &State) -> Option<String> {
        state.selected().map(|entry| entry.name.clone())
    }

    fn tools(&mut self, view: &mut View<'_>, ui: &mut Ui) {
        self.tools_ui(view, ui);
    }

    fn panels(&mut self, view: &mut View<'_>, ui: &mut Ui, base: &mut Basemap) {
        let state = view.state;
        self.textures.begin_frame(ui.ctx(), |key| state.entries().iter().any(|entry| entry.key == key));
        view.is_veiled = state.selected().is_some_and(|entry| self.veil.hides(entry.key));
        self.talk.listen(view);
        self.is_compact = ui.available_height() < HEIGHT_FOR_MAP;
        let [left, right] = SIDES.areas(ui);
        split::panel(ui, "pictures", left, |ui| self.pictures(view, ui));
        split::panel(ui, "findings", right, |ui| {
            if self.is_compact {
                self.answers_ui(view, ui, Some(base));
                return;
            }
            let [map, answers] = FINDINGS.areas(ui);
            split::panel(ui, "map", map, |ui| self.map.ui(view, ui, base));
            split::panel(ui, "answers", answers, |ui| self.answers_ui(view, ui, None));
        });
    }

    fn shortcuts(&self, ctx: &Context) -> Vec<Line> {
        shortcuts::lines(keys::TABLE, ctx)
    }

    fn keys(&mut self, view: &mut View<'_>, ctx: &Context) {
        shortcuts::run(keys::TABLE, self, view, ctx);
        // The system says this key by an event of its own.
        let copies = ctx.input(|input| input.events.iter().any(|event| matches!(event, egui::Event::Copy)));
        if copies && !ctx.text_edit_focused() {
            export::copy_answer(view);
        }
    }

    fn take(&mut self, view: &mut View<'_>, sources: Vec<PictureSource>) {
        let is_area =
            |source: &PictureSource| matches!(source, PictureSource::Path(path) if area_form::is_area_file(path));
        let (areas, pictures): (Vec<_>, Vec<_>) = sources.into_iter().partition(is_area);
        match map::takes_area(view) {
            None if areas.is_empty() => {}
            None => view.actions.push(Action::Tell(Remark::AreaOfNothing)),
            Some(key) => {
                for source in areas {
                    let PictureSource::Path(path) = source else { continue };
                    let is_inside = self.map.drawing.is_inside;
                    view.asks.push(Ask::Fetch(Box::new(move || area_form::read(key, &path, is_inside))));
                }
            }
        }
        if !pictures.is_empty() {
            view.actions.push(Action::Open(pictures));
        }
    }

    fn drop_hint(&self, n_files: usize) -> String {
        if n_files == 1 {
            "Drop to locate this picture".to_owned()
        } else {
            format!("Drop to locate these {}", words::count(n_files))
        }
    }

    fn escape(&mut self, view: &mut View<'_>, was_typing: bool) {
        let gives_up = self.signs.give_up() || self.map.drawing.give_up() || self.ticking.give_up();
        if !gives_up && !was_typing && view.state.can_cancel() {
            view.actions.push(Action::Cancel);
        }
    }

    fn status(&self, state: &State) -> String {
        if let Some(tool) = self.map.drawing.tool() {
            return tool.hint();
        }
        let located = state.entries().iter().filter(|entry| has_place(entry)).count();
        match (state.entries().len(), located) {
            (0, _) => "Ready".to_owned(),
            (1, 0) => "1 picture, not located".to_owned(),
            (1, _) => "1 picture, located".to_owned(),
            (all, _) if self.leads_to(state).is_some() => format!("{} pictures,", words::count(all)),
            (all, n) => format!("{} pictures, {} located", words::count(all), words::count(n)),
        }
    }

    /// To the next picture with a place.
    fn leads_to(&self, state: &State) -> Option<Lead> {
        let key = next_with_place(state).filter(|_| self.map.drawing.tool().is_none())?;
        let located = state.entries().iter().filter(|entry| has_place(entry)).count();
        let hover = |ctx: &Context| hint(ctx, "Look at the next picture with a place", keys::NEXT_PLACE);
        Some(Lead { text: format!("{} located", words::count(located)), hover, action: Action::Select(key) })
    }
}
