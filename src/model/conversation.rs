//! A conversation with a model, at the level of tokens: what has been read is kept, and only what is new is computed.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::{ControlFlow, Range};

use burn::tensor::activation::log_softmax;
use burn::tensor::{Int, Tensor, TensorData};

use super::attention::Mask;
use super::cache::{Cache, Memory};
use super::device::ComputeDevice;
use super::error::ModelError;
use super::image_processor::Patches;
use super::network::{Chunk, Network};
use super::trie::Trie;

/// Tokens of a prompt that go through the model at once: enough for full speed, few enough to cancel between.
const CHUNK: usize = 512;
/// Rows of the output layer at once when continuations are scored: at a vocabulary of 152,000 this is 20 MB of scores.
const SCORED_ROWS: usize = 32;

/// What a model has read and answered so far: tokens, picture features, keys and values, and the scores of the next
/// token. Made by a model's `start`, and of use with that model only.
#[derive(Debug)]
pub struct Context {
    tokens: Vec<u32>,
    positions: Vec<[u32; 3]>,
    pictures: Vec<Seen>,
    cache: Cache,
    logits: Vec<f32>,
}

/// A picture that has been encoded.
#[derive(Debug, Clone)]
struct Seen {
    key: u64,
    features: Tensor<2>,
}

/// What reading took.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ReadStats {
    /// Tokens of the whole prompt.
    pub prompt_tokens: usize,
    /// Of these, tokens that had been read before.
    pub reused_tokens: usize,
    /// Of the whole prompt, tokens that are pieces of pictures.
    pub image_tokens: usize,
    /// Seconds in the vision tower.
    pub encode_seconds: f64,
    /// Seconds in the language model.
    pub prefill_seconds: f64,
}

/// How far reading has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadProgress {
    /// `done` of `of` new pictures are encoded.
    Seeing {
        /// Encoded so far.
        done: usize,
        /// To encode.
        of: usize,
    },
    /// `done` of `of` new tokens are read.
    Reading {
        /// Read so far.
        done: usize,
        /// To read.
        of: usize,
    },
}

impl Context {
    pub(crate) fn new(cache: Cache) -> Self {
        Self { tokens: Vec::new(), positions: Vec::new(), pictures: Vec::new(), cache, logits: Vec::new() }
    }

    /// All tokens read and answered, picture placeholders expanded.
    pub fn tokens(&self) -> &[u32] {
        &self.tokens
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether nothing has been read.
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// How many more tokens fit.
    pub fn room(&self) -> usize {
        self.cache.limit() - self.tokens.len()
    }

    /// Scores of the next token over the vocabulary; empty before anything was read, and after [`Context::truncate`].
    pub fn next_logits(&self) -> &[f32] {
        &self.logits
    }

    /// Forgets all tokens from `len` on. Pictures stay encoded for what is read next.
    pub fn truncate(&mut self, len: usize) {
        if len < self.tokens.len() {
            self.tokens.truncate(len);
            self.positions.truncate(len);
            self.cache.truncate(len);
            self.logits.clear();
        }
    }

    fn next_position(&self) -> u32 {
        self.positions.iter().flatten().max().map_or(0, |&p| p + 1)
    }
}

/// One prompt in tokens, with the pictures in the order of their placeholders.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TokenPrompt<'a> {
    pub tokens: &'a [u32],
    pub pictures: &'a [Patches],
}

/// A network on its device, as conversations use it.
pub(crate) struct Reader {
    pub network: Box<dyn Network>,
    pub device: ComputeDevice,
    pub name: String,
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
        let keys: Vec<u64> = prompt.pictures.iter().map(key).collect();
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
        stats.image_tokens = runs.iter().map(|r| r.len()).sum();

        let clock = std::time::Instant::now();
        self.see(context, prompt.pictures, &keys, progress)?;
        stats.encode_seconds = clock.elapsed().as_secs_f64();

        let clock = std::time::Instant::now();
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
                end == prompt.tokens.len(),
            )?;
        }
        stats.prefill_seconds = clock.elapsed().as_secs_f64();
        Ok(stats)
    }

    /// Adds `tokens` (text only) and refreshes the scores.
    pub fn extend(&self, context: &mut Context, tokens: &[u32]) -> Result<(), ModelError> {
        self.check_room(context.len() + tokens.len())?;
        for part in tokens.chunks(CHUNK) {
            let first = context.next_position();
            let positions: Vec<_> = (first..).take(part.len()).map(|p| [p; 3]).collect();
            self.forward(context, part, &positions, &[], true)?;
        }
        Ok(())
    }

    fn check(&self, prompt: TokenPrompt<'_>) -> Result<(), ModelError> {
        if prompt.tokens.is_empty() {
            return Err(ModelError::Prompt("the prompt is empty".to_owned()));
        }
        if let Some(wrong) = prompt.tokens.iter().find(|&&id| id as usize >= self.network.vocabulary()) {
            let rows = self.network.vocabulary();
            return Err(ModelError::Prompt(format!(
                "the tokenizer does not fit the model: token {wrong} is past the vocabulary of {rows}"
            )));
        }
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

    fn check_room(&self, needed: usize) -> Result<(), ModelError> {
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
    fn same_tokens(&self, context: &Context, tokens: &[u32], keys: &[u64], runs: &[Range<usize>]) -> usize {
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
        keys: &[u64],
        progress: &mut dyn FnMut(ReadProgress) -> ControlFlow<()>,
    ) -> Result<(), ModelError> {
        let known = std::mem::take(&mut context.pictures);
        let find = |key: u64, now: &[Seen]| known.iter().chain(now).find(|seen| seen.key == key).cloned();
        let of = keys.iter().filter(|key| !known.iter().any(|seen| seen.key == **key)).count();
        let mut done = 0;
        let mut now: Vec<Seen> = Vec::with_capacity(pictures.len());
        for (picture, &key) in pictures.iter().zip(keys) {
            let seen = match find(key, &now) {
                Some(seen) => seen,
                None => {
                    if progress(ReadProgress::Seeing { done, of }).is_break() {
                        return Err(ModelError::Cancelled);
                    }
                    done += 1;
                    // Waiting here keeps the time of seeing apart from the time of reading.
                    let encode = || {
                        let features = self.network.encode(picture);
                        self.device.burn().sync().map(|()| features)
                    };
                    let features = self.device.guard(encode)?.map_err(|e| self.device.failed(&e.to_string()))?;
                    Seen { key, features }
                }
            };
            now.push(seen);
        }
        context.pictures = now;
        Ok(())
    }

    /// Reads `tokens` into the cache; `scores` says whether the scores after the last one are wanted.
    fn forward(
        &self,
        context: &mut Context,
        tokens: &[u32],
        positions: &[[u32; 3]],
        feature_rows: &[Option<usize>],
        scores: bool,
    ) -> Result<(), ModelError> {
        let has_picture = feature_rows.iter().any(Option::is_some);
        let features: Vec<&Tensor<2>> = context.pictures.iter().filter(|_| has_picture).map(|p| &p.features).collect();
        let chunk = Chunk { tokens, positions, features: &features, feature_rows };
        let cache = &mut context.cache;
        let keys = cache.len() + tokens.len();
        let work = || {
            let mask = Mask::causal(tokens.len(), keys, self.device.burn());
            let hidden = self.network.hidden(&chunk, &mask, Memory::Append(cache));
            scores.then(|| self.network.logits(hidden.narrow(0, tokens.len() - 1, 1)).try_into_vec_as::<f32>())
        };
        let logits = self.device.guard(work).and_then(|read| match read {
            Some(Err(error)) => Err(self.device.failed(&error.to_string())),
            Some(Ok(logits)) => Ok(logits),
            None => Ok(Vec::new()),
        });
        match logits {
            Ok(logits) => {
                context.tokens.extend_from_slice(tokens);
                context.positions.extend_from_slice(positions);
                context.logits = logits;
                Ok(())
            }
            Err(error) => {
                // The cache may hold half of a pass: start over rather than go on with it.
                *context = Context::new(self.network.new_cache());
                Err(error.into())
            }
        }
    }

    /// The log-probability of each of `continuations` after the context, which stays as it is. Shared beginnings are
    /// computed once and all of them in one pass, each token seeing the context and its own beginning alone.
    pub fn score(&self, context: &Context, continuations: &[Vec<u32>]) -> Result<Vec<f64>, ModelError> {
        if context.logits.is_empty() {
            return Err(ModelError::Prompt("nothing has been read that could be continued".to_owned()));
        }
        if let Some(wrong) = continuations.iter().flatten().find(|&&id| id as usize >= self.network.vocabulary()) {
            return Err(ModelError::Prompt(format!("token {wrong} is past the vocabulary")));
        }
        let trie = Trie::new(continuations);
        let inner = trie.inner();
        self.check_room(context.len() + trie.nodes().iter().map(|n| n.depth).max().unwrap_or(0))?;
        let mut log_probabilities = vec![0.0; trie.nodes().len()];
        let total = log_sum_exp(&context.logits);
        for child in trie.children(0) {
            log_probabilities[child] = f64::from(context.logits[trie.nodes()[child].token as usize]) - total;
        }
        if !inner.is_empty() {
            let work = || self.score_inner(context, &trie, &inner, &mut log_probabilities);
            self.device.guard(work)?.map_err(|reason| self.device.failed(&reason))?;
        }
        Ok(trie.sums(&log_probabilities))
    }

    fn score_inner(
        &self,
        context: &Context,
        trie: &Trie,
        inner: &[usize],
        log_probabilities: &mut [f64],
    ) -> Result<(), String> {
        let (device, nodes, past) = (self.device.burn(), trie.nodes(), context.len());
        let tokens: Vec<u32> = inner.iter().map(|&n| nodes[n].token).collect();
        let next = context.next_position();
        let positions: Vec<_> = inner.iter().map(|&n| [next + nodes[n].depth as u32 - 1; 3]).collect();
        let sees = ancestry(trie, inner);
        let mask = Mask::from_rule([1, inner.len(), past + inner.len()], device, |_, query, key| {
            key < past || sees[query][key - past]
        });
        let chunk = Chunk { tokens: &tokens, positions: &positions, features: &[], feature_rows: &[] };
        let hidden = self.network.hidden(&chunk, &mask, Memory::Beside(&context.cache));
        let vocabulary = self.network.vocabulary();
        for start in (0..inner.len()).step_by(SCORED_ROWS) {
            let rows = &inner[start..(start + SCORED_ROWS).min(inner.len())];
            let scores = log_softmax(self.network.logits(hidden.clone().narrow(0, start, rows.len())), 1);
            let wanted: Vec<(usize, usize)> =
                rows.iter().enumerate().flat_map(|(row, &n)| trie.children(n).map(move |child| (row, child))).collect();
            let at =
                wanted.iter().map(|&(row, child)| (row * vocabulary + nodes[child].token as usize) as i32).collect();
            let at = Tensor::<1, Int>::from_data(TensorData::new::<i32, _>(at, [wanted.len()]), device);
            let picked = scores.reshape([rows.len() * vocabulary]).select(0, at);
            let picked = picked.try_into_vec_as::<f32>().map_err(|e| e.to_string())?;
            for (&(_, child), value) in wanted.iter().zip(picked) {
                log_probabilities[child] = f64::from(value);
            }
        }
        Ok(())
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

/// What makes two pictures the same to a model.
fn key(picture: &Patches) -> u64 {
    let mut hasher = DefaultHasher::new();
    picture.grid.hash(&mut hasher);
    for value in &picture.values {
        value.to_bits().hash(&mut hasher);
    }
    hasher.finish()
}

fn log_sum_exp(logits: &[f32]) -> f64 {
    let greatest = f64::from(logits.iter().copied().fold(f32::NEG_INFINITY, f32::max));
    greatest + logits.iter().map(|&l| (f64::from(l) - greatest).exp()).sum::<f64>().ln()
}
