//! Weights in half precision packed into 8 or 4 bits when a model is opened, and kept for the next time.
//!
//! The packed matrices of a folder are one GGUF file in the program's own folder; the folder itself is only read. They go
//! tensor by tensor, some rows at a time, so that no more than those are in memory. The file says of which files it was
//! made, by their sizes and times: where these are others, it is made anew.

use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use burn::tensor::DType;
use rayon::prelude::*;
use sha2::{Digest as _, Sha256};
use tempfile::Builder;

use super::error::ModelError;
use super::gguf::Gguf;
use super::gguf::write::{self, Entry, Said};
use super::packed::{Block, quantise};
use super::precision::Packing;
use super::stored::{Numbers, StoredTensor, convert};
use crate::files;
use crate::picture::hexadecimal;

/// Goes up when numbers are packed in another way, so that what was packed before is packed anew.
const VERSION: u32 = 1;
/// Numbers of a matrix that are widened at once.
const AT_ONCE: usize = 4 << 20;
/// Bytes of the disk that are left to others.
const LEFT_FREE: u64 = 64 << 20;
/// How the name of a file begins and ends that is not whole yet.
const BEGUN: (&str, &str) = (".packing-", ".part");
/// A file that nothing was written to for so long is nobody's any more.
const REST: Duration = Duration::from_hours(1);
/// Where the file says what it was made of.
const MADE_OF: &str = "terrasight.made_of";

/// A matrix that is to be packed.
pub(super) struct Unpacked<'a> {
    pub name: &'a str,
    pub tensor: &'a StoredTensor,
    /// Its file, for errors.
    pub file: &'a Path,
}

/// A matrix and the form that it takes.
struct Plan<'a> {
    matrix: &'a Unpacked<'a>,
    numbers: DType,
    block: Block,
    shape: [usize; 2],
}

impl Plan<'_> {
    fn row_bytes(&self) -> usize {
        self.block.row_bytes(self.shape[1]).unwrap_or(0)
    }

    fn entry(&self) -> Entry {
        let bytes = self.shape[0] * self.row_bytes();
        Entry { name: self.matrix.name.to_owned(), kind: self.block.ggml(), shape: self.shape.to_vec(), bytes }
    }
}

/// The packed form of those of `matrices` that have one, from the file that is kept for the weights `files` of `folder` or
/// from one that is made now; none where nothing is to be packed.
pub(super) fn packed(
    packing: &Packing,
    folder: &Path,
    files: &[PathBuf],
    matrices: &[Unpacked<'_>],
) -> Result<Option<Gguf>, ModelError> {
    let mut plans: Vec<Plan<'_>> = matrices.iter().filter_map(|matrix| plan(packing, matrix)).collect();
    if plans.is_empty() {
        return Ok(None);
    }
    // As they lie, so that the disk is read in one go; the order of a map's keys is none.
    plans.sort_by_key(|plan| (plan.matrix.tensor.file, plan.matrix.tensor.begin(), plan.matrix.name.to_owned()));
    let made_of = made_of(files)?;
    let place = packing.place_of(folder);
    if let Ok(kept) = Gguf::open(&place)
        && kept.text(MADE_OF).as_deref() == Some(&made_of)
        && plans.iter().all(|plan| kept.has(plan.matrix.name))
    {
        return Ok(Some(kept));
    }
    make(&place, &made_of, &plans)?;
    Gguf::open(&place).map(Some)
}

/// Matrices of rows that are whole groups are packed; vectors, norms and convolutions stay.
fn plan<'a>(packing: &Packing, matrix: &'a Unpacked<'a>) -> Option<Plan<'a>> {
    let Numbers::Float(numbers) = matrix.tensor.numbers else { return None };
    let &[rows, columns] = matrix.tensor.shape.as_slice() else { return None };
    let block = packing.precision.block_of(matrix.name)?;
    block.row_bytes(columns)?;
    Some(Plan { matrix, numbers, block, shape: [rows, columns] })
}

/// Names, sizes and times of the files, and how they are packed, as one hash.
pub(super) fn made_of(files: &[PathBuf]) -> Result<String, ModelError> {
    let mut hash = Sha256::new();
    hash.update(VERSION.to_le_bytes());
    for file in files {
        let read = |source| ModelError::Read { path: file.clone(), source };
        let metadata = fs::metadata(file).map_err(read)?;
        let changed = metadata.modified().map_err(read)?.duration_since(UNIX_EPOCH).unwrap_or_default();
        hash.update(file.file_name().unwrap_or_default().as_encoded_bytes());
        hash.update(metadata.len().to_le_bytes());
        hash.update(changed.as_nanos().to_le_bytes());
    }
    Ok(hexadecimal(&hash.finalize()))
}

impl Packing {
    /// Where the packed weights of a folder are kept: one file for each folder and precision, so that what was made of a folder
    /// before goes when it is made anew.
    pub fn place_of(&self, folder: &Path) -> PathBuf {
        let whole = folder.canonicalize().unwrap_or_else(|_error| folder.to_path_buf());
        let hash = hexadecimal(&Sha256::digest(whole.as_os_str().as_encoded_bytes()));
        self.folder.join(format!("{}-{}.gguf", &hash[..16], self.precision))
    }
}

/// Writes the file beside its place and moves it there once it is whole.
fn make(place: &Path, made_of: &str, plans: &[Plan<'_>]) -> Result<(), ModelError> {
    let failed = |reason: String| ModelError::Write { path: place.to_path_buf(), reason };
    let folder = place.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(folder).map_err(|error| failed(error.to_string()))?;
    sweep(folder, SystemTime::now() - REST);
    let needed = plans.iter().map(|plan| (plan.shape[0] * plan.row_bytes()) as u64).sum();
    if let Some(reason) = lacks_room(needed, files::free(folder)) {
        return Err(failed(reason));
    }
    let whole = Builder::new().prefix(BEGUN.0).suffix(BEGUN.1).tempfile_in(folder);
    let whole = whole.map_err(|error| failed(error.to_string()))?;
    let mut out = BufWriter::with_capacity(1 << 20, whole.as_file());
    let said = [("general.architecture", "terrasight.packed"), (MADE_OF, made_of)];
    let said = said.map(|(key, text)| (key.to_owned(), Said::Text(text.to_owned())));
    let entries: Vec<_> = plans.iter().map(Plan::entry).collect();
    write::head(&mut out, &said, &entries).map_err(|error| failed(error.to_string()))?;
    for plan in plans {
        pack(plan, &mut out, &failed)?;
    }
    out.flush().map_err(|error| failed(error.to_string()))?;
    drop(out);
    whole.as_file().sync_all().map_err(|error| failed(error.to_string()))?;
    whole.persist(place).map_err(|error| failed(error.error.to_string()))?;
    Ok(())
}

/// Removes what a program that was killed had begun. What another one writes just now was written to after `before`.
fn sweep(folder: &Path, before: SystemTime) {
    for file in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = file.file_name();
        let is_begun = name.to_str().is_some_and(|name| name.starts_with(BEGUN.0) && name.ends_with(BEGUN.1));
        let is_old = || file.metadata().and_then(|about| about.modified()).is_ok_and(|changed| changed < before);
        if is_begun
            && is_old()
            && let Err(error) = fs::remove_file(file.path())
        {
            tracing::warn!("{}: left as it is ({error})", file.path().display());
        }
    }
}

/// Why so many bytes cannot be written where so many are free.
fn lacks_room(needed: u64, free: Option<u64>) -> Option<String> {
    let free = free?;
    let megabytes = |bytes: u64| bytes.div_ceil(1_000_000);
    (free < needed + LEFT_FREE).then(|| {
        format!(
            "the packed weights need {} MB and {} MB are free there: free some space, set TERRASIGHT_HOME to another \
             disk, or use full precision",
            megabytes(needed + LEFT_FREE),
            megabytes(free)
        )
    })
}

fn pack(plan: &Plan<'_>, out: &mut impl Write, failed: &dyn Fn(String) -> ModelError) -> Result<(), ModelError> {
    let [rows, columns] = plan.shape;
    let raw = plan.matrix.tensor.raw(plan.matrix.file)?;
    let stored_row = columns * plan.numbers.size();
    let at_once = (AT_ONCE / columns.max(1)).max(1) * stored_row;
    for rows in raw.chunks(at_once.max(1)) {
        let packed: Vec<Vec<u8>> = rows
            .par_chunks_exact(stored_row.max(1))
            .map(|row| {
                let mut bytes = Vec::with_capacity(plan.row_bytes());
                let values = convert(row, plan.numbers, DType::F32, &[columns]);
                quantise(plan.block, values.as_slice::<f32>().unwrap_or_default(), &mut bytes);
                bytes
            })
            .collect();
        for row in packed {
            out.write_all(&row).map_err(|error| failed(error.to_string()))?;
        }
    }
    plan.matrix.tensor.release(plan.matrix.file);
    write::fill(out, rows * plan.row_bytes()).map_err(|error| failed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_program_had_begun_goes() {
        let folder = tempfile::tempdir().unwrap();
        for name in [".packing-a1.part", "a-4-bit.gguf", ".packing-b"] {
            fs::write(folder.path().join(name), name).unwrap();
        }
        let written = fs::metadata(folder.path().join(".packing-a1.part")).unwrap().modified().unwrap();
        let left = || fs::read_dir(folder.path()).unwrap().count();
        sweep(folder.path(), written - REST);
        assert_eq!(left(), 3, "somebody writes it just now");
        sweep(folder.path(), written + REST);
        assert_eq!(left(), 2);
        assert!(!folder.path().join(".packing-a1.part").exists());
    }

    #[test]
    fn the_disk_is_asked_before_anything_is_written() {
        assert_eq!(lacks_room(1 << 30, None), None);
        assert_eq!(lacks_room(1 << 30, Some((1 << 30) + LEFT_FREE)), None);
        let said = lacks_room(1 << 30, Some(500 << 20)).unwrap();
        assert!(said.contains("need 1141 MB and 525 MB are free"), "{said}");
        assert!(said.contains("TERRASIGHT_HOME") && said.lines().count() == 1, "{said}");
    }
}
