//! Convolutions of each channel for itself: a sum of few products a number, computed for many columns side by side.

use super::walk::{Bordered, SLACK};
use crate::model::vectorised::vectorised;

/// Columns that are summed side by side where there are so many, and where there are not.
const WIDE: usize = 64;
const NARROW: usize = 16;
/// What is read beyond the last column is there.
const _: () = assert!(WIDE <= SLACK);

vectorised! {
    /// One plane, `[rows, columns]` of windows, from a plane that [`Bordered::lay`] has laid out with [`SLACK`] behind it.
    /// `taps` are the offsets of the window's places from its first.
    pub(super) fn plane(
        fuses;
        laid: &[f32],
        bordered: &Bordered,
        size: [usize; 2],
        weights: &[f32],
        taps: &[usize],
        bias: f32,
        into: &mut [f32],
    ) {
        let [rows, columns] = size;
        for (row, into) in into.chunks_exact_mut(columns).take(rows).enumerate() {
            let laid = &laid[bordered.at(row, [0, 0])..];
            let whole = columns / WIDE * WIDE;
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
