//! The first factors of an adapter that is to be trained.

use burn::tensor::{DType, Device, Tensor, TensorData};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::model::low_rank::LowRank;
use crate::model::seed::seed_of;

/// Factors for the matrix `[out, in]` of a layer: the second is zero, so that nothing is changed yet, and the first is uniform within
/// `1 / sqrt(in)` as PEFT begins it, by `seed` and the layer's name alone. On a `device` with gradients.
pub fn fresh([out, inp]: [usize; 2], rank: usize, scale: f64, seed: u64, layer: &str, device: &Device) -> LowRank {
    let mut random = ChaCha8Rng::seed_from_u64(seed_of(seed, layer));
    let bound = 1.0 / (inp as f32).sqrt();
    let values: Vec<f32> = (0..rank * inp).map(|_| (2.0 * random.random::<f32>() - 1.0) * bound).collect();
    let a = Tensor::from_data(TensorData::new(values, [rank, inp]), (device, DType::F32));
    LowRank::new(a, Tensor::zeros([out, rank], (device, DType::F32)), scale)
}
