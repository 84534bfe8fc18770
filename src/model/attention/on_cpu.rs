//! Attention of many queries on the CPU, 16 at a time: their scores with all keys stay in the caches and stand key after key, one
//! number of each query side by side, so that softmax goes down the lines and the mixture is a product of the same kind.

use std::array::from_fn;
use std::ops::Range;

use burn::tensor::{DType, Device, Tensor, TensorData};
use rayon::prelude::*;

use super::{HIDDEN, Mask};
use crate::model::elementwise::exp_of;
use crate::model::half_matrix::{Kernels, Target, Wide, side_by_side};
use crate::model::in_memory::InMemory;
use crate::model::panels::PANEL;
use crate::model::strips::{Strip, with_scratch};
use crate::model::vectorised::vectorised;

/// What every piece of the work reads.
struct Attention {
    kernels: Kernels,
    q: InMemory<4>,
    /// With its batches and heads.
    bias: Option<(InMemory<4>, [usize; 2])>,
    causal: bool,
    heads: usize,
    kv_heads: usize,
    queries: usize,
    keys: usize,
    head: usize,
    /// For each row of the batch and each of its key heads: the keys in tiles, as the kernels take rows of activations,
    /// `[tile][head][key of the tile]`, then the values likewise with their numbers as rows, `[tile][key][number of the tile]`.
    tiles: Vec<f32>,
}

/// See [`super::attend`]; all of it lies in the CPU's memory in f32.
pub(super) fn attend(q: &Tensor<4>, [k, v]: [Tensor<4>; 2], mask: &Mask) -> Tensor<4> {
    attend_by(Kernels::best(), q, [&k, &v], mask)
}

fn attend_by(kernels: Kernels, q: &Tensor<4>, [k, v]: [&Tensor<4>; 2], mask: &Mask) -> Tensor<4> {
    let ([batch, heads, queries, head], [_, kv_heads, keys, _]) = (q.dims(), k.dims());
    let bias = mask.bias.as_ref().map(|bias| (in_memory(bias), [bias.dims()[0], bias.dims()[1]]));
    let (q, tiles, causal) = (in_memory(q), tiles(kernels, [k, v]), mask.causal);
    let all = Attention { kernels, q, bias, causal, heads, kv_heads, queries, keys, head, tiles };
    let width = heads * head;
    let mut y = vec![0.0; batch * queries * width];
    y.par_chunks_mut((queries * width).max(1)).enumerate().for_each(|(row, y)| {
        y.par_chunks_mut((PANEL * width).max(1)).enumerate().for_each(|(panel, y)| all.mix(row, panel * PANEL, y));
    });
    // As the next layer takes it, which then has nothing to copy.
    let y = Tensor::<4>::from_data(TensorData::new(y, [batch, queries, heads, head]), (&Device::flex(), DType::F32));
    y.swap_dims(1, 2)
}

fn in_memory(tensor: &Tensor<4>) -> InMemory<4> {
    InMemory::of(tensor).expect("where the queries lie, in f32 as they are")
}

/// See [`Attention::tiles`].
fn tiles(kernels: Kernels, [k, v]: [&Tensor<4>; 2]) -> Vec<f32> {
    let [batch, kv_heads, keys, head] = k.dims();
    let (k, v) = (in_memory(k), in_memory(v));
    let mut tiles = vec![0.0; 2 * batch * kv_heads * keys * head];
    tiles.par_chunks_mut((2 * keys * head).max(1)).enumerate().for_each(|(number, tiles)| {
        let (row, of) = (number / kv_heads, number % kv_heads);
        let (of_keys, of_values) = tiles.split_at_mut(keys * head);
        for (tile, first) in of_keys.chunks_mut(kernels.rows() * head).zip((0..keys).step_by(kernels.rows())) {
            let n = tile.len() / head;
            for key in 0..n {
                let numbers = tile[key..].iter_mut().step_by(n);
                numbers.zip(k.row([row, of, first + key])).for_each(|(to, from)| *to = *from);
            }
        }
        let step = value_rows(kernels, head);
        for (tile, first) in of_values.chunks_mut(step * keys).zip((0..head).step_by(step)) {
            let n = tile.len() / keys;
            for (key, line) in tile.chunks_exact_mut(n).enumerate() {
                line.copy_from_slice(&v.row([row, of, key])[first..first + n]);
            }
        }
    });
    tiles
}

/// Numbers of a head that go through the kernels together: as equally many as can be.
fn value_rows(kernels: Kernels, head: usize) -> usize {
    head.div_ceil(head.div_ceil(kernels.rows()))
}

impl Attention {
    /// Up to 16 queries of one row of the batch from `first` on, all heads, into `[queries, heads * head]`.
    fn mix(&self, row: usize, first: usize, y: &mut [f32]) {
        let (head, width) = (self.head, self.heads * self.head);
        let n = y.len() / width;
        let rows = self.kernels.rows();
        // Keys that none of these queries sees are left out, so far as they fill tiles.
        let before = if self.causal { self.keys - self.queries + first } else { self.keys };
        let seen = (before + n).next_multiple_of(rows).min(self.keys);
        with_scratch((2 * head + seen) * PANEL, |scratch| {
            let (lines, scratch) = scratch.as_chunks_mut::<PANEL>().0.split_at_mut(head);
            let (mixed, scores) = scratch.split_at_mut(head);
            for of in 0..self.heads {
                let number = row * self.kv_heads + of * self.kv_heads / self.heads;
                let (keys, values) =
                    self.tiles[number * 2 * self.keys * head..][..2 * self.keys * head].split_at(self.keys * head);
                self.queries(row, of, first..first + n, lines);
                self.start(row, of, first..first + n, scores);
                for (tile, key) in keys.chunks(rows * head).zip((0..seen).step_by(rows)) {
                    let strip = &mut Strip::whole(scores.as_flattened_mut(), seen);
                    self.kernels.floats([&*lines], tile, &mut Target { strip, row: key, column: 0 });
                }
                for (key, line) in scores.iter_mut().enumerate().skip(before + 1) {
                    line[..(key - before).min(PANEL)].fill(HIDDEN);
                }
                let mut sums = [0.0; PANEL];
                exponentials(scores, &mut sums);
                mixed.fill([0.0; PANEL]);
                let step = value_rows(self.kernels, head);
                for (tile, number) in values.chunks(step * self.keys).zip((0..head).step_by(step)) {
                    let tile = &tile[..tile.len() / self.keys * seen];
                    let strip = &mut Strip::whole(mixed.as_flattened_mut(), head);
                    self.kernels.floats([&*scores], tile, &mut Target { strip, row: number, column: 0 });
                }
                for (query, y) in y.chunks_exact_mut(width).enumerate() {
                    let scale = 1.0 / sums[query];
                    let y = &mut y[of * head..][..head];
                    y.iter_mut().zip(&*mixed).for_each(|(y, line)| *y = line[query] * scale);
                }
            }
        });
    }

    /// The queries side by side, over the root of their length.
    fn queries(&self, row: usize, of: usize, queries: Range<usize>, lines: &mut [Wide]) {
        let first = queries.start;
        let rows: [&[f32]; PANEL] = from_fn(|query| match query < queries.len() {
            true => self.q.row([row, of, first + query]),
            false => &[],
        });
        side_by_side(&rows[..queries.len()], lines);
        let scale = 1.0 / (self.head as f32).sqrt();
        lines.as_flattened_mut().iter_mut().for_each(|number| *number *= scale);
    }

    /// What the scores are added to.
    fn start(&self, row: usize, of: usize, queries: Range<usize>, scores: &mut [Wide]) {
        let Some((bias, [batches, heads])) = &self.bias else { return scores.fill([0.0; PANEL]) };
        let (row, of, first) = (row % batches, of % heads, queries.start);
        let rows: [&[f32]; PANEL] = from_fn(|query| match query < queries.len() {
            true => &bias.row([row, of, first + query])[..scores.len()],
            false => &[],
        });
        side_by_side(&rows[..queries.len()], scores);
    }
}

vectorised! {
    /// `e^(score - the greatest one of its query)`, and their sums.
    fn exponentials(fuses; scores: &mut [Wide], sums: &mut Wide) {
        let mut greatest = [f32::NEG_INFINITY; PANEL];
        for line in scores.iter() {
            for lane in 0..PANEL {
                greatest[lane] = greatest[lane].max(line[lane]);
            }
        }
        let mut all = [0.0; PANEL];
        for line in scores.iter_mut() {
            for lane in 0..PANEL {
                let power = exp_of(line[lane] - greatest[lane], fuses);
                line[lane] = power;
                all[lane] += power;
            }
        }
        *sums = all;
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Distribution;

    use super::*;

    /// The mixture in f64, query by query; `seen` says what is added to a score.
    fn right(qkv: &[Tensor<4>; 3], added: impl Fn(usize, usize, usize, usize) -> f64) -> Vec<f64> {
        let ([batch, heads, queries, head], [_, kv_heads, keys, _]) = (qkv[0].dims(), qkv[1].dims());
        let [q, k, v] = qkv.each_ref().map(|of| of.clone().into_data().try_into_vec::<f32>().unwrap());
        let at = |of: &[f32], row: usize, d: usize| f64::from(of[row * head + d]);
        let mut y = Vec::new();
        for (row, of, query) in places([batch, heads, queries]) {
            let (q_row, of_keys) =
                ((row * heads + of) * queries + query, (row * kv_heads + of * kv_heads / heads) * keys);
            let scores = (0..keys).map(|key| {
                let product: f64 = (0..head).map(|d| at(&q, q_row, d) * at(&k, of_keys + key, d)).sum();
                product / (head as f64).sqrt() + added(row, of, query, key)
            });
            let scores: Vec<f64> = scores.collect();
            let greatest = scores.iter().fold(f64::NEG_INFINITY, |a, b| a.max(*b));
            let weights: Vec<f64> = scores.iter().map(|score| (score - greatest).exp()).collect();
            let sum: f64 = weights.iter().sum();
            y.extend((0..head).map(|d| {
                let mixed = weights.iter().enumerate().map(|(key, weight)| weight * at(&v, of_keys + key, d));
                mixed.sum::<f64>() / sum
            }));
        }
        y
    }

    fn places([a, b, c]: [usize; 3]) -> impl Iterator<Item = (usize, usize, usize)> {
        (0..a).flat_map(move |x| (0..b).flat_map(move |y| (0..c).map(move |z| (x, y, z))))
    }

    #[track_caller]
    fn near(found: Tensor<4>, right: &[f64], what: &str) {
        let found = found.into_data().try_into_vec::<f32>().unwrap();
        assert_eq!(found.len(), right.len());
        let error = found.iter().zip(right).map(|(a, b)| (f64::from(*a) - b).abs()).fold(0.0, f64::max);
        assert!(error < 2e-6, "{what}: {error}");
    }

    /// Counts that fill the kernels' tiles and that do not, grouped heads, views as layers give them, and every kind of mask.
    #[test]
    fn every_kernel_gives_the_mixture_in_f64() {
        let device = Device::flex();
        let normal = |shape| Tensor::<4>::random(shape, Distribution::Normal(0.0, 1.0), &device);
        for [batch, heads, kv_heads, queries, keys, head] in
            [[1, 2, 2, 33, 33, 8], [2, 4, 2, 37, 61, 20], [1, 3, 1, 16, 16, 64], [3, 1, 1, 40, 131, 5]]
        {
            // `[batch, tokens, heads, head]` with heads and tokens exchanged, as projections give them.
            let of = |heads, tokens| normal([batch, tokens, heads, head]).swap_dims(1, 2);
            let qkv = [of(heads, queries), of(kv_heads, keys), of(kv_heads, keys)];
            let bias_shapes = [[batch, heads], [1, heads], [batch, 1], [1, 1]];
            let biases = bias_shapes.map(|[rows, heads]| normal([rows, heads, queries, keys]));
            let plain = right(&qkv, |_, _, _, _| 0.0);
            let causal = right(&qkv, |_, _, query, key| if key + queries > query + keys { -1e9 } else { 0.0 });
            let biased = biases.clone().map(|bias| {
                let [rows, of_heads, ..] = bias.dims();
                let values = bias.into_data().try_into_vec::<f32>().unwrap();
                right(&qkv, |row, of, query, key| {
                    f64::from(values[((row % rows * of_heads + of % of_heads) * queries + query) * keys + key])
                })
            });
            let [q, k, v] = &qkv;
            for kernels in Kernels::available() {
                let what = format!("{kernels:?} {:?}", [batch, heads, kv_heads, queries, keys, head]);
                let found = |mask: &Mask| attend_by(kernels, q, [k, v], mask);
                near(found(&Mask::none()), &plain, &what);
                near(found(&Mask { causal: true, bias: None }), &causal, &format!("{what}, causal"));
                for (bias, right) in biases.iter().zip(&biased) {
                    near(found(&Mask::from_bias(bias.clone())), right, &format!("{what}, {:?}", bias.dims()));
                }
            }
        }
    }

    /// A query that sees nothing, and scores beyond all measure.
    #[test]
    fn hidden_keys_leave_numbers() {
        let device = Device::flex();
        let ones = Tensor::<4>::ones([1, 1, 32, 4], &device);
        let mask = Mask::from_rule([1, 32, 32], &device, |_, query, key| query > 0 && key == 3);
        let v = Tensor::<1, burn::tensor::Int>::arange(0..128, &device).float().reshape([1, 1, 32, 4]);
        let found = attend(&(ones.clone() * 1e5), [ones, v], &mask).into_data().try_into_vec::<f32>().unwrap();
        assert!((found[0] - 62.0).abs() < 1e-3, "{found:?}");
        assert!((found[4] - 12.0).abs() < 1e-4 && (found[127] - 15.0).abs() < 1e-4, "{found:?}");
    }
}
