//! A packed matrix as products read it: panels of 16 rows, whose numbers lie side by side so that one register holds four
//! numbers of each row.
//!
//! A group of 32 numbers of 16 rows is eight words: word `j` has the numbers `4 j` to `4 j + 3` of each row, row after row, a
//! byte each. Words are stored in lines of 64 bytes: eight of 8 bits; or four, of which line `i` has word `i` in its low and
//! word `i + 4` in its high halves; then, for 5 bits, a line whose byte has word `j`'s bit at place `j`; for 6 bits two
//! lines, the first for words 0 to 3, with two bits each. Scales and offsets stand in planes of their own. The bytes are
//! no more than the file's (for blocks of 256 numbers with 6-bit steps, which become bytes, 3 % more), and the numbers
//! are the same.

use rayon::prelude::*;

use super::block::Block;
use super::unpack::{GROUP, Steps, TABLE, half, quants, scale_bits, steps};

/// Rows of a panel.
pub(super) const PANEL: usize = 16;

/// Words of a group.
pub(super) const WORDS: usize = GROUP / 4;

/// 64 bytes that no two cache lines share.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
pub(super) struct Line(pub [u8; 4 * PANEL]);

/// All panels of a matrix. Rows that the last one lacks are zeros.
#[derive(Debug, Clone)]
pub(super) struct Panels {
    pub block: Block,
    /// Groups of 32 numbers in a row.
    pub groups: usize,
    /// `[panel][group]`, [`lines_of`] each.
    pub lines: Vec<Line>,
    /// `[panel][block]`, f16.
    pub scales: Vec<[u16; PANEL]>,
    /// Likewise what offsets are steps of, where there are any.
    pub lows: Vec<[u16; PANEL]>,
    /// `[panel][group]`, for blocks of 256; two each where each half of a group has its own.
    pub scale_steps: Vec<[i8; PANEL]>,
    /// `[panel][group]`, for blocks of 256 with offsets.
    pub low_steps: Vec<[i8; PANEL]>,
}

/// Lines of a group.
pub(super) const fn lines_of(block: Block) -> usize {
    block.bits()
}

/// Scales of a group in steps of its block's.
pub(super) const fn steps_of(block: Block) -> usize {
    match block {
        Block::Q6_K => 2,
        block if block.is_large() => 1,
        _ => 0,
    }
}

impl Panels {
    /// The panels of `rows` packed rows, which lie in `bytes` one after another; each has `groups` groups.
    pub fn of(block: Block, rows: usize, groups: usize, bytes: &[u8]) -> Self {
        let panels = rows.div_ceil(PANEL);
        let per_block = block.values() / GROUP;
        let blocks = groups / per_block;
        let n_lows = if block.has_offset() { panels * blocks } else { 0 };
        let n_low_steps = if block.is_large() && block.has_offset() { panels * groups } else { 0 };
        let mut made = Self {
            block,
            groups,
            lines: vec![Line([0; 4 * PANEL]); panels * groups * lines_of(block)],
            scales: vec![[0; PANEL]; panels * blocks],
            lows: vec![[0; PANEL]; n_lows],
            scale_steps: vec![[0; PANEL]; panels * groups * steps_of(block)],
            low_steps: vec![[0; PANEL]; n_low_steps],
        };
        // Planes that a kind of block lacks are handed out empty.
        let lines = made.lines.par_chunks_mut((groups * lines_of(block)).max(1));
        let scales = made.scales.par_chunks_mut(blocks.max(1));
        let rows = bytes.par_chunks((PANEL * blocks * block.bytes()).max(1));
        lines.zip(scales).zip(rows).for_each(|((lines, scales), rows)| {
            for (row, bytes) in rows.chunks_exact((blocks * block.bytes()).max(1)).enumerate() {
                for (index, bytes) in bytes.chunks_exact(block.bytes()).enumerate() {
                    scales[index][row] = scale_bits(block, bytes)[0];
                    for part in 0..per_block {
                        let group = index * per_block + part;
                        let lines = &mut lines[group * lines_of(block)..][..lines_of(block)];
                        put(block, lines, row, &quants(block, bytes, part));
                    }
                }
            }
        });
        made.put_steps(bytes, blocks);
        made
    }

    /// The planes beside scales and numbers, which only some kinds of blocks have.
    fn put_steps(&mut self, bytes: &[u8], blocks: usize) {
        let block = self.block;
        if !block.has_offset() && !block.is_large() {
            return;
        }
        let per_block = block.values() / GROUP;
        for (index, bytes) in bytes.chunks_exact(block.bytes()).enumerate() {
            let (row, index) = (index / blocks, index % blocks);
            let (panel, lane) = (row / PANEL, row % PANEL);
            if block.has_offset() {
                self.lows[panel * blocks + index][lane] = scale_bits(block, bytes)[1];
            }
            if block.is_large() {
                for part in 0..per_block {
                    let Steps { scales, low } = steps(block, bytes, part);
                    let group = panel * self.groups + index * per_block + part;
                    for (half, step) in scales.into_iter().enumerate().take(steps_of(block)) {
                        self.scale_steps[group * steps_of(block) + half][lane] = step;
                    }
                    if block.has_offset() {
                        self.low_steps[group][lane] = low;
                    }
                }
            }
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.scales.len() / self.blocks().max(1)
    }

    /// Blocks of a row.
    pub fn blocks(&self) -> usize {
        self.groups * GROUP / self.block.values()
    }

    /// Bytes in memory.
    pub fn bytes(&self) -> usize {
        size_of_val(&*self.lines)
            + size_of_val(&*self.scales)
            + size_of_val(&*self.lows)
            + size_of_val(&*self.scale_steps)
            + size_of_val(&*self.low_steps)
    }

    /// The scales of the halves of a group for one row of a panel, and its offset.
    pub fn scales_of(&self, panel: usize, group: usize, lane: usize) -> ([f32; 2], f32) {
        let at = panel * self.blocks() + group * GROUP / self.block.values();
        let scale = half(self.scales[at][lane]);
        let low = self.lows.get(at).map_or(0.0, |lows| half(lows[lane]));
        if !self.block.is_large() {
            return ([scale; 2], low);
        }
        let (place, n) = (panel * self.groups + group, steps_of(self.block));
        let step = |of_half: usize| f32::from(self.scale_steps[place * n + of_half.min(n - 1)][lane]);
        let low_step = self.low_steps.get(place).map_or(0.0, |steps| f32::from(steps[lane]));
        ([scale * step(0), scale * step(1)], -low * low_step)
    }

    pub(super) fn lines(&self, panel: usize, group: usize) -> &[Line] {
        let n = lines_of(self.block);
        &self.lines[(panel * self.groups + group) * n..][..n]
    }

    /// The words of a group as bytes without a sign, what is looked up with 128 added.
    pub fn words(&self, panel: usize, group: usize) -> [[u8; 4 * PANEL]; WORDS] {
        let lines = self.lines(panel, group);
        std::array::from_fn(|word| {
            std::array::from_fn(|byte| {
                let number = number(self.block, lines, word, byte);
                if self.block.has_table() { TABLE[usize::from(number)] as u8 ^ 128 } else { number }
            })
        })
    }

    /// The numbers of a row.
    pub fn unpack_row(&self, row: usize, into: &mut [f32]) {
        let (panel, lane) = (row / PANEL, row % PANEL);
        for (group, values) in into.chunks_exact_mut(GROUP).enumerate() {
            let (scales, offset) = self.scales_of(panel, group, lane);
            let lines = self.lines(panel, group);
            for (place, value) in values.iter_mut().enumerate() {
                let number = number(self.block, lines, place / 4, 4 * lane + place % 4);
                let q = if self.block.has_table() {
                    i16::from(TABLE[usize::from(number)])
                } else {
                    i16::from(number) - i16::from(self.block.centre())
                };
                *value = scales[place / (GROUP / 2)] * f32::from(q) + offset;
            }
        }
    }
}

/// Puts the numbers of one row into the lines of its group, which are zeros there: four bytes of a word at once.
fn put(block: Block, lines: &mut [Line], row: usize, numbers: &[u8; GROUP]) {
    let words: [u32; WORDS] =
        std::array::from_fn(|word| u32::from_le_bytes(std::array::from_fn(|byte| numbers[4 * word + byte])));
    let mut set = |line: usize, four: u32| lines[line].0[4 * row..4 * row + 4].copy_from_slice(&four.to_le_bytes());
    if block.bits() == 8 {
        words.into_iter().enumerate().for_each(|(word, four)| set(word, four));
        return;
    }
    let low = |word: usize| words[word] & 0x0f0f_0f0f;
    let high = |word: usize| words[word] >> 4 & 0x0f0f_0f0f;
    (0..4).for_each(|line| set(line, low(line) | low(line + 4) << 4));
    match block.bits() {
        5 => set(4, (0..WORDS).fold(0, |bits, word| bits | high(word) << word)),
        6 => (0..2)
            .for_each(|line| set(4 + line, (0..4).fold(0, |bits, word| bits | high(4 * line + word) << (2 * word)))),
        _ => {}
    }
}

/// The number that a byte of a word stands for, as [`put`] took it.
fn number(block: Block, lines: &[Line], word: usize, byte: usize) -> u8 {
    if block.bits() == 8 {
        return lines[word].0[byte];
    }
    let low = lines[word % 4].0[byte] >> (4 * (word / 4)) & 15;
    match block.bits() {
        5 => low | (lines[4].0[byte] >> word & 1) << 4,
        6 => low | (lines[4 + word / 4].0[byte] >> (2 * (word % 4)) & 3) << 4,
        _ => low,
    }
}
