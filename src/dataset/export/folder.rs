//! A folder with the pictures themselves and a manifest that names them.

use std::{
    fs::{self, File},
    io,
    path::{Component, Path},
};

use super::{ExportError, Job, Transfer, csv::Table, whole::beside};
use crate::dataset::Row;

/// Copies or links the job's pictures into a new folder, `pictures/` in it, and writes `manifest.csv` beside them.
pub(super) fn write(job: &mut Job<'_>, transfer: Transfer) -> Result<(), ExportError> {
    // An empty folder that is there is put away, so that the finished one can take its place.
    match fs::remove_dir(job.out) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(ExportError::Taken(job.out.to_owned())),
        _ => {}
    }
    let unfinished = beside(job.out).map_err(|cause| job.cannot_write(cause))?;
    let outcome = fill(job, &unfinished, transfer);
    let outcome = outcome.and_then(|()| fs::rename(&unfinished, job.out).map_err(|cause| job.cannot_write(cause)));
    if outcome.is_err() {
        let _ = fs::remove_dir_all(&unfinished); // what failed is said by `outcome`; a leftover is all that matters here
    }
    outcome
}

fn fill(job: &mut Job<'_>, folder: &Path, transfer: Transfer) -> Result<(), ExportError> {
    fs::create_dir_all(folder).map_err(|cause| job.cannot_write(cause))?;
    let manifest = File::create(folder.join("manifest.csv")).map_err(|cause| job.cannot_write(cause))?;
    let mut table = Table::begin(job.out, io::BufWriter::new(manifest))?;
    for row in job.rows {
        // What was never read, or is gone, has nothing to bring.
        if row.sha256.is_none() || row.is_gone() {
            job.left_out()?;
            continue;
        }
        let path = path_within(row);
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
                job.summary.failed.push(format!("{}: cannot be copied ({error})", source.display()));
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

/// Where a picture goes: under the name that it has below the index's root, and never outside the folder.
fn path_within(row: &Row) -> String {
    let is_plain = |part: Component<'_>| matches!(part, Component::Normal(_));
    if row.path.components().all(is_plain) {
        return format!("pictures/{}", row.path.to_string_lossy().replace('\\', "/"));
    }
    let name = row.path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    format!("pictures-from-elsewhere/{}-{name}", row.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_picture_leaves_the_folder() {
        let path = |path: &str| path_within(&Row { id: 7, path: path.into(), ..Row::default() });
        assert_eq!(path("a/b.jpg"), "pictures/a/b.jpg");
        for outside in ["/etc/b.jpg", "../b.jpg", "a/../../b.jpg"] {
            assert_eq!(path(outside), "pictures-from-elsewhere/7-b.jpg");
        }
    }
}
