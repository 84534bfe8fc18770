//! The numbers of a convolution as its source gives them.

use burn::tensor::{DType, Tensor};

use crate::model::error::ModelError;
use crate::model::weights::{Role, Source};

/// The numbers of a tensor that lies in memory.
pub(super) fn plain<const D: usize>(x: Tensor<D>) -> Vec<f32> {
    x.into_data().iter::<f32>().collect()
}

/// `{name}.weight` in f32.
pub(super) fn weight(source: &dyn Source, name: &str, shape: [usize; 4]) -> Result<Tensor<4>, ModelError> {
    Ok(source.tensor(&format!("{name}.weight"), &shape, shape, Role::Matrix)?.cast(DType::F32))
}

/// `{name}.bias` in f32.
pub(super) fn bias(source: &dyn Source, name: &str, out: usize) -> Result<Tensor<1>, ModelError> {
    source.tensor(&format!("{name}.bias"), &[out], [out], Role::Bias)
}
