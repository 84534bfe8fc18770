//! Lessons side by side as one batch, and where in it answers are learned.

use std::ops::Range;

use super::lesson::Lesson;
use crate::model::{Patches, qwen2_5_vl::Batch};

/// Lessons padded on the right to the longest: under a causal mask nothing looks that way.
#[derive(Debug)]
pub struct Rows<'a> {
    tokens: Vec<Vec<u32>>,
    real: Vec<Range<usize>>,
    /// The pictures, lesson after lesson.
    pub pictures: Vec<&'a Patches>,
    /// Where, row after row, the position before each token stands that is learned.
    pub before: Vec<usize>,
    /// Which token that is.
    pub targets: Vec<u32>,
}

impl<'a> Rows<'a> {
    /// At least one lesson, each with an answer.
    pub fn of(lessons: &'a [Lesson]) -> Self {
        // The last token of an answer is predicted and never read.
        let length = lessons.iter().map(|lesson| lesson.n_tokens() - 1).max().unwrap_or(0);
        let mut rows = Self {
            tokens: Vec::with_capacity(lessons.len()),
            real: vec![0..length; lessons.len()],
            pictures: lessons.iter().map(|lesson| &lesson.patches).collect(),
            before: Vec::new(),
            targets: Vec::new(),
        };
        for (row, lesson) in lessons.iter().enumerate() {
            let first = row * length + lesson.prompt.len() - 1;
            rows.before.extend(first..first + lesson.answer.len());
            rows.targets.extend(&lesson.answer);
            let mut ids = lesson.prompt.clone();
            ids.extend(&lesson.answer[..lesson.answer.len() - 1]);
            // Any text token will do.
            ids.resize(length, lesson.answer[0]);
            rows.tokens.push(ids);
        }
        rows
    }

    /// As the model reads it.
    pub fn batch(&self) -> Batch<'_> {
        Batch { tokens: &self.tokens, real: &self.real, pictures: &self.pictures }
    }
}
