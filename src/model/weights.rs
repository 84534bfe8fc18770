//! Checkpoints: directories as the hub serves them (`model.safetensors`, or shards with their index, memory-mapped; or the
//! older `pytorch_model.bin`, likewise), and GGUF files.
//!
//! On the CPU a tensor whose stored type the device computes in is used where it lies in the mapped file, but for the matrices of
//! linear layers, which are sorted into panels; everything else goes to the device one tensor at a time, so that half
//! precision stays half until it is there.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use burn::tensor::{Bytes, DType, Tensor, TensorData};
use safetensors::SafeTensors;
use safetensors::tensor::Dtype;

use super::compute::ComputeDevice;
use super::directory::json_file;
use super::error::ModelError;
use super::gguf::{GgufModel, name_in_file};
use super::gpu::{self, GpuMatrix};
use super::half_matrix::Half;
use super::low_rank::LowRank;
use super::matrix::Matrix;
use super::packed::Block;
use super::packing::{self, Unpacked};
use super::pickled;
use super::precision::Precision;
use super::renames::renamed;
use super::stored::{Lies, Numbers, StoredTensor, Window, convert, fits_f16, mapped};

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

/// Where an architecture gets its tensors from. Sources stack: one that holds another changes what that one gives.
pub trait Source {
    /// The device that tensors are made on.
    fn device(&self) -> &ComputeDevice;

    /// The values of `name`, whose upstream shape must be `stored`.
    fn data(&self, name: &str, stored: &[usize], role: Role) -> Result<TensorData, ModelError>;

    /// What adapters have for the linear layer `name`.
    fn low_rank(&self, name: &str) -> Result<Vec<LowRank>, ModelError> {
        let _ = name;
        Ok(Vec::new())
    }

    /// The matrix `name` in a form of its own, packed or in the CPU's order, where the source has it and the device holds it
    /// so; then [`Source::data`] need not be asked.
    fn formed(&self, name: &str, stored: &[usize]) -> Result<Option<Matrix>, ModelError> {
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

/// How many layers a model has by its configuration.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layers {
    /// How the names of their tensors begin, before the layer's number.
    pub front: &'static str,
    pub count: usize,
}

/// An opened checkpoint directory.
#[derive(Debug)]
pub struct Checkpoint {
    directory: PathBuf,
    /// Whether it is GGUF files, which say themselves how the model is built.
    is_gguf: bool,
    device: ComputeDevice,
    files: Vec<PathBuf>,
    places: HashMap<String, StoredTensor>,
}

impl Checkpoint {
    /// Opens all weight files of `directory`. `renames` are pairs (on disk, asked for), see `renamed`.
    pub fn open(directory: &Path, device: &ComputeDevice, renames: &[(&str, &str)]) -> Result<Self, ModelError> {
        let mut checkpoint = Self {
            directory: directory.to_path_buf(),
            is_gguf: false,
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

    /// The same with packed matrices in the place of those that the device wants packed.
    pub(super) fn packed_as_wanted(mut self) -> Result<Self, ModelError> {
        if self.device.packing.precision != Precision::Full {
            gpu::try_once(&self.device);
        }
        let Some(packing) = self.device.packs() else { return Ok(self) };
        let files = &self.files;
        let matrices = self.places.iter().map(|(name, tensor)| Unpacked { name, tensor, file: &files[tensor.file] });
        let packed = packing::packed(packing, &self.directory, files, &matrices.collect::<Vec<_>>())?;
        let Some(packed) = packed else { return Ok(self) };
        let file = self.files.len();
        self.files.push(packed.path.clone());
        self.places.extend(packed.tensors.into_iter().map(|(name, tensor)| (name, StoredTensor { file, ..tensor })));
        Ok(self)
    }

    /// Refuses a checkpoint that has more layers than it should have: with some of them left out it would be another model.
    pub(super) fn check_layers(&self, layers: &[Layers]) -> Result<(), ModelError> {
        layers.iter().try_for_each(|&layers| self.check_layers_of(layers))
    }

    fn check_layers_of(&self, Layers { front, count: expected }: Layers) -> Result<(), ModelError> {
        let number = |name: &str| name.strip_prefix(front)?.split('.').next()?.parse::<usize>().ok();
        let layers = self.places.iter().filter_map(|(name, tensor)| Some((number(name)?, tensor.file)));
        match layers.max() {
            Some((last, file)) if last >= expected => Err(ModelError::MoreLayers {
                path: self.files[file].clone(),
                front,
                found: last.saturating_add(1),
                expected,
                says: self.says(),
            }),
            _ => Ok(()),
        }
    }

    /// What says how the model is built.
    fn says(&self) -> &'static str {
        if self.is_gguf { "head" } else { "config.json" }
    }

    /// What the tensor `name` is called in its file.
    fn name_there(&self, name: &str) -> String {
        if self.is_gguf { name_in_file(name) } else { name.to_owned() }
    }

    fn missing(&self, name: &str) -> ModelError {
        ModelError::MissingTensor { path: self.directory.clone(), name: self.name_there(name), says: self.says() }
    }

    /// Refuses a checkpoint without the tensor `name`.
    pub(super) fn check_has(&self, name: &str) -> Result<(), ModelError> {
        if self.has(name) { Ok(()) } else { Err(self.missing(name)) }
    }

    /// What tells it from every other: names, sizes and times of its files, as a hash.
    pub fn identity(&self) -> Result<String, ModelError> {
        packing::made_of(&self.files)
    }

    /// The tensors that linear layers may have as their matrices, by name without `.weight` and with `[out, in]`.
    pub(super) fn matrices(&self) -> impl Iterator<Item = (String, [usize; 2])> {
        self.shapes().filter_map(|(name, shape)| {
            let name = name.strip_suffix(".weight").filter(|_| shape.len() > 1)?;
            Some((name.to_owned(), [shape[0], shape[1..].iter().product()]))
        })
    }

    /// Names and shapes of all tensors.
    pub(super) fn shapes(&self) -> impl Iterator<Item = (&str, &[usize])> {
        self.places.iter().map(|(name, tensor)| (name.as_str(), tensor.shape.as_slice()))
    }

    /// Opens one file, safetensors or as PyTorch saves them.
    pub fn open_file(file: &Path, device: &ComputeDevice) -> Result<Self, ModelError> {
        let (files, places) = (Vec::new(), HashMap::new());
        let (directory, device) = (file.to_path_buf(), device.clone());
        let mut checkpoint = Self { directory, is_gguf: false, device, files, places };
        match file.extension().is_some_and(|extension| extension == "bin") {
            true => checkpoint.unpickle(file, &[])?,
            false => checkpoint.map(file, &[])?,
        }
        checkpoint.files.push(file.to_path_buf());
        Ok(checkpoint)
    }

    /// The files of a GGUF model.
    pub(super) fn of_gguf(model: &GgufModel, device: &ComputeDevice) -> Result<Self, ModelError> {
        Ok(Self {
            directory: model.text.path.clone(),
            is_gguf: true,
            device: device.clone(),
            files: model.files().map(|file| file.path.clone()).collect(),
            places: model.tensors()?.into_iter().collect(),
        })
    }

    /// Stored bytes of all tensors, and how many numbers they are.
    pub fn size(&self) -> (u64, u64) {
        let bytes = self.places.values().map(|p| p.len() as u64).sum();
        (bytes, self.places.values().map(|p| p.shape.iter().product::<usize>() as u64).sum())
    }

    /// The type in which the device holds the largest matrix, unless a tensor of bf16 has a number beyond f16's.
    pub fn precision(&self) -> Option<DType> {
        let matrices = self.places.values().filter(|place| place.shape.len() > 1);
        let floats = matrices.filter_map(|place| match place.numbers {
            Numbers::Float(dtype) => Some((place.len(), dtype)),
            _ => None,
        });
        let (_, largest) = floats.max_by_key(|(bytes, _)| *bytes)?;
        Some(self.device.precision_for(largest, || true))
    }

    /// Whether `name` is there.
    pub fn has(&self, name: &str) -> bool {
        self.places.contains_key(name)
    }

    /// The stored types, most bytes first, as `doctor` and the window name them.
    pub fn stored_types(&self) -> Vec<String> {
        let mut bytes: HashMap<String, usize> = HashMap::new();
        for place in self.places.values() {
            *bytes.entry(place.numbers.name().to_owned()).or_default() += place.len();
        }
        let mut types: Vec<_> = bytes.into_iter().collect();
        types.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        types.into_iter().map(|(name, _)| name).collect()
    }

    fn map(&mut self, path: &Path, renames: &[(&str, &str)]) -> Result<(), ModelError> {
        let damaged = |reason: String| ModelError::Damaged { path: path.to_path_buf(), reason };
        let map = mapped(path)?;
        let (header, metadata) = SafeTensors::read_metadata(&map).map_err(|e| damaged(e.to_string()))?;
        // The header's length stands in the first eight bytes.
        let begin = header + 8;
        for (name, info) in metadata.tensors() {
            let (start, end) = (begin + info.data_offsets.0, begin + info.data_offsets.1);
            let place = StoredTensor {
                file: self.files.len(),
                numbers: numbers_of(info.dtype),
                shape: info.shape.clone(),
                lies: Lies::Mapped(Window { map: map.clone(), start, end }),
            };
            self.take_in(&renamed(&name, renames), place).map_err(damaged)?;
        }
        Ok(())
    }

    /// Takes a tensor in. Of two in one file that are one under their upstream name, none is the right one.
    fn take_in(&mut self, name: &str, tensor: StoredTensor) -> Result<(), String> {
        let file = tensor.file;
        match self.places.insert(name.to_owned(), tensor) {
            Some(other) if other.file == file => Err(format!("the tensor '{name}' stands in it twice")),
            _ => Ok(()),
        }
    }

    fn unpickle(&mut self, path: &Path, renames: &[(&str, &str)]) -> Result<(), ModelError> {
        let damaged = |reason: String| ModelError::Damaged { path: path.to_path_buf(), reason };
        for (name, tensor) in pickled::tensors(path)? {
            let place = StoredTensor {
                file: self.files.len(),
                numbers: match pickled::float_type(&tensor) {
                    Some(dtype) => Numbers::Float(dtype),
                    None => Numbers::Other(format!("{:?}", tensor.dtype()).to_lowercase()),
                },
                shape: tensor.shape().to_vec(),
                lies: Lies::Pickled(tensor),
            };
            self.take_in(&renamed(&name, renames), place).map_err(damaged)?;
        }
        Ok(())
    }
}

impl Source for Checkpoint {
    fn device(&self) -> &ComputeDevice {
        &self.device
    }

    fn data(&self, name: &str, stored: &[usize], role: Role) -> Result<TensorData, ModelError> {
        let (place, path) = self.place(name, stored)?;
        let raw = place.raw(path)?;
        let found = match &place.numbers {
            Numbers::Float(found) => *found,
            Numbers::Packed(block) => return self.widened(place, *block, stored, role),
            Numbers::Other(found) => {
                let (path, name, found) = (path.clone(), self.name_there(name), found.clone());
                return Err(if self.is_gguf {
                    ModelError::WrongBlocks { path, name, found }
                } else {
                    ModelError::WrongType { path, name, found }
                });
            }
        };
        let wanted = match role {
            Role::Matrix => self.device.precision_for(found, || fits_f16(&raw)),
            Role::Scale | Role::Bias => DType::F32,
        };
        if wanted != found {
            let data = convert(&raw, found, wanted, stored);
            place.release(path);
            return Ok(data);
        }
        // On the CPU Burn computes on the bytes as they lie; to others they are copied.
        let window = self.device.is_cpu().then(|| place.window(found.size())).flatten();
        let bytes = window.unwrap_or_else(|| Bytes::from_bytes_vec(raw.into_owned()));
        if !self.device.is_cpu() {
            place.release(path);
        }
        Ok(TensorData::from_bytes(bytes, stored, found))
    }

    fn formed(&self, name: &str, stored: &[usize]) -> Result<Option<Matrix>, ModelError> {
        let (place, path) = self.place(name, stored)?;
        let shape = [stored[0], stored[1..].iter().product()];
        let block = match &place.numbers {
            Numbers::Packed(block) => *block,
            Numbers::Float(numbers) => {
                let half = Half::of(*numbers).filter(|_| self.device.is_cpu() && !self.device.widen);
                return half
                    .map(|half| Ok(Matrix::half(place.in_half(half, shape, path)?, self.device.products)))
                    .transpose();
            }
            Numbers::Other(_) => return Ok(None),
        };
        if !self.device.keeps_packed() {
            return Ok(None);
        }
        gpu::try_once(&self.device);
        if !self.device.keeps_packed() {
            return Ok(None);
        }
        if self.device.is_cpu() {
            return Ok(Some(Matrix::packed(place.packed(block, shape, path)?, self.device.products)));
        }
        self.device.check_fits(name, GpuMatrix::largest_buffer(block, shape))?;
        Ok(Some(Matrix::on_adapter(place.packed_on(block, shape, path, &self.device)?)))
    }
}

impl Checkpoint {
    /// The tensor `name`, whose shape must be `stored`, and its file.
    fn place(&self, name: &str, stored: &[usize]) -> Result<(&StoredTensor, &PathBuf), ModelError> {
        let place = self.places.get(name).ok_or_else(|| self.packed_as(name).unwrap_or_else(|| self.missing(name)))?;
        let path = &self.files[place.file];
        if place.shape != stored {
            if let Some(packed) = self.packed_as(name) {
                return Err(packed);
            }
            return Err(ModelError::WrongShape {
                path: path.clone(),
                name: self.name_there(name),
                says: self.says(),
                expected: stored.into(),
                found: place.shape.as_slice().into(),
            });
        }
        Ok((place, path))
    }

    /// That the tensor `name` is packed by a method that this program does not read, where the tensors beside it tell so: not every
    /// `config.json` does.
    fn packed_as(&self, name: &str) -> Option<ModelError> {
        let stem = name.strip_suffix("weight")?;
        let methods = [("qweight", "GPTQ or AWQ"), ("weight.absmax", "bitsandbytes (4 bits)"), ("scales", "MLX")];
        let (_, method) = methods.into_iter().find(|(beside, _)| self.has(&format!("{stem}{beside}")))?;
        Some(ModelError::Packed { path: self.directory.clone(), method: method.to_owned() })
    }

    /// The numbers of packed blocks for a device that does not multiply by them: in f16 where it computes in that.
    fn widened(
        &self,
        place: &StoredTensor,
        block: Block,
        stored: &[usize],
        role: Role,
    ) -> Result<TensorData, ModelError> {
        let path = &self.files[place.file];
        let inner = stored.last().copied().unwrap_or(1).max(1);
        let values = place.unpacked(block, [stored.iter().product::<usize>() / inner, inner], path)?;
        let wanted = match role {
            Role::Matrix => self.device.precision_for(DType::F16, || true),
            Role::Scale | Role::Bias => DType::F32,
        };
        Ok(TensorData::new(values, stored).convert_dtype(wanted))
    }
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
    let value = json_file(index)?.unwrap_or_default();
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

pub(super) fn numbers_of(dtype: Dtype) -> Numbers {
    match dtype {
        Dtype::F32 => Numbers::Float(DType::F32),
        Dtype::F16 => Numbers::Float(DType::F16),
        Dtype::BF16 => Numbers::Float(DType::BF16),
        other => Numbers::Other(format!("{other:?}").to_lowercase()),
    }
}
