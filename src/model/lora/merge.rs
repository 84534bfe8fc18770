//! A model with its adapters merged into it, for programs that take no adapters: the checkpoint copied as it lies, and in the copy each
//! matrix that an adapter changes written anew in its own type.

use std::fs::{self, File};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use burn::tensor::{DType, Tensor, TensorData};
use safetensors::SafeTensors;

use super::adapted::Adapted;
use super::error::LoraProblem;
use super::opened::LoraChoice;
use crate::model::compute::ComputeDevice;
use crate::model::directory::FETCHED_FROM;
use crate::model::error::ModelError;
use crate::model::new_folder::{check_free, in_new_folder};
use crate::model::stored::{Numbers, mapped};
use crate::model::weights::{Checkpoint, Role, Source as _, numbers_of, weight_files};

/// Writes the model of the folder `model` with `loras` merged into it as the new folder `out`, and says how many matrices they have
/// changed. Whole or not at all.
///
/// # Errors
/// Where `out` is there already, where the weights are no safetensors, where an adapter does not fit, and where nothing can be written.
pub fn merge(model: &Path, loras: &[LoraChoice], out: &Path) -> Result<usize, ModelError> {
    check_free(out)?;
    let weights = weight_files(model)?;
    if let (Some(file), Some(lora)) = (weights.iter().find(|file| !is_safetensors(file)), loras.first()) {
        let problem = Box::new(LoraProblem::NotMergeable { weights: file.clone() });
        return Err(ModelError::Lora { path: lora.folder.clone(), problem });
    }
    let base = Checkpoint::open(model, &ComputeDevice::cpu().in_f32(), &[])?;
    let adapted = Adapted::open(base, loras)?;
    in_new_folder(out, |folder| {
        for file in files_of(model, &weights)? {
            let copy = folder.join(file.file_name().unwrap_or_default());
            copied(&file, &copy)
                .map_err(|error| ModelError::Write { path: copy.clone(), reason: error.to_string() })?;
        }
        let changed = weights.iter().map(|file| {
            let copy = folder.join(file.file_name().unwrap_or_default());
            change(&copy, file, &adapted)
        });
        changed.sum()
    })
}

/// The contents alone: a copy of a file that nobody may write could not be changed.
fn copied(from: &Path, to: &Path) -> std::io::Result<u64> {
    std::io::copy(&mut File::open(from)?, &mut File::create(to)?)
}

fn is_safetensors(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "safetensors")
}

/// The files of the model: its `weights` and what stands beside them, but no others: no weights in another form, no
/// safetensors that the model is not opened from, which would stay as they are and be taken for merged, and no record of what was
/// fetched, which the merged weights are not.
fn files_of(model: &Path, weights: &[PathBuf]) -> Result<Vec<PathBuf>, ModelError> {
    let read = |source| ModelError::Read { path: model.to_path_buf(), source };
    let other = ["bin", "gguf", "pt", "pth", "h5", "msgpack", "onnx"];
    let is_other =
        |path: &Path| path.extension().is_some_and(|extension| other.iter().any(|other| extension == *other));
    let mut files = Vec::new();
    for entry in fs::read_dir(model).map_err(read)? {
        let path = entry.map_err(read)?.path();
        let is_stray = is_safetensors(&path) && !weights.contains(&path);
        let is_fetched = path.file_name().is_some_and(|name| name == FETCHED_FROM);
        if path.is_file() && !is_other(&path) && !is_stray && !is_fetched {
            files.push(path);
        }
    }
    Ok(files)
}

/// The numbers of the tensor `name` of this shape in f32, with what adapters add to it where it is a matrix, and whether that
/// changes any.
pub(in crate::model) fn merged(
    adapted: &Adapted,
    name: &str,
    stored: &[usize],
) -> Result<(Vec<f32>, bool), ModelError> {
    let data = adapted.data(name, stored, Role::Matrix)?.convert_dtype(DType::F32);
    let numbers = data.try_into_vec::<f32>().expect("it has just been converted");
    let low_rank = adapted.low_rank(name.strip_suffix(".weight").unwrap_or_default())?;
    if low_rank.is_empty() {
        return Ok((numbers, false));
    }
    let shape = [stored[0], stored[1..].iter().product()];
    let matrix = Tensor::<2>::from_data(TensorData::new(numbers.clone(), shape), (adapted.device().burn(), DType::F32));
    let merged = low_rank.iter().fold(matrix, |matrix, low_rank| matrix + low_rank.product());
    let merged: Vec<f32> = merged.into_data().try_into_vec().expect("sums of f32 are f32");
    let is_changed = merged != numbers;
    Ok((merged, is_changed))
}

/// Writes the matrices of `source` that adapters change into its `copy`, and says how many.
fn change(copy: &Path, source: &Path, adapted: &Adapted) -> Result<usize, ModelError> {
    let wrote = |error: std::io::Error| ModelError::Write { path: copy.to_path_buf(), reason: error.to_string() };
    let map = mapped(source)?;
    let damaged = |reason: String| ModelError::Damaged { path: source.to_path_buf(), reason };
    let (header, metadata) = SafeTensors::read_metadata(&map).map_err(|error| damaged(error.to_string()))?;
    let mut file = File::options().write(true).open(copy).map_err(wrote)?;
    let mut changed = 0;
    for (name, info) in metadata.tensors() {
        let low_rank = adapted.low_rank(name.strip_suffix(".weight").unwrap_or_default())?;
        if low_rank.is_empty() {
            continue;
        }
        let Numbers::Float(numbers) = numbers_of(info.dtype) else {
            return Err(ModelError::WrongType { path: source.to_path_buf(), name, found: info.dtype.to_string() });
        };
        let (merged, is_changed) = merged(adapted, &name, &info.shape)?;
        if !is_changed {
            continue;
        }
        let data = TensorData::new(merged, info.shape.clone()).convert_dtype(numbers);
        // The header's length stands in the first eight bytes.
        let start = (header + 8 + info.data_offsets.0) as u64;
        file.seek(SeekFrom::Start(start)).and_then(|_| file.write_all(data.as_bytes())).map_err(wrote)?;
        changed += 1;
    }
    file.sync_all().map_err(wrote)?;
    Ok(changed)
}
