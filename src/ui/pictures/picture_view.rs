//! Where a picture lies in its panel: fitted, or at a scale of the user's with a point of the picture in the middle.
//! Plain arithmetic; `picture_panel` draws by it.

use egui::{Pos2, Rect, Vec2, pos2, vec2};

/// Scale from the picture's pixels to points, and what lies in the middle.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum PictureView {
    /// All of it, as large as it goes; a small picture is blown up only a little.
    #[default]
    Fit,
    /// As the user set it.
    Free {
        /// Points a pixel of the picture.
        scale: f32,
        /// The point of the picture, in its pixels, that lies in the middle of the panel.
        middle: Pos2,
    },
}

/// The closest look, in points a pixel of the picture.
const MOST_SCALE: f32 = 16.0;
/// How far a small picture is blown up to fill the panel.
const MOST_FITTING_SCALE: f32 = 2.0;

impl PictureView {
    /// Points a pixel of the picture.
    pub fn scale(self, panel: Rect, size: Vec2) -> f32 {
        match self {
            Self::Fit => fitting_scale(panel, size),
            Self::Free { scale, .. } => scale,
        }
    }

    /// Where the whole picture lies.
    pub fn rect(self, panel: Rect, size: Vec2) -> Rect {
        let scale = self.scale(panel, size);
        let middle = match self {
            Self::Fit => (size / 2.0).to_pos2(),
            Self::Free { middle, .. } => middle,
        };
        Rect::from_min_size(panel.center() - middle.to_vec2() * scale, size * scale)
    }

    /// Closer or further by a factor, so that what lies under `fixed` stays there.
    pub fn zoomed(self, panel: Rect, size: Vec2, factor: f32, fixed: Pos2) -> Self {
        let (rect, old) = (self.rect(panel, size), self.scale(panel, size));
        let least = fitting_scale(panel, size);
        let scale = (old * factor).min(MOST_SCALE);
        if scale <= least {
            return Self::Fit;
        }
        let under = (fixed - rect.min) / old;
        let middle = under + (panel.center() - fixed) / scale;
        Self::Free { scale, middle: middle.to_pos2() }.held(panel, size)
    }

    /// The same look in other points: as many pixels of the screen for each of the picture's as before.
    pub fn rescaled(self, panel: Rect, size: Vec2, factor: f32) -> Self {
        match self {
            Self::Fit => Self::Fit,
            Self::Free { scale, middle } => Self::Free { scale: scale * factor, middle }.held(panel, size),
        }
    }

    /// Moved by a drag.
    pub fn moved(self, panel: Rect, size: Vec2, by: Vec2) -> Self {
        match self {
            Self::Fit => Self::Fit,
            Self::Free { scale, middle } => Self::Free { scale, middle: middle - by / scale }.held(panel, size),
        }
    }

    /// One pixel of the picture on one of the screen, around the middle.
    pub fn one_to_one(self, panel: Rect, size: Vec2, pixels_per_point: f32) -> Self {
        let rect = self.rect(panel, size);
        let middle = ((panel.center() - rect.min) / self.scale(panel, size)).to_pos2();
        Self::Free { scale: 1.0 / pixels_per_point, middle }.held(panel, size)
    }

    /// Keeps the picture from leaving the panel.
    fn held(self, panel: Rect, size: Vec2) -> Self {
        let Self::Free { scale, middle } = self else { return self };
        let half = panel.size() / (2.0 * scale);
        let hold = |at: f32, half: f32, size: f32| {
            if 2.0 * half >= size { size / 2.0 } else { at.clamp(half, size - half) }
        };
        Self::Free { scale, middle: pos2(hold(middle.x, half.x, size.x), hold(middle.y, half.y, size.y)) }
    }
}

fn fitting_scale(panel: Rect, size: Vec2) -> f32 {
    (panel.width() / size.x.max(1.0)).min(panel.height() / size.y.max(1.0)).clamp(1e-4, MOST_FITTING_SCALE)
}

/// The squares of this side, in the picture's pixels, that can be seen: column and row of each, nearest the middle first.
pub fn tiles_in_view(panel: Rect, rect: Rect, scale: f32, size: Vec2, side: f32) -> Vec<(u32, u32)> {
    let seen = panel.intersect(rect);
    if !seen.is_positive() {
        return Vec::new();
    }
    let last = vec2((size.x / side).ceil() - 1.0, (size.y / side).ceil() - 1.0);
    let from = ((seen.min - rect.min) / (scale * side)).floor();
    let to = ((seen.max - rect.min) / (scale * side)).floor().min(last);
    let middle = (seen.center() - rect.min) / (scale * side);
    let mut tiles = Vec::new();
    for row in from.y as u32..=to.y as u32 {
        tiles.extend((from.x as u32..=to.x as u32).map(|column| (column, row)));
    }
    let distance = |&(column, row): &(u32, u32)| (vec2(column as f32 + 0.5, row as f32 + 0.5) - middle).length_sq();
    tiles.sort_by(|a, b| distance(a).total_cmp(&distance(b)));
    tiles
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Vec2 = vec2(4000.0, 3000.0);

    fn panel() -> Rect {
        Rect::from_min_size(pos2(10.0, 20.0), vec2(400.0, 400.0))
    }

    #[test]
    fn fitted_it_lies_whole_in_the_middle_and_small_ones_are_blown_up_a_little() {
        let rect = PictureView::Fit.rect(panel(), SIZE);
        assert_eq!((rect.width(), rect.height()), (400.0, 300.0));
        assert!((rect.center() - panel().center()).length() < 1e-3);
        assert_eq!(PictureView::Fit.rect(panel(), vec2(30.0, 20.0)).width(), 60.0);
    }

    #[test]
    fn zooming_keeps_what_lies_under_the_pointer() {
        let pointer = pos2(120.0, 180.0);
        let under = |view: PictureView| (pointer - view.rect(panel(), SIZE).min) / view.scale(panel(), SIZE);
        let near = PictureView::Fit.zoomed(panel(), SIZE, 4.0, pointer);
        assert!((under(near) - under(PictureView::Fit)).length() < 2.0, "{:?}", under(near));
        assert_eq!(near.zoomed(panel(), SIZE, 0.1, pointer), PictureView::Fit);
    }

    #[test]
    fn a_drag_cannot_lose_the_picture() {
        let near = PictureView::Fit.zoomed(panel(), SIZE, 8.0, panel().center());
        let moved = near.moved(panel(), SIZE, vec2(1e6, -1e6));
        assert!(moved.rect(panel(), SIZE).contains_rect(panel().shrink(1.0)));
    }

    #[test]
    fn only_tiles_in_view_are_named() {
        let view = PictureView::Fit.one_to_one(panel(), SIZE, 1.0);
        let tiles = tiles_in_view(panel(), view.rect(panel(), SIZE), 1.0, SIZE, 512.0);
        assert!(tiles.len() <= 4 && tiles.contains(&(3, 2)), "{tiles:?}");
        let whole = tiles_in_view(panel(), PictureView::Fit.rect(panel(), SIZE), 0.1, SIZE, 512.0);
        assert_eq!(whole.len(), 8 * 6);
    }
}
