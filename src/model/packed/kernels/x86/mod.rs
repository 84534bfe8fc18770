//! Products on x86-64: a panel of 16 rows at a time by AVX-512's products of bytes (VNNI), or half a panel by AVX2.

pub(super) mod avx2;
pub(super) mod vnni;

use super::super::activations::Activations;

/// See [`super::Kernels::round`].
#[target_feature(enable = "avx2,fma")]
pub(super) fn round(groups: &mut [Activations], values: &[f32]) {
    Activations::set(groups, values);
}
