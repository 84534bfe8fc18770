//! `terrasight merge`: a model with its adapters in one, for programs that take no adapters.

use std::path::PathBuf;

use clap::Args;

use crate::model::{LoraChoice, merge};

use super::{Failure, adapter, model_folder, model_source, output::deliver};

/// Write a model with adapters merged into it, as transformers opens it.
#[derive(Debug, Args)]
pub(super) struct Merge {
    /// A model folder, the name of one that 'models list' shows, or 'starter'
    #[arg(long, value_name = "M")]
    model: String,
    /// The folder of a LoRA adapter, with @PERCENT behind it for a part of it; may stand several times
    #[arg(long = "adapter", value_name = "DIR[@PERCENT]", value_parser = adapter, required = true)]
    adapters: Vec<LoraChoice>,
    /// The folder that is made
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

impl Merge {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let folder = model_folder(&model_source(&self.model)?)?;
        let changed = merge(&folder, &self.adapters, &self.out).map_err(Failure::new)?;
        let out = self.out.display();
        deliver(&format!("{out}: the model with {changed} matrices changed\n"), None)
    }
}
