//! Operations whose gradient is written by hand, in the tensor library's own graph.
//!
//! What an operation gives is computed outside of the graph, by whatever is fastest, and the graph remembers only what its rule
//! for the gradient needs. So a frozen matrix needs no gradient of its own size and no dense copy, and functions have the
//! kernels in training that they have elsewhere.

use std::fmt;
use std::sync::Arc;

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::{Autodiff, Backend, Cube, DispatchKindConversion, DispatchTensor, Flex};
use burn::tensor::Tensor;

use super::compute::is_cpu;

/// `y`, which was made of the `inputs` outside of the graph, as what the graph makes of them: in the backward pass `rule` gives the
/// gradient of each input from that of `y`, and is told which ones are wanted.
///
/// All inputs have gradients enabled, though they need not ask for one; `y` has not.
pub fn with_gradient<const D: usize, const E: usize, const N: usize>(
    inputs: [Tensor<D>; N],
    y: Tensor<E>,
    rule: impl Fn(Tensor<E>, [bool; N]) -> [Option<Tensor<D>>; N] + Send + Sync + 'static,
) -> Tensor<E> {
    let rule = Rule(Arc::new(rule));
    if is_cpu(&y.device()) {
        joined::<Flex, D, E, N>(inputs, y, rule)
    } else {
        joined::<Cube, D, E, N>(inputs, y, rule)
    }
}

/// What the gradient of `y` is for each input.
struct Rule<const D: usize, const E: usize, const N: usize>(GradientOf<D, E, N>);

type GradientOf<const D: usize, const E: usize, const N: usize> =
    Arc<dyn Fn(Tensor<E>, [bool; N]) -> [Option<Tensor<D>>; N] + Send + Sync>;

impl<const D: usize, const E: usize, const N: usize> Clone for Rule<D, E, N> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<const D: usize, const E: usize, const N: usize> fmt::Debug for Rule<D, E, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rule")
    }
}

/// The step of the graph that has a rule in its state.
#[derive(Debug)]
struct ByRule<const D: usize, const E: usize, const N: usize>;

impl<B: Backend, const D: usize, const E: usize, const N: usize> Backward<B, N> for ByRule<D, E, N>
where
    DispatchTensor: DispatchKindConversion<B>,
{
    type State = Rule<D, E, N>;

    fn backward(self, ops: Ops<Self::State, N>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let of_y = Tensor::<E>::from_primitive::<B>(gradients.consume::<B>(&ops.node));
        let wanted = ops.parents.each_ref().map(Option::is_some);
        for (parent, gradient) in ops.parents.into_iter().zip((ops.state.0)(of_y, wanted)) {
            if let (Some(parent), Some(gradient)) = (parent, gradient) {
                gradients.register::<B>(parent.id, primitive::<B, D>(gradient));
            }
        }
    }
}

fn joined<B: Backend, const D: usize, const E: usize, const N: usize>(
    inputs: [Tensor<D>; N],
    y: Tensor<E>,
    rule: Rule<D, E, N>,
) -> Tensor<E>
where
    DispatchTensor: DispatchKindConversion<B> + DispatchKindConversion<Autodiff<B>>,
{
    let nodes = inputs.map(|input| primitive::<Autodiff<B>, D>(input).node());
    let y = primitive::<B, E>(y);
    let step = <ByRule<D, E, N> as Backward<B, N>>::prepare::<NoCheckpointing>(ByRule, nodes);
    let y = match step.compute_bound().stateful() {
        OpsKind::Tracked(step) => step.finish(rule, y),
        OpsKind::UnTracked(step) => step.finish(y),
    };
    Tensor::from_primitive::<Autodiff<B>>(y)
}

/// The backend's own tensor, which is of this backend wherever [`with_gradient`] has chosen it.
fn primitive<B: Backend, const D: usize>(tensor: Tensor<D>) -> B::FloatTensorPrimitive
where
    DispatchTensor: DispatchKindConversion<B>,
{
    tensor.try_into_primitive::<B>().expect("the backend was chosen by the device")
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    #[test]
    fn the_rule_decides_the_gradient() {
        let device = Device::flex().autodiff();
        let a = Tensor::<1>::from_data([1.0, 2.0], &device).require_grad();
        let b = Tensor::<1>::from_data([3.0, 4.0], &device);
        let y = a.clone().inner() * b.clone().inner();
        let y = with_gradient([a.clone(), b], y, |g, wanted| {
            assert_eq!(wanted, [true, false]);
            [Some(g.mul_scalar(10.0)), None]
        });
        assert_eq!(y.clone().into_data().try_into_vec::<f32>().unwrap(), [3.0, 8.0]);
        let gradients = (y * Tensor::from_data([1.0, 2.0], &device)).sum().backward();
        assert_eq!(a.grad(&gradients).unwrap().into_data().try_into_vec::<f32>().unwrap(), [10.0, 20.0]);
    }
}
