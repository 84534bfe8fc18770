//! The CPU's convolutions against a plain loop over all places, on shapes by chance, and against Burn's on large ones.

use burn::tensor::{Device, Distribution, Tensor};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::activation::Activation;
use super::kernel::Kernel;
use super::planes::Planes;
use super::walk::Walk;
use super::*;

const ACTIVATIONS: [Activation; 6] =
    [Activation::None, Activation::Relu, Activation::Relu6, Activation::Gelu, Activation::Silu, Activation::Sigmoid];

/// What a convolution is: a sum over all that each window sees, zeros beyond the picture.
fn slowly(kernel: &Kernel, x: &Planes, walk: Walk) -> Vec<f32> {
    let ([batch, channels, rows, columns], [out, seen, ..]) = (x.dims, kernel.shape);
    let [down, across] = walk.windows([rows, columns]);
    let mut sums = Vec::new();
    for number in 0..batch * out * down * across {
        let (picture, channel) = (number / (out * down * across), number / (down * across) % out);
        let window = [number / across % down, number % across];
        let mut sum = kernel.bias.get(channel).copied().map_or(0.0, f64::from);
        for place in 0..seen * walk.size[0] * walk.size[1] {
            let [plane, row, column] =
                [place / (walk.size[0] * walk.size[1]), place / walk.size[1] % walk.size[0], place % walk.size[1]];
            let at = |axis: usize, inside: usize| {
                (window[axis] * walk.stride[axis] + inside).checked_sub(walk.padding[axis].0)
            };
            let (Some(row), Some(column)) = (at(0, row), at(1, column)) else { continue };
            if row < rows && column < columns {
                let plane = channel / (out / kernel.groups) * seen + plane;
                let value = x.values()[((picture * channels + plane) * rows + row) * columns + column];
                let weight = kernel.weight[channel * seen * walk.size[0] * walk.size[1] + place];
                sum += f64::from(value) * f64::from(weight);
            }
        }
        sums.push(sum as f32);
    }
    sums
}

/// From -1 to 1.
fn numbers(chance: &mut ChaCha8Rng, count: usize) -> Vec<f32> {
    (0..count).map(|_| chance.random_range(-1.0..1.0)).collect()
}

/// Groups, channels, windows, strides, borders and sides by chance, among them sides of one pixel and of none.
#[test]
fn every_convolution_is_the_plain_sum() {
    let chance = &mut ChaCha8Rng::seed_from_u64(1);
    for case in 0..400 {
        let groups = [1, 1, 2, 3, 17][case % 5];
        let (out, seen) = match case % 3 {
            0 => (groups, 1),
            _ => (groups * chance.random_range(1..8), chance.random_range(1..6)),
        };
        let size = match case % 4 {
            0 => [1, 1],
            _ => [0, 1].map(|_| chance.random_range(1..6)),
        };
        let [stride, before, behind] = match case % 8 {
            0 => [[1; 2], [0; 2], [0; 2]],
            _ => [
                [0, 1].map(|_| chance.random_range(1..5)),
                [0, 1].map(|_| chance.random_range(0..4)),
                [chance.random_range(0..4), chance.random_range(0..4)],
            ],
        };
        let walk = Walk { size, stride, padding: [(before[0], behind[0]), (before[1], behind[1])] };
        let sides = [chance.random_range(0..9), chance.random_range(0..100)].map(|side: usize| match case % 11 {
            0 => side % 2,
            _ => side,
        });
        let dims = [chance.random_range(0..3), seen * groups, sides[0], sides[1]];
        let kernel = Kernel {
            shape: [out, seen, size[0], size[1]],
            weight: numbers(chance, out * seen * size[0] * size[1]),
            bias: numbers(chance, if case % 2 == 0 { out } else { 0 }),
            groups,
        };
        let x = Planes::new(numbers(chance, dims.iter().product()), dims);
        let mut right = slowly(&kernel, &x, walk);
        let activation = ACTIVATIONS[case % ACTIVATIONS.len()];
        activation.apply(&mut right);
        let found = kernel.forward(&x, walk, activation);
        let about = format!("{case}: {:?} {groups} {walk:?} on {dims:?}", kernel.shape);
        let [down, across] = walk.windows(sides);
        assert_eq!(found.dims, [dims[0], out, down, across], "{about}");
        assert_eq!(found.values().len(), right.len(), "{about}");
        for (found, right) in found.values().iter().zip(right) {
            assert!((found - right).abs() < 1e-4, "{about}: {found} {right}");
        }
    }
}

fn normal(shape: [usize; 4]) -> Tensor<4> {
    Tensor::random(shape, Distribution::Normal(0.0, 1.0), &Device::flex())
}

fn difference(a: Tensor<4>, b: Tensor<4>) -> f32 {
    assert_eq!(a.dims(), b.dims());
    (a - b).abs().max().into_scalar::<f32>()
}

/// So many windows that several strips and threads are at work, whose last is narrower.
#[test]
fn large_ones_are_burns() {
    // out, in / groups, rows and columns of the window, groups
    let shapes = [
        ([24, 3, 3, 3], 1),
        ([12, 24, 2, 2], 1),
        ([70, 65, 1, 1], 1),
        ([9, 2, 1, 1], 3),
        ([8, 3, 3, 5], 2),
        ([11, 1, 3, 3], 11),
        ([5, 1, 7, 7], 5),
        ([6, 1, 1, 7], 6),
    ];
    let walks =
        [([1, 1], [(1, 1), (1, 1)]), ([2, 2], [(1, 1), (1, 1)]), ([2, 1], [(3, 3), (0, 2)]), ([1, 1], [(0, 0); 2])];
    for (shape, groups) in shapes {
        for (stride, padding) in walks {
            let conv = Conv::of(normal(shape), Some(normal([shape[0], 1, 1, 1]).reshape([shape[0]])), groups);
            let conv = Conv { walk: Walk { stride, padding, ..conv.walk }, ..conv };
            let x = normal([1, shape[1] * groups, 61, 143]);
            let found = conv.forward_then(x.clone(), Activation::Relu);
            let difference = difference(found, conv.by_burn(x, Activation::Relu));
            assert!(difference < 2e-4, "{shape:?} {groups} {stride:?} {padding:?}: {difference}");
        }
    }
}

#[test]
fn two_products_in_strips_are_one_after_the_other() {
    let bias = |out: usize| Some(normal([out, 1, 1, 1]).reshape([out]));
    for [batch, channels, inside, out, rows, columns] in [
        [1, 8, 16, 8, 9, 13],
        [2, 48, 96, 24, 61, 47],
        [1, 384, 768, 384, 6, 21],
        [2, 3, 5, 3, 1, 1],
        [1, 2, 4, 2, 0, 3],
    ] {
        let first = Conv::of(normal([inside, channels, 1, 1]) * 0.1, bias(inside), 1);
        let second = Conv::of(normal([out, inside, 1, 1]) * 0.1, bias(out), 1);
        let x = normal([batch, channels, rows, columns]);
        for adds in if out == channels { &[false, true][..] } else { &[false] } {
            let found = first.forward_through(&second, x.clone(), Activation::Gelu, *adds);
            assert_eq!(found.dims(), [batch, out, rows, columns]);
            if rows == 0 {
                continue;
            }
            let right = second.by_burn(first.by_burn(x.clone(), Activation::Gelu), Activation::None);
            let right = if *adds { right + x.clone() } else { right };
            let difference = difference(found, right);
            assert!(difference < 1e-4, "{inside} {adds}: {difference}");
        }
    }
}

#[test]
fn the_tensors_of_a_convolution_are_those_it_was_made_of() {
    let (weight, bias) = (normal([6, 2, 3, 1]), normal([6, 1, 1, 1]).reshape([6]));
    let mut named = Vec::new();
    Conv::of(weight.clone(), Some(bias), 3).named("stem", &mut named);
    assert_eq!(named.len(), 2);
    let (again, _, groups) = Conv::of(weight.clone(), None, 3).numbers.tensors();
    assert_eq!((difference(again, weight), groups), (0.0, 3));
}
