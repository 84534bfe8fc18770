//! How adapters learn: the gradient of a batch's answers, a layer at a time. The weights stay as they were opened, in any form; only
//! the adapters' factors have gradients.
//!
//! Going forward, only what goes into each layer is kept. Going back, a layer is computed again with the graph that its own
//! backward pass needs (Chen et al. 2016, <https://arxiv.org/abs/1604.06174>), so that the graph of one layer is all that is ever
//! held. Scores over the vocabulary are made for the positions before answers' tokens alone, a few at a time.

use burn::tensor::{Gradients, IndexingUpdateOp, Int, Tensor, TensorData, activation::log_softmax};

use super::{Batch, Qwen25Vl, Start, TextLayer};
use crate::model::error::ModelError;
use crate::model::lora::fresh;
use crate::model::low_rank::LowRank;
use crate::model::save::NamedTensor;

/// Positions whose scores over the vocabulary are made at once: with 152,000 words 39 MB a copy.
const SCORED_AT_ONCE: usize = 64;

/// The linear layers that adapters can be given, by the last part of their names.
pub const LORA_TARGETS: [&str; 7] = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"];

/// The tokens that are learned.
#[derive(Debug, Clone, Copy)]
pub struct Answers<'a> {
    /// Where in the batch, row after row, the position before each stands.
    pub before: &'a [usize],
    /// Which each is.
    pub tokens: &'a [u32],
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
            let is_target = |target: &String| name.strip_suffix(target.as_str()).is_some_and(|n| n.ends_with('.'));
            if part.targets.iter().any(is_target) {
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

    /// From now on the adapter that was added last has gradients.
    pub fn learn_last_lora(&mut self) {
        for (_, linear) in self.language.linears_mut() {
            linear.learn_last();
        }
    }

    /// The factors of the adapter that was added last, under PEFT's names without `base_model.model.`.
    pub fn lora_tensors(&self) -> Vec<NamedTensor> {
        let mut named = Vec::new();
        for (name, linear) in self.language.linears() {
            if let Some(low_rank) = linear.low_rank().last() {
                low_rank.named(&in_memory(&name), &mut named);
            }
        }
        named
    }

    /// The sum of the cross entropies of the answers' tokens in a batch whose pictures have these `features`, each divided by
    /// `share`; its gradient goes to `take`, layer by layer from the last to the first.
    pub fn learn(
        &self,
        batch: &Batch<'_>,
        features: Option<Tensor<2>>,
        answers: &Answers<'_>,
        share: f64,
        take: BlockGradients<'_>,
    ) -> Result<f64, ModelError> {
        let Start { mut x, rotary, mask } = self.start(batch, features)?;
        let mut inputs = Vec::with_capacity(self.language.layers().len());
        for index in 0..self.language.layers().len() {
            inputs.push(x.clone());
            // Factors that learn bring a graph along, which goes with `inner`.
            x = self.language.block(index, x.autodiff(), &rotary, &mask).inner();
        }
        let (loss, mut of_x) = self.answered(x, answers, share);
        for (index, layer) in self.language.layers().iter().enumerate().rev() {
            let Some(input) = inputs.pop() else { break };
            let input = input.autodiff().require_grad();
            let y = self.language.block(index, input.clone(), &rotary, &mask);
            let mut gradients = (y * of_x.autodiff()).sum().backward();
            of_x = input.grad_remove(&mut gradients).unwrap_or_else(|| input.inner().zeros_like());
            take(&format!("language.layers.{index}"), layer, &mut gradients);
        }
        Ok(loss)
    }

    /// The loss of what the last layer gives, and its gradient: `[rows, tokens, hidden]`, which is zero at most positions.
    fn answered(&self, x: Tensor<3>, answers: &Answers<'_>, share: f64) -> (f64, Tensor<3>) {
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
            let scores = self.language.logits(self.language.normed(state.clone()));
            let chosen = log_softmax(scores, 1).gather(1, right.unsqueeze_dim(1));
            let entropy = chosen.sum().neg().div_scalar(share);
            let mut gradients = entropy.backward();
            loss += entropy.inner().into_scalar::<f64>();
            if let Some(of_state) = state.grad_remove(&mut gradients) {
                of_x = of_x.select_assign(0, before, of_state, IndexingUpdateOp::Add);
            }
        }
        (loss, of_x.reshape(dims))
    }
}

/// The name of a layer as it hangs in memory in transformers 4.52 and later, by which PEFT knows it.
fn in_memory(name: &str) -> String {
    name.strip_prefix("model.").map_or_else(|| name.to_owned(), |rest| format!("model.language_model.{rest}"))
}
