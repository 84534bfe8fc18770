//! Products on x86-64: a panel of 16 rows at a time by AVX-512's products of bytes (VNNI), or half a panel by AVX2.

pub(super) mod avx2;
pub(super) mod vnni;

use super::super::activations::Activations;

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
use of_kind;

/// All rows of `x` with the panels of `products`: eight rows at a time share what was unpacked, then four, then one.
/// `$dots::<B, N>(panels, panel, x)` gives the products of a panel with `N` rows.
macro_rules! by_rows {
    ($dots:ident, $block:ident, $panels:expr, $first:expr, $x:expr, $products:expr) => {
        for (index, products) in $products.chunks_exact_mut($x.len().max(1)).enumerate() {
            let panel = $first + index;
            let (eights, rest) = $x.as_chunks::<8>();
            let (of_eights, of_rest) = products.split_at_mut(8 * eights.len());
            for (products, x) in of_eights.as_chunks_mut::<8>().0.iter_mut().zip(eights) {
                *products = $dots::<$block, 8>($panels, panel, x);
            }
            let (fours, rest) = rest.as_chunks::<4>();
            let (of_fours, of_rest) = of_rest.split_at_mut(4 * fours.len());
            for (products, x) in of_fours.as_chunks_mut::<4>().0.iter_mut().zip(fours) {
                *products = $dots::<$block, 4>($panels, panel, x);
            }
            for (products, x) in of_rest.iter_mut().zip(rest) {
                [*products] = $dots::<$block, 1>($panels, panel, &[x]);
            }
        }
    };
}
use by_rows;

/// See [`super::Kernels::round`].
#[target_feature(enable = "avx2,fma")]
pub(super) fn round(groups: &mut [Activations], values: &[f32]) {
    Activations::set(groups, values);
}
