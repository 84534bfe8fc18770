//! The numbers of a panel of packed rows as floats, 16 rows at a time.

use super::block::Block;
use super::panels::{Line, PANEL, Panels};
use super::unpack::{GROUP, TABLE};
use crate::model::vectorised::vectorised;

/// Numbers of each row that share a scale in every kind of block.
const RUN: usize = GROUP / 2;

/// Four neighbouring numbers of each row of a panel, a byte each.
type Word = [u32; PANEL];

impl Panels {
    /// The numbers from `first` on, a multiple of 16, of the 16 rows of a panel, number after number of all rows: the same as
    /// [`Panels::unpack_row`] gives.
    pub fn widen(&self, panel: usize, first: usize, into: &mut [[f32; PANEL]]) {
        for (run, into) in (first / RUN..).zip(into.chunks_mut(RUN)) {
            let (group, half) = (run / 2, run % 2);
            let (mut scales, mut offsets) = ([0.0; PANEL], [0.0; PANEL]);
            for (lane, (scale, offset)) in scales.iter_mut().zip(&mut offsets).enumerate() {
                let (of_halves, low) = self.scales_of(panel, group, lane);
                (*scale, *offset) = (of_halves[half], low);
            }
            let lines = self.lines(panel, group);
            let words: [Word; 4] = std::array::from_fn(|word| word_of(self.block, lines, 4 * half + word));
            if self.block.has_table() {
                floats_of_table(&words, &scales, &offsets, into);
            } else {
                floats(&words, i32::from(self.block.centre()), &scales, &offsets, into);
            }
        }
    }
}

/// The numbers `4 word` to `4 word + 3` of a group, of each row: as they were put there.
fn word_of(block: Block, lines: &[Line], word: usize) -> Word {
    let of = |line: usize| lines[line].0.as_chunks().0.iter().map(|bytes| u32::from_le_bytes(*bytes));
    let mut numbers = [0; PANEL];
    if block.bits() == 8 {
        numbers.iter_mut().zip(of(word)).for_each(|(into, four)| *into = four);
        return numbers;
    }
    let low = of(word % 4).map(|four| four >> (4 * (word / 4)) & 0x0f0f_0f0f);
    numbers.iter_mut().zip(low).for_each(|(into, four)| *into = four);
    let high = match block.bits() {
        5 => Some((4, word, 0x0101_0101)),
        6 => Some((4 + word / 4, 2 * (word % 4), 0x0303_0303)),
        _ => None,
    };
    if let Some((line, shift, mask)) = high {
        numbers.iter_mut().zip(of(line)).for_each(|(into, four)| *into |= (four >> shift & mask) << 4);
    }
    numbers
}

vectorised! {
    /// `scale (q - centre) + offset` of 16 numbers of each row.
    fn floats(
        _fuses;
        words: &[Word; 4],
        centre: i32,
        scales: &[f32; PANEL],
        offsets: &[f32; PANEL],
        into: &mut [[f32; PANEL]],
    ) {
        for (place, line) in into.iter_mut().enumerate() {
            let (word, shift) = (&words[place / 4], 8 * (place % 4));
            for lane in 0..PANEL {
                let q = (word[lane] >> shift & 255) as i32 - centre;
                line[lane] = scales[lane] * q as f32 + offsets[lane];
            }
        }
    }

    /// The same of numbers that are places in the table.
    fn floats_of_table(
        _fuses;
        words: &[Word; 4],
        scales: &[f32; PANEL],
        offsets: &[f32; PANEL],
        into: &mut [[f32; PANEL]],
    ) {
        for (place, line) in into.iter_mut().enumerate() {
            let (word, shift) = (&words[place / 4], 8 * (place % 4));
            for lane in 0..PANEL {
                let q = TABLE[(word[lane] >> shift & 15) as usize];
                line[lane] = scales[lane] * f32::from(q) + offsets[lane];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::PackedMatrix;
    use super::*;

    /// A last panel that is not full, and every run of 16 by itself and with those after it.
    #[test]
    fn a_panel_is_widened_to_what_its_rows_are() {
        for block in Block::ALL {
            let matrix = PackedMatrix::random(block, [21, 2 * block.values()], 5);
            let inp = matrix.shape()[1];
            let mut row = vec![0.0; inp];
            for first in (0..inp).step_by(RUN) {
                let mut found = vec![[1.0; PANEL]; inp - first];
                for (panel, rows) in [(0, 0..16), (1, 16..21)] {
                    matrix.panels.widen(panel, first, &mut found);
                    for index in rows {
                        matrix.unpack_row(index, &mut row);
                        assert!(
                            found.iter().map(|line| line[index % PANEL]).eq(row[first..].iter().copied()),
                            "{block:?}"
                        );
                    }
                }
            }
        }
    }
}
