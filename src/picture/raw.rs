//! The preview inside a camera raw file. Makers keep it in a dozen ways, but it is always a JPEG: so the largest JPEG in
//! the file that can be decoded is taken, wherever it lies.

use super::jpeg;

/// A preview starts within so many bytes.
const MAX_SEARCHED_BYTES: usize = 300 << 20;

/// So many starts are looked at: sensor data can look like one.
const MAX_STARTS: usize = 10_000;

/// The JPEG of the most pixels, from its start to the end of the file.
pub(super) fn preview(file: &[u8]) -> Option<&[u8]> {
    let searched = &file[..file.len().min(MAX_SEARCHED_BYTES)];
    let starts = searched.windows(3).enumerate().filter(|(_, bytes)| *bytes == b"\xff\xd8\xff").map(|(at, _)| at);
    let sized = starts.take(MAX_STARTS).filter_map(|at| {
        let (width, height) = jpeg::size_of(&file[at..])?;
        Some((u64::from(width) * u64::from(height), at))
    });
    // Of equals the first: a file can hold its preview twice.
    let (_, at) = sized.max_by_key(|(pixels, at)| (*pixels, std::cmp::Reverse(*at)))?;
    Some(&file[at..])
}
