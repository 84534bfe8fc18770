//! Where the window keeps its evaluations.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::{HomeError, home};

/// The folder of all evaluations that the window has made.
pub fn evaluations_folder() -> Result<PathBuf, HomeError> {
    Ok(home()?.join("evaluations"))
}

/// A folder for a new one, called by the time it is, in UTC, so that later ones come later by name.
pub fn evaluation_place() -> Result<PathBuf, HomeError> {
    let name = Timestamp::now().strftime("%Y-%m-%d %H-%M-%S").to_string();
    Ok(unused(&evaluations_folder()?, &name))
}

/// The first of `name`, `name b`, `name c` that is not there yet.
fn unused(all: &Path, name: &str) -> PathBuf {
    let others = ('b'..='z').map(|letter| all.join(format!("{name} {letter}")));
    let mut places = std::iter::once(all.join(name)).chain(others);
    places.find(|place| !place.exists()).unwrap_or_else(|| all.join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_evaluation_has_a_folder_of_its_own() {
        let all = tempfile::tempdir().unwrap();
        let first = unused(all.path(), "a");
        std::fs::create_dir(&first).unwrap();
        assert_eq!((first, unused(all.path(), "a")), (all.path().join("a"), all.path().join("a b")));
    }
}
