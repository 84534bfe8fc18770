//! The pictures as a grid of small ones, of which only those in view cost anything.

use egui::{Align2, FontId, Rect, Response, ScrollArea, Sense, Ui, Vec2, vec2};

use super::{
    super::{View, theme, words},
    row::{InView, act_on, file_name},
    thumbnails::Thumbnails,
};
use crate::dataset::Row;

/// A cell, its words included; it is wider where there is room.
const CELL: Vec2 = vec2(148.0, 138.0);
const CELL_GAP: f32 = 8.0;
const CELL_PICTURE: f32 = 99.0;

/// How the grid lay in the frame before.
#[derive(Default)]
pub struct Grid {
    /// Cells beside each other.
    pub columns: usize,
    offset: f32,
}

/// Draws the grid in the space that is left.
pub fn grid_ui(
    grid: &mut Grid,
    in_view: &mut InView,
    view: &mut View<'_>,
    ui: &mut Ui,
    thumbnails: &mut Thumbnails,
    scroll_to: Option<usize>,
) {
    ui.spacing_mut().item_spacing = vec2(CELL_GAP, CELL_GAP);
    let dataset = view.state.dataset();
    let shown = dataset.listing().shown();
    let bar = ui.spacing().scroll.allocated_width();
    let columns = (((ui.available_width() - bar + CELL_GAP) / (CELL.x + CELL_GAP)) as usize).max(1);
    grid.columns = columns;
    let gaps = (columns - 1) as f32 * CELL_GAP;
    let cell = vec2((ui.available_width() - bar - gaps) / columns as f32, CELL.y);
    let mut area = ScrollArea::vertical().id_salt("grid").auto_shrink(false).animated(false);
    if let Some(place) = scroll_to {
        let top = (place / columns) as f32 * (CELL.y + CELL_GAP);
        let lowest = top + CELL.y - ui.available_height();
        let offset = grid.offset.clamp(lowest.max(0.0).min(top), top);
        area = area.vertical_scroll_offset(offset);
    }
    let output = area.show_rows(ui, CELL.y, shown.len().div_ceil(columns), |ui, rows| {
        for line in rows {
            ui.horizontal(|ui| {
                for (place, row) in shown.iter().copied().enumerate().skip(line * columns).take(columns) {
                    let Some(picture) = dataset.row(row) else { continue };
                    in_view.see(place);
                    let is_selected = dataset.selection().holds(row);
                    let response = cell_ui(ui, cell, picture, is_selected, dataset.filter().threshold, thumbnails);
                    act_on(view, &response, picture, place, is_selected);
                }
            });
        }
    });
    grid.offset = output.state.clamped_offset().y;
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
    theme::cell(ui, &response, rect, is_selected);
    let frame = Rect::from_min_size(rect.min + vec2(6.0, 6.0), vec2(size.x - 12.0, CELL_PICTURE));
    thumbnails.draw(ui, frame, picture);
    let font = FontId::proportional(11.5);
    let below = frame.left_bottom() + vec2(0.0, 3.0);
    let name = theme::elided_name(ui, &file_name(picture), &font, palette.text, frame.width());
    ui.painter().galley(below, name, palette.text);
    let trouble = picture.error.as_ref().filter(|_| picture.is_wrong());
    let (text, color) = match (trouble, picture.locatability) {
        (Some(trouble), _) => (words::trouble(trouble), palette.error),
        (None, Some(score)) if score >= threshold => (format!("{score:.2}"), palette.accent),
        (None, Some(score)) => (format!("{score:.2}"), palette.text_weak),
        (None, None) => ("not scored".to_owned(), palette.text_weak),
    };
    let line = below + vec2(0.0, 14.0);
    let galley = theme::elided(ui, text, font.clone(), color, frame.width() - 52.0);
    ui.painter().galley(line, galley, color);
    if picture.checked {
        let at = line + vec2(frame.width(), 0.0);
        ui.painter().text(at, Align2::RIGHT_TOP, "checked", font, palette.text_weak);
    }
    response
}
