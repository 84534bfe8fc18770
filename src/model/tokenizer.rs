//! A checkpoint's own tokenizer, and text that streams out of it whole character by whole character.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use tokenizers::tokenizer::{
    Model as _, NormalizedString, Normalizer as _, OffsetType, PreTokenizedString, PreTokenizer as _,
};

/// Real ones are at most some 20 MB; a larger file is no tokenizer.
const MAX_BYTES: u64 = 256 << 20;

/// What a checkpoint's tokenizer does wrong.
#[derive(Debug, thiserror::Error)]
pub enum TokenizerError {
    /// tokenizer.json cannot be read.
    #[error("cannot read {path}: {reason}; the checkpoint is incomplete, download it again")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// tokenizer.json is no tokenizer.
    #[error("{path} is damaged ({reason}): download it again")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        reason: String,
    },
    /// A tokenizer with more tokens than the model has rows.
    #[error("{path} has {tokens} tokens and the model only {rows}: they do not belong together, download both again")]
    TooMany {
        /// The tokenizer's file.
        path: PathBuf,
        /// Tokens it has.
        tokens: usize,
        /// Rows of the model's token table.
        rows: usize,
    },
    /// The tokenizer refuses a text.
    #[error("the tokenizer cannot read the text: {0}")]
    Encode(String),
}

/// Breaks a special token that people spelled: one of the code points that are no characters and stand in no text.
const GUARD: char = '\u{FDD0}';

/// Text to token ids and back.
#[derive(Debug)]
pub struct Tokenizer {
    inner: tokenizers::Tokenizer,
    /// How the special tokens are spelled, the longest first.
    special: Vec<String>,
}

/// What a tokenizer.json says of the tokens that were added to those that were learned.
#[derive(Deserialize)]
struct Declared {
    #[serde(default)]
    added_tokens: Vec<AddedToken>,
}

#[derive(Deserialize)]
struct AddedToken {
    id: u64,
    content: String,
}

impl Declared {
    /// The library counts added tokens on from the vocabulary's length and leaves aside the ids that the file gives them: where
    /// the vocabulary has holes, they are not those that the model has learned.
    ///
    /// # Errors
    /// The first token that would be read as another.
    fn check(&self, inner: &tokenizers::Tokenizer) -> Result<(), String> {
        for AddedToken { id, content } in &self.added_tokens {
            let found = inner.token_to_id(content).map(u64::from);
            if let Some(found) = found.filter(|found| found != id) {
                return Err(format!(
                    "its token '{content}' has the id {id} and would be read as {found}: its vocabulary has holes"
                ));
            }
        }
        Ok(())
    }
}

impl From<tokenizers::Tokenizer> for Tokenizer {
    fn from(inner: tokenizers::Tokenizer) -> Self {
        let added = inner.get_added_tokens_decoder();
        let mut special: Vec<String> = added.into_values().filter(|t| t.special).map(|t| t.content).collect();
        special.retain(|token| !token.is_empty());
        special.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        Self { inner, special }
    }
}

impl Tokenizer {
    /// Reads tokenizer.json of a checkpoint directory.
    pub fn from_dir(directory: &Path) -> Result<Self, TokenizerError> {
        let path = directory.join("tokenizer.json");
        let read = |reason: String| TokenizerError::Read { path: path.clone(), reason };
        let bytes = std::fs::metadata(&path).map_err(|error| read(error.to_string()))?.len();
        if bytes > MAX_BYTES {
            return Err(TokenizerError::Damaged {
                path,
                reason: format!("{bytes} bytes is more than a tokenizer has"),
            });
        }
        let text = std::fs::read(&path).map_err(|error| read(error.to_string()))?;
        let damaged = |reason: String| TokenizerError::Damaged { path: path.clone(), reason };
        let inner = tokenizers::Tokenizer::from_bytes(&text).map_err(|error| damaged(error.to_string()))?;
        let declared: Declared = serde_json::from_slice(&text).map_err(|error| damaged(error.to_string()))?;
        declared.check(&inner).map_err(damaged)?;
        Ok(Self::from(inner))
    }

    /// The tokenizer that `path` holds, in the form of tokenizer.json.
    pub(super) fn from_json(path: &Path, json: serde_json::Value) -> Result<Self, TokenizerError> {
        let damaged = |error: serde_json::Error| TokenizerError::Damaged {
            path: path.to_owned(),
            reason: error.to_string().lines().collect::<Vec<_>>().join(" "),
        };
        serde_json::from_value::<tokenizers::Tokenizer>(json).map(Self::from).map_err(damaged)
    }

    /// The ids of a text; special tokens written in it (a chat template writes them) become their ids.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        let encoding = self.inner.encode(text, false).map_err(|error| TokenizerError::Encode(error.to_string()))?;
        Ok(encoding.get_ids().to_vec())
    }

    /// The ids of `head` followed by each of `tails`, as [`Self::encode`] gives them. The head, which may be long, is read
    /// once, and only its last words again with each tail.
    pub fn encode_after(&self, head: &str, tails: &[String]) -> Result<Vec<Vec<u32>>, TokenizerError> {
        let (kept, rest) = self.settled(head)?;
        let joined = |tail: &String| -> Result<Vec<u32>, TokenizerError> {
            let mut ids = kept.clone();
            ids.extend(self.encode(&format!("{rest}{tail}"))?);
            Ok(ids)
        };
        let whole = |tail: &String| self.encode(&format!("{head}{tail}"));
        // A tokenizer that sets something at the start of every text cannot be asked for parts of one.
        let has_parts = match tails.first() {
            Some(tail) => joined(tail)? == whole(tail)?,
            None => true,
        };
        tails.iter().map(|tail| if has_parts { joined(tail) } else { whole(tail) }).collect()
    }

    /// The ids of `head` up to its last words, which stay whatever follows, and those words. What follows can go on with
    /// the last word, and by a look ahead move the end of the one before.
    fn settled<'h>(&self, head: &'h str) -> Result<(Vec<u32>, &'h str), TokenizerError> {
        let encoding = self.inner.encode(head, false).map_err(|error| TokenizerError::Encode(error.to_string()))?;
        let words = encoding.get_word_ids();
        let open = words.iter().flatten().max().map_or(0, |last| last.saturating_sub(1));
        let n_kept = words.partition_point(|word| word.is_some_and(|word| word < open));
        let rest = encoding.get_offsets().get(n_kept).and_then(|&(start, _)| head.get(start..));
        Ok(rest.map_or_else(|| (Vec::new(), head), |rest| (encoding.get_ids()[..n_kept].to_vec(), rest)))
    }

    /// The ids of a text that is data: special tokens that it spells are letters like all others.
    pub fn encode_text(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        let failed = |error: tokenizers::Error| TokenizerError::Encode(error.to_string());
        let mut normalized = NormalizedString::from(text);
        if let Some(normalizer) = self.inner.get_normalizer() {
            normalizer.normalize(&mut normalized).map_err(failed)?;
        }
        let mut pieces = PreTokenizedString::from(normalized);
        if let Some(pre_tokenizer) = self.inner.get_pre_tokenizer() {
            pre_tokenizer.pre_tokenize(&mut pieces).map_err(failed)?;
        }
        pieces.tokenize(|piece| self.inner.get_model().tokenize(piece.get())).map_err(failed)?;
        let encoding = pieces.into_encoding(None, 0, OffsetType::Byte).map_err(failed)?;
        Ok(encoding.get_ids().to_vec())
    }

    /// `text` with the special tokens in it broken, for [`Self::encode_guarded`]. A last `<` is broken off too: what comes
    /// after the text may go on with it.
    pub(super) fn guarded(&self, text: &str) -> String {
        let mut guarded = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if first != GUARD && first != super::chat::ANSWER {
                guarded.push(first);
            }
            if self.special.iter().any(|token| rest.starts_with(token) || token.starts_with(rest)) {
                guarded.push(GUARD);
            }
            rest = &rest[first.len_utf8()..];
        }
        guarded
    }

    /// The ids of a text in which the template's special tokens are whole and those of [`Self::guarded`] texts are broken.
    pub(super) fn encode_guarded(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        if !text.contains(GUARD) {
            return self.encode(text);
        }
        let mut ids = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let next = self.special.iter().filter_map(|token| Some((rest.find(token.as_str())?, token)));
            let next = next.min_by_key(|&(at, token)| (at, std::cmp::Reverse(token.len())));
            let (piece, token) = next.map_or((rest, ""), |(at, token)| (&rest[..at], token.as_str()));
            if piece.contains(GUARD) {
                ids.extend(self.encode_text(&piece.replace(GUARD, ""))?);
            } else if !piece.is_empty() {
                ids.extend(self.encode(piece)?);
            }
            ids.extend(self.inner.token_to_id(token).filter(|_| !token.is_empty()));
            rest = &rest[piece.len() + token.len()..];
        }
        Ok(ids)
    }

    /// The same tokenizer for whole texts of at most so many tokens; what tokenizer.json says of length and padding is
    /// left aside, as the libraries do that read it for embeddings.
    pub fn limited_to(mut self, tokens: usize) -> Result<Self, TokenizerError> {
        let truncation = tokenizers::TruncationParams { max_length: tokens, ..Default::default() };
        self.inner
            .with_padding(None)
            .with_truncation(Some(truncation))
            .map_err(|error| TokenizerError::Encode(error.to_string()))?;
        Ok(self)
    }

    /// The ids of a text with the tokens that the tokenizer itself sets at its ends, at least one.
    pub fn encode_whole(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        let encoding = self.inner.encode(text, true).map_err(|error| TokenizerError::Encode(error.to_string()))?;
        match encoding.get_ids() {
            [] => Err(TokenizerError::Encode(format!("nothing of '{text}' is a token"))),
            ids => Ok(ids.to_vec()),
        }
    }

    /// Whether a model with so many rows in its token table can read what this tokenizer, read from `file`, writes.
    pub fn check_fits(&self, file: &Path, rows: usize) -> Result<(), TokenizerError> {
        // The ids of some tokenizers have holes, so that the last of them is beyond how many there are.
        let last = self.inner.get_vocab(true).into_values().max();
        match last.map_or(0, |last| last as usize + 1).max(self.vocab_size()) {
            tokens if tokens > rows => Err(TokenizerError::TooMany { path: file.to_owned(), tokens, rows }),
            _ => Ok(()),
        }
    }

    /// The text of ids, special tokens left out; ids that stand for nothing stand for nothing.
    pub fn decode(&self, ids: &[u32]) -> String {
        self.inner.decode(ids, true).unwrap_or_default()
    }

    /// The id of one token.
    pub fn token_id(&self, token: &str) -> Option<u32> {
        self.inner.token_to_id(token)
    }

    /// Whether ids stand for text alone: none of them is a special token, and each is a token.
    pub fn is_text(&self, ids: &[u32]) -> bool {
        let is_text = |token: String| !self.special.contains(&token);
        ids.iter().all(|&id| self.inner.id_to_token(id).is_some_and(is_text))
    }

    /// How many tokens there are, added ones included.
    pub fn vocab_size(&self) -> usize {
        self.inner.get_vocab_size(true)
    }

    /// Begins to decode token by token.
    pub fn stream(&self) -> TextStream<'_> {
        TextStream { tokenizer: self, ids: Vec::new(), n_settled: 0 }
    }
}

/// Decodes token by token and never gives half a character.
#[derive(Debug)]
pub struct TextStream<'a> {
    tokenizer: &'a Tokenizer,
    /// Tokens since the last settled place, that place's own tokens first: their text sets the spaces right.
    ids: Vec<u32>,
    /// How many of `ids` have been given out.
    n_settled: usize,
}

impl TextStream<'_> {
    /// Takes one more token and gives the text that is whole now; empty while a character is still in parts.
    pub fn push(&mut self, id: u32) -> String {
        self.ids.push(id);
        let text = self.tokenizer.decode(&self.ids);
        if text.ends_with('\u{FFFD}') {
            return String::new();
        }
        let new = self.after_settled(&text);
        self.ids.drain(..self.n_settled);
        self.n_settled = self.ids.len();
        new
    }

    /// What is left at the end, a broken character as U+FFFD.
    pub fn finish(self) -> String {
        if self.n_settled == self.ids.len() {
            return String::new();
        }
        self.after_settled(&self.tokenizer.decode(&self.ids))
    }

    fn after_settled(&self, text: &str) -> String {
        let settled = self.tokenizer.decode(&self.ids[..self.n_settled]);
        text.strip_prefix(&settled).unwrap_or(text).to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokenizer() -> Tokenizer {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/qwen2_5_vl/untied");
        Tokenizer::from_dir(&folder).unwrap()
    }

    #[test]
    fn a_stream_gives_the_same_text_without_half_characters() {
        let tokenizer = tokenizer();
        let text = "Zürich, 東京 と 🚦 in Österreich\n  {'country': 'Česko'}";
        let ids = tokenizer.encode(text).unwrap();
        assert!(ids.len() > text.chars().count() / 2, "the text is cut into pieces");
        let mut stream = tokenizer.stream();
        let pieces: Vec<String> = ids.iter().map(|&id| stream.push(id)).collect();
        assert!(pieces.iter().all(|piece| !piece.contains('\u{FFFD}')));
        assert_eq!(pieces.concat() + &stream.finish(), text);
    }

    #[test]
    fn a_stream_that_ends_within_a_character_says_so() {
        let tokenizer = tokenizer();
        let ids = tokenizer.encode("🚦").unwrap();
        assert!(ids.len() > 1);
        let mut stream = tokenizer.stream();
        assert_eq!(stream.push(ids[0]), "");
        assert!(stream.finish().contains('\u{FFFD}'));
    }

    #[test]
    fn special_tokens_are_read_and_not_printed() {
        let tokenizer = tokenizer();
        let ids = tokenizer.encode("<|im_start|>yes<|im_end|>").unwrap();
        assert_eq!(Some(ids[0]), tokenizer.token_id("<|im_start|>"));
        assert_eq!(tokenizer.decode(&ids), "yes");
    }

    #[test]
    fn a_head_that_many_texts_share_is_read_once_and_gives_the_same_ids() {
        let tokenizer = tokenizer();
        let reasons = "The words on the sign are Spanish, and the line is yellow.\n".repeat(40);
        let long = format!("{reasons}{{'country': '");
        let heads =
            ["", "'", "{'country': '", "{\"country\":\n \"", "In the U", "Zürich 東京  ", "<|im_end|>\n\n", &long];
        let tails = ["France", "Cote d'Ivoire", "nited States', 'city': ''", " Chad", "\n", "1", ""].map(str::to_owned);
        for head in heads {
            let whole: Vec<_> = tails.iter().map(|tail| tokenizer.encode(&format!("{head}{tail}")).unwrap()).collect();
            assert_eq!(tokenizer.encode_after(head, &tails).unwrap(), whole, "{head:?}");
        }
        let (kept, rest) = tokenizer.settled(&long).unwrap();
        assert!(kept.len() > 400 && rest.len() < 20 && long.ends_with(rest), "{} {rest:?}", kept.len());
    }

    #[test]
    fn missing_and_damaged_files_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = Tokenizer::from_dir(folder.path()).unwrap_err().to_string();
        assert!(error.contains("tokenizer.json") && error.contains("incomplete"), "{error}");
        std::fs::write(folder.path().join("tokenizer.json"), "{\"version\": 3").unwrap();
        let error = Tokenizer::from_dir(folder.path()).unwrap_err().to_string();
        assert!(error.contains("damaged"), "{error}");
    }
}
