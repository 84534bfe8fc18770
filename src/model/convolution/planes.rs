//! Tensors `[batch, channels, rows, columns]` as plain numbers in the CPU's memory.

use burn::tensor::{DType, Device, Tensor, TensorData};

use crate::model::vectorised::vectorised;

/// Sums that are taken side by side.
const LANES: usize = 64;

/// The numbers of a tensor, plane after plane.
pub struct Planes {
    data: TensorData,
    /// `[batch, channels, rows, columns]`
    pub dims: [usize; 4],
}

impl Planes {
    /// Of a tensor that lies plainly in memory ([`is_plain`](crate::model::in_memory::is_plain)); copies only where somebody else still holds it.
    pub fn of(x: Tensor<4>) -> Self {
        let dims = x.dims();
        Self { data: x.into_data(), dims }
    }

    /// Of numbers that were just made.
    pub fn new(values: Vec<f32>, dims: [usize; 4]) -> Self {
        Self { data: TensorData::new(values, dims), dims }
    }

    /// All numbers.
    pub fn values(&self) -> &[f32] {
        self.data.as_slice().expect("they are f32 in memory")
    }

    /// All numbers, to be changed.
    pub fn values_mut(&mut self) -> &mut [f32] {
        self.data.as_mut_slice().expect("they are f32 in memory")
    }

    /// Numbers of one plane.
    pub fn area(&self) -> usize {
        self.dims[2] * self.dims[3]
    }

    /// The numbers of one picture of the batch.
    pub fn picture(&self, number: usize) -> &[f32] {
        let length = self.dims[1] * self.area();
        &self.values()[number * length..][..length]
    }

    /// The mean of each plane.
    pub fn means(&self) -> Vec<f32> {
        let area = self.area().max(1);
        self.values().chunks_exact(area).map(|plane| sum(plane) / area as f32).collect()
    }

    /// Each plane times its factor.
    pub fn scale(&mut self, factors: &[f32]) {
        let area = self.area().max(1);
        for (plane, &factor) in self.values_mut().chunks_exact_mut(area).zip(factors) {
            multiply(plane, factor);
        }
    }

    /// As a tensor again, without a copy.
    pub fn into_tensor(self) -> Tensor<4> {
        Tensor::from_data(self.data, (&Device::flex(), DType::F32))
    }
}

vectorised! {
    fn sum(_fuses; values: &[f32]) -> f32 {
        let (chunks, rest) = values.as_chunks::<LANES>();
        let mut sums = [0.0f32; LANES];
        for chunk in chunks {
            sums.iter_mut().zip(chunk).for_each(|(sum, x)| *sum += x);
        }
        sums.iter().sum::<f32>() + rest.iter().sum::<f32>()
    }

    fn multiply(_fuses; values: &mut [f32], factor: f32) {
        values.iter_mut().for_each(|x| *x *= factor);
    }
}
