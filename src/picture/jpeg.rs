//! What must be known of a JPEG before it is decoded: its kind, whether it goes on to its end, and what decoding it will
//! take; and after that, how much of it is missing.
//!
//! The decoder is `zune-jpeg`, which the image library brings: it passes over stray
//! bytes and fills what a cut file lacks with grey. It says nothing of that grey, which would be taken for part of the
//! place: so it is counted here. It has no smaller transform for thumbnails: those take the copy that cameras put into the
//! file, else all of it. `jpeg-decoder` has one and reads lossless files, but would be a second decoder with its own
//! faults; `turbojpeg` reads arithmetic coding too and needs CMake to build. Kinds that `zune-jpeg` does not decode are
//! named.
//!
//! A progressive picture is kept as coefficients until its last scan, which takes more memory than its pixels.

use std::io::{BufRead, ErrorKind, Result};

use image::RgbImage;

const END_OF_IMAGE: u8 = 0xD9;
const START_OF_SCAN: u8 = 0xDA;

/// What the markers of a JPEG say.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Survey {
    /// Whether the end marker was reached.
    pub whole: bool,
    /// Bytes of coefficients that must be held until the last scan; none for a picture of one scan.
    pub coefficient_bytes: u64,
    /// Width and height of the frame, 0 where none was reached.
    pub size: (u32, u32),
    /// What kind it is, where it is none that is decoded.
    pub undecoded: Option<&'static str>,
    /// Whether its scans refine one another.
    pub progressive: bool,
}

/// The grey that the decoder leaves where it has no data.
pub(super) const MISSING: u8 = 128;

/// What the decoder leaves of a row of blocks that the file ends in: no brightness and no colour, which is a green.
const TORN: [u8; 3] = [0, 135, 0];

/// Blocks are at most so many rows high.
const BLOCK_ROWS: usize = 32;

/// Makes the end of the row of blocks in which the file ends as grey as what is missing behind it.
pub(super) fn mend_torn_rows(pixels: &mut RgbImage, n_missing: u32) {
    let row = pixels.width() as usize * 3;
    let kept = pixels.as_raw().len() - n_missing as usize * row;
    let samples: &mut [u8] = pixels;
    for row in samples[..kept].rchunks_exact_mut(row.max(1)).take(BLOCK_ROWS) {
        for pixel in row.as_chunks_mut::<3>().0.iter_mut().rev().take_while(|pixel| **pixel == TORN) {
            *pixel = [MISSING; 3];
        }
    }
}

/// How many rows at the end were never decoded.
pub(super) fn missing_rows(pixels: &RgbImage) -> u32 {
    let row = pixels.width() as usize * 3;
    let is_missing = |row: &&[u8]| row.iter().all(|level| *level == MISSING);
    pixels.as_raw().rchunks_exact(row.max(1)).take_while(is_missing).count() as u32
}

/// The kind of a JPEG that is not decoded, by its header alone.
pub(super) fn undecoded_kind(file: &[u8]) -> Option<&'static str> {
    header(file).0.undecoded
}

/// Width and height of a JPEG that can be decoded, by its header alone; none of any other.
pub(super) fn size_of(file: &[u8]) -> Option<(u32, u32)> {
    size_and_reach(file).0
}

/// The same, and how many bytes were gone through to find it.
pub(super) fn size_and_reach(file: &[u8]) -> (Option<(u32, u32)>, usize) {
    let (header, n_read) = header(file);
    let is_decoded = header.size.0 > 0 && header.size.1 > 0 && header.undecoded.is_none();
    (is_decoded.then_some(header.size), n_read)
}

fn header(file: &[u8]) -> (Survey, usize) {
    let mut header = Survey::default();
    // It ends at the first scan, or where there is nothing.
    let file = &file[..file.len().min(MAX_HEADER_BYTES)];
    let mut rest = file;
    let _ = walk(&mut rest, &mut header, true);
    (header, file.len() - rest.len())
}

/// As much may stand before the first scan.
const MAX_HEADER_BYTES: usize = 64 << 20;

/// Walks the markers (ITU T.81, B.1.1) from the start to the picture's own end marker.
pub(super) fn survey(reader: &mut impl BufRead) -> Result<Survey> {
    let mut survey = Survey::default();
    match walk(reader, &mut survey, false) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => {}
        other => {
            other?;
            survey.whole = true;
        }
    }
    Ok(survey)
}

fn walk(reader: &mut impl BufRead, survey: &mut Survey, header_only: bool) -> Result<()> {
    let mut frame = Frame::default();
    let mut in_scan = false;
    loop {
        // Within a scan everything up to a marker is data; between segments a stray byte is skipped likewise.
        skip_past(reader, 0xFF)?;
        let mut marker = byte(reader)?;
        while marker == 0xFF {
            marker = byte(reader)?;
        }
        match marker {
            END_OF_IMAGE => return Ok(()),
            // A stuffed zero, restart markers, and the start have no length.
            0x00 | 0x01 | 0xD0..=0xD8 => {}
            START_OF_SCAN if header_only => return Ok(()),
            START_OF_SCAN => {
                in_scan = true;
                let length = two_bytes(reader)?;
                let n_components = byte(reader)?;
                if frame.progressive || n_components < frame.n_components {
                    survey.coefficient_bytes = frame.coefficient_bytes;
                }
                skip(reader, length.saturating_sub(3))?;
            }
            // Damage inside a scan can look like a marker; its length must not lead past the end.
            _ if in_scan => {}
            // Huffman and quantisation tables and the like share these numbers.
            0xC4 | 0xC8 | 0xCC => skip_segment(reader)?,
            0xC0..=0xCF | 0xF7 => {
                frame = Frame::read(reader, marker == 0xC2)?;
                survey.size = frame.size;
                survey.progressive = frame.progressive;
                survey.undecoded = undecoded(marker, frame.bits);
            }
            _ => skip_segment(reader)?,
        }
    }
}

fn skip_segment(reader: &mut impl BufRead) -> Result<()> {
    let length = two_bytes(reader)?;
    skip(reader, length.saturating_sub(2))
}

/// The kinds of frame that are not decoded (T.81, table B.1; T.87 for JPEG-LS).
fn undecoded(marker: u8, bits: u8) -> Option<&'static str> {
    match marker {
        0xF7 => Some("JPEG-LS"),
        0xC9..=0xCF => Some("arithmetic-coded JPEG"),
        0xC3 => Some("lossless JPEG"),
        0xC5..=0xC7 => Some("hierarchical JPEG"),
        _ if bits != 8 => Some("12-bit JPEG"),
        _ => None,
    }
}

/// The frame header: size and sampling.
#[derive(Default)]
struct Frame {
    progressive: bool,
    bits: u8,
    size: (u32, u32),
    n_components: u8,
    coefficient_bytes: u64,
}

impl Frame {
    fn read(reader: &mut impl BufRead, progressive: bool) -> Result<Self> {
        let length = two_bytes(reader)?;
        let bits = byte(reader)?;
        let (height, width) = (two_bytes(reader)?, two_bytes(reader)?);
        let n_components = byte(reader)?;
        let mut samplings = Vec::new();
        for _ in 0..n_components {
            let _id = byte(reader)?;
            let sampling = byte(reader)?;
            let _table = byte(reader)?;
            samplings.push((u64::from(sampling >> 4), u64::from(sampling & 15)));
        }
        skip(reader, length.saturating_sub(8 + 3 * u64::from(n_components)))?;
        let most_across = samplings.iter().map(|(across, _)| *across).max().unwrap_or(1).max(1);
        let most_down = samplings.iter().map(|(_, down)| *down).max().unwrap_or(1).max(1);
        let blocks = |(across, down): &(u64, u64)| {
            (width * across / most_across).div_ceil(8) * (height * down / most_down).div_ceil(8)
        };
        // 64 coefficients of two bytes a block.
        let coefficient_bytes = samplings.iter().map(blocks).sum::<u64>() * 128;
        Ok(Self { progressive, bits, size: (width as u32, height as u32), n_components, coefficient_bytes })
    }
}

fn byte(reader: &mut impl BufRead) -> Result<u8> {
    let mut one = [0];
    reader.read_exact(&mut one)?;
    Ok(one[0])
}

fn two_bytes(reader: &mut impl BufRead) -> Result<u64> {
    Ok(u64::from(u16::from_be_bytes([byte(reader)?, byte(reader)?])))
}

fn skip_past(reader: &mut impl BufRead, wanted: u8) -> Result<()> {
    loop {
        let block = reader.fill_buf()?;
        if block.is_empty() {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let found = block.iter().position(|&byte| byte == wanted);
        let n_read = found.map_or(block.len(), |at| at + 1);
        reader.consume(n_read);
        if found.is_some() {
            return Ok(());
        }
    }
}

fn skip(reader: &mut impl BufRead, mut left: u64) -> Result<()> {
    while left > 0 {
        let n = reader.fill_buf()?.len() as u64;
        if n == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let n = n.min(left);
        reader.consume(n as usize);
        left -= n;
    }
    Ok(())
}
