//! Checkpoints as the program writes them: one `model.safetensors` under upstream names.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;

use burn::tensor::{DType, Tensor};
use safetensors::tensor::{Dtype, View};

use super::error::{DeviceError, ModelError};

/// A parameter under its upstream name and shape.
#[derive(Debug, Clone)]
pub struct NamedTensor {
    /// The upstream name.
    pub name: String,
    /// The upstream shape.
    pub shape: Vec<usize>,
    /// All numbers, row after row.
    pub values: Tensor<1>,
}

impl NamedTensor {
    /// `values` keeps its device and precision and leaves any autodiff graph.
    pub fn new<const D: usize>(name: String, shape: &[usize], values: Tensor<D>) -> Self {
        let count = shape.iter().product::<usize>();
        Self { name, shape: shape.to_vec(), values: values.without_autodiff().reshape([count]) }
    }
}

/// In which type a checkpoint is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SavedType {
    /// 4 bytes a number: training goes on exactly where it was.
    F32,
    /// 2 bytes a number, for shipping.
    F16,
}

struct Written {
    shape: Vec<usize>,
    dtype: Dtype,
    bytes: Vec<u8>,
}

impl View for &Written {
    fn dtype(&self) -> Dtype {
        self.dtype
    }
    fn shape(&self) -> &[usize] {
        &self.shape
    }
    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }
    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

/// Writes `tensors` to `file`. It is written beside it and then renamed, so a failure leaves the old one whole.
pub fn save(tensors: Vec<NamedTensor>, saved: SavedType, file: &Path) -> Result<(), ModelError> {
    let failed = |reason: String| ModelError::Write { path: file.to_path_buf(), reason };
    let (precision, dtype) = match saved {
        SavedType::F32 => (DType::F32, Dtype::F32),
        SavedType::F16 => (DType::F16, Dtype::F16),
    };
    let mut written = Vec::with_capacity(tensors.len());
    for tensor in tensors {
        let data = tensor.values.cast(precision).try_into_data().map_err(|error| DeviceError::Failed {
            name: "the training device".to_owned(),
            reason: error.to_string(),
        })?;
        written.push((tensor.name, Written { shape: tensor.shape, dtype, bytes: data.as_bytes().to_vec() }));
    }
    let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    safetensors::serialize_to_file(written.iter().map(|(name, w)| (name, w)), Some(metadata), file)
        .map_err(|e| failed(e.to_string()))
}
