//! First values of a model that is trained from nothing, or that only its speed is asked of.

use burn::tensor::{DType, TensorData};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::compute::ComputeDevice;
use super::error::ModelError;
use super::seed::seed_of;
use super::weights::{Role, Source};

/// Normal numbers for matrices, ones for norms, zeros for biases; the same for the same seed and tensor name.
#[derive(Debug, Clone)]
pub struct Seeded {
    device: ComputeDevice,
    seed: u64,
    deviation: f32,
    /// The type that a checkpoint would store matrices in.
    stored: DType,
    /// The type that they are held in.
    held: DType,
}

impl Seeded {
    /// Matrices of f32 numbers with the standard deviation `deviation` (upstream's `initializer_range`, 0.02).
    pub fn new(seed: u64, deviation: f32, device: &ComputeDevice) -> Self {
        Self { device: device.clone(), seed, deviation, stored: DType::F32, held: DType::F32 }
    }

    /// The same with matrices as a checkpoint in `stored` has them, held in `held`.
    pub(super) fn stored_as(self, stored: DType, held: DType) -> Self {
        Self { stored, held, ..self }
    }
}

impl Source for Seeded {
    fn device(&self) -> &ComputeDevice {
        &self.device
    }

    fn data(&self, name: &str, stored: &[usize], role: Role) -> Result<TensorData, ModelError> {
        let count = stored.iter().product();
        match role {
            Role::Scale => Ok(TensorData::new(vec![1.0f32; count], stored)),
            Role::Bias => Ok(TensorData::new(vec![0.0f32; count], stored)),
            Role::Matrix => {
                let values = TensorData::new(normals(seed_of(self.seed, name), count, self.deviation), stored);
                Ok(values.convert_dtype(self.stored).convert_dtype(self.held))
            }
        }
    }
}

/// Box and Muller's transform, two numbers at a time.
fn normals(seed: u64, count: usize, deviation: f32) -> Vec<f32> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut values = Vec::with_capacity(count + 1);
    while values.len() < count {
        let radius = (-2.0 * (1.0 - random.random::<f32>()).ln()).sqrt() * deviation;
        let (sin, cos) = (std::f32::consts::TAU * random.random::<f32>()).sin_cos();
        values.extend([radius * cos, radius * sin]);
    }
    values.truncate(count);
    values
}
