//! Best token after best token. Where the device finds them it is a token ahead: the next is begun with while the one before
//! is on its way back, so that the device does not wait for this program.

use std::ops::ControlFlow;

use burn::tensor::{Int, Tensor};

use super::attention::Mask;
use super::cache::{Cache, Memory};
use super::context::Context;
use super::conversation::{Reader, Wanted};
use super::error::ModelError;
use super::gpu::decode::{self, BestToken};
use super::network::{Chunk, always, ids};

impl Reader {
    /// Gives `each` the best token after what `context` has read, then the best one after both, and so on: `most` at most, until
    /// it breaks or there is no room for more. The context holds all of them but the last, which is its best.
    pub fn follow_best(
        &self,
        context: &mut Context,
        most: usize,
        each: &mut dyn FnMut(u32) -> ControlFlow<()>,
    ) -> Result<(), ModelError> {
        if !decode::finds_best(self.device.burn()) {
            return self.step_by_step(context, most, Wanted::Best, &mut best_of, each);
        }
        let followed = self.follow_ahead(context, most, each);
        match followed {
            // What was begun and is not wanted.
            Ok(()) => context.cache.truncate(context.len()),
            // The cache may hold half of a pass: start over rather than go on with it.
            Err(_) => *context = Context::new(self.network.new_cache()),
        }
        followed
    }

    /// The same with tokens that `pick` picks by all scores.
    pub fn follow(
        &self,
        context: &mut Context,
        most: usize,
        pick: &mut dyn FnMut(&Context) -> u32,
        each: &mut dyn FnMut(u32) -> ControlFlow<()>,
    ) -> Result<(), ModelError> {
        let mut pick = |context: &Context| match context.next_logits() {
            [] => Err(nothing_read()),
            _ => Ok(pick(context)),
        };
        self.step_by_step(context, most, Wanted::Scores, &mut pick, each)
    }

    fn step_by_step(
        &self,
        context: &mut Context,
        most: usize,
        wanted: Wanted,
        pick: &mut dyn FnMut(&Context) -> Result<u32, ModelError>,
        each: &mut dyn FnMut(u32) -> ControlFlow<()>,
    ) -> Result<(), ModelError> {
        for left in (0..most).rev() {
            let token = pick(context)?;
            if each(token).is_break() || left == 0 || context.room() == 0 {
                break;
            }
            self.extend(context, &[token], wanted)?;
        }
        Ok(())
    }

    fn follow_ahead(
        &self,
        context: &mut Context,
        most: usize,
        each: &mut dyn FnMut(u32) -> ControlFlow<()>,
    ) -> Result<(), ModelError> {
        let mut begun: Option<BestToken> = None;
        for left in (0..most).rev() {
            let token = best_of(context)?;
            if each(token).is_break() || left == 0 || context.room() == 0 {
                break;
            }
            let position = context.next_position();
            let next = match begun.take() {
                Some(begun) => begun,
                None => self.begin(&mut context.cache, ids(&[token], self.device.burn()), position)?,
            };
            if left > 1 && context.room() > 1 {
                begun = Some(self.begin(&mut context.cache, next.token(), position + 1)?);
            }
            let best = self.device.guard(|| next.read())?.map_err(|error| self.device.failed(&error))?;
            let best = best.ok_or_else(|| self.device.no_numbers(&self.name))?;
            context.tokens.push(token);
            context.positions.push([position; 3]);
            (context.logits, context.best) = (Vec::new(), Some(best));
        }
        Ok(())
    }

    /// Has the device read `token`, `[1]`, into the cache and find the best one after it.
    fn begin(&self, cache: &mut Cache, token: Tensor<1, Int>, position: u32) -> Result<BestToken, ModelError> {
        let begun = self.device.guard(|| {
            let mask = Mask::causal(1, cache.len() + 1, self.device.burn());
            let chunk = Chunk { ids: token, positions: &[[position; 3]], features: &[], feature_rows: &[] };
            let hidden = self.network.hidden(&chunk, &mask, Memory::Append(cache), &mut always);
            hidden.continue_value().and_then(|hidden| decode::best(&self.network.logits(hidden)))
        })?;
        begun.ok_or(ModelError::Cancelled)
    }
}

fn best_of(context: &Context) -> Result<u32, ModelError> {
    context.best().ok_or_else(nothing_read)
}

fn nothing_read() -> ModelError {
    ModelError::Prompt("nothing has been read that could be answered".to_owned())
}
