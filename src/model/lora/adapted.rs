//! A checkpoint with adapters beside its matrices.

use burn::tensor::{DType, Tensor, TensorData};

use super::opened::{Factors, Lora, LoraChoice, LoraFacts};
use crate::model::compute::ComputeDevice;
use crate::model::error::ModelError;
use crate::model::low_rank::LowRank;
use crate::model::matrix::Matrix;
use crate::model::weights::{Checkpoint, Role, Source};

/// What the checkpoint gives, and to each of its linear layers what the adapters have for it.
#[derive(Debug)]
pub struct Adapted {
    base: Checkpoint,
    loras: Vec<Lora>,
}

impl Adapted {
    /// Opens the adapters for the checkpoint.
    ///
    /// # Errors
    /// Also where one of them has factors for none of its matrices, or of other sizes.
    pub fn open(base: Checkpoint, loras: &[LoraChoice]) -> Result<Self, ModelError> {
        let matrices: Vec<_> = if loras.is_empty() { Vec::new() } else { base.matrices().collect() };
        let loras = loras.iter().map(|lora| Lora::open(lora, &matrices)).collect::<Result<_, _>>()?;
        Ok(Self { base, loras })
    }

    /// The checkpoint.
    pub fn base(&self) -> &Checkpoint {
        &self.base
    }

    /// What the adapters are.
    pub fn loras(&self) -> impl Iterator<Item = &LoraFacts> {
        self.loras.iter().map(|lora| &lora.facts)
    }

    /// What those are that change a layer whose name begins with `part`, the modules that only hold others left out.
    pub fn loras_of(&self, part: &str) -> impl Iterator<Item = &LoraFacts> {
        self.loras.iter().filter(move |lora| lora.changes(part)).map(|lora| &lora.facts)
    }
}

impl Source for Adapted {
    fn device(&self) -> &ComputeDevice {
        self.base.device()
    }

    fn data(&self, name: &str, stored: &[usize], role: Role) -> Result<TensorData, ModelError> {
        self.base.data(name, stored, role)
    }

    fn formed(&self, name: &str, stored: &[usize]) -> Result<Option<Matrix>, ModelError> {
        self.base.formed(name, stored)
    }

    fn low_rank(&self, name: &str) -> Result<Vec<LowRank>, ModelError> {
        let device = self.device().burn();
        let tensor = |data| Tensor::from_data(data, (device, DType::F32));
        let of = |lora: &Lora| {
            let factors = lora.factors(name)?;
            Ok(factors.map(|Factors { a, b, scale }| LowRank::new(tensor(a), tensor(b), scale)))
        };
        self.loras.iter().filter_map(|lora| of(lora).transpose()).collect()
    }
}
