//! Scaled dot-product attention with grouped key and value heads, for every architecture.
//!
//! It is composed of two products and an f32 softmax: Burn's fallback would take the softmax in half precision and does
//! not know grouped heads. On the CPU, outside training, Burn's own kernel does the work where queries are few; the many
//! of a picture or of a prompt have kernels of this program's own (`on_cpu.rs`).

mod on_cpu;

use burn::tensor::module::attention;
use burn::tensor::ops::AttentionModuleOptions;
use burn::tensor::{DType, Device, Tensor, TensorData};

use super::compute::is_cpu;
use super::custom_gradient::with_gradient;
use super::elementwise::{softmax, softmax_backward};
use super::in_memory::is_plain;

/// Scores that may be materialised at once when composing, in elements; longer queries go in pieces.
const SCORES_AT_ONCE: usize = 8 << 20;
/// The same on the CPU: what fits into its caches.
const SCORES_AT_ONCE_ON_CPU: usize = 512 << 10;

/// From this many queries on this program's own kernels are the faster ones on the CPU.
const MANY_QUERIES: usize = 32;

/// Added to the score of a key that must not be seen; finite, so that a row with no visible key stays a number.
const HIDDEN: f32 = -1e9;

/// Which keys a query sees. Made once a forward pass and shared by all layers.
#[derive(Debug, Clone)]
pub struct Mask {
    /// Query `i` of `n` sees the keys up to `keys - n + i`.
    causal: bool,
    /// `[batch or 1, heads or 1, queries, keys]`, added to the scores: 0 where seen and [`HIDDEN`] where not, or what
    /// [`Mask::from_bias`] was given.
    bias: Option<Tensor<4>>,
}

impl Mask {
    /// Everything is seen.
    pub fn none() -> Self {
        Self { causal: false, bias: None }
    }

    /// Everything is seen, and `bias` is added to the scores, `[batch or 1, heads, queries, keys]` in f32.
    pub fn from_bias(bias: Tensor<4>) -> Self {
        Self { causal: false, bias: Some(bias) }
    }

    /// The last `queries` of `keys` positions, each seeing itself and what is before it.
    pub fn causal(queries: usize, keys: usize, device: &Device) -> Self {
        if queries == 1 {
            return Self::none();
        }
        if composes(device) {
            return Self { causal: false, bias: causal_bias(queries, keys, device) };
        }
        Self { causal: true, bias: None }
    }

    /// The same mask, without gradients.
    fn still(&self) -> Self {
        let still = |bias: &Tensor<4>| if bias.device().is_autodiff() { bias.clone().inner() } else { bias.clone() };
        Self { causal: self.causal, bias: self.bias.as_ref().map(still) }
    }

    /// What is added to the scores of `n` queries from `start` on of all `[queries, keys]`: with all keys, and where it is causal
    /// with those alone that the last of them sees.
    fn bias_of(&self, start: usize, n: usize, [queries, keys]: [usize; 2], device: &Device) -> Option<Tensor<4>> {
        match &self.bias {
            Some(bias) => Some(bias.clone().narrow(2, start, n)),
            None if self.causal => causal_bias(n, keys - queries + start + n, device),
            None => None,
        }
    }

    /// `sees(row of the batch, query, key)`, for `[batch, queries, keys]`.
    pub fn from_rule(
        [batch, queries, keys]: [usize; 3],
        device: &Device,
        sees: impl Fn(usize, usize, usize) -> bool,
    ) -> Self {
        let mut bias = Vec::with_capacity(batch * queries * keys);
        for row in 0..batch {
            for query in 0..queries {
                bias.extend((0..keys).map(|key| if sees(row, query, key) { 0.0 } else { HIDDEN }));
            }
        }
        let data = TensorData::new(bias, [batch, 1, queries, keys]);
        Self { causal: false, bias: Some(Tensor::from_data(data, (device, DType::F32))) }
    }
}

/// What is added to the scores of the last `queries` of `keys` positions, each of which sees itself and what is before it.
fn causal_bias(queries: usize, keys: usize, device: &Device) -> Option<Tensor<4>> {
    Mask::from_rule([1, queries, keys], device, |_, query, key| key + queries <= query + keys).bias
}

/// Whether attention on `device` is composed of products (see the module's text).
fn composes(device: &Device) -> bool {
    device.is_autodiff() || !is_cpu(device)
}

/// `softmax(Q K^T / sqrt(head) + mask) V`.
///
/// # Shapes
/// `q` is `[batch, heads, queries, head]` in f32; `k` and `v` are `[batch, kv heads, keys, head]` in f32 or half
/// precision, where `kv heads` divides `heads`; gives `[batch, heads, queries, head]` in f32.
pub fn attend(q: Tensor<4>, k: Tensor<4>, v: Tensor<4>, mask: &Mask) -> Tensor<4> {
    if q.device().is_autodiff() {
        return with_own_gradient([q, k, v], mask);
    }
    if is_plain(&q) && q.dims()[2] >= MANY_QUERIES {
        return on_cpu::attend(&q, [k, v].map(|of| of.cast(DType::F32)), mask);
    }
    if composes(&q.device()) {
        return composed(q, k, &v, mask);
    }
    let options = AttentionModuleOptions { is_causal: mask.causal, ..Default::default() };
    attention(q, k.cast(DType::F32), v.cast(DType::F32), None, mask.bias.clone(), options)
}

/// [`attend`] in a graph: queries, keys and values are all that is kept, and the weights of the mixture are made again on the
/// way back, a piece at a time. What the mask adds does not learn.
fn with_own_gradient(qkv: [Tensor<4>; 3], mask: &Mask) -> Tensor<4> {
    let kept = qkv.clone().map(Tensor::inner);
    let [q, k, v] = kept.clone();
    let mask = mask.still();
    let y = attend(q, k, v, &mask);
    with_gradient(qkv, y, move |of_y, _| backward(&kept, &mask, &of_y).map(Some))
}

/// What reaches queries, keys and values of [`attend`] with the gradient `of_y`, all f32: with the weights `p`, `p^T g` for the
/// values, and with `d = p (g v^T - sum(p g v^T)) / sqrt(head)` it is `d k` for the queries and `d^T q` for the keys.
fn backward([q, k, v]: &[Tensor<4>; 3], mask: &Mask, of_y: &Tensor<4>) -> [Tensor<4>; 3] {
    let [batch, heads, queries, head] = q.dims();
    let [_, kv_heads, keys, _] = k.dims();
    let group = heads / kv_heads;
    let q = q.clone().div_scalar((head as f32).sqrt());
    let mut of_q = Vec::new();
    let [mut of_k, mut of_v] = [k, v].map(Tensor::zeros_like);
    let step = queries_at_once(&q, keys);
    for start in (0..queries).step_by(step) {
        let n = step.min(queries - start);
        let bias = mask.bias_of(start, n, [queries, keys], &q.device());
        let seen = if mask.causal { keys - queries + start + n } else { keys };
        let rows = |of: &Tensor<4>| of.clone().narrow(2, start, n).reshape([batch, kv_heads, group * n, head]);
        let (q, g) = (rows(&q), rows(of_y));
        let [k, v] = [k, v].map(|of| of.clone().narrow(2, 0, seen));
        let scores = with_bias(q.clone().matmul(k.clone().transpose()), bias, [heads, n]);
        let weights = softmax(scores);
        let of_values = weights.clone().transpose().matmul(g.clone());
        let of_scores = softmax_backward(weights, g.matmul(v.transpose()));
        let of_keys = of_scores.clone().transpose().matmul(q);
        of_q.push(of_scores.matmul(k).reshape([batch, heads, n, head]));
        let add = |sum: Tensor<4>, more: Tensor<4>| {
            let place = [0..batch, 0..kv_heads, 0..seen, 0..head];
            let more = sum.clone().narrow(2, 0, seen) + more;
            sum.slice_assign(place, more)
        };
        (of_k, of_v) = (add(of_k, of_keys), add(of_v, of_values));
    }
    [Tensor::cat(of_q, 2).div_scalar((head as f32).sqrt()), of_k, of_v]
}

/// Queries whose scores are made at once, of queries `[batch, heads, queries, head]`.
fn queries_at_once(q: &Tensor<4>, keys: usize) -> usize {
    let [batch, heads, ..] = q.dims();
    let at_once = if is_cpu(&q.device()) { SCORES_AT_ONCE_ON_CPU } else { SCORES_AT_ONCE };
    (at_once / (batch * heads * keys).max(1)).max(MANY_QUERIES)
}

/// Scores of `n` queries of each head, `[batch, kv heads, group * n, keys]`, with what the mask adds to them,
/// `[batch or 1, heads or 1, n, keys]`.
fn with_bias(scores: Tensor<4>, bias: Option<Tensor<4>>, [heads, n]: [usize; 2]) -> Tensor<4> {
    let Some(bias) = bias else { return scores };
    let dims @ [batch, kv_heads, _, keys] = scores.dims();
    let [batches, bias_heads, _, _] = bias.dims();
    let [bias_kv_heads, bias_group] = if bias_heads == 1 { [1, 1] } else { [kv_heads, heads / kv_heads] };
    let bias = bias.reshape([batches, bias_kv_heads, bias_group, n, keys]);
    (scores.reshape([batch, kv_heads, heads / kv_heads, n, keys]) + bias).reshape(dims)
}

fn composed(q: Tensor<4>, k: Tensor<4>, v: &Tensor<4>, mask: &Mask) -> Tensor<4> {
    let [batch, heads, queries, head] = q.dims();
    let [_, kv_heads, keys, _] = k.dims();
    let group = heads / kv_heads;
    let precision = k.dtype();
    // The scale goes on before the product, so that half precision cannot overflow in it.
    let q = q.div_scalar((head as f32).sqrt());
    let k = k.transpose();
    let piece = |q: Tensor<4>, bias: Option<Tensor<4>>| {
        let n = q.dims()[2];
        // The queries that share a key head become rows of one product, which spares repeating keys and values.
        let q = q.reshape([batch, kv_heads, group * n, head]).cast(precision);
        let scores = q.matmul(k.clone()).cast(DType::F32);
        let mixed = softmax(with_bias(scores, bias, [heads, n])).cast(precision).matmul(v.clone()).cast(DType::F32);
        mixed.reshape([batch, heads, n, head])
    };
    let step = queries_at_once(&q, keys);
    if queries <= step {
        return piece(q, mask.bias.clone());
    }
    let pieces = (0..queries).step_by(step).map(|start| {
        let n = step.min(queries - start);
        piece(q.clone().narrow(2, start, n), mask.bias.clone().map(|bias| bias.narrow(2, start, n)))
    });
    Tensor::cat(pieces.collect(), 2)
}

#[cfg(test)]
mod tests {
    use burn::tensor::Distribution;

    use super::*;

    fn check(mask: &Mask, composed_mask: &Mask, queries: usize) {
        let device = Device::flex();
        let normal = |shape| Tensor::<4>::random(shape, Distribution::Normal(0.0, 1.0), &device);
        let (q, k, v) = (normal([2, 4, queries, 8]), normal([2, 2, 7, 8]), normal([2, 2, 7, 8]));
        let fast = attend(q.clone(), k.clone(), v.clone(), mask);
        let slow = composed(q, k, &v, composed_mask);
        let difference = (fast - slow).abs().max().into_scalar::<f32>();
        assert!(difference < 1e-5, "{difference}");
    }

    #[test]
    fn both_ways_agree_with_grouped_heads_and_masks() {
        let device = Device::flex();
        let causal = |queries| Mask::from_rule([1, queries, 7], &device, |_, query, key| key + queries <= query + 7);
        for queries in [1, 3, 7] {
            check(&Mask::none(), &Mask::none(), queries);
            check(&Mask::causal(queries, 7, &device), &causal(queries), queries);
        }
        // In several pieces, the last one shorter.
        let normal = |shape| Tensor::<4>::random(shape, Distribution::Normal(0.0, 1.0), &device);
        let (q, keys) = (normal([1, 4, 2 * MANY_QUERIES + 5, 8]), 600);
        let (k, v) = (normal([1, 2, keys, 8]), normal([1, 2, keys, 8]));
        let rule = Mask::from_rule([1, q.dims()[2], keys], &device, |_, query, key| {
            key + 2 * MANY_QUERIES + 5 <= query + keys
        });
        let found = attend(q.clone(), k.clone(), v.clone(), &Mask::causal(q.dims()[2], keys, &device));
        let difference = (found - composed(q, k, &v, &rule)).abs().max().into_scalar::<f32>();
        assert!(difference < 1e-5, "{difference}");
        let padded = Mask::from_rule([2, 3, 7], &device, |row, _, key| key >= row);
        check(&padded, &padded, 3);
        // Masks that hold for one row of a batch, and for one head.
        let of_heads = Mask::from_bias(Tensor::random([1, 4, 3, 7], Distribution::Normal(0.0, 1.0), &device));
        check(&of_heads, &of_heads, 3);
    }

    /// Grouped heads, fewer queries than keys, in one piece and in several: against the tensor library's gradients of the
    /// composition, whose softmax this program does not compute.
    #[test]
    fn queries_keys_and_values_have_the_tensor_librarys_gradients() {
        let device = Device::flex();
        let normal = |shape| Tensor::<4>::random(shape, Distribution::Normal(0.0, 1.0), &device);
        for (queries, keys) in [(3, 7), (2 * MANY_QUERIES + 5, 4200)] {
            let causal = causal_bias(queries, keys, &device);
            let padded =
                Mask::from_rule([2, queries, keys], &device, |row, query, key| key >= 2 * row && key <= query + 3);
            let of_heads = Mask::from_bias(normal([1, 4, queries, keys]));
            let masks = [
                (Mask::none(), None),
                (Mask { causal: true, bias: None }, causal),
                (padded.clone(), padded.bias),
                (of_heads.clone(), of_heads.bias.clone()),
                // As where all of a model learns.
                (Mask::from_bias(of_heads.bias.clone().unwrap().autodiff()), of_heads.bias),
            ];
            let qkv = [normal([2, 4, queries, 8]), normal([2, 2, keys, 8]), normal([2, 2, keys, 8])];
            let of_y = normal([2, 4, queries, 8]).autodiff();
            for (mask, bias) in masks {
                let library = |[q, k, v]: [Tensor<4>; 3]| {
                    let repeated = |of: Tensor<4>| {
                        let heads = (0..4).map(|head| of.clone().narrow(1, head / 2, 1)).collect();
                        Tensor::cat(heads, 1)
                    };
                    let scores = q.matmul(repeated(k).transpose()).div_scalar(8f32.sqrt());
                    let scores = match bias.clone() {
                        Some(bias) => scores + bias.autodiff(),
                        None => scores,
                    };
                    burn::tensor::activation::softmax(scores, 3).matmul(repeated(v))
                };
                let of = |attend: &dyn Fn([Tensor<4>; 3]) -> Tensor<4>| {
                    let qkv = qkv.clone().map(|of| of.autodiff().require_grad());
                    let y = attend(qkv.clone());
                    let gradients = (y.clone() * of_y.clone()).sum().backward();
                    let [of_q, of_k, of_v] = qkv.map(|of| of.grad(&gradients).unwrap());
                    [y.inner(), of_q, of_k, of_v]
                };
                let found = of(&|[q, k, v]| attend(q, k, v, &mask));
                for (found, right) in found.into_iter().zip(of(&library)) {
                    let difference = (found - right.clone()).abs().max().into_scalar::<f32>();
                    let size = right.abs().max().into_scalar::<f32>();
                    assert!(difference < 1e-5 * size.max(1.0), "{queries} queries: {difference} of {size}");
                }
            }
        }
    }
}
