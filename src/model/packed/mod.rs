//! Matrices whose numbers are packed in blocks of 8 bits and fewer, as GGUF files hold them, and products with them.
//!
//! A matrix stays packed wherever it is: in the mapped file, in memory, and in the product, which unpacks a group in
//! registers. What is multiplied lies in panels of rows, into which the file's rows are sorted once, when the
//! matrix is read.

mod activations;
mod block;
mod kernels;
mod panels;
mod product;
mod quantise;
mod unpack;
mod widen;

use std::fmt;

use half::f16;
use rand::{Rng as _, SeedableRng as _};
use rayon::prelude::*;

pub use block::Block;
use panels::Panels;
pub use product::times_each;
pub use quantise::quantise;
pub(super) use unpack::{GROUP, quants, scale_bits, steps, table_value};

/// A matrix `[out, in]`.
#[derive(Clone)]
pub struct PackedMatrix {
    shape: [usize; 2],
    panels: Panels,
}

impl PackedMatrix {
    /// The matrix whose rows, each a whole number of blocks, lie in `bytes` one after another; None where they are too few
    /// or too many, or where `block` does not divide a row.
    pub fn new(block: Block, shape: [usize; 2], bytes: &[u8]) -> Option<Self> {
        fits(block, shape, bytes).then(|| Self { shape, panels: Panels::of(block, shape[0], shape[1] / GROUP, bytes) })
    }

    /// `[out, in]`
    pub fn shape(&self) -> [usize; 2] {
        self.shape
    }

    /// How its numbers are packed.
    pub fn block(&self) -> Block {
        self.panels.block
    }

    /// Bytes in memory.
    pub fn bytes(&self) -> usize {
        self.panels.bytes()
    }

    /// Random numbers whose blocks have scales near 1 / 64.
    #[cfg(test)]
    pub(super) fn random(block: Block, shape: [usize; 2], seed: u64) -> Self {
        Self::new(block, shape, &sample(block, shape, seed)).unwrap()
    }

    /// The numbers of row `index`, which `into` has room for.
    pub fn unpack_row(&self, index: usize, into: &mut [f32]) {
        self.panels.unpack_row(index, into);
    }

    /// The numbers from column `first` on, a multiple of 16, of the 16 rows of a panel, column after column.
    pub(super) fn widen(&self, panel: usize, first: usize, into: &mut [[f32; panels::PANEL]]) {
        self.panels.widen(panel, first, into);
    }

    /// All numbers, row after row.
    pub fn unpack(&self) -> Vec<f32> {
        let mut values = vec![0.0; self.shape[0] * self.shape[1]];
        let rows = values.par_chunks_mut(self.shape[1].max(1)).enumerate();
        rows.for_each(|(index, row)| self.unpack_row(index, row));
        values
    }
}

/// The numbers of packed rows as [`PackedMatrix::new`] takes them, for who does not multiply by them packed; None likewise.
pub fn unpacked(block: Block, shape: [usize; 2], bytes: &[u8]) -> Option<Vec<f32>> {
    fits(block, shape, bytes).then(|| {
        let mut values = vec![0.0; shape[0] * shape[1]];
        let rows = bytes.par_chunks((bytes.len() / shape[0].max(1)).max(1));
        values.par_chunks_mut(shape[1].max(1)).zip(rows).for_each(|(row, bytes)| unpack::unpack(block, bytes, row));
        values
    })
}

/// Whether rows of this shape lie in `bytes`.
pub(super) fn fits(block: Block, shape: [usize; 2], bytes: &[u8]) -> bool {
    block.row_bytes(shape[1]).and_then(|row| row.checked_mul(shape[0])) == Some(bytes.len())
}

/// The bytes of rows of random numbers whose blocks have scales near 1 / 64.
pub(super) fn sample(block: Block, shape: [usize; 2], seed: u64) -> Vec<u8> {
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    let mut bytes = vec![0u8; shape[0] * block.row_bytes(shape[1]).unwrap_or(0)];
    random.fill(&mut bytes[..]);
    for block_bytes in bytes.chunks_exact_mut(block.bytes()) {
        for at in block.halves() {
            let scale = f16::from_f32((random.random::<f32>() - 0.5) / 32.0);
            block_bytes[*at..at + 2].copy_from_slice(&scale.to_le_bytes());
        }
    }
    bytes
}

impl fmt::Debug for PackedMatrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PackedMatrix({:?}, {:?})", self.block(), self.shape)
    }
}
