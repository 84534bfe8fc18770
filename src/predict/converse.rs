//! A conversation with the model about a picture. It goes on from what the model has said of the picture, in the model's own
//! tokens, so that of every question only what is new is computed. What people write, and what is known from signs, is text
//! and nothing else, whatever it spells; and what the model says is text as well, which nothing obeys.

use serde::{Deserialize, Serialize};

use super::{
    LocateError, LocateSettings, LocateStage, Observer,
    locate::{begin, read, speak},
};
use crate::model::{
    Context, FinishReason, Generated, Patches, Prompt, ReadStats, VisionLanguageModel,
    chat::{Content, Message, Role},
};

/// What a model has said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spoken {
    /// The model's name.
    pub model: String,
    /// The SHA-256 of its files, in hexadecimal; without it the tokens are of no use.
    #[serde(default)]
    pub sha256: Option<String>,
    /// What it said.
    pub text: String,
    /// The same in its tokens, without the end token.
    #[serde(default)]
    pub tokens: Vec<u32>,
}

/// A question to the model, and what it said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// The words that it was asked.
    pub asked: String,
    /// Its answer.
    pub spoken: Spoken,
}

/// What stands before the model's next words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// The question by which the picture was located, and its answer; it counts where the same model gave it.
    pub opening: Option<Exchange>,
    /// What was said since.
    pub turns: Vec<Exchange>,
    /// What is asked now.
    pub asked: String,
}

/// What is known beside the picture and was not said to the model yet, or holds no more.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    /// Sentences that are new.
    #[serde(default)]
    pub new: Vec<String>,
    /// Sentences that were said and hold no more.
    #[serde(default)]
    pub gone: Vec<String>,
}

impl News {
    /// What of `known` has to be said after the news of earlier turns.
    pub fn since<'n>(earlier: impl IntoIterator<Item = &'n Self>, known: &[String]) -> Self {
        let mut told: Vec<&String> = Vec::new();
        for news in earlier {
            told.retain(|sentence| !news.gone.contains(sentence));
            told.extend(&news.new);
        }
        Self {
            new: known.iter().filter(|sentence| !told.contains(sentence)).cloned().collect(),
            gone: told.into_iter().filter(|sentence| !known.contains(sentence)).cloned().collect(),
        }
    }

    /// The words that the model is asked: the news, and the question under them.
    pub fn before(&self, question: &str) -> String {
        // A sentence stays on its line, so that what a sign says cannot pass for a part of the list.
        let line = |sentence: &String| sentence.split_whitespace().collect::<Vec<_>>().join(" ");
        let list = |head: &str, sentences: &[String]| match sentences {
            [] => String::new(),
            _ => format!("{head}\n- {}\n\n", sentences.iter().map(line).collect::<Vec<_>>().join("\n- ")),
        };
        let (new, gone) = (list("Known beside the picture:", &self.new), list("No longer held:", &self.gone));
        format!("{new}{gone}{question}")
    }
}

impl Conversation {
    /// The conversation as a prompt for this model, the SHA-256 of whose files is `sha256`; the picture, as the model takes it in,
    /// stands at its head.
    pub fn prompt(&self, model: &VisionLanguageModel, sha256: Option<&str>, picture: Patches) -> Prompt {
        let is_own = |spoken: &Spoken| sha256.is_some() && spoken.sha256.as_deref() == sha256;
        let opening = self.opening.iter().filter(|exchange| is_own(&exchange.spoken));
        let mut messages = Vec::new();
        let mut say = |role, content| messages.push(Message { role, content: vec![content] });
        for Exchange { asked, spoken } in opening.chain(&self.turns) {
            say(Role::User, Content::Text(asked.clone()));
            // Tokens may come from a file that somebody else has written: only those of text are taken.
            let as_tokens = is_own(spoken) && !spoken.tokens.is_empty() && model.tokenizer().is_text(&spoken.tokens);
            say(
                Role::Assistant,
                if as_tokens { Content::Answer(spoken.tokens.clone()) } else { Content::Text(spoken.text.clone()) },
            );
        }
        say(Role::User, Content::Text(self.asked.clone()));
        messages[0].content.insert(0, Content::Picture);
        Prompt { messages, pictures: vec![picture], answer_start: String::new() }
    }
}

/// What came of a question to the model.
#[derive(Debug, Clone, PartialEq)]
pub struct Conversed {
    /// What reading took, and how much had been read before.
    pub stats: ReadStats,
    /// What the model said; stopped, what it had said by then.
    pub generated: Generated,
}

impl Conversed {
    /// Whether the model came to its end; it was cut off otherwise.
    pub fn is_whole(&self) -> bool {
        self.generated.finish_reason == FinishReason::Stop
    }

    /// Whether it was stopped.
    pub fn is_stopped(&self) -> bool {
        self.generated.finish_reason == FinishReason::Cancelled
    }
}

/// Lets the model answer. Of the prompt it computes what `context` does not hold; what `context` holds beyond it is
/// forgotten, so that going back to an earlier turn costs nothing.
///
/// # Errors
/// [`LocateError::Cancelled`] where it was stopped before its first word; else what the model cannot go on from.
pub fn converse(
    model: &VisionLanguageModel,
    context: &mut Context,
    prompt: &Prompt,
    settings: &LocateSettings,
    observer: &mut dyn Observer,
) -> Result<Conversed, LocateError> {
    begin(observer, LocateStage::Seeing)?;
    let stats = read(model, context, prompt, observer)?;
    let generated = speak(model, context, settings, observer)?;
    Ok(Conversed { stats, generated })
}

#[cfg(test)]
#[path = "converse_tests.rs"]
mod tests;
