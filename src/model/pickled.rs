//! Checkpoints as PyTorch saves them (`pytorch_model.bin`): the pickle inside is parsed and never run, and what it says is
//! checked against the file before memory is taken for it.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use burn::tensor::DType;
use pytorch_reader::{PytorchError, PytorchReader, Tensor};

use super::error::ModelError;

/// All tensors of one file by name; their bytes stay in the file.
pub(super) fn tensors(path: &Path) -> Result<HashMap<String, Tensor>, ModelError> {
    let damaged = |reason: String| ModelError::Damaged { path: path.to_path_buf(), reason };
    let read = |source| ModelError::Read { path: path.to_path_buf(), source };
    let file_bytes = fs::metadata(path).map_err(read)?.len();
    let reader = PytorchReader::new(path).map_err(|error| match error {
        PytorchError::Io(source) if source.raw_os_error().is_some() => read(source),
        other => damaged(first_line(&other.to_string())),
    })?;
    let tensors = reader.into_tensors();
    if tensors.is_empty() {
        return Err(damaged("it holds no tensors".to_owned()));
    }
    // PyTorch never compresses and stores every number of a weight: one that is larger than its file is a compressed
    // bomb, or a view that repeats its numbers without end.
    match tensors.values().find(|tensor| tensor.byte_len() as u64 > file_bytes) {
        Some(large) => {
            let claimed = large.byte_len();
            Err(damaged(format!("'{}' claims {claimed} bytes, and the file has {file_bytes}", large.name)))
        }
        None => Ok(tensors),
    }
}

/// The bytes of one tensor, row after row.
pub(super) fn bytes(path: &Path, tensor: &Tensor) -> Result<Vec<u8>, ModelError> {
    tensor.read().map_err(|source| match source.raw_os_error() {
        Some(_) => ModelError::Read { path: path.to_path_buf(), source },
        None => ModelError::Damaged { path: path.to_path_buf(), reason: first_line(&source.to_string()) },
    })
}

/// The type as Burn knows it, if it is a float that this program reads.
pub(super) fn float_type(tensor: &Tensor) -> Option<DType> {
    match tensor.dtype() {
        pytorch_reader::DType::F32 => Some(DType::F32),
        pytorch_reader::DType::F16 => Some(DType::F16),
        pytorch_reader::DType::BF16 => Some(DType::BF16),
        _ => None,
    }
}

/// Names inside a hostile file may hold anything, line breaks included.
fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
