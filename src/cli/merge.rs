//! `terrasight merge`: a model with its adapters in one, for programs that take no adapters.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::model::{ExportType, LoraChoice, VisionLanguageModel, export, merge};

use super::{Failure, model_folder, model_source, output::deliver, say_unmatched};

/// Write a model with adapters merged into it, as transformers or llama.cpp opens it.
#[derive(Debug, Args)]
pub(super) struct Merge {
    /// A model folder, the name of one that 'models list' shows, or 'starter'
    #[arg(long, value_name = "M")]
    model: String,
    /// The folder of a LoRA adapter, with @PERCENT behind it for a part of it; may stand several times
    #[arg(long = "adapter", value_name = "DIR[@PERCENT]", required = true)]
    adapters: Vec<LoraChoice>,
    /// The folder that is made
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// What is written: safetensors in the layout of the hub, or GGUF files
    #[arg(long, value_enum, default_value_t = Format::Safetensors)]
    format: Format,
    /// The type of the matrices in GGUF files; safetensors keep theirs
    #[arg(long = "type", value_enum, default_value_t = Numbers::F16)]
    numbers: Numbers,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Safetensors,
    Gguf,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
#[allow(non_camel_case_types, reason = "ggml's own name")]
enum Numbers {
    /// Half precision
    F16,
    /// 8 bits and a scale for each 32 numbers
    #[value(name = "q8_0")]
    Q8_0,
}

impl Merge {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let folder = model_folder(&model_source(&self.model)?)?;
        say_unmatched(&VisionLanguageModel::look(&folder, &self.adapters).map_err(Failure::new)?);
        let changed = match self.format {
            Format::Safetensors => merge(&folder, &self.adapters, &self.out),
            Format::Gguf => export(&folder, &self.adapters, &self.out, self.numbers.into()),
        };
        let changed = changed.map_err(Failure::new)?;
        let out = self.out.display();
        deliver(&format!("{out}: the model with {changed} matrices changed\n"), None)
    }
}

impl From<Numbers> for ExportType {
    fn from(numbers: Numbers) -> Self {
        match numbers {
            Numbers::F16 => Self::F16,
            Numbers::Q8_0 => Self::Q8_0,
        }
    }
}
