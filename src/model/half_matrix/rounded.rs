//! Numbers rounded to bf16 and set two by two, as processors with instructions for it multiply them.

use super::{Line, PANEL, Wide};
use crate::model::vectorised::vectorised;

/// Two numbers of a row that follow each other, as bf16: the first one in the lower half.
pub(in crate::model) type Pair = u32;

/// A pair of each row of a panel.
pub(in crate::model) type PairLine = [Pair; PANEL];

vectorised! {
    /// Numbers of one row. Where their count is odd the last one has a zero beside it.
    pub(in crate::model) fn pair_row(_fuses; row: &[f32], into: &mut [Pair]) {
        let (twos, last) = row.as_chunks::<2>();
        for (pair, [first, second]) in into.iter_mut().zip(twos) {
            *pair = pair_of(*first, *second);
        }
        if let (Some(pair), [last]) = (into.get_mut(twos.len()), last) {
            *pair = pair_of(*last, 0.0);
        }
    }

    /// Numbers of all rows of a panel, of which each two lines follow each other; zeros beside the last where their count is odd.
    pub(in crate::model) fn pair_lines(_fuses; lines: &[Wide], into: &mut [PairLine]) {
        for (pairs, lines) in into.iter_mut().zip(lines.chunks(2)) {
            let second = lines.get(1).unwrap_or(&[0.0; PANEL]);
            for ((pair, first), second) in pairs.iter_mut().zip(&lines[0]).zip(second) {
                *pair = pair_of(*first, *second);
            }
        }
    }

    /// The same of numbers that are bf16 already.
    pub(super) fn join_lines(_fuses; lines: &[Line], into: &mut [PairLine]) {
        for (pairs, lines) in into.iter_mut().zip(lines.chunks(2)) {
            let second = lines.get(1).unwrap_or(&[0; PANEL]);
            for ((pair, first), second) in pairs.iter_mut().zip(&lines[0]).zip(second) {
                *pair = u32::from(*first) | u32::from(*second) << 16;
            }
        }
    }

    /// Numbers of 16 rows that follow each other, of which up to 16 columns are at hand: the columns become a panel's rows.
    pub(in crate::model) fn pair_columns(_fuses; columns: &[Wide; PANEL], into: &mut [PairLine]) {
        for (two, pairs) in into.iter_mut().enumerate() {
            for (pair, column) in pairs.iter_mut().zip(columns) {
                *pair = pair_of(column[2 * two], column[2 * two + 1]);
            }
        }
    }
}

#[inline(always)]
fn pair_of(first: f32, second: f32) -> Pair {
    bits_of(first) | bits_of(second) << 16
}

/// To the nearest bf16, and to the even one of two that are as near, as processors round.
#[inline(always)]
fn bits_of(number: f32) -> u32 {
    let bits = number.to_bits();
    let nearest = bits.wrapping_add(0x7fff + (bits >> 16 & 1));
    // A NaN whose upper half would be infinity's stays one.
    let bits = if number.is_nan() { bits | 0x40_0000 } else { nearest };
    bits >> 16
}

#[cfg(test)]
mod tests {
    use burn::tensor::bf16;

    use super::*;

    fn pair(first: f32, second: f32) -> Pair {
        let bits = |number| u32::from(bf16::from_f32(number).to_bits());
        bits(first) | bits(second) << 16
    }

    /// Of each upper half all that decides how the lower one is rounded; NaN, infinity and what rounds to it among them.
    #[test]
    fn numbers_are_rounded_as_the_type_rounds_them() {
        let lower = [0, 1, 0x7fff, 0x8000, 0x8001, 0xffff];
        let all = (0..=0xffff_u32).flat_map(|upper| lower.map(|lower| f32::from_bits(upper << 16 | lower)));
        let all: Vec<f32> = all.collect();
        let mut found = vec![0; all.len() / 2];
        pair_row(&all, &mut found);
        for (found, two) in found.iter().zip(all.as_chunks::<2>().0) {
            let right = pair(two[0], two[1]);
            assert_eq!(*found, right, "{two:?}");
        }
    }

    #[test]
    fn each_pair_has_what_follows_each_other() {
        let number = |line: usize, row: usize| (line * 100 + row) as f32 / 7.0;
        for count in [1, 2, 15, 16] {
            let lines: Vec<Wide> = (0..count).map(|line| std::array::from_fn(|row| number(line, row))).collect();
            let right = |two: usize, row: usize| {
                let of = |line: usize| if line < count { number(line, row) } else { 0.0 };
                pair(of(2 * two), of(2 * two + 1))
            };
            let expected: Vec<PairLine> =
                (0..count.div_ceil(2)).map(|two| std::array::from_fn(|row| right(two, row))).collect();
            let mut found = vec![[7; PANEL]; expected.len()];
            pair_lines(&lines, &mut found);
            assert_eq!(found, expected, "{count} lines");
            let halves: Vec<Line> =
                lines.iter().map(|line| line.map(|number| bf16::from_f32(number).to_bits())).collect();
            found.fill([7; PANEL]);
            join_lines(&halves, &mut found);
            assert_eq!(found, expected, "{count} lines in bf16");
            let row: Vec<f32> = lines.iter().map(|line| line[3]).collect();
            let mut pairs = vec![7; expected.len()];
            pair_row(&row, &mut pairs);
            assert!(pairs.iter().zip(&expected).all(|(pair, line)| *pair == line[3]), "{count} numbers");
        }
        let square: [Wide; PANEL] = std::array::from_fn(|line| std::array::from_fn(|row| number(line, row)));
        let mut found = [[7; PANEL]; PANEL / 2];
        pair_columns(&square, &mut found);
        for (two, line) in found.iter().enumerate() {
            for (column, found) in line.iter().enumerate() {
                assert_eq!(*found, pair(number(column, 2 * two), number(column, 2 * two + 1)));
            }
        }
    }
}
