//! The golden computation: what a device must compute as the CPU does before it is trusted.
//!
//! Drivers and kernel fusion have been wrong silently, cached decoding first of all, so what is checked is what runs: a
//! whole small vision tower, and a language model that reads a prompt, decodes token by token through the cache and scores
//! continuations beside it, in each precision in which the device may be asked to hold weights and cache.

use burn::tensor::activation::softmax;
use burn::tensor::{DType, Device, Int, Tensor, TensorData};

use super::attention::Mask;
use super::cache::Memory;
use super::compute::ComputeDevice;
use super::error::{DeviceError, ModelError};
use super::network::always;
use super::qwen2_5_vl::{TextConfig, TextModel, VisionConfig, VisionTower};
use super::rotary::Rotary;
use super::seeded::Seeded;

const PROMPT: usize = 5;
const DECODED: usize = 4;

/// Where a computation runs and how its weights are held.
#[derive(Clone, Copy)]
struct Run<'a> {
    device: &'a ComputeDevice,
    /// The type that a checkpoint would store its matrices in.
    stored: DType,
    /// The type that the device holds them in.
    held: DType,
}

impl Run<'_> {
    fn weights(&self, seed: u64) -> Seeded {
        Seeded::new(seed, 0.2, self.device).stored_as(self.stored, self.held)
    }
}

type Test = fn(Run<'_>) -> Result<Tensor<1>, ModelError>;

/// Refuses `device` when one of the computations, with weights and cache held in `precision`, differs from what the CPU
/// computes in f32 from the same weights.
pub(crate) fn check(device: &ComputeDevice, precision: DType) -> Result<(), DeviceError> {
    let tests: [(&'static str, Test); 4] = [
        ("a matrix product", matrix_product),
        ("softmax", softmax_rows),
        ("a vision tower", vision_tower),
        ("cached decoding", cached_decoding),
    ];
    let cpu = ComputeDevice::cpu();
    for (test, compute) in tests {
        let expected = values(Run { device: &cpu, stored: precision, held: DType::F32 }, compute)?;
        let found = values(Run { device, stored: precision, held: precision }, compute)?;
        let difference = difference(&expected, &found);
        if difference.is_nan() || difference > tolerance(precision) {
            return Err(DeviceError::WrongResults { name: device.name.clone(), test, difference });
        }
    }
    Ok(())
}

/// Greatest difference over the spread of the values that arithmetic in this precision and another order explains: some
/// eight roundings in a row, each of half a unit in the last place.
fn tolerance(precision: DType) -> f32 {
    match precision {
        DType::BF16 => 6e-2,
        DType::F16 => 2e-2,
        _ => 1e-3,
    }
}

fn values(run: Run<'_>, compute: Test) -> Result<Vec<f32>, DeviceError> {
    let read = || compute(run).map_err(|e| e.to_string())?.try_into_vec_as::<f32>().map_err(|e| e.to_string());
    run.device.guard(read)?.map_err(|reason| run.device.failed(&reason))
}

/// Greatest difference over the spread of `expected`.
fn difference(expected: &[f32], found: &[f32]) -> f32 {
    let spread =
        |v: &[f32]| v.iter().fold(f32::NEG_INFINITY, |a, &b| a.max(b)) - v.iter().fold(f32::INFINITY, |a, &b| a.min(b));
    if expected.len() != found.len() {
        return f32::NAN;
    }
    let greatest = expected.iter().zip(found).fold(0.0f32, |a, (x, y)| {
        let d = (x - y).abs();
        if d.is_nan() || a.is_nan() { f32::NAN } else { a.max(d) }
    });
    greatest / spread(expected).max(f32::MIN_POSITIVE)
}

/// Numbers in -1..1 that repeat nowhere near; no generator, so that every device gets the same.
fn matrix(rows: usize, columns: usize, device: &Device) -> Tensor<2> {
    let value = |i: usize| ((i * 7919 + 104_729) % 2003) as f32 / 1001.5 - 1.0;
    let data = TensorData::new((0..rows * columns).map(value).collect::<Vec<_>>(), [rows, columns]);
    Tensor::from_data(data, (device, DType::F32))
}

fn matrix_product(run: Run<'_>) -> Result<Tensor<1>, ModelError> {
    let device = run.device.burn();
    let [a, b] = [33, 65].map(|rows| matrix(rows, 96, device).cast(run.stored).cast(run.held));
    Ok(a.matmul(b.transpose()).cast(DType::F32).flatten(0, 1))
}

fn softmax_rows(run: Run<'_>) -> Result<Tensor<1>, ModelError> {
    Ok(softmax(matrix(17, 130, run.device.burn()).mul_scalar(20.0), 1).flatten(0, 1))
}

/// Two blocks, one of them in windows that are short at the edges.
fn vision_tower(run: Run<'_>) -> Result<Tensor<1>, ModelError> {
    let config = VisionConfig {
        depth: 2,
        hidden: 64,
        intermediate: 96,
        heads: 4,
        channels: 3,
        patch: 4,
        frames: 2,
        merge: 2,
        window: 32,
        full_attention: vec![1],
        out: 48,
    };
    let tower = VisionTower::load(&run.weights(3), &config)?;
    let patches = matrix(10 * 14, config.patch_numbers(), run.device.burn());
    let tokens = tower.forward(patches, &[[1, 10, 14]], &mut always);
    Ok(tokens.continue_value().ok_or(ModelError::Cancelled)?.flatten(0, 1))
}

/// Two layers of the real decoder: a prompt, then tokens one by one, then two continuations side by side; gives the states
/// and the scores of all of them.
fn cached_decoding(run: Run<'_>) -> Result<Tensor<1>, ModelError> {
    let config = TextConfig {
        vocabulary: 32,
        hidden: 64,
        intermediate: 96,
        layers: 2,
        heads: 4,
        kv_heads: 2,
        max_positions: 64,
        norm_epsilon: 1e-6,
        rope_theta: 10_000.0,
        mrope_section: [2, 3, 3],
        tied: Some(true),
    };
    let device = run.device.burn();
    let model = TextModel::load(&run.weights(5), &config)?;
    let mut cache = model.new_cache(&config);
    let forward = |start: usize, new: usize, mask: &Mask, memory: Memory<'_>| {
        let ids: Vec<i32> = (start..start + new).map(|place| (place * 7 % 32) as i32).collect();
        let ids = Tensor::<1, Int>::from_data(TensorData::new(ids, [new]), device);
        let positions: Vec<_> = (start..start + new).map(|p| [p as u32; 3]).collect();
        let rotary = Rotary::multimodal(&[positions], config.mrope_section, config.rope_theta, device);
        let states = model.forward(model.embed(ids).unsqueeze::<3>(), &rotary, mask, memory, &mut always);
        states.continue_value().map(|states| states.flatten::<2>(0, 1)).ok_or(ModelError::Cancelled)
    };
    let mut states = Vec::new();
    for step in 0..=DECODED {
        let (start, new) = if step == 0 { (0, PROMPT) } else { (PROMPT + step - 1, 1) };
        states.push(forward(start, new, &Mask::causal(new, start + new, device), Memory::Append(&mut cache))?);
    }
    let read = cache.len();
    // Neither of the two sees the other.
    let apart = Mask::from_rule([1, 2, read + 2], device, |_, query, key| key < read || key == read + query);
    states.push(forward(read, 2, &apart, Memory::Beside(&cache))?);
    let states = Tensor::cat(states, 0);
    Ok(Tensor::cat(vec![states.clone().flatten(0, 1), model.logits(states).flatten(0, 1)], 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cpu_agrees_with_itself_in_every_precision() {
        for precision in [DType::F32, DType::F16, DType::BF16] {
            check(&ComputeDevice::cpu(), precision).unwrap();
        }
    }

    #[test]
    fn wrong_or_missing_numbers_are_no_small_difference() {
        let least = tolerance(DType::BF16);
        assert!(difference(&[0.0, 1.0], &[0.0, 1.1]) > least);
        assert!(difference(&[0.0, 1.0], &[0.0, f32::NAN]).is_nan());
        assert!(difference(&[0.0, 1.0], &[f32::NAN, 1.0]).is_nan());
        assert!(difference(&[0.0, 1.0], &[0.0]).is_nan());
    }
}
