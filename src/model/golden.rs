//! The golden computation: what a device must compute as the CPU does before it is trusted.
//!
//! Drivers and kernel fusion have been wrong silently, cached decoding first of all, so the last part is a whole small
//! language model that reads a prompt and then decodes token by token through the cache.

use burn::tensor::activation::softmax;
use burn::tensor::{DType, Device, Tensor, TensorData};

use super::attention::Mask;
use super::cache::{Cache, Memory};
use super::device::ComputeDevice;
use super::error::{DeviceError, ModelError};
use super::qwen2_5_vl::{TextConfig, TextModel};
use super::rotary::Rotary;
use super::seeded::Seeded;

/// Greatest difference over the spread of the values that f32 arithmetic in another order explains.
const TOLERANCE: f32 = 1e-3;
/// The same in half precision.
const HALF_TOLERANCE: f32 = 2e-2;
const PROMPT: usize = 5;
const DECODED: usize = 4;

type Test = fn(&ComputeDevice) -> Result<Tensor<1>, ModelError>;

/// Refuses `device` when one of the computations differs from the CPU's.
pub(crate) fn check(device: &ComputeDevice) -> Result<(), DeviceError> {
    let tests: [(&'static str, Test, f32); 4] = [
        ("a matrix product", matrix_product, TOLERANCE),
        ("a half-precision matrix product", half_product, HALF_TOLERANCE),
        ("softmax", softmax_rows, TOLERANCE),
        ("cached decoding", cached_decoding, TOLERANCE),
    ];
    let cpu = ComputeDevice::cpu();
    for (test, compute, tolerance) in tests {
        let expected = values(&cpu, compute)?;
        let found = values(device, compute)?;
        let difference = difference(&expected, &found);
        if difference.is_nan() || difference > tolerance {
            return Err(DeviceError::WrongResults { name: device.name.clone(), test, difference });
        }
    }
    Ok(())
}

fn values(device: &ComputeDevice, compute: Test) -> Result<Vec<f32>, DeviceError> {
    let read = || compute(device).map_err(|e| e.to_string())?.try_into_vec_as::<f32>().map_err(|e| e.to_string());
    device.guard(read)?.map_err(|reason| device.failed(&reason))
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

fn matrix_product(device: &ComputeDevice) -> Result<Tensor<1>, ModelError> {
    let product = matrix(33, 96, device.burn()).matmul(matrix(65, 96, device.burn()).transpose());
    Ok(product.flatten(0, 1))
}

fn half_product(device: &ComputeDevice) -> Result<Tensor<1>, ModelError> {
    let half = device.precision_for(DType::F16, || true);
    let (a, b) = (matrix(1, 96, device.burn()).cast(half), matrix(65, 96, device.burn()).cast(half));
    Ok(a.matmul(b.transpose()).cast(DType::F32).flatten(0, 1))
}

fn softmax_rows(device: &ComputeDevice) -> Result<Tensor<1>, ModelError> {
    Ok(softmax(matrix(17, 130, device.burn()).mul_scalar(20.0), 1).flatten(0, 1))
}

/// Two layers of the real decoder: a prompt, then tokens one by one; gives the hidden states of all of them.
fn cached_decoding(device: &ComputeDevice) -> Result<Tensor<1>, ModelError> {
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
        tied: true,
    };
    let model = TextModel::load(&Seeded::new(5, 0.2, &device.in_f32()), &config)?;
    let mut cache = Cache::new(config.layers, config.max_positions, DType::F32);
    let mut states = Vec::new();
    for step in 0..=DECODED {
        let (start, new) = if step == 0 { (0, PROMPT) } else { (PROMPT + step - 1, 1) };
        let positions: Vec<_> = (start..start + new).map(|p| [p as u32; 3]).collect();
        let rotary = Rotary::multimodal(&[positions], config.mrope_section, config.rope_theta, device.burn());
        let x = matrix(PROMPT + DECODED, config.hidden, device.burn()).narrow(0, start, new).unsqueeze::<3>();
        let mask = Mask::causal(new, start + new, device.burn());
        let hidden = model.forward(x, &rotary, &mask, Memory::Append(&mut cache));
        states.push(hidden.flatten::<2>(0, 1));
    }
    Ok(Tensor::cat(states, 0).flatten(0, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cpu_agrees_with_itself() {
        check(&ComputeDevice::cpu()).unwrap();
    }

    #[test]
    fn wrong_or_missing_numbers_are_no_small_difference() {
        assert!(difference(&[0.0, 1.0], &[0.0, 1.1]) > TOLERANCE);
        assert!(difference(&[0.0, 1.0], &[0.0, f32::NAN]).is_nan());
        assert!(difference(&[0.0, 1.0], &[f32::NAN, 1.0]).is_nan());
        assert!(difference(&[0.0, 1.0], &[0.0]).is_nan());
    }
}
