//! Models on their way out: a folder that is to be deleted leaves its place under another name first.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// How the name of such a folder ends.
const GONE: &str = ".gone";

/// Where the folder of this model goes to be deleted.
pub(super) fn gone_of(models: &Path, name: &str) -> PathBuf {
    models.join(format!(".{name}{GONE}"))
}

/// Deletes what a removal has left that was killed. What cannot be deleted now is tried again the next time.
pub(super) fn clear_gone(models: &Path) {
    for entry in fs::read_dir(models).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        if name.starts_with(b".") && name.ends_with(GONE.as_bytes()) {
            let _next_time = fs::remove_dir_all(entry.path());
        }
    }
}
