//! The kernels as operations of the tensor library's graphics backend. Others do not have them.

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, Dispatch, TensorMetadata, backend_extension};
use burn::tensor::{DType, Int, Shape, Tensor};
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use burn_cubecl::{CubeBackend, cubecl};
use cubecl::{CubeCount, CubeDim};

use super::kernels::{self, Plan};
use super::planes::Layout;

/// Workgroups that one dimension of a launch may have everywhere.
const MOST_ACROSS: u32 = 65_535;
/// Threads of a workgroup that unpacks.
const UNPACKING: u32 = 64;

/// The planes of a matrix in the adapter's memory.
#[derive(Debug, Clone)]
pub struct Held {
    pub quants: Tensor<1, Int>,
    pub highs: Tensor<1, Int>,
    pub scales: Tensor<1, Int>,
    pub steps: Tensor<1, Int>,
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

#[backend_extension(Cube, Fusion)]
trait PackedOps: Backend {
    /// `x W^T`, `[rows, in]` to `[rows, out]`.
    #[fusion(dtype = x, shape = Shape::new([x[0], form.shape[0]]))]
    fn packed_product(
        x: FloatTensor<Self>,
        quants: IntTensor<Self>,
        highs: IntTensor<Self>,
        scales: IntTensor<Self>,
        steps: IntTensor<Self>,
        form: Form,
        plan: Plan,
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

/// `x W^T` by the kernel for a few rows, `[rows, in]` to `[rows, out]`, f32.
pub fn product(x: Tensor<2>, held: &Held, form: Form, plan: Plan) -> Tensor<2> {
    let Held { quants, highs, scales, steps } = held.clone();
    let [quants, highs, scales, steps] = [quants, highs, scales, steps].map(Tensor::into_dispatch);
    Tensor::from_dispatch(Dispatch::packed_product(x.into_dispatch(), quants, highs, scales, steps, form, plan))
}

/// The rows `ids` in the type `numbers`, `[ids, in]`. `ids` are i32.
pub fn rows(ids: Tensor<1, Int>, held: &Held, form: Form, numbers: DType) -> Tensor<2> {
    let Held { quants, highs, scales, steps } = held.clone();
    let [quants, highs, scales, steps] = [quants, highs, scales, steps].map(Tensor::into_dispatch);
    Tensor::from_dispatch(Dispatch::packed_rows(ids.into_dispatch(), quants, highs, scales, steps, form, numbers))
}

fn empty(like: &CubeTensor, shape: [usize; 2], numbers: DType) -> CubeTensor {
    let shape = Shape::new(shape);
    let buffer = like.client.empty(shape.num_elements() * numbers.size());
    CubeTensor::new_contiguous(like.client.clone(), like.device.clone(), shape, buffer, numbers)
}

impl PackedOps for CubeBackend {
    fn packed_product(
        x: FloatTensor<Self>,
        quants: IntTensor<Self>,
        highs: IntTensor<Self>,
        scales: IntTensor<Self>,
        steps: IntTensor<Self>,
        form: Form,
        plan: Plan,
    ) -> FloatTensor<Self> {
        let x = into_contiguous(x);
        let x_rows = x.shape()[0];
        let [out, inp] = form.shape;
        assert_eq!((x.dtype, x.shape()[1]), (DType::F32, inp), "activations as wide as the matrix, in f32");
        let y = empty(&x, [x_rows, out], DType::F32);
        let strips = out.div_ceil(plan.rows) as u32;
        let across = strips.min(MOST_ACROSS);
        let count = CubeCount::Static(across, strips.div_ceil(across), x_rows as u32);
        #[allow(unsafe_code, reason = "launching without a check of every index has no safe form")]
        // SAFETY: `Held` has planes of the lengths that `form` gives, and `x` and `y` were sized by it above; the kernel
        // keeps to rows below `out`, units below those of a row and the launched rows of `x`.
        unsafe {
            kernels::product::launch_unchecked(
                &y.client,
                count,
                CubeDim::new_1d(plan.threads as u32),
                x.into_tensor_arg().into_buffer_arg(),
                quants.into_buffer_arg(),
                highs.into_buffer_arg(),
                scales.into_buffer_arg(),
                steps.into_buffer_arg(),
                y.clone().into_buffer_arg(),
                out as u32,
                form.units() as u32,
                form.layout,
                plan,
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
