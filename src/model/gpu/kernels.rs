//! The kernels: a few rows times matrices, and rows of a packed matrix as floats.
//!
//! A thread reads one vector of four words of the plane `quants` at a time, its *unit*: 32 numbers, 16 of 8 bits, or 8 in half
//! precision. Such a matrix is one plane of words with two numbers each.

#![allow(clippy::needless_pass_by_value, reason = "what a kernel is compiled for is handed over whole")]

use burn_cubecl::cubecl;
use cubecl::prelude::*;

use super::planes::Layout;
use crate::model::half_matrix::Half;

/// How a product is shared among threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Plan {
    /// Threads of a workgroup, a power of two; they share rows of the matrix and divide each among themselves.
    pub threads: usize,
    /// Rows of a workgroup.
    pub rows: usize,
}

/// Numbers of a unit.
pub fn unit_of(layout: Layout) -> usize {
    match layout {
        Layout { half: Some(_), .. } => 8,
        Layout { bits: 8, .. } => 16,
        _ => 32,
    }
}

/// What a unit's numbers are multiplied by, and what is added to each.
#[derive(CubeType)]
struct Scales {
    /// Of its first half.
    first: f32,
    /// Of its second half.
    second: f32,
    low: f32,
}

/// A matrix among those of one launch, and what the kernel must know of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Part {
    pub layout: Layout,
    /// Rows of the matrix.
    pub out: usize,
    /// Whether a number is added to each.
    pub has_bias: bool,
}

/// `x W^T + b` of several matrices, side by side: a workgroup makes `plan.rows` numbers of one matrix and one row of `y`.
///
/// # Shapes
/// `x` is `[rows of x, in]` and `y` `[rows of x, all rows of the matrices]`; the workgroups are `[across, down, rows of x]`.
#[cube(launch_unchecked)]
pub fn joined(
    x: &[Vector<f32, Const<4>>],
    quants: &Sequence<Box<[Vector<u32, Const<4>>]>>,
    highs: &Sequence<Box<[u32]>>,
    scales: &Sequence<Box<[u32]>>,
    steps: &Sequence<Box<[u32]>>,
    biases: &Sequence<Box<[f32]>>,
    y: &mut [f32],
    inp: u32,
    #[comptime] parts: Vec<Part>,
    #[comptime] plan: Plan,
) {
    let thread = UNIT_POS as usize;
    let group = (CUBE_POS_Y * CUBE_COUNT_X + CUBE_POS_X) as usize;
    let x_row = CUBE_POS_Z as usize;
    let all = comptime!(parts.iter().map(|part| part.out).sum::<usize>());
    #[unroll]
    for index in 0..comptime!(parts.len()) {
        let part = comptime!(parts[index]);
        let before = comptime!(strips_of(&parts[..index], plan));
        let rows_before = comptime!(parts[..index].iter().map(|part| part.out).sum::<usize>());
        let after = comptime!(strips_of(&parts[..index + 1], plan));
        if group >= before && group < after {
            let first = (group - before) * plan.rows;
            let made = row_products(
                x,
                &quants[index],
                &highs[index],
                &scales[index],
                &steps[index],
                first,
                x_row,
                inp as usize,
                part,
                plan,
            );
            if thread < plan.rows && first + thread < part.out {
                let row = first + thread;
                let mut number = made;
                if comptime!(part.has_bias) {
                    number += biases[index][row];
                }
                y[x_row * all + rows_before + row] = number;
            }
        }
    }
}

/// `silu(x G^T) * (x U^T)` of two matrices of one shape, `G` first; as [`joined`] otherwise.
///
/// # Shapes
/// `x` is `[rows of x, in]` and `y` `[rows of x, out]`; the workgroups are `[across, down, rows of x]`.
#[cube(launch_unchecked)]
pub fn gated(
    x: &[Vector<f32, Const<4>>],
    quants: &Sequence<Box<[Vector<u32, Const<4>>]>>,
    highs: &Sequence<Box<[u32]>>,
    scales: &Sequence<Box<[u32]>>,
    steps: &Sequence<Box<[u32]>>,
    y: &mut [f32],
    inp: u32,
    #[comptime] parts: Vec<Part>,
    #[comptime] plan: Plan,
) {
    let thread = UNIT_POS as usize;
    let first = (CUBE_POS_Y * CUBE_COUNT_X + CUBE_POS_X) as usize * plan.rows;
    let x_row = CUBE_POS_Z as usize;
    let (gate_part, up_part) = comptime!((parts[0], parts[1]));
    let out = comptime!(gate_part.out);
    if first >= out {
        terminate!();
    }
    let inp = inp as usize;
    let gate = row_products(x, &quants[0], &highs[0], &scales[0], &steps[0], first, x_row, inp, gate_part, plan);
    let up = row_products(x, &quants[1], &highs[1], &scales[1], &steps[1], first, x_row, inp, up_part, plan);
    if thread < plan.rows && first + thread < out {
        y[x_row * out + first + thread] = gate / (1.0 + (-gate).exp()) * up;
    }
}

/// Workgroups that these matrices take for a row of `x`.
pub fn strips_of(parts: &[Part], plan: Plan) -> usize {
    parts.iter().map(|part| part.out.div_ceil(plan.rows)).sum()
}

/// The products of `plan.rows` rows of a matrix, from `first` on, with a row of `x`: that of row `first + thread`, for the
/// first threads.
#[cube]
fn row_products(
    x: &[Vector<f32, Const<4>>],
    quants: &[Vector<u32, Const<4>>],
    highs: &[u32],
    scales: &[u32],
    steps: &[u32],
    first: usize,
    x_row: usize,
    inp: usize,
    #[comptime] part: Part,
    #[comptime] plan: Plan,
) -> f32 {
    let layout = comptime!(part.layout);
    let vectors = comptime!(unit_of(layout) / 4);
    let thread = UNIT_POS as usize;
    let units = inp / comptime!(unit_of(layout));
    let mut sums = Array::<f32>::new(plan.rows);
    #[unroll]
    for row in 0..plan.rows {
        sums[row] = 0.0;
    }
    for unit in range_stepped(thread, units, plan.threads) {
        let from = (x_row * units + unit) * vectors;
        let mut values = Array::<Vector<f32, Const<4>>>::new(vectors);
        #[unroll]
        for place in 0..vectors {
            values[place] = x[from + place];
        }
        let (x_first, x_second) = sums_of(&values, vectors);
        #[unroll]
        for row in 0..plan.rows {
            // Rows that the last workgroup lacks are the last one again; they are not written.
            let at = least(first + row, comptime!(part.out - 1)) * units + unit;
            let (dot_first, dot_second) = dots(&values, quants[at], highs, at, layout);
            if comptime!(layout.half.is_some()) {
                sums[row] += dot_first + dot_second;
            } else {
                let of = scales_of(scales, steps, at, layout);
                let centre = comptime!(layout.centre as f32);
                let mut sum = of.first * (dot_first - centre * x_first) + of.second * (dot_second - centre * x_second);
                if comptime!(layout.has_offset) {
                    sum += of.low * (x_first + x_second);
                }
                sums[row] += sum;
            }
        }
    }
    added_up(&sums, thread, plan)
}

/// The rows `ids` of the matrix: a thread makes the numbers of one unit.
///
/// # Shapes
/// `[ids, in]`
#[cube(launch_unchecked)]
pub fn unpack<F: Float>(
    ids: &[i32],
    quants: &[Vector<u32, Const<4>>],
    highs: &[u32],
    scales: &[u32],
    steps: &[u32],
    into: &mut [Vector<F, Const<4>>],
    total: u32,
    units: u32,
    #[comptime] layout: Layout,
    #[define(F)] _numbers: ElemType,
) {
    let vectors = comptime!(unit_of(layout) / 4);
    let place = ABSOLUTE_POS;
    if place >= total as usize {
        terminate!();
    }
    let units = units as usize;
    let at = ids[place / units] as usize * units + place % units;
    let words = quants[at];
    let of = scales_of(scales, steps, at, layout);
    let centre = comptime!(layout.centre as f32);
    #[unroll]
    for vector in 0..vectors {
        let mut four = Vector::<F, Const<4>>::empty();
        #[unroll]
        for i in 0..4usize {
            let index = comptime!(4 * vector + i);
            let q = number(words, highs, at, index, layout) - centre;
            let scale = if comptime!(2 * vector < vectors) { of.first } else { of.second };
            four.insert(i, F::cast_from(scale * q + of.low));
        }
        into[place * vectors + vector] = four;
    }
}

/// The sums of the halves of a unit's activations.
#[cube]
fn sums_of(values: &Array<Vector<f32, Const<4>>>, #[comptime] vectors: usize) -> (f32, f32) {
    let mut first = values[0];
    let mut second = values[vectors / 2];
    #[unroll]
    for place in 1..vectors / 2 {
        first += values[place];
        second += values[vectors / 2 + place];
    }
    (across(first), across(second))
}

#[cube]
fn across(four: Vector<f32, Const<4>>) -> f32 {
    (four.extract(0usize) + four.extract(1usize)) + (four.extract(2usize) + four.extract(3usize))
}

/// The products of a unit's activations with its whole numbers, for each half.
#[cube]
fn dots(
    values: &Array<Vector<f32, Const<4>>>,
    words: Vector<u32, Const<4>>,
    highs: &[u32],
    at: usize,
    #[comptime] layout: Layout,
) -> (f32, f32) {
    let vectors = comptime!(unit_of(layout) / 4);
    let mut first = 0.0f32;
    let mut second = 0.0f32;
    #[unroll]
    for vector in 0..vectors {
        let four = values[vector];
        #[unroll]
        for i in 0..4usize {
            let index = comptime!(4 * vector + i);
            let term = number(words, highs, at, index, layout) * four.extract(i);
            if comptime!(2 * vector < vectors) {
                first += term;
            } else {
                second += term;
            }
        }
    }
    (first, second)
}

/// Whole number `index` of the unit `at`.
#[cube]
fn number(
    words: Vector<u32, Const<4>>,
    highs: &[u32],
    at: usize,
    #[comptime] index: usize,
    #[comptime] layout: Layout,
) -> f32 {
    if comptime!(layout.half.is_some()) {
        let down = comptime!((16 * (index % 2)) as u32);
        let bits = (words.extract(comptime!(index / 2)) >> down) & 0xffff;
        if comptime!(layout.half == Some(Half::Bf16)) { f32::reinterpret(bits << 16) } else { half(bits) }
    } else if comptime!(layout.bits == 8) {
        let up = comptime!((24 - 8 * (index % 4)) as u32);
        let word = i32::cast_from(words.extract(comptime!(index / 4)) << up);
        f32::cast_from(word >> 24)
    } else {
        let down = comptime!((8 * (index % 4) + 4 * (index / 16)) as u32);
        let mut q = (words.extract(comptime!(index % 16 / 4)) >> down) & 15;
        if comptime!(layout.bits > 4) {
            let bits = comptime!(layout.bits - 4);
            let down = comptime!((bits * index % 32) as u32);
            let high = highs[at * bits + comptime!(bits * index / 32)] >> down;
            q |= (high & comptime!((1u32 << bits) - 1)) << 4;
        }
        f32::cast_from(q)
    }
}

/// The scales of the unit `at`.
#[cube]
fn scales_of(scales: &[u32], steps: &[u32], at: usize, #[comptime] layout: Layout) -> Scales {
    let group = at / comptime!(32 / unit_of(layout));
    let block = group / layout.groups;
    let word =
        if comptime!(layout.has_offset) { scales[block] } else { scales[block / 2] >> (16 * (block % 2) as u32) };
    let mut first = half(word & 0xffff);
    let mut low = if comptime!(layout.has_offset) { half(word >> 16) } else { 0.0f32.runtime() };
    let mut second = first;
    if comptime!(layout.groups > 1) {
        let both = steps[group / 2] >> (16 * (group % 2) as u32);
        let step_first = signed(both << 24);
        let step_second = signed(both << 16);
        if comptime!(layout.has_halves) {
            second = first * step_second;
        } else {
            second = first * step_first;
            low = -(low * step_second);
        }
        first *= step_first;
    }
    Scales { first, second, low }
}

#[cube]
fn least(a: usize, b: usize) -> usize {
    select(a < b, a, b)
}

/// The signed byte at the top of a word.
#[cube]
fn signed(word: u32) -> f32 {
    f32::cast_from(i32::cast_from(word) >> 24)
}

/// The number of an f16's bits, in plain arithmetic: not every adapter has f16, and small ones must not become zero.
#[cube]
fn half(bits: u32) -> f32 {
    let size = bits & 0x7fff;
    let normal = f32::reinterpret((size << 13) + 0x3800_0000);
    let small = f32::cast_from(size) * 5.960_464_5e-8; // 2^-24
    let none = f32::reinterpret((size << 13) + 0x7000_0000);
    let finite = select(size < 0x400, small, normal);
    let value = select(size < 0x7c00, finite, none);
    select(bits > 0x7fff, -value, value)
}

/// The sum of `sums[thread]` over all threads of the workgroup, for the first threads.
#[cube]
fn added_up(sums: &Array<f32>, thread: usize, #[comptime] plan: Plan) -> f32 {
    let mut shared = Shared::<[f32]>::new_slice(comptime!(plan.rows * plan.threads));
    #[unroll]
    for row in 0..plan.rows {
        shared[row * plan.threads + thread] = sums[row];
    }
    let mut width = comptime!(plan.threads / 2).runtime();
    while width > 0 {
        sync_cube();
        if thread < width {
            #[unroll]
            for row in 0..plan.rows {
                let at = row * plan.threads + thread;
                let other = shared[at + width];
                shared[at] += other;
            }
        }
        width /= 2;
    }
    sync_cube();
    let mine = least(thread, plan.rows - 1);
    shared[mine * plan.threads]
}
