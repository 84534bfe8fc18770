//! Boxes and big-endian numbers (ISO 14496-12), read from bytes that anybody may have written.

/// More boxes on one level are not read.
const MAX_BOXES: usize = 20_000;

/// Bytes that are taken from the front; none where there are too few.
#[derive(Clone, Copy)]
pub(in crate::picture) struct Bytes<'a>(pub &'a [u8]);

impl<'a> Bytes<'a> {
    pub fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (front, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(front)
    }

    /// A number of up to eight bytes; of none it is zero.
    pub fn uint(&mut self, n_bytes: usize) -> Option<u64> {
        if n_bytes > 8 {
            return None;
        }
        Some(self.take(n_bytes)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    pub fn u8(&mut self) -> Option<u8> {
        self.uint(1).map(|number| number as u8)
    }

    pub fn u16(&mut self) -> Option<u16> {
        self.uint(2).map(|number| number as u16)
    }

    pub fn u32(&mut self) -> Option<u32> {
        self.uint(4).map(|number| number as u32)
    }

    /// The version and the flags that a full box begins with.
    pub fn version_and_flags(&mut self) -> Option<(u8, u32)> {
        let number = self.u32()?;
        Some(((number >> 24) as u8, number & 0x00ff_ffff))
    }

    /// An item's number: two bytes, or four.
    pub fn id(&mut self, wide: bool) -> Option<u32> {
        if wide { self.u32() } else { self.u16().map(u32::from) }
    }
}

/// The boxes that lie one behind the other, each with its four letters; ends where they make no sense.
pub(in crate::picture) fn boxes(bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    let mut rest = Bytes(bytes);
    std::iter::from_fn(move || {
        let before = rest.0.len() as u64;
        let short = rest.u32()?;
        let kind: [u8; 4] = rest.take(4)?.try_into().ok()?;
        let (length, head) = match short {
            0 => (before, 8),
            1 => (rest.uint(8)?, 16),
            length => (u64::from(length), 8),
        };
        let body = rest.take(usize::try_from(length.checked_sub(head)?).ok()?)?;
        Some((kind, body))
    })
    .take(MAX_BOXES)
}
