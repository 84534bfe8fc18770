//! The directories of a TIFF (TIFF 6.0, section 2): what the libraries for pixels and for Exif do not do with them.

use std::collections::BTreeSet;

/// More directories than this are not read.
const MAX_DIRECTORIES: usize = 64;

/// The pointers to the directories about the taking and about the place (Exif 2.3, 4.6.3).
pub(super) const EXIF_POINTER: u16 = 0x8769;
pub(super) const GPS_POINTER: u16 = 0x8825;

/// Pointers to further directories: previews and pages of a raw file, Exif, GPS, interoperability.
const SUB_DIRECTORIES: [u16; 4] = [330, EXIF_POINTER, GPS_POINTER, 0xa005];

const PHOTOMETRIC: u16 = 262;
const DNG_VERSION: u16 = 50_706;
const XMP: u16 = 700;

/// A sensor's mosaic, and one made linear (DNG 1.7).
const SENSOR: [usize; 2] = [32_803, 34_892];

/// The type of a pointer to a directory (TIFF technical note 1), which readers of Exif take for unknown, and the long
/// integer that means the same.
const DIRECTORY: u16 = 13;
const LONG: u16 = 4;

/// An entry of a directory.
struct Entry {
    /// Where it lies in the file.
    at: usize,
    tag: u16,
    kind: u16,
    count: usize,
    /// Its value, or where that lies.
    value: usize,
}

/// Whether the file holds a sensor's own data.
pub(super) fn is_camera_raw(file: &[u8]) -> bool {
    let canon = file.get(8..10) == Some(b"CR") && file.starts_with(b"II");
    let tells = |entry: &Entry| {
        entry.tag == DNG_VERSION || entry.tag == PHOTOMETRIC && SENSOR.contains(&short_value(file, entry))
    };
    canon || entries(file).iter().any(tells)
}

/// The XMP packet of the first directory that has one.
pub(super) fn xmp(file: &[u8]) -> Option<&[u8]> {
    let entry = entries(file).into_iter().find(|entry| entry.tag == XMP)?;
    file.get(entry.value..)?.get(..entry.count)
}

/// Makes pointers of the type "directory" into long integers, so that they are followed, and gives the files of camera
/// makers that count otherwise the number of TIFF.
pub(super) fn make_plain(file: &mut [u8]) {
    if is_big(file) {
        return;
    }
    let pointers: Vec<usize> =
        entries(file).iter().filter(|entry| entry.kind == DIRECTORY).map(|entry| entry.at).collect();
    let little = file.starts_with(b"II");
    for at in pointers {
        let long = if little { LONG.to_le_bytes() } else { LONG.to_be_bytes() };
        if let Some(kind) = file.get_mut(at + 2..at + 4) {
            kind.copy_from_slice(&long);
        }
    }
    if let Some(number) = file.get_mut(2..4) {
        number.copy_from_slice(&if little { 42u16.to_le_bytes() } else { 42u16.to_be_bytes() });
    }
}

/// A TIFF whose first directory is the one that a pointer of its own would lead to (Exif, GPS), with that pointer put in
/// front of it: so Canon keeps them in CR3.
pub(super) fn pointed_to_by(pointer: u16, block: &[u8]) -> Option<Vec<u8>> {
    let start = u32::try_from(number(block, 4, 4)?).ok()?;
    let little = block.starts_with(b"II");
    let short = |number: u16| if little { number.to_le_bytes() } else { number.to_be_bytes() };
    let long = |number: u32| if little { number.to_le_bytes() } else { number.to_be_bytes() };
    let mut file = block.to_vec();
    let at = u32::try_from(file.len()).ok()?;
    file.get_mut(4..8)?.copy_from_slice(&long(at));
    // One entry, and no directory behind this one.
    file.extend([short(1), short(pointer), short(LONG)].concat());
    file.extend([long(1), long(start), long(0)].concat());
    Some(file)
}

/// Whether it is a BigTIFF, whose directories look otherwise and are not read here.
pub(super) fn is_big(file: &[u8]) -> bool {
    file.get(2..4).is_some_and(|number| number.contains(&43))
}

/// The entries of every directory.
fn entries(file: &[u8]) -> Vec<Entry> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    if is_big(file) {
        return found;
    }
    let mut waiting: Vec<usize> = number(file, 4, 4).into_iter().collect();
    while let Some(start) = waiting.pop() {
        if seen.len() >= MAX_DIRECTORIES || !seen.insert(start) {
            continue;
        }
        let Some(n_entries) = number(file, start, 2) else { continue };
        for n in 0..n_entries {
            let Some(entry) = entry(file, start + 2 + 12 * n) else { break };
            if SUB_DIRECTORIES.contains(&entry.tag) {
                waiting.extend(pointed_to(file, &entry));
            }
            found.push(entry);
        }
        waiting.extend(number(file, start + 2 + 12 * n_entries, 4).filter(|next| *next != 0));
    }
    found
}

fn entry(file: &[u8], at: usize) -> Option<Entry> {
    let small = |at| number(file, at, 2).map(|number| number as u16);
    Some(Entry {
        at,
        tag: small(at)?,
        kind: small(at + 2)?,
        count: number(file, at + 4, 4)?,
        value: number(file, at + 8, 4)?,
    })
}

/// One pointer stands in the entry itself, several stand elsewhere.
fn pointed_to(file: &[u8], entry: &Entry) -> Vec<usize> {
    if entry.count <= 1 {
        return vec![entry.value];
    }
    (0..entry.count.min(MAX_DIRECTORIES)).map_while(|n| number(file, entry.value.checked_add(4 * n)?, 4)).collect()
}

/// The first of an entry's short numbers.
fn short_value(file: &[u8], entry: &Entry) -> usize {
    number(file, entry.at + 8, 2).unwrap_or_default()
}

/// A number of `n` bytes in the file's own order.
fn number(file: &[u8], at: usize, n: usize) -> Option<usize> {
    let bytes = file.get(at..at.checked_add(n)?)?;
    let add = |number: usize, byte: &u8| number << 8 | usize::from(*byte);
    Some(if file.starts_with(b"II") { bytes.iter().rev().fold(0, add) } else { bytes.iter().fold(0, add) })
}
