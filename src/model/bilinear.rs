//! Bilinear resizing as PyTorch's `interpolate(mode="bilinear", align_corners=False)` does it, single precision included
//! (source of the arithmetic: PyTorch, `UpSample.h`, `area_pixel_compute_source_index`).

use burn::tensor::{DType, Device, Tensor, TensorData};
use rayon::prelude::*;

use super::in_memory::InMemory;
use super::strips::with_scratch;
use super::vectorised::vectorised;

/// What one place of the new side is made of: `1 - part` of `low` and `part` of `high`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tap {
    /// Place on the old side.
    pub low: usize,
    /// The next, or `low` itself at the end.
    pub high: usize,
    /// 0 to 1.
    pub part: f32,
}

/// The taps of a side of `to` places made from one of `from`.
pub fn taps(from: usize, to: usize) -> Vec<Tap> {
    let scale = from as f32 / to as f32;
    let tap = |place: usize| {
        let source = (scale * (place as f32 + 0.5) - 0.5).max(0.0);
        let low = (source as usize).min(from - 1);
        Tap { low, high: (low + 1).min(from - 1), part: source - low as f32 }
    };
    (0..to).map(tap).collect()
}

/// Grids of tokens at another size, which leaves the tokens as they lie. On a device that is not the CPU, and where gradients are
/// asked for, both directions are products with mostly empty matrices.
///
/// # Shapes
/// `[batch, rows * columns, width]` to the same with the rows and columns of `to`.
pub fn resize(x: Tensor<3>, from: [usize; 2], to: [usize; 2]) -> Tensor<3> {
    if from == to {
        return x;
    }
    let [batch, _, width] = x.dims();
    let device = x.device();
    if let Some(held) = InMemory::of(&x) {
        let values = in_memory(&held, batch, width, from, to);
        return Tensor::from_data(TensorData::new(values, [batch, to[0] * to[1], width]), (&device, DType::F32));
    }
    let across = matrix(from[1], to[1], &device).matmul(x.reshape([batch * from[0], from[1], width]));
    let down = matrix(from[0], to[0], &device).matmul(across.reshape([batch, from[0], to[1] * width]));
    down.reshape([batch, to[0] * to[1], width])
}

/// [`resize`] of numbers that lie in memory: a line of tokens between two lines, then each token between two of that line.
fn in_memory(x: &InMemory<3>, batch: usize, width: usize, from: [usize; 2], to: [usize; 2]) -> Vec<f32> {
    let [down, across] = [0, 1].map(|side| taps(from[side], to[side]));
    let mut resized = vec![0.0; batch * to[0] * to[1] * width];
    resized.par_chunks_exact_mut((to[1] * width).max(1)).enumerate().for_each(|(row, into)| {
        let (picture, tap) = (row / to[0], down[row % to[0]]);
        with_scratch(from[1] * width, |line: &mut [f32]| {
            for (column, between) in line.chunks_exact_mut(width).enumerate() {
                let [low, high] = [tap.low, tap.high].map(|row| x.row([picture, row * from[1] + column]));
                between_two(low, high, tap.part, between);
            }
            for (tap, token) in across.iter().zip(into.chunks_exact_mut(width)) {
                let [low, high] = [tap.low, tap.high].map(|column| &line[column * width..][..width]);
                between_two(low, high, tap.part, token);
            }
        });
    });
    resized
}

vectorised! {
    /// `1 - part` of `low` and `part` of `high`.
    fn between_two(_fuses; low: &[f32], high: &[f32], part: f32, into: &mut [f32]) {
        for ((low, high), into) in low.iter().zip(high).zip(into) {
            *into = (1.0 - part) * low + part * high;
        }
    }
}

/// `[1, to, from]`.
fn matrix(from: usize, to: usize, device: &Device) -> Tensor<3> {
    let mut values = vec![0.0f32; to * from];
    for (tap, row) in taps(from, to).into_iter().zip(values.chunks_exact_mut(from)) {
        row[tap.low] += 1.0 - tap.part;
        row[tap.high] += tap.part;
    }
    Tensor::from_data(TensorData::new(values, [1, to, from]), (device, DType::F32))
}

#[cfg(test)]
mod tests {
    use burn::tensor::Distribution;
    use burn::tensor::module::interpolate;
    use burn::tensor::ops::{InterpolateMode, InterpolateOptions};

    use super::*;

    #[test]
    fn products_are_burns_interpolation() {
        let device = Device::flex();
        for (from, to) in [([3, 4], [18, 26]), ([9, 13], [18, 26]), ([1, 1], [5, 3]), ([8, 9], [3, 4])] {
            let x = Tensor::<4>::random([2, 5, from[0], from[1]], Distribution::Normal(0.0, 1.0), &device);
            let options = InterpolateOptions::new(InterpolateMode::Bilinear).with_align_corners(false);
            let right = interpolate(x.clone(), options.with_output_size(to)).reshape([2, 5, to[0] * to[1]]);
            let tokens = x.reshape([2, 5, from[0] * from[1]]).transpose();
            let right = right.transpose();
            let held = InMemory::of(&tokens).unwrap();
            let in_memory = in_memory(&held, 2, 5, from, to);
            let in_memory = Tensor::from_data(TensorData::new(in_memory, right.dims()), (&device, DType::F32));
            // With gradients by products.
            for found in [in_memory, resize(tokens.autodiff(), from, to).inner()] {
                let difference = (found - right.clone()).abs().max().into_scalar::<f32>();
                assert!(difference < 1e-5, "{from:?} to {to:?}: {difference}");
            }
        }
    }
}
