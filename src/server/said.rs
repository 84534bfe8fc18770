//! What a server says: the pieces of a streamed answer and whole answers, in the words of OpenAI's protocol
//! (<https://platform.openai.com/docs/api-reference/chat>), as vLLM, llama.cpp and Ollama write it.

use serde::Deserialize;

use super::error::line_of;

/// No token has more alternatives, and no answer more bytes.
const MOST_ALTERNATIVES: usize = 64;
const MOST_ANSWER: usize = 1 << 20;

/// So far above 0 the logarithm of a probability of 1 may come out, in half precision.
const ROUNDING: f64 = 0.01;

/// An answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Said {
    /// Its text.
    pub text: String,
    /// Its tokens with their probabilities, in order; none where the server does not tell them.
    pub tokens: Vec<SaidToken>,
    /// Why it ended.
    pub finish: Finish,
}

/// A token of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct SaidToken {
    /// Its text, which may be a part of a letter.
    pub bytes: Vec<u8>,
    /// What could have stood in its place, itself mostly among them.
    pub alternatives: Vec<Alternative>,
}

/// What could have stood in a token's place.
#[derive(Debug, Clone, PartialEq)]
pub struct Alternative {
    /// Its text.
    pub text: String,
    /// The natural logarithm of its probability.
    pub logprob: f64,
}

/// Why an answer ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Finish {
    /// The server broke it off, and did not say why.
    #[default]
    CutOff,
    /// The model had said what it had to say.
    Stop,
    /// It was as long as had been asked for.
    Length,
    /// Whoever asked wanted no more.
    Cancelled,
}

/// A piece of an answer, or a whole one.
#[derive(Debug, Deserialize)]
pub(super) struct Reply {
    #[serde(default)]
    choices: Vec<Choice>,
    error: Option<serde_json::Value>,
}

#[derive(Debug, Deserialize)]
struct Choice {
    /// In a stream.
    delta: Option<Message>,
    /// In a whole answer.
    message: Option<Message>,
    logprobs: Option<Logprobs>,
    finish_reason: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Message {
    content: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Logprobs {
    content: Option<Vec<Token>>,
}

#[derive(Debug, Deserialize)]
struct Token {
    token: Option<String>,
    bytes: Option<Vec<u8>>,
    logprob: Option<f64>,
    top_logprobs: Option<Vec<Token>>,
}

impl Token {
    fn bytes(&self) -> &[u8] {
        let bytes = self.bytes.as_deref().filter(|bytes| !bytes.is_empty());
        bytes.or(self.token.as_deref().map(str::as_bytes)).unwrap_or_default()
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(self.bytes()).into_owned()
    }

    /// Whether it has a probability above 1 by more than a rounding.
    fn is_nonsense(&self) -> bool {
        self.logprob.is_some_and(|logprob| logprob > ROUNDING)
    }

    /// Finite and at most 0, whatever the server says.
    fn alternative(&self) -> Option<Alternative> {
        let logprob = self.logprob.filter(|logprob| logprob.is_finite())?.min(0.0);
        Some(Alternative { text: self.text(), logprob })
    }

    fn said(self) -> SaidToken {
        // Of a server that makes such numbers none is believed, so that there is no distribution.
        if self.is_nonsense() || self.top_logprobs.iter().flatten().any(Self::is_nonsense) {
            return SaidToken { bytes: self.bytes().to_vec(), alternatives: Vec::new() };
        }
        let others = self.top_logprobs.iter().flatten().take(MOST_ALTERNATIVES);
        let mut alternatives: Vec<Alternative> = others.filter_map(Self::alternative).collect();
        let own = self.alternative().filter(|own| alternatives.iter().all(|other| other.text != own.text));
        alternatives.extend(own);
        SaidToken { bytes: self.bytes().to_vec(), alternatives }
    }
}

impl Reply {
    pub fn read(text: &str) -> Result<Self, String> {
        let reply: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        match reply.error {
            Some(error) => Err(message_of(&error)),
            None => Ok(reply),
        }
    }

    /// Adds what it says to the answer; the new text comes back, and none where it is no part of an answer.
    pub fn add_to(self, said: &mut Said) -> Result<Option<String>, String> {
        let Some(choice) = self.choices.into_iter().next() else { return Ok(None) };
        let text = choice.delta.or(choice.message).and_then(|message| message.content).unwrap_or_default();
        // A terminal would obey the others.
        let text: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
        if said.text.len() + text.len() > MOST_ANSWER {
            return Err("its answer has no end".to_owned());
        }
        said.text.push_str(&text);
        let tokens = choice.logprobs.and_then(|logprobs| logprobs.content);
        said.tokens.extend(tokens.unwrap_or_default().into_iter().map(Token::said));
        match choice.finish_reason.as_deref() {
            Some("length") => said.finish = Finish::Length,
            Some(_) => said.finish = Finish::Stop,
            None => {}
        }
        Ok(Some(text))
    }
}

/// What an error says, one short line.
pub(super) fn message_of(error: &serde_json::Value) -> String {
    let inner = error.get("error").unwrap_or(error);
    let text = inner.get("message").unwrap_or(inner);
    line_of(&text.as_str().map_or_else(|| text.to_string(), str::to_owned))
}
