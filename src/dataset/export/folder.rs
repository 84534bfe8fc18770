//! A folder with the pictures themselves and a manifest that names them.

use std::{
    fs::{self, File},
    io,
    path::Path,
};

use super::{
    csv::Table,
    error::ExportError,
    form::{NotCopied, Transfer},
    job::Job,
    whole::whole_folder,
    within::Within,
};

/// Copies or links the job's pictures into a new folder, `pictures/` in it, and writes `manifest.csv` beside them.
pub(super) fn write(job: &mut Job<'_>, transfer: Transfer) -> Result<(), ExportError> {
    whole_folder(job.out, |folder| fill(job, folder, transfer))
}

fn fill(job: &mut Job<'_>, folder: &Path, transfer: Transfer) -> Result<(), ExportError> {
    fs::create_dir_all(folder).map_err(|cause| job.cannot_write(cause))?;
    let manifest = File::create(folder.join("manifest.csv")).map_err(|cause| job.cannot_write(cause))?;
    let mut table = Table::begin(job.out, io::BufWriter::new(manifest))?;
    let mut within = Within::default();
    for row in job.rows {
        // What was never read, or is gone, has nothing to bring.
        if row.sha256.is_none() || row.is_gone() {
            job.left_out()?;
            continue;
        }
        let path = within.place(row.id, &row.path);
        let (source, target) = (row.file(&job.root), folder.join(&path));
        let parent = target.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(|cause| job.cannot_write(cause))?;
        match bring(&source, &target, transfer) {
            Ok(()) => {
                table.add(row, &path, &job.index.label(row.id)?)?;
                job.written(row)?;
            }
            // With the disk full, no other picture fits either.
            Err(error) if error.kind() == io::ErrorKind::StorageFull => return Err(job.cannot_write(error)),
            Err(error) => {
                job.summary.failed.push(NotCopied { file: source, cause: error.to_string() });
                job.step()?;
            }
        }
    }
    if job.summary.written == 0 {
        return Err(ExportError::Nothing);
    }
    table.end()
}

pub(super) fn bring(source: &Path, target: &Path, transfer: Transfer) -> io::Result<()> {
    // A link of the file that is meant, where the name is itself a link.
    let linked =
        transfer == Transfer::Link && fs::canonicalize(source).and_then(|source| fs::hard_link(source, target)).is_ok();
    if linked { Ok(()) } else { fs::copy(source, target).map(drop) }
}
