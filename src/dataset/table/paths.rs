//! The files that the paths of a table mean.

use std::{
    cell::OnceCell,
    collections::HashMap,
    path::{Component, Path, PathBuf},
};

use walkdir::{DirEntry, WalkDir};

use super::problem::RowProblem;
use crate::{
    dataset::left_out::{is_hidden, is_left_out},
    picture::is_named_as_picture,
};

/// Where the relative paths of a table start from. They may not lead out of that folder, so that a table from elsewhere
/// cannot reach into the rest of the disk by `../`; absolute paths are what the user wrote on purpose.
pub(in crate::dataset) struct Paths {
    root: PathBuf,
    /// The pictures below the root by their names without ending, none where several have the name; looked up when a
    /// table first gives such names.
    by_stem: OnceCell<HashMap<String, Option<PathBuf>>>,
}

impl Paths {
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), by_stem: OnceCell::new() }
    }

    /// The file that a cell means: `photos\a.jpg` is found where `\` is a letter of names too, and a bare identifier, as
    /// OSV-5M has it, is the only picture of that name, wherever it lies below the root.
    pub fn resolve(&self, name: &str) -> Result<PathBuf, RowProblem> {
        if name.is_empty() {
            return Err(RowProblem::NoFile);
        }
        let path = Path::new(name);
        if path.is_absolute() {
            return Ok(self.moved(path).unwrap_or_else(|| path.to_owned()));
        }
        let with_slashes = name.replace('\\', "/");
        let is_name = name.contains('\\') && !leads_out(path) && self.root.join(path).exists();
        let path = if is_name { path } else { Path::new(&with_slashes) };
        if leads_out(path) {
            return Err(RowProblem::LeavesFolder(name.to_owned()));
        }
        let file = self.root.join(path);
        let is_bare = path.components().count() == 1 && !is_named_as_picture(path);
        if !is_bare || file.exists() {
            return Ok(file);
        }
        match self.pictures().get(name) {
            Some(Some(picture)) => Ok(picture.clone()),
            Some(None) => Err(RowProblem::Ambiguous(name.to_owned())),
            None => Ok(file),
        }
    }

    /// Where a picture lies by now whose path is another machine's: below the root, by as many of its last parts as are there.
    fn moved(&self, path: &Path) -> Option<PathBuf> {
        if path.exists() || path.components().any(|part| part == Component::ParentDir) {
            return None;
        }
        let mut rest = path.components();
        // The first is where its disk begins.
        while rest.next().is_some() && rest.clone().next().is_some() {
            let file = self.root.join(rest.as_path());
            if file.is_file() {
                return Some(file);
            }
        }
        None
    }

    fn pictures(&self) -> &HashMap<String, Option<PathBuf>> {
        self.by_stem.get_or_init(|| {
            // Labels and thumbnails are often called as their pictures are.
            let is_looked_into = |entry: &DirEntry| entry.depth() == 0 || !is_hidden(entry) && !is_left_out(entry);
            let entries = WalkDir::new(&self.root).into_iter().filter_entry(is_looked_into);
            let files = entries.filter_map(Result::ok).map(DirEntry::into_path);
            let mut by_stem = HashMap::new();
            for file in files.filter(|file| is_named_as_picture(file)) {
                if let Some(stem) = file.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned) {
                    by_stem.entry(stem).and_modify(|found| *found = None).or_insert(Some(file));
                }
            }
            by_stem
        })
    }
}

fn leads_out(path: &Path) -> bool {
    let mut depth = 0_i32;
    path.components().any(|part| {
        depth += match part {
            Component::Normal(_) => 1,
            Component::CurDir => 0,
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => -1,
        };
        depth < 0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_stay_inside() {
        let paths = Paths::new(Path::new("set"));
        for outside in ["../a.png", "a/../../b.png", "..\\a.png", "a\\..\\..\\b.png"] {
            assert_eq!(paths.resolve(outside), Err(RowProblem::LeavesFolder(outside.to_owned())));
        }
        assert_eq!(paths.resolve("a/../b.png"), Ok("set/a/../b.png".into()));
        let absolute = std::env::temp_dir().join("b.png");
        assert_eq!(paths.resolve(absolute.to_str().unwrap()), Ok(absolute));
    }

    /// Lists of conversations often have the paths of whoever made them.
    #[test]
    fn the_path_of_another_machine_is_found_below_the_root() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(file("set/photos")).unwrap();
        for name in ["0.jpg", "set/0.jpg", "set/photos/1.jpg"] {
            std::fs::write(file(name), b"x").unwrap();
        }
        let paths = Paths::new(folder.path());
        assert_eq!(paths.resolve("/data/somebody/set/0.jpg"), Ok(file("set/0.jpg")), "as much of it as is there");
        assert_eq!(paths.resolve("/data/somebody/set/photos/1.jpg"), Ok(file("set/photos/1.jpg")));
        assert_eq!(paths.resolve("/data/somebody/0.jpg"), Ok(file("0.jpg")));
        for gone in ["/data/somebody/2.jpg", "/data/../0.jpg"] {
            assert_eq!(paths.resolve(gone), Ok(gone.into()), "it is said to be missing as it is called");
        }
        let here = file("set/0.jpg");
        assert_eq!(paths.resolve(here.to_str().unwrap()), Ok(here));
    }

    #[test]
    fn backslashes_and_bare_names_find_their_pictures() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(file("photos/00")).unwrap();
        for name in ["photos/a.jpg", "photos/00/546314506564628.jpg"] {
            std::fs::write(file(name), b"x").unwrap();
        }
        let paths = Paths::new(folder.path());
        assert_eq!(paths.resolve("photos\\a.jpg"), Ok(file("photos/a.jpg")));
        assert_eq!(paths.resolve("546314506564628"), Ok(file("photos/00/546314506564628.jpg")));
        assert_eq!(paths.resolve("7"), Ok(file("7")), "it is said to be missing when it is opened");
    }

    #[test]
    fn a_bare_name_of_several_pictures_is_none_of_them() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a/123.jpg", "b/123.jpg", "c/123.png", "b/124.jpg", "labels/124.png", ".thumbnails/124.jpg"] {
            let file = folder.path().join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, b"x").unwrap();
        }
        let paths = Paths::new(folder.path());
        assert_eq!(paths.resolve("123"), Err(RowProblem::Ambiguous("123".to_owned())));
        assert_eq!(paths.resolve("124"), Ok(folder.path().join("b/124.jpg")));
        assert_eq!(paths.resolve("a/123.jpg"), Ok(folder.path().join("a/123.jpg")));
    }
}
