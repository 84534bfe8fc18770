//! Takes numbers and texts from the front of a GGUF file, never past its end and never on its word.

/// Bytes of the longest key or text that is taken for one; a chat template has some thousand.
const LONGEST: u64 = 16 << 20;

/// How deep lists may stand in lists.
const DEEPEST: usize = 4;

/// A kind of value (`enum gguf_type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    F32,
    Bool,
    Text,
    List,
    U64,
    I64,
    F64,
}

impl Kind {
    fn numbered(number: u32) -> Option<Self> {
        use Kind::{Bool, F32, F64, I8, I16, I32, I64, List, Text, U8, U16, U32, U64};
        [U8, I8, U16, I16, U32, I32, F32, Bool, Text, List, U64, I64, F64].get(number as usize).copied()
    }

    /// Bytes of a value that has always the same length.
    pub fn bytes(self) -> Option<usize> {
        match self {
            Self::U8 | Self::I8 | Self::Bool => Some(1),
            Self::U16 | Self::I16 => Some(2),
            Self::U32 | Self::I32 | Self::F32 => Some(4),
            Self::U64 | Self::I64 | Self::F64 => Some(8),
            Self::Text | Self::List => None,
        }
    }
}

/// A place in the file from which is read.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'a> {
    pub bytes: &'a [u8],
    pub at: usize,
}

impl<'a> Cursor<'a> {
    /// The next `count` bytes.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], String> {
        let end = self.at.checked_add(count).filter(|&end| end <= self.bytes.len());
        let end = end.ok_or_else(|| format!("it ends within its head, at byte {}", self.bytes.len()))?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    pub fn u32(&mut self) -> Result<u32, String> {
        self.array().map(u32::from_le_bytes)
    }

    pub fn u64(&mut self) -> Result<u64, String> {
        self.array().map(u64::from_le_bytes)
    }

    /// A length and so many bytes; not more than [`LONGEST`].
    pub fn text(&mut self) -> Result<&'a [u8], String> {
        match self.u64()? {
            length if length > LONGEST => Err(format!("a text of {length} bytes")),
            length => self.take(length as usize),
        }
    }

    pub fn kind(&mut self) -> Result<Kind, String> {
        let number = self.u32()?;
        Kind::numbered(number).ok_or_else(|| format!("a value of the unknown type {number}"))
    }

    /// What a list is of, and how many; each takes at least a byte of what is left.
    pub fn list(&mut self) -> Result<(Kind, usize), String> {
        let (kind, count) = (self.kind()?, self.u64()?);
        let least = kind.bytes().unwrap_or(8) as u64;
        let left = (self.bytes.len() - self.at) as u64;
        match count.checked_mul(least) {
            Some(bytes) if bytes <= left => Ok((kind, count as usize)),
            _ => Err(format!("a list of {count} values, and {left} bytes are left")),
        }
    }

    /// Goes past a value.
    pub fn skip(&mut self, kind: Kind, depth: usize) -> Result<(), String> {
        match (kind, kind.bytes()) {
            (_, Some(bytes)) => self.take(bytes).map(drop),
            (Kind::Text, _) => self.text().map(drop),
            _ if depth == DEEPEST => Err("lists stand too deep in lists".to_owned()),
            _ => {
                let (kind, count) = self.list()?;
                match kind.bytes() {
                    // `list` has seen that so many are there.
                    Some(bytes) => self.take(bytes * count).map(drop),
                    None => (0..count).try_for_each(|_| self.skip(kind, depth + 1)),
                }
            }
        }
    }
}
