//! How likely a model finds given continuations: all of them in one pass over the tokens that they share.

use std::ops::ControlFlow;

use burn::tensor::activation::log_softmax;
use burn::tensor::{Int, Tensor, TensorData};

use super::attention::Mask;
use super::cache::Memory;
use super::context::Context;
use super::conversation::Reader;
use super::error::ModelError;
use super::network::{Chunk, GoOn, ids};
use super::trie::Trie;

/// Rows of the output layer at once: at a vocabulary of 152,000 this is 20 MB of scores.
const SCORED_ROWS: usize = 32;

impl Reader {
    /// The log-probability of each of `continuations` after the context, which stays as it is. Shared beginnings are
    /// computed once and all of them in one pass, each token seeing the context and its own beginning alone.
    /// `go_on` is asked before each layer and each batch of scores.
    pub fn score(
        &self,
        context: &Context,
        continuations: &[Vec<u32>],
        go_on: GoOn<'_>,
    ) -> Result<Vec<f64>, ModelError> {
        if context.logits.is_empty() {
            return Err(ModelError::Prompt("nothing has been read that could be continued".to_owned()));
        }
        continuations.iter().try_for_each(|tokens| self.check_vocabulary(tokens))?;
        let trie = Trie::new(continuations);
        let inner = trie.inner();
        self.check_room(context.len() + trie.nodes().iter().map(|n| n.depth).max().unwrap_or(0))?;
        let mut log_probabilities = vec![0.0; trie.nodes().len()];
        let total = log_sum_exp(&context.logits);
        for child in trie.children(0) {
            log_probabilities[child] = f64::from(context.logits[trie.nodes()[child].token as usize]) - total;
        }
        if !inner.is_empty() {
            let work = || self.score_inner(context, &trie, &inner, &mut log_probabilities, go_on);
            let scored = self.device.guard(work)??;
            if scored.is_break() {
                return Err(ModelError::Cancelled);
            }
        }
        Ok(trie.sums(&log_probabilities))
    }

    fn score_inner(
        &self,
        context: &Context,
        trie: &Trie,
        inner: &[usize],
        log_probabilities: &mut [f64],
        go_on: GoOn<'_>,
    ) -> Result<ControlFlow<()>, ModelError> {
        let (device, nodes, past) = (self.device.burn(), trie.nodes(), context.len());
        let tokens: Vec<u32> = inner.iter().map(|&n| nodes[n].token).collect();
        let next = context.next_position();
        let positions: Vec<_> = inner.iter().map(|&n| [next + nodes[n].depth as u32 - 1; 3]).collect();
        let sees = ancestry(trie, inner);
        let mask = Mask::from_rule([1, inner.len(), past + inner.len()], device, |_, query, key| {
            key < past || sees[query][key - past]
        });
        let chunk = Chunk { ids: ids(&tokens, device), positions: &positions, features: &[], feature_rows: &[] };
        let ControlFlow::Continue(hidden) = self.network.hidden(&chunk, &mask, Memory::Beside(&context.cache), go_on)
        else {
            return Ok(ControlFlow::Break(()));
        };
        let vocabulary = self.network.vocabulary();
        for start in (0..inner.len()).step_by(SCORED_ROWS) {
            if go_on().is_break() {
                return Ok(ControlFlow::Break(()));
            }
            let rows = &inner[start..(start + SCORED_ROWS).min(inner.len())];
            let scores = log_softmax(self.network.logits(hidden.clone().narrow(0, start, rows.len())), 1);
            let wanted: Vec<(usize, usize)> =
                rows.iter().enumerate().flat_map(|(row, &n)| trie.children(n).map(move |child| (row, child))).collect();
            let at =
                wanted.iter().map(|&(row, child)| (row * vocabulary + nodes[child].token as usize) as i32).collect();
            let at = Tensor::<1, Int>::from_data(TensorData::new::<i32, _>(at, [wanted.len()]), device);
            let picked = scores.reshape([rows.len() * vocabulary]).select(0, at);
            let picked = picked.try_into_vec_as::<f32>().map_err(|error| self.device.failed(&error.to_string()))?;
            if picked.iter().any(|value| value.is_nan()) {
                return Err(self.device.no_numbers(&self.name));
            }
            for (&(_, child), value) in wanted.iter().zip(picked) {
                log_probabilities[child] = f64::from(value);
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

/// For each of the `inner` nodes, which of them it sees: itself and those before it on its path.
fn ancestry(trie: &Trie, inner: &[usize]) -> Vec<Vec<bool>> {
    let mut place = vec![usize::MAX; trie.nodes().len()];
    for (index, &node) in inner.iter().enumerate() {
        place[node] = index;
    }
    let mut sees: Vec<Vec<bool>> = Vec::with_capacity(inner.len());
    for (index, &node) in inner.iter().enumerate() {
        // A parent stands before its children, so its row is there already.
        let parent = trie.nodes()[node].parent;
        let mut row = if parent == 0 { vec![false; inner.len()] } else { sees[place[parent]].clone() };
        row[index] = true;
        sees.push(row);
    }
    sees
}

/// The logarithm of the sum of what these scores are logarithms of: a score less this is a log-probability.
pub(crate) fn log_sum_exp(logits: &[f32]) -> f64 {
    let greatest = f64::from(logits.iter().copied().fold(f32::NEG_INFINITY, f32::max));
    greatest + logits.iter().map(|&l| (f64::from(l) - greatest).exp()).sum::<f64>().ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_sum_to_one() {
        let scores = [100.0, 101.0, -50.0, f32::NEG_INFINITY];
        let total = log_sum_exp(&scores);
        let sum: f64 = scores.iter().map(|&score| (f64::from(score) - total).exp()).sum();
        assert!((sum - 1.0).abs() < 1e-9);
    }
}
