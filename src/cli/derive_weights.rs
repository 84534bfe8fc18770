//! `terrasight derive-weights`: class weights from a user's own clues, compared with the published ones.

use std::{
    io::{self, Write as _},
    path::PathBuf,
};

use clap::Args;
use serde::Serialize;
use serde_json::json;

use crate::{
    locatability::{Comparison, DEFAULT_THRESHOLD, compare, derive_weights, read_clues},
    model::{DeviceChoice, SentenceEncoder, device},
};

use super::{
    Failure, model_folder, model_source,
    output::{Output, Table, claim, deliver},
    progress::Progress,
    within,
};

/// Derive the weights of locatability's classes from clue texts.
#[derive(Debug, Args)]
pub(super) struct DeriveWeights {
    /// Clue texts: one a line, a JSON array, or a CSV table with a column 'clue' or 'text'
    #[arg(value_name = "CLUES")]
    clues: PathBuf,
    /// The folder of a sentence encoder such as all-MiniLM-L6-v2
    #[arg(long, value_name = "DIR")]
    encoder: String,
    /// Similarities up to this count for nothing
    #[arg(long, value_name = "T", default_value_t = DEFAULT_THRESHOLD, value_parser = similarity)]
    threshold: f64,
    /// How to write the comparison with the published weights
    #[arg(long, value_enum, default_value_t = Table::Csv)]
    format: Table,
    /// Write the weights to this CSV file (columns class and weight), which locatability reads
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace that file if it is there already
    #[arg(long)]
    force: bool,
    /// auto, gpu (hardware only), gpu:N (the number that doctor shows) or cpu
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    device: DeviceChoice,
}

/// A similarity of two texts: -1 to 1.
fn similarity(text: &str) -> Result<f64, String> {
    within(text, -1.0..=1.0, "similarity", "a number from -1 to 1")
}

impl DeriveWeights {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let folder = model_folder(&model_source(&self.encoder)?)?;
        let clues = read_clues(&self.clues).map_err(Failure::new)?;
        let open = |file| {
            claim(file, std::slice::from_ref(&self.clues), self.force).map_err(Failure::Unsaid)?;
            Output::new(Some(file), self.force)
        };
        let file = self.out.as_deref().map(open).transpose()?;
        let progress = Progress::new(clues.len());
        progress.say("reading the encoder");
        let device = device::open(self.device).map_err(Failure::new)?;
        let encoder = SentenceEncoder::open(&folder, &device).map_err(Failure::new)?;
        progress.say("comparing clues with classes");
        let mut read = |clues| progress.set(clues as u64);
        let weights = derive_weights(&clues, &encoder, self.threshold, &mut read).map_err(Failure::new)?;
        drop(progress);
        if let Some(mut file) = file {
            file.write(&weights.to_csv())?;
            file.finish()?;
        }
        let comparison = compare(&weights);
        match self.format {
            Table::Json => {
                let Comparison { spearman, rows } = comparison;
                let all = json!({
                    "encoder": encoder.name(), "clues": clues.len(), "threshold": self.threshold,
                    "spearman": spearman, "classes": rows,
                });
                deliver(&format!("{all:#}\n"), None)
            }
            Table::Csv => {
                deliver(&table(&comparison.rows)?, None)?;
                // Beside the table, so that the table stays one.
                let agreement = comparison.spearman.map_or("none".to_owned(), |value| format!("{value:.4}"));
                let said = format!("rank correlation with the published weights, {} clues: {agreement}", clues.len());
                let _ = writeln!(io::stderr(), "{said}"); // the table is whole without it
                Ok(())
            }
        }
    }
}

fn table(rows: &[impl Serialize]) -> Result<String, Failure> {
    let mut table = csv::Writer::from_writer(Vec::new());
    for row in rows {
        table.serialize(row).map_err(Failure::new)?;
    }
    String::from_utf8(table.into_inner().map_err(Failure::new)?).map_err(Failure::new)
}
