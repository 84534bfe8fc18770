//! How a packed matrix lies in the memory of a graphics adapter: its whole numbers, scales and steps in planes of 32-bit
//! words, row after row, so that threads next to one another read words next to one another.
//!
//! For each group of 32 numbers the plane `quants` has four words whose low halves of bytes are the numbers 0 to 15 and
//! whose high halves are 16 to 31 (of 8 bits: eight words, a byte a number, with a sign). A fifth bit of numbers is in
//! `highs`, a word a group; a fifth and a sixth in two words, two bits each. `scales` has the f16 scale of each block, two
//! in a word; or, where blocks have offsets, both in a word, the scale low. `steps` has two bytes a group, two groups a
//! word, for blocks of 256: the step of the scale and that of the offset, or the two steps of the halves of a group.

use rayon::prelude::*;

use crate::model::half_matrix::Half;
use crate::model::packed::{Block, GROUP, fits, quants, scale_bits, steps, table_value};

/// What a kernel must know of a kind of blocks. Kinds with a table are held by the values in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Layout {
    /// Bits of a number: 4, 5, 6, or 8 with a sign.
    pub bits: usize,
    /// The number that stands for zero.
    pub centre: u32,
    /// Whether blocks have an offset beside the scale.
    pub has_offset: bool,
    /// Groups of a block; where there are several, each has steps of its block's scale.
    pub groups: usize,
    /// Whether each half of a group has a step of its own.
    pub has_halves: bool,
    /// That the numbers are in half precision and in no blocks; then the rest says nothing.
    pub half: Option<Half>,
}

impl Layout {
    /// Of a kind of blocks.
    pub fn of(block: Block) -> Self {
        // The table's values have 8 bits.
        let bits = if block.has_table() { 8 } else { block.bits() };
        Self {
            bits,
            centre: if bits == 8 { 0 } else { u32::from(block.centre()) },
            has_offset: block.has_offset(),
            groups: block.values() / GROUP,
            has_halves: block == Block::Q6_K,
            half: None,
        }
    }

    /// Of numbers in half precision, whose words are the only plane.
    pub fn dense(half: Half) -> Self {
        Self { bits: 16, centre: 0, has_offset: false, groups: 1, has_halves: false, half: Some(half) }
    }

    /// Words of `quants` for a group.
    pub fn words(self) -> usize {
        if self.bits == 8 { 8 } else { 4 }
    }

    /// Words of `highs` for a group.
    pub fn high_words(self) -> usize {
        if self.bits == 8 { 0 } else { self.bits - 4 }
    }

    /// Words of all planes for a matrix of so many groups.
    fn lengths(self, groups: usize) -> [usize; 4] {
        let blocks = groups / self.groups;
        let scales = if self.has_offset { blocks } else { blocks.div_ceil(2) };
        let steps = if self.groups > 1 { groups.div_ceil(2) } else { 0 };
        [groups * self.words(), groups * self.high_words(), scales, steps]
    }

    /// Bytes that a matrix of so many numbers takes.
    #[cfg(test)]
    pub fn bytes(self, numbers: usize) -> usize {
        4 * self.lengths(numbers / GROUP).iter().sum::<usize>()
    }

    /// Bytes of its largest plane.
    pub fn largest_plane(self, numbers: usize) -> usize {
        4 * self.lengths(numbers / GROUP).into_iter().max().unwrap_or(0)
    }
}

/// The planes of a matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planes {
    pub quants: Vec<u32>,
    pub highs: Vec<u32>,
    pub scales: Vec<u32>,
    pub steps: Vec<u32>,
}

impl Planes {
    /// Those of rows, each a whole number of blocks, that lie in `bytes` one after another; None where these are not of this
    /// shape.
    pub fn of(block: Block, shape: [usize; 2], bytes: &[u8]) -> Option<Self> {
        fits(block, shape, bytes).then(|| Self::made(block, bytes))
    }

    fn made(block: Block, bytes: &[u8]) -> Self {
        let layout = Layout::of(block);
        let n_blocks = bytes.len() / block.bytes();
        let [n_quants, n_highs, n_scales, n_steps] = layout.lengths(n_blocks * layout.groups);
        let mut planes = Self {
            quants: vec![0; n_quants],
            highs: vec![0; n_highs],
            scales: vec![0; n_scales],
            steps: vec![0; n_steps],
        };
        let per_block = layout.words() * layout.groups;
        let blocks = || bytes.par_chunks_exact(block.bytes());
        planes.quants.par_chunks_exact_mut(per_block).zip(blocks()).for_each(|(words, bytes)| {
            for (index, words) in words.chunks_exact_mut(layout.words()).enumerate() {
                put_quants(block, words, &quants(block, bytes, index));
            }
        });
        if n_highs > 0 {
            let per_block = layout.high_words() * layout.groups;
            planes.highs.par_chunks_exact_mut(per_block).zip(blocks()).for_each(|(words, bytes)| {
                for (index, words) in words.chunks_exact_mut(layout.high_words()).enumerate() {
                    put_highs(layout.bits, words, &quants(block, bytes, index));
                }
            });
        }
        for (place, bytes) in bytes.chunks_exact(block.bytes()).enumerate() {
            let [scale, low] = scale_bits(block, bytes).map(u32::from);
            if layout.has_offset {
                planes.scales[place] = scale | low << 16;
            } else {
                planes.scales[place / 2] |= scale << (16 * (place % 2));
            }
            for index in (0..layout.groups).take_while(|_| layout.groups > 1) {
                let steps = steps(block, bytes, index);
                let second = if layout.has_halves { steps.scales[1] } else { steps.low };
                let both = u32::from(steps.scales[0] as u8) | u32::from(second as u8) << 8;
                let group = place * layout.groups + index;
                planes.steps[group / 2] |= both << (16 * (group % 2));
            }
        }
        planes
    }
}

/// The low bits of a group's numbers, or all 8.
fn put_quants(block: Block, words: &mut [u32], numbers: &[u8; GROUP]) {
    let four = |from: usize, number: &dyn Fn(u8) -> u8| {
        u32::from_le_bytes(std::array::from_fn(|byte| number(numbers[from + byte])))
    };
    for (place, word) in words.iter_mut().enumerate() {
        *word = if block.has_table() {
            four(4 * place, &|place| table_value(place) as u8)
        } else if block.bits() == 8 {
            four(4 * place, &|number| number ^ 128)
        } else {
            let low = |from| four(from, &|number| number & 15);
            low(4 * place) | low(GROUP / 2 + 4 * place) << 4
        };
    }
}

/// What of a group's numbers is above four bits.
fn put_highs(bits: usize, words: &mut [u32], numbers: &[u8; GROUP]) {
    let (bits, per_word) = (bits - 4, GROUP / (bits - 4));
    for (word, numbers) in words.iter_mut().zip(numbers.chunks_exact(per_word)) {
        *word = numbers.iter().enumerate().fold(0, |word, (i, number)| word | u32::from(number >> 4) << (bits * i));
    }
}
