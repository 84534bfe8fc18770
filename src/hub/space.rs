//! What folders hold.

use std::{fs, path::Path};

use walkdir::WalkDir;

/// Bytes of all files under a folder, links followed to what they lead to.
pub(super) fn held(folder: &Path) -> u64 {
    let files = WalkDir::new(folder).max_depth(4).into_iter().filter_map(Result::ok);
    files.filter_map(|entry| fs::metadata(entry.path()).ok()).filter(fs::Metadata::is_file).map(|file| file.len()).sum()
}
