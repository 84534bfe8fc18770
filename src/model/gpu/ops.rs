//! The kernels as operations of the tensor library's graphics backend. Others do not have them.

#![allow(clippy::large_enum_variant, reason = "an operand lives for a launch")]

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, Dispatch, ExtensionType, TensorMetadata, backend_extension};
use burn::tensor::{DType, Int, Shape, Tensor};
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use burn_cubecl::{CubeBackend, cubecl};
use cubecl::{CubeCount, CubeDim};

use super::kernels::{self, Part, Plan};
use super::planes::Layout;
use crate::model::half_matrix::Half;

/// Workgroups that one dimension of a launch may have everywhere.
const MOST_ACROSS: u32 = 65_535;
/// How products are shared among threads.
const PLAN: Plan = Plan { threads: 64, rows: 4 };
/// Threads of a workgroup that unpacks.
const UNPACKING: u32 = 64;

/// The planes of a matrix in the adapter's memory.
#[derive(Debug, Clone)]
pub struct Held {
    pub quants: Tensor<1, Int>,
    pub highs: Tensor<1, Int>,
    pub scales: Tensor<1, Int>,
    pub steps: Tensor<1, Int>,
    /// A number that nobody reads, where a kernel's bias would stand.
    pub no_bias: Tensor<1>,
}

/// What a kernel is told of a matrix.
#[derive(Debug, Clone, Copy)]
pub struct Form {
    pub layout: Layout,
    /// `[out, in]`
    pub shape: [usize; 2],
}

impl Form {
    /// Units of a row.
    fn units(&self) -> usize {
        self.shape[1] / kernels::unit_of(self.layout)
    }
}

/// A matrix among those that one launch multiplies by. Where it has no bias, any tensor stands in its place.
#[derive(Debug, Clone, ExtensionType)]
#[extension_type(fusion)]
pub enum Operand<B: Backend> {
    Packed {
        quants: IntTensor<B>,
        highs: IntTensor<B>,
        scales: IntTensor<B>,
        steps: IntTensor<B>,
        bias: FloatTensor<B>,
        part: Part,
    },
    /// In half precision.
    Dense { weight: FloatTensor<B>, bias: FloatTensor<B>, part: Part },
}

#[backend_extension(Cube, Fusion)]
trait PackedOps: Backend {
    /// `x W^T + b`, `[rows, in]` to `[rows, out]`.
    #[fusion(dtype = x, shape = Shape::new([x[0], *out]))]
    fn packed_product(x: FloatTensor<Self>, #[extension_type] matrix: Operand<Self>, out: usize) -> FloatTensor<Self>;

    /// The same of three matrices, side by side, `[rows, all out]`.
    #[fusion(dtype = x, shape = Shape::new([x[0], *out]))]
    fn packed_products(
        x: FloatTensor<Self>,
        #[extension_type] first: Operand<Self>,
        #[extension_type] second: Operand<Self>,
        #[extension_type] third: Operand<Self>,
        out: usize,
    ) -> FloatTensor<Self>;

    /// `silu(x G^T) * (x U^T)`, `[rows, in]` to `[rows, out]`.
    #[fusion(dtype = x, shape = Shape::new([x[0], *out]))]
    fn packed_gated(
        x: FloatTensor<Self>,
        #[extension_type] gate: Operand<Self>,
        #[extension_type] up: Operand<Self>,
        out: usize,
    ) -> FloatTensor<Self>;

    /// The rows `ids`, `[ids, in]`.
    #[fusion(dtype = *numbers, shape = Shape::new([ids[0], form.shape[1]]))]
    fn packed_rows(
        ids: IntTensor<Self>,
        quants: IntTensor<Self>,
        highs: IntTensor<Self>,
        scales: IntTensor<Self>,
        steps: IntTensor<Self>,
        form: Form,
        numbers: DType,
    ) -> FloatTensor<Self>;
}

/// A matrix as it is handed to [`product`] and its kin, with its bias.
#[derive(Debug, Clone)]
pub struct Factor {
    operand: Operand<Dispatch>,
    /// `[out, in]`
    shape: [usize; 2],
}

impl Factor {
    /// A packed one.
    pub fn packed(held: &Held, form: Form, bias: Option<Tensor<1>>) -> Self {
        let Held { quants, highs, scales, steps, no_bias } = held.clone();
        let part = Part { layout: form.layout, out: form.shape[0], has_bias: bias.is_some() };
        let bias = bias.unwrap_or(no_bias);
        let [quants, highs, scales, steps] = [quants, highs, scales, steps].map(Tensor::into_dispatch);
        let operand = Operand::Packed { quants, highs, scales, steps, bias: bias.into_dispatch(), part };
        Self { operand, shape: form.shape }
    }

    /// One `[out, in]` in half precision; None where its numbers have another type or its rows are no whole units.
    pub fn dense(weight: Tensor<2>, bias: Option<Tensor<1>>) -> Option<Self> {
        let ([out, inp], layout) = (weight.dims(), Layout::dense(Half::of(weight.dtype())?));
        let part = Part { layout, out, has_bias: bias.is_some() };
        if inp == 0 || !inp.is_multiple_of(kernels::unit_of(layout)) {
            return None;
        }
        let weight = weight.into_dispatch();
        // Where there is no bias, nobody reads what stands for it.
        let bias = bias.map_or_else(|| weight.clone(), Tensor::into_dispatch);
        Some(Self { operand: Operand::Dense { weight, bias, part }, shape: [out, inp] })
    }

    /// The operand, for activations that are as wide as it: the kernels look no index up.
    fn for_rows_of(self, x: &Tensor<2>) -> Operand<Dispatch> {
        assert_eq!(x.dims()[1], self.shape[1], "activations are as wide as the matrix");
        self.operand
    }
}

/// `x W^T + b` by the kernel for a few rows, `[rows, in]` to `[rows, out]`, f32.
pub fn product(x: Tensor<2>, matrix: Factor) -> Tensor<2> {
    let (out, matrix) = (matrix.shape[0], matrix.for_rows_of(&x));
    Tensor::from_dispatch(Dispatch::packed_product(x.into_dispatch(), matrix, out))
}

/// [`product`] of three matrices at once, side by side: `[rows, in]` to `[rows, all out]`.
pub fn products(x: Tensor<2>, matrices: [Factor; 3]) -> Tensor<2> {
    let out = matrices.iter().map(|matrix| matrix.shape[0]).sum();
    let [first, second, third] = matrices.map(|matrix| matrix.for_rows_of(&x));
    Tensor::from_dispatch(Dispatch::packed_products(x.into_dispatch(), first, second, third, out))
}

/// `silu(x G^T) * (x U^T)` of two matrices of one shape and without biases, `[rows, in]` to `[rows, out]`.
pub fn gated(x: Tensor<2>, gate: Factor, up: Factor) -> Tensor<2> {
    let out = gate.shape[0];
    let [gate, up] = [gate, up].map(|matrix| matrix.for_rows_of(&x));
    Tensor::from_dispatch(Dispatch::packed_gated(x.into_dispatch(), gate, up, out))
}

/// The rows `ids` in the type `numbers`, `[ids, in]`. `ids` are i32.
pub fn rows(ids: Tensor<1, Int>, held: &Held, form: Form, numbers: DType) -> Tensor<2> {
    let Held { quants, highs, scales, steps, .. } = held.clone();
    let [quants, highs, scales, steps] = [quants, highs, scales, steps].map(Tensor::into_dispatch);
    Tensor::from_dispatch(Dispatch::packed_rows(ids.into_dispatch(), quants, highs, scales, steps, form, numbers))
}

fn empty(like: &CubeTensor, shape: [usize; 2], numbers: DType) -> CubeTensor {
    let shape = Shape::new(shape);
    let buffer = like.client.empty(shape.num_elements() * numbers.size());
    CubeTensor::new_contiguous(like.client.clone(), like.device.clone(), shape, buffer, numbers)
}

/// The operands of a launch as their buffers, plane by plane.
struct Buffers {
    planes: [Vec<CubeTensor>; 4],
    biases: Vec<CubeTensor>,
    parts: Vec<Part>,
}

impl Buffers {
    fn of(operands: Vec<Operand<CubeBackend>>) -> Self {
        let mut buffers = Self { planes: Default::default(), biases: Vec::new(), parts: Vec::new() };
        for operand in operands {
            let (planes, bias, part) = match operand {
                Operand::Packed { quants, highs, scales, steps, bias, part } => {
                    ([quants, highs, scales, steps], bias, part)
                }
                // The kernel reads no other plane.
                Operand::Dense { weight, bias, part } => {
                    let words = into_contiguous(weight);
                    ([words.clone(), words.clone(), words.clone(), words], bias, part)
                }
            };
            buffers.planes.iter_mut().zip(planes).for_each(|(all, one)| all.push(one));
            buffers.biases.push(bias);
            buffers.parts.push(part);
        }
        buffers
    }
}

/// The buffers as the arguments of a kernel.
macro_rules! arguments {
    ($tensors:expr) => {
        $tensors.into_iter().map(CubeTensor::into_buffer_arg).collect()
    };
}

/// Workgroups for so many strips and rows of `x`.
fn workgroups(strips: usize, x_rows: usize) -> CubeCount {
    let across = (strips as u32).min(MOST_ACROSS);
    CubeCount::Static(across, (strips as u32).div_ceil(across), x_rows as u32)
}

fn joined(x: CubeTensor, operands: Vec<Operand<CubeBackend>>) -> CubeTensor {
    let x = into_contiguous(x);
    let [x_rows, inp] = [x.shape()[0], x.shape()[1]];
    assert_eq!(x.dtype, DType::F32, "activations are f32 between layers");
    let Buffers { planes: [quants, highs, scales, steps], biases, parts } = Buffers::of(operands);
    let y = empty(&x, [x_rows, parts.iter().map(|part| part.out).sum()], DType::F32);
    #[allow(unsafe_code, reason = "launching without a check of every index has no safe form")]
    // SAFETY: who makes a `Factor` gives it planes of a matrix of this width and a bias of its height, and `y` was sized by
    // them above; the kernel keeps to rows of its parts, units below those of a row and the launched rows of `x`.
    unsafe {
        kernels::joined::launch_unchecked(
            &y.client,
            workgroups(kernels::strips_of(&parts, PLAN), x_rows),
            CubeDim::new_1d(PLAN.threads as u32),
            x.into_buffer_arg(),
            arguments!(quants),
            arguments!(highs),
            arguments!(scales),
            arguments!(steps),
            arguments!(biases),
            y.clone().into_buffer_arg(),
            inp as u32,
            parts,
            PLAN,
        );
    }
    y
}

impl PackedOps for CubeBackend {
    fn packed_product(x: FloatTensor<Self>, matrix: Operand<Self>, _: usize) -> FloatTensor<Self> {
        joined(x, vec![matrix])
    }

    fn packed_products(
        x: FloatTensor<Self>,
        first: Operand<Self>,
        second: Operand<Self>,
        third: Operand<Self>,
        _: usize,
    ) -> FloatTensor<Self> {
        joined(x, vec![first, second, third])
    }

    fn packed_gated(x: FloatTensor<Self>, gate: Operand<Self>, up: Operand<Self>, out: usize) -> FloatTensor<Self> {
        let x = into_contiguous(x);
        let [x_rows, inp] = [x.shape()[0], x.shape()[1]];
        assert_eq!(x.dtype, DType::F32, "activations are f32 between layers");
        let Buffers { planes: [quants, highs, scales, steps], parts, .. } = Buffers::of(vec![gate, up]);
        assert_eq!(parts[0].out, parts[1].out, "gate and up are of one shape");
        let y = empty(&x, [x_rows, out], DType::F32);
        #[allow(unsafe_code, reason = "launching without a check of every index has no safe form")]
        // SAFETY: as above.
        unsafe {
            kernels::gated::launch_unchecked(
                &y.client,
                workgroups(out.div_ceil(PLAN.rows), x_rows),
                CubeDim::new_1d(PLAN.threads as u32),
                x.into_buffer_arg(),
                arguments!(quants),
                arguments!(highs),
                arguments!(scales),
                arguments!(steps),
                y.clone().into_buffer_arg(),
                inp as u32,
                parts,
                PLAN,
            );
        }
        y
    }

    fn packed_rows(
        ids: IntTensor<Self>,
        quants: IntTensor<Self>,
        highs: IntTensor<Self>,
        scales: IntTensor<Self>,
        steps: IntTensor<Self>,
        form: Form,
        numbers: DType,
    ) -> FloatTensor<Self> {
        let ids = into_contiguous(ids);
        let count = ids.shape()[0];
        assert_eq!(ids.dtype, DType::I32, "names of rows");
        let into = empty(&ids, [count, form.shape[1]], numbers);
        let total = count * form.units();
        let groups = (total as u32).div_ceil(UNPACKING);
        let across = groups.clamp(1, MOST_ACROSS);
        #[allow(unsafe_code, reason = "launching without a check of every index has no safe form")]
        // SAFETY: as above; who asks for rows asks for those that there are, and the kernel keeps to `total` units.
        unsafe {
            kernels::unpack::launch_unchecked(
                &into.client,
                CubeCount::Static(across, groups.div_ceil(across).max(1), 1),
                CubeDim::new_1d(UNPACKING),
                ids.into_buffer_arg(),
                quants.into_buffer_arg(),
                highs.into_buffer_arg(),
                scales.into_buffer_arg(),
                steps.into_buffer_arg(),
                into.clone().into_buffer_arg(),
                total as u32,
                form.units() as u32,
                form.layout,
                burn::backend::cubecl::dtype_to_elem_type(numbers),
            );
        }
        into
    }
}
