//! `terrasight dataset convert`: data to learn from, for another program that trains.

use std::{path::PathBuf, sync::atomic::Ordering};

use clap::{Args, ValueEnum};

use super::{Failure, check::distance, reading::read};
use crate::{
    cli::{
        interrupt::stop_asked,
        output::{complain, deliver},
        progress::Progress,
        table::TableArgs,
        within,
    },
    dataset::{
        Example, Split,
        export::{Stage, TrainerForm, Transfer, export_for_trainer},
    },
    train::{TrainError, data::keep_placed},
    words,
};

/// Write data to learn from for LLaMA-Factory or ms-swift
#[derive(Debug, Args)]
pub(super) struct Convert {
    /// Folders, tables, indexes, and records as JSON, JSONL or Parquet
    #[arg(value_name = "SOURCE", required = true)]
    sources: Vec<PathBuf>,
    #[command(flatten)]
    table: TableArgs,
    /// The program that trains
    #[arg(long = "as", value_name = "FORM")]
    form: Form,
    /// What is asked of examples without a conversation
    #[arg(long, value_name = "STAGE", default_value = "location")]
    stage: Asked,
    /// The new folder
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Copy the pictures into the folder, so that it can be taken elsewhere [default: name them where they lie]
    #[arg(long, conflicts_with = "link")]
    copy: bool,
    /// The same by hard links, which take no room; copies where that cannot be
    #[arg(long)]
    link: bool,
    /// Leave out texts that name no place, as the paper does
    #[arg(long)]
    clean: bool,
    /// Hold back so large a share for testing, by place
    #[arg(long, value_name = "SHARE", default_value = "0", value_parser = share)]
    hold_out: f64,
    /// How far what is learned keeps from what is held back, in metres
    #[arg(long, value_name = "METRES", default_value = "200", value_parser = distance)]
    apart: f64,
    /// Decides which places are held back
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// train.json and dataset_info.json
    LlamaFactory,
    /// train.jsonl
    MsSwift,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Asked {
    /// Country and reasons (the paper's stage 1)
    Reasoning,
    /// Country and city (stage 2)
    Location,
}

impl Convert {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let stop = stop_asked()?;
        let mut data = read(&self.table.sources(&self.sources), stop)?;
        data.bad.iter().take(5).for_each(|(source, bad)| complain(format!("{}: {bad}", source.display())));
        let cleaned = self.clean.then(|| keep_placed(&mut data.examples));
        let (pictures, share) = (data.examples.len(), self.hold_out);
        let wanted = Split::count(pictures, share);
        let split = Split::by_place(&data.examples, wanted, self.apart / 1000.0, self.seed);
        if wanted > 0 && split.learned.is_empty() {
            return Err(Failure::new(TrainError::NothingToLearn { pictures, share }));
        }
        let of =
            |numbers: &[usize]| -> Vec<&Example> { numbers.iter().map(|number| &data.examples[*number]).collect() };
        let mut parts = vec![("train", of(&split.learned))];
        if wanted > 0 {
            parts.push(("test", of(&split.held_back)));
        }
        let progress = Progress::new(data.examples.len());
        let (form, stage) = self.what();
        let outcome = export_for_trainer(&parts, form, stage, &self.out, self.transfer(), &mut |done| {
            progress.set(done);
            !stop.load(Ordering::Relaxed)
        });
        drop(progress);
        let done = outcome.map_err(Failure::new)?;
        done.failed.iter().for_each(complain);
        let mut text = format!("{}: {} conversations", self.out.display(), done.written);
        for (count, what) in [
            (data.bad.len() as u64, "that cannot be read"),
            (done.left_out, "left out without a country, or without reasons"),
            (split.held_back.len() as u64, "held back"),
            (split.set_aside.len() as u64, "too near to those for either part"),
        ] {
            if count > 0 {
                text.push_str(&format!(", {count} {what}"));
            }
        }
        if let Some(cleaned) = cleaned {
            text.push_str(&format!("; {}", words::cleaned_texts(cleaned)));
        }
        deliver(&(text + "\n"), None)?;
        if done.failed.is_empty() { Ok(()) } else { Err(Failure::Said) }
    }

    fn what(&self) -> (TrainerForm, Stage) {
        let form = match self.form {
            Form::LlamaFactory => TrainerForm::LlamaFactory,
            Form::MsSwift => TrainerForm::MsSwift,
        };
        let stage = match self.stage {
            Asked::Reasoning => Stage::Reasoning,
            Asked::Location => Stage::Location,
        };
        (form, stage)
    }

    fn transfer(&self) -> Option<Transfer> {
        match (self.copy, self.link) {
            (_, true) => Some(Transfer::Link),
            (true, false) => Some(Transfer::Copy),
            (false, false) => None,
        }
    }
}

fn share(text: &str) -> Result<f64, String> {
    within(text, 0.0..=0.9, "share", "a number from 0 to 0.9")
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use clap::Parser;

    use super::*;
    use crate::dataset::Source;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        convert: Convert,
    }

    /// Converts as many pictures, so many degrees apart, with a twentieth held back.
    fn convert(home: &Path, pictures: u32, apart: f64) -> Result<PathBuf, Failure> {
        let mut table = "path,latitude,longitude,country_code\n".to_owned();
        for number in 0..pictures {
            fs::write(home.join(format!("{number}.jpg")), "").unwrap();
            table += &format!("{number}.jpg,{},10,IT\n", f64::from(number) * apart);
        }
        let (source, out) = (home.join("table.csv"), home.join("out"));
        fs::write(&source, table).unwrap();
        let line = ["convert", source.to_str().unwrap(), "--as", "llama-factory", "--hold-out", "0.05", "--out"];
        Line::parse_from(line.into_iter().chain(out.to_str())).convert.run().map(|()| out)
    }

    #[test]
    fn of_few_pictures_one_is_held_back_and_never_all() {
        let home = tempfile::tempdir().unwrap();
        let out = convert(home.path(), 8, 1.0).unwrap();
        let count = |part: &str| Source::at(out.join(part)).read().unwrap().examples.len();
        assert_eq!((count("train.json"), count("test.json")), (7, 1));
        let home = tempfile::tempdir().unwrap();
        let Err(Failure::Unsaid(reason)) = convert(home.path(), 3, 1e-5) else { panic!("nothing was left to learn") };
        assert!(reason.contains("3 pictures") && reason.contains("none to learn from"), "{reason}");
        assert!(!home.path().join("out").exists());
    }
}
