//! Checkpoints as the program writes them: one `model.safetensors` under upstream names.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Display;
use std::path::Path;

use burn::tensor::{DType, Tensor};
use safetensors::SafeTensorError;
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
    write_tensors(written.iter().map(|(name, w)| (name, w)), Some(metadata), file).map_err(|e| failed(e.to_string()))
}

/// Writes a file of tensors, in the same way, with the rights of any new file: those that the library leaves are its owner's alone.
pub fn write_tensors<S: AsRef<str> + Ord + Display, V: View>(
    tensors: impl IntoIterator<Item = (S, V)>,
    metadata: Option<HashMap<String, String>>,
    file: &Path,
) -> Result<(), SafeTensorError> {
    safetensors::serialize_to_file(tensors, metadata, file)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let everybody = std::fs::Permissions::from_mode(0o666); // less what the user's mask takes away, which a new file shows
        let new = tempfile::Builder::new().permissions(everybody).tempfile_in(folder)?;
        std::fs::set_permissions(file, new.as_file().metadata()?.permissions())?;
    }
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use safetensors::tensor::TensorView;

    use super::*;

    #[test]
    fn a_checkpoint_has_the_rights_of_any_new_file() {
        let folder = tempfile::tempdir().unwrap();
        let (file, other) = (folder.path().join("model.safetensors"), folder.path().join("config.json"));
        let tensor = TensorView::new(Dtype::F32, vec![1], &[0; 4]).unwrap();
        write_tensors([("a", tensor)], None, &file).unwrap();
        fs::write(&other, "{}").unwrap();
        let mode = |file: &Path| fs::metadata(file).unwrap().permissions().mode();
        assert_eq!(mode(&file), mode(&other));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
