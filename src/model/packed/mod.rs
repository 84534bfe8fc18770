//! Matrices whose numbers are packed in blocks of 8 bits and fewer, as GGUF files hold them, and products with them.
//!
//! A matrix stays packed wherever it is: in the mapped file, in memory, and in the product, which unpacks a block in
//! registers. Only where many rows of activations meet it are strips of it widened for a moment, once for all rows.

mod activations;
mod block;
mod product;
mod unpack;

use std::fmt;

use bytes::Bytes;

pub use block::Block;

/// A matrix `[out, in]`; each row is a whole number of blocks, one after another.
#[derive(Clone)]
pub struct PackedMatrix {
    block: Block,
    shape: [usize; 2],
    bytes: Bytes,
}

impl PackedMatrix {
    /// The matrix that `bytes` hold; None where they are too few or too many, or where `block` does not divide a row.
    pub fn new(block: Block, shape: [usize; 2], bytes: Bytes) -> Option<Self> {
        let needed = block.row_bytes(shape[1])?.checked_mul(shape[0])?;
        (bytes.len() == needed).then_some(Self { block, shape, bytes })
    }

    /// `[out, in]`
    pub fn shape(&self) -> [usize; 2] {
        self.shape
    }

    /// How its numbers are packed.
    pub fn block(&self) -> Block {
        self.block
    }

    /// The packed bytes of row `index`.
    fn row(&self, index: usize) -> &[u8] {
        let bytes = self.row_bytes();
        &self.bytes[index * bytes..(index + 1) * bytes]
    }

    fn row_bytes(&self) -> usize {
        self.bytes.len().checked_div(self.shape[0]).unwrap_or(0)
    }

    /// Random numbers whose blocks have scales near 1 / 64.
    #[cfg(test)]
    pub(super) fn random(block: Block, shape: [usize; 2], seed: u64) -> Self {
        use half::f16;
        use rand::{Rng as _, SeedableRng as _};

        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
        let mut bytes = vec![0u8; shape[0] * block.row_bytes(shape[1]).unwrap()];
        random.fill(&mut bytes[..]);
        for block_bytes in bytes.chunks_exact_mut(block.bytes()) {
            for at in block.halves() {
                let scale = f16::from_f32((random.random::<f32>() - 0.5) / 32.0);
                block_bytes[*at..at + 2].copy_from_slice(&scale.to_le_bytes());
            }
        }
        Self::new(block, shape, bytes.into()).unwrap()
    }

    /// The numbers of row `index`, which `into` has room for.
    pub fn unpack_row(&self, index: usize, into: &mut [f32]) {
        unpack::unpack(self.block, self.row(index), into);
    }

    /// All numbers, row after row.
    pub fn unpack(&self) -> Vec<f32> {
        let mut values = vec![0.0; self.shape[0] * self.shape[1]];
        self.unpack_rows(0, &mut values);
        values
    }
}

impl fmt::Debug for PackedMatrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PackedMatrix({:?}, {:?})", self.block, self.shape)
    }
}
