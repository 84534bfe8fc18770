//! Segments of a JPEG up to its first scan (ITU-T T.81, B.1.1; XMP specification, part 3, 1.1.3).

use std::collections::BTreeMap;

use super::{EXIF_START, MAX_UNPACKED_BYTES, Sources};

const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const EXTENDED_XMP: &[u8] = b"http://ns.adobe.com/xmp/extension/\0";

/// The number of the packet that a piece belongs to, in hexadecimal.
const GUID_BYTES: usize = 32;

pub(super) fn walk(file: &[u8], sources: &mut Sources) {
    let mut extended: BTreeMap<&[u8], Vec<u8>> = BTreeMap::new();
    let mut rest = file.get(2..).unwrap_or_default();
    // Stray bytes may stand between segments.
    while let Some(at) = rest.iter().position(|byte| *byte == 0xff) {
        rest = &rest[at..];
        let n_fill = rest.iter().take_while(|byte| **byte == 0xff).count();
        let Some(marker) = rest.get(n_fill) else { break };
        rest = &rest[n_fill + 1..];
        match marker {
            0x00 | 0x01 | 0xd0..=0xd8 => continue,
            // The first scan, or the end.
            0xd9 | 0xda => break,
            _ => {}
        }
        let Some(segment) = segment(rest) else { break };
        rest = &rest[segment.len() + 2..];
        match marker {
            0xe1 if segment.starts_with(EXIF_START) => sources.add_exif(segment),
            0xe1 if segment.starts_with(XMP) => sources.add_xmp(&segment[XMP.len()..]),
            0xe1 if segment.starts_with(EXTENDED_XMP) => {
                let _ = add_piece(&segment[EXTENDED_XMP.len()..], &mut extended);
            }
            0xfe => sources.add_text("Comment", &String::from_utf8_lossy(segment)),
            _ => {}
        }
    }
    for packet in extended.values() {
        sources.add_xmp(packet);
    }
}

fn segment(rest: &[u8]) -> Option<&[u8]> {
    let length = u16::from_be_bytes(rest.get(..2)?.try_into().ok()?);
    rest.get(2..usize::from(length).max(2))
}

/// A piece names its packet, the packet's length, and where in it it lies.
fn add_piece<'a>(piece: &'a [u8], packets: &mut BTreeMap<&'a [u8], Vec<u8>>) -> Option<()> {
    let (guid, rest) = piece.split_at_checked(GUID_BYTES)?;
    let number = |at: usize| Some(u32::from_be_bytes(rest.get(at..at + 4)?.try_into().ok()?) as usize);
    let (length, offset, part) = (number(0)?, number(4)?, rest.get(8..)?);
    if length > MAX_UNPACKED_BYTES || packets.len() > 4 {
        return None;
    }
    let packet = packets.entry(guid).or_insert_with(|| vec![b' '; length]);
    packet.get_mut(offset..offset.checked_add(part.len())?)?.copy_from_slice(part);
    Some(())
}
