//! Packed matrices in the memory of a graphics adapter, and products with them there. No matrix is ever wholly dense on the
//! adapter. And what stands between the products of a token (`decode/`).

mod check;
pub mod decode;
mod kernels;
mod matrix;
mod ops;
mod planes;
#[cfg(test)]
mod tests;

pub use check::try_once;
pub use matrix::{FEW_ROWS, GpuMatrix};
pub use ops::{Factor, gated, product, products};
