//! The kernels as operations of the tensor library's graphics backend. Others do not have them.

use burn::backend::fusion::custom::TensorSpec;
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, Dispatch, TensorMetadata, backend_extension};
use burn::tensor::{DType, Int, Shape, Tensor};
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use burn_cubecl::{CubeBackend, cubecl};
use cubecl::{CubeCount, CubeDim};

use super::attend::attend as attend_kernel;
use super::best::highest;
use super::norm::sum_and_norm as norm_kernel;
use super::sent::Sent;
use super::turn::{Heads, turn as turn_kernel};

/// Threads of a workgroup that finds the best score, or takes the norm of a row.
const REDUCING: usize = 256;
/// Workgroups that find the best score at most.
const COMPARED_APART: usize = 64;
/// Threads of a workgroup that turns.
const TURNING: usize = 64;
/// Threads of a workgroup that attends, and the greatest width of a head.
pub const ATTENDING: usize = 128;

#[backend_extension(Cube, Fusion)]
trait DecodeOps: Backend {
    /// `x`, or `x + delta`, and its norm.
    #[fusion(meta = |x, _delta, _weight, _has_delta, _epsilon| (x.clone(), x.clone()))]
    fn decode_norm(
        x: FloatTensor<Self>,
        delta: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        has_delta: bool,
        epsilon: f32,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);

    /// The queries, and keys and values with the token among them.
    #[fusion(meta = turned)]
    fn decode_turn(
        token: FloatTensor<Self>,
        cos: FloatTensor<Self>,
        sin: FloatTensor<Self>,
        keys: FloatTensor<Self>,
        values: FloatTensor<Self>,
        place: usize,
        heads: Heads,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    /// What the queries attend to.
    #[fusion(dtype = queries, shape = queries)]
    fn decode_attend(
        queries: FloatTensor<Self>,
        keys: FloatTensor<Self>,
        values: FloatTensor<Self>,
        seen: usize,
        heads: Heads,
    ) -> FloatTensor<Self>;

    /// The place of the best score, which is sent back, too.
    #[fusion(dtype = DType::I32, shape = Shape::new([1]))]
    fn decode_best(scores: FloatTensor<Self>, sent: Sent) -> IntTensor<Self>;
}

fn turned(
    _token: &TensorSpec,
    _cos: &TensorSpec,
    _sin: &TensorSpec,
    keys: &TensorSpec,
    values: &TensorSpec,
    _place: &usize,
    heads: &Heads,
) -> (TensorSpec, TensorSpec, TensorSpec) {
    let queries = TensorSpec::new(Shape::new([heads.queries, heads.width]), DType::F32);
    (queries, keys.clone(), values.clone())
}

/// `x`, or `x + delta`, and its norm, all `[.., width]` in f32.
pub fn sum_and_norm<const D: usize>(
    x: Tensor<D>,
    delta: Option<Tensor<D>>,
    weight: Tensor<1>,
    epsilon: f32,
) -> [Tensor<D>; 2] {
    let (has_delta, x) = (delta.is_some(), x.into_dispatch());
    let delta = delta.map_or_else(|| x.clone(), Tensor::into_dispatch);
    let (sum, normed) = Dispatch::decode_norm(x, delta, weight.into_dispatch(), has_delta, epsilon);
    [Tensor::from_dispatch(sum), Tensor::from_dispatch(normed)]
}

/// The turned queries of a token, `[query heads, width]`, and `keys` and `values`, `[1, key heads, capacity, width]`, with the
/// token's at `place`. They are written where they lie unless somebody else holds them too.
pub fn turn(
    token: Tensor<2>,
    [cos, sin]: [Tensor<4>; 2],
    [keys, values]: [Tensor<4>; 2],
    place: usize,
    heads: Heads,
) -> (Tensor<2>, [Tensor<4>; 2]) {
    let [cos, sin, keys, values] = [cos, sin, keys, values].map(Tensor::into_dispatch);
    let (queries, keys, values) = Dispatch::decode_turn(token.into_dispatch(), cos, sin, keys, values, place, heads);
    (Tensor::from_dispatch(queries), [keys, values].map(Tensor::from_dispatch))
}

/// What `queries` `[query heads, width]` attend to among the first `seen` positions, in the same shape.
pub fn attend(queries: Tensor<2>, [keys, values]: [Tensor<4>; 2], seen: usize, heads: Heads) -> Tensor<2> {
    let [keys, values] = [keys, values].map(Tensor::into_dispatch);
    Tensor::from_dispatch(Dispatch::decode_attend(queries.into_dispatch(), keys, values, seen, heads))
}

/// The place of the first of the highest scores, or -1; `[1, count]` in f32 to `[1]`. It is copied to `sent` as soon as it is
/// known.
pub fn best(scores: Tensor<2>, sent: Sent) -> Tensor<1, Int> {
    Tensor::from_dispatch(Dispatch::decode_best(scores.into_dispatch(), sent))
}

fn empty(like: &CubeTensor, shape: Shape, numbers: DType) -> CubeTensor {
    let buffer = like.client.empty(shape.num_elements() * numbers.size());
    CubeTensor::new_contiguous(like.client.clone(), like.device.clone(), shape, buffer, numbers)
}

/// The tensor itself where nobody else holds it, so that it may be written; else a copy.
fn own(tensor: CubeTensor) -> CubeTensor {
    if tensor.can_mut() && tensor.is_contiguous() { tensor } else { tensor.copy() }
}

impl DecodeOps for CubeBackend {
    fn decode_norm(
        x: FloatTensor<Self>,
        delta: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        has_delta: bool,
        epsilon: f32,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let [x, delta, weight] = [x, delta, weight].map(into_contiguous);
        let (width, shape) = (weight.shape().num_elements(), x.shape());
        let rows = shape.num_elements() / width;
        assert_eq!((delta.shape(), rows * width), (shape.clone(), shape.num_elements()), "rows as wide as the weight");
        assert_eq!([x.dtype, delta.dtype, weight.dtype], [DType::F32; 3], "norms are taken in f32");
        let [sum, normed] = [0, 1].map(|_| empty(&x, shape.clone(), DType::F32));
        #[allow(unsafe_code, reason = "launching without a check of every index has no safe form")]
        // SAFETY: all have `rows * width` numbers but the weight, which has `width`; the kernel keeps to a row a workgroup.
        unsafe {
            norm_kernel::launch_unchecked(
                &sum.client,
                CubeCount::new_1d(rows as u32),
                CubeDim::new_1d(REDUCING as u32),
                x.into_buffer_arg(),
                delta.into_buffer_arg(),
                weight.into_buffer_arg(),
                sum.clone().into_buffer_arg(),
                normed.clone().into_buffer_arg(),
                width as u32,
                epsilon,
                has_delta,
                REDUCING,
            );
        }
        (sum, normed)
    }

    fn decode_turn(
        token: FloatTensor<Self>,
        cos: FloatTensor<Self>,
        sin: FloatTensor<Self>,
        keys: FloatTensor<Self>,
        values: FloatTensor<Self>,
        place: usize,
        heads: Heads,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let [token, cos, sin] = [token, cos, sin].map(into_contiguous);
        let [keys, values] = [keys, values].map(own);
        let capacity = capacity_of(&keys, &values, heads);
        assert_eq!([&token, &cos, &sin].map(|x| x.dtype), [DType::F32; 3], "turned in f32");
        assert_eq!(
            [&token, &cos, &sin].map(|x| x.shape().num_elements()),
            [heads.numbers(), heads.width / 2, heads.width / 2],
            "one token's queries, keys and values, and its angles"
        );
        assert!(place < capacity, "a place in the cache");
        let queries = empty(&token, Shape::new([heads.queries, heads.width]), DType::F32);
        let pairs = heads.numbers() / 2;
        #[allow(unsafe_code, reason = "launching without a check of every index has no safe form")]
        // SAFETY: all were measured by `heads` above; the kernel keeps to its pairs and to `place`, which is in the cache.
        unsafe {
            turn_kernel::launch_unchecked(
                &queries.client,
                CubeCount::new_1d(pairs.div_ceil(TURNING) as u32),
                CubeDim::new_1d(TURNING as u32),
                token.into_buffer_arg(),
                cos.into_buffer_arg(),
                sin.into_buffer_arg(),
                queries.clone().into_buffer_arg(),
                keys.clone().into_buffer_arg(),
                values.clone().into_buffer_arg(),
                place as u32,
                capacity as u32,
                heads,
                burn::backend::cubecl::dtype_to_elem_type(keys.dtype),
            );
        }
        (queries, keys, values)
    }

    fn decode_attend(
        queries: FloatTensor<Self>,
        keys: FloatTensor<Self>,
        values: FloatTensor<Self>,
        seen: usize,
        heads: Heads,
    ) -> FloatTensor<Self> {
        let [queries, keys, values] = [queries, keys, values].map(into_contiguous);
        let capacity = capacity_of(&keys, &values, heads);
        let numbers = heads.queries * heads.width;
        assert_eq!(
            (queries.dtype, queries.shape().num_elements()),
            (DType::F32, numbers),
            "one token's queries, in f32"
        );
        assert!((1..=capacity).contains(&seen), "positions of the cache");
        assert!(heads.width <= ATTENDING && heads.width.is_multiple_of(4), "heads that the kernel has threads for");
        let into = empty(&queries, queries.shape(), DType::F32);
        #[allow(unsafe_code, reason = "launching without a check of every index has no safe form")]
        // SAFETY: all were measured by `heads` above; the kernel keeps to the first `seen` positions.
        unsafe {
            attend_kernel::launch_unchecked(
                &into.client,
                CubeCount::new_1d(heads.queries as u32),
                CubeDim::new_1d(ATTENDING as u32),
                queries.into_buffer_arg(),
                keys.clone().into_buffer_arg(),
                values.into_buffer_arg(),
                into.clone().into_buffer_arg(),
                seen as u32,
                capacity as u32,
                heads,
                ATTENDING,
                burn::backend::cubecl::dtype_to_elem_type(keys.dtype),
            );
        }
        into
    }

    fn decode_best(scores: FloatTensor<Self>, sent: Sent) -> IntTensor<Self> {
        let scores = into_contiguous(scores);
        let count = scores.shape().num_elements();
        assert!(count > 0 && scores.dtype == DType::F32, "scores in f32");
        let groups = count.div_ceil(REDUCING).min(COMPARED_APART);
        let launch = |among: &CubeTensor, groups: usize, count: usize, is_last: bool| {
            let into = empty(&scores, Shape::new([groups]), DType::I32);
            #[allow(unsafe_code, reason = "launching without a check of every index has no safe form")]
            // SAFETY: the kernel keeps to `count` candidates, which are places of `scores` or of `among`, whose numbers are
            // such places, and to one number of `into` for each workgroup.
            unsafe {
                highest::launch_unchecked(
                    &scores.client,
                    CubeCount::new_1d(groups as u32),
                    CubeDim::new_1d(REDUCING as u32),
                    scores.clone().into_buffer_arg(),
                    among.clone().into_buffer_arg(),
                    into.clone().into_buffer_arg(),
                    count as u32,
                    is_last,
                    REDUCING,
                );
            }
            into
        };
        let firsts = launch(&scores, groups, count, false);
        let best = launch(&firsts, 1, groups, true);
        sent.send(&best);
        best
    }
}

/// Positions that a cache of these heads has room for.
fn capacity_of(keys: &CubeTensor, values: &CubeTensor, heads: Heads) -> usize {
    let shape = keys.shape();
    assert_eq!((&values.shape(), values.dtype), (&shape, keys.dtype), "keys and values are of one shape and type");
    assert_eq!([shape[0], shape[1], shape[3]], [1, heads.keys, heads.width], "one sequence's cache with these heads");
    shape[2]
}
