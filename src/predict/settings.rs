//! How a picture is to be located.

use super::finding::SettingsUsed;
use crate::model::PictureTokens;

/// How the model's answer is generated. With the same picture, model and seed it decides the finding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LocateSettings {
    /// Where the answer is cut off, in tokens.
    pub max_new_tokens: usize,
    /// 0 is greedy: always the likeliest token.
    pub temperature: f32,
    /// Where the temperature is above 0: only the likeliest tokens that together have this share, in (0, 1].
    pub top_p: f32,
    /// Where chance begins; without temperature it plays no part.
    pub seed: u64,
    /// Whether the answer of a model that knows drawings only is given on a photograph as well, marked as what it is.
    pub shows_untrusted: bool,
    /// Whether the signs in the picture are read.
    pub reads_signs: bool,
    /// How many tokens the picture becomes at most; none for as many as the model usually sees.
    pub picture_tokens: Option<usize>,
}

impl Default for LocateSettings {
    /// Greedy, and room for a model that thinks aloud before it answers.
    fn default() -> Self {
        Self {
            max_new_tokens: 1024,
            temperature: 0.0,
            top_p: 1.0,
            seed: 0,
            shows_untrusted: false,
            reads_signs: true,
            picture_tokens: None,
        }
    }
}

impl LocateSettings {
    /// The settings as a finding records them, with the question that was asked of a model with these bounds.
    pub(super) fn used(self, prompt: &str, bounds: PictureTokens) -> SettingsUsed {
        let Self { max_new_tokens, temperature, top_p, seed: _, shows_untrusted: _, reads_signs, picture_tokens } =
            self;
        let picture_tokens = bounds.within(picture_tokens);
        let (prompt, reads_signs) = (prompt.to_owned(), Some(reads_signs));
        SettingsUsed { prompt, max_new_tokens, temperature, top_p, picture_tokens, reads_signs }
    }
}
