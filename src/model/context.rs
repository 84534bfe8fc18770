//! What a conversation keeps between two questions.

use burn::tensor::Tensor;

use super::cache::Cache;
use super::features::PictureKey;
use super::sampling;
use super::store::{Store, Weighty};

/// What a model has read and answered so far: tokens, picture features, keys and values, and the scores of the next
/// token. Made by a model's `start`, and of use with that model only.
#[derive(Debug)]
pub struct Context {
    pub(super) tokens: Vec<u32>,
    /// Time, height and width of each token.
    pub(super) positions: Vec<[u32; 3]>,
    pub(super) pictures: Vec<Encoded>,
    pub(super) cache: Cache,
    pub(super) logits: Vec<f32>,
    /// The token with the best score, where it was found on the device and the scores stayed there.
    pub(super) best: Option<u32>,
}

/// A picture that has been encoded.
#[derive(Debug, Clone)]
pub(super) struct Encoded {
    /// Equal for equal pictures.
    pub key: PictureKey,
    /// Its tokens, `[cells, width]`.
    pub features: Tensor<2>,
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
    /// `done` of `of` blocks of the vision tower have seen the new pictures, one picture after another.
    Seeing {
        /// Blocks so far.
        done: usize,
        /// Blocks in all.
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
    pub(super) fn new(cache: Cache) -> Self {
        Self { tokens: Vec::new(), positions: Vec::new(), pictures: Vec::new(), cache, logits: Vec::new(), best: None }
    }

    /// A second context that has read and answered the same and goes its own way from here. The two share the device's
    /// memory until one of them reads on.
    #[must_use]
    pub fn branch(&self) -> Self {
        Self {
            tokens: self.tokens.clone(),
            positions: self.positions.clone(),
            pictures: self.pictures.clone(),
            cache: self.cache.clone(),
            logits: self.logits.clone(),
            best: self.best,
        }
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

    /// Scores of the next token over the vocabulary; empty before anything was read, after [`Context::truncate`], and where
    /// only the best token was asked for and found on the device.
    pub fn next_logits(&self) -> &[f32] {
        &self.logits
    }

    /// The token with the best score; None before anything was read, and after [`Context::truncate`].
    pub fn best(&self) -> Option<u32> {
        let of_scores = || (!self.logits.is_empty()).then(|| sampling::best(&self.logits) as u32);
        self.best.or_else(of_scores)
    }

    /// Forgets all tokens from `len` on. Pictures stay encoded for what is read next.
    pub fn truncate(&mut self, len: usize) {
        if len < self.tokens.len() {
            self.tokens.truncate(len);
            self.positions.truncate(len);
            self.cache.truncate(len);
            self.logits.clear();
            self.best = None;
        }
    }

    /// The position of the next token of text.
    pub(super) fn next_position(&self) -> u32 {
        self.positions.iter().flatten().max().map_or(0, |&p| p + 1)
    }
}

/// Conversations of one model by the SHA-256 of the picture that they are about. Which of a conversation's tokens serve
/// the next question is found by [`super::VisionLanguageModel::read`]: those of its beginning that are the same.
pub type ContextStore = Store<String, Context>;

impl Weighty for Context {
    /// Of the cache and the picture tokens, which are nearly all.
    fn bytes(&self) -> usize {
        self.cache.bytes() + self.pictures.iter().map(|picture| picture.features.bytes()).sum::<usize>()
    }
}
