//! The kernel of the root mean square norm and the sum before it.

use burn_cubecl::cubecl;
use cubecl::prelude::*;

/// `sum = x + delta` where there is a `delta`, else `x`; `normed = sum / sqrt(mean(sum^2) + epsilon) * weight`. A workgroup
/// takes a row.
///
/// # Shapes
/// All are `[rows, width]` but `weight`, which is `[width]`.
#[cube(launch_unchecked)]
pub fn sum_and_norm(
    x: &[f32],
    delta: &[f32],
    weight: &[f32],
    sum: &mut [f32],
    normed: &mut [f32],
    width: u32,
    epsilon: f32,
    #[comptime] has_delta: bool,
    #[comptime] threads: usize,
) {
    let (width, thread) = (width as usize, UNIT_POS as usize);
    let start = CUBE_POS * width;
    let mut squares = 0.0f32;
    for place in range_stepped(thread, width, threads) {
        let mut value = x[start + place];
        if comptime!(has_delta) {
            value += delta[start + place];
        }
        sum[start + place] = value;
        squares += value * value;
    }
    let mut shared = Shared::<[f32]>::new_slice(threads);
    shared[thread] = squares;
    let mut half = comptime!(threads / 2).runtime();
    while half > 0 {
        sync_cube();
        if thread < half {
            let other = shared[thread + half];
            shared[thread] += other;
        }
        half /= 2;
    }
    sync_cube();
    let scale = 1.0 / (shared[0] / width as f32 + epsilon).sqrt();
    // Each thread reads what it has written itself.
    for place in range_stepped(thread, width, threads) {
        normed[start + place] = sum[start + place] * scale * weight[place];
    }
}
