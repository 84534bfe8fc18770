//! A model from a folder or a stick into this program's own: copied whole or not at all, with a record by which it can be
//! checked later.

use std::{
    fs::{self, File},
    io::{Read as _, Write as _},
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};

use super::{
    HubError,
    gone::clear_gone,
    inside::is_name,
    pull::{is_begun, lock, parts_of, put_in_place},
    record::{Record, RecordedFile},
    remove::forget_parts,
};
use crate::{files, model::footprint, picture::hexadecimal};

/// How much is in memory at once.
const PART_BYTES: usize = 1 << 20;

/// Copies the model in `from` (a folder, or a GGUF file with what belongs to it) to `models`, where it is called after its folder or
/// file; its new folder comes back. `read` is told how many bytes are done of how many, and may stop it: then nothing is kept.
pub fn import(
    from: &Path,
    models: &Path,
    read: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<PathBuf, HubError> {
    let no_model = |cause: String| HubError::NoModel { path: from.to_owned(), cause };
    footprint(from).map_err(|error| no_model(error.to_string()))?;
    let whole = fs::canonicalize(from).map_err(HubError::disk(from))?;
    let (folder, name) = match whole.is_file() {
        true => (whole.parent().unwrap_or(Path::new("")), whole.file_stem()),
        false => (whole.as_path(), whole.file_name()),
    };
    let name = name.unwrap_or_default().to_string_lossy().replace(|c: char| !is_name(&format!("a{c}a")), "_");
    if !is_name(&name) {
        return Err(no_model("its folder has no name that a model can have".to_owned()));
    }
    let place = models.join(&name);
    if place.exists() {
        return Err(HubError::IsThere(name));
    }
    if is_begun(models, &name) {
        return Err(HubError::Begun(name));
    }
    let mut files = files_of(folder)?;
    if whole.is_file() {
        files.retain(|(path, _)| belongs(path, &whole));
    }
    let all: u64 = files.iter().map(|(_, bytes)| bytes).sum();
    fs::create_dir_all(models).map_err(HubError::disk(models))?;
    clear_gone(models);
    if let Some(free) = files::free(models).filter(|&free| free < all) {
        return Err(HubError::NoSpace { folder: models.to_owned(), needed: all, free });
    }
    // What an import left that was broken off.
    forget_parts(models, &name)?;
    let partial = parts_of(models, &name);
    fs::create_dir_all(&partial).map_err(HubError::disk(&partial))?;
    let lock = lock(&partial, &name)?;
    let copied = copy_all(folder, &files, &partial, &mut |done| read(done, all));
    let record = match copied {
        Ok(files) => Record { repository: None, revision: None, files, asked: None },
        Err(error) => {
            let _gone = fs::remove_dir_all(&partial);
            return Err(error);
        }
    };
    record.write(&partial)?;
    put_in_place(lock, &partial, &place)?;
    Ok(place)
}

/// Whether a file of the same folder is a part of the model whose first file is `text`: that one, its further shards, or what sees
/// for it.
fn belongs(path: &Path, text: &Path) -> bool {
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let family = |path: &Path| name(path).split_once("-00001-of-").map(|(family, _)| format!("{family}-0"));
    let is_shard = family(text).is_some_and(|family| name(path).starts_with(&family));
    path == text || is_shard || name(path).contains("mmproj")
}

/// The plain files of a model's folder and of the folders in it, by path, with their sizes.
fn files_of(folder: &Path) -> Result<Vec<(PathBuf, u64)>, HubError> {
    let mut files = Vec::new();
    for entry in walkdir::WalkDir::new(folder).max_depth(2).follow_links(true).sort_by_file_name() {
        let entry = entry.map_err(|error| HubError::disk(folder)(error.into()))?;
        let is_plain = entry.path().strip_prefix(folder).is_ok_and(|path| {
            path.iter().all(|part| part.to_str().is_some_and(is_name)) && path != Path::new(super::record::NAME)
        });
        let metadata = fs::metadata(entry.path()).map_err(HubError::disk(entry.path()))?;
        if metadata.is_file() && is_plain {
            files.push((entry.path().to_owned(), metadata.len()));
        }
    }
    Ok(files)
}

fn copy_all(
    folder: &Path,
    files: &[(PathBuf, u64)],
    partial: &Path,
    read: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<Vec<RecordedFile>, HubError> {
    let (mut done, mut copied) = (0, Vec::new());
    for (file, bytes) in files {
        let path = file.strip_prefix(folder).unwrap_or(file);
        let place = partial.join(path);
        if let Some(parent) = place.parent() {
            fs::create_dir_all(parent).map_err(HubError::disk(parent))?;
        }
        let sum = copy(file, &place, &mut |n| {
            done += n;
            read(done)
        })?;
        let path = path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
        copied.push(RecordedFile { path, bytes: *bytes, sha256: Some(sum) });
    }
    Ok(copied)
}

/// Copies a file; its SHA-256 comes back.
fn copy(from: &Path, to: &Path, read: &mut dyn FnMut(u64) -> ControlFlow<()>) -> Result<String, HubError> {
    let mut source = File::open(from).map_err(HubError::disk(from))?;
    let mut target = File::create(to).map_err(HubError::disk(to))?;
    let (mut sum, mut part) = (Sha256::new(), vec![0; PART_BYTES]);
    loop {
        let n = source.read(&mut part).map_err(HubError::disk(from))?;
        if n == 0 {
            break;
        }
        sum.update(&part[..n]);
        target.write_all(&part[..n]).map_err(HubError::disk(to))?;
        if read(n as u64).is_break() {
            return Err(HubError::Ended);
        }
    }
    target.sync_all().map_err(HubError::disk(to))?;
    Ok(hexadecimal(&sum.finalize()))
}
