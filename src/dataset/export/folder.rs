//! A folder with the pictures themselves and a manifest that names them.

use std::{
    fs::{self, File},
    io,
    path::Path,
};

use tempfile::Builder;

use super::{
    csv::Table,
    error::ExportError,
    form::{NotCopied, Transfer},
    job::Job,
    within::Within,
};

/// Copies or links the job's pictures into a new folder, `pictures/` in it, and writes `manifest.csv` beside them.
pub(super) fn write(job: &mut Job<'_>, transfer: Transfer) -> Result<(), ExportError> {
    // A folder that is there must be empty, so that the finished one can take its place.
    let is_taken = match fs::read_dir(job.out) {
        Ok(mut entries) => entries.next().is_some(),
        Err(_no_folder) => fs::symlink_metadata(job.out).is_ok(),
    };
    if is_taken {
        return Err(ExportError::Taken(job.out.to_owned()));
    }
    let unfinished = Builder::new().prefix(".terrasight-").suffix(".part").tempdir_in(&job.folder);
    let unfinished = unfinished.map_err(|cause| job.cannot_write(cause))?;
    // A folder within has the permissions that the user's mask gives; the outer one is the user's alone.
    let folder = unfinished.path().join("export");
    fill(job, &folder, transfer)?;
    match fs::remove_dir(job.out) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(ExportError::Taken(job.out.to_owned())),
        _ => {}
    }
    fs::rename(&folder, job.out).map_err(|cause| job.cannot_write(cause))
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
        let path = within.place(row);
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

fn bring(source: &Path, target: &Path, transfer: Transfer) -> io::Result<()> {
    // A link of the file that is meant, where the name is itself a link.
    let linked =
        transfer == Transfer::Link && fs::canonicalize(source).and_then(|source| fs::hard_link(source, target)).is_ok();
    if linked { Ok(()) } else { fs::copy(source, target).map(drop) }
}
