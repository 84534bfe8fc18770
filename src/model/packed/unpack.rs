//! Blocks to numbers, in plain code: what every fast product is held against, and how many rows are multiplied.
//!
//! Each kind of block becomes groups of 32 whole numbers with a scale and an offset for each half of a group:
//! `y = scale q + offset`. The layouts are those of ggml's `dequantize_row_*` (ggml-quants.c).

use half::f16;

use super::block::Block;

/// Numbers in a [`Group`].
pub(super) const GROUP: usize = 32;

/// 32 packed numbers next to one another: `scale q + offset`, the first 16 with the first scale and offset.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Group {
    pub quants: [i8; GROUP],
    pub scales: [f32; 2],
    pub offsets: [f32; 2],
}

/// The 16 values of the blocks that take them from a table.
pub(super) const TABLE: [i8; 16] = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

/// The numbers of a packed row; `row` and `into` belong together by [`Block::row_bytes`].
pub(super) fn unpack(block: Block, row: &[u8], into: &mut [f32]) {
    let groups = block.values() / GROUP;
    let blocks = row.chunks_exact(block.bytes());
    for (bytes, values) in blocks.zip(into.chunks_exact_mut(block.values())) {
        for (index, values) in values.chunks_exact_mut(GROUP).enumerate().take(groups) {
            let Group { quants, scales, offsets } = group(block, bytes, index);
            for (half, values) in values.chunks_exact_mut(GROUP / 2).enumerate() {
                for (value, &q) in values.iter_mut().zip(&quants[half * GROUP / 2..]) {
                    *value = scales[half] * f32::from(q) + offsets[half];
                }
            }
        }
    }
}

/// Group `index` of a block.
#[inline]
pub(super) fn group(block: Block, bytes: &[u8], index: usize) -> Group {
    match block {
        Block::Q4_0 => Group::whole(nibbles(&bytes[2..]).map(|q| q - 8), half_at(bytes, 0), 0.0),
        Block::Q4_1 => Group::whole(nibbles(&bytes[4..]), half_at(bytes, 0), half_at(bytes, 2)),
        Block::Q5_0 => Group::whole(with_fifth_bit(&bytes[6..], &bytes[2..]).map(|q| q - 16), half_at(bytes, 0), 0.0),
        Block::Q5_1 => Group::whole(with_fifth_bit(&bytes[8..], &bytes[4..]), half_at(bytes, 0), half_at(bytes, 2)),
        Block::Q8_0 => Group::whole(std::array::from_fn(|i| bytes[2 + i] as i8), half_at(bytes, 0), 0.0),
        Block::Q4_K => {
            let quants = &bytes[16 + 32 * (index / 2)..];
            with_packed_scale(bytes, index, std::array::from_fn(|i| nibble(quants[i], index % 2)))
        }
        Block::Q5_K => {
            let (high, quants) = (&bytes[16..48], &bytes[48 + 32 * (index / 2)..]);
            let quant = |i: usize| nibble(quants[i], index % 2) | (((high[i] >> index) & 1) << 4) as i8;
            with_packed_scale(bytes, index, std::array::from_fn(quant))
        }
        Block::Q6_K => {
            let (part, quarter) = (index / 4, index % 4);
            let low = &bytes[64 * part + 32 * (quarter % 2)..];
            let high = &bytes[128 + 32 * part..];
            let quant = |i: usize| {
                let high = (high[i] >> (2 * quarter)) & 3;
                (nibble(low[i], quarter / 2) | (high << 4) as i8) - 32
            };
            let whole = half_at(bytes, 208);
            let scale = |half: usize| whole * f32::from(bytes[192 + 2 * index + half] as i8);
            Group { quants: std::array::from_fn(quant), scales: [scale(0), scale(1)], offsets: [0.0; 2] }
        }
        Block::IQ4_NL => Group::whole(nibbles(&bytes[2..]).map(|q| TABLE[q as usize]), half_at(bytes, 0), 0.0),
        Block::IQ4_XS => {
            let high = u16::from_le_bytes([bytes[2], bytes[3]]) >> (2 * index) & 3;
            let low = nibble(bytes[4 + index / 2], index % 2);
            let scale = half_at(bytes, 0) * (f32::from(low) + 16.0 * f32::from(high) - 32.0);
            Group::whole(nibbles(&bytes[8 + 16 * index..]).map(|q| TABLE[q as usize]), scale, 0.0)
        }
    }
}

impl Group {
    fn whole(quants: [i8; GROUP], scale: f32, offset: f32) -> Self {
        Self { quants, scales: [scale; 2], offsets: [offset; 2] }
    }
}

/// A group of the two kinds whose eight scales and offsets are packed in 6 bits each in bytes 4 to 15: those of the first
/// four groups stand whole in the low bits, the rest are put together from what is left.
fn with_packed_scale(bytes: &[u8], index: usize, quants: [i8; GROUP]) -> Group {
    let packed = &bytes[4..16];
    let (scale, offset) = if index < 4 {
        (packed[index] & 63, packed[index + 4] & 63)
    } else {
        let (scale_top, offset_top) = (packed[index - 4] >> 6, packed[index] >> 6);
        ((packed[index + 4] & 15) | scale_top << 4, packed[index + 4] >> 4 | offset_top << 4)
    };
    Group::whole(quants, half_at(bytes, 0) * f32::from(scale), -half_at(bytes, 2) * f32::from(offset))
}

/// The low halves of 16 bytes, then their high halves.
fn nibbles(bytes: &[u8]) -> [i8; GROUP] {
    std::array::from_fn(|i| nibble(bytes[i % 16], i / 16))
}

/// As [`nibbles`], with bit `i` of the four bytes `high` above number `i`.
fn with_fifth_bit(bytes: &[u8], high: &[u8]) -> [i8; GROUP] {
    std::array::from_fn(|i| nibble(bytes[i % 16], i / 16) | ((high[i / 8] >> (i % 8) & 1) << 4) as i8)
}

#[inline]
fn nibble(byte: u8, which: usize) -> i8 {
    (if which == 0 { byte & 15 } else { byte >> 4 }) as i8
}

#[inline]
pub(super) fn half_at(bytes: &[u8], at: usize) -> f32 {
    f16::from_le_bytes([bytes[at], bytes[at + 1]]).to_f32()
}
