//! The table in a folder of pictures that says where they were taken.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::dataset::table::{Role, TableOptions, TablePreview};

/// The table in a folder of pictures that says where they were taken, if there is one: `manifest.csv` before others.
pub fn manifest_in(folder: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?.filter_map(Result::ok).map(|entry| entry.path());
    let is_table = |file: &PathBuf| {
        file.extension().is_some_and(|ending| ["csv", "tsv"].iter().any(|known| ending.eq_ignore_ascii_case(known)))
    };
    let mut tables: Vec<PathBuf> = entries.filter(is_table).take(100).collect();
    tables.sort_by_key(|file| (file.file_stem().is_none_or(|stem| stem != "manifest"), file.clone()));
    tables.into_iter().find(|file| {
        let preview = TablePreview::of(file, &TableOptions::default().columns);
        preview.is_ok_and(|seen| seen.columns.place(Role::Path).is_some() && seen.columns.has_position())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_with_paths_and_places_is_the_manifest() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("a-scores.csv", "path,score\na.jpg,1\n");
        assert_eq!(manifest_in(folder.path()), None);
        write("places.csv", "file;lat;lng\na.jpg;48,5;2,5\n");
        assert_eq!(manifest_in(folder.path()), Some(folder.path().join("places.csv")));
        write("manifest.csv", "path,latitude,longitude\na.jpg,1,2\n");
        assert_eq!(manifest_in(folder.path()), Some(folder.path().join("manifest.csv")));
    }
}
