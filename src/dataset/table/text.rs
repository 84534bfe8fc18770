//! The letters of a table, whatever program saved it: UTF-8 with or without a mark, UTF-16, and Windows-1252.

use std::{
    borrow::Cow,
    io::{self, Read},
};

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// By so many first bytes an encoding is told.
const HEAD: usize = 64;

/// A reader that gives UTF-8, or else the bytes of an 8-bit encoding, which [`text_of`] tells cell by cell; and the name of
/// the encoding as far as the first bytes tell it.
pub(super) fn decoded<'a>(mut reader: impl Read + 'a) -> io::Result<(Box<dyn Read + 'a>, &'static str)> {
    let mut head = Vec::with_capacity(HEAD);
    reader.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
    let (encoding, mark) = match Encoding::for_bom(&head) {
        Some((encoding, mark)) => (Some(encoding), mark),
        None => (utf_16_without_mark(&head), 0),
    };
    let rest = io::Cursor::new(head.split_off(mark)).chain(reader);
    Ok(match encoding {
        Some(encoding) if encoding == UTF_16LE || encoding == UTF_16BE => {
            (Box::new(Transcoding::new(rest, encoding)), encoding.name())
        }
        _ => (Box::new(rest), "UTF-8"),
    })
}

/// Latin letters in UTF-16 have a zero byte each, on the side that the byte order says.
fn utf_16_without_mark(head: &[u8]) -> Option<&'static Encoding> {
    let zeros = |side: usize| head.iter().skip(side).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd, half) = (zeros(0), zeros(1), head.len() / 2);
    match half {
        0..4 => None,
        _ if odd * 4 > half * 3 && even == 0 => Some(UTF_16LE),
        _ if even * 4 > half * 3 && odd == 0 => Some(UTF_16BE),
        _ => None,
    }
}

/// A cell's text: UTF-8 where it is that, else Windows-1252, in which every byte is a letter.
pub(super) fn text_of(cell: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(cell) {
        Ok(text) => Cow::Borrowed(text),
        Err(_other_letters) => WINDOWS_1252.decode_without_bom_handling(cell).0,
    }
}

/// Turns another encoding into UTF-8 on the way.
struct Transcoding<R> {
    source: R,
    decoder: Decoder,
    /// Bytes of the source that are not decoded yet: half a letter, or what did not fit.
    left: Vec<u8>,
    /// UTF-8 that is ready, from `at` on.
    ready: Vec<u8>,
    at: usize,
    ended: bool,
}

impl<R: Read> Transcoding<R> {
    fn new(source: R, encoding: &'static Encoding) -> Self {
        let decoder = encoding.new_decoder_without_bom_handling();
        Self { source, decoder, left: Vec::new(), ready: Vec::new(), at: 0, ended: false }
    }

    fn refill(&mut self) -> io::Result<()> {
        let mut chunk = [0; 8192];
        let read = self.source.read(&mut chunk)?;
        self.ended = read == 0;
        self.left.extend_from_slice(&chunk[..read]);
        let room = self.decoder.max_utf8_buffer_length(self.left.len()).unwrap_or(4 * self.left.len() + 16);
        self.ready.resize(room, 0);
        let (result, used, written, _) = self.decoder.decode_to_utf8(&self.left, &mut self.ready, self.ended);
        debug_assert_eq!(result, CoderResult::InputEmpty, "there was room for all of it");
        self.left.drain(..used);
        self.ready.truncate(written);
        self.at = 0;
        Ok(())
    }
}

impl<R: Read> Read for Transcoding<R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        while self.at == self.ready.len() && !self.ended {
            self.refill()?;
        }
        let n = target.len().min(self.ready.len() - self.at);
        target[..n].copy_from_slice(&self.ready[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> (String, &'static str) {
        let (mut reader, name) = decoded(bytes).unwrap();
        let mut text = Vec::new();
        reader.read_to_end(&mut text).unwrap();
        (text_of(&text).into_owned(), name)
    }

    #[test]
    fn every_encoding_gives_the_same_letters() {
        // Longer than a chunk, so that letters are cut between two.
        let text = "path,Zürich 城市 🏔\n".repeat(2000);
        let utf_16 = |to_bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(to_bytes).collect::<Vec<u8>>();
        assert_eq!(read(text.as_bytes()), (text.clone(), "UTF-8"));
        assert_eq!(read(&[b"\xEF\xBB\xBF", text.as_bytes()].concat()), (text.clone(), "UTF-8"));
        assert_eq!(read(&[b"\xFF\xFE", &utf_16(u16::to_le_bytes)[..]].concat()), (text.clone(), "UTF-16LE"));
        assert_eq!(read(&[b"\xFE\xFF", &utf_16(u16::to_be_bytes)[..]].concat()), (text.clone(), "UTF-16BE"));
        let plain = "path,latitude\na.jpg,1\n";
        let unmarked: Vec<u8> = plain.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(read(&unmarked), (plain.to_owned(), "UTF-16LE"));
        assert_eq!(text_of(b"Z\xFCrich"), "Zürich");
    }
}
