//! The kernel of one token's attention to what the cache holds: softmax as it goes along, so that scores need no room
//! (Milakov and Gimelshein 2018, <https://arxiv.org/abs/1805.02867>).

use burn_cubecl::cubecl;
use cubecl::prelude::*;

use super::turn::Heads;

/// Smaller than any score.
const LEAST: f32 = -1e30;

/// `softmax(q K^T / sqrt(width)) V` over the first `seen` positions. A workgroup takes a head of queries; as many positions as
/// it has threads at a time: a thread makes the score of one of them, and then one number of the result of a part of them.
///
/// # Shapes
/// `queries` and `into` are `[heads.queries, heads.width]`; `keys` and `values` are `[heads.keys, capacity, heads.width]`.
/// A head is no wider than there are threads, and a multiple of four wide.
#[cube(launch_unchecked)]
pub fn attend<F: Float>(
    queries: &[f32],
    keys: &[Vector<F, Const<4>>],
    values: &[F],
    into: &mut [f32],
    seen: u32,
    capacity: u32,
    #[comptime] heads: Heads,
    #[comptime] threads: usize,
    #[define(F)] _numbers: ElemType,
) {
    let (seen, thread, width) = (seen as usize, UNIT_POS as usize, comptime!(heads.width));
    let head = CUBE_POS;
    let start = head / comptime!(heads.queries / heads.keys) * capacity as usize;
    let mut query = Shared::<[f32]>::new_slice(width);
    let mut shares = Shared::<[f32]>::new_slice(threads);
    let mut shared = Shared::<[f32]>::new_slice(threads);
    if thread < width {
        query[thread] = queries[head * width + thread] / comptime!((width as f32).sqrt());
    }
    sync_cube();
    // Parts of the positions, so that no thread is idle where heads are narrow.
    let parts = comptime!(threads / width);
    let (part, place) = (thread / width, thread % width);
    let mut highest = LEAST.runtime();
    let mut total = 0.0f32;
    let mut sum = 0.0f32;
    for first in range_stepped(0usize, seen, threads) {
        let position = first + thread;
        let mut score = LEAST.runtime();
        if position < seen {
            let row = (start + position) * comptime!(width / 4);
            let mut dot = 0.0f32;
            for four in 0..comptime!(width / 4) {
                let key = Vector::<f32, Const<4>>::cast_from(keys[row + four]);
                #[unroll]
                for i in 0..4usize {
                    dot += key.extract(i) * query[4 * four + i];
                }
            }
            score = dot;
        }
        shared[thread] = score;
        let mut half = comptime!(threads / 2).runtime();
        while half > 0 {
            sync_cube();
            if thread < half {
                let other = shared[thread + half];
                shared[thread] = max(shared[thread], other);
            }
            half /= 2;
        }
        sync_cube();
        let higher = max(highest, shared[0]);
        let scale = (highest - higher).exp();
        highest = higher;
        let share = select(position < seen, (score - higher).exp(), 0.0);
        shares[thread] = share;
        total = total * scale + share;
        sync_cube();
        sum *= scale;
        if part < parts {
            let here = min(seen - first, threads);
            for at in range_stepped(part, here, parts) {
                sum += shares[at] * f32::cast_from(values[(start + first + at) * width + place]);
            }
        }
        sync_cube();
    }
    shares[thread] = total;
    shared[thread] = sum;
    sync_cube();
    if thread < width {
        let mut all = 0.0f32;
        for other in 0..threads {
            all += shares[other];
        }
        let mut mixed = 0.0f32;
        for other in 0..parts {
            mixed += shared[other * width + thread];
        }
        into[head * width + thread] = mixed / all;
    }
}
