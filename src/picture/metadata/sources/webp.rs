//! Chunks of a WebP (RIFF; WebP container specification): `EXIF` and `XMP `.

use super::Sources;

pub(super) fn walk(file: &[u8], sources: &mut Sources) {
    let mut rest = file.get(12..).unwrap_or_default();
    while let Some((kind, data, after)) = chunk(rest) {
        rest = after;
        match kind {
            b"EXIF" => sources.add_exif(data),
            b"XMP " => sources.add_xmp(data),
            _ => {}
        }
    }
}

/// A chunk's four letters, its data, and what follows: chunks begin at even places.
fn chunk(rest: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let length = u32::from_le_bytes(rest.get(4..8)?.try_into().ok()?) as usize;
    let data = rest.get(8..)?.get(..length)?;
    Some((&rest[..4], data, rest.get(8 + length + length % 2..).unwrap_or_default()))
}
