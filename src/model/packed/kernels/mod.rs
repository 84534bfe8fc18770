//! The inner loops of products, chosen at run time by what the processor has.

mod plain;
#[cfg(target_arch = "x86_64")]
mod x86;

use std::sync::LazyLock;

use super::activations::Activations;
use super::block::Block;
use super::unpack::unpack;

/// Which loops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kernels {
    /// Plain code, which every other kind is held against.
    Plain,
    /// 32 numbers at a time by AVX2.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// The same with AVX-512's products of bytes (VNNI).
    #[cfg(target_arch = "x86_64")]
    Vnni,
}

impl Kernels {
    /// Those that this processor can run, the fastest last.
    pub fn available() -> Vec<Self> {
        let mut available = vec![Self::Plain];
        #[cfg(target_arch = "x86_64")]
        {
            let has_avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
            if has_avx2 && is_x86_feature_detected!("f16c") {
                available.push(Self::Avx2);
                if is_x86_feature_detected!("avx512vnni") && is_x86_feature_detected!("avx512vl") {
                    available.push(Self::Vnni);
                }
            }
        }
        available
    }

    /// The fastest that this processor can run.
    pub fn best() -> Self {
        static BEST: LazyLock<Kernels> = LazyLock::new(|| Kernels::available().pop().unwrap_or(Kernels::Plain));
        *BEST
    }

    /// The products of packed rows, which lie in `bytes` one after another, with all rows of `x`: `[rows, rows of x]` in
    /// `products`.
    pub fn multiply(self, block: Block, bytes: &[u8], x: &[&[Activations]], products: &mut [f32]) {
        match self {
            Self::Plain => plain::multiply(block, bytes, x, products),
            // SAFETY: `available` gives these only where the processor has what they use.
            #[cfg(target_arch = "x86_64")]
            #[allow(unsafe_code, reason = "code for a processor that has been asked for it")]
            Self::Avx2 => unsafe { x86::avx2::multiply(block, bytes, x, products) },
            #[cfg(target_arch = "x86_64")]
            #[allow(unsafe_code, reason = "code for a processor that has been asked for it")]
            // SAFETY: as above.
            Self::Vnni => unsafe { x86::vnni::multiply(block, bytes, x, products) },
        }
    }
    /// The numbers of packed rows, which lie in `bytes` one after another.
    pub fn unpack(self, block: Block, bytes: &[u8], into: &mut [f32]) {
        match self {
            Self::Plain => unpack(block, bytes, into),
            #[cfg(target_arch = "x86_64")]
            #[allow(unsafe_code, reason = "code for a processor that has been asked for it")]
            // SAFETY: as in `multiply`; what has VNNI has AVX2.
            Self::Avx2 | Self::Vnni => unsafe { x86::unpack(block, bytes, into) },
        }
    }
}
