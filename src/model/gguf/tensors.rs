//! The tensors of a GGUF file: what the head says of them, held against the bytes that follow it.

use std::collections::HashSet;

use burn::tensor::DType;

use super::read::Cursor;
use super::{Gguf, name};
use crate::model::packed::Block;
use crate::model::stored::{Lies, Numbers, StoredTensor, Window};

/// Every size is below this, so that products of two cannot overflow; those of four are checked.
const LARGEST_SIZE: u64 = 1 << 31;

/// What the head says of a tensor.
#[derive(Debug)]
pub(super) struct Entry {
    name: String,
    /// The innermost first, as the file has them.
    sizes: Vec<u64>,
    /// Its number in `enum ggml_type`.
    kind: u32,
    /// From the beginning of the tensors' bytes.
    offset: u64,
}

impl Entry {
    pub fn read(cursor: &mut Cursor<'_>) -> Result<Self, String> {
        let name = name(cursor)?;
        let n_sizes = cursor.u32()?;
        if !(1..=4).contains(&n_sizes) {
            return Err(format!("the tensor '{name}' has {n_sizes} dimensions"));
        }
        let sizes = (0..n_sizes).map(|_| cursor.u64()).collect::<Result<Vec<_>, _>>()?;
        if sizes.iter().any(|&size| size == 0 || size >= LARGEST_SIZE) {
            return Err(format!("the tensor '{name}' has the sizes {sizes:?}"));
        }
        Ok(Self { name, sizes, kind: cursor.u32()?, offset: cursor.u64()? })
    }

    /// Its bytes; none where the type is not read, as then they are not known.
    fn bytes(&self, numbers: &Numbers) -> Result<u64, String> {
        let [row, rest @ ..] = self.sizes.as_slice() else { return Ok(0) };
        let row_bytes = match numbers {
            Numbers::Float(dtype) => Some(row * dtype.size() as u64),
            Numbers::Packed(block) => block.row_bytes(*row as usize).map(|bytes| bytes as u64),
            Numbers::Other(_) => Some(0),
        };
        let times_rest = |of_row: u64| rest.iter().try_fold(of_row, |all, &size| all.checked_mul(size));
        // How many numbers there are is summed up, whatever they are.
        let all = times_rest(*row).and(row_bytes).and_then(times_rest);
        all.ok_or_else(|| format!("the tensor '{}' of {} has the sizes {:?}", self.name, numbers.name(), self.sizes))
    }
}

impl Gguf {
    /// Where the tensors lie in the file whose head ends at `begin`.
    pub(super) fn placed(&self, entries: &[Entry], begin: usize) -> Result<Vec<(String, StoredTensor)>, String> {
        let alignment = match self.number("general.alignment") {
            None => 32,
            Some(_) => self
                .whole("general.alignment")
                .filter(|a| a.is_power_of_two() && *a <= 1 << 20)
                .ok_or_else(|| "'general.alignment' is no power of two up to 2^20".to_owned())?,
        };
        let begin = (begin as u64).next_multiple_of(alignment);
        let mut names = HashSet::new();
        let mut placed = Vec::new();
        for entry in entries {
            let numbers = numbers_of(entry.kind);
            let bytes = entry.bytes(&numbers)?;
            let start = begin.checked_add(entry.offset);
            let end = start.and_then(|start| start.checked_add(bytes));
            let (Some(start), Some(end)) = (start, end) else {
                return Err(format!("the tensor '{}' lies at {}", entry.name, entry.offset));
            };
            if end > self.map.len() as u64 {
                let length = self.map.len();
                return Err(format!("the tensor '{}' ends at byte {end}, and the file has {length}", entry.name));
            }
            if !entry.offset.is_multiple_of(alignment) {
                return Err(format!(
                    "the tensor '{}' lies at {}, no multiple of {alignment}",
                    entry.name, entry.offset
                ));
            }
            if !names.insert(&entry.name) {
                return Err(format!("the tensor '{}' stands twice", entry.name));
            }
            let window = Window { map: self.map.clone(), start: start as usize, end: end as usize };
            let shape = entry.sizes.iter().rev().map(|&size| size as usize).collect();
            placed.push((entry.name.clone(), StoredTensor { file: 0, numbers, shape, lies: Lies::Mapped(window) }));
        }
        without_overlap(&placed)?;
        Ok(placed)
    }
}

/// # Errors
/// Two tensors that share bytes.
fn without_overlap(placed: &[(String, StoredTensor)]) -> Result<(), String> {
    let mut windows: Vec<(usize, usize, &str)> = placed
        .iter()
        .filter_map(|(name, tensor)| match &tensor.lies {
            Lies::Mapped(window) => Some((window.start, window.end, name.as_str())),
            _ => None,
        })
        .collect();
    windows.sort_unstable();
    match windows.windows(2).find(|pair| pair[0].1 > pair[1].0) {
        Some(pair) => Err(format!("the tensors '{}' and '{}' lie on one another", pair[0].2, pair[1].2)),
        None => Ok(()),
    }
}

/// What ggml's number of a type stands for.
fn numbers_of(kind: u32) -> Numbers {
    match kind {
        0 => Numbers::Float(DType::F32),
        1 => Numbers::Float(DType::F16),
        30 => Numbers::Float(DType::BF16),
        _ => match Block::from_ggml(kind) {
            Some(block) => Numbers::Packed(block),
            None => Numbers::Other(unread(kind)),
        },
    }
}

/// The names of types that are not read.
fn unread(kind: u32) -> String {
    let name = match kind {
        10 => "Q2_K",
        11 => "Q3_K",
        16 => "IQ2_XXS",
        17 => "IQ2_XS",
        18 => "IQ3_XXS",
        19 => "IQ1_S",
        21 => "IQ3_S",
        22 => "IQ2_S",
        29 => "IQ1_M",
        34 => "TQ1_0",
        35 => "TQ2_0",
        39 => "MXFP4",
        40 => "NVFP4",
        other => return format!("type {other} of ggml"),
    };
    name.to_owned()
}
