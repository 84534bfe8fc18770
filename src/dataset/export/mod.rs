//! Rows of an index on their way to other programs: as a folder, a table, or the training form of the paper; and examples on
//! their way to other programs that train.
//!
//! Whatever is written is there whole or not at all, and takes the place of nothing that was not asked for.

mod csv;
mod error;
mod folder;
mod form;
mod job;
mod parquet;
mod place;
mod qwen_vl;
mod selection;
mod trainer;
mod whole;
mod within;

use std::{fs, path::Path};

pub use error::ExportError;
pub use form::{ExportForm, ExportSummary, NotCopied, Stage, Transfer};
use job::Job;
pub use selection::Selection;
pub use trainer::{TrainerForm, export_for_trainer};

use super::{Index, Row};

/// Writes these rows of an index. A file that is there is replaced only where `replaces` says so, and the index and its
/// pictures never. `go_on` is told now and then how many rows are done, and says whether to go on.
pub fn export(
    index: &Index,
    rows: &[Row],
    form: ExportForm,
    out: &Path,
    replaces: bool,
    go_on: &mut dyn FnMut(u64) -> bool,
) -> Result<ExportSummary, ExportError> {
    if rows.is_empty() {
        return Err(ExportError::Nothing);
    }
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = fs::canonicalize(folder)
        .map_err(|_missing| ExportError::NoFolder { out: out.to_owned(), folder: folder.to_owned() })?;
    place::check(index, out, form, replaces)?;
    let (root, summary) = (index.root()?, ExportSummary::default());
    let mut job = Job { index, root, rows, out, replaces, folder, go_on, summary };
    match form {
        ExportForm::Folder(transfer) => folder::write(&mut job, transfer)?,
        ExportForm::Csv => csv::write(&mut job)?,
        ExportForm::Parquet => parquet::write(&mut job, false)?,
        ExportForm::GeoParquet => parquet::write(&mut job, true)?,
        ExportForm::QwenVl(stage) => qwen_vl::write(&mut job, stage)?,
    }
    Ok(job.summary)
}
