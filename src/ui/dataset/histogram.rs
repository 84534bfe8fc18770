//! How locatability is spread over the data set, with the threshold as a line that can be dragged.

use egui::{
    Align2, CursorIcon, EventFilter, FontId, Key, Rect, Response, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use super::super::theme;
use crate::state::{Listing, PAPER_THRESHOLD};

/// How many bars there are; the paper's threshold lies between two of them.
const BARS: usize = 50;
const HEIGHT: f32 = 92.0;
/// A key moves the threshold so far.
const STEP: f64 = 0.01;

/// Draws the bars; where the user moves the line the new threshold is returned.
pub fn histogram_ui(ui: &mut Ui, listing: &Listing, threshold: f64) -> Option<f64> {
    let (whole, response) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT + 16.0), Sense::click_and_drag());
    let bars = whole.with_max_y(whole.min.y + HEIGHT);
    let palette = theme::palette(ui);
    response.widget_info(|| WidgetInfo::slider(true, threshold, "Threshold in the histogram of locatability"));
    ui.painter().rect_filled(bars, 2.0, palette.sunken);

    let counts = listing.histogram(BARS);
    if counts.iter().all(|count| *count == 0) {
        let font = FontId::proportional(12.0);
        ui.painter().text(bars.center(), Align2::CENTER_CENTER, "nothing scored", font, palette.text_weak);
    }
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    let x_of = |score: f64| bars.min.x + bars.width() * score as f32;
    for (bar, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        let (from, to) = (bar as f64 / BARS as f64, (bar + 1) as f64 / BARS as f64);
        // The root lets a few pictures be seen beside many.
        let height = (HEIGHT - 6.0) * (*count as f32 / most as f32).sqrt();
        let rect =
            Rect::from_min_max(pos2(x_of(from) + 0.5, bars.max.y - height.max(1.5)), pos2(x_of(to) - 0.5, bars.max.y));
        let is_above = from + 1e-9 >= threshold;
        ui.painter().rect_filled(rect, 0.0, if is_above { palette.accent } else { palette.text_weak });
    }

    let font = FontId::proportional(11.0);
    let below = |x: f32| pos2(x, bars.max.y + 3.0);
    for (at, align, text) in [
        (0.0, Align2::LEFT_TOP, "0"),
        (PAPER_THRESHOLD, Align2::CENTER_TOP, "0.4, the paper's"),
        (1.0, Align2::RIGHT_TOP, "1"),
    ] {
        ui.painter().text(below(x_of(at)), align, text, font.clone(), palette.text_weak);
    }
    let paper = x_of(PAPER_THRESHOLD);
    ui.painter().vline(paper, bars.max.y - 4.0..=bars.max.y + 3.0, Stroke::new(1.0, palette.text_weak));

    let line = x_of(threshold);
    let lit = response.hovered() || response.dragged() || response.has_focus();
    ui.painter().vline(line, bars.y_range(), Stroke::new(if lit { 2.5 } else { 1.5 }, palette.text));
    ui.painter().circle_filled(pos2(line, bars.min.y + 5.0), 4.5, palette.text);
    if response.has_focus() {
        ui.painter().rect_stroke(bars, 2.0, Stroke::new(1.5, palette.accent), StrokeKind::Outside);
    }
    moved(ui, &response, bars, threshold)
}

fn moved(ui: &Ui, response: &Response, bars: Rect, threshold: f64) -> Option<f64> {
    let mut to = threshold;
    if response.clicked() || response.dragged() {
        let pointer = response.interact_pointer_pos()?;
        to = f64::from((pointer.x - bars.min.x) / bars.width());
    }
    if response.has_focus() {
        let arrows = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
        let presses = |key| ui.input(|input| input.num_presses(key)) as f64;
        to += STEP * (presses(Key::ArrowRight) - presses(Key::ArrowLeft));
    }
    if response.hovered() {
        ui.set_cursor_icon(CursorIcon::ResizeHorizontal);
    }
    let to = (to / STEP).round().clamp(0.0, 1.0 / STEP) * STEP;
    ((to - threshold).abs() > STEP / 2.0).then_some(to)
}
