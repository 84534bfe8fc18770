//! The kernel that finds the highest of many scores. It compares whole numbers that stand in the order of the scores, since
//! drivers may take for granted that there is no NaN.

use burn_cubecl::cubecl;
use cubecl::prelude::*;

/// Stands for a score that is no number; above all that are.
const NO_NUMBER: u32 = u32::MAX;

/// The best of `count` scores, or of those that `among` names where `is_last`: each workgroup writes the place of its own
/// best, and the last one -1 where that is no number.
///
/// # Shapes
/// `scores` is `[all]`, `among` `[count]` where `is_last`, and `into` `[workgroups]`. There are no more workgroups than
/// leave each a score.
#[cube(launch_unchecked)]
pub fn highest(
    scores: &[f32],
    among: &[i32],
    into: &mut [i32],
    count: u32,
    #[comptime] is_last: bool,
    #[comptime] threads: usize,
) {
    let thread = UNIT_POS as usize;
    let mut order = 0u32;
    let mut place = i32::MAX.runtime();
    for candidate in range_stepped(ABSOLUTE_POS, count as usize, CUBE_COUNT * threads) {
        let at = if comptime!(is_last) { among[candidate] } else { candidate as i32 };
        let other = order_of(scores[at as usize]);
        if is_better(other, at, order, place) {
            order = other;
            place = at;
        }
    }
    let mut orders = Shared::<[u32]>::new_slice(threads);
    let mut places = Shared::<[i32]>::new_slice(threads);
    orders[thread] = order;
    places[thread] = place;
    let mut width = comptime!(threads / 2).runtime();
    while width > 0 {
        sync_cube();
        if thread < width {
            let (other, at) = (orders[thread + width], places[thread + width]);
            if is_better(other, at, orders[thread], places[thread]) {
                orders[thread] = other;
                places[thread] = at;
            }
        }
        width /= 2;
    }
    if thread == 0 {
        let is_none = comptime!(is_last).runtime() && orders[0] == NO_NUMBER;
        into[CUBE_POS] = select(is_none, -1, places[0]);
    }
}

#[cube]
fn is_better(order: u32, place: i32, than: u32, than_place: i32) -> bool {
    order > than || (order == than && place < than_place)
}

/// A whole number that is above another's where the score is; never 0.
#[cube]
fn order_of(score: f32) -> u32 {
    let bits = u32::reinterpret(score);
    let size = bits & 0x7fff_ffff;
    // Both zeros are one number.
    let positive = size + 0x8000_0000;
    let order = select(bits > 0x8000_0000, 0x8000_0000 - size, positive);
    select(size > 0x7f80_0000, NO_NUMBER, order)
}
