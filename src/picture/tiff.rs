//! The directories of a TIFF (TIFF 6.0, section 2): what the libraries for pixels and for Exif do not do with them.

use std::collections::{BTreeSet, VecDeque};

/// More directories than this are not read.
const MAX_DIRECTORIES: usize = 64;

/// Nor more entries, those of all directories together: they may lie in the same bytes too, and a photograph has some hundred.
const MAX_ENTRIES: usize = 1 << 17;

/// The library for Exif reads no more than so many directories that follow each other.
const MAX_CHAIN: usize = 8;

/// The values of all entries together that are read: a letter may take 24 bytes in memory, and many entries may lie in the same
/// bytes.
const MAX_VALUES: usize = 1 << 20;

/// The pointers to the directories about the taking and about the place (Exif 2.3, 4.6.3).
pub(super) const EXIF_POINTER: u16 = 0x8769;
pub(super) const GPS_POINTER: u16 = 0x8825;

/// Pointers that the library for Exif follows: to those two, and about interoperability.
const POINTERS: [u16; 3] = [EXIF_POINTER, GPS_POINTER, 0xa005];

/// Pointers to previews and pages of a raw file.
const SUB_DIRECTORIES: u16 = 330;

const PHOTOMETRIC: u16 = 262;
const DNG_VERSION: u16 = 50_706;
const XMP: u16 = 700;

/// A sensor's mosaic, and one made linear (DNG 1.7).
const SENSOR: [usize; 2] = [32_803, 34_892];

/// Where in an entry its count stands.
const COUNT: std::ops::Range<usize> = 4..8;

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

/// Whether the entries together hold more than is read, so that [`make_plain`] empties some.
pub(super) fn holds_too_much(file: &[u8]) -> bool {
    entries(file).iter().map(|entry| entry.count).sum::<usize>() > MAX_VALUES
}

/// Makes pointers of the type "directory" into long integers, so that they are followed, and gives the files of camera
/// makers that count otherwise the number of TIFF. Entries that hold more than is read are emptied, the longest first. Says
/// whether the library for Exif may read the file: whether what it will find is bounded.
#[must_use]
pub(super) fn make_plain(file: &mut [u8]) -> bool {
    if is_big(file) {
        // The library refuses its number.
        return true;
    }
    let mut entries = entries(file);
    let little = file.starts_with(b"II");
    for entry in entries.iter().filter(|entry| entry.kind == DIRECTORY || POINTERS.contains(&entry.tag)) {
        let long = if little { LONG.to_le_bytes() } else { LONG.to_be_bytes() };
        if let Some(kind) = file.get_mut(entry.at + 2..entry.at + 4) {
            kind.copy_from_slice(&long);
        }
    }
    entries.sort_by_key(|entry| entry.count);
    let mut n_values = 0;
    for entry in entries {
        n_values += entry.count;
        if n_values > MAX_VALUES
            && let Some(count) = file.get_mut(entry.at..).and_then(|bytes| bytes.get_mut(COUNT))
        {
            count.fill(0);
        }
    }
    if let Some(number) = file.get_mut(2..4) {
        number.copy_from_slice(&if little { 42u16.to_le_bytes() } else { 42u16.to_be_bytes() });
    }
    is_bounded(file)
}

/// Whether the library for Exif finds no more than is read. It has no bound of its own: directories that overlap give it
/// gigabytes out of a small file. What it follows is followed here: a chain of directories, and a pointer's first value.
fn is_bounded(file: &[u8]) -> bool {
    let (mut n_found, mut n_values) = (0, 0);
    let mut seen = BTreeSet::new();
    // Where a directory lies, and how many may follow it.
    let mut waiting: Vec<(usize, usize)> = number(file, 4, 4).map(|start| (start, MAX_CHAIN - 1)).into_iter().collect();
    while let Some((start, n_following)) = waiting.pop() {
        let is_new = seen.insert((start, n_following > 0));
        let Some(n_entries) = number(file, start, 2).filter(|_| is_new) else { continue };
        for entry in (0..n_entries).map_while(|n| entry(file, start + 2 + 12 * n)) {
            (n_found, n_values) = (n_found + 1, n_values + entry.count);
            let is_pointer = POINTERS.contains(&entry.tag);
            // A pointer of another type leads it elsewhere, and stands only where entries overlap.
            if n_found > MAX_ENTRIES || n_values > MAX_VALUES || is_pointer && entry.kind != LONG {
                return false;
            }
            if is_pointer {
                waiting.extend(pointed_to(file, &entry).first().map(|start| (*start, 0)));
            }
        }
        let next = number(file, start + 2 + 12 * n_entries, 4).filter(|next| *next != 0 && n_following > 0);
        waiting.extend(next.map(|next| (next, n_following - 1)));
    }
    true
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

/// The entries of every directory, so far as they are read; those of the first ones come first.
fn entries(file: &[u8]) -> Vec<Entry> {
    let mut found = Vec::new();
    if is_big(file) {
        return found;
    }
    let mut directories = Directories::default();
    // Behind a directory that a pointer of Exif leads to stands no other, and some writers go on with data at once.
    let mut last = BTreeSet::new();
    directories.add(number(file, 4, 4));
    while let Some(start) = directories.waiting.pop_front() {
        let Some(n_entries) = number(file, start, 2) else { continue };
        for n in 0..n_entries.min(MAX_ENTRIES - found.len()) {
            let Some(entry) = entry(file, start + 2 + 12 * n) else { break };
            if entry.tag == SUB_DIRECTORIES || POINTERS.contains(&entry.tag) {
                directories.add(pointed_to(file, &entry));
            }
            if POINTERS.contains(&entry.tag) {
                last.extend(pointed_to(file, &entry));
            }
            found.push(entry);
        }
        if !last.contains(&start) {
            directories.add(number(file, start + 2 + 12 * n_entries, 4).filter(|next| *next != 0));
        }
    }
    found
}

/// Where directories lie that are still to be read. Each waits once, and no more in all than are read, however many
/// pointers a small file has.
#[derive(Default)]
struct Directories {
    seen: BTreeSet<usize>,
    waiting: VecDeque<usize>,
}

impl Directories {
    fn add(&mut self, starts: impl IntoIterator<Item = usize>) {
        for start in starts {
            if self.seen.len() < MAX_DIRECTORIES && self.seen.insert(start) {
                self.waiting.push_back(start);
            }
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// One directory of fields of letters that all lie in the same zeros.
    fn file_of_texts(counts: &[u32]) -> Vec<u8> {
        let start = 8 + 2 + 12 * counts.len() as u32 + 4;
        let mut file = [b"II*\0\x08\0\0\0".as_slice(), &(counts.len() as u16).to_le_bytes()].concat();
        for (tag, count) in (0x010f..).zip(counts) {
            let [start, count] = [start, *count].map(u32::to_le_bytes);
            file.extend([&u16::to_le_bytes(tag), [2, 0].as_slice(), &count, &start].concat());
        }
        let most = counts.iter().max().copied().unwrap_or_default() as usize;
        file.resize(file.len() + 4 + most, 0);
        file
    }

    #[test]
    fn entries_that_hold_more_than_is_read_are_emptied_the_longest_first() {
        let mut file = file_of_texts(&[500_000, 600_000, 20, 700_000, 30]);
        assert!(make_plain(&mut file));
        let counts: Vec<usize> = entries(&file).iter().map(|entry| entry.count).collect();
        assert_eq!(counts, [500_000, 0, 20, 0, 30]);
        let mut small = file_of_texts(&[500_000, 30]);
        let before = small.clone();
        assert!(make_plain(&mut small));
        assert_eq!(small, before, "what is read stays as it is");
    }

    /// A directory of `n` pointers, each to a directory that says to have 65,535 entries and shares them with the others.
    fn file_of_overlapping_directories(pointer: u16, kind: u16, n: u16, n_entries: usize) -> Vec<u8> {
        let start = 8 + 2 + 12 * u32::from(n) + 4;
        let mut file = [b"II*\0\x08\0\0\0".as_slice(), &n.to_le_bytes()].concat();
        for to in (start..).step_by(12).take(usize::from(n)) {
            let [one, to] = [1, to].map(u32::to_le_bytes);
            file.extend([[pointer, kind].map(u16::to_le_bytes).as_flattened(), &one, &to].concat());
        }
        file.extend([0; 4]);
        // The number of entries; an entry's tag, unknown type and count, and its value together with the next number.
        file.extend(b"\xff\xff\x01\0\xff\xff\0\0\0\0\0\0".repeat(n_entries));
        file
    }

    #[test]
    fn directories_that_overlap_give_no_more_entries_than_are_read() {
        let file = file_of_overlapping_directories(SUB_DIRECTORIES, LONG, 64, 66_000);
        assert_eq!(entries(&file).len(), MAX_ENTRIES);
    }

    #[test]
    fn the_library_for_exif_is_kept_from_directories_that_overlap() {
        for kind in [LONG, DIRECTORY, 3] {
            let mut file = file_of_overlapping_directories(EXIF_POINTER, kind, 800, 1000);
            assert!(file.len() < 1 << 16, "it fits into a JPEG");
            assert!(!make_plain(&mut file), "{kind}");
        }
        assert!(make_plain(&mut file_of_texts(&[20, 30])));
    }

    #[test]
    fn no_more_directories_wait_than_are_read() {
        let mut directories = Directories::default();
        for _ in 0..1000 {
            directories.add(8..1000);
        }
        assert_eq!(directories.waiting.len(), MAX_DIRECTORIES);
        directories.waiting.pop_front();
        directories.add([71, 5000]);
        assert_eq!(directories.waiting.len(), MAX_DIRECTORIES - 1, "the one that was read does not come again");
    }
}
