//! Where one tensor of a checkpoint lies and in which type, and its bytes.

use std::borrow::Cow;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use burn::tensor::{AllocationProperty, Bytes, DType, TensorData, bf16, f16};
use memmap2::Mmap;

use super::compute::ComputeDevice;
use super::error::ModelError;
use super::gpu::GpuMatrix;
use super::half_matrix::{Half, HalfMatrix, PairKernels};
use super::packed::{Block, PackedMatrix, unpacked};
use super::pickled;

/// How the numbers of a tensor are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Numbers {
    /// One after another, in a float type that can be read.
    Float(DType),
    /// In blocks.
    Packed(Block),
    /// In a way that this program does not read, as people call it.
    Other(String),
}

impl Numbers {
    /// As people write it.
    pub fn name(&self) -> &str {
        match self {
            Self::Float(dtype) => dtype.name(),
            Self::Packed(block) => block.name(),
            Self::Other(name) => name,
        }
    }
}

/// One tensor of one file.
#[derive(Debug, Clone)]
pub(super) struct StoredTensor {
    /// Which of the checkpoint's files.
    pub file: usize,
    pub numbers: Numbers,
    /// Row after row, the innermost size last.
    pub shape: Vec<usize>,
    pub lies: Lies,
}

/// Where a tensor's bytes lie.
#[derive(Debug, Clone)]
pub(super) enum Lies {
    /// In a mapped file.
    Mapped(Window),
    /// In a file of PyTorch's, which hands them out on demand.
    Pickled(pytorch_reader::Tensor),
    /// In several tensors of one type, of each so many bytes in turn.
    Joined { parts: Vec<StoredTensor>, run: usize },
}

/// A file, mapped to be read.
pub(super) fn mapped(path: &Path) -> Result<Arc<Mmap>, ModelError> {
    let read = |source| ModelError::Read { path: path.to_path_buf(), source };
    let file = File::open(path).map_err(read)?;
    #[allow(unsafe_code, reason = "mapping a file has no safe form; the file is only read")]
    // SAFETY: the map is read-only. A file that another program cuts short while it is mapped ends this process
    // with a bus error; checkpoints are not edited while they are in use.
    let map = unsafe { Mmap::map(&file) }.map_err(read)?;
    Ok(Arc::new(map))
}

/// From `start` to `end` of a mapped file, which it keeps mapped.
#[derive(Debug, Clone)]
pub(super) struct Window {
    pub map: Arc<Mmap>,
    pub start: usize,
    pub end: usize,
}

impl AsRef<[u8]> for Window {
    fn as_ref(&self) -> &[u8] {
        &self.map[self.start..self.end]
    }
}

impl StoredTensor {
    /// Stored bytes.
    pub fn len(&self) -> usize {
        match &self.lies {
            Lies::Mapped(window) => window.end - window.start,
            Lies::Pickled(tensor) => tensor.byte_len(),
            Lies::Joined { parts, .. } => parts.iter().map(Self::len).sum(),
        }
    }

    /// Where in its file it begins, where it is known.
    pub fn begin(&self) -> usize {
        if let Lies::Mapped(window) = &self.lies { window.start } else { 0 }
    }

    /// The stored bytes; `path` is the file, for errors.
    pub fn raw(&self, path: &Path) -> Result<Cow<'_, [u8]>, ModelError> {
        Ok(match &self.lies {
            Lies::Mapped(window) => Cow::Borrowed(window.as_ref()),
            Lies::Pickled(tensor) => Cow::Owned(pickled::bytes(path, tensor)?),
            Lies::Joined { parts, run } => {
                let parts = parts.iter().map(|part| part.raw(path)).collect::<Result<Vec<_>, _>>()?;
                let mut joined = Vec::with_capacity(self.len());
                for start in (0..parts.iter().map(|part| part.len()).max().unwrap_or(0)).step_by((*run).max(1)) {
                    for part in &parts {
                        joined.extend_from_slice(&part[start.min(part.len())..(start + run).min(part.len())]);
                    }
                }
                Cow::Owned(joined)
            }
        })
    }

    /// The bytes as they lie, for whoever computes on them there; None where they must be copied.
    pub fn window(&self, alignment: usize) -> Option<Bytes> {
        let Lies::Mapped(window) = &self.lies else { return None };
        let is_aligned = window.as_ref().as_ptr().align_offset(alignment) == 0;
        is_aligned.then(|| Bytes::from_shared(bytes::Bytes::from_owner(window.clone()), AllocationProperty::File))
    }

    /// The matrix of this shape, sorted into panels; the file's pages are let go. It is in bf16 where that is faster and loses nothing.
    pub fn in_half(&self, half: Half, shape: [usize; 2], path: &Path) -> Result<HalfMatrix, ModelError> {
        let matrix = HalfMatrix::new(half, shape, &self.raw(path)?);
        self.release(path);
        let matrix = matrix.ok_or_else(|| self.damaged(half.dtype().name(), shape, path))?;
        Ok(if PairKernels::best().is_some() { matrix.in_bf16_where_exact() } else { matrix })
    }

    /// The packed matrix of this shape, sorted into panels; the file's pages are let go.
    pub fn packed(&self, block: Block, shape: [usize; 2], path: &Path) -> Result<PackedMatrix, ModelError> {
        let matrix = PackedMatrix::new(block, shape, &self.raw(path)?);
        self.release(path);
        matrix.ok_or_else(|| self.damaged(block.name(), shape, path))
    }

    /// The same in the memory of an adapter.
    pub fn packed_on(
        &self,
        block: Block,
        shape: [usize; 2],
        path: &Path,
        device: &ComputeDevice,
    ) -> Result<GpuMatrix, ModelError> {
        let matrix = GpuMatrix::new(block, shape, &self.raw(path)?, device);
        self.release(path);
        matrix.ok_or_else(|| self.damaged(block.name(), shape, path))
    }

    /// The numbers of such a matrix, for devices that do not multiply by it packed.
    pub fn unpacked(&self, block: Block, shape: [usize; 2], path: &Path) -> Result<Vec<f32>, ModelError> {
        let values = unpacked(block, shape, &self.raw(path)?);
        self.release(path);
        values.ok_or_else(|| self.damaged(block.name(), shape, path))
    }

    fn damaged(&self, numbers: &str, shape: [usize; 2], path: &Path) -> ModelError {
        let reason = format!("a tensor of {shape:?} numbers in {numbers} has {} bytes", self.len());
        ModelError::Damaged { path: path.to_path_buf(), reason }
    }

    /// Tells the system that the pages were copied and need not stay in memory.
    pub fn release(&self, path: &Path) {
        match &self.lies {
            Lies::Mapped(window) => release(window, path),
            Lies::Joined { parts, .. } => parts.iter().for_each(|part| part.release(path)),
            Lies::Pickled(_) => {}
        }
    }
}

fn release(window: &Window, path: &Path) {
    #[cfg(unix)]
    {
        // Whole pages only: the neighbours at both ends belong to other tensors.
        const PAGE: usize = 16 << 10;
        let (start, end) = (window.start.next_multiple_of(PAGE), window.end / PAGE * PAGE);
        if start < end {
            #[allow(unsafe_code, reason = "the advice has no safe form")]
            // SAFETY: the map is a read-only file mapping; dropped pages are read from the file again.
            let advised =
                unsafe { window.map.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, start, end - start) };
            if let Err(error) = advised {
                tracing::debug!("{}: {error}", path.display());
            }
        }
    }
    #[cfg(not(unix))]
    let _ = (window, path);
}

/// Whether every bf16 number of `raw` is a number in f16 too.
pub(super) fn fits_f16(raw: &[u8]) -> bool {
    let limit = f16::MAX.to_f32();
    pairs(raw).all(|b| bf16::from_le_bytes(b).to_f32().abs() <= limit)
}

/// The floats of `raw` in another float type.
pub(super) fn convert(raw: &[u8], found: DType, wanted: DType, shape: &[usize]) -> TensorData {
    match (found, wanted) {
        (DType::BF16, DType::F16) => {
            let half: Vec<f16> = pairs(raw).map(|b| f16::from_f32(bf16::from_le_bytes(b).to_f32())).collect();
            TensorData::new(half, shape)
        }
        (DType::BF16, _) => {
            TensorData::new(pairs(raw).map(|b| bf16::from_le_bytes(b).to_f32()).collect::<Vec<_>>(), shape)
        }
        (DType::F16, _) => {
            TensorData::new(pairs(raw).map(|b| f16::from_le_bytes(b).to_f32()).collect::<Vec<_>>(), shape)
        }
        _ => {
            let words = raw.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
            TensorData::new(words.collect::<Vec<_>>(), shape)
        }
    }
}

fn pairs(raw: &[u8]) -> impl Iterator<Item = [u8; 2]> + '_ {
    raw.chunks_exact(2).map(|b| [b[0], b[1]])
}
