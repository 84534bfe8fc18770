//! `x W^T` with an f32 `W` that lies row after row, as checkpoints have it: the rows of a panel are set side by side in the caches
//! each time that they are needed, which spares a second copy of the matrix and is little beside the products.

use std::ops::Range;

use burn::tensor::{DType, Device, Tensor, TensorData};

use super::half_matrix::{Kernels, Wide, side_by_side};
use super::in_memory::InMemory;
use super::panels::{self, InPanels, PANEL};

/// Rows of `x` and numbers of it up to which this is faster than the tensor library's product, which has the better one for what
/// the caches do not hold but sets a matrix in order slowly, above all where its rows lie a power of two apart: measured on
/// AVX-512, this is 1.5 times as fast for the 257 rows of CLIP ViT-L and three times for 64.
const MANY_ROWS: usize = 640;
const MANY_NUMBERS: usize = 3 << 19;
/// Numbers of a row of the matrix, and of all its rows, from which on it is.
const WIDE: usize = 512;
const LARGE: usize = 128 << 10;

/// `[rows, in]` and `[out, in]` to `[rows, out]`; None where the tensor library is the faster one or must see the product.
pub fn times(x: &Tensor<2>, weight: &Tensor<2>) -> Option<Tensor<2>> {
    let ([rows, inp], [out, _]) = (x.dims(), weight.dims());
    let pays = (2..=MANY_ROWS).contains(&rows) && rows * inp <= MANY_NUMBERS && inp >= WIDE && out * inp >= LARGE;
    if !pays {
        return None;
    }
    let y = product(Kernels::best(), x, weight)?;
    Some(Tensor::from_data(TensorData::new(y, [rows, out]), (&Device::flex(), DType::F32)))
}

fn product(kernels: Kernels, x: &Tensor<2>, weight: &Tensor<2>) -> Option<Vec<f32>> {
    let (x, rows) = (InMemory::of(x)?, Rows { weight: InMemory::of(weight)?, shape: weight.dims() });
    Some(panels::times_by(kernels, &rows, x.all()?))
}

/// The matrix, of which panels are made.
struct Rows {
    weight: InMemory<2>,
    shape: [usize; 2],
}

impl InPanels for Rows {
    fn shape(&self) -> [usize; 2] {
        self.shape
    }

    fn widen(&self, panel: usize, columns: Range<usize>, into: &mut [Wide]) {
        let first = panel * PANEL;
        let n = PANEL.min(self.shape[0] - first);
        let rows: [&[f32]; PANEL] = std::array::from_fn(|row| match row < n {
            true => &self.weight.row([first + row])[columns.clone()],
            false => &[],
        });
        side_by_side(&rows[..n], into);
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Distribution;

    use super::*;

    fn normal(shape: [usize; 2]) -> Tensor<2> {
        Tensor::random(shape, Distribution::Normal(0.0, 1.0), &Device::flex())
    }

    fn values(of: &Tensor<2>) -> Vec<f32> {
        of.clone().into_data().try_into_vec().unwrap()
    }

    /// Panels and tiles that are full and that are not, widths beyond what is set side by side at a time, and matrices that are
    /// views of others.
    #[test]
    fn every_kernel_gives_the_product_in_f64() {
        for [out, inp] in [[5, 3], [16, 40], [50, 33], [129, 400], [33, 4101]] {
            let whole = normal([out + 1, inp + 2]);
            let weights =
                [normal([out, inp]), whole.narrow(0, 1, out).narrow(1, 2, inp), normal([inp, out]).transpose()];
            for (rows, weight) in [1, 2, 7, 12, 41].into_iter().flat_map(|rows| weights.each_ref().map(|of| (rows, of)))
            {
                let x = normal([rows, inp]);
                let (xs, weights) = (values(&x), values(weight));
                let right = xs.chunks(inp).flat_map(|x| {
                    weights
                        .chunks(inp)
                        .map(move |w| w.iter().zip(x).map(|(w, x)| f64::from(*w) * f64::from(*x)).sum::<f64>())
                });
                let right: Vec<f64> = right.collect();
                for kernels in Kernels::available() {
                    let found = product(kernels, &x, weight).unwrap();
                    assert_eq!(found.len(), right.len());
                    let error = found.iter().zip(&right).map(|(a, b)| (f64::from(*a) - b).abs()).fold(0.0, f64::max);
                    // What rounding after each of so many sums makes, by chance in either direction.
                    let rounding = f64::from(4.0 * f32::EPSILON) * inp as f64;
                    assert!(error < rounding, "{kernels:?} [{out}, {inp}], {rows} rows: {error}");
                }
            }
        }
    }

    /// The same numbers as the tensor library's, and nothing where it must see the product or is the faster one.
    #[test]
    fn it_is_taken_where_it_pays() {
        let (x, weight) = (normal([40, 512]), normal([256, 512]));
        let found = times(&x, &weight).unwrap();
        let difference = (found - x.clone().matmul(weight.clone().transpose())).abs().max().into_scalar::<f32>();
        assert!(difference < 1e-3, "{difference}");
        assert!(times(&x.clone().autodiff(), &weight.clone().autodiff()).is_none());
        assert!(times(&x, &weight.clone().narrow(0, 0, 8)).is_none());
        assert!(times(&x.narrow(0, 0, 1), &weight).is_none());
        assert!(times(&normal([MANY_ROWS + 1, 512]), &weight).is_none());
    }
}
