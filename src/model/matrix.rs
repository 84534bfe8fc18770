//! The matrix of a linear layer in the form that its source gave: dense in the device's precision, in half precision in the CPU's
//! own order, or packed.
//!
//! Nothing outside of this file, [`super::linear`] and, in training, [`super::frozen`] multiplies by a weight, so no architecture knows
//! the form.

use std::ops::Range;
use std::sync::{Arc, LazyLock};
use std::thread::available_parallelism;

use burn::module::{Module, Param};
use burn::tensor::{DType, Device, Int, Tensor, TensorData};

use super::compute::is_cpu;
use super::dense;
use super::gpu::{self, FEW_ROWS, Factor, GpuMatrix, decode};
use super::half_matrix::HalfMatrix;
use super::in_memory::InMemory;
use super::packed::{self, PackedMatrix};
use super::panels;
use super::precision::Products;

/// From this many rows on the CPU takes a half-precision weight up to f32 once and multiplies in f32: measured on
/// AVX-512, f32 products are twice as fast there, while one row reads half the bytes and is 1.6 times as fast in f16.
pub(super) const WIDEN_FROM_ROWS: usize = 64;

/// `[out, in]`
#[derive(Module, Debug)]
pub enum Matrix {
    /// In the precision that the device's rule gives.
    Dense(Param<Tensor<2>>),
    /// In half precision, on the CPU.
    Half(HeldHalf),
    /// In blocks, on the CPU.
    Packed(Held),
    /// In blocks, on an adapter.
    OnAdapter(HeldOnAdapter),
}

/// A matrix of half-precision numbers in the memory of the CPU, shared by all clones.
#[derive(Module, Debug)]
pub struct HeldHalf {
    #[module(skip)]
    matrix: Arc<HalfMatrix>,
    #[module(skip)]
    products: Products,
}

/// A packed matrix in the memory of the CPU, shared by all clones.
#[derive(Module, Debug)]
pub struct Held {
    #[module(skip)]
    matrix: Arc<PackedMatrix>,
    #[module(skip)]
    products: Products,
}

/// A packed matrix in the memory of an adapter, shared by all clones.
#[derive(Module, Debug)]
pub struct HeldOnAdapter {
    #[module(skip)]
    matrix: Arc<GpuMatrix>,
}

impl Matrix {
    pub fn dense(values: Tensor<2>) -> Self {
        Self::Dense(Param::from_tensor(values))
    }

    /// The matrix with the products that its device takes.
    pub fn half(matrix: HalfMatrix, products: Products) -> Self {
        Self::Half(HeldHalf { matrix: Arc::new(matrix), products })
    }

    /// The same; products for answers are its own (`packed/`).
    pub fn packed(matrix: PackedMatrix, products: Products) -> Self {
        Self::Packed(Held { matrix: Arc::new(matrix), products })
    }

    pub fn on_adapter(matrix: GpuMatrix) -> Self {
        Self::OnAdapter(HeldOnAdapter { matrix: Arc::new(matrix) })
    }

    /// `[out, in]`
    pub fn shape(&self) -> [usize; 2] {
        match self {
            Self::Dense(weight) => weight.val().dims(),
            Self::Half(held) => held.matrix.shape(),
            Self::Packed(held) => held.matrix.shape(),
            Self::OnAdapter(held) => held.matrix.shape(),
        }
    }

    /// The form, as people write it: a type of numbers or of blocks.
    pub fn form(&self) -> &'static str {
        match self {
            Self::Dense(weight) => weight.val().dtype().name(),
            Self::Half(held) => held.matrix.half().dtype().name(),
            Self::Packed(held) => held.matrix.block().name(),
            Self::OnAdapter(held) => held.matrix.block().name(),
        }
    }

    /// The type that numbers beside the matrix are best kept in: its own, or where it is packed the one that unpacked numbers
    /// are multiplied in.
    pub fn precision(&self) -> DType {
        match self {
            Self::Dense(weight) => weight.val().dtype(),
            Self::Half(held) => held.matrix.half().dtype(),
            Self::Packed(_) => DType::F32,
            Self::OnAdapter(held) => held.matrix.numbers,
        }
    }

    pub fn device(&self) -> Device {
        match self {
            Self::Dense(weight) => weight.val().device(),
            Self::Half(_) | Self::Packed(_) => Device::flex(),
            Self::OnAdapter(held) => held.matrix.device(),
        }
    }

    /// All numbers as they are held, widened where they are packed.
    pub fn values(&self) -> Tensor<2> {
        match self {
            Self::Dense(weight) => weight.val(),
            Self::Half(held) => {
                let half = held.matrix.half().dtype();
                Tensor::from_data(held.matrix.values(), (&Device::flex(), half))
            }
            Self::Packed(held) => tensor(held.matrix.unpack(), held.matrix.shape()),
            Self::OnAdapter(held) => held.matrix.values(),
        }
    }

    /// `x W^T`, `[rows, in]` to `[rows, out]`, f32 in and out. Half precision takes `x` divided by `loud`.
    pub fn times(&self, x: Tensor<2>, loud: f32) -> Tensor<2> {
        match self {
            Self::Dense(weight) => match self.factor(&x, None) {
                Some(factor) => gpu::product(x, factor),
                None => product(x, weight.val(), loud),
            },
            Self::Half(held) => half_products(x, &[held]).remove(0),
            Self::Packed(held) => products(x, &[&*held.matrix], packed::times_each).remove(0),
            Self::OnAdapter(held) => held.matrix.times(x, |x, weight| product(x, weight, loud)),
        }
    }

    /// [`Matrix::times`] of one `x` with several matrices; those of a kind on the CPU share the work of it.
    pub fn times_each(matrices: &[&Self], x: Tensor<2>) -> Vec<Tensor<2>> {
        if x.device().is_autodiff() {
            return matrices.iter().map(|matrix| matrix.times(x.clone(), 1.0)).collect();
        }
        let packed = matrices.iter().map(|matrix| match matrix {
            Self::Packed(held) => Some(&*held.matrix),
            Self::Dense(_) | Self::Half(_) | Self::OnAdapter(_) => None,
        });
        if let Some(packed) = packed.collect::<Option<Vec<_>>>() {
            return products(x, &packed, packed::times_each);
        }
        let half = matrices.iter().map(|matrix| match matrix {
            Self::Half(held) => Some(held),
            Self::Dense(_) | Self::Packed(_) | Self::OnAdapter(_) => None,
        });
        match half.collect::<Option<Vec<_>>>() {
            Some(half) => half_products(x, &half),
            None => matrices.iter().map(|matrix| matrix.times(x.clone(), 1.0)).collect(),
        }
    }

    /// [`Matrix::times`] of one `x` with three matrices and a bias added to each, side by side, `[rows, all out]`; None where
    /// nothing does that at once.
    pub fn times_joined(matrices: [(&Self, Option<Tensor<1>>); 3], x: &Tensor<2>) -> Option<Tensor<2>> {
        if !decode::multiplies(&x.device()) {
            return None;
        }
        let [first, second, third] = matrices.map(|(matrix, bias)| matrix.factor(x, bias));
        Some(gpu::products(x.clone(), [first?, second?, third?]))
    }

    /// `silu(x G^T) * (x U^T)`, `[rows, in]` to `[rows, out]`; None where nothing does that at once.
    pub fn times_gated(gate: &Self, up: &Self, x: &Tensor<2>) -> Option<Tensor<2>> {
        let is_for_it = decode::multiplies(&x.device()) && gate.shape() == up.shape();
        is_for_it.then(|| Some(gpu::gated(x.clone(), gate.factor(x, None)?, up.factor(x, None)?))).flatten()
    }

    /// `x W^T` as training takes it, `[rows, in]` to `[rows, out]`; None where this program has no kernel for it.
    pub(super) fn in_panels(&self, x: &Tensor<2>) -> Option<Tensor<2>> {
        match self {
            Self::Half(held) => Some(product_of(x, &*held.matrix, |w, x| panels::times(w, x, held.products))),
            Self::Packed(held) => Some(product_of(x, &*held.matrix, |w, x| panels::times(w, x, held.products))),
            Self::Dense(weight) => dense::times(x, &weight.val()),
            Self::OnAdapter(_) => None,
        }
    }

    /// `g W` as training takes it, `[rows, out]` to `[rows, in]`; None where the matrix does not lie in panels.
    pub(super) fn in_panels_transposed(&self, g: &Tensor<2>) -> Option<Tensor<2>> {
        match self {
            Self::Half(held) => {
                Some(product_of(g, &*held.matrix, |w, g| panels::times_transposed(w, g, held.products)))
            }
            Self::Packed(held) => {
                Some(product_of(g, &*held.matrix, |w, g| panels::times_transposed(w, g, held.products)))
            }
            Self::Dense(_) | Self::OnAdapter(_) => None,
        }
    }

    /// The matrix as an adapter's kernel for few rows takes it; None where there is no such kernel, or more rows.
    fn factor(&self, x: &Tensor<2>, bias: Option<Tensor<1>>) -> Option<Factor> {
        if x.dims()[0] > FEW_ROWS {
            return None;
        }
        match self {
            Self::Dense(weight) if decode::multiplies(&x.device()) => Factor::dense(weight.val(), bias),
            Self::Dense(_) | Self::Half(_) | Self::Packed(_) => None,
            Self::OnAdapter(held) => held.matrix.factor(bias),
        }
    }

    /// Whether every number is held in f32 as it is, so that nothing has to be widened to multiply by it.
    pub(super) fn is_wide(&self) -> bool {
        matches!(self, Self::Dense(weight) if weight.val().dtype() == DType::F32)
    }

    /// These rows, `[rows, in]` in f32.
    pub(super) fn strip(&self, rows: Range<usize>) -> Tensor<2> {
        match self {
            Self::Dense(weight) => weight.val().narrow(0, rows.start, rows.len()).cast(DType::F32),
            Self::Half(_) | Self::Packed(_) => self.values().narrow(0, rows.start, rows.len()).cast(DType::F32),
            Self::OnAdapter(held) => {
                let ids = rows.start as i64..rows.end as i64;
                held.matrix.rows(Tensor::arange(ids, (&held.matrix.device(), DType::I32)))
            }
        }
    }

    /// The rows that `ids` name, `[ids, in]` in f32.
    pub fn rows(&self, ids: Tensor<1, Int>) -> Tensor<2> {
        match self {
            Self::Dense(weight) => weight.val().select(0, ids).cast(DType::F32),
            Self::Half(held) => rows(ids, held.matrix.shape(), |id, row| held.matrix.row(id, row)),
            Self::Packed(held) => rows(ids, held.matrix.shape(), |id, row| held.matrix.unpack_row(id, row)),
            Self::OnAdapter(held) => held.matrix.rows(ids),
        }
    }
}

fn tensor(values: Vec<f32>, shape: [usize; 2]) -> Tensor<2> {
    Tensor::from_data(TensorData::new(values, shape), (&Device::flex(), DType::F32))
}

/// `x W^T` with `x` `[rows, in]` in f32 and `W` `[out, in]` in any float type.
fn product(x: Tensor<2>, weight: Tensor<2>, scale: f32) -> Tensor<2> {
    let device = x.device();
    let on_cpu = is_cpu(&device) && !device.is_autodiff();
    let half = weight.dtype();
    if half == DType::F32 {
        return multiply(x, weight, on_cpu);
    }
    if on_cpu && x.dims()[0] >= WIDEN_FROM_ROWS {
        return x.matmul(weight.cast(DType::F32).transpose());
    }
    if scale == 1.0 {
        return multiply(x.cast(half), weight, on_cpu).cast(DType::F32);
    }
    multiply(x.div_scalar(scale).cast(half), weight, on_cpu).cast(DType::F32).mul_scalar(scale)
}

/// `x W^T` in one type.
fn multiply(x: Tensor<2>, weight: Tensor<2>, on_cpu: bool) -> Tensor<2> {
    if let Some(y) = dense::times(&x, &weight) {
        return y;
    }
    let ([rows, inp], [out, _]) = (x.dims(), weight.dims());
    let pieces = if on_cpu && rows == 1 { pieces_of(out) } else { 1 };
    if pieces == 1 {
        return x.matmul(weight.transpose());
    }
    // Burn's CPU backend takes one row on one core; a batch of weight pieces goes to all of them.
    let pieces_times = weight.reshape([pieces, out / pieces, inp]).matmul(x.reshape([1, inp, 1]));
    pieces_times.reshape([1, out])
}

/// Into how many equal pieces `out` weight rows are cut: some for each core, so that they end together.
fn pieces_of(out: usize) -> usize {
    static WANTED: LazyLock<usize> = LazyLock::new(|| 4 * available_parallelism().map_or(1, usize::from));
    (1..=*WANTED).rev().find(|pieces| out.is_multiple_of(*pieces)).unwrap_or(1)
}

/// `x W^T` with each `W` of a kind that is held in the CPU's memory, by `times_each`.
fn products<M>(x: Tensor<2>, matrices: &[&M], times_each: impl Fn(&[&M], &[f32]) -> Vec<Vec<f32>>) -> Vec<Tensor<2>> {
    let [rows, _] = x.dims();
    // Read where they lie: taken out of a tensor that somebody else holds too, they would be copied.
    let of_each = match InMemory::of(&x).as_ref().and_then(InMemory::all) {
        Some(values) => times_each(matrices, values),
        None => {
            let data = x.into_data();
            times_each(matrices, data.as_slice().expect("activations are f32 between layers"))
        }
    };
    of_each
        .into_iter()
        .map(|y| {
            let columns = y.len() / rows.max(1);
            tensor(y, [rows, columns])
        })
        .collect()
}

/// `x W^T` with each `W` in half precision, for answers.
fn half_products(x: Tensor<2>, held: &[&HeldHalf]) -> Vec<Tensor<2>> {
    let matrices: Vec<_> = held.iter().map(|held| &*held.matrix).collect();
    // A model is opened on one device.
    let taken = held.first().map_or(Products::F32, |held| held.products);
    products(x, &matrices, |matrices, x| panels::times_each(matrices, x, taken))
}

/// What `product` makes of `x` and a matrix that is held in the CPU's memory.
fn product_of<M>(x: &Tensor<2>, matrix: &M, product: impl Fn(&M, &[f32]) -> Vec<f32>) -> Tensor<2> {
    products(x.clone(), &[matrix], |matrices, x| matrices.iter().map(|matrix| product(matrix, x)).collect()).remove(0)
}

/// The rows that `ids` name of a matrix that is held in the CPU's memory; `row` writes one.
fn rows(ids: Tensor<1, Int>, [_, width]: [usize; 2], row: impl Fn(usize, &mut [f32])) -> Tensor<2> {
    let ids: Vec<usize> = ids.into_data().iter::<i64>().map(|id| id as usize).collect();
    let mut values = vec![0.0; ids.len() * width];
    ids.iter().zip(values.chunks_exact_mut(width.max(1))).for_each(|(id, values)| row(*id, values));
    tensor(values, [ids.len(), width])
}

#[cfg(test)]
mod tests {
    use burn::tensor::Distribution;

    use super::*;
    use crate::model::packed::Block;

    const LOUD: f32 = 32.0;

    #[test]
    fn every_way_to_multiply_gives_the_same() {
        let device = Device::flex();
        let weight = Tensor::<2>::random([24, 40], Distribution::Normal(0.0, 0.1), &device);
        for rows in [1, 3, WIDEN_FROM_ROWS] {
            let x = Tensor::<2>::random([rows, 40], Distribution::Normal(0.0, 1.0), &device);
            let right = x.clone().matmul(weight.clone().transpose());
            for (precision, tolerance) in [(DType::F32, 1e-5), (DType::F16, 5e-3)] {
                for scale in [1.0, LOUD] {
                    let found = product(x.clone(), weight.clone().cast(precision), scale);
                    let difference = (found - right.clone()).abs().max().into_scalar::<f32>();
                    assert!(difference < tolerance, "{rows} rows in {precision:?}: {difference}");
                }
            }
        }
    }

    /// Random blocks with scales of a sound size; the dense form is what they unpack to.
    #[test]
    fn a_packed_matrix_multiplies_and_gives_rows_as_its_dense_form_does() {
        let device = Device::flex();
        let (out, inp) = (37, 512);
        for block in Block::ALL {
            let packed = Matrix::packed(PackedMatrix::random(block, [out, inp], 7), Products::F32);
            let dense = Matrix::dense(packed.values());
            assert_eq!((packed.shape(), packed.form()), ([out, inp], block.name()));
            for rows in [1, 3, 40] {
                let values: Vec<f32> = (0..rows * inp).map(|i| (i * 7919 % 4001) as f32 / 1000.0 - 2.0).collect();
                let x = Tensor::<2>::from_data(TensorData::new(values, [rows, inp]), &device);
                let (found, right) = (packed.times(x.clone(), 1.0), dense.times(x, 1.0));
                let size = |x: Tensor<2>| x.powi_scalar(2).mean().sqrt().into_scalar::<f32>();
                let difference = size(found - right.clone()) / size(right);
                // Eight bits of activations, whichever they are.
                assert!(difference < 0.012, "{block:?}, {rows} rows: {difference}");
            }
            let ids = Tensor::<1, Int>::from_data([3, 36, 0, 3], &device);
            assert_eq!((packed.rows(ids.clone()) - dense.rows(ids)).abs().max().into_scalar::<f32>(), 0.0);
        }
    }
}
