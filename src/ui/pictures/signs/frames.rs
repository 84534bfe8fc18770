//! The frames of the signs on the picture: a line around each, its number where there is room, and what it says under the
//! pointer. A line is dark outside and bright inside, so that it can be seen on any picture.

use egui::{
    Align2, Color32, CursorIcon, FontId, Painter, Pos2, Rect, Response, Role, Sense, Shape, Stroke, Ui, WidgetInfo,
    pos2, vec2,
};

use super::{
    super::super::{View, theme, words},
    SignsView, signs_of,
};
use crate::{predict::sign::Sign, state::Entry};

/// No more frames than this are drawn, the largest first.
const MOST_FRAMES: usize = 400;
/// No more numbers than this are written.
const MOST_NUMBERS: usize = 60;
/// A frame that is smaller on the screen is not drawn, in points.
const LEAST_FRAME: f32 = 3.0;
/// One that is lower has no number of its own.
const LEAST_NUMBERED: f32 = 9.0;

/// A sign and where it lies on the screen.
struct Placed<'a> {
    sign: &'a Sign,
    corners: [Pos2; 4],
    bounds: Rect,
}

impl SignsView {
    /// Draws the frames on the picture, which lies in `rect`; `response` is the panel's. A new sign's box is drawn as well.
    pub fn frames_ui(
        &mut self,
        view: &View<'_>,
        ui: &Ui,
        painter: &Painter,
        rect: Rect,
        response: &Response,
        entry: &Entry,
    ) {
        self.look_at(entry);
        self.pointed = std::mem::take(&mut self.pointing);
        self.outline(ui, response, rect);
        if self.is_outlining() && response.hovered() {
            ui.set_cursor_icon(CursorIcon::Crosshair);
        }
        if !view.state.settings().hides_signs {
            let placed = self.placed(signs_of(entry), rect, painter.clip_rect());
            if !self.is_outlining() {
                self.take_pointer(response, &placed);
            }
            self.draw(ui, painter, &placed);
        }
        if let Some(new) = self.new_box(rect) {
            let corners = [new.left_top(), new.right_top(), new.right_bottom(), new.left_bottom()];
            line(painter, &corners, theme::SIGN_LIT, 2.0, true);
        }
    }

    /// Those that can be seen, the largest first.
    fn placed<'a>(&self, signs: &'a [Sign], rect: Rect, seen: Rect) -> Vec<Placed<'a>> {
        let place = |sign: &'a Sign| {
            let corners = sign.quad.map(|[x, y]| rect.min + rect.size() * vec2(x, y));
            Placed { sign, corners, bounds: Rect::from_points(&corners) }
        };
        let is_seen = |placed: &Placed<'_>| {
            let is_large = placed.bounds.size().max_elem() >= LEAST_FRAME || self.is_lit(placed.sign);
            is_large && placed.bounds.intersects(seen)
        };
        let mut placed: Vec<Placed<'_>> = signs.iter().map(place).filter(is_seen).collect();
        placed.sort_by(|a, b| b.bounds.area().total_cmp(&a.bounds.area()));
        placed.truncate(MOST_FRAMES);
        placed
    }

    /// The smallest frame under the pointer says what it says; a click chooses it.
    fn take_pointer(&mut self, response: &Response, placed: &[Placed<'_>]) {
        let Some(pointer) = response.hover_pos() else { return };
        let Some(under) = placed.iter().rev().find(|placed| holds(&placed.corners, pointer)) else { return };
        self.pointed = vec![under.sign.id.clone()];
        if response.clicked() {
            self.choose(&under.sign.id);
            self.follows = true;
        }
        response.clone().on_hover_ui_at_pointer(|ui| {
            ui.strong(words::sign(under.sign));
            ui.label(words::sign_reading(under.sign));
        });
    }

    fn draw(&self, ui: &Ui, painter: &Painter, placed: &[Placed<'_>]) {
        let seen = painter.clip_rect();
        let mut numbers: Vec<Rect> = Vec::new();
        let (lit, others): (Vec<_>, Vec<_>) = placed.iter().partition(|placed| self.is_lit(placed.sign));
        for placed in &others {
            let color = if placed.sign.on { theme::SIGN } else { theme::SIGN_STRUCK };
            line(painter, &placed.corners, color, 1.5, !placed.sign.on);
        }
        for placed in &lit {
            line(painter, &placed.corners, theme::SIGN_LIT, 2.5, !placed.sign.on);
        }
        for placed in lit.iter().chain(&others) {
            let is_lit = self.is_lit(placed.sign);
            let has_room = placed.bounds.height() >= LEAST_NUMBERED && numbers.len() < MOST_NUMBERS;
            if is_lit || has_room {
                number(painter, placed, is_lit, &mut numbers);
            }
            // For who does not see the picture, and for what looks for it by its name.
            let id = ui.scope_id().with(("sign", &placed.sign.id));
            let frame = ui.interact(placed.bounds.intersect(seen), id, Sense::hover());
            let name = format!("{} (on the picture)", words::sign(placed.sign));
            frame.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
        }
    }
}

/// A closed line, bright on a dark ground of its own.
fn line(painter: &Painter, corners: &[Pos2; 4], color: Color32, width: f32, is_dashed: bool) {
    let mut path = corners.to_vec();
    path.push(corners[0]);
    painter.add(Shape::line(path.clone(), Stroke::new(width + 2.0, theme::SIGN_GROUND)));
    if is_dashed {
        painter.extend(Shape::dashed_line(&path, Stroke::new(width, color), 4.0, 4.0));
    } else {
        painter.add(Shape::line(path, Stroke::new(width, color)));
    }
}

/// The sign's number over its upper left corner, or inside it at the picture's edge; none where another stands there.
fn number(painter: &Painter, placed: &Placed<'_>, is_lit: bool, taken: &mut Vec<Rect>) {
    let font = FontId::proportional(if is_lit { 13.0 } else { 11.0 });
    let color = if placed.sign.on { theme::ON_SIGN } else { theme::SIGN_GROUND };
    let galley = painter.layout_no_wrap(placed.sign.id.clone(), font, color);
    let size = galley.size() + vec2(6.0, 0.0);
    let seen = painter.clip_rect();
    let corner = placed.bounds.left_top() - vec2(1.0, size.y);
    let at = pos2(
        corner.x.clamp(seen.min.x, (seen.max.x - size.x).max(seen.min.x)),
        corner.y.clamp(seen.min.y, (seen.max.y - size.y).max(seen.min.y)),
    );
    let tag = Rect::from_min_size(at, size);
    if !is_lit && taken.iter().any(|other| other.intersects(tag)) {
        return;
    }
    let fill = match (is_lit, placed.sign.on) {
        (true, _) => theme::SIGN_LIT,
        (false, true) => theme::SIGN,
        (false, false) => theme::SIGN_STRUCK,
    };
    painter.rect_filled(tag.expand(1.0), 2.0, theme::SIGN_GROUND);
    painter.rect_filled(tag, 2.0, fill);
    let text = Align2::CENTER_CENTER.anchor_size(tag.center(), galley.size());
    painter.galley(text.min, galley, color);
    taken.push(tag);
}

/// Whether a point lies in a quadrilateral without dents, in whatever order it goes around.
fn holds(corners: &[Pos2; 4], point: Pos2) -> bool {
    let sides = [0, 1, 2, 3].map(|at| {
        let (from, to) = (corners[at], corners[(at + 1) % 4]);
        let (side, away) = (to - from, point - from);
        side.x * away.y - side.y * away.x
    });
    sides.iter().all(|side| *side >= 0.0) || sides.iter().all(|side| *side <= 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slanted_frame_holds_what_lies_in_it_and_not_the_corners_of_its_box() {
        let slanted = [pos2(50.0, 0.0), pos2(100.0, 50.0), pos2(50.0, 100.0), pos2(0.0, 50.0)];
        let mut reversed = slanted;
        reversed.reverse();
        for corners in [slanted, reversed] {
            assert!(holds(&corners, pos2(50.0, 50.0)) && holds(&corners, pos2(20.0, 40.0)));
            assert!(!holds(&corners, pos2(10.0, 10.0)) && !holds(&corners, pos2(95.0, 90.0)));
        }
    }
}
