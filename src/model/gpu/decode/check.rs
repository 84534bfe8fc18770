//! What must be right of the kernels before an adapter is trusted with them, against plain loops.

use burn::tensor::{DType, Device, Tensor, TensorData};
use half::{bf16, f16};

use super::super::ops::{Factor, gated, product, products};
use super::{BestToken, Heads, ops, trust};
use crate::model::compute::{ComputeDevice, DecodeKernel};

/// Greatest difference over the size of the right values that another order of additions explains.
const TOLERANCE: f32 = 1e-4;

/// Tries each kernel on `device`, unless that has been done. It costs a driver's compiler some seconds, so only who is to
/// write answers asks.
pub fn try_once(device: &ComputeDevice) {
    device.wrong_kernels.get_or_init(|| {
        let is_right = |kernel: &DecodeKernel| {
            device
                .caught(|| difference(*kernel, device))
                .is_ok_and(|found| found.is_some_and(|found| found <= TOLERANCE))
        };
        // Without a half precision there is nothing that the one for it would multiply by.
        let is_needed = |kernel: &DecodeKernel| *kernel != DecodeKernel::Products || !halves(device).is_empty();
        let kernels = DecodeKernel::ALL.into_iter().filter(is_needed);
        let (right, wrong): (Vec<_>, Vec<_>) = kernels.partition(is_right);
        if !wrong.is_empty() {
            tracing::warn!("{} is wrong in {wrong:?}, which the tensor library does instead", device.name);
        }
        trust(device.burn(), right);
        wrong
    });
}

/// The half precisions that matrices and caches may have on `device`.
fn halves(device: &ComputeDevice) -> Vec<DType> {
    let halves = [(device.computes_f16, DType::F16), (device.computes_bf16, DType::BF16)];
    halves.into_iter().filter_map(|(computes, half)| computes.then_some(half)).collect()
}

/// By how much a kernel differs from plain loops, over the size of what these make; None where nothing can be read.
fn difference(kernel: DecodeKernel, device: &ComputeDevice) -> Option<f32> {
    let burn = device.burn();
    let halves = halves(device);
    let caches = halves.iter().copied().chain([DType::F32]);
    let heads = Heads { queries: 6, keys: 2, width: 80 };
    match kernel {
        DecodeKernel::Products => worst(halves.iter().map(|&half| of_products(burn, half, [41, 3], 1032))),
        DecodeKernel::Norm => worst([of_norm(burn, [3, 333], true), of_norm(burn, [1, 64], false)]),
        DecodeKernel::Turn => worst(caches.map(|cache| of_turn(burn, cache))),
        DecodeKernel::Attend => worst(caches.map(|cache| of_attention(burn, cache, heads, 300))),
        DecodeKernel::Best => of_best(burn),
    }
}

/// The greatest of some differences; none, or no number, where one of them is.
fn worst(differences: impl IntoIterator<Item = Option<f32>>) -> Option<f32> {
    let worse = |a: f32, b: f32| if a.is_nan() || b.is_nan() { f32::NAN } else { a.max(b) };
    differences.into_iter().try_fold(0.0, |most, found| Some(worse(most, found?)))
}

/// A number as it is held in this precision.
fn held_in(precision: DType, x: f32) -> f32 {
    match precision {
        DType::F16 => f16::from_f32(x).to_f32(),
        DType::BF16 => bf16::from_f32(x).to_f32(),
        _ => x,
    }
}

/// Numbers between -1 and 1 that look like chance.
pub fn numbers(count: usize, seed: usize) -> Vec<f32> {
    (0..count).map(|i| ((i * 7919 + seed * 104_729) % 2003) as f32 / 1001.5 - 1.0).collect()
}

fn tensor<const D: usize>(values: &[f32], shape: [usize; D], device: &Device, numbers: DType) -> Tensor<D> {
    Tensor::<D>::from_data(TensorData::new(values.to_vec(), shape), (device, DType::F32)).cast(numbers)
}

/// Greatest difference over the size of the right values; no number where either has none.
pub fn apart(right: &[f32], found: &[f32]) -> f32 {
    let size = (right.iter().map(|x| x * x).sum::<f32>() / right.len() as f32).sqrt();
    if right.len() != found.len() {
        return f32::NAN;
    }
    worst(right.iter().zip(found).map(|(a, b)| Some((a - b).abs() / size))).unwrap_or(f32::NAN)
}

/// One row of `x` times matrices of `outs[0]`, `outs[1]` and `outs[0]` rows in a half precision, singly, at once, and gated.
pub fn of_products(device: &Device, half: DType, outs: [usize; 2], inp: usize) -> Option<f32> {
    let x = numbers(inp, 1);
    let rounded = |values: Vec<f32>| values.into_iter().map(|w| held_in(half, w)).collect::<Vec<_>>();
    let heights = [outs[0], outs[1], outs[0]];
    let weights = [0, 1, 2].map(|index| rounded(numbers(heights[index] * inp, 2 + index)));
    let dot = |w: &[f32]| w.iter().zip(&x).map(|(w, x)| f64::from(*w) * f64::from(*x)).sum::<f64>() as f32;
    let [first, second, third] = [0, 1, 2].map(|index: usize| weights[index].chunks(inp).map(dot).collect::<Vec<_>>());
    let bias = numbers(outs[1], 9);

    let factor = |index: usize, bias: Option<Tensor<1>>| {
        Factor::dense(tensor(&weights[index], [heights[index], inp], device, half), bias)
    };
    let row = || tensor(&x, [1, inp], device, DType::F32);
    let single = product(row(), factor(0, None)?).try_into_vec_as::<f32>().ok()?;
    let with_bias = factor(1, Some(tensor(&bias, [outs[1]], device, DType::F32)))?;
    let joined = products(row(), [factor(0, None)?, with_bias, factor(2, None)?]).try_into_vec_as::<f32>().ok()?;
    let both = gated(row(), factor(0, None)?, factor(2, None)?).try_into_vec_as::<f32>().ok()?;

    let second = second.iter().zip(&bias).map(|(y, bias)| y + bias);
    let right_joined: Vec<f32> = first.iter().copied().chain(second).chain(third.iter().copied()).collect();
    let right_gated: Vec<f32> = first.iter().zip(&third).map(|(gate, up)| gate / (1.0 + (-gate).exp()) * up).collect();
    worst([apart(&first, &single), apart(&right_joined, &joined), apart(&right_gated, &both)].map(Some))
}

/// The sum with another tensor, or without, and its norm.
pub fn of_norm(device: &Device, [rows, width]: [usize; 2], has_delta: bool) -> Option<f32> {
    let [x, delta] = [1, 2].map(|seed| numbers(rows * width, seed));
    let (weight, epsilon) = (numbers(width, 3), 0.05);
    let sum: Vec<f32> = x.iter().zip(&delta).map(|(x, delta)| if has_delta { x + delta } else { *x }).collect();
    let normed: Vec<f32> = sum
        .chunks(width)
        .flat_map(|row| {
            let squares = row.iter().map(|x| f64::from(x * x)).sum::<f64>() / width as f64;
            let scale = 1.0 / (squares as f32 + epsilon).sqrt();
            row.iter().zip(&weight).map(move |(x, weight)| x * scale * weight).collect::<Vec<_>>()
        })
        .collect();
    let of = |values: &[f32]| tensor(values, [rows, width], device, DType::F32);
    let delta = has_delta.then(|| of(&delta));
    let [found_sum, found_normed] =
        ops::sum_and_norm(of(&x), delta, tensor(&weight, [width], device, DType::F32), epsilon);
    let found_sum = found_sum.try_into_vec_as::<f32>().ok()?;
    let found_normed = found_normed.try_into_vec_as::<f32>().ok()?;
    worst([apart(&sum, &found_sum), apart(&normed, &found_normed)].map(Some))
}

/// A token's queries turned, and its keys and values in a cache in the type `cache` in which other positions stay.
pub fn of_turn(device: &Device, cache: DType) -> Option<f32> {
    let heads = Heads { queries: 3, keys: 2, width: 12 };
    let (capacity, place, half) = (5, 3, heads.width / 2);
    let (token, angles) = (numbers(heads.numbers(), 1), numbers(half, 2));
    let [cos, sin] = [f32::cos, f32::sin].map(|of: fn(f32) -> f32| angles.iter().map(|a| of(*a)).collect::<Vec<_>>());
    let mut right = token.clone();
    for row in right[..(heads.queries + heads.keys) * heads.width].chunks_mut(heads.width) {
        let (first, second) = row.split_at_mut(half);
        for (((a, b), cos), sin) in first.iter_mut().zip(second).zip(&cos).zip(&sin) {
            (*a, *b) = (*a * cos - *b * sin, *b * cos + *a * sin);
        }
    }
    let in_cache = |x: f32| held_in(cache, x);
    let (queries, rest) = right.split_at(heads.queries * heads.width);
    let [mut keys, mut values] = [3, 4]
        .map(|seed| numbers(heads.keys * capacity * heads.width, seed).into_iter().map(in_cache).collect::<Vec<_>>());
    let shape = [1, heads.keys, capacity, heads.width];
    let held = [&keys, &values].map(|held| tensor(held, shape, device, cache));
    let (new_keys, new_values) = rest.split_at(heads.keys * heads.width);
    for (into, new) in [(&mut keys, new_keys), (&mut values, new_values)] {
        for (head, new) in new.chunks(heads.width).enumerate() {
            let at = (head * capacity + place) * heads.width;
            into[at..at + heads.width].iter_mut().zip(new).for_each(|(into, new)| *into = in_cache(*new));
        }
    }
    let tables = [&cos, &sin].map(|table| tensor(table, [1, 1, 1, half], device, DType::F32));
    let token = tensor(&token, [1, heads.numbers()], device, DType::F32);
    let (turned, [found_keys, found_values]) = ops::turn(token, tables, held, place, heads);
    let mut found = turned.try_into_vec_as::<f32>().ok()?;
    let mut differences = vec![Some(apart(queries, &found))];
    for (right, of) in [(&keys, found_keys), (&values, found_values)] {
        found = of.cast(DType::F32).try_into_vec_as::<f32>().ok()?;
        // A turn's last digit may round to the next number of a half precision.
        let tolerated = [(DType::F16, 1e-3), (DType::BF16, 8e-3)]
            .into_iter()
            .find(|(of, _)| *of == cache)
            .map_or(0.0, |(_, apart)| apart);
        differences.push(Some(apart(right, &found) - tolerated));
    }
    worst(differences)
}

/// A token's attention to the first `seen` positions of a cache in the type `cache`; what lies behind them is no number.
pub fn of_attention(device: &Device, cache: DType, heads: Heads, seen: usize) -> Option<f32> {
    let (capacity, width) = (seen + 3, heads.width);
    let in_cache = |x: f32| held_in(cache, x);
    let queries: Vec<f32> = numbers(heads.queries * width, 1).into_iter().map(|q| 3.0 * q).collect();
    let [keys, values] = [2, 3].map(|seed| {
        let mut held: Vec<f32> = numbers(heads.keys * capacity * width, seed).into_iter().map(in_cache).collect();
        held.chunks_mut(capacity * width).for_each(|head| head[seen * width..].fill(f32::NAN));
        held
    });
    let mut right = Vec::with_capacity(queries.len());
    for (head, query) in queries.chunks(width).enumerate() {
        let start = head / (heads.queries / heads.keys) * capacity;
        let row = |of: &[f32], position: usize| of[(start + position) * width..][..width].to_vec();
        let dot = |key: &[f32]| key.iter().zip(query).map(|(k, q)| f64::from(*k) * f64::from(*q)).sum::<f64>();
        let scores: Vec<f64> = (0..seen).map(|at| dot(&row(&keys, at)) / (width as f64).sqrt()).collect();
        let highest = scores.iter().copied().fold(f64::MIN, f64::max);
        let shares: Vec<f64> = scores.iter().map(|score| (score - highest).exp()).collect();
        let total: f64 = shares.iter().sum();
        let mut mixed = vec![0.0f64; width];
        for (at, share) in shares.iter().enumerate() {
            mixed.iter_mut().zip(row(&values, at)).for_each(|(sum, v)| *sum += share / total * f64::from(v));
        }
        right.extend(mixed.into_iter().map(|x| x as f32));
    }
    let held = [&keys, &values].map(|held| tensor(held, [1, heads.keys, capacity, width], device, cache));
    let queries = tensor(&queries, [heads.queries, width], device, DType::F32);
    let found = ops::attend(queries, held, seen, heads).try_into_vec_as::<f32>().ok()?;
    Some(apart(&right, &found))
}

/// The highest score late, and twice; and one that is no number.
fn of_best(device: &Device) -> Option<f32> {
    for (highest, value, right) in
        [(&[20_010][..], 2.0, Some(20_010)), (&[19_000, 700], 1.5, Some(700)), (&[4321], f32::NAN, None)]
    {
        let mut scores = numbers(20_011, 1);
        highest.iter().for_each(|&place| scores[place] = value);
        let best = BestToken::of(tensor(&scores, [1, scores.len()], device, DType::F32));
        let held = best.token().try_into_vec_as::<u32>().ok()?;
        let sent = best.read().ok()?;
        if sent != right || held != [right.unwrap_or(0)] {
            return None;
        }
    }
    Some(0.0)
}
