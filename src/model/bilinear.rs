//! Bilinear resizing as PyTorch's `interpolate(mode="bilinear", align_corners=False)` does it, single precision included
//! (source of the arithmetic: PyTorch, `UpSample.h`, `area_pixel_compute_source_index`).

use burn::tensor::{DType, Device, Tensor, TensorData};

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

/// Grids of tokens at another size. Both directions are products with mostly empty matrices, which is several times as
/// fast on the CPU as Burn's `interpolate`, and leaves the tokens as they lie.
///
/// # Shapes
/// `[batch, rows * columns, width]` to the same with the rows and columns of `to`.
pub fn resize(x: Tensor<3>, from: [usize; 2], to: [usize; 2]) -> Tensor<3> {
    if from == to {
        return x;
    }
    let [batch, _, width] = x.dims();
    let device = x.device();
    let across = matrix(from[1], to[1], &device).matmul(x.reshape([batch * from[0], from[1], width]));
    let down = matrix(from[0], to[0], &device).matmul(across.reshape([batch, from[0], to[1] * width]));
    down.reshape([batch, to[0] * to[1], width])
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
            let difference = (resize(tokens, from, to) - right.transpose()).abs().max().into_scalar::<f32>();
            assert!(difference < 1e-5, "{from:?} to {to:?}: {difference}");
        }
    }
}
