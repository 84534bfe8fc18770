//! The inner loops of products with half-precision matrices, chosen at run time by what the processor has.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod pairs;
mod plain;

use std::sync::LazyLock;

pub(in crate::model) use pairs::PairKernels;

use super::{Half, Line, PANEL};
use crate::model::strips::Strip;

/// One number of each row of a panel, widened.
pub(in crate::model) type Wide = [f32; PANEL];

/// Which loops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::model) enum Kernels {
    /// Plain code, which every other kind is held against and which the compiler makes vectors of.
    Plain,
    /// AVX2 with F16C.
    #[cfg(target_arch = "x86_64")]
    Avx2(Detected),
    /// AVX-512.
    #[cfg(target_arch = "x86_64")]
    Avx512(Detected),
}

/// That the processor has been asked for what loops use: nothing else in `model` can make one.
#[cfg(target_arch = "x86_64")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::model) struct Detected(());

/// Where the products of a tile go: they are added to what stands there.
pub(in crate::model) struct Target<'a, 'b> {
    pub strip: &'a mut Strip<'b>,
    /// The first row.
    pub row: usize,
    /// The first column in the strip.
    pub column: usize,
}

impl Target<'_, '_> {
    /// Adds the products of one row with one panel, so far as the strip goes.
    #[inline]
    fn add(&mut self, row: usize, panel: usize, products: &Wide) {
        let into = &mut self.strip.row(self.row + row)[self.column + panel * PANEL..];
        into.iter_mut().zip(products).for_each(|(y, product)| *y += product);
    }
}

/// Calls `$function::<R, _, _>` with the number of rows known where it is compiled.
macro_rules! with_rows {
    ($rows:expr, [$($n:literal)*], $function:ident $arguments:tt) => {
        match $rows {
            $($n => $function::<$n, _, _> $arguments,)*
            rows => unreachable!("a tile of {rows} rows"),
        }
    };
}
use with_rows;

impl Kernels {
    /// Those that this processor can run, the fastest last.
    pub fn available() -> Vec<Self> {
        let mut available = vec![Self::Plain];
        #[cfg(target_arch = "x86_64")]
        {
            let has_avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
            if has_avx2 && is_x86_feature_detected!("f16c") {
                available.push(Self::Avx2(Detected(())));
                if is_x86_feature_detected!("avx512f") {
                    available.push(Self::Avx512(Detected(())));
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

    /// Rows of a tile, as many as the registers hold sums for.
    pub fn rows(self) -> usize {
        match self {
            Self::Plain => plain::ROWS,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => avx2::ROWS,
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(_) => avx512::ROWS,
        }
    }

    /// Adds the products of a tile (number by number, of all its rows each) with panels in half precision.
    #[allow(unsafe_code, reason = "code for a processor that has been asked for it")]
    pub fn halves<const P: usize>(self, half: Half, panels: [&[Line]; P], tile: &[f32], into: &mut Target<'_, '_>) {
        match self {
            Self::Plain => plain::halves(half, panels, tile, into),
            // SAFETY: `available` gives these only where the processor has what they use.
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => unsafe { avx2::halves(half, panels, tile, into) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: as above.
            Self::Avx512(_) => unsafe { avx512::halves(half, panels, tile, into) },
        }
    }

    /// The same with panels that were widened.
    #[allow(unsafe_code, reason = "code for a processor that has been asked for it")]
    pub fn floats<const P: usize>(self, panels: [&[Wide]; P], tile: &[f32], into: &mut Target<'_, '_>) {
        match self {
            Self::Plain => plain::floats(panels, tile, into),
            // SAFETY: as in `halves`.
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => unsafe { avx2::floats(panels, tile, into) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: as in `halves`.
            Self::Avx512(_) => unsafe { avx512::floats(panels, tile, into) },
        }
    }

    /// Widens a panel.
    #[allow(unsafe_code, reason = "code for a processor that has been asked for it")]
    pub fn widen(self, half: Half, panel: &[Line], into: &mut [Wide]) {
        match self {
            Self::Plain => plain::widen(half, panel, into),
            // SAFETY: as in `halves`.
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => unsafe { avx2::widen(half, panel, into) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: as in `halves`.
            Self::Avx512(_) => unsafe { avx512::widen(half, panel, into) },
        }
    }
}
