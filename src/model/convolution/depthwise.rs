//! Convolutions of each channel for itself: a sum of few products a number, computed for many columns side by side.

use super::walk::{Bordered, SLACK, Walk};
use crate::model::strips::with_scratch;
use crate::model::vectorised::vectorised;

/// Columns that are summed side by side where there are so many, and where there are not.
const WIDE: usize = 64;
const NARROW: usize = 16;
/// What is read beyond the last column is there.
const _: () = assert!(WIDE <= SLACK);

/// How the windows of a walk lie on each plane.
pub(super) struct Depthwise {
    bordered: Bordered,
    /// Windows of a row.
    columns: usize,
    /// How far the window's places lie behind its first.
    taps: Vec<usize>,
}

impl Depthwise {
    /// On planes of so many rows and columns.
    pub fn new(walk: Walk, sides: [usize; 2]) -> Self {
        let bordered = Bordered::new(walk, sides);
        let [rows, columns] = walk.size;
        let taps = (0..rows * columns).map(|place| bordered.at(0, [place / columns, place % columns])).collect();
        Self { bordered, columns: walk.windows(sides)[1], taps }
    }

    /// All windows of one plane, each the sum of what it sees times `weights`, and `bias`.
    pub fn plane(&self, plane: &[f32], weights: &[f32], bias: f32, into: &mut [f32]) {
        with_scratch(self.bordered.area() + SLACK, |laid| {
            self.bordered.lay(plane, laid);
            rows(self, laid, weights, bias, into);
        });
    }
}

vectorised! {
    /// [`Depthwise::plane`] from a plane that has been laid out.
    fn rows(fuses; over: &Depthwise, laid: &[f32], weights: &[f32], bias: f32, into: &mut [f32]) {
        let taps = &over.taps;
        for (row, into) in into.chunks_exact_mut(over.columns).enumerate() {
            let laid = &laid[over.bordered.at(row, [0, 0])..];
            let whole = over.columns / WIDE * WIDE;
            let (wide, rest) = into.split_at_mut(whole);
            for (number, into) in wide.chunks_exact_mut(WIDE).enumerate() {
                into.copy_from_slice(&sums::<WIDE>(&laid[number * WIDE..], weights, taps, bias, fuses));
            }
            for (number, into) in rest.chunks_mut(NARROW).enumerate() {
                let found = sums::<NARROW>(&laid[whole + number * NARROW..], weights, taps, bias, fuses);
                into.copy_from_slice(&found[..into.len()]);
            }
        }
    }
}

/// The windows of `LANES` neighbouring columns.
#[inline(always)]
fn sums<const LANES: usize>(laid: &[f32], weights: &[f32], taps: &[usize], bias: f32, fuses: bool) -> [f32; LANES] {
    let mut sums = [bias; LANES];
    for (&weight, &tap) in weights.iter().zip(taps) {
        for (sum, &seen) in sums.iter_mut().zip(&laid[tap..][..LANES]) {
            *sum = if fuses { weight.mul_add(seen, *sum) } else { weight * seen + *sum };
        }
    }
    sums
}
