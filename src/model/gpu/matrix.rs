//! A packed matrix on an adapter, and the two ways to multiply by it.
//!
//! A few rows at a time, as in decoding, go through a kernel of our own that reads the packed numbers once for each row.
//! More rows, as of a prompt, are multiplied by the tensor library with a strip of the matrix at a time, which another
//! kernel unpacks. That is also the way of an adapter on which the first kernel is wrong (`check.rs`).

use burn::tensor::{DType, Device, Int, Tensor, TensorData};

use super::ops::{self, Factor, Form, Held};
use super::planes::{Layout, Planes};
use crate::model::compute::{ComputeDevice, PackedProducts};
use crate::model::packed::Block;

/// Up to this many rows go through the kernel for a few: each row reads the packed matrix anew, while unpacking and
/// multiplying moves some five times its bytes.
pub const FEW_ROWS: usize = 4;
/// Numbers of a matrix that are unpacked at once, which bounds the memory for it.
const AT_ONCE: usize = 32 << 20;

/// A matrix `[out, in]` on an adapter.
#[derive(Debug, Clone)]
pub struct GpuMatrix {
    pub(super) block: Block,
    pub(super) form: Form,
    pub(super) held: Held,
    /// The type that unpacked numbers are multiplied in.
    pub numbers: DType,
    /// Whether few rows go through the kernel for them.
    pub(super) is_fast: bool,
    /// Numbers that are unpacked at once.
    pub(super) at_once: usize,
}

impl GpuMatrix {
    /// The matrix whose rows, each a whole number of blocks, lie in `bytes` one after another; None where they are too few
    /// or too many, or where `block` does not divide a row.
    pub fn new(block: Block, shape: [usize; 2], bytes: &[u8], device: &ComputeDevice) -> Option<Self> {
        let planes = Planes::of(block, shape, bytes)?;
        let burn = device.burn();
        let upload = |words: Vec<u32>| {
            // A buffer has at least one word, also where a kind of blocks has no such plane.
            let words = if words.is_empty() { vec![0] } else { words };
            let count = words.len();
            let data = TensorData::new(words, [count]);
            burn.memory_persistent_allocations(data, |data| Tensor::from_data(data, (burn, DType::U32)))
        };
        let held = Held {
            quants: upload(planes.quants),
            highs: upload(planes.highs),
            scales: upload(planes.scales),
            steps: upload(planes.steps),
            no_bias: Tensor::zeros([1], (burn, DType::F32)),
        };
        Some(Self {
            block,
            form: Form { layout: Layout::of(block), shape },
            held,
            numbers: device.precision_for(DType::F16, || true),
            is_fast: device.packed_products.get() == Some(&PackedProducts::Packed),
            at_once: AT_ONCE,
        })
    }

    /// Bytes of the largest buffer that such a matrix takes.
    pub fn largest_buffer(block: Block, shape: [usize; 2]) -> u64 {
        Layout::of(block).largest_plane(shape[0] * shape[1]) as u64
    }

    /// `[out, in]`
    pub fn shape(&self) -> [usize; 2] {
        self.form.shape
    }

    /// How its numbers are packed.
    pub fn block(&self) -> Block {
        self.block
    }

    /// The adapter.
    pub fn device(&self) -> Device {
        self.held.quants.device()
    }

    /// `x W^T`, `[rows, in]` to `[rows, out]`, f32 in and out; `multiply(x, w)` is the same with a dense `w`.
    pub fn times(&self, x: Tensor<2>, multiply: impl Fn(Tensor<2>, Tensor<2>) -> Tensor<2>) -> Tensor<2> {
        if self.is_fast && x.dims()[0] <= FEW_ROWS {
            return ops::product(x, Factor::packed(&self.held, self.form, None));
        }
        let [out, inp] = self.form.shape;
        let strip = (self.at_once / inp.max(1)).clamp(1, out.max(1));
        let products = (0..out).step_by(strip).map(|first| {
            let ids = first as i64..(first + strip).min(out) as i64;
            let ids = Tensor::arange(ids, (&x.device(), DType::I32));
            multiply(x.clone(), ops::rows(ids, &self.held, self.form, self.numbers))
        });
        Tensor::cat(products.collect(), 1)
    }

    /// The matrix as a factor of products with a few rows; None where the kernel for them is not to be used.
    pub fn factor(&self, bias: Option<Tensor<1>>) -> Option<Factor> {
        self.is_fast.then(|| Factor::packed(&self.held, self.form, bias))
    }

    /// All numbers, in f32.
    pub fn values(&self) -> Tensor<2> {
        let ids = 0..self.form.shape[0] as i64;
        self.rows(Tensor::arange(ids, (&self.device(), DType::I32)))
    }

    /// The rows that `ids` name, `[ids, in]` in f32.
    pub fn rows(&self, ids: Tensor<1, Int>) -> Tensor<2> {
        ops::rows(ids.cast(DType::I32), &self.held, self.form, DType::F32)
    }
}
