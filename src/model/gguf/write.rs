//! The head of a GGUF file, version 3, as `read.rs` reads it.

use std::io::{self, Write};

/// Bytes to whose multiple each tensor is filled up: what the format has where nothing is said.
const ALIGNMENT: usize = 32;

/// ggml's number of f32 (`enum ggml_type`).
pub(in crate::model) const F32: u32 = 0;
/// ggml's number of f16.
pub(in crate::model) const F16: u32 = 1;

/// What is said of a model.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::model) enum Said {
    Whole(u32),
    Number(f32),
    Truth(bool),
    Text(String),
    Wholes(Vec<i32>),
    Numbers(Vec<f32>),
    Texts(Vec<String>),
}

/// A tensor as the head names it.
#[derive(Debug, Clone)]
pub(in crate::model) struct Entry {
    pub name: String,
    /// Its type of numbers in `enum ggml_type`.
    pub kind: u32,
    /// The innermost size last.
    pub shape: Vec<usize>,
    pub bytes: usize,
}

impl Said {
    /// Its kind (`enum gguf_type`) and its bytes.
    fn write(&self, out: &mut Vec<u8>) {
        let kinds: &[u32] = match self {
            Self::Whole(_) => &[4],
            Self::Number(_) => &[6],
            Self::Truth(_) => &[7],
            Self::Text(_) => &[8],
            Self::Wholes(_) => &[9, 5],
            Self::Numbers(_) => &[9, 6],
            Self::Texts(_) => &[9, 8],
        };
        out.extend(kinds.iter().flat_map(|kind| kind.to_le_bytes()));
        match self {
            Self::Whole(number) => out.extend(number.to_le_bytes()),
            Self::Number(number) => out.extend(number.to_le_bytes()),
            Self::Truth(truth) => out.push(u8::from(*truth)),
            Self::Text(written) => text(out, written),
            Self::Wholes(numbers) => list(out, numbers, |out, number| out.extend(number.to_le_bytes())),
            Self::Numbers(numbers) => list(out, numbers, |out, number| out.extend(number.to_le_bytes())),
            Self::Texts(texts) => list(out, texts, |out, written| text(out, written)),
        }
    }
}

fn list<T>(out: &mut Vec<u8>, values: &[T], write: impl Fn(&mut Vec<u8>, &T)) {
    out.extend((values.len() as u64).to_le_bytes());
    values.iter().for_each(|value| write(out, value));
}

/// Writes the head for tensors whose bytes follow in this order, each filled up by [`fill`].
pub(in crate::model) fn head(out: &mut impl Write, said: &[(String, Said)], tensors: &[Entry]) -> io::Result<()> {
    let mut bytes = b"GGUF\x03\0\0\0".to_vec();
    bytes.extend((tensors.len() as u64).to_le_bytes());
    bytes.extend((said.len() as u64).to_le_bytes());
    for (key, value) in said {
        text(&mut bytes, key);
        value.write(&mut bytes);
    }
    let mut offset = 0;
    for tensor in tensors {
        text(&mut bytes, &tensor.name);
        bytes.extend((tensor.shape.len() as u32).to_le_bytes());
        bytes.extend(tensor.shape.iter().rev().flat_map(|&size| (size as u64).to_le_bytes()));
        bytes.extend(tensor.kind.to_le_bytes());
        bytes.extend((offset as u64).to_le_bytes());
        offset += tensor.bytes.next_multiple_of(ALIGNMENT);
    }
    bytes.resize(bytes.len().next_multiple_of(ALIGNMENT), 0);
    out.write_all(&bytes)
}

fn text(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as u64).to_le_bytes());
    out.extend(text.as_bytes());
}

/// Fills a tensor of so many bytes up to where the next one begins.
pub(in crate::model) fn fill(out: &mut impl Write, bytes: usize) -> io::Result<()> {
    out.write_all(&[0; ALIGNMENT][..bytes.next_multiple_of(ALIGNMENT) - bytes])
}
