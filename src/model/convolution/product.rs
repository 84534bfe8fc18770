//! The product that most of a convolution is: weights times the numbers that the windows see, with bias and activation
//! while the result is still in the caches.

use super::activation::Activation;
use crate::model::strips::Strip;

/// Weights and biases of one product.
#[derive(Debug, Clone, Copy)]
pub(super) struct Product<'a> {
    /// `[out, in]`
    pub weight: &'a [f32],
    /// Of each row; none where it is empty.
    pub bias: &'a [f32],
    pub out: usize,
    pub inp: usize,
}

impl Product<'_> {
    /// `activation(weight x + bias)`, and added to what stands in `into` where `adds`.
    ///
    /// # Shapes
    /// `x` `[in, into.count()]`, its rows `stride` numbers apart.
    #[allow(unsafe_code, reason = "the matrix library takes pointers")]
    pub fn write(&self, x: &[f32], stride: usize, into: &mut Strip<'_>, activation: Activation, adds: bool) {
        let (out, inp, count) = (self.out, self.inp, into.count());
        assert_eq!((self.weight.len(), into.rows()), (out * inp, out), "the product fits its strip");
        assert!(count == 0 || x.len() >= (inp - 1) * stride + count, "all rows are there");
        for (row, &bias) in self.bias.iter().enumerate() {
            match adds {
                true => into.row(row).iter_mut().for_each(|value| *value += bias),
                false => into.row(row).fill(bias),
            }
        }
        let reads = adds || !self.bias.is_empty();
        // SAFETY: rows and columns of all three lie inside of their memory, as asserted above and by `Strip`, and only
        // the strip is written.
        unsafe {
            gemm::gemm(
                out,
                count,
                inp,
                into.start(),
                1,
                into.stride() as isize,
                reads,
                self.weight.as_ptr(),
                1,
                inp as isize,
                x.as_ptr(),
                1,
                stride as isize,
                1.0,
                1.0,
                false,
                false,
                false,
                gemm::Parallelism::None,
            );
        }
        if activation != Activation::None {
            (0..out).for_each(|row| activation.apply(into.row(row)));
        }
    }
}
