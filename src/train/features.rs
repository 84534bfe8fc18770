//! What the vision tower makes of pictures, computed once and kept on the disk: the tower does not learn beside adapters, and takes a
//! large part of a step's time.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use burn::tensor::{DType, Tensor, TensorData};
use sha2::{Digest as _, Sha256};

use super::config::TrainConfig;
use crate::{
    model::{ModelError, Patches, picture_key, qwen2_5_vl::Qwen25Vl},
    picture::hexadecimal,
};

/// A folder with the features of pictures, a file each, in f32 as the tower gave them.
#[derive(Debug)]
pub struct KeptFeatures {
    /// None where nothing is kept.
    folder: Option<PathBuf>,
    /// Says which tower on which device it was: others round otherwise.
    tower: String,
    /// Bytes that may still be written.
    room: AtomicU64,
}

impl KeptFeatures {
    /// Keeps nothing.
    pub fn none() -> Self {
        Self { folder: None, tower: String::new(), room: AtomicU64::new(0) }
    }

    /// Of a run, as its training file wants it; `tower` is asked for only where something is kept.
    pub fn of_run<E>(config: &TrainConfig, tower: impl FnOnce() -> Result<String, E>) -> Result<Self, E> {
        let bytes = (config.features.gib * f64::from(1 << 30)) as u64;
        if bytes > 0 { Ok(Self::open(features_folder(config), tower()?, bytes)) } else { Ok(Self::none()) }
    }

    /// Keeps at most so many bytes in `folder`; `tower` tells one tower on one device from every other.
    pub fn open(folder: PathBuf, tower: String, most_bytes: u64) -> Self {
        let files = fs::read_dir(&folder).into_iter().flatten().flatten().filter_map(|file| file.metadata().ok());
        let there: u64 = files.map(|file| file.len()).sum();
        Self { folder: Some(folder), tower, room: AtomicU64::new(most_bytes.saturating_sub(there)) }
    }

    /// The features of `pictures`, `[merged patches of all, hidden]`, picture after picture; None where there are none.
    pub fn of(&self, model: &Qwen25Vl, pictures: &[&Patches]) -> Result<Option<Tensor<2>>, ModelError> {
        if self.folder.is_none() {
            return model.features(pictures);
        }
        let each = pictures.iter().map(|picture| self.of_one(model, picture)).collect::<Result<Vec<_>, _>>()?;
        Ok((!each.is_empty()).then(|| Tensor::cat(each, 0)))
    }

    fn of_one(&self, model: &Qwen25Vl, picture: &Patches) -> Result<Tensor<2>, ModelError> {
        let (width, device) = (model.config().text.hidden, model.language().device());
        let shape = [picture.merged_tokens, width];
        let file = self.folder.as_ref().map(|folder| folder.join(self.name_of(picture)));
        if let Some(values) = file.as_deref().and_then(|file| kept(file, shape[0] * shape[1])) {
            return Ok(Tensor::from_data(TensorData::new(values, shape), (&device, DType::F32)));
        }
        let features = model.features(&[picture])?.unwrap_or_else(|| Tensor::zeros(shape, (&device, DType::F32)));
        if let Some(file) = file {
            self.keep(&file, &features.to_data());
        }
        Ok(features)
    }

    /// By everything that the features follow from.
    fn name_of(&self, picture: &Patches) -> String {
        let mut hash = Sha256::new();
        hash.update(self.tower.as_bytes());
        hash.update(picture_key(picture));
        hexadecimal(&hash.finalize())
    }

    /// Writes the features where there is room. That they cannot be kept costs time and nothing else.
    fn keep(&self, file: &Path, features: &TensorData) {
        let bytes = features.as_bytes();
        let len = bytes.len() as u64;
        let takes = |room: u64| room.checked_sub(len);
        if self.room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, takes).is_err() {
            return;
        }
        let write = || {
            let folder = file.parent().unwrap_or(Path::new(""));
            fs::create_dir_all(folder)?;
            let mut whole = tempfile::NamedTempFile::new_in(folder)?;
            whole.write_all(bytes)?;
            whole.persist(file)?;
            std::io::Result::Ok(())
        };
        if let Err(error) = write() {
            tracing::warn!("{}: features are not kept: {error}", file.display());
            self.room.store(0, Ordering::Relaxed);
        }
    }
}

/// The folder in which a run keeps features.
pub fn features_folder(config: &TrainConfig) -> PathBuf {
    config.features.folder.clone().unwrap_or_else(|| config.out.with_file_name("features"))
}

/// So many numbers of a file; none where it is not there or has others.
fn kept(file: &Path, count: usize) -> Option<Vec<f32>> {
    let bytes = fs::read(file).ok().filter(|bytes| bytes.len() == 4 * count)?;
    Some(bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
}
