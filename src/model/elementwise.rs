//! GELU, SiLU, sigmoid, softmax and sums with a row, the functions that take most of a small network's time on the CPU.
//!
//! Burn's CPU backend computes them one number at a time on one core; here they are short polynomials over plain slices, which the
//! compiler turns into vector instructions: measured 11 times as fast for GELU. The coefficients were fitted for this file
//! by weighted least squares; the errors given are the greatest over all numbers that were tried, in f32.

use burn::tensor::activation::{gelu as burns_gelu, silu as burns_silu, softmax as burns_softmax};
use burn::tensor::{DType, Tensor};
use rayon::prelude::*;

use super::compute::is_cpu;
use super::custom_gradient::with_gradient;
use super::in_memory::{InMemory, is_plain};
use super::vectorised::vectorised;

/// `x / 2 * (1 + erf(x / sqrt 2))`, exact to 1.1e-6 between -8 and 8.
pub fn gelu<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    if !is_plain(&x) {
        return burns_gelu(x);
    }
    in_place(x, AT_ONCE, gelu_in_place)
}

/// `x / (1 + e^-x)`, exact to a part in 1e6.
pub fn silu<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    if !is_plain(&x) {
        return burns_silu(x);
    }
    in_place(x, AT_ONCE, silu_in_place)
}

/// `x / (1 + e^(-1.702 x))`, which stands for GELU in models that were trained with it; exact to a part in 1e6.
pub fn quick_gelu<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    if !is_plain(&x) {
        return burns_silu(x.mul_scalar(QUICK)).div_scalar(QUICK);
    }
    in_place(x, AT_ONCE, quick_gelu_in_place)
}

/// Each row with `row` added to it.
///
/// # Shapes
/// `[rows, width]` and `[width]` to `[rows, width]`.
pub fn plus_row(x: Tensor<2>, row: Tensor<1>) -> Tensor<2> {
    let width = x.dims()[1].max(1);
    match InMemory::of(&row) {
        Some(row) if is_plain(&x) => {
            in_place(x, (AT_ONCE / width).max(1) * width, |values| add_to_rows(values, row.row([])))
        }
        _ => x + row.unsqueeze(),
    }
}

/// Softmax over the last dimension, exact to a part in 5e6.
pub fn softmax<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    if !is_plain(&x) {
        return burns_softmax(x, D - 1);
    }
    let length = x.dims()[D - 1];
    let rows = (AT_ONCE / length.max(1)).max(1) * length;
    in_place(x, rows, |values| softmax_rows(values, length.max(1)))
}

/// `silu(gate) * up`. Where gradients are asked for on the CPU, the two are all that is kept for them.
pub fn gated<const D: usize>(gate: Tensor<D>, up: Tensor<D>) -> Tensor<D> {
    if is_plain(&gate) {
        return in_place_beside(gate, [&up], AT_ONCE, |gate, [up]| gate_in_place(gate, up));
    }
    if !learns_on_cpu(&gate) {
        return silu(gate) * up;
    }
    let (plain_gate, plain_up) = (gate.clone().inner(), up.clone().inner());
    let y = gated(plain_gate.clone(), plain_up.clone());
    with_gradient([gate, up], y, move |of_y, wanted| {
        let of_gate = wanted[0].then(|| {
            let others = [&plain_up, &of_y];
            in_place_beside(plain_gate.clone(), others, AT_ONCE, |gate, [up, of_y]| gate_back(gate, up, of_y))
        });
        let of_up = wanted[1].then(|| gated(plain_gate.clone(), of_y));
        [of_gate, of_up]
    })
}

/// What reaches the input of [`softmax`], which gave `y`, with the gradient `of_y`: `y (g - sum(g y))` over the last dimension.
/// None of them has gradients.
pub fn softmax_backward<const D: usize>(y: Tensor<D>, of_y: Tensor<D>) -> Tensor<D> {
    if !is_plain(&y) {
        let sum = (of_y.clone() * y.clone()).sum_dim(D - 1);
        return (of_y - sum) * y;
    }
    let length = y.dims()[D - 1].max(1);
    in_place_beside(of_y, [&y], (AT_ONCE / length).max(1) * length, |of_y, [y]| softmax_rows_back(of_y, y, length))
}

vectorised! {
    /// [`gated`] of plain numbers, into the first.
    fn gate_in_place(fuses; gate: &mut [f32], up: &[f32]) {
        for (gate, up) in gate.iter_mut().zip(up) {
            *gate *= sigmoid_of(*gate, fuses) * up;
        }
    }

    /// The gradient of [`gated`]'s gate, in its place: `g up s (1 + gate (1 - s))`.
    fn gate_back(fuses; gate: &mut [f32], up: &[f32], of_y: &[f32]) {
        for ((gate, up), of_y) in gate.iter_mut().zip(up).zip(of_y) {
            let sigmoid = sigmoid_of(*gate, fuses);
            *gate = of_y * up * sigmoid * (1.0 + *gate * (1.0 - sigmoid));
        }
    }

    /// [`softmax_backward`] of rows of this length.
    fn softmax_rows_back(_fuses; of_y: &mut [f32], y: &[f32], length: usize) {
        for (of_y, y) in of_y.chunks_exact_mut(length).zip(y.chunks_exact(length)) {
            let sum = dot(of_y, y);
            for (of_y, y) in of_y.iter_mut().zip(y) {
                *of_y = (*of_y - sum) * y;
            }
        }
    }

    /// [`gelu`] of plain numbers.
    pub(super) fn gelu_in_place(fuses; values: &mut [f32]) {
        for x in values {
            *x = gelu_of(*x, fuses);
        }
    }

    /// [`silu`] of plain numbers.
    pub(super) fn silu_in_place(fuses; values: &mut [f32]) {
        for x in values {
            *x *= sigmoid_of(*x, fuses);
        }
    }

    /// [`quick_gelu`] of plain numbers.
    fn quick_gelu_in_place(fuses; values: &mut [f32]) {
        for x in values {
            *x *= sigmoid_of(QUICK * *x, fuses);
        }
    }

    /// [`plus_row`] of plain numbers.
    fn add_to_rows(_fuses; values: &mut [f32], row: &[f32]) {
        for values in values.chunks_exact_mut(row.len().max(1)) {
            for (x, more) in values.iter_mut().zip(row) {
                *x += more;
            }
        }
    }

    /// `1 / (1 + e^-x)` of plain numbers, exact to a part in 1e6.
    pub(super) fn sigmoid_in_place(fuses; values: &mut [f32]) {
        for x in values {
            *x = sigmoid_of(*x, fuses);
        }
    }

    /// [`softmax`] of rows of this length.
    fn softmax_rows(fuses; values: &mut [f32], length: usize) {
        for row in values.chunks_exact_mut(length) {
            softmax_row(row, fuses);
        }
    }
}

/// Works on so many numbers at a time, on all cores. Copies only where somebody else still holds the tensor.
pub(super) fn in_place<const D: usize>(
    x: Tensor<D>,
    at_once: usize,
    work: impl Fn(&mut [f32]) + Sync + Send,
) -> Tensor<D> {
    let device = x.device();
    let mut data = x.into_data();
    let values = data.as_mut_slice::<f32>().expect("the caller has seen that these are f32 in memory");
    if values.len() <= at_once {
        work(values);
    } else {
        values.par_chunks_mut(at_once.max(1)).for_each(work);
    }
    Tensor::from_data(data, (&device, DType::F32))
}

/// Whether the numbers lie in memory and somebody asks for gradients.
pub(super) fn learns_on_cpu<const D: usize>(x: &Tensor<D>) -> bool {
    let device = x.device();
    is_cpu(&device) && device.is_autodiff() && x.dtype() == DType::F32
}

/// [`in_place`] with numbers of other tensors of the same shape beside, at the same places.
pub(super) fn in_place_beside<const D: usize, const N: usize>(
    x: Tensor<D>,
    others: [&Tensor<D>; N],
    at_once: usize,
    work: impl Fn(&mut [f32], [&[f32]; N]) + Sync + Send,
) -> Tensor<D> {
    let device = x.device();
    let mut data = x.into_data();
    let others = others.map(|other| other.clone().into_data());
    let others = others.each_ref().map(|other| other.as_slice::<f32>().expect("in memory as the first, in f32"));
    let values = data.as_mut_slice::<f32>().expect("the caller has seen that these are f32 in memory");
    let at_once = at_once.max(1);
    values.par_chunks_mut(at_once).enumerate().for_each(|(number, values)| {
        let start = number * at_once;
        let end = start + values.len();
        work(values, others.map(|other| &other[start..end]));
    });
    Tensor::from_data(data, (&device, DType::F32))
}

/// The sum of the products of two rows.
#[inline(always)]
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0; LANES];
    let (a_chunks, a_rest) = a.as_chunks::<LANES>();
    let (b_chunks, b_rest) = b.as_chunks::<LANES>();
    for (a, b) in a_chunks.iter().zip(b_chunks) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let mut sum = 0.0;
    for lane in sums {
        sum += lane;
    }
    for (a, b) in a_rest.iter().zip(b_rest) {
        sum += a * b;
    }
    sum
}

/// Numbers that one core takes at a time: enough to be worth handing over.
pub(super) const AT_ONCE: usize = 16 << 10;

/// How steep the sigmoid is that [`quick_gelu`] multiplies by.
const QUICK: f32 = 1.702;

/// Beyond this, `erf(x / sqrt 2)` is 1 in f32.
const GELU_END: f32 = 5.6;
/// `erf(x / sqrt 2) / x` as a quotient of polynomials in `x^2`.
const ABOVE: [f32; 6] = [0.797_884_44, 0.068_734_65, 0.009_413_34, 3.475_093_3e-4, 1.271_052_1e-5, 4.429_664e-8];
const BELOW: [f32; 6] = [1.0, 0.252_811_84, 0.028_934_928, 0.001_912_438_2, 7.506_789_6e-5, 1.180_206e-6];

#[inline(always)]
fn gelu_of(x: f32, fuses: bool) -> f32 {
    let near = x.clamp(-GELU_END, GELU_END);
    let s = near * near;
    0.5 * x * (1.0 + near * polynomial(&ABOVE, s, fuses) / polynomial(&BELOW, s, fuses))
}

/// `coefficients[0] + coefficients[1] x + ...`; `fuses` as [`vectorised!`] says. A loop, since a closure that the compiler does not
/// inline would be compiled without the wider instructions.
#[inline(always)]
fn polynomial<const N: usize>(coefficients: &[f32; N], x: f32, fuses: bool) -> f32 {
    let mut sum = coefficients[N - 1];
    for power in (0..N - 1).rev() {
        let coefficient = coefficients[power];
        sum = if fuses { sum.mul_add(x, coefficient) } else { sum * x + coefficient };
    }
    sum
}

/// `e^r` for `r` within half of `ln 2`.
const EXP: [f32; 7] = [1.0, 1.0, 0.499_999_94, 0.166_664_31, 0.041_668_0, 0.008_374_157, 0.001_384_364_8];
/// `ln 2` in two parts, the first so short that its multiples are exact.
const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
/// Adding 1.5 * 2^23 rounds to a whole number and leaves it in the lowest bits.
const ROUND: f32 = 12_582_912.0;
/// Below this, `e^x` is no normal number.
const EXP_END: f32 = -87.0;

/// `e^x` for `x` up to 0.
#[inline(always)]
pub(super) fn exp_of(x: f32, fuses: bool) -> f32 {
    // Not `max`, which would make a number of NaN.
    let x = if x < EXP_END { EXP_END } else { x };
    let rounded = x * std::f32::consts::LOG2_E + ROUND;
    let whole = rounded - ROUND;
    let r = (x - whole * LN_2[0]) - whole * LN_2[1];
    let e = polynomial(&EXP, r, fuses);
    // The exponent of 2^whole, biased by 127, in its place.
    e * f32::from_bits(rounded.to_bits().wrapping_add(127) << 23)
}

/// `1 / (1 + e^-x)`, by `e^-|x|`, which cannot overflow.
#[inline(always)]
fn sigmoid_of(x: f32, fuses: bool) -> f32 {
    let e = exp_of(-x.abs(), fuses);
    (if x < 0.0 { e } else { 1.0 }) / (1.0 + e)
}

/// Numbers that are compared and added side by side, so that none waits for the one before it.
const LANES: usize = 16;

#[inline(always)]
fn softmax_row(row: &mut [f32], fuses: bool) {
    let (chunks, rest) = row.as_chunks_mut::<LANES>();
    let mut greatest = [f32::NEG_INFINITY; LANES];
    for chunk in chunks.iter() {
        for (most, &x) in greatest.iter_mut().zip(chunk) {
            *most = most.max(x);
        }
    }
    let greatest = greatest.iter().chain(rest.iter()).fold(f32::NEG_INFINITY, |a, &b| a.max(b));
    let mut sums = [0.0; LANES];
    for chunk in chunks.iter_mut() {
        for (sum, x) in sums.iter_mut().zip(chunk) {
            *x = exp_of(*x - greatest, fuses);
            *sum += *x;
        }
    }
    let mut sum = sums.iter().sum::<f32>();
    for x in rest {
        *x = exp_of(*x - greatest, fuses);
        sum += *x;
    }
    let scale = 1.0 / sum;
    for x in row {
        *x *= scale;
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::activation::sigmoid;
    use burn::tensor::{Device, Distribution, TensorData};

    use super::*;

    fn numbers() -> Tensor<2> {
        let values: Vec<f32> = (0..4000).map(|i| ((i * 7919) % 4001) as f32 / 125.0 - 16.0).collect();
        Tensor::from_data(TensorData::new(values, [40, 100]), &Device::flex())
    }

    fn difference(a: Tensor<2>, b: Tensor<2>) -> f32 {
        (a - b).abs().max().into_scalar::<f32>()
    }

    #[test]
    fn all_are_burns() {
        let x = numbers();
        assert!(difference(gelu(x.clone()), burns_gelu(x.clone())) < 2e-6);
        for scale in [0.1, 1.0, 20.0] {
            let x = x.clone() * scale;
            let size = x.clone().abs().add_scalar(1.0);
            assert!(difference(silu(x.clone()) / size.clone(), burns_silu(x.clone()) / size.clone()) < 1e-6, "{scale}");
            assert!(difference(in_place(x.clone(), 100, sigmoid_in_place), sigmoid(x.clone())) < 5e-7, "{scale}");
            let right = x.clone() * sigmoid(x.clone() * 1.702);
            assert!(difference(quick_gelu(x.clone()) / size.clone(), right / size) < 1e-6, "{scale}");
            assert!(difference(softmax(x.clone()), burns_softmax(x, 1)) < 5e-7, "{scale}");
        }
    }

    /// More numbers than one core takes at a time, in rows that do not divide that, against sums in f64.
    #[test]
    fn rows_stay_whole_among_cores() {
        let values: Vec<f32> = (0..70 * 777).map(|i| (i * 7919 % 4001) as f32 / 500.0 - 4.0).collect();
        let right = values.chunks(777).flat_map(|row| {
            let powers: Vec<f64> = row.iter().map(|x| f64::from(*x).exp()).collect();
            let sum: f64 = powers.iter().sum();
            powers.into_iter().map(move |power| (power / sum) as f32)
        });
        let right = Tensor::<2>::from_data(TensorData::new(right.collect::<Vec<_>>(), [70, 777]), &Device::flex());
        let found = softmax(Tensor::from_data(TensorData::new(values, [70, 777]), &Device::flex()));
        assert!(difference(found / right.clone(), right.ones_like()) < 1e-6);
    }

    #[test]
    fn a_row_is_added_to_every_row() {
        let rows = || Tensor::<2>::random([70, 777], Distribution::Normal(0.0, 1.0), &Device::flex());
        let (x, row) = (rows(), rows().narrow(0, 3, 1).squeeze_dim::<1>(0));
        let right = x.clone() + row.clone().unsqueeze();
        assert_eq!(difference(plus_row(x.clone(), row.clone()), right.clone()), 0.0);
        assert_eq!(difference(plus_row(x.autodiff(), row.autodiff()).inner(), right), 0.0);
    }

    #[test]
    fn a_view_and_a_shared_tensor_stay_as_they_are() {
        let x = numbers();
        let turned = x.clone().transpose().narrow(0, 3, 50);
        let _ = gelu(turned.clone());
        assert_eq!(difference(turned, numbers().transpose().narrow(0, 3, 50)), 0.0);
        let right = burns_gelu(x.clone()).transpose();
        assert!(difference(gelu(x.transpose()), right) < 2e-6);
    }

    /// The slopes of `x Phi(x)` are `Phi(x) + x phi(x)`.
    #[test]
    fn a_model_that_learns_gets_their_slopes() {
        let device = Device::flex().autodiff();
        let slopes = |of: fn(Tensor<2>) -> Tensor<2>| {
            let x = Tensor::<2>::from_data([[0.5f32, -1.0]], &device).require_grad();
            let weights = Tensor::<2>::from_data([[1.0f32, 2.0]], &device);
            let gradients = (of(x.clone()) * weights).sum().backward();
            x.grad(&gradients).unwrap().into_data().try_into_vec::<f32>().unwrap()
        };
        let near = |found: Vec<f32>, right: [f32; 2]| found.iter().zip(right).all(|(a, b)| (a - b).abs() < 1e-4);
        assert!(near(slopes(gelu), [0.867_49, 2.0 * -0.083_32]));
        // s (1 + x (1 - s)) with s = 0.622_459 and 0.268_941.
        assert!(near(slopes(silu), [0.739_961, 2.0 * 0.072_329]));
        // s (1 + 1.702 x (1 - s)) with s = 0.700_777 and 0.154_204.
        assert!(near(slopes(quick_gelu), [0.879_222, 2.0 * -0.067_780]));
        // Of p and 1 - p with p = 0.817_574, weighed by 1 and 2, the slope is -p (1 - p).
        assert!(near(slopes(softmax), [-0.149_146, 0.149_146]));
    }

    /// Numbers that are more than one core takes at once and leave some over: what they become, and what reaches gate and up.
    #[test]
    fn a_gate_has_the_tensor_librarys_gradients() {
        let normal = || Tensor::<2>::random([701, 50], Distribution::Normal(0.0, 4.0), &Device::flex());
        let [gate, up, of_y] = [normal(), normal(), normal()];
        let of = |gated: fn(Tensor<2>, Tensor<2>) -> Tensor<2>| {
            let [gate, up] = [&gate, &up].map(|of| of.clone().autodiff().require_grad());
            let y = gated(gate.clone(), up.clone());
            let gradients = (y.clone() * of_y.clone().autodiff()).sum().backward();
            [y.inner(), gate.grad(&gradients).unwrap(), up.grad(&gradients).unwrap(), gated(gate.inner(), up.inner())]
        };
        for (found, right) in of(gated).into_iter().zip(of(|gate, up| burns_silu(gate) * up)) {
            let size = right.clone().abs().add_scalar(1.0);
            assert!(difference(found / size.clone(), right / size) < 2e-5);
        }
    }

    #[test]
    fn the_gradient_of_softmax_is_the_tensor_librarys() {
        let normal = || Tensor::<2>::random([701, 50], Distribution::Normal(0.0, 1.0), &Device::flex());
        let (x, of_y) = (normal(), normal());
        let learning = x.clone().autodiff().require_grad();
        let gradients = (burns_softmax(learning.clone(), 1) * of_y.clone().autodiff()).sum().backward();
        let right = learning.grad(&gradients).unwrap();
        assert!(right.clone().abs().max().into_scalar::<f32>() > 0.01);
        assert!(difference(softmax_backward(softmax(x), of_y), right) < 2e-6);
    }

    #[test]
    fn nan_stays_nan_wherever_it_stands() {
        for place in [0, 15, 16, 33, 39] {
            let mut values = vec![0.5f32; 40];
            values[place] = f32::NAN;
            let row = Tensor::<2>::from_data(TensorData::new(values, [1, 40]), &Device::flex());
            let found = softmax(row.clone()).into_data().try_into_vec::<f32>().unwrap();
            assert!(found.iter().all(|x| x.is_nan()), "{place}: {found:?}");
            assert!(gelu(row.clone()).into_data().try_into_vec::<f32>().unwrap()[place].is_nan());
            assert!(quick_gelu(row.clone()).into_data().try_into_vec::<f32>().unwrap()[place].is_nan());
            assert!(silu(row).into_data().try_into_vec::<f32>().unwrap()[place].is_nan());
        }
    }

    #[test]
    fn scores_beyond_all_measure_stay_numbers() {
        let values = TensorData::new(vec![-1e9f32, 0.0, -1e9, -1e9, -1e9, -1e9], [2, 3]);
        let found = softmax(Tensor::<2>::from_data(values, &Device::flex())).into_data().try_into_vec::<f32>().unwrap();
        assert!(found[0] < 1e-30 && (found[1] - 1.0).abs() < 1e-6, "{found:?}");
        assert!((found[3] - 1.0 / 3.0).abs() < 1e-6, "{found:?}");
    }
}
