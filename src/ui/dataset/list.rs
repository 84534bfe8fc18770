//! The pictures as a table or as a grid. Both draw only the rows in view, and both are one control for the keyboard.

use egui::{
    Align, Color32, CornerRadius, Event, EventFilter, FontId, Id, Key, Layout, Modifiers, Rect, Response, RichText,
    Role, ScrollArea, Sense, Shape, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, vec2,
};
use egui_extras::{Column as Width, TableBuilder, TableRow};

use super::{
    super::{View, theme, words},
    filters::country_name,
    thumbnails::Thumbnails,
};
use crate::{
    dataset::Row,
    geo::LatLon,
    state::{Action, Column, DatasetAction, Extend},
};

/// Height of a row of the table: the thumbnail and some room.
const ROW: f32 = 40.0;
const THUMBNAIL: Vec2 = vec2(48.0, 36.0);
/// A cell of the grid, its words included; it is wider where there is room.
const CELL: Vec2 = vec2(148.0, 138.0);
const CELL_GAP: f32 = 8.0;
const CELL_PICTURE: f32 = 99.0;

/// Table or grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Form {
    /// A row a picture.
    #[default]
    Table,
    /// A small picture each.
    Grid,
}

/// How the list is looked at.
#[derive(Default)]
pub struct List {
    /// Table or grid.
    pub form: Form,
    /// The cursor as it was drawn last, in which place of how many.
    followed: Option<u32>,
    /// The first and the last place in view, in the frame before.
    in_view: (usize, usize),
    columns: usize,
    offset: f32,
}

impl List {
    /// Draws the list in the space that is left.
    pub fn ui(&mut self, view: &mut View<'_>, ui: &mut Ui, thumbnails: &mut Thumbnails) {
        let dataset = view.state.dataset();
        let whole = ui.available_rect_before_wrap();
        let id = Id::unique("pictures of the data set");
        // Registered before what stands on it, so that clicks reach the rows.
        let response = ui.interact(whole, id, Sense::focusable_noninteractive());
        let (n_shown, n_selected) = (dataset.listing().shown().len(), dataset.selection().len());
        let spoken = format!("Pictures: {} shown, {} selected", words::count(n_shown), words::count(n_selected));
        response.widget_info(|| WidgetInfo::labeled(Role::ListBox, true, &spoken));
        if n_shown == 0 {
            nothing_ui(view, ui);
            return;
        }
        let cursor = dataset.selection().cursor();
        let scroll_to = if cursor == self.followed {
            None
        } else {
            self.followed = cursor;
            cursor.and_then(|cursor| dataset.listing().shown().iter().position(|row| *row == cursor))
        };
        self.in_view = (usize::MAX, 0);
        match self.form {
            Form::Table => self.table_ui(view, ui, thumbnails, scroll_to, id),
            Form::Grid => self.grid_ui(view, ui, thumbnails, scroll_to, id),
        }
        if response.has_focus() {
            let stroke = Stroke::new(1.5, theme::palette(ui).accent);
            ui.painter().rect_stroke(whole.shrink(1.0), 2.0, stroke, StrokeKind::Inside);
        }
        self.keys(view, ui, id);
    }

    fn table_ui(
        &mut self,
        view: &mut View<'_>,
        ui: &mut Ui,
        thumbnails: &mut Thumbnails,
        scroll_to: Option<usize>,
        id: Id,
    ) {
        ui.spacing_mut().item_spacing = vec2(10.0, 0.0);
        let palette = theme::palette(ui);
        ui.visuals_mut().faint_bg_color = palette.raised;
        let columns = columns_for(ui.available_width());
        let mut table = TableBuilder::new(ui)
            .id_salt("pictures")
            .striped(true)
            .resizable(true)
            .sense(Sense::CLICK)
            .cell_layout(Layout::left_to_right(Align::Center))
            .auto_shrink(false)
            .animate_scrolling(false)
            .column(Width::exact(THUMBNAIL.x + 4.0));
        for (_, _, width) in columns.iter().take(columns.len() - 1) {
            table = table.column(Width::initial(*width).at_least(50.0).clip(true));
        }
        table = table.column(Width::remainder().at_least(70.0).clip(true));
        if let Some(place) = scroll_to {
            table = table.scroll_to_row(place, None);
        }
        let table = table.header(26.0, |mut row| header_ui(view, &mut row, &columns));
        let dataset = view.state.dataset();
        let shown = dataset.listing().shown();
        table.body(|body| {
            body.rows(ROW, shown.len(), |mut row| {
                let place = row.index();
                let Some(picture) = dataset.row(shown[place]) else { return };
                self.see(place);
                let is_selected = dataset.selection().holds(shown[place]);
                row.set_selected(is_selected);
                let group = dataset.group_of(shown[place]).filter(|_| dataset.filter().only_duplicates);
                let before = place.checked_sub(1).and_then(|place| dataset.group_of(shown[place]));
                row.set_overline(group.is_some() && group != before);
                cells_ui(&mut row, &columns, picture, group, dataset.filter().threshold, thumbnails);
                act_on(view, &row.response(), picture, place, is_selected, id);
            });
        });
    }

    fn grid_ui(
        &mut self,
        view: &mut View<'_>,
        ui: &mut Ui,
        thumbnails: &mut Thumbnails,
        scroll_to: Option<usize>,
        id: Id,
    ) {
        ui.spacing_mut().item_spacing = vec2(CELL_GAP, CELL_GAP);
        let dataset = view.state.dataset();
        let shown = dataset.listing().shown();
        let bar = ui.spacing().scroll.allocated_width();
        self.columns = (((ui.available_width() - bar + CELL_GAP) / (CELL.x + CELL_GAP)) as usize).max(1);
        let gaps = (self.columns - 1) as f32 * CELL_GAP;
        let cell = vec2((ui.available_width() - bar - gaps) / self.columns as f32, CELL.y);
        let mut area = ScrollArea::vertical().id_salt("grid").auto_shrink(false).animated(false);
        if let Some(place) = scroll_to {
            let top = (place / self.columns) as f32 * (CELL.y + CELL_GAP);
            let lowest = top + CELL.y - ui.available_height();
            let offset = self.offset.clamp(lowest.max(0.0).min(top), top);
            area = area.vertical_scroll_offset(offset);
        }
        let output = area.show_rows(ui, CELL.y, shown.len().div_ceil(self.columns), |ui, rows| {
            for line in rows {
                ui.horizontal(|ui| {
                    for place in line * self.columns..((line + 1) * self.columns).min(shown.len()) {
                        let Some(picture) = dataset.row(shown[place]) else { continue };
                        self.see(place);
                        let is_selected = dataset.selection().holds(shown[place]);
                        let response = cell_ui(ui, cell, picture, is_selected, dataset.filter().threshold, thumbnails);
                        act_on(view, &response, picture, place, is_selected, id);
                    }
                });
            }
        });
        self.offset = output.state.clamped_offset().y;
    }

    fn see(&mut self, place: usize) {
        self.in_view = (self.in_view.0.min(place), self.in_view.1.max(place));
    }

    /// What the keys do while the list has the focus, or nothing has.
    fn keys(&mut self, view: &mut View<'_>, ui: &Ui, id: Id) {
        let focused = ui.memory(|memory| memory.focused());
        if focused.is_some_and(|focused| focused != id) || egui::Popup::is_any_open(ui.ctx()) {
            return;
        }
        let arrows = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(id, arrows));
        let mut act = |action| view.actions.push(Action::Dataset(action));
        if ui.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::A)) {
            act(DatasetAction::SelectAll);
        }
        let extends = ui.input(|input| input.modifiers.shift);
        let presses =
            |key| ui.input_mut(|input| input.count_and_consume_key(Modifiers::NONE, key)).min(1 << 20) as isize;
        let across = if self.form == Form::Grid { self.columns as isize } else { 1 };
        let page = (self.in_view.1.saturating_sub(self.in_view.0) as isize).max(1);
        let mut by = across * (presses(Key::ArrowDown) - presses(Key::ArrowUp));
        if self.form == Form::Grid {
            by += presses(Key::ArrowRight) - presses(Key::ArrowLeft);
        }
        by += page * (presses(Key::PageDown) - presses(Key::PageUp));
        let ends = presses(Key::End) - presses(Key::Home);
        if ends != 0 {
            by = if ends > 0 { isize::MAX } else { isize::MIN };
        }
        if by != 0 {
            act(DatasetAction::Move(by, extends));
        }
        if presses(Key::Space) > 0 {
            act(DatasetAction::ToggleChecked);
        }
        if presses(Key::Enter) > 0 {
            act(DatasetAction::OpenSelected);
        }
        ui.input_mut(|input| {
            // A space typed on the list marks; it is no text for anything else.
            input.events.retain(|event| !matches!(event, Event::Text(text) if text == " "));
        });
    }
}

fn nothing_ui(view: &mut View<'_>, ui: &mut Ui) {
    let dataset = view.state.dataset();
    ui.add_space(ui.available_height() * 0.35);
    ui.vertical_centered(|ui| {
        if dataset.rows().is_empty() {
            let text =
                if dataset.indexing().is_some() { "Looking for pictures …" } else { "The index holds no pictures." };
            ui.label(text);
            return;
        }
        ui.label("No picture passes the filters.");
        if ui.button("Show all pictures").clicked() {
            let filter = crate::state::Filter { threshold: dataset.filter().threshold, ..Default::default() };
            view.actions.push(Action::Dataset(DatasetAction::SetFilter(filter)));
        }
    });
}

/// A column, its heading, and how wide it is at first.
type Heading = (Column, &'static str, f32);

/// All columns, from left to right.
const COLUMNS: [Heading; 7] = [
    (Column::Name, "Name", 140.0),
    (Column::Locatability, "Locatability", 98.0),
    (Column::Country, "Country", 92.0),
    (Column::Place, "Place", 110.0),
    (Column::Taken, "Taken", 116.0),
    (Column::Size, "Size", 84.0),
    (Column::State, "State", 80.0),
];

/// The columns that there is room for; those that say least give way first, and the picture's details have them all.
fn columns_for(width: f32) -> Vec<Heading> {
    let mut columns = COLUMNS.to_vec();
    for dispensable in [Column::Size, Column::Place, Column::Taken, Column::Country] {
        let needed: f32 = columns.iter().map(|(_, _, width)| width + 10.0).sum();
        if THUMBNAIL.x + 4.0 + needed > width {
            columns.retain(|(column, ..)| *column != dispensable);
        }
    }
    columns
}

fn header_ui(view: &mut View<'_>, row: &mut TableRow<'_, '_>, columns: &[Heading]) {
    let sort = view.state.dataset().sort();
    row.col(|_| {});
    for (column, name, _) in columns {
        let sorted = sort.filter(|sort| sort.column == *column);
        row.col(|ui| {
            let button = egui::Button::new(RichText::new(*name).small().strong()).frame(false);
            let response = ui.add(button).on_hover_text("Sort by this; again turns the order around");
            let way = sorted.map_or("", |sort| if sort.descending { ", descending" } else { ", ascending" });
            response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Sort by {name}{way}")));
            if response.clicked() {
                view.actions.push(Action::Dataset(DatasetAction::SortBy(*column)));
            }
            if let Some(sort) = sorted {
                let at = response.rect.right_center() + vec2(8.0, 0.0);
                let tip = if sort.descending { 4.0 } else { -4.0 };
                let arrow = vec![at + vec2(-4.0, -tip / 2.0), at + vec2(4.0, -tip / 2.0), at + vec2(0.0, tip)];
                ui.painter().add(Shape::convex_polygon(arrow, theme::palette(ui).accent, Stroke::NONE));
            }
        });
    }
}

fn cells_ui(
    row: &mut TableRow<'_, '_>,
    columns: &[Heading],
    picture: &Row,
    group: Option<u32>,
    threshold: f64,
    thumbnails: &mut Thumbnails,
) {
    row.col(|ui| {
        let frame = Rect::from_center_size(ui.max_rect().center(), THUMBNAIL);
        thumbnails.draw(ui, frame, picture);
    });
    for (column, ..) in columns {
        row.col(|ui| match column {
            Column::Name => text_ui(ui, &file_name(picture), false),
            Column::Locatability => score_ui(ui, picture.locatability, threshold),
            Column::Country => {
                let name = picture.country.map(|code| country_name(Some(code)));
                text_ui(ui, &name.unwrap_or_default(), false);
            }
            Column::Place => text_ui(ui, &place(picture), false),
            Column::Taken => {
                let minute = picture.taken.as_deref().map(|taken| taken.get(..16).unwrap_or(taken));
                text_ui(ui, minute.unwrap_or_default(), false);
            }
            Column::Size => text_ui(ui, &size(picture), false),
            Column::State => {
                let group = group.map(|group| format!("group {group}  ")).unwrap_or_default();
                text_ui(ui, &format!("{group}{}", state(picture)), picture.error.is_some());
            }
        });
    }
}

/// One line that is cut off where the column ends.
fn text_ui(ui: &mut Ui, text: &str, is_bad: bool) {
    let palette = theme::palette(ui);
    let color = if is_bad { palette.error } else { palette.text };
    ui.add(egui::Label::new(RichText::new(text).color(color)).truncate().selectable(false));
}

fn score_ui(ui: &mut Ui, score: Option<f64>, threshold: f64) {
    let Some(score) = score else { return };
    let palette = theme::palette(ui);
    ui.add(egui::Label::new(format!("{score:.2}")).selectable(false));
    let width = (ui.available_width() - 6.0).clamp(0.0, 48.0);
    let (track, _) = ui.allocate_exact_size(vec2(width, 6.0), Sense::hover());
    ui.painter().rect_filled(track, 3.0, palette.line);
    let done = track.with_max_x(track.min.x + track.width() * score.clamp(0.0, 1.0) as f32);
    ui.painter().rect_filled(done, 3.0, if score >= threshold { palette.accent } else { palette.text_weak });
}

fn cell_ui(
    ui: &mut Ui,
    size: Vec2,
    picture: &Row,
    is_selected: bool,
    threshold: f64,
    thumbnails: &mut Thumbnails,
) -> Response {
    let palette = theme::palette(ui);
    let (rect, response) = ui.allocate_exact_size(size, Sense::CLICK);
    let fill = if is_selected {
        palette.accent_faint
    } else if response.hovered() {
        palette.button_hovered
    } else {
        Color32::TRANSPARENT
    };
    let line = if is_selected { palette.accent } else { Color32::TRANSPARENT };
    let corner = CornerRadius::same(theme::CORNER);
    ui.painter().rect(rect, corner, fill, Stroke::new(1.5, line), StrokeKind::Inside);
    let frame = Rect::from_min_size(rect.min + vec2(6.0, 6.0), vec2(size.x - 12.0, CELL_PICTURE));
    thumbnails.draw(ui, frame, picture);
    let font = FontId::proportional(11.5);
    let below = frame.left_bottom() + vec2(0.0, 3.0);
    let name = words::elided(ui, file_name(picture), font.clone(), palette.text, frame.width());
    ui.painter().galley(below, name, palette.text);
    let (text, color) = match (&picture.error, picture.locatability) {
        (Some(error), _) => (error.clone(), palette.error),
        (None, Some(score)) if score >= threshold => (format!("{score:.2}"), palette.accent),
        (None, Some(score)) => (format!("{score:.2}"), palette.text_weak),
        (None, None) => ("not scored".to_owned(), palette.text_weak),
    };
    let line = below + vec2(0.0, 14.0);
    let galley = words::elided(ui, text, font.clone(), color, frame.width() - 52.0);
    ui.painter().galley(line, galley, color);
    if picture.checked {
        let at = line + vec2(frame.width(), 0.0);
        ui.painter().text(at, egui::Align2::RIGHT_TOP, "checked", font, palette.text_weak);
    }
    response
}

/// Gives a row its name and does what a click on it means.
fn act_on(view: &mut View<'_>, response: &Response, picture: &Row, place: usize, is_selected: bool, list: Id) {
    response.widget_info(|| WidgetInfo::selected(Role::ListBoxOption, true, is_selected, spoken(picture)));
    let mut act = |action| view.actions.push(Action::Dataset(action));
    if response.double_clicked() {
        act(DatasetAction::OpenSelected);
    } else if response.clicked() {
        let modifiers = response.ctx.input(|input| input.modifiers);
        let extend = match (modifiers.shift, modifiers.command) {
            (true, _) => Extend::Range,
            (false, true) => Extend::Toggle,
            (false, false) => Extend::No,
        };
        act(DatasetAction::Go(place, extend));
        response.ctx.memory_mut(|memory| memory.request_focus(list));
    }
    response.clone().on_hover_ui_at_pointer(|ui| {
        ui.label(picture.path.display().to_string());
        if let Some(error) = &picture.error {
            ui.label(RichText::new(error).color(theme::palette(ui).error));
        }
    });
}

/// The file's name without its folders.
pub fn file_name(picture: &Row) -> String {
    picture.path.file_name().unwrap_or(picture.path.as_os_str()).to_string_lossy().into_owned()
}

/// The city, or else the position.
pub fn place(picture: &Row) -> String {
    match (&picture.city, picture.position) {
        (Some(city), _) => city.clone(),
        (None, Some(LatLon { lat, lon })) => format!("{lat:.3}, {lon:.3}"),
        (None, None) => String::new(),
    }
}

/// Pixels across and down.
pub fn size(picture: &Row) -> String {
    if picture.width == 0 { String::new() } else { format!("{} × {}", picture.width, picture.height) }
}

fn state(picture: &Row) -> String {
    match (&picture.error, picture.checked) {
        (Some(error), _) => error.clone(),
        (None, true) => "checked".to_owned(),
        (None, false) if picture.locatability.is_none() => "not scored".to_owned(),
        (None, false) => String::new(),
    }
}

/// A row as a screen reader says it.
fn spoken(picture: &Row) -> String {
    let mut parts = vec![file_name(picture)];
    parts.extend(picture.locatability.map(|score| format!("locatability {score:.2}")));
    parts.extend(picture.country.map(|code| country_name(Some(code))));
    let state = state(picture);
    parts.extend((!state.is_empty()).then_some(state));
    parts.join(", ")
}
