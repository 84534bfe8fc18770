//! How much of a disk is free.

use std::path::Path;

/// Bytes that this user may still write where `path` lies; none where the system does not say.
#[cfg(unix)]
pub fn free(path: &Path) -> Option<u64> {
    let stat = rustix::fs::statvfs(path).ok()?;
    Some(stat.f_bavail.saturating_mul(stat.f_frsize))
}

/// Bytes that this user may still write where `path` lies; none where the system does not say.
#[cfg(not(unix))]
pub fn free(_path: &Path) -> Option<u64> {
    None
}
