//! The head of a GGUF file of packed matrices, version 3, as `read.rs` reads it.

use std::io::{self, Write};

use crate::model::packed::Block;

/// Bytes to whose multiple each tensor is filled up: what the format has where nothing is said.
const ALIGNMENT: usize = 32;
/// The number of a text among the kinds of values.
const TEXT: u32 = 8;

/// Writes the head for these texts and for matrices `[out, in]`, whose bytes then follow in this order, each filled up by
/// [`fill`].
pub(in crate::model) fn head(
    out: &mut impl Write,
    texts: &[(&str, &str)],
    matrices: &[(&str, Block, [usize; 2])],
) -> io::Result<()> {
    let mut bytes = b"GGUF\x03\0\0\0".to_vec();
    bytes.extend((matrices.len() as u64).to_le_bytes());
    bytes.extend((texts.len() as u64).to_le_bytes());
    let put = |bytes: &mut Vec<u8>, text: &str| {
        bytes.extend((text.len() as u64).to_le_bytes());
        bytes.extend(text.as_bytes());
    };
    for (key, value) in texts {
        put(&mut bytes, key);
        bytes.extend(TEXT.to_le_bytes());
        put(&mut bytes, value);
    }
    let mut offset = 0;
    for (name, block, [rows, columns]) in matrices {
        put(&mut bytes, name);
        bytes.extend(2u32.to_le_bytes());
        bytes.extend((*columns as u64).to_le_bytes());
        bytes.extend((*rows as u64).to_le_bytes());
        bytes.extend(block.ggml().to_le_bytes());
        bytes.extend((offset as u64).to_le_bytes());
        offset += (rows * block.row_bytes(*columns).unwrap_or(0)).next_multiple_of(ALIGNMENT);
    }
    bytes.resize(bytes.len().next_multiple_of(ALIGNMENT), 0);
    out.write_all(&bytes)
}

/// Fills a tensor of so many bytes up to where the next one begins.
pub(in crate::model) fn fill(out: &mut impl Write, bytes: usize) -> io::Result<()> {
    out.write_all(&[0; ALIGNMENT][..bytes.next_multiple_of(ALIGNMENT) - bytes])
}
