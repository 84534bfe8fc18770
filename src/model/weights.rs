//! Checkpoint directories as the hub serves them: `model.safetensors`, or shards with their index, memory-mapped; or the
//! older `pytorch_model.bin`, likewise.
//!
//! On the CPU a tensor whose stored type the device computes in is used where it lies in the mapped file; everything
//! else goes to the device one tensor at a time, so that half precision stays half until it is there.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use burn::tensor::{AllocationProperty, Bytes, DType, Tensor, TensorData, bf16, f16};
use memmap2::Mmap;
use safetensors::SafeTensors;
use safetensors::tensor::Dtype;

use super::compute::ComputeDevice;
use super::error::ModelError;
use super::packed::PackedMatrix;
use super::pickled;

/// What a tensor is to its layer; decides precision, and the first values of a model that starts from nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A factor of a product or a table: follows the device's precision rule.
    Matrix,
    /// A norm's weight: f32 always.
    Scale,
    /// An added vector: f32 always.
    Bias,
}

/// Where an architecture gets its tensors from.
pub trait Source {
    /// The device that tensors are made on.
    fn device(&self) -> &ComputeDevice;

    /// The values of `name`, whose upstream shape must be `stored`.
    fn data(&self, name: &str, stored: &[usize], role: Role) -> Result<TensorData, ModelError>;

    /// The matrix `name` as it is packed, where the source has it so and the device multiplies by it so; then
    /// [`Source::data`] need not be asked.
    fn packed(&self, name: &str, stored: &[usize]) -> Result<Option<PackedMatrix>, ModelError> {
        let _ = (name, stored);
        Ok(None)
    }
}

impl dyn Source + '_ {
    /// `name` on the device, reshaped to `shape`.
    pub fn tensor<const D: usize>(
        &self,
        name: &str,
        stored: &[usize],
        shape: [usize; D],
        role: Role,
    ) -> Result<Tensor<D>, ModelError> {
        let data = self.data(name, stored, role)?;
        self.device().check_fits(name, data.as_bytes().len() as u64)?;
        let precision = data.dtype();
        let (bytes, _, _) = data.into_parts();
        let data = TensorData::from_bytes(bytes, shape, precision);
        let device = self.device().burn();
        // Weights stay as long as the model: outside the pools, which would round their sizes up.
        Ok(device.memory_persistent_allocations(data, |data| Tensor::from_data(data, (device, precision))))
    }
}

/// One tensor of one file.
#[derive(Debug, Clone)]
struct StoredTensor {
    file: usize,
    /// The stored type, as people write it.
    stored: String,
    /// The same for Burn, if it is a float that can be read.
    float: Option<DType>,
    shape: Vec<usize>,
    lies: Lies,
}

/// Where a tensor's bytes lie.
#[derive(Debug, Clone)]
enum Lies {
    /// From `start` to `end` of a mapped file.
    Mapped { map: Arc<Mmap>, start: usize, end: usize },
    /// In a file of PyTorch's, which hands them out on demand.
    Pickled(pytorch_reader::Tensor),
}

impl StoredTensor {
    fn len(&self) -> usize {
        match &self.lies {
            Lies::Mapped { start, end, .. } => end - start,
            Lies::Pickled(tensor) => tensor.byte_len(),
        }
    }
}

/// An opened checkpoint directory.
#[derive(Debug)]
pub struct Checkpoint {
    directory: PathBuf,
    device: ComputeDevice,
    files: Vec<PathBuf>,
    places: HashMap<String, StoredTensor>,
}

impl Checkpoint {
    /// Opens all weight files of `directory`. `renames` are pairs (on disk, asked for): a part that begins with a dot is
    /// replaced wherever it stands inside a name, any other at a name's beginning, where the first that fits wins.
    pub fn open(directory: &Path, device: &ComputeDevice, renames: &[(&str, &str)]) -> Result<Self, ModelError> {
        let mut checkpoint = Self {
            directory: directory.to_path_buf(),
            device: device.clone(),
            files: Vec::new(),
            places: HashMap::new(),
        };
        for path in weight_files(directory)? {
            match path.extension().is_some_and(|extension| extension == "bin") {
                true => checkpoint.unpickle(&path, renames)?,
                false => checkpoint.map(&path, renames)?,
            }
            checkpoint.files.push(path);
        }
        Ok(checkpoint)
    }

    /// Maps one safetensors file.
    pub fn open_file(file: &Path, device: &ComputeDevice) -> Result<Self, ModelError> {
        let (files, places) = (Vec::new(), HashMap::new());
        let mut checkpoint = Self { directory: file.to_path_buf(), device: device.clone(), files, places };
        checkpoint.map(file, &[])?;
        checkpoint.files.push(file.to_path_buf());
        Ok(checkpoint)
    }

    /// Stored bytes of all tensors, and how many numbers they are.
    pub fn size(&self) -> (u64, u64) {
        let bytes = self.places.values().map(|p| p.len() as u64).sum();
        (bytes, self.places.values().map(|p| p.shape.iter().product::<usize>() as u64).sum())
    }

    /// The type in which the device holds the largest matrix, unless a tensor of bf16 has a number beyond f16's.
    pub fn precision(&self) -> Option<DType> {
        let matrices = self.places.values().filter(|place| place.shape.len() > 1);
        let largest = matrices.filter(|place| place.float.is_some()).max_by_key(|place| place.len())?;
        Some(self.device.precision_for(largest.float?, || true))
    }

    /// Whether `name` is there.
    pub fn has(&self, name: &str) -> bool {
        self.places.contains_key(name)
    }

    /// The stored types, most bytes first, as `doctor` and the window name them.
    pub fn stored_types(&self) -> Vec<String> {
        let mut bytes: HashMap<String, usize> = HashMap::new();
        for place in self.places.values() {
            *bytes.entry(place.stored.clone()).or_default() += place.len();
        }
        let mut types: Vec<_> = bytes.into_iter().collect();
        types.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        types.into_iter().map(|(name, _)| name).collect()
    }

    fn map(&mut self, path: &Path, renames: &[(&str, &str)]) -> Result<(), ModelError> {
        let damaged = |reason: String| ModelError::Damaged { path: path.to_path_buf(), reason };
        let read = |source| ModelError::Read { path: path.to_path_buf(), source };
        let file = File::open(path).map_err(read)?;
        #[allow(unsafe_code, reason = "mapping a file has no safe form; the file is only read")]
        // SAFETY: the map is read-only. A file that another program cuts short while it is mapped ends this process
        // with a bus error; checkpoints are not edited while they are in use.
        let map = Arc::new(unsafe { Mmap::map(&file) }.map_err(read)?);
        let (header, metadata) = SafeTensors::read_metadata(&map).map_err(|e| damaged(e.to_string()))?;
        // The header's length stands in the first eight bytes.
        let begin = header + 8;
        for (name, info) in metadata.tensors() {
            let place = StoredTensor {
                file: self.files.len(),
                stored: format!("{:?}", info.dtype).to_lowercase(),
                float: float_type(info.dtype),
                shape: info.shape.clone(),
                lies: Lies::Mapped {
                    map: map.clone(),
                    start: begin + info.data_offsets.0,
                    end: begin + info.data_offsets.1,
                },
            };
            self.places.insert(renamed(&name, renames), place);
        }
        Ok(())
    }

    fn unpickle(&mut self, path: &Path, renames: &[(&str, &str)]) -> Result<(), ModelError> {
        for (name, tensor) in pickled::tensors(path)? {
            let place = StoredTensor {
                file: self.files.len(),
                stored: format!("{:?}", tensor.dtype()).to_lowercase(),
                float: pickled::float_type(&tensor),
                shape: tensor.shape().to_vec(),
                lies: Lies::Pickled(tensor),
            };
            self.places.insert(renamed(&name, renames), place);
        }
        Ok(())
    }
}

/// What the program calls the tensor that a file calls `original` (see [`Checkpoint::open`]).
fn renamed(original: &str, renames: &[(&str, &str)]) -> String {
    let mut front = renames.iter().filter(|(from, _)| !from.starts_with('.'));
    let name = front.find_map(|(from, to)| Some(format!("{to}{}", original.strip_prefix(from)?)));
    let name = name.unwrap_or_else(|| original.to_owned());
    let inside = renames.iter().filter(|(from, _)| from.starts_with('.'));
    inside.fold(name, |name, (from, to)| name.replace(from, to))
}

impl Source for Checkpoint {
    fn device(&self) -> &ComputeDevice {
        &self.device
    }

    fn data(&self, name: &str, stored: &[usize], role: Role) -> Result<TensorData, ModelError> {
        let missing = || ModelError::MissingTensor { path: self.directory.clone(), name: name.to_owned() };
        let place = self.places.get(name).ok_or_else(missing)?;
        let path = &self.files[place.file];
        if place.shape != stored {
            return Err(ModelError::WrongShape {
                path: path.clone(),
                name: name.to_owned(),
                expected: stored.to_vec(),
                found: place.shape.clone(),
            });
        }
        let wrong_type =
            || ModelError::WrongType { path: path.clone(), name: name.to_owned(), found: place.stored.clone() };
        let found = place.float.ok_or_else(wrong_type)?;
        let raw = match &place.lies {
            Lies::Mapped { map, start, end } => Cow::Borrowed(&map[*start..*end]),
            Lies::Pickled(tensor) => Cow::Owned(pickled::bytes(path, tensor)?),
        };
        let wanted = match role {
            Role::Matrix => self.device.precision_for(found, || fits_f16(&raw)),
            Role::Scale | Role::Bias => DType::F32,
        };
        let data = match (&place.lies, raw) {
            (_, raw) if wanted != found => convert(&raw, found, wanted, stored),
            (Lies::Mapped { map, start, end }, _) => {
                TensorData::from_bytes(self.bytes(map, *start..*end, found), stored, found)
            }
            (Lies::Pickled(_), raw) => TensorData::from_bytes_vec(raw.into_owned(), stored, found),
        };
        if let Lies::Mapped { map, start, end } = &place.lies
            && (!self.device.is_cpu() || wanted != found)
        {
            release(map, path, *start, *end);
        }
        Ok(data)
    }
}

impl Checkpoint {
    /// A mapped tensor's bytes: a window into the map on the CPU, where Burn computes on them as they lie, else a copy.
    fn bytes(&self, map: &Arc<Mmap>, range: Range<usize>, dtype: DType) -> Bytes {
        let raw = &map[range.clone()];
        let aligned = raw.as_ptr().align_offset(dtype.size()) == 0;
        if self.device.is_cpu() && aligned {
            let window = bytes::Bytes::from_owner(Window { map: map.clone(), start: range.start, end: range.end });
            return Bytes::from_shared(window, AllocationProperty::File);
        }
        Bytes::from_bytes_vec(raw.to_vec())
    }
}

/// Keeps a file mapped as long as a tensor lies in it.
struct Window {
    map: Arc<Mmap>,
    start: usize,
    end: usize,
}

impl AsRef<[u8]> for Window {
    fn as_ref(&self) -> &[u8] {
        &self.map[self.start..self.end]
    }
}

/// Tells the system that these pages were copied and need not stay in memory.
fn release(map: &Mmap, path: &Path, start: usize, end: usize) {
    #[cfg(unix)]
    {
        // Whole pages only: the neighbours at both ends belong to other tensors.
        const PAGE: usize = 16 << 10;
        let (start, end) = (start.next_multiple_of(PAGE), end / PAGE * PAGE);
        if start < end {
            #[allow(unsafe_code, reason = "the advice has no safe form")]
            // SAFETY: the map is a read-only file mapping; dropped pages are read from the file again.
            let advised = unsafe { map.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, start, end - start) };
            if let Err(error) = advised {
                tracing::debug!("{}: {error}", path.display());
            }
        }
    }
    #[cfg(not(unix))]
    let _ = (map, path, start, end);
}

/// The weight files of a directory: one file, or the shards that an index names; safetensors where there are both.
pub(super) fn weight_files(directory: &Path) -> Result<Vec<PathBuf>, ModelError> {
    for name in ["model.safetensors", "pytorch_model.bin"] {
        let (index, single) = (directory.join(format!("{name}.index.json")), directory.join(name));
        if index.is_file() {
            return shards(directory, &index);
        }
        if single.is_file() {
            return Ok(vec![single]);
        }
    }
    Err(ModelError::MissingFile { path: directory.join("model.safetensors") })
}

fn shards(directory: &Path, index: &Path) -> Result<Vec<PathBuf>, ModelError> {
    let damaged = |reason: String| ModelError::Damaged { path: index.to_path_buf(), reason };
    let text = std::fs::read(index).map_err(|source| ModelError::Read { path: index.to_path_buf(), source })?;
    let value: serde_json::Value = serde_json::from_slice(&text).map_err(|e| damaged(e.to_string()))?;
    let map = value["weight_map"].as_object().ok_or_else(|| damaged("no weight_map".to_owned()))?;
    let mut seen = HashSet::new();
    let mut files = Vec::new();
    for file in map.values().filter_map(|v| v.as_str()).filter(|f| seen.insert(f.to_string())) {
        // An index names plain files beside it and nothing else.
        if Path::new(file).file_name() != Some(std::ffi::OsStr::new(file)) {
            return Err(damaged(format!("'{file}' is not a file name")));
        }
        let path = directory.join(file);
        if !path.is_file() {
            return Err(ModelError::MissingFile { path });
        }
        files.push(path);
    }
    Ok(files)
}

fn float_type(dtype: Dtype) -> Option<DType> {
    match dtype {
        Dtype::F32 => Some(DType::F32),
        Dtype::F16 => Some(DType::F16),
        Dtype::BF16 => Some(DType::BF16),
        _ => None,
    }
}

/// Whether every bf16 number of `raw` is a number in f16 too.
fn fits_f16(raw: &[u8]) -> bool {
    let limit = f16::MAX.to_f32();
    raw.chunks_exact(2).all(|b| bf16::from_le_bytes([b[0], b[1]]).to_f32().abs() <= limit)
}

fn convert(raw: &[u8], found: DType, wanted: DType, shape: &[usize]) -> TensorData {
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
