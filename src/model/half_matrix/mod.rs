//! Matrices of half-precision numbers on the CPU, and products with them in f32: the numbers are widened in registers or a panel
//! at a time, so that no f32 copy of a matrix is ever made and activations lose no digit.
//!
//! They lie in panels of 16 rows, as the packed ones do ([`super::packed`]): number after number, each of all 16 rows, so
//! that one register holds one number of each row.

mod kernels;
mod lines;
mod product;
mod tiles;

use std::fmt;
use std::ops::Range;

use burn::tensor::{DType, TensorData, bf16, f16};
use rayon::prelude::*;

pub(super) use kernels::{Kernels, Target, Wide};
pub(super) use lines::side_by_side;
pub use product::times_each;
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

    fn panel(&self, index: usize) -> &[Line] {
        &self.lines[index * self.shape[1]..][..self.shape[1]]
    }
}

impl fmt::Debug for HalfMatrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HalfMatrix({:?}, {:?})", self.half, self.shape)
    }
}
