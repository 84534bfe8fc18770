//! Products of numbers in bf16, two of each row at a time and summed in f32: what processors with AVX-512 BF16 do twice as fast as
//! products in f32.

use super::super::PANEL;
use super::super::rounded::{Pair, PairLine};
use super::Target;
#[cfg(target_arch = "x86_64")]
use super::{Detected, Kernels};

/// Which loops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::model) enum PairKernels {
    /// Plain code, which the other kind is held against; products in f32 are faster than it.
    #[cfg(test)]
    Plain,
    /// AVX-512 BF16.
    #[cfg(target_arch = "x86_64")]
    Avx512(Detected),
}

impl PairKernels {
    /// The fastest that this processor can run; none where products in f32 are faster.
    pub fn best() -> Option<Self> {
        #[cfg(target_arch = "x86_64")]
        if let Kernels::Avx512(detected) = Kernels::best()
            && is_x86_feature_detected!("avx512bf16")
        {
            return Some(Self::Avx512(detected));
        }
        None
    }

    /// Rows of a tile: their sums with two panels take 24 of 32 registers.
    pub const ROWS: usize = 12;

    /// Adds the products of a tile (pair by pair, of all its rows each) with panels.
    #[allow(unsafe_code, reason = "code for a processor that has been asked for it")]
    pub fn add<const P: usize>(self, panels: [&[PairLine]; P], tile: &[Pair], into: &mut Target<'_, '_>) {
        // Where there are no such loops, nothing reads them.
        let _ = (&panels, tile, &into);
        match self {
            #[cfg(test)]
            Self::Plain => plain(panels, tile, into),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `best` gives these only where the processor has what they use.
            Self::Avx512(_) => unsafe { avx512::add(panels, tile, into) },
        }
    }
}

#[cfg(test)]
fn plain<const P: usize>(panels: [&[PairLine]; P], tile: &[Pair], into: &mut Target<'_, '_>) {
    let halves = |pair: Pair| [pair << 16, pair & 0xffff_0000].map(f32::from_bits);
    let rows = super::plain::rows(&panels, tile);
    for (index, panel) in panels.into_iter().enumerate() {
        for row in 0..rows {
            let mut sums = [0.0; PANEL];
            for (line, pairs) in panel.iter().zip(tile.chunks_exact(rows)) {
                let x = halves(pairs[row]);
                for (sum, weights) in sums.iter_mut().zip(line) {
                    let weights = halves(*weights);
                    *sum += weights[0] * x[0] + weights[1] * x[1];
                }
            }
            into.add(row, index, &sums);
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod avx512 {
    use std::arch::x86_64::*;

    use super::super::avx512::store;
    use super::super::plain::rows;
    use super::super::with_rows;
    use super::*;

    #[target_feature(enable = "avx512f,avx2,fma,f16c,avx512bf16")]
    pub(super) fn add<const P: usize>(panels: [&[PairLine]; P], tile: &[Pair], into: &mut Target<'_, '_>) {
        with_rows!(rows(&panels, tile), [1 2 3 4 5 6 7 8 9 10 11 12], all(|line| load(line), panels, tile, into));
    }

    #[target_feature(enable = "avx512f,avx2,fma,f16c,avx512bf16")]
    #[inline]
    fn all<const R: usize, const P: usize, L>(
        loaded: impl Fn(&L) -> __m512bh,
        panels: [&[L]; P],
        tile: &[Pair],
        into: &mut Target<'_, '_>,
    ) {
        let count = panels[0].len();
        let (tile, panels) = (&tile.as_chunks::<R>().0[..count], panels.map(|panel| &panel[..count]));
        let mut sums = [[_mm512_setzero_ps(); P]; R];
        for (number, pairs) in tile.iter().enumerate() {
            let lines = panels.map(|panel| loaded(&panel[number]));
            for (sums, &pair) in sums.iter_mut().zip(pairs) {
                let pair = bf16s(_mm512_set1_epi32(pair.cast_signed()));
                for (sum, line) in sums.iter_mut().zip(lines) {
                    *sum = _mm512_dpbf16_ps(*sum, line, pair);
                }
            }
        }
        let mut products = [0.0; PANEL];
        for (row, sums) in sums.into_iter().enumerate() {
            for (panel, sum) in sums.into_iter().enumerate() {
                store(sum, &mut products);
                into.add(row, panel, &products);
            }
        }
    }

    #[target_feature(enable = "avx512f,avx2,fma,f16c,avx512bf16")]
    #[inline]
    fn load(line: &PairLine) -> __m512bh {
        #[allow(unsafe_code, reason = "a load has no safe form")]
        // SAFETY: the array has 64 bytes, and the load asks for no alignment.
        bf16s(unsafe { _mm512_loadu_epi32(line.as_ptr().cast()) })
    }

    #[target_feature(enable = "avx512f,avx2,fma,f16c,avx512bf16")]
    #[inline]
    fn bf16s(bits: __m512i) -> __m512bh {
        #[allow(unsafe_code, reason = "the types have no other way to each other")]
        // SAFETY: both are 512 bits, and all bits are numbers.
        unsafe {
            std::mem::transmute(bits)
        }
    }
}
