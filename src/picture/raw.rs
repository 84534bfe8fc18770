//! The preview inside a camera raw file. Makers keep it in a dozen ways, but it is always a JPEG: so the largest JPEG in
//! the file that can be decoded is taken, wherever it lies.

use super::jpeg;

/// A preview starts within so many bytes.
const MAX_SEARCHED_BYTES: usize = 300 << 20;

/// So many starts are looked at: sensor data can look like one.
const MAX_STARTS: usize = 10_000;

/// So many bytes of headers are gone through, of all starts together: each of them may seem to go on to the end of the file.
const MAX_HEADER_BYTES: usize = 256 << 20;

/// The JPEG of the most pixels, from its start to the end of the file.
pub(super) fn preview(file: &[u8]) -> Option<&[u8]> {
    preview_within(file, MAX_HEADER_BYTES)
}

fn preview_within(file: &[u8], mut bytes_left: usize) -> Option<&[u8]> {
    let searched = &file[..file.len().min(MAX_SEARCHED_BYTES)];
    let starts = searched.windows(3).enumerate().filter(|(_, bytes)| *bytes == b"\xff\xd8\xff").map(|(at, _)| at);
    let sized = starts.take(MAX_STARTS).filter_map(|at| {
        let header = &file[at..];
        let (size, n_read) = jpeg::size_and_reach(&header[..header.len().min(bytes_left)]);
        bytes_left -= n_read;
        let (width, height) = size?;
        Some((u64::from(width) * u64::from(height), at))
    });
    // Of equals the first: a file can hold its preview twice.
    let (_, at) = sized.max_by_key(|(pixels, at)| (*pixels, std::cmp::Reverse(*at)))?;
    Some(&file[at..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_whose_headers_do_not_end_are_not_each_read_to_the_end_of_the_file() {
        // Nine starts of nothing, and a picture of 16 x 8 pixels a thousand bytes behind them.
        let nothing = [b"\xff\xd8\xff\xe0\0\x02".repeat(9), vec![0; 1000]].concat();
        let picture = b"\xff\xd8\xff\xc0\0\x0b\x08\0\x08\0\x10\x01\x01\x11\0\xff\xda";
        let file = [nothing.as_slice(), picture].concat();
        assert!(preview_within(&file, 100_000).is_some(), "there is enough for all");
        assert!(preview_within(&file, 900).is_none(), "there is not enough for one");
        assert_eq!(preview_within(picture, 900), Some(picture.as_slice()));
        // The first takes all that there is, and none of the others is gone through.
        let longer =
            [file.as_slice(), &[0; 1000], picture.map(|byte| if byte == 0x10 { 0x20 } else { byte }).as_slice()]
                .concat();
        assert_eq!(preview_within(&longer, 1100), Some(longer.as_slice()));
    }
}
