//! Room on the disk.

use std::{fs, path::Path};

use walkdir::WalkDir;

/// Bytes that this user may still write where `path` lies; none where the system does not say.
#[cfg(unix)]
pub(super) fn free(path: &Path) -> Option<u64> {
    let stat = rustix::fs::statvfs(path).ok()?;
    Some(stat.f_bavail.saturating_mul(stat.f_frsize))
}

/// Bytes that this user may still write where `path` lies; none where the system does not say.
#[cfg(not(unix))]
pub(super) fn free(_path: &Path) -> Option<u64> {
    None
}

/// Bytes of all files under a folder, links followed to what they lead to.
pub(super) fn held(folder: &Path) -> u64 {
    let files = WalkDir::new(folder).max_depth(4).into_iter().filter_map(Result::ok);
    files.filter_map(|entry| fs::metadata(entry.path()).ok()).filter(fs::Metadata::is_file).map(|file| file.len()).sum()
}
