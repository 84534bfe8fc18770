//! A model with its adapters merged into it as GGUF files, for llama.cpp and what is built on it: the text file, and beside it the
//! vision file (`mmproj`) where the model has a tower. Names, keys and splits are those of llama.cpp's own conversion, and
//! of `gguf/`, which reads them.

mod said;
#[cfg(test)]
mod tests;
mod tokens;

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use half::f16;
use rayon::prelude::*;

use super::compute::ComputeDevice;
use super::directory::read_config;
use super::error::ModelError;
use super::gguf::write::{self, Entry, Said};
use super::gguf::{QWEN2, QWEN2_5_VL_MERGER};
use super::lora::{Adapted, LoraChoice, merged};
use super::new_folder::{check_free, in_new_folder};
use super::packed::{Block, quantise};
use super::qwen2_5_vl;
use super::seen;
use super::weights::Checkpoint;

/// The type that matrices are written in; vectors stay f32, and what cannot be cut into blocks becomes f16.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ExportType {
    /// Half precision.
    #[default]
    F16,
    /// 8 bits and a scale for each 32 numbers.
    Q8_0,
}

/// A file in the making.
struct Planned {
    name: String,
    said: Vec<(String, Said)>,
    /// Upstream's names and shapes of its tensors.
    tensors: Vec<(String, Vec<usize>)>,
    is_vision: bool,
}

/// Writes the model of the folder `model` with `loras` merged into it into the new folder `out`, and says how many matrices they
/// have changed. What the folder says of the model in `terrasight.json` goes along. Whole or not at all.
///
/// # Errors
/// Where `out` is there already, where the model is of no architecture that such files are known for, where an adapter does
/// not fit, and where nothing can be written.
pub fn export(model: &Path, loras: &[LoraChoice], out: &Path, numbers: ExportType) -> Result<usize, ModelError> {
    check_free(out)?;
    let (path, config) = read_config(model)?;
    let base = Checkpoint::open(model, &ComputeDevice::cpu().in_f32(), &qwen2_5_vl::RENAMES)?;
    let adapted = Adapted::open(base, loras)?;
    let name = out.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let name = format!("{name}-{}", numbers.name());
    let shapes = adapted.base().shapes().map(|(name, shape)| (name.to_owned(), shape.to_vec()));
    // Some checkpoints carry what is computed from the configuration, such as rotary frequencies.
    let shapes = shapes.filter(|(name, _)| name.ends_with(".weight") || name.ends_with(".bias"));
    let (mut vision, mut text): (Vec<_>, Vec<_>) = shapes.partition(|(name, _)| name.starts_with("visual."));
    [&mut vision, &mut text].into_iter().for_each(|tensors| tensors.sort());
    let mut files = vec![Planned {
        name: format!("{name}.gguf"),
        said: said::of_text(model, &path, &config, numbers)?,
        tensors: text,
        is_vision: false,
    }];
    if let Some(said) = said::of_vision(model, &path, &config, numbers)? {
        files.push(Planned { name: format!("mmproj-{name}.gguf"), said, tensors: vision, is_vision: true });
    }
    in_new_folder(out, |folder| {
        let own = model.join(seen::FILE);
        if own.is_file() {
            let path = folder.join(seen::FILE);
            std::fs::copy(&own, &path).map_err(|error| ModelError::Write { path, reason: error.to_string() })?;
        }
        files.iter().map(|file| file.write(&folder.join(&file.name), &adapted, numbers)).sum()
    })
}

impl ExportType {
    /// Both.
    pub const ALL: [Self; 2] = [Self::F16, Self::Q8_0];

    /// As file names have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::F16 => "F16",
            Self::Q8_0 => "Q8_0",
        }
    }

    /// llama.cpp's number of files that are mostly of this type (`enum llama_ftype`).
    fn file_type(self) -> u32 {
        match self {
            Self::F16 => 1,
            Self::Q8_0 => 7,
        }
    }

    /// ggml's number of the type of such a tensor, and its bytes.
    fn of(self, shape: &[usize]) -> (u32, usize) {
        let all: usize = shape.iter().product();
        match (self, shape) {
            (_, [_]) => (write::F32, 4 * all),
            (Self::Q8_0, &[rows, columns]) if Block::Q8_0.row_bytes(columns).is_some() => {
                (Block::Q8_0.ggml(), rows * Block::Q8_0.row_bytes(columns).unwrap_or(0))
            }
            _ => (write::F16, 2 * all),
        }
    }
}

impl Planned {
    /// Writes the file, one tensor at a time, and says how many matrices adapters have changed.
    fn write(&self, path: &Path, adapted: &Adapted, numbers: ExportType) -> Result<usize, ModelError> {
        let failed = |error: std::io::Error| ModelError::Write { path: PathBuf::from(path), reason: error.to_string() };
        let naming = if self.is_vision { &QWEN2_5_VL_MERGER } else { &QWEN2 };
        let pieces = self.tensors.iter().flat_map(|(name, shape)| naming.pieces(name, shape));
        let entries = pieces.map(|(name, shape)| {
            let (kind, bytes) = numbers.of(&shape);
            Entry { name, kind, shape, bytes }
        });
        let entries: Vec<_> = entries.collect();
        let mut out = BufWriter::with_capacity(1 << 20, std::fs::File::create_new(path).map_err(failed)?);
        write::head(&mut out, &self.said, &entries).map_err(failed)?;
        let mut changed = 0;
        for (name, shape) in &self.tensors {
            let (values, is_changed) = merged(adapted, name, shape)?;
            changed += usize::from(is_changed);
            for (shape, values) in naming.parts(name, shape, values) {
                let kind = numbers.of(&shape).0;
                if kind == write::F16 && values.iter().any(|value| value.abs() > f16::MAX.to_f32()) {
                    let reason = format!("the tensor '{name}' has numbers beyond those of half precision: take Q8_0");
                    return Err(ModelError::Write { path: PathBuf::from(path), reason });
                }
                let bytes = bytes_of(kind, &shape, &values);
                out.write_all(&bytes).and_then(|()| write::fill(&mut out, bytes.len())).map_err(failed)?;
            }
        }
        out.into_inner().map_err(|error| failed(error.into_error()))?.sync_all().map_err(failed)?;
        Ok(changed)
    }
}

/// The numbers of a tensor in ggml's type `kind`.
fn bytes_of(kind: u32, shape: &[usize], values: &[f32]) -> Vec<u8> {
    let row = shape.last().copied().unwrap_or(1).max(1);
    let bytes_of_row = |values: &[f32]| match kind {
        write::F32 => values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>(),
        write::F16 => values.iter().flat_map(|value| f16::from_f32(*value).to_le_bytes()).collect(),
        _ => {
            let mut packed = Vec::with_capacity(Block::Q8_0.row_bytes(row).unwrap_or(0));
            quantise(Block::Q8_0, values, &mut packed);
            packed
        }
    };
    values.par_chunks(row).flat_map_iter(bytes_of_row).collect()
}
