//! `terrasight dataset export`: pictures of an index, chosen and written for other programs.

use std::{path::PathBuf, sync::atomic::Ordering};

use clap::{Args, ValueEnum};

use super::Failure;
use crate::{
    cli::{
        interrupt::stop_asked,
        output::{complain, deliver},
        progress::Progress,
        within,
    },
    dataset::{
        Index, MAX_DISTANCE,
        export::{self, ExportForm, Selection, Stage, Transfer},
    },
    geo::CountryCode,
};

/// Write pictures of an index for other programs
#[derive(Debug, Args)]
pub(super) struct Export {
    /// The index
    #[arg(value_name = "INDEX.sqlite")]
    index: PathBuf,
    /// The form
    #[arg(long = "as", value_name = "FORM")]
    form: Form,
    /// The file, or for a folder the new folder
    #[arg(long, value_name = "PATH")]
    out: PathBuf,
    /// Replace the file that is there
    #[arg(long)]
    force: bool,
    /// Only pictures with at least this locatability (the paper's threshold is 0.4)
    #[arg(long, value_name = "X", value_parser = score)]
    min_locatability: Option<f64>,
    /// Only pictures with at most this locatability
    #[arg(long, value_name = "X", value_parser = score)]
    max_locatability: Option<f64>,
    /// Only pictures of these countries, by code (FR,DE)
    #[arg(long, value_name = "CODES", value_delimiter = ',')]
    country: Vec<CountryCode>,
    /// Only pictures that are marked as checked
    #[arg(long)]
    checked: bool,
    /// Only pictures with a position
    #[arg(long)]
    located: bool,
    /// Also pictures with an error
    #[arg(long)]
    with_errors: bool,
    /// Of pictures that look alike only the largest: perceptual hashes that differ in at most so many of 64 bits
    #[arg(long, value_name = "BITS", num_args = 0..=1, default_missing_value = "4", value_parser = clap::value_parser!(u32).range(0..=i64::from(MAX_DISTANCE)))]
    no_duplicates: Option<u32>,
    /// For a folder: copy the pictures (as is done without it)
    #[arg(long, conflicts_with = "link")]
    copy: bool,
    /// For a folder: hard links, which take no room; copies where that cannot be
    #[arg(long)]
    link: bool,
}

/// What `--as` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// The pictures and a manifest
    Folder,
    /// A manifest
    Csv,
    /// For DuckDB, Spark, Ray and others
    Parquet,
    /// The same with a column of points
    Geoparquet,
    /// The paper's stage 2: conversations about country and city, as Qwen-VL's trainer reads them
    QwenVl,
    /// The paper's stage 1: conversations about country and reasons
    QwenVlReasons,
}

impl Export {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let stop = stop_asked()?;
        let index = Index::open(&self.index).map_err(Failure::new)?;
        let rows = self.selection().of(index.rows().map_err(Failure::new)?);
        let progress = Progress::new(rows.len());
        progress.say("writing");
        let outcome = export::export(&index, &rows, self.form(), &self.out, self.force, &mut |done| {
            progress.set(done);
            !stop.load(Ordering::Relaxed)
        });
        drop(progress);
        let done = outcome.map_err(Failure::new)?;
        done.failed.iter().for_each(complain);
        let mut text = format!("{}: {} pictures", self.out.display(), done.written);
        if done.left_out > 0 {
            text.push_str(&format!(", {} left out, for which the form has no use", done.left_out));
        }
        let is_manifest = matches!(self.form, Form::Folder | Form::Csv);
        if is_manifest && done.without_position > 0 {
            text.push_str(&format!(
                "; {} have no position, which 'train' and 'evaluate' need (--located leaves them out)",
                done.without_position
            ));
        }
        deliver(&(text + "\n"), None)?;
        if done.failed.is_empty() { Ok(()) } else { Err(Failure::Said) }
    }

    fn selection(&self) -> Selection {
        Selection {
            min_locatability: self.min_locatability,
            max_locatability: self.max_locatability,
            countries: self.country.clone(),
            checked: self.checked,
            located: self.located,
            with_errors: self.with_errors,
            no_duplicates: self.no_duplicates,
        }
    }

    fn form(&self) -> ExportForm {
        match self.form {
            Form::Folder => ExportForm::Folder(if self.link { Transfer::Link } else { Transfer::Copy }),
            Form::Csv => ExportForm::Csv,
            Form::Parquet => ExportForm::Parquet,
            Form::Geoparquet => ExportForm::GeoParquet,
            Form::QwenVl => ExportForm::QwenVl(Stage::Location),
            Form::QwenVlReasons => ExportForm::QwenVl(Stage::Reasoning),
        }
    }
}

fn score(text: &str) -> Result<f64, String> {
    within(text, 0.0..=1.0, "locatability", "a number from 0 to 1")
}
