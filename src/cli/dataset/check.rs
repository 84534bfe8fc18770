//! `terrasight dataset check`: what is wrong with data to learn from, before an hour is lost.

use std::{path::PathBuf, sync::atomic::Ordering};

use clap::Args;
use serde_json::{Value, json};

use super::{Failure, reading::read};
use crate::{
    cli::{
        interrupt::stop_asked,
        model_folder, model_source,
        output::{Format, OutArguments},
        progress::Progress,
        table::TableArgs,
        within,
    },
    dataset::{Example, MAX_DISTANCE, NEAR, manifest_in},
    model::tokenizer::Tokenizer,
    train::data::{Checks, CountTokens, Data, Report, check},
    words,
};

/// Say what is wrong with pictures to learn from, and with conversations about them
#[derive(Debug, Args)]
pub(super) struct Check {
    /// Folders, tables, indexes, and records as JSON, JSONL or Parquet, as 'sources' in a training file names them
    #[arg(value_name = "SOURCE", required = true)]
    sources: Vec<PathBuf>,
    /// What the model will be measured by: nothing to learn may be in it or near it
    #[arg(long, value_name = "SOURCE", num_args = 1..)]
    test: Vec<PathBuf>,
    #[command(flatten)]
    table: TableArgs,
    /// How near two pictures may not be, in metres
    #[arg(long, value_name = "METRES", default_value = "200", value_parser = distance)]
    apart: f64,
    /// In how many of 64 bits the perceptual hashes of pictures that look alike differ at most
    #[arg(long, value_name = "BITS", default_value_t = NEAR, value_parser = clap::value_parser!(u32).range(0..=i64::from(MAX_DISTANCE)))]
    alike: u32,
    /// Open no picture: only look whether they are there, which takes a moment
    #[arg(long)]
    quick: bool,
    /// Say which texts name no place, as the paper leaves them out
    #[arg(long)]
    clean: bool,
    /// Say which examples give no reasons, as the stages 'reasoning', 'full' and 'correction' learn them
    #[arg(long)]
    reasons: bool,
    /// The model that is to learn; its tokenizer counts the tokens of answers
    #[arg(long, value_name = "M", default_value = "starter")]
    model: String,
    /// How many tokens of an answer are learned
    #[arg(long, value_name = "N", default_value_t = 256)]
    max_answer_tokens: usize,
    /// The form
    #[arg(long, value_name = "FORM", default_value = "text")]
    format: Format,
    #[command(flatten)]
    out: OutArguments,
}

impl Check {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let stop = stop_asked()?;
        let named = || self.sources.iter().chain(&self.test);
        let inputs: Vec<PathBuf> = named().cloned().chain(named().filter_map(|folder| manifest_in(folder))).collect();
        let mut out = self.out.open(&inputs)?;
        let data = read(&self.table.sources(&self.sources), stop)?;
        let test = read(&self.table.sources(&self.test), stop)?.examples;
        let tokenizer = Tokenizer::from_dir(&model_folder(&model_source(&self.model)?)?).map_err(Failure::new)?;
        // A text that cannot be encoded is not learned at all.
        let tokens = |text: &str| tokenizer.encode_text(text).map_or(usize::MAX, |ids| ids.len() + 1);
        let report = self.report(&data, &test, &tokens, stop);
        out.write(&match self.format {
            Format::Text => text(&report),
            Format::Json => format!("{:#}\n", in_json(&report)),
        })?;
        out.finish()?;
        if report.is_cut {
            return Err(Failure::new("ended before it was done; what was found so far stands above"));
        }
        match report.refusal() {
            Some((worst, found)) => Err(Failure::new(words::data_refusal(worst, found, &report))),
            None => Ok(()),
        }
    }

    fn report(
        &self,
        data: &Data,
        test: &[Example],
        tokens: &CountTokens<'_>,
        stop: &std::sync::atomic::AtomicBool,
    ) -> Report {
        let checks = Checks {
            opens_pictures: !self.quick,
            test,
            apart_km: self.apart / 1000.0,
            alike_bits: self.alike,
            tokens: Some((tokens, self.max_answer_tokens)),
            wants_places_named: self.clean,
            wants_reasons: self.reasons,
        };
        let progress = Progress::new(data.examples.len() + test.len());
        check(data, &checks, &|done| {
            progress.set(done as u64);
            !stop.load(Ordering::Relaxed)
        })
    }
}

fn text(report: &Report) -> String {
    let mut text = words::data_counts(report) + "\n";
    for (fault, found) in &report.found {
        let mark = if fault.costs_example() { "  (of no use)" } else { "" };
        text.push_str(&format!("\n{}{mark}\n", words::fault(*fault, found.count)));
        for case in &found.first {
            text.push_str(&format!("    {}\n", words::fault_case(case)));
        }
        if found.count > found.first.len() {
            text.push_str(&format!("    and {} more\n", words::count(found.count - found.first.len())));
        }
        text.push_str(&format!("  -> {}\n", words::fault_advice(*fault)));
    }
    if report.found.is_empty() {
        text.push_str("nothing is wrong with them\n");
    }
    text
}

fn in_json(report: &Report) -> Value {
    let found = report.found.iter().map(|(fault, found)| {
        json!({
            "fault": fault,
            "count": found.count,
            "costs_example": fault.costs_example(),
            "advice": words::fault_advice(*fault),
            "first": found.first,
        })
    });
    json!({
        "examples": report.examples,
        "unusable": report.unusable(),
        "test": report.test,
        "pictures_opened": report.opened,
        "can_be_learned": report.refusal().is_none(),
        "found": found.collect::<Vec<_>>(),
    })
}

pub(super) fn distance(text: &str) -> Result<f64, String> {
    within(text, 10.0..=1e6, "distance", "metres from 10 to 1000000")
}
