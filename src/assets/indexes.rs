//! Where the program keeps the indexes of data sets that nobody gave a place.

use std::{
    env,
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};

use super::{HomeError, home};
use crate::picture::hexadecimal;

/// How a file of an index ends.
const INDEX_ENDING: &str = ".terrasight.sqlite";

/// Where the index of a folder, a table or a list lies unless somebody says otherwise: among the program's own files, in a
/// folder of its own, since many folders have the same name. The same source has the same place every time.
pub fn index_place(source: &Path) -> Result<PathBuf, HomeError> {
    let whole = fs::canonicalize(source).or_else(|_not_there| std::path::absolute(source));
    let whole = whole.unwrap_or_else(|_no_folder_to_start_from| source.to_owned());
    let sum = Sha256::digest(whole.as_os_str().as_encoded_bytes());
    let own = hexadecimal(&sum[..4]);
    Ok(folder()?.join(own).join(index_name(&whole)))
}

/// What the index of a source is called.
pub fn index_name(source: &Path) -> OsString {
    let mut name = source.file_name().unwrap_or("pictures".as_ref()).to_owned();
    name.push(INDEX_ENDING);
    name
}

/// Makes the folder for an index where [`index_place`] put it; any other folder is the user's to make.
pub fn make_index_place(file: &Path) -> io::Result<()> {
    match (folder(), file.parent()) {
        (Ok(ours), Some(parent)) if parent.starts_with(&ours) => fs::create_dir_all(parent),
        _ => Ok(()),
    }
}

/// A relative home would be another one wherever the program is started; indexes stay where they are.
fn folder() -> Result<PathBuf, HomeError> {
    let home = home()?;
    let here = env::current_dir().unwrap_or_default();
    Ok(here.join(home).join("indexes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_source_has_a_place_of_its_own_among_the_programs_files() {
        let [one, other] = ["/a/streets", "/b/streets"].map(|source| index_place(Path::new(source)).unwrap());
        assert_ne!(one, other);
        assert_eq!(one, index_place(Path::new("/a/streets")).unwrap());
        assert!(one.starts_with(env::current_dir().unwrap().join(home().unwrap())));
        assert!(one.ends_with("streets.terrasight.sqlite"), "{}", one.display());
    }

    #[test]
    fn only_its_own_folder_is_made() {
        let folder = tempfile::tempdir().unwrap();
        make_index_place(&folder.path().join("mine/a.sqlite")).unwrap();
        assert!(!folder.path().join("mine").exists());
    }
}
