//! KMZ: a KML file packed in a ZIP archive, with pictures beside it that are passed over.

use std::io::{Cursor, Read as _};

use zip::ZipArchive;

use super::{MOST_BYTES, RegionFileProblem, quoted};

/// The document in an archive: the first KML file at its root, or else the first in any folder.
pub(super) fn document(archive: &[u8]) -> Result<Vec<u8>, RegionFileProblem> {
    let unsound = |error: &dyn std::fmt::Display| RegionFileProblem::Packed(quoted(&error.to_string()));
    let mut archive = ZipArchive::new(Cursor::new(archive)).map_err(|error| unsound(&error))?;
    let names = archive.file_names().filter_map(|name| Some(name.ok()?.into_owned()));
    let names: Vec<String> = names.filter(|name| name.to_lowercase().ends_with(".kml")).collect();
    let name = names.iter().find(|name| !name.contains('/')).or(names.first());
    let name = name.ok_or(RegionFileProblem::NoDocument)?;
    let file = archive.by_name(name).map_err(|error| unsound(&error))?;
    // What the archive says of the size may be wrong.
    let mut document = Vec::new();
    file.take(MOST_BYTES + 1).read_to_end(&mut document).map_err(|error| unsound(&error))?;
    if document.len() as u64 > MOST_BYTES { Err(RegionFileProblem::TooLargeUnpacked) } else { Ok(document) }
}
