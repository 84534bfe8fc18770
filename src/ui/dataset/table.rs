//! The pictures as a table: a row each, of which only those in view cost anything.

use egui::{Align, Label, Layout, Rect, RichText, Role, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo, vec2};
use egui_extras::{Column as Width, TableBuilder, TableRow};

use super::{
    super::{View, theme, words},
    row::{InView, act_on, file_name, place, size},
    thumbnails::Thumbnails,
};
use crate::{
    dataset::Row,
    state::{Action, Column, DatasetAction},
};

/// Height of a row: the thumbnail and some room.
const ROW: f32 = 40.0;
const THUMBNAIL: Vec2 = vec2(48.0, 36.0);

/// Draws the table in the space that is left.
pub fn table_ui(
    in_view: &mut InView,
    view: &mut View<'_>,
    ui: &mut Ui,
    thumbnails: &mut Thumbnails,
    scroll_to: Option<usize>,
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
    for (_, width) in columns.iter().take(columns.len() - 1) {
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
            in_view.see(place);
            let is_selected = dataset.selection().holds(shown[place]);
            row.set_selected(is_selected);
            let group = dataset.group_of(shown[place]).filter(|_| dataset.filter().only_duplicates);
            let before = place.checked_sub(1).and_then(|place| dataset.group_of(shown[place]));
            row.set_overline(group.is_some() && group != before);
            cells_ui(&mut row, &columns, picture, group, dataset.filter().threshold, thumbnails);
            act_on(view, &row.response(), picture, place, is_selected);
        });
    });
}

/// A column, and how wide it is at first.
type Heading = (Column, f32);

/// All columns, from left to right.
const COLUMNS: [Heading; 7] = [
    (Column::Name, 140.0),
    (Column::Locatability, 98.0),
    (Column::Country, 92.0),
    (Column::Place, 110.0),
    (Column::Taken, 116.0),
    (Column::Size, 84.0),
    (Column::State, 80.0),
];

/// The columns that there is room for; those that say least give way first, and the picture's details have them all.
fn columns_for(width: f32) -> Vec<Heading> {
    let mut columns = COLUMNS.to_vec();
    for dispensable in [Column::Size, Column::Place, Column::Taken, Column::Country] {
        let needed: f32 = columns.iter().map(|(_, width)| width + 10.0).sum();
        if THUMBNAIL.x + 4.0 + needed > width {
            columns.retain(|(column, ..)| *column != dispensable);
        }
    }
    columns
}

fn header_ui(view: &mut View<'_>, row: &mut TableRow<'_, '_>, columns: &[Heading]) {
    let sort = view.state.dataset().sort();
    row.col(|_| {});
    for (column, _) in columns {
        let name = words::column(*column);
        let sorted = sort.filter(|sort| sort.column == *column);
        row.col(|ui| {
            let button = egui::Button::new(RichText::new(name).small().strong()).frame(false);
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
                let name = picture.country.map(|code| words::country(Some(code)));
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
                text_ui(ui, &format!("{group}{}", words::row_state(picture)), picture.is_wrong());
            }
        });
    }
}

/// One line that is cut off where the column ends.
fn text_ui(ui: &mut Ui, text: &str, is_bad: bool) {
    let palette = theme::palette(ui);
    let color = if is_bad { palette.error } else { palette.text };
    ui.add(Label::new(RichText::new(text).color(color)).truncate().selectable(false));
}

fn score_ui(ui: &mut Ui, score: Option<f64>, threshold: f64) {
    let Some(score) = score else { return };
    let palette = theme::palette(ui);
    ui.add(Label::new(RichText::new(format!("{score:.2}")).color(palette.text)).selectable(false));
    let width = (ui.available_width() - 6.0).clamp(0.0, 48.0);
    let (track, _) = ui.allocate_exact_size(vec2(width, 6.0), Sense::hover());
    ui.painter().rect_filled(track, 3.0, palette.line);
    let done = track.with_max_x(track.min.x + track.width() * score.clamp(0.0, 1.0) as f32);
    ui.painter().rect_filled(done, 3.0, if score >= threshold { palette.accent } else { palette.text_weak });
}
