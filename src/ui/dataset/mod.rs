//! The page for data sets: a folder of street views seen at once, sifted by how much each can tell of its place, looked
//! through, marked, and handed on.

mod clusters;
mod details;
mod filters;
mod forms;
mod grid;
mod histogram;
mod keys;
mod list;
mod progress;
mod row;
mod samples_map;
mod table;
mod thumbnails;
mod tools;
mod welcome;

use std::path::Path;

use egui::{
    CentralPanel, Context, Frame, Layout, Margin, Painter, Panel, Rect, RichText, Stroke, StrokeKind, Ui, Vec2, vec2,
};

use super::{
    Ask, View,
    advice::segmenter_ui,
    map::Basemap,
    page::WindowPage,
    shortcuts::{self, Line},
    split::{self, Split},
    theme, underway, words,
};
use crate::{
    state::{Action, DatasetAction, DatasetState, Page, State},
    worker::{ModelSource, PictureSource},
};
use list::Arrangement;

/// How files end that are indexed.
const SOURCES: &[&str] = &["csv", "tsv", "txt", "json", "jsonl", "parquet"];

/// Below this width the map stands in the list's place, not beside it.
const WIDTH_FOR_MAP: f32 = 900.0;

/// The list at the left, the samples on the map at the right.
const LIST_AND_MAP: Split = Split {
    name: "Line between list and map",
    is_beside: true,
    share: 0.56,
    most: f32::INFINITY,
    least: [320.0, 260.0],
};
/// The map over the picture looked at.
const MAP_AND_DETAILS: Split = Split {
    name: "Line between map and picture",
    is_beside: false,
    share: 0.5,
    most: f32::INFINITY,
    least: [140.0, 140.0],
};

/// How the page is looked at.
pub struct DatasetPage {
    thumbnails: thumbnails::Thumbnails,
    list: list::List,
    map: samples_map::SamplesMap,
    details: details::Details,
    hides_map: bool,
    /// In a narrow window: whether the map stands in the list's place.
    is_map_in_place: bool,
    last_index: welcome::LastIndex,
}

impl DatasetPage {
    /// Nothing looked at yet.
    pub fn new() -> Self {
        Self {
            thumbnails: thumbnails::Thumbnails::default(),
            list: list::List::default(),
            map: samples_map::SamplesMap::new(),
            details: details::Details::new(),
            hides_map: false,
            is_map_in_place: false,
            last_index: welcome::LastIndex::new(),
        }
    }

    fn ui(&mut self, view: &mut View<'_>, ui: &mut Ui, base: &mut Basemap) {
        let dataset = view.state.dataset();
        let plain = Frame::new().fill(theme::palette(ui).ground);
        let padded = plain.inner_margin(Margin::symmetric(theme::PADDING, 8));
        if dataset.file().is_none() && dataset.indexing().is_none() {
            CentralPanel::no_frame().show(ui, |ui| welcome::welcome_ui(view, ui, &mut self.last_index));
            return;
        }
        self.thumbnails.begin_frame(ui.ctx(), dataset);
        let line = plain.inner_margin(Margin::symmetric(theme::PADDING, 4));
        if let Some(indexing) = dataset.indexing() {
            let panel = Panel::top("indexing").exact_size(underway::HEIGHT).frame(line);
            panel.show(ui, |ui| progress::indexing_ui(view, ui, indexing));
        }
        if let Some(task) = dataset.task() {
            let panel = Panel::top("task").exact_size(underway::HEIGHT).frame(line);
            panel.show(ui, |ui| progress::task_ui(view, ui, task));
        }
        let filters = Panel::left("filters").default_size(250.0).size_range(220.0..=360.0).frame(padded);
        filters.show(ui, |ui| filters::filters_ui(view, ui));
        let is_wide = ui.content_rect().width() >= WIDTH_FOR_MAP;
        if is_wide && !self.hides_map {
            let [list, samples] = LIST_AND_MAP.areas(ui);
            split::panel(ui, "list", list, |ui| self.list_ui(view, ui, base, is_wide));
            split::panel(ui, "samples", samples, |ui| self.samples_ui(view, ui, base));
        } else {
            self.list_ui(view, ui, base, is_wide);
        }
        self.thumbnails.end_frame(view);
    }

    /// The list under its heading; in a narrow window the map may stand in its place.
    fn list_ui(&mut self, view: &mut View<'_>, ui: &mut Ui, base: &mut Basemap, is_wide: bool) {
        let plain = Frame::new().fill(theme::palette(ui).ground);
        CentralPanel::no_frame().frame(plain).show(ui, |ui| {
            let heading = plain.inner_margin(Margin::symmetric(theme::PADDING, 6));
            let heading = Panel::top("list heading").exact_size(40.0).frame(heading);
            heading.show(ui, |ui| self.heading_ui(view, ui, is_wide));
            not_scored_ui(view, ui, plain);
            if !is_wide && self.is_map_in_place {
                CentralPanel::no_frame().show(ui, |ui| self.samples_ui(view, ui, base));
                return;
            }
            let frame = plain.inner_margin(Margin { left: 8, right: 2, top: 2, bottom: 2 });
            CentralPanel::no_frame().frame(frame).show(ui, |ui| self.list.ui(view, ui, &mut self.thumbnails));
        });
    }

    /// The map, and under it the picture that has the cursor.
    fn samples_ui(&mut self, view: &mut View<'_>, ui: &mut Ui, base: &mut Basemap) {
        let [map, details] = MAP_AND_DETAILS.areas(ui);
        split::panel(ui, "map", map, |ui| self.map.ui(view, ui, base));
        split::panel(ui, "details", details, |ui| {
            let frame = Frame::new().fill(theme::palette(ui).ground);
            frame.inner_margin(Margin::symmetric(theme::PADDING, 8)).show(ui, |ui| self.details.ui(view, ui));
        });
    }

    /// How many are shown, and as what.
    fn heading_ui(&mut self, view: &View<'_>, ui: &mut Ui, is_wide: bool) {
        let dataset = view.state.dataset();
        ui.horizontal_centered(|ui| {
            ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
                let mut shows_map = if is_wide { !self.hides_map } else { self.is_map_in_place };
                theme::toggle(ui, &mut shows_map, egui::Button::new("Map"))
                    .on_hover_text("The samples on the map, and the picture looked at");
                if is_wide {
                    self.hides_map = !shows_map;
                } else {
                    self.is_map_in_place = shows_map;
                }
                ui.separator();
                theme::choice_value(ui, &mut self.list.arrangement, Arrangement::Grid, "Grid");
                theme::choice_value(ui, &mut self.list.arrangement, Arrangement::Table, "Table");
                ui.with_layout(Layout::left_to_right(egui::Align::Center), |ui| {
                    let (shown, all) = (dataset.listing().shown().len(), dataset.rows().len());
                    let mut text = format!("{} of {} shown", words::count(shown), words::count(all));
                    if !dataset.selection().is_empty() {
                        text += &format!(" · {} selected", words::count(dataset.selection().len()));
                    }
                    ui.add(egui::Label::new(RichText::new(text).strong()).truncate());
                });
            });
        });
    }
}

impl WindowPage for DatasetPage {
    fn page(&self) -> Page {
        Page::DATASET
    }

    fn title(&self) -> &'static str {
        "Dataset"
    }

    /// Many small pictures.
    fn icon(&self, painter: &Painter, square: Rect, stroke: Stroke) {
        let side = square.width() * 0.26;
        for (row, column) in (0..3).flat_map(|row| (0..3).map(move |column| (row, column))) {
            let middle = square.lerp_inside(vec2(0.14 + 0.36 * column as f32, 0.14 + 0.36 * row as f32));
            painter.rect_stroke(Rect::from_center_size(middle, Vec2::splat(side)), 1.0, stroke, StrokeKind::Inside);
        }
    }

    fn purpose(&self) -> &'static str {
        "look through a data set"
    }

    fn document(&self, state: &State) -> Option<String> {
        let name = state.dataset().file().and_then(Path::file_name);
        name.map(|name| name.to_string_lossy().into_owned())
    }

    fn tools(&mut self, view: &mut View<'_>, ui: &mut Ui) {
        tools::tools_ui(view, ui);
    }

    fn panels(&mut self, view: &mut View<'_>, ui: &mut Ui, base: &mut Basemap) {
        self.ui(view, ui, base);
    }

    fn shortcuts(&self, ctx: &Context) -> Vec<Line> {
        shortcuts::lines(keys::TABLE, ctx)
    }

    fn keys(&mut self, view: &mut View<'_>, ctx: &Context) {
        shortcuts::run(keys::TABLE, self, view, ctx);
    }

    /// One folder, table, list or index is a data set; anything else is pictures, for the other page.
    fn take(&mut self, view: &mut View<'_>, sources: Vec<PictureSource>) {
        let ending = |path: &Path| path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        match sources.as_slice() {
            [PictureSource::Path(path)] if ending(path) == "sqlite" => {
                view.actions.push(Action::Dataset(DatasetAction::Open(path.clone())));
            }
            [PictureSource::Path(path)] if path.is_dir() || SOURCES.contains(&ending(path).as_str()) => {
                view.asks.push(Ask::Show(Box::new(forms::IndexForm::of(path.clone()))));
            }
            _ => view.actions.push(Action::Open(sources)),
        }
    }

    fn drop_hint(&self, _n_files: usize) -> String {
        "Drop to index this folder, or to open this index".to_owned()
    }

    fn escape(&mut self, _view: &mut View<'_>, _was_typing: bool) {
        self.map.end_lasso();
    }

    fn status(&self, state: &State) -> String {
        status_of(state.dataset())
    }
}

/// Said once for all pictures that have no score, with the way to a segmenter that knows them.
fn not_scored_ui(view: &mut View<'_>, ui: &mut Ui, plain: Frame) {
    let n = view.state.dataset().listing().n_not_scored();
    if n == 0 {
        return;
    }
    let frame = plain.inner_margin(Margin::symmetric(theme::PADDING, 4));
    Panel::top("not scored").resizable(false).frame(frame).show(ui, |ui| {
        ui.horizontal_wrapped(|ui| {
            let have = if n == 1 { "1 picture has".to_owned() } else { format!("{} pictures have", words::count(n)) };
            let knows_drawings_only = view.state.settings().segmenter == ModelSource::Starter;
            let why = match knows_drawings_only {
                true => "the segmenter in use knows drawn streets only.",
                false => "index the folder again to measure them.",
            };
            ui.label(RichText::new(format!("{have} no score: {why}")).weak());
            if knows_drawings_only {
                segmenter_ui(view, ui);
            }
        });
    });
}

/// The data set in a line: "streets.terrasight.sqlite: 100,000 pictures, 12 with errors".
fn status_of(dataset: &DatasetState) -> String {
    let Some(file) = dataset.file() else { return "No data set is open".to_owned() };
    let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy();
    let n_rows = dataset.rows().len();
    let mut text = format!("{name}: {} picture{}", words::count(n_rows), if n_rows == 1 { "" } else { "s" });
    if dataset.listing().n_errors() > 0 {
        text += &format!(", {} with errors", words::count(dataset.listing().n_errors()));
    }
    text
}
