//! Two panels that share a space by a line that can be moved, by pointer or by arrow keys. They keep their shares when the
//! window grows or shrinks, so that a wide window is shared and nothing is squeezed out of a small one.

use egui::{CursorIcon, Id, Key, Rect, Role, Sense, Stroke, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use super::theme;

/// Width of what can be grasped.
const LINE: f32 = 7.0;
/// What an arrow key moves the line by, as a share of the whole.
const STEP: f32 = 0.02;

/// How a space is parted.
pub struct Split {
    /// The line's name for the keyboard and for screen readers; its place is remembered by it.
    pub name: &'static str,
    /// Whether the panels lie beside each other, or above each other.
    pub is_beside: bool,
    /// The first panel's share of the whole at first.
    pub share: f32,
    /// The most that it has at first, in points: a list in a wide window needs no more than its words.
    pub most: f32,
    /// The least that each wants, in points; where there is not enough both give way alike.
    pub least: [f32; 2],
}

impl Split {
    /// Parts what is left of this space, draws the line, and says where the two panels lie.
    pub fn areas(&self, ui: &mut Ui) -> [Rect; 2] {
        let whole = ui.available_rect_before_wrap();
        let id = Id::unique(("split", self.name));
        let length = (if self.is_beside { whole.width() } else { whole.height() } - LINE).max(1.0);
        let mut share = ui.data_mut(|data| data.get_persisted(id)).unwrap_or_else(|| self.at_first(length));

        let line = self.line(whole, self.first(length, share));
        let response = ui.interact(line, id, Sense::drag());
        response.widget_info(|| WidgetInfo::labeled(Role::Splitter, true, self.name));
        let (cursor, drag, back, on) = if self.is_beside {
            (CursorIcon::ResizeHorizontal, response.drag_delta().x, Key::ArrowLeft, Key::ArrowRight)
        } else {
            (CursorIcon::ResizeVertical, response.drag_delta().y, Key::ArrowUp, Key::ArrowDown)
        };
        let mut moved = drag / length;
        if response.has_focus() {
            let presses = |key| ui.input(|input| input.num_presses(key)) as f32;
            moved += STEP * (presses(on) - presses(back));
            let arrows = egui::EventFilter { horizontal_arrows: true, vertical_arrows: true, ..Default::default() };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(id, arrows));
        }
        if moved != 0.0 {
            // From where it is seen, which the panels' least sizes may have changed.
            share = self.first(length, self.first(length, share) / length + moved) / length;
            ui.data_mut(|data| data.insert_persisted(id, share));
        }
        let palette = theme::palette(ui);
        let is_held = response.hovered() || response.dragged() || response.has_focus();
        let stroke = Stroke::new(if is_held { 2.0 } else { 1.0 }, if is_held { palette.accent } else { palette.line });
        let first = self.first(length, share);
        let line = self.line(whole, first);
        ui.painter().rect_filled(line, 0.0, palette.ground);
        if self.is_beside {
            ui.painter().vline(line.center().x, line.y_range(), stroke);
        } else {
            ui.painter().hline(line.x_range(), line.center().y, stroke);
        }
        response.on_hover_and_drag_cursor(cursor);
        ui.advance_cursor_after_rect(whole);
        if self.is_beside {
            [whole.with_max_x(line.min.x), whole.with_min_x(line.max.x)]
        } else {
            [whole.with_max_y(line.min.y), whole.with_min_y(line.max.y)]
        }
    }

    /// The first panel's share before the line was moved.
    fn at_first(&self, length: f32) -> f32 {
        self.share.min(self.most / length)
    }

    /// How long the first panel is.
    fn first(&self, length: f32, share: f32) -> f32 {
        let [first, second] = self.least;
        let scale = (length / (first + second)).min(1.0);
        (share * length).clamp(first * scale, (length - second * scale).max(first * scale)).round()
    }

    fn line(&self, whole: Rect, first: f32) -> Rect {
        if self.is_beside {
            Rect::from_min_size(pos2(whole.min.x + first, whole.min.y), vec2(LINE, whole.height()))
        } else {
            Rect::from_min_size(pos2(whole.min.x, whole.min.y + first), vec2(whole.width(), LINE))
        }
    }
}

/// Draws a panel in its place.
pub fn panel<R>(ui: &mut Ui, name: &str, area: Rect, contents: impl FnOnce(&mut Ui) -> R) -> R {
    let builder = UiBuilder::new().max_rect(area).id_salt(name).layout(egui::Layout::top_down(egui::Align::Min));
    ui.scope_builder(builder, |ui| {
        ui.set_clip_rect(area.intersect(ui.clip_rect()));
        ui.painter().rect_filled(area, 0.0, theme::palette(ui).ground);
        contents(ui)
    })
    .inner
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPLIT: Split =
        Split { name: "a line", is_beside: true, share: 0.44, most: f32::INFINITY, least: [300.0, 340.0] };

    #[test]
    fn a_list_is_no_wider_at_first_than_its_words_need() {
        let list = Split { most: 620.0, ..SPLIT };
        assert_eq!([1000.0, 2480.0].map(|length| list.first(length, list.at_first(length))), [440.0, 620.0]);
    }

    #[test]
    fn a_wide_space_is_shared_and_a_narrow_one_is_fair() {
        assert_eq!(SPLIT.first(2000.0, 0.44), 880.0);
        assert_eq!(SPLIT.first(700.0, 0.44), 308.0);
        assert_eq!(SPLIT.first(700.0, 0.9), 360.0);
        assert_eq!(SPLIT.first(700.0, 0.1), 300.0);
        assert_eq!(SPLIT.first(320.0, 0.9), 150.0);
    }
}
