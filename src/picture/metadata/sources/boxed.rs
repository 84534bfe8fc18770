//! Containers made of boxes: HEIC and AVIF, JPEG XL (ISO 18181-2), JPEG 2000 (ISO 15444-1), and Canon's CR3.

use crate::picture::{
    heif::{
        boxes::{Bytes, boxes},
        container::Container,
    },
    tiff,
};

use super::{MAX_PIECES, Sources};

/// Boxes whose meaning is told by sixteen bytes: Exif and XMP in JPEG 2000.
const UUID_EXIF: &[u8] = b"JpgTiffExif->JP2";
const UUID_XMP: &[u8] = b"\xbe\x7a\xcf\xcb\x97\xa9\x42\xe8\x9c\x71\x99\x94\x91\xe3\xaf\xac";

pub(super) fn heif(file: &[u8], sources: &mut Sources) {
    let Some(container) = Container::open(file) else { return };
    if let Some(exif) = container.exif() {
        add_exif_item(&exif, sources);
    }
    for packet in container.xmp().take(MAX_PIECES) {
        sources.add_xmp(&packet);
    }
}

/// Before the block stands how many bytes are to be passed over.
fn add_exif_item(item: &[u8], sources: &mut Sources) {
    let mut bytes = Bytes(item);
    if let Some(skipped) = bytes.u32()
        && bytes.take(skipped as usize).is_some()
    {
        sources.add_exif(bytes.0);
    }
}

/// The formats after JPEG, whose pixels are not decoded.
pub(super) fn jpeg_successors(file: &[u8], sources: &mut Sources) {
    for (kind, body) in boxes(file) {
        match &kind {
            b"Exif" => add_exif_item(body, sources),
            b"xml " => sources.add_xmp(body),
            b"uuid" if body.starts_with(UUID_EXIF) => sources.add_exif(&body[UUID_EXIF.len()..]),
            b"uuid" if body.starts_with(UUID_XMP) => sources.add_xmp(&body[UUID_XMP.len()..]),
            _ => {}
        }
    }
}

/// Canon's own box of sixteen bytes holds each directory as a TIFF of its own: about the file, the taking, the place.
pub(super) fn canon(file: &[u8], sources: &mut Sources) {
    let inside = |(kind, body)| if &kind == b"moov" { Some(boxes(body)) } else { None };
    for (kind, body) in boxes(file).filter_map(inside).flatten() {
        if &kind != b"uuid" {
            continue;
        }
        for (kind, block) in boxes(body.get(16..).unwrap_or_default()) {
            let block = match &kind {
                b"CMT1" => Some(block.to_vec()),
                b"CMT2" => tiff::pointed_to_by(tiff::EXIF_POINTER, block),
                b"CMT4" => tiff::pointed_to_by(tiff::GPS_POINTER, block),
                _ => None,
            };
            if let Some(block) = block {
                sources.add_exif(&block);
            }
        }
    }
}
