//! Matrices of half-precision numbers on the CPU, and products of a few rows with them: the numbers are widened in registers, so that
//! no f32 copy of a matrix is ever made and activations lose no digit. Products of many rows: [`super::panels`].
//!
//! They lie in panels of 16 rows, as the packed ones do ([`super::packed`]): number after number, each of all 16 rows, so
//! that one register holds one number of each row.

mod kernels;
mod lines;
mod product;
mod rounded;
mod tiles;

use std::fmt;
use std::ops::Range;

use burn::tensor::{DType, TensorData, bf16, f16};
use rayon::prelude::*;

pub(super) use kernels::{Kernels, PairKernels, Target, Wide};
pub(super) use lines::side_by_side;
pub use product::times_each;
pub(super) use rounded::{Pair, PairLine, pair_columns, pair_lines, pair_row};
pub(super) use tiles::Tiles;

/// Rows of a panel.
const PANEL: usize = 16;

/// One number of each row of a panel, as bits.
type Line = [u16; PANEL];

/// Which half precision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Half {
    /// 5 bits of exponent, 10 of fraction.
    F16,
    /// 8 and 7; an f32 without its lower half.
    Bf16,
}

impl Half {
    /// The one that a type of numbers is, if any.
    pub fn of(numbers: DType) -> Option<Self> {
        match numbers {
            DType::F16 => Some(Self::F16),
            DType::BF16 => Some(Self::Bf16),
            _ => None,
        }
    }

    /// The tensor library's name of it.
    pub fn dtype(self) -> DType {
        match self {
            Self::F16 => DType::F16,
            Self::Bf16 => DType::BF16,
        }
    }

    fn widened(self, bits: u16) -> f32 {
        match self {
            Self::F16 => f16::from_bits(bits).to_f32(),
            Self::Bf16 => bf16::from_bits(bits).to_f32(),
        }
    }
}

/// A matrix `[out, in]`.
#[derive(Clone)]
pub struct HalfMatrix {
    shape: [usize; 2],
    half: Half,
    /// `[panel][in]`; rows that the last panel lacks are zeros.
    lines: Vec<Line>,
}

impl HalfMatrix {
    /// The matrix whose numbers lie in `bytes` row after row, little end first; None where they are too few or too many.
    pub fn new(half: Half, shape: [usize; 2], bytes: &[u8]) -> Option<Self> {
        let [out, inp] = shape;
        if out.checked_mul(inp)?.checked_mul(2)? != bytes.len() {
            return None;
        }
        let mut lines = vec![[0; PANEL]; out.div_ceil(PANEL) * inp];
        let panels = lines.par_chunks_exact_mut(inp.max(1)).zip(bytes.par_chunks((PANEL * inp * 2).max(1)));
        panels.for_each(|(lines, rows)| {
            for (row, bytes) in rows.chunks_exact(inp * 2).enumerate() {
                for (line, &bytes) in lines.iter_mut().zip(bytes.as_chunks().0) {
                    line[row] = u16::from_le_bytes(bytes);
                }
            }
        });
        Some(Self { shape, half, lines })
    }

    /// The same matrix in bf16 where all its f16 numbers are numbers there too, as in files that were made of a checkpoint in bf16: so
    /// nothing is lost where many rows are multiplied in bf16. Any other stays as it is.
    #[must_use]
    pub fn in_bf16_where_exact(mut self) -> Self {
        let all_are =
            || self.lines.par_chunks(WIDENED).all(|lines| widened(lines).as_flattened().iter().all(|x| is_bf16(*x)));
        if self.half == Half::F16 && all_are() {
            self.lines.par_chunks_mut(WIDENED).for_each(|lines| {
                let wide = widened(lines);
                for (line, wide) in lines.iter_mut().zip(&wide) {
                    *line = wide.map(|number| (number.to_bits() >> 16) as u16);
                }
            });
            self.half = Half::Bf16;
        }
        self
    }

    /// `[out, in]`
    pub fn shape(&self) -> [usize; 2] {
        self.shape
    }

    /// Which half precision its numbers have.
    pub fn half(&self) -> Half {
        self.half
    }

    /// Row `index` in f32, into which it fits.
    pub fn row(&self, index: usize, into: &mut [f32]) {
        let lines = &self.panel(index / PANEL)[..into.len()];
        into.iter_mut().zip(lines).for_each(|(value, line)| *value = self.half.widened(line[index % PANEL]));
    }

    /// All numbers as they are held, row after row.
    pub fn values(&self) -> TensorData {
        let [out, inp] = self.shape;
        let mut values = vec![0u16; out * inp];
        values.par_chunks_exact_mut(inp.max(1)).enumerate().for_each(|(row, values)| {
            let lines = self.panel(row / PANEL);
            values.iter_mut().zip(lines).for_each(|(value, line)| *value = line[row % PANEL]);
        });
        match self.half {
            Half::F16 => TensorData::new(values.into_iter().map(f16::from_bits).collect(), self.shape),
            Half::Bf16 => TensorData::new(values.into_iter().map(bf16::from_bits).collect(), self.shape),
        }
    }

    /// The numbers in these columns of the 16 rows of a panel, column after column, in f32.
    pub(super) fn widen(&self, panel: usize, columns: Range<usize>, into: &mut [Wide]) {
        Kernels::best().widen(self.half, &self.panel(panel)[columns], into);
    }

    /// The same as they are, two by two, of a matrix in bf16.
    pub(super) fn pairs(&self, panel: usize, columns: Range<usize>, into: &mut [PairLine]) {
        rounded::join_lines(&self.panel(panel)[columns], into);
    }

    fn panel(&self, index: usize) -> &[Line] {
        &self.lines[index * self.shape[1]..][..self.shape[1]]
    }
}

/// Lines in f16 that are widened at once.
const WIDENED: usize = 64;

fn widened(lines: &[Line]) -> [Wide; WIDENED] {
    let mut wide = [[0.0; PANEL]; WIDENED];
    Kernels::best().widen(Half::F16, lines, &mut wide[..lines.len()]);
    wide
}

/// Whether bf16 has all digits of a number.
fn is_bf16(number: f32) -> bool {
    number.to_bits() & 0xffff == 0
}

impl fmt::Debug for HalfMatrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HalfMatrix({:?}, {:?})", self.half, self.shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(numbers: &[f32], shape: [usize; 2]) -> HalfMatrix {
        let bytes: Vec<u8> = numbers.iter().flat_map(|&number| f16::from_f32(number).to_le_bytes()).collect();
        HalfMatrix::new(Half::F16, shape, &bytes).unwrap()
    }

    /// Numbers of eight digits over all of f16's range, the smallest among them; one of nine digits, at the end.
    #[test]
    fn what_came_from_bf16_goes_back_and_all_else_stays() {
        let shape = [37, 300];
        let of = |index: usize| {
            let number = (128 + index % 128) as f32 * 2.0f32.powi((index / 128 % 38) as i32 - 30);
            // As a file has it that was made of a bf16 checkpoint.
            f16::from_f32(if index.is_multiple_of(2) { number } else { -number }).to_f32()
        };
        let mut numbers: Vec<f32> = (0..37 * 300).map(of).collect();
        let right = matrix(&numbers, shape);
        let found = right.clone().in_bf16_where_exact();
        assert_eq!((right.half(), found.half()), (Half::F16, Half::Bf16));
        let (mut row, mut right_row) = (vec![0.0; 300], vec![0.0; 300]);
        for index in 0..37 {
            found.row(index, &mut row);
            right.row(index, &mut right_row);
            assert_eq!(row, right_row);
        }
        *numbers.last_mut().unwrap() = 257.0;
        assert_eq!(matrix(&numbers, shape).in_bf16_where_exact().half(), Half::F16);
    }
}
