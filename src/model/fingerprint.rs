//! SHA-256 of a model's files, so that a finding says which model it came from. A file of gigabytes is read once: what was
//! found is kept in the program's folder by path, size and time of change.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::directory::json_file;
use super::error::ModelError;
use super::weights::weight_files;
use crate::home::home;

/// The file in the program's folder.
const STORE: &str = "fingerprints.json";

/// Files that are remembered at most; when there are more, all are forgotten.
const MOST: usize = 4096;

/// A file of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileDigest {
    /// Its name in the model's folder.
    pub name: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

/// What was found of one file.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    bytes: u64,
    changed_ns: u128,
    sha256: String,
}

/// The files in `directory` that decide what its model answers, by name: weights, configuration, tokenizer, template.
pub(crate) fn digests(directory: &Path) -> Result<Vec<FileDigest>, ModelError> {
    // Without a folder of the program's own nothing is remembered, and all is computed.
    digests_with(directory, home().ok().map(|home| home.join(STORE)).as_deref())
}

fn digests_with(directory: &Path, store: Option<&Path>) -> Result<Vec<FileDigest>, ModelError> {
    let mut kept = store.map(read_store).unwrap_or_default();
    let mut is_new = false;
    let mut found = Vec::new();
    for path in files(directory)? {
        let failed = |source| ModelError::Read { path: path.clone(), source };
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // The hub's cache keeps links; what they lead to is the file.
        let whole = path.canonicalize().map_err(failed)?;
        let metadata = whole.metadata().map_err(failed)?;
        let changed = metadata.modified().map_err(failed)?.duration_since(UNIX_EPOCH).unwrap_or_default();
        let (bytes, changed_ns) = (metadata.len(), changed.as_nanos());
        let key = whole.to_string_lossy().into_owned();
        let known = kept.get(&key).filter(|kept| (kept.bytes, kept.changed_ns) == (bytes, changed_ns));
        let sha256 = match known {
            Some(known) => known.sha256.clone(),
            None => {
                let sha256 = sha256_of(&whole).map_err(failed)?;
                kept.insert(key, Kept { bytes, changed_ns, sha256: sha256.clone() });
                is_new = true;
                sha256
            }
        };
        found.push(FileDigest { name, sha256 });
    }
    if let Some(store) = store.filter(|_| is_new)
        && let Err(error) = write_store(store, &kept)
    {
        tracing::warn!("{}: {error}; the files of a model are read again next time", store.display());
    }
    Ok(found)
}

/// The weights and, beside them, the small files of text.
fn files(directory: &Path) -> Result<Vec<PathBuf>, ModelError> {
    let read = |source| ModelError::Read { path: directory.to_path_buf(), source };
    let mut files = weight_files(directory)?;
    for entry in std::fs::read_dir(directory).map_err(read)? {
        let path = entry.map_err(read)?.path();
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        if matches!(extension, "json" | "jinja" | "txt" | "tiktoken" | "model") && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn sha256_of(path: &Path) -> io::Result<String> {
    let mut sha = Sha256::new();
    let mut file = File::open(path)?;
    let mut part = vec![0; 1 << 20];
    loop {
        match file.read(&mut part)? {
            0 => break,
            read => sha.update(&part[..read]),
        }
    }
    Ok(sha.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A store that cannot be read is an empty one: all that it holds can be computed again.
fn read_store(path: &Path) -> BTreeMap<String, Kept> {
    let read = json_file(path).map(Option::unwrap_or_default);
    let kept = read.map_err(|e| e.to_string()).and_then(|kept| match kept {
        serde_json::Value::Null => Ok(BTreeMap::new()),
        kept => serde_json::from_value(kept).map_err(|e| e.to_string()),
    });
    match kept {
        Ok(kept) if kept.len() < MOST => kept,
        Ok(_) => BTreeMap::new(),
        Err(error) => {
            tracing::warn!("{}: {error}", path.display());
            BTreeMap::new()
        }
    }
}

fn write_store(path: &Path, kept: &BTreeMap<String, Kept>) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(&serde_json::to_vec_pretty(kept)?)?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_once_and_again_when_it_has_changed() {
        let (folder, kept) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (weights, store) = (folder.path().join("model.safetensors"), kept.path().join("a").join(STORE));
        std::fs::write(&weights, "abc").unwrap();
        std::fs::write(folder.path().join("config.json"), "{}").unwrap();
        std::fs::write(folder.path().join("README.md"), "not a part of it").unwrap();
        let first = digests_with(folder.path(), Some(&store)).unwrap();
        let names: Vec<_> = first.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["config.json", "model.safetensors"]);
        assert_eq!(first[1].sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        // What the store says is believed as long as size and time are the same.
        let text = std::fs::read_to_string(&store).unwrap().replace("ba7816bf", "00000000");
        std::fs::write(&store, text).unwrap();
        assert!(digests_with(folder.path(), Some(&store)).unwrap()[1].sha256.starts_with("00000000"));
        std::fs::write(&weights, "abcd").unwrap();
        assert!(digests_with(folder.path(), Some(&store)).unwrap()[1].sha256.starts_with("88d4266f"));
        std::fs::write(&store, "{").unwrap();
        assert!(digests_with(folder.path(), Some(&store)).unwrap()[1].sha256.starts_with("88d4266f"));
        assert!(digests_with(folder.path(), None).is_ok());
    }
}
