//! Products on x86-64, 32 numbers at a time: written once, and compiled for AVX2 and for AVX-512 with VNNI, which differ in
//! how bytes are multiplied.
//!
//! Quants are unpacked to bytes whose zero is a centre of their kind's; those with an offset beside their scale have the
//! offset multiplied by the sum of the activations, once a group.

mod groups;

use super::super::block::Block;
use super::super::unpack::GROUP;
use groups::{centre, quants, scales};

/// Calls a function for the kind that `block` is, so that the kind is known where the function is compiled.
macro_rules! of_kind {
    ($block:expr, $function:ident($($argument:expr),*)) => {
        match $block {
            Block::Q4_0 => $function::<{ Block::Q4_0 as u8 }>($($argument),*),
            Block::Q4_1 => $function::<{ Block::Q4_1 as u8 }>($($argument),*),
            Block::Q5_0 => $function::<{ Block::Q5_0 as u8 }>($($argument),*),
            Block::Q5_1 => $function::<{ Block::Q5_1 as u8 }>($($argument),*),
            Block::Q8_0 => $function::<{ Block::Q8_0 as u8 }>($($argument),*),
            Block::Q4_K => $function::<{ Block::Q4_K as u8 }>($($argument),*),
            Block::Q5_K => $function::<{ Block::Q5_K as u8 }>($($argument),*),
            Block::Q6_K => $function::<{ Block::Q6_K as u8 }>($($argument),*),
            Block::IQ4_NL => $function::<{ Block::IQ4_NL as u8 }>($($argument),*),
            Block::IQ4_XS => $function::<{ Block::IQ4_XS as u8 }>($($argument),*),
        }
    };
}

/// The loops of products for one kind of processor. `$centred(quants, centre, x)` multiplies quants less their centre by
/// activations, `$plain(quants, x)` quants as they are; both give eight sums of four products.
macro_rules! products {
    ($features:literal, $centred:path, $plain:path) => {
        /// See [`super::super::Kernels::multiply`].
        #[target_feature(enable = $features)]
        pub fn multiply(block: Block, bytes: &[u8], x: &[&[Activations]], products: &mut [f32]) {
            of_kind!(block, all(bytes, x, products));
        }

        #[target_feature(enable = $features)]
        fn all<const B: u8>(bytes: &[u8], x: &[&[Activations]], products: &mut [f32]) {
            let n = x.len().max(1);
            let row_bytes = (bytes.len() / (products.len() / n).max(1)).max(1);
            let (several, rest) = x.as_chunks::<TOGETHER>();
            for (row, products) in bytes.chunks_exact(row_bytes).zip(products.chunks_exact_mut(n)) {
                let (of_several, of_rest) = products.split_at_mut(several.len() * TOGETHER);
                for (products, &x) in of_several.as_chunks_mut().0.iter_mut().zip(several) {
                    *products = dots::<B, TOGETHER>(row, x);
                }
                for (product, &x) in of_rest.iter_mut().zip(rest) {
                    [*product] = dots::<B, 1>(row, [x]);
                }
            }
        }

        /// The products of a packed row with `N` rows of activations.
        #[target_feature(enable = $features)]
        fn dots<const B: u8, const N: usize>(row: &[u8], x: [&[Activations]; N]) -> [f32; N] {
            let (size, groups) = const { (Block::ALL[B as usize].bytes(), Block::ALL[B as usize].values() / GROUP) };
            // Two sums grow side by side, so that none waits for the one before it.
            let mut sums = [[_mm256_setzero_ps(); N]; 2];
            let mut offsets = [0.0f32; N];
            let together = if groups == 1 { 2 } else { 1 };
            for first in (0..row.len() / size).step_by(together) {
                for index in first..first + together {
                    let Some(bytes) = row.get(index * size..(index + 1) * size) else { break };
                    let (scales, lows) = scales::<B>(bytes);
                    for part in 0..groups {
                        // The first four sums are of the first sixteen numbers.
                        let [low, high] = scales[part].map(|scale| _mm_set1_ps(scale));
                        let (quants, scale) = (quants::<B>(bytes, part), _mm256_set_m128(high, low));
                        for n in 0..N {
                            let x = &x[n][index * groups + part];
                            let activations = load32(&x.quants);
                            let whole = match has_offset::<B>() {
                                true => $plain(quants, activations),
                                false => $centred(quants, _mm256_set1_epi8(centre::<B>() as i8), activations),
                            };
                            let scale = _mm256_mul_ps(scale, _mm256_set1_ps(x.scale));
                            let sum = &mut sums[(index - first + part) % 2][n];
                            *sum = _mm256_fmadd_ps(_mm256_cvtepi32_ps(whole), scale, *sum);
                            if has_offset::<B>() {
                                offsets[n] += lows[part] * x.sum;
                            }
                        }
                    }
                }
            }
            std::array::from_fn(|n| added(_mm256_add_ps(sums[0][n], sums[1][n])) + offsets[n])
        }
    };
}

/// See [`super::Kernels::unpack`].
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn unpack(block: Block, bytes: &[u8], into: &mut [f32]) {
    of_kind!(block, unpack_of(bytes, into));
}

#[target_feature(enable = "avx2,fma,f16c")]
fn unpack_of<const B: u8>(bytes: &[u8], into: &mut [f32]) {
    let block = const { Block::ALL[B as usize] };
    for (bytes, values) in bytes.chunks_exact(block.bytes()).zip(into.chunks_exact_mut(block.values())) {
        let (scales, lows) = scales::<B>(bytes);
        for (part, values) in values.as_chunks_mut::<GROUP>().0.iter_mut().enumerate() {
            let quants = quants::<B>(bytes, part);
            let mut whole = [0u8; GROUP];
            groups::store32(quants, &mut whole);
            // Plain code, of which the compiler makes vectors.
            for (half, values) in values.as_chunks_mut::<{ GROUP / 2 }>().0.iter_mut().enumerate() {
                for (value, &quant) in values.iter_mut().zip(&whole[half * GROUP / 2..]) {
                    *value = scales[part][half] * f32::from(i16::from(quant) - i16::from(centre::<B>())) + lows[part];
                }
            }
        }
    }
}

/// What the loops for each kind of processor use.
mod shared {
    pub(super) use std::arch::x86_64::*;

    pub(super) use super::super::super::activations::Activations;
    pub(super) use super::super::super::block::Block;
    pub(super) use super::super::super::unpack::GROUP;
    pub(super) use super::groups::{added, centre, has_offset, load32, quants, scales};

    /// Rows of activations that share what was unpacked of a row.
    pub(super) const TOGETHER: usize = 4;
}

/// For AVX2.
pub(super) mod avx2 {
    use super::shared::*;

    products!("avx2,fma,f16c", centred, plain);

    #[target_feature(enable = "avx2,fma,f16c")]
    #[inline]
    fn centred(quants: __m256i, centre: __m256i, x: __m256i) -> __m256i {
        // Bytes are multiplied without a sign by bytes with one, and two products must fit into 16 bits: so the sign of
        // the quants goes to the activations.
        let quants = _mm256_sub_epi8(quants, centre);
        plain(_mm256_abs_epi8(quants), _mm256_sign_epi8(x, quants))
    }

    #[target_feature(enable = "avx2,fma,f16c")]
    #[inline]
    fn plain(quants: __m256i, x: __m256i) -> __m256i {
        _mm256_madd_epi16(_mm256_maddubs_epi16(quants, x), _mm256_set1_epi16(1))
    }
}

/// For AVX-512 with VNNI, in registers of 32 bytes.
pub(super) mod vnni {
    use super::shared::*;

    products!("avx2,fma,f16c,avx512vnni,avx512vl", centred, plain);

    #[target_feature(enable = "avx2,fma,f16c,avx512vnni,avx512vl")]
    #[inline]
    fn centred(quants: __m256i, centre: __m256i, x: __m256i) -> __m256i {
        _mm256_sub_epi32(plain(quants, x), plain(centre, x))
    }

    #[target_feature(enable = "avx2,fma,f16c,avx512vnni,avx512vl")]
    #[inline]
    fn plain(quants: __m256i, x: __m256i) -> __m256i {
        _mm256_dpbusd_epi32(_mm256_setzero_si256(), quants, x)
    }
}
