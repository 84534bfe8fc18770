//! A turn of the conversation about a picture: what the user said, what was made of it, and what the model said to it. It is
//! kept with the session as it stands here.

use serde::{Deserialize, Serialize};

use super::Progress;
use crate::predict::converse::{News, Spoken};

/// A model that never stops writing must not fill the memory: so many bytes of its words are shown as they come.
const MOST_BYTES: usize = 64 << 10;

/// What the user said, and what came of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// The user's words.
    pub said: String,
    /// What was answered from evidence and knowledge, a line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reply: Vec<String>,
    /// Ids of the pieces of evidence that came of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pieces: Vec<String>,
    /// What the model was asked; none where it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<Asked>,
}

/// A question to the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// What was known beside the picture and was said with the question.
    #[serde(default)]
    pub news: News,
    /// All that the model was asked, in its words.
    pub words: String,
    /// What it has said so far.
    #[serde(default)]
    pub spoken: Spoken,
    /// How its answer ended; none while it is waited for.
    #[serde(default)]
    pub ending: Option<Ending>,
    /// Where the answer stands; none before it is begun, and after its end.
    #[serde(skip)]
    pub progress: Option<Progress>,
}

/// How an answer of the model ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// With its last word.
    Whole,
    /// It grew too long.
    CutOff,
    /// The user stopped it.
    Stopped,
    /// The picture's pixels are not to be had.
    NoPixels,
    /// There is no model.
    NoModel,
    /// The engine could not; the line says why.
    Failed(String),
}

/// What the user can want of a conversation.
#[derive(Debug, Clone)]
pub enum TalkAction {
    /// Something was said, and this was made of it.
    Said(Box<Turn>),
    /// Let the model say no more.
    Stop,
}

impl Asked {
    /// Something to ask, with what is known since the last time.
    pub fn new(news: News, question: &str) -> Self {
        Self { words: news.before(question), news, ..Self::default() }
    }

    /// Whether it is still to be begun.
    pub(super) fn waits(&self) -> bool {
        self.ending.is_none() && self.progress.is_none()
    }

    pub(super) fn end(&mut self, ending: Ending) {
        (self.ending, self.progress) = (Some(ending), None);
    }

    pub(super) fn push_token(&mut self, text: &str) {
        if self.spoken.text.len() + text.len() <= MOST_BYTES {
            self.spoken.text.push_str(text);
        }
    }
}

impl Turn {
    /// As it is kept: where an answer stands is of this run of the program alone.
    pub(super) fn kept(&self) -> Self {
        let model = self.model.clone().map(|asked| Asked { progress: None, ..asked });
        Self { model, ..self.clone() }
    }

    /// As it comes back: nobody answers any more what was not answered to its end.
    pub(super) fn returned(mut self) -> Self {
        if let Some(asked) = self.model.as_mut().filter(|asked| asked.ending.is_none()) {
            asked.end(Ending::Stopped);
        }
        self
    }
}
