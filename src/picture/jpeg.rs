//! What must be known of a JPEG before it is decoded: whether it goes on to its end, and what decoding it will take.
//!
//! The decoder fills what is missing with grey and says nothing, and a grey half would be taken for part of the place.
//! And a progressive picture is kept as coefficients until its last scan, which takes more memory than its pixels.

use std::io::{BufRead, ErrorKind, Result};

const END_OF_IMAGE: u8 = 0xD9;
const START_OF_SCAN: u8 = 0xDA;

/// What the markers of a JPEG say.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Survey {
    /// Whether the end marker was reached.
    pub whole: bool,
    /// Bytes of coefficients that must be held until the last scan; none for a picture of one scan.
    pub coefficient_bytes: u64,
}

/// Walks the markers (ITU T.81, B.1.1) from the start to the picture's own end marker.
pub(super) fn survey(reader: &mut impl BufRead) -> Result<Survey> {
    let mut survey = Survey::default();
    match walk(reader, &mut survey) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => {}
        other => {
            other?;
            survey.whole = true;
        }
    }
    Ok(survey)
}

fn walk(reader: &mut impl BufRead, survey: &mut Survey) -> Result<()> {
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
            0xC0..=0xC2 => frame = Frame::read(reader, marker == 0xC2)?,
            _ => {
                let length = two_bytes(reader)?;
                skip(reader, length.saturating_sub(2))?;
            }
        }
    }
}

/// The frame header: size and sampling.
#[derive(Default)]
struct Frame {
    progressive: bool,
    n_components: u8,
    coefficient_bytes: u64,
}

impl Frame {
    fn read(reader: &mut impl BufRead, progressive: bool) -> Result<Self> {
        let length = two_bytes(reader)?;
        let _bits = byte(reader)?;
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
        Ok(Self { progressive, n_components, coefficient_bytes })
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
