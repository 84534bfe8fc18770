//! From a device's rows to vectors of unit length.

use burn::tensor::Tensor;

use super::compute::ComputeDevice;
use super::error::ModelError;

/// Computes rows of `model` on the device and gives them unit length.
///
/// # Shapes
/// `compute` gives `[rows, width]`
pub(crate) fn unit_rows(
    device: &ComputeDevice,
    model: &str,
    rows: usize,
    compute: impl FnOnce() -> Tensor<2>,
) -> Result<Vec<Vec<f32>>, ModelError> {
    let read = device.guard(|| compute().try_into_vec_as::<f32>())?;
    let numbers = read.map_err(|error| device.failed(&error.to_string()))?;
    let unit = |row: &[f32]| {
        let length = row.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt();
        // Weights that are no numbers, or a driver that went wrong after it was checked.
        if !length.is_finite() || length == 0.0 {
            return Err(device.no_numbers(model));
        }
        Ok(row.iter().map(|&x| (f64::from(x) / length) as f32).collect())
    };
    numbers.chunks_exact((numbers.len() / rows.max(1)).max(1)).map(unit).collect()
}
