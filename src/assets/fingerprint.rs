//! The SHA-256 of a model's files, by which a finding can be repeated. It is computed once, beside other work, and kept under
//! the program's home by each file's path, size and time.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::OnceLock,
    thread::{Builder, JoinHandle},
    time::UNIX_EPOCH,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{home, write_whole};
use crate::{
    model::gguf_parts,
    picture::{hexadecimal, sha256_of},
};

/// The file under the program's home.
const KEPT: &str = "fingerprints.json";
/// More files than this are no model's.
const MOST_FILES: usize = 4096;

/// What is known of one file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Known {
    bytes: u64,
    /// Seconds and nanoseconds since 1970.
    modified: (u64, u32),
    sha256: String,
}

/// A hash that is being computed, or is there.
pub struct Fingerprint {
    coming: Option<JoinHandle<Option<String>>>,
    there: OnceLock<Option<String>>,
}

impl Fingerprint {
    /// Begins to compute the hash of a model's folder, or of the GGUF files that one of them stands for, on a thread of its own.
    pub fn of(model: PathBuf) -> Self {
        let kept = home().ok().map(|home| home.join(KEPT));
        let thread = Builder::new().name("terrasight-fingerprint".to_owned());
        let coming = thread.spawn(move || match of_model(&model, kept.as_deref()) {
            Ok(hash) => Some(hash),
            Err(error) => {
                tracing::warn!("{}: its files cannot be hashed: {error}", model.display());
                None
            }
        });
        Self { coming: coming.ok(), there: OnceLock::new() }
    }

    /// The hash, waited for the first time; none where the files could not be read.
    pub fn get(&mut self) -> Option<String> {
        let coming = self.coming.take();
        self.there.get_or_init(|| coming.and_then(|thread| thread.join().ok().flatten())).clone()
    }
}

/// One hash of a model's files: of a line for each, `SHA-256 of the file, two blanks, its name`, by name.
fn of_model(model: &Path, kept: Option<&Path>) -> io::Result<String> {
    let mut known = kept.map(kept_in).unwrap_or_default();
    let before = known.clone();
    let mut lines = String::new();
    for path in files_of(model)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        lines += &format!("{}  {name}\n", of_file(&path, &mut known)?);
    }
    if let (true, Some(kept)) = (known != before, kept) {
        let text = serde_json::to_string_pretty(&known).map_err(io::Error::other)?;
        write_whole(kept, text.as_bytes())?;
    }
    Ok(hexadecimal(&Sha256::digest(lines.as_bytes())))
}

/// All plain files of a folder, or the GGUF files that make up one model, by name.
fn files_of(model: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = match model.is_dir() {
        true => fs::read_dir(model)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?,
        false => gguf_parts(model).map_err(io::Error::other)?,
    };
    files.retain(|path| path.is_file());
    files.sort();
    files.truncate(MOST_FILES);
    if files.is_empty() { Err(io::ErrorKind::NotFound.into()) } else { Ok(files) }
}

fn of_file(path: &Path, known: &mut BTreeMap<String, Known>) -> io::Result<String> {
    // Hubs keep a model's files as links into a store; the file itself is what is known.
    let there = fs::canonicalize(path)?;
    let facts = fs::metadata(&there)?;
    let modified = facts.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (bytes, modified) = (facts.len(), (modified.as_secs(), modified.subsec_nanos()));
    let key = there.to_string_lossy().into_owned();
    if let Some(found) = known.get(&key).filter(|found| found.bytes == bytes && found.modified == modified) {
        return Ok(found.sha256.clone());
    }
    let sha256 = sha256_of(&there)?;
    known.insert(key, Known { bytes, modified, sha256: sha256.clone() });
    Ok(sha256)
}

/// What was kept; nothing where the file is missing or cannot be read, which costs time only.
fn kept_in(kept: &Path) -> BTreeMap<String, Known> {
    fs::read(kept).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_of_names_and_bytes_and_is_kept() {
        let (folder, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let kept = home.path().join(KEPT);
        fs::write(folder.path().join("config.json"), "{}").unwrap();
        fs::write(folder.path().join("a.bin"), "abc").unwrap();
        let first = of_model(folder.path(), Some(&kept)).unwrap();
        // sha256sum a.bin config.json | sha256sum
        assert_eq!(first, "da1549ca46ffd4fff7af008ca55de9aebdbcdc63d29603a2d48ccb83b9cf87e5");
        assert_eq!(of_model(folder.path(), Some(&kept)).unwrap(), first);
        assert_eq!(kept_in(&kept).len(), 2);
        fs::write(folder.path().join("a.bin"), "abcd").unwrap();
        let other = of_model(folder.path(), Some(&kept)).unwrap();
        assert_ne!(other, first);
        fs::rename(folder.path().join("a.bin"), folder.path().join("b.bin")).unwrap();
        assert_ne!(of_model(folder.path(), None).unwrap(), other);
    }

    #[test]
    fn a_gguf_file_stands_for_all_files_of_its_model_and_no_others() {
        let folder = tempfile::tempdir().unwrap();
        let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/gguf");
        let copy = |name: &str| {
            let file = reference.join(name);
            let target = folder.path().join(file.file_name().unwrap());
            fs::copy(&file, &target).unwrap();
            target
        };
        let (text, vision) = (copy("pair/tiny-BF16.gguf"), copy("pair/mmproj-tiny-BF16.gguf"));
        let first = of_model(&text, None).unwrap();
        assert_eq!(first, of_model(folder.path(), None).unwrap(), "there is nothing else yet");
        let shards = ["words/tiny-00001-of-00002.gguf", "words/tiny-00002-of-00002.gguf"].map(copy);
        assert_eq!(of_model(&text, None).unwrap(), first, "another model beside it");
        let words = of_model(&shards[0], None).unwrap();
        assert_eq!(of_model(&shards[1], None).unwrap(), words, "whichever shard is named");
        for changed in [&vision, &shards[1]] {
            let bytes = fs::read(changed).unwrap();
            fs::write(changed, [&bytes[..], b"."].concat()).unwrap();
        }
        assert_ne!(of_model(&text, None).unwrap(), first);
        assert_ne!(of_model(&shards[0], None).unwrap(), words);
    }

    #[test]
    fn a_kept_hash_is_taken_and_a_damaged_store_does_no_harm() {
        let (folder, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (kept, file) = (home.path().join(KEPT), folder.path().join("a.bin"));
        fs::write(&file, "abc").unwrap();
        let mut known = BTreeMap::new();
        of_file(&file, &mut known).unwrap();
        known.values_mut().for_each(|known| known.sha256 = "taken".to_owned());
        assert_eq!(of_file(&file, &mut known).unwrap(), "taken");
        fs::write(&kept, "{").unwrap();
        assert!(of_model(folder.path(), Some(&kept)).is_ok());
        assert_eq!(kept_in(&kept).len(), 1);
    }

    #[test]
    fn a_folder_that_is_not_there_has_no_hash() {
        assert_eq!(Fingerprint::of(PathBuf::from("/no/such/folder")).get(), None);
        let empty = tempfile::tempdir().unwrap();
        assert_eq!(Fingerprint::of(empty.path().to_owned()).get(), None);
    }
}
