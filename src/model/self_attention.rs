//! New tokens' attention to themselves and to what the cache holds, with rotary positions.

use burn::tensor::Tensor;

use super::attention::{Mask, attend};
use super::cache::{Cache, Memory};
use super::gpu::decode::{self, Heads};
use super::linear::Linear;
use super::rotary::Rotary;

/// What queries, keys and values of `x`, by these `projections`, mix of the values: queries and keys are turned by their
/// position, and keys and values join the `memory` of this `layer`.
///
/// # Shapes
/// `[batch, new tokens, hidden]` to `[batch, new tokens, heads * head]`, f32.
pub fn forward(
    projections: [&Linear; 3],
    head: usize,
    x: Tensor<3>,
    rotary: &Rotary,
    mask: &Mask,
    layer: usize,
    memory: &mut Memory<'_>,
) -> Tensor<3> {
    if let Memory::Append(cache) = memory
        && let Some(mixed) = of_one_token(projections, head, &x, rotary, layer, cache)
    {
        return mixed;
    }
    let [batch, tokens, _] = x.dims();
    // [batch, heads, tokens, head]
    let heads = |y: Tensor<3>| {
        let count = y.dims()[2] / head;
        y.reshape([batch, tokens, count, head]).swap_dims(1, 2)
    };
    let [q, k, v] = Linear::forward_each(projections, x);
    let (q, k, v) = (rotary.turn(heads(q)), rotary.turn(heads(k)), heads(v));
    let (k, v) = memory.join(layer, k, v);
    let mixed = attend(q, k, v, mask).swap_dims(1, 2);
    let [_, _, count, head] = mixed.dims();
    mixed.reshape([batch, tokens, count * head])
}

/// The same of one token of one sequence, which sees all that is before it, by an adapter's kernels; None where there are more
/// tokens or no kernels.
fn of_one_token(
    projections: [&Linear; 3],
    head: usize,
    x: &Tensor<3>,
    rotary: &Rotary,
    layer: usize,
    cache: &mut Cache,
) -> Option<Tensor<3>> {
    let ([batch, tokens, hidden], device) = (x.dims(), x.device());
    let [queries, keys, _] = projections.map(|projection| projection.shape()[0] / head);
    let heads = Heads { queries, keys, width: head };
    if [batch, tokens] != [1, 1] || !decode::attends(&device, heads) {
        return None;
    }
    let token = Linear::forward_joined(projections, x.clone().reshape([1, hidden]));
    let seen = cache.len() + 1;
    let (turned, held) = cache.write_one(layer, [keys, head], &device, |held, place| {
        decode::turn(token, rotary.tables(), held, place, heads)
    });
    Some(decode::attend(turned, held, seen, heads).reshape([1, 1, queries * head]))
}
