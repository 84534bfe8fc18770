//! Whether a JPEG goes on to its end. The decoder fills what is missing with grey and says nothing, and a grey half
//! would be taken for part of the place.

use std::io::{BufRead, ErrorKind, Result};

const END_OF_IMAGE: u8 = 0xD9;
const START_OF_SCAN: u8 = 0xDA;

/// Walks the markers (ITU T.81, B.1.1) from the start to the picture's own end marker.
pub(super) fn is_whole(reader: &mut impl BufRead) -> Result<bool> {
    match walk(reader) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        other => other.map(|()| true),
    }
}

fn walk(reader: &mut impl BufRead) -> Result<()> {
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
            _ => {
                in_scan |= marker == START_OF_SCAN;
                let length = u64::from(u16::from_be_bytes([byte(reader)?, byte(reader)?]));
                // Damage inside a scan can look like a marker; its length must not lead past the end.
                if !in_scan || marker == START_OF_SCAN {
                    skip(reader, length.saturating_sub(2))?;
                }
            }
        }
    }
}

fn byte(reader: &mut impl BufRead) -> Result<u8> {
    let mut one = [0];
    reader.read_exact(&mut one)?;
    Ok(one[0])
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
