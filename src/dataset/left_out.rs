//! What lies in folders of pictures and is none of the data set: images of labels, thumbnails and scraps of other programs.

use walkdir::DirEntry;

/// Folders whose pictures are left out, wherever they lie: `labels` of data sets (one class a pixel), thumbnails of network
/// disks (`@eaDir`, `.@__thumb`), what macOS packs beside files (`__MACOSX`), and bins.
const FOLDERS: &[&str] = &["labels", "@eaDir", ".@__thumb", "__MACOSX", ".thumbnails", "#recycle", "$RECYCLE.BIN"];

/// Whether a folder within the one that is indexed holds no pictures of the data set.
pub(super) fn is_left_out(folder: &DirEntry) -> bool {
    FOLDERS.iter().any(|name| folder.file_name() == *name)
}

/// Whether a file is a scrap that macOS leaves on foreign disks.
pub(super) fn is_scrap(file: &DirEntry) -> bool {
    file.file_name().as_encoded_bytes().starts_with(b"._")
}

/// Whether a file or folder is hidden.
pub(super) fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().as_encoded_bytes().starts_with(b".")
}
