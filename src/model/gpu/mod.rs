//! Packed matrices in the memory of a graphics adapter, and products with them there. No matrix is ever wholly dense on the
//! adapter.

mod check;
mod kernels;
mod matrix;
mod ops;
mod planes;
#[cfg(test)]
mod tests;

pub use check::try_once;
pub use matrix::GpuMatrix;
