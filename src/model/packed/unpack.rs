//! Rows of blocks as files have them, in plain code: the whole numbers in a block, their scales and their offsets.
//!
//! The layouts are those of ggml's `dequantize_row_*` (ggml-quants.c).

use half::f16;

use super::block::Block;

/// Numbers that share a scale (in blocks of 256 of one kind, two) and an offset.
pub(in crate::model) const GROUP: usize = 32;

/// The 16 values of the blocks that take them from a table.
pub(super) const TABLE: [i8; 16] = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

/// The value at a place of the table.
pub(in crate::model) fn table_value(place: u8) -> i8 {
    TABLE[usize::from(place)]
}

/// What 32 packed numbers next to one another are multiplied by and what is added, in steps of their block's own: `scale step
/// (q - centre) - low step`, where a block of 32 has steps of 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::model) struct Steps {
    /// Of the first 16 numbers and of the rest.
    pub scales: [i8; 2],
    pub low: i8,
}

/// The numbers of packed rows, which lie in `bytes` one after another, as floats.
pub(super) fn unpack(block: Block, bytes: &[u8], into: &mut [f32]) {
    let centre = i16::from(block.centre());
    for (bytes, values) in bytes.chunks_exact(block.bytes()).zip(into.chunks_exact_mut(block.values())) {
        let (scale, low) = scales(block, bytes);
        for (index, values) in values.chunks_exact_mut(GROUP).enumerate() {
            let (quants, steps) = (quants(block, bytes, index), steps(block, bytes, index));
            for (place, (value, q)) in values.iter_mut().zip(quants).enumerate() {
                let q = if block.has_table() { i16::from(TABLE[usize::from(q)]) } else { i16::from(q) - centre };
                let scale = scale * f32::from(steps.scales[place / (GROUP / 2)]);
                *value = scale * f32::from(q) + low * f32::from(steps.low);
            }
        }
    }
}

/// The scale of a block, and what its offsets are steps of.
pub(super) fn scales(block: Block, bytes: &[u8]) -> (f32, f32) {
    let [scale, low] = scale_bits(block, bytes);
    (half(scale), if block.is_large() { -half(low) } else { half(low) })
}

/// The bits of both, as f16.
#[inline]
pub(in crate::model) fn scale_bits(block: Block, bytes: &[u8]) -> [u16; 2] {
    let at = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
    [at(if block == Block::Q6_K { 208 } else { 0 }), if block.has_offset() { at(2) } else { 0 }]
}

/// The whole numbers of group `index` of a block, not negative: a block's centre stands for zero, or they are places in
/// the table.
#[inline]
pub(in crate::model) fn quants(block: Block, bytes: &[u8], index: usize) -> [u8; GROUP] {
    match block {
        Block::Q4_0 | Block::IQ4_NL => nibbles(&bytes[2..]),
        Block::Q4_1 => nibbles(&bytes[4..]),
        Block::Q5_0 => with_fifth_bit(&bytes[6..], &bytes[2..]),
        Block::Q5_1 => with_fifth_bit(&bytes[8..], &bytes[4..]),
        Block::Q8_0 => std::array::from_fn(|i| bytes[2 + i] ^ 128),
        Block::Q4_K => {
            let quants = &bytes[16 + 32 * (index / 2)..][..GROUP];
            std::array::from_fn(|i| nibble(quants[i], index % 2))
        }
        Block::Q5_K => {
            let (high, quants) = (&bytes[16..48], &bytes[48 + 32 * (index / 2)..][..GROUP]);
            std::array::from_fn(|i| nibble(quants[i], index % 2) | (high[i] >> index & 1) << 4)
        }
        Block::Q6_K => {
            let (part, quarter) = (index / 4, index % 4);
            let low = &bytes[64 * part + 32 * (quarter % 2)..][..GROUP];
            let high = &bytes[128 + 32 * part..][..GROUP];
            std::array::from_fn(|i| nibble(low[i], quarter / 2) | (high[i] >> (2 * quarter) & 3) << 4)
        }
        Block::IQ4_XS => nibbles(&bytes[8 + 16 * index..]),
    }
}

/// The steps of group `index` of a block.
#[inline]
pub(in crate::model) fn steps(block: Block, bytes: &[u8], index: usize) -> Steps {
    match block {
        Block::Q4_K | Block::Q5_K => packed_steps(&bytes[4..16], index),
        Block::Q6_K => Steps { scales: [0, 1].map(|half| bytes[192 + 2 * index + half] as i8), low: 0 },
        Block::IQ4_XS => {
            let high = u16::from_le_bytes([bytes[2], bytes[3]]) >> (2 * index) & 3;
            let low = nibble(bytes[4 + index / 2], index % 2);
            Steps { scales: [(low | (high as u8) << 4) as i8 - 32; 2], low: 0 }
        }
        _ => Steps { scales: [1; 2], low: 1 },
    }
}

/// The steps of a group of the two kinds whose eight scales and offsets are packed in 6 bits each: those of the first
/// four groups stand whole in the low bits, the rest are put together from what is left.
#[inline]
fn packed_steps(packed: &[u8], index: usize) -> Steps {
    let (scale, low) = if index < 4 {
        (packed[index] & 63, packed[index + 4] & 63)
    } else {
        let (scale_top, low_top) = (packed[index - 4] >> 6, packed[index] >> 6);
        ((packed[index + 4] & 15) | scale_top << 4, packed[index + 4] >> 4 | low_top << 4)
    };
    Steps { scales: [scale as i8; 2], low: low as i8 }
}

/// The low halves of 16 bytes, then their high halves.
#[inline]
fn nibbles(bytes: &[u8]) -> [u8; GROUP] {
    let bytes = &bytes[..GROUP / 2];
    std::array::from_fn(|i| nibble(bytes[i % 16], i / 16))
}

/// As [`nibbles`], with bit `i` of the four bytes `high` above number `i`.
#[inline]
fn with_fifth_bit(bytes: &[u8], high: &[u8]) -> [u8; GROUP] {
    let (bytes, high) = (&bytes[..GROUP / 2], u32::from_le_bytes([high[0], high[1], high[2], high[3]]));
    std::array::from_fn(|i| nibble(bytes[i % 16], i / 16) | ((high >> i & 1) << 4) as u8)
}

#[inline]
fn nibble(byte: u8, which: usize) -> u8 {
    if which == 0 { byte & 15 } else { byte >> 4 }
}

/// The number of an f16's bits.
#[inline]
pub(super) fn half(bits: u16) -> f32 {
    f16::from_bits(bits).to_f32()
}
