//! The page of the clue knowledge: its records are searched and sifted, each says where it holds, how likely it is and where
//! that is from, and the user's own stand beside the shipped ones.

mod details;
mod form;
mod list;
mod sieve;

use egui::{
    Button, CentralPanel, Context, Frame, Key, KeyboardShortcut, Margin, Painter, Panel, Rect, Stroke, Ui, vec2,
};

use super::{
    Ask, View,
    map::Basemap,
    page::WindowPage,
    shortcuts::{self, Line, Shortcut, command, hint, undoes},
    split::{self, Split},
    theme, words,
};
use crate::state::{Page, State};
use form::ClueForm;
use sieve::Sieve;

/// The records at the left, the one looked at on the right.
const LIST_AND_RECORD: Split =
    Split { name: "Line between records and record", is_beside: true, share: 0.55, most: 620.0, least: [260.0, 260.0] };

const ADD: KeyboardShortcut = command(Key::N);
const SEARCH: KeyboardShortcut = command(Key::F);

/// What each key does.
const TABLE: &[Shortcut<KnowledgePage>] = &[
    Shortcut::always(&[ADD], "Add a clue of your own", |_, view, _, _| add(view)),
    Shortcut::always(&[SEARCH], "Search the records", |page, _, _, _| page.sieve.take_focus()),
    undoes("Undo what was added, changed or removed; with Shift, do it again"),
];

/// How the page is looked at.
#[derive(Default)]
pub struct KnowledgePage {
    sieve: Sieve,
    /// The id of the record that was chosen.
    chosen: Option<String>,
}

impl KnowledgePage {
    /// The record looked at: the one that was chosen, else the first that is shown.
    fn looked_at(&self, state: &State) -> Option<String> {
        let is_there = |id: &String| state.clues().record(id).is_some();
        let first = || Some(self.sieve.shown(state).first()?.id.clone());
        self.chosen.clone().filter(is_there).or_else(first)
    }

    fn list_ui(&mut self, view: &View<'_>, ui: &mut Ui, looked_at: Option<&str>) {
        let frame = Frame::new().fill(theme::palette(ui).ground);
        let frame = frame.inner_margin(Margin { left: theme::PADDING, right: 4, top: 8, bottom: 4 });
        CentralPanel::no_frame().frame(frame).show(ui, |ui| {
            let shown = self.sieve.shown(view.state);
            if let Some(id) = list::list_ui(view, ui, &shown, looked_at, &mut self.sieve) {
                self.chosen = Some(id);
            }
        });
    }
}

/// Opens the form of a new clue, where the user's own can be kept.
fn add(view: &mut View<'_>) {
    if view.state.own_clues_problem().is_none() {
        view.asks.push(Ask::Show(Box::new(ClueForm::new(view.state))));
    }
}

impl WindowPage for KnowledgePage {
    fn page(&self) -> Page {
        Page::KNOWLEDGE
    }

    fn title(&self) -> &'static str {
        "Clues"
    }

    /// An open book.
    fn icon(&self, painter: &Painter, square: Rect, stroke: Stroke) {
        let at = |x: f32, y: f32| square.lerp_inside(vec2(x, y));
        let left = [at(0.5, 0.24), at(0.28, 0.14), at(0.04, 0.16), at(0.04, 0.82), at(0.28, 0.8), at(0.5, 0.9)];
        let right = [at(0.5, 0.24), at(0.72, 0.14), at(0.96, 0.16), at(0.96, 0.82), at(0.72, 0.8), at(0.5, 0.9)];
        painter.line(left.to_vec(), stroke);
        painter.line(right.to_vec(), stroke);
        painter.line(vec![at(0.5, 0.24), at(0.5, 0.9)], stroke);
    }

    fn purpose(&self) -> &'static str {
        "look through the clue knowledge and add your own"
    }

    fn tools(&mut self, view: &mut View<'_>, ui: &mut Ui) {
        let can_add = view.state.own_clues_problem().is_none();
        let text = hint(ui.ctx(), "Something that you know of streets, beside what the program knows", ADD);
        if ui.add_enabled(can_add, Button::new("Add a clue…")).on_hover_text(text).clicked() {
            add(view);
        }
    }

    fn panels(&mut self, view: &mut View<'_>, ui: &mut Ui, _base: &mut Basemap) {
        let plain = Frame::new().fill(theme::palette(ui).ground);
        if let Some(problem) = view.state.own_clues_problem() {
            let frame = plain.inner_margin(Margin::symmetric(theme::PADDING, 6));
            let said = problem.to_string();
            Panel::top("own clues").show_separator_line(false).frame(frame).show(ui, |ui| {
                super::pictures::problems_ui(ui, [said]);
            });
        }
        let padded = plain.inner_margin(Margin::symmetric(theme::PADDING, 8));
        let filters = Panel::left("clue filters").default_size(230.0).size_range(200.0..=320.0).frame(padded);
        filters.show(ui, |ui| self.sieve.ui(view, ui));
        let [list, record] = LIST_AND_RECORD.areas(ui);
        let looked_at = self.looked_at(view.state);
        split::panel(ui, "records", list, |ui| self.list_ui(view, ui, looked_at.as_deref()));
        split::panel(ui, "record", record, |ui| {
            padded.show(ui, |ui| details::details_ui(view, ui, looked_at.as_deref()));
        });
    }

    fn shortcuts(&self, ctx: &Context) -> Vec<Line> {
        shortcuts::lines(TABLE, ctx)
    }

    fn keys(&mut self, view: &mut View<'_>, ctx: &Context) {
        shortcuts::run(TABLE, self, view, ctx);
    }

    fn status(&self, state: &State) -> String {
        let (all, own) = (state.clues().records().len(), state.own_clues().len());
        match own {
            0 => format!("{} records, none of them yours", words::count(all)),
            1 => format!("{} records, 1 of them yours", words::count(all)),
            _ => format!("{} records, {} of them yours", words::count(all), words::count(own)),
        }
    }
}
