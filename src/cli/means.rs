//! Which means say how locatable pictures are, as the commands are told.

use std::path::PathBuf;

use clap::Args;

use crate::{
    knowledge::ade20k::ClassWeights,
    locatability::Rater,
    model::DeviceChoice,
    worker::{open_judge, open_network},
};

use super::{Failure, model_source};

/// A segmenter and the weights of its classes, or the fast network.
#[derive(Debug, Clone, Args)]
pub(super) struct Means {
    /// A SegFormer or MaskFormer folder as the hub serves it, or 'starter'
    #[arg(long, value_name = "M", default_value = "starter")]
    segmenter: String,
    /// Ask the fast network of this folder, or 'starter', instead of a segmenter
    #[arg(long, value_name = "M", conflicts_with_all = ["segmenter", "weights"])]
    network: Option<String>,
    /// Weights of the classes, as derive-weights writes them, instead of the published ones
    #[arg(long, value_name = "FILE.csv")]
    weights: Option<PathBuf>,
    /// auto, gpu (hardware only), gpu:N (the number that doctor shows) or cpu
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    device: DeviceChoice,
}

impl Means {
    /// The file that the weights are read from, if one is named.
    pub(super) fn weights_file(&self) -> Option<&PathBuf> {
        self.weights.as_ref()
    }

    /// The weights of the classes.
    pub(super) fn weights(&self) -> Result<ClassWeights, Failure> {
        let read = self.weights.as_deref().map_or(Ok(ClassWeights::default()), ClassWeights::read);
        read.map_err(Failure::new)
    }

    /// Opens what was named.
    pub(super) fn open(&self) -> Result<Rater, Failure> {
        let Some(network) = &self.network else {
            let judge = open_judge(&model_source(&self.segmenter)?, self.weights()?, self.device);
            return judge.map(|judge| Rater::Segmenter(Box::new(judge))).map_err(Failure::new);
        };
        let network = open_network(&model_source(network)?, self.device).map_err(Failure::new)?;
        Ok(Rater::Network(Box::new(network)))
    }
}
