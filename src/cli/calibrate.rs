//! `terrasight calibrate`.

use std::{cell::OnceCell, path::PathBuf, sync::atomic::AtomicBool};

use clap::Args;

use crate::{
    eval::{Pictures, record_all},
    knowledge::ade20k::ClassWeights,
    model::{VisionLanguageModel, device},
    worker::{ModelSource, open_judge},
};

use super::{Failure, ModelArguments, model_folder, output::complain, progress::Progress};

/// Record what a model says of drawn streets.
#[derive(Debug, Args)]
pub(super) struct Calibrate {
    #[command(flatten)]
    model: ModelArguments,
    /// The first seed
    #[arg(long)]
    first: u64,
    /// How many streets
    #[arg(long)]
    count: u64,
    /// The file of records
    #[arg(long)]
    out: PathBuf,
}

impl Calibrate {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let folder = model_folder(&self.model.source()?)?;
        let device = device::open(self.model.device).map_err(Failure::new)?;
        let model = VisionLanguageModel::open(&folder, &device).map_err(Failure::new)?;
        let judge =
            open_judge(&ModelSource::Starter, ClassWeights::default(), self.model.device).map_err(Failure::new)?;
        let pictures = Pictures::Drawn {
            seeds: self.first..self.first + self.count,
            quality: 90,
            thumbnail_streets: 0,
            thumbnails: OnceCell::new(),
        };
        let progress = Progress::new(pictures.count());
        record_all(&pictures, &self.out, &model, Some(&judge), &AtomicBool::new(false), &mut |done, error| {
            progress.set(done as u64);
            if let Some(error) = error {
                progress.aside(|| complain(error));
            }
        })
        .map_err(Failure::new)
    }
}
