//! The inner loops of products, chosen at run time by what the processor has.

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod fixed;
#[cfg(target_arch = "aarch64")]
mod neon;
mod plain;
#[cfg(target_arch = "x86_64")]
mod x86;

use std::sync::LazyLock;

use super::activations::Activations;
use super::panels::{PANEL, Panels};

/// Which loops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kernels {
    /// Plain code, which every other kind is held against.
    Plain,
    /// AVX2: half a panel at a time.
    #[cfg(target_arch = "x86_64")]
    Avx2(Detected),
    /// AVX-512's products of bytes (VNNI), a panel at a time.
    #[cfg(target_arch = "x86_64")]
    Vnni(Detected),
    /// NEON: a quarter of a panel at a time.
    #[cfg(target_arch = "aarch64")]
    Neon(Detected),
    /// NEON with the products of bytes that most processors since 2018 have (DotProd).
    #[cfg(target_arch = "aarch64")]
    DotProd(Detected),
}

/// That the processor has been asked for what loops use: nothing else in `model` can make one.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Detected(());

impl Kernels {
    /// Those that this processor can run, the fastest last.
    pub fn available() -> Vec<Self> {
        let mut available = vec![Self::Plain];
        #[cfg(target_arch = "x86_64")]
        {
            let has_avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
            if has_avx2 && is_x86_feature_detected!("f16c") {
                available.push(Self::Avx2(Detected(())));
                let has_bytes = is_x86_feature_detected!("avx512bw") && is_x86_feature_detected!("avx512vnni");
                if has_bytes && is_x86_feature_detected!("avx512f") {
                    available.push(Self::Vnni(Detected(())));
                }
            }
        }
        #[cfg(target_arch = "aarch64")]
        if std::arch::is_aarch64_feature_detected!("neon") {
            available.push(Self::Neon(Detected(())));
            if std::arch::is_aarch64_feature_detected!("dotprod") {
                available.push(Self::DotProd(Detected(())));
            }
        }
        available
    }

    /// The fastest that this processor can run.
    pub fn best() -> Self {
        static BEST: LazyLock<Kernels> = LazyLock::new(|| Kernels::available().pop().unwrap_or(Kernels::Plain));
        *BEST
    }

    /// The products of the panels from `first` on with all rows of `x`: `[panel][row of x]` in `products`, whose length
    /// says how many panels.
    pub fn multiply(self, panels: &Panels, first: usize, x: &[&[Activations]], products: &mut [[f32; PANEL]]) {
        match self {
            Self::Plain => plain::multiply(panels, first, x, products),
            // SAFETY: `available` gives these only where the processor has what they use.
            #[cfg(target_arch = "x86_64")]
            #[allow(unsafe_code, reason = "code for a processor that has been asked for it")]
            Self::Avx2(_) => unsafe { x86::avx2::multiply(panels, first, x, products) },
            #[cfg(target_arch = "x86_64")]
            #[allow(unsafe_code, reason = "code for a processor that has been asked for it")]
            // SAFETY: as above.
            Self::Vnni(_) => unsafe { x86::vnni::multiply(panels, first, x, products) },
            #[cfg(target_arch = "aarch64")]
            #[allow(unsafe_code, reason = "code for a processor that has been asked for it")]
            // SAFETY: as above.
            Self::Neon(_) => unsafe { neon::multiply(panels, first, x, products) },
            #[cfg(target_arch = "aarch64")]
            #[allow(unsafe_code, reason = "code for a processor that has been asked for it")]
            // SAFETY: as above.
            Self::DotProd(_) => unsafe { neon::multiply_by_dots(panels, first, x, products) },
        }
    }

    /// Rounds activations; see [`Activations::set`].
    pub fn round(self, groups: &mut [Activations], values: &[f32]) {
        match self {
            Self::Plain => Activations::set(groups, values),
            // What the compiler makes of it has NEON in it, which all of this architecture's programs have.
            #[cfg(target_arch = "aarch64")]
            Self::Neon(_) | Self::DotProd(_) => Activations::set(groups, values),
            #[cfg(target_arch = "x86_64")]
            #[allow(unsafe_code, reason = "code for a processor that has been asked for it")]
            // SAFETY: as in `multiply`; what has VNNI has AVX2.
            Self::Avx2(_) | Self::Vnni(_) => unsafe { x86::round(groups, values) },
        }
    }
}
