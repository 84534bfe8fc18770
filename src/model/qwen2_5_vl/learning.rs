//! How adapters learn: the gradient of a batch's answers, a layer at a time. The weights stay as they were opened, in any form; only
//! the adapters' factors have gradients.
//!
//! Going forward, only what goes into each layer is kept, if nothing else is asked for. Going back, a layer is computed again with
//! the graph that its own backward pass needs (Chen et al. 2016, <https://arxiv.org/abs/1604.06174>), so that the graph of one
//! layer is all that is ever held. Scores over the vocabulary are made for the positions before answers' tokens alone, a few at a time.

use burn::tensor::{Gradients, IndexingUpdateOp, Int, Tensor, TensorData};

use super::{Batch, Qwen25Vl, Start, TextLayer};
use crate::model::dropout::Dropout;
use crate::model::elementwise::softmax;
use crate::model::error::ModelError;
use crate::model::lora::fresh;
use crate::model::low_rank::LowRank;
use crate::model::save::NamedTensor;

/// Positions whose scores over the vocabulary are made at once: with 152,000 words 39 MB a copy.
pub const SCORED_AT_ONCE: usize = 64;

/// The linear layers that adapters can be given, by the last part of their names.
pub const LORA_TARGETS: [&str; 7] = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"];

/// The tokens that are learned.
#[derive(Debug, Clone, Copy)]
pub struct Answers<'a> {
    /// Where in the batch, row after row, the position before each stands.
    pub before: &'a [usize],
    /// Which each is.
    pub tokens: &'a [u32],
    /// What the cross entropy of each is divided by.
    pub share: f64,
}

/// What is kept of a layer until its turn comes on the way back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// What goes into it: it is computed again.
    Input,
    /// All that its gradients follow from.
    Graph,
}

/// How the layers are gone through, there and back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Passes {
    /// What is kept in between.
    pub kept: Kept,
    /// What is left out of the inputs of the adapter that learns; nothing where there is none.
    pub dropout: Option<Dropout>,
}

/// A layer between the two passes.
struct Passed {
    x: Tensor<3>,
    /// What it gave, where its graph is kept.
    y: Option<Tensor<3>>,
}

/// New factors for the linear layers of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct LoraPart {
    /// Columns of the first factor.
    pub rank: usize,
    /// Their product counts `alpha / rank` times.
    pub alpha: f64,
    /// The last parts of the names of the layers that get them, such as `q_proj`.
    pub targets: Vec<String>,
    /// Decides the first values.
    pub seed: u64,
}

/// Takes what the backward pass of a layer left for its parameters; the path of the layer in the model comes first.
pub type BlockGradients<'a> = &'a mut dyn FnMut(&str, &TextLayer, &mut Gradients);

impl Qwen25Vl {
    /// Gives the decoder's linear layers that `part` names new factors, and says how many.
    pub fn add_lora(&mut self, part: &LoraPart) -> usize {
        let device = self.language.device().autodiff();
        let mut added = 0;
        for (name, linear) in self.language.linears_mut() {
            if is_target(&name, &part.targets) {
                let scale = part.alpha / part.rank as f64;
                linear.add(fresh(linear.shape(), part.rank, scale, part.seed, &name, &device));
                added += 1;
            }
        }
        added
    }

    /// What PEFT is told of the layers that [`Qwen25Vl::add_lora`] gives factors: the tower has layers of the same names, so that
    /// these alone do not tell.
    pub fn lora_pattern(targets: &[String]) -> String {
        format!(r"(.*\.)?language_model\.layers\.\d+\.(self_attn|mlp)\.({})", targets.join("|"))
    }

    /// Whether an adapter learns, and nothing else.
    pub fn learns_lora(&self) -> bool {
        self.language.linears().any(|(_, linear)| linear.low_rank().last().is_some_and(LowRank::is_learning))
    }

    /// From now on the adapter that was added last, which is for layers of these names, has gradients.
    pub fn learn_last_lora(&mut self, targets: &[String]) {
        for (name, linear) in self.language.linears_mut() {
            if is_target(&name, targets) {
                linear.learn_last();
            }
        }
    }

    /// The factors of the adapter that learns, under PEFT's names without `base_model.model.`.
    pub fn lora_tensors(&self) -> Vec<NamedTensor> {
        let mut named = Vec::new();
        for (name, linear) in self.language.linears() {
            if let Some(low_rank) = linear.low_rank().last().filter(|last| last.is_learning()) {
                low_rank.named(&in_memory(&name), &mut named);
            }
        }
        named
    }

    /// The sum of the cross entropies of the answers' tokens in a batch whose pictures have these `features`, each divided by
    /// its share; its gradient goes to `take`, layer by layer from the last to the first.
    pub fn learn(
        &self,
        batch: &Batch<'_>,
        features: Option<Tensor<2>>,
        answers: &Answers<'_>,
        Passes { kept, dropout }: Passes,
        take: BlockGradients<'_>,
    ) -> Result<f64, ModelError> {
        let Start { mut x, rotary, mask } = self.start(batch, features)?;
        let layers = self.language.layers();
        let leaving_out = |dropout| {
            let layers = layers.iter().enumerate();
            layers.map(|(index, layer)| layer.leaving_out(dropout, index)).collect::<Vec<_>>()
        };
        let leaving_out = dropout.map(leaving_out);
        let layers = leaving_out.as_deref().unwrap_or(layers);
        let mut passed = Vec::with_capacity(layers.len());
        for (index, layer) in layers.iter().enumerate() {
            let still = x.autodiff();
            // Nobody learns what goes into the first layer.
            let input = if index == 0 { still.clone() } else { still.clone().require_grad() };
            let y = match kept {
                // Number for number as on the way back, but factors that learn would bring a graph along.
                Kept::Input => layer.still().alone(still, &rotary, &mask),
                Kept::Graph => layer.alone(input.clone(), &rotary, &mask),
            };
            x = y.clone().inner();
            passed.push(Passed { x: input, y: (kept == Kept::Graph).then_some(y) });
        }
        let (loss, mut of_x) = self.answered(x, answers);
        for (index, layer) in layers.iter().enumerate().rev() {
            let Some(Passed { x, y }) = passed.pop() else { break };
            let pulled = match y {
                Some(y) => (y * of_x.autodiff()).sum(),
                None => layer.pull(x.clone(), &rotary, &mask, of_x),
            };
            let mut gradients = pulled.backward();
            of_x = x.grad_remove(&mut gradients).unwrap_or_else(|| x.inner().zeros_like());
            take(&format!("language.layers.{index}"), layer, &mut gradients);
        }
        Ok(loss)
    }

    /// The loss of what the last layer gives, and its gradient: `[rows, tokens, hidden]`, which is zero at most positions.
    fn answered(&self, x: Tensor<3>, answers: &Answers<'_>) -> (f64, Tensor<3>) {
        let dims @ [rows, tokens, width] = x.dims();
        let device = x.device();
        let flat = x.reshape([rows * tokens, width]);
        let mut of_x = flat.zeros_like();
        let mut loss = 0.0;
        for (before, right) in answers.before.chunks(SCORED_AT_ONCE).zip(answers.tokens.chunks(SCORED_AT_ONCE)) {
            let list = |list: Vec<i32>| Tensor::<1, Int>::from_data(TensorData::new(list, [before.len()]), &device);
            let before = list(before.iter().map(|&place| place as i32).collect());
            let right = list(right.iter().map(|&token| token as i32).collect());
            let state = flat.clone().select(0, before.clone()).autodiff().require_grad();
            let normed = self.language.normed(state.clone());
            let (entropy, of_scores) = cross_entropy(self.language.logits_in_training(&normed.clone().inner()), right);
            loss += entropy / answers.share;
            let of_normed = self.language.logits_backward(&of_scores).div_scalar(answers.share);
            let mut gradients = (normed * of_normed.autodiff()).sum().backward();
            if let Some(of_state) = state.grad_remove(&mut gradients) {
                of_x = of_x.select_assign(0, before, of_state, IndexingUpdateOp::Add);
            }
        }
        (loss, of_x.reshape(dims))
    }
}

/// The sum over all rows of `scores` of `-ln softmax(scores)` at the `right` one, and its gradient, of the same shape.
fn cross_entropy(scores: Tensor<2>, right: Tensor<1, Int>) -> (f64, Tensor<2>) {
    let right = right.unsqueeze_dim::<2>(1);
    let behind = scores.clone().max_dim(1) - scores.clone().gather(1, right.clone());
    let shares = softmax(scores);
    // The greatest share is never too small for a logarithm, as the right one may be.
    let entropies = behind - shares.clone().max_dim(1).log();
    let ones = entropies.ones_like();
    (entropies.sum().into_scalar::<f64>(), shares.scatter(1, right, ones.neg(), IndexingUpdateOp::Add))
}

/// Whether the last part of a layer's name is one of these.
fn is_target(name: &str, targets: &[String]) -> bool {
    targets.iter().any(|target| name.strip_suffix(target.as_str()).is_some_and(|before| before.ends_with('.')))
}

/// The name of a layer as it hangs in memory in transformers 4.52 and later, by which PEFT knows it.
fn in_memory(name: &str) -> String {
    name.strip_prefix("model.").map_or_else(|| name.to_owned(), |rest| format!("model.language_model.{rest}"))
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Distribution, activation::log_softmax};

    use super::*;

    /// Against the tensor library's, with a right token that is beyond all measure unlikely.
    #[test]
    fn the_cross_entropy_and_its_gradient_are_the_tensor_librarys() {
        let device = Device::flex();
        let scores = Tensor::<2>::random([5, 300], Distribution::Normal(0.0, 3.0), &device);
        let scores = scores.slice_assign([2..3, 7..8], Tensor::full([1, 1], -300.0, &device));
        let right = Tensor::<1, Int>::from_data([0, 299, 7, 150, 3], &device);
        let learning = scores.clone().autodiff().require_grad();
        let entropy = log_softmax(learning.clone(), 1).gather(1, right.clone().unsqueeze_dim(1)).sum().neg();
        let of_scores = learning.grad(&entropy.backward()).unwrap();
        let (found, of_found) = cross_entropy(scores, right);
        let entropy = entropy.inner().into_scalar::<f64>();
        assert!(entropy > 300.0 && (found - entropy).abs() < 1e-6 * entropy, "{found} and {entropy}");
        let difference = (of_found - of_scores).abs().max().into_scalar::<f32>();
        assert!(difference < 1e-6, "{difference}");
    }
}
