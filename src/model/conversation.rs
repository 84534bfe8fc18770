//! Reading, at the level of tokens: what the context holds is kept, and only what is new is computed.

use std::ops::{ControlFlow, Range};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use burn::tensor::Tensor;

use super::attention::Mask;
use super::cache::Memory;
use super::compute::ComputeDevice;
use super::context::{Context, Encoded, ReadProgress, ReadStats};
use super::error::ModelError;
use super::features::{FeatureStore, PictureKey, key};
use super::gpu;
use super::network::{Chunk, GoOn, Network, always, ids};
use super::patches::Patches;

/// Tokens of a prompt that go through the model at once: enough for full speed, few enough to cancel between.
const CHUNK: usize = 512;

/// One prompt in tokens, with the pictures in the order of their placeholders.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TokenPrompt<'a> {
    pub tokens: &'a [u32],
    pub pictures: &'a [Patches],
}

/// What is wanted after the last of some tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Nothing yet.
    Nothing,
    /// The scores of all tokens.
    Scores,
    /// The token with the best score; the scores themselves stay on a device that finds it.
    Best,
}

/// What was wanted, as it was read back.
enum Found {
    Nothing,
    Scores(Vec<f32>),
    /// None where the scores are no numbers.
    Best(Option<u32>),
}

/// A network on its device, as conversations use it.
pub(crate) struct Reader {
    pub network: Box<dyn Network>,
    pub device: ComputeDevice,
    pub name: String,
    /// Pictures seen lately, whatever context they were read into.
    pub lately: Mutex<FeatureStore>,
}

impl Reader {
    /// Makes `context` hold exactly `prompt`, computing only what differs from what it holds.
    pub fn read(
        &self,
        context: &mut Context,
        prompt: TokenPrompt<'_>,
        progress: &mut dyn FnMut(ReadProgress) -> ControlFlow<()>,
    ) -> Result<ReadStats, ModelError> {
        self.check(prompt)?;
        let keys: Vec<PictureKey> = prompt.pictures.iter().map(key).collect();
        let grids: Vec<_> = prompt.pictures.iter().map(|p| p.grid).collect();
        let positions = self.network.positions(prompt.tokens, &grids)?;
        let runs = self.runs(prompt.tokens, &grids);
        let mut same = self.same_tokens(context, prompt.tokens, &keys, &runs);
        if same == prompt.tokens.len() && (context.len() > same || context.logits.is_empty()) {
            // Everything is known but the scores after the last token.
            same -= 1;
        }
        context.truncate(same);
        let mut stats = ReadStats { prompt_tokens: prompt.tokens.len(), reused_tokens: same, ..Default::default() };
        stats.image_tokens = runs.iter().map(ExactSizeIterator::len).sum();

        let clock = Instant::now();
        self.see(context, prompt.pictures, &keys, progress)?;
        stats.encode_seconds = clock.elapsed().as_secs_f64();

        let clock = Instant::now();
        let of = prompt.tokens.len() - same;
        while context.len() < prompt.tokens.len() {
            let done = context.len() - same;
            if progress(ReadProgress::Reading { done, of }).is_break() {
                return Err(ModelError::Cancelled);
            }
            let end = (context.len() + CHUNK).min(prompt.tokens.len());
            let range = context.len()..end;
            self.forward(
                context,
                &prompt.tokens[range.clone()],
                &positions[range.clone()],
                &rows(range, &runs),
                if end == prompt.tokens.len() { Wanted::Scores } else { Wanted::Nothing },
                &mut || progress(ReadProgress::Reading { done, of }),
            )?;
        }
        stats.prefill_seconds = clock.elapsed().as_secs_f64();
        Ok(stats)
    }

    /// Adds `tokens` (text only) and refreshes what is `wanted` after them.
    pub fn extend(&self, context: &mut Context, tokens: &[u32], wanted: Wanted) -> Result<(), ModelError> {
        self.check_vocabulary(tokens)?;
        self.check_room(context.len() + tokens.len())?;
        for part in tokens.chunks(CHUNK) {
            let first = context.next_position();
            let positions: Vec<_> = (first..).take(part.len()).map(|p| [p; 3]).collect();
            self.forward(context, part, &positions, &[], wanted, &mut always)?;
        }
        Ok(())
    }

    fn check(&self, prompt: TokenPrompt<'_>) -> Result<(), ModelError> {
        if prompt.tokens.is_empty() {
            return Err(ModelError::Prompt("the prompt is empty".to_owned()));
        }
        self.check_vocabulary(prompt.tokens)?;
        let places = prompt.tokens.iter().filter(|&&id| id == self.network.image_token()).count();
        let cells: usize = prompt.pictures.iter().map(|p| self.network.cells(p.grid)).sum();
        if places != cells {
            return Err(ModelError::Prompt(format!("the prompt has {places} places for {cells} picture tokens")));
        }
        for picture in prompt.pictures {
            let patches = picture.grid.iter().product::<usize>();
            if picture.values.len() != patches * self.network.patch_numbers() {
                return Err(ModelError::Prompt("the image processor does not fit the vision tower".to_owned()));
            }
        }
        self.check_room(prompt.tokens.len())
    }

    pub(super) fn check_vocabulary(&self, tokens: &[u32]) -> Result<(), ModelError> {
        let rows = self.network.vocabulary();
        match tokens.iter().find(|&&id| id as usize >= rows) {
            Some(wrong) => Err(ModelError::Prompt(format!(
                "the tokenizer does not fit the model: token {wrong} is past the vocabulary of {rows}"
            ))),
            None => Ok(()),
        }
    }

    pub(super) fn check_room(&self, needed: usize) -> Result<(), ModelError> {
        let limit = self.network.new_cache().limit();
        if needed > limit {
            return Err(ModelError::TooLong { model: self.name.clone(), needed, limit });
        }
        Ok(())
    }

    /// Where each picture stands among the tokens.
    fn runs(&self, tokens: &[u32], grids: &[[usize; 3]]) -> Vec<Range<usize>> {
        let mut runs = Vec::with_capacity(grids.len());
        let mut place = 0;
        for &grid in grids {
            while place < tokens.len() && tokens[place] != self.network.image_token() {
                place += 1;
            }
            runs.push(place..place + self.network.cells(grid));
            place += self.network.cells(grid);
        }
        runs
    }

    /// How many tokens from the start are the same, pictures included.
    fn same_tokens(&self, context: &Context, tokens: &[u32], keys: &[PictureKey], runs: &[Range<usize>]) -> usize {
        let same = context.tokens.iter().zip(tokens).take_while(|(a, b)| a == b).count();
        let differs =
            |(index, _): &(usize, &Range<usize>)| context.pictures.get(*index).map(|p| p.key) != Some(keys[*index]);
        runs.iter().enumerate().find(differs).map_or(same, |(_, run)| same.min(run.start))
    }

    /// Makes the context's pictures exactly `pictures`, encoding those it has not seen.
    fn see(
        &self,
        context: &mut Context,
        pictures: &[Patches],
        keys: &[PictureKey],
        progress: &mut dyn FnMut(ReadProgress) -> ControlFlow<()>,
    ) -> Result<(), ModelError> {
        let known = std::mem::take(&mut context.pictures);
        let find = |key: PictureKey, now: &[Encoded]| {
            let held = known.iter().chain(now).find(|seen| seen.key == key).cloned();
            held.or_else(|| Some(Encoded { key, features: self.lately().get(&key)?.clone() }))
        };
        let new = keys.iter().filter(|&&key| find(key, &[]).is_none()).count();
        let of = new * self.network.encode_steps();
        let mut done = 0;
        let mut now: Vec<Encoded> = Vec::with_capacity(pictures.len());
        for (picture, &key) in pictures.iter().zip(keys) {
            let seen = match find(key, &now) {
                Some(seen) => seen,
                None => {
                    let features = self.encode(picture, &mut || {
                        done += 1;
                        progress(ReadProgress::Seeing { done: done - 1, of })
                    })?;
                    self.lately().put(key, features.clone());
                    Encoded { key, features }
                }
            };
            now.push(seen);
        }
        context.pictures = now;
        Ok(())
    }

    fn encode(&self, picture: &Patches, go_on: GoOn<'_>) -> Result<Tensor<2>, ModelError> {
        // Waiting here keeps the time of seeing apart from the time of reading.
        let encode = || match self.network.encode(picture, go_on) {
            ControlFlow::Break(()) => Ok(None),
            ControlFlow::Continue(features) => self.device.burn().sync().map(|()| Some(features)),
        };
        let features = self.device.guard(encode)?.map_err(|e| self.device.failed(&e.to_string()))?;
        features.ok_or(ModelError::Cancelled)
    }

    fn lately(&self) -> std::sync::MutexGuard<'_, FeatureStore> {
        // A panic while the lock was held leaves a store that is still whole.
        self.lately.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads `tokens` into the cache, and what is `wanted` after the last one.
    fn forward(
        &self,
        context: &mut Context,
        tokens: &[u32],
        positions: &[[u32; 3]],
        feature_rows: &[Option<usize>],
        wanted: Wanted,
        go_on: GoOn<'_>,
    ) -> Result<(), ModelError> {
        let has_picture = feature_rows.iter().any(Option::is_some);
        let features: Vec<&Tensor<2>> = context.pictures.iter().filter(|_| has_picture).map(|p| &p.features).collect();
        let cache = &mut context.cache;
        let keys = cache.len() + tokens.len();
        let work = || {
            let mask = Mask::causal(tokens.len(), keys, self.device.burn());
            let chunk = Chunk { ids: ids(tokens, self.device.burn()), positions, features: &features, feature_rows };
            let hidden = self.network.hidden(&chunk, &mask, Memory::Append(cache), go_on)?;
            let scores = || self.network.logits(hidden.narrow(0, tokens.len() - 1, 1));
            ControlFlow::Continue(match wanted {
                Wanted::Nothing => Ok(Found::Nothing),
                Wanted::Scores => all_of(scores()),
                Wanted::Best => best_of(scores()),
            })
        };
        let computed = match self.device.guard(work) {
            // The cache is as long as it was.
            Ok(ControlFlow::Break(())) => return Err(ModelError::Cancelled),
            Ok(ControlFlow::Continue(read)) => Ok(read),
            Err(error) => Err(error),
        };
        // Weights that are no numbers, or a driver that went wrong after it was checked.
        let no_numbers = || Err(self.device.no_numbers(&self.name));
        let found = computed.map_err(ModelError::from).and_then(|read| match read {
            Err(error) => Err(self.device.failed(&error).into()),
            Ok(Found::Scores(scores)) if scores.iter().any(|score| score.is_nan()) => no_numbers(),
            Ok(Found::Best(None)) => no_numbers(),
            Ok(Found::Nothing) => Ok((Vec::new(), None)),
            Ok(Found::Scores(scores)) => Ok((scores, None)),
            Ok(Found::Best(best)) => Ok((Vec::new(), best)),
        });
        match found {
            Ok((logits, best)) => {
                context.tokens.extend_from_slice(tokens);
                context.positions.extend_from_slice(positions);
                (context.logits, context.best) = (logits, best);
                Ok(())
            }
            Err(error) => {
                // The cache may hold half of a pass: start over rather than go on with it.
                *context = Context::new(self.network.new_cache());
                Err(error)
            }
        }
    }
}

/// The best of scores `[1, vocabulary]`: by the device, of which one number is read back, or here where it has no kernel for it.
fn best_of(scores: Tensor<2>) -> Result<Found, String> {
    match gpu::decode::best(&scores) {
        Some(best) => best.read().map(Found::Best),
        None => all_of(scores),
    }
}

fn all_of(scores: Tensor<2>) -> Result<Found, String> {
    scores.try_into_vec_as::<f32>().map(Found::Scores).map_err(|error| error.to_string())
}

/// For each place of `range`, the row of the joined picture features that stands there.
fn rows(range: Range<usize>, runs: &[Range<usize>]) -> Vec<Option<usize>> {
    let mut rows = vec![None; range.len()];
    let mut first = 0;
    for run in runs {
        for place in run.start.max(range.start)..run.end.min(range.end) {
            rows[place - range.start] = Some(first + place - run.start);
        }
        first += run.len();
    }
    rows
}
