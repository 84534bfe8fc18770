//! How a window walks over a picture, and a plane laid out for it: with its border of zeros, and columns apart by their
//! remainder of the stride, so that what one place of the window sees along a row lies side by side.

/// Rows before columns, all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Walk {
    /// Places of the window.
    pub size: [usize; 2],
    /// Pixels from one window to the next.
    pub stride: [usize; 2],
    /// Zeros before and behind the picture.
    pub padding: [(usize, usize); 2],
}

impl Walk {
    /// Rows and columns of windows on a picture of so many rows and columns; none where it is too small for one.
    pub fn windows(&self, picture: [usize; 2]) -> [usize; 2] {
        [0, 1].map(|axis| {
            let (before, behind) = self.padding[axis];
            let room = (picture[axis] + before + behind).checked_sub(self.size[axis]);
            room.map_or(0, |rest| rest / self.stride[axis] + 1)
        })
    }

    /// Whether each window is one pixel, and each pixel a window.
    pub fn is_point(&self) -> bool {
        *self == Self { size: [1; 2], stride: [1; 2], padding: [(0, 0); 2] }
    }
}

/// How the bordered planes of a walk lie in memory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bordered {
    walk: Walk,
    picture: [usize; 2],
    /// Rows of a plane, its border included.
    rows: usize,
    /// Columns of one remainder of the stride; a row is one after the other.
    columns: usize,
}

/// Numbers behind a plane that may be read and count for nothing.
pub(super) const SLACK: usize = 64;

impl Bordered {
    pub fn new(walk: Walk, picture: [usize; 2]) -> Self {
        let windows = walk.windows(picture);
        let rows = windows[0].saturating_sub(1) * walk.stride[0] + walk.size[0];
        let columns = windows[1] + (walk.size[1] - 1) / walk.stride[1];
        Self { walk, picture, rows, columns }
    }

    /// Numbers of a plane.
    pub fn area(&self) -> usize {
        self.rows * self.row_length()
    }

    fn row_length(&self) -> usize {
        self.columns * self.walk.stride[1]
    }

    /// Where the first of a row of windows sees its place `[row, column]`; the others follow side by side.
    pub fn at(&self, window_row: usize, place: [usize; 2]) -> usize {
        let stride = self.walk.stride;
        let row = window_row * stride[0] + place[0];
        row * self.row_length() + (place[1] % stride[1]) * self.columns + place[1] / stride[1]
    }

    /// Lays one plane out in `into`, of which all numbers are written.
    pub fn lay(&self, plane: &[f32], into: &mut [f32]) {
        let (length, [stride, before]) = (self.row_length(), [self.walk.stride[1], self.walk.padding[1].0]);
        for (row, into) in into[..self.area()].chunks_exact_mut(length.max(1)).enumerate() {
            let Some(from) = row.checked_sub(self.walk.padding[0].0).filter(|row| *row < self.picture[0]) else {
                into.fill(0.0);
                continue;
            };
            let from = &plane[from * self.picture[1]..][..self.picture[1]];
            for (phase, into) in into.chunks_exact_mut(self.columns).enumerate() {
                seen_along(from, phase as isize - before as isize, stride, into);
            }
        }
    }
}

/// Every `stride`th number of a row from `start` on, which may lie before it; zeros beyond both ends.
pub(super) fn seen_along(row: &[f32], start: isize, stride: usize, into: &mut [f32]) {
    let before = start.min(0).unsigned_abs().div_ceil(stride).min(into.len());
    let (zeros, rest) = into.split_at_mut(before);
    zeros.fill(0.0);
    let from = row.get(start.saturating_add_unsigned(before * stride).max(0) as usize..).unwrap_or(&[]);
    let (inside, behind) = rest.split_at_mut(from.len().div_ceil(stride).min(rest.len()));
    match stride {
        1 => inside.copy_from_slice(&from[..inside.len()]),
        2 => {
            let (pairs, last) = from.as_chunks::<2>();
            inside.iter_mut().zip(pairs).for_each(|(to, [first, _])| *to = *first);
            if let (Some(to), [last]) = (inside.get_mut(pairs.len()), last) {
                *to = *last;
            }
        }
        _ => inside.iter_mut().zip(from.iter().step_by(stride)).for_each(|(to, from)| *to = *from),
    }
    behind.fill(0.0);
}
