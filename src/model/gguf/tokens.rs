//! The tokenizer inside a GGUF file, as the `tokenizer.json` that it was made from.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::Gguf;

/// How Qwen2's tokenizers cut a text before merging.
const QWEN2_PIECES: &str = concat!(
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)",
    r"|[^\r\n\p{L}\p{N}]?\p{L}+",
    r"|\p{N}",
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*",
    r"|\s*[\r\n]+",
    r"|\s+(?!\S)",
    r"|\s+",
);

/// `tokenizer.ggml.token_type`: tokens that a template writes and nobody reads.
const CONTROL: f64 = 3.0;
/// The same: tokens that were added to those that were learned.
const ADDED: f64 = 4.0;
/// The same: what only fills the table up.
const UNUSED: f64 = 5.0;

impl Gguf {
    /// The tokenizer as JSON.
    ///
    /// # Errors
    /// A tokenizer of a kind that is not read, or none.
    pub fn tokenizer_json(&self) -> Result<Value, String> {
        let [model, pieces] =
            ["tokenizer.ggml.model", "tokenizer.ggml.pre"].map(|key| self.text(key).unwrap_or_default());
        if model != "gpt2" || pieces != "qwen2" {
            return Err(format!(
                "a tokenizer of the kind '{model}' with the pieces '{pieces}'; gpt2 with qwen2 can be read"
            ));
        }
        let list = |key: &str| self.texts(key).ok_or_else(|| format!("'{key}' is missing"));
        let (tokens, merges) = (list("tokenizer.ggml.tokens")?, list("tokenizer.ggml.merges")?);
        let types = self.numbers("tokenizer.ggml.token_type").unwrap_or_default();
        let (mut vocabulary, mut added, mut seen) = (Map::new(), Vec::new(), HashSet::new());
        for (id, token) in tokens.iter().enumerate() {
            let kind = types.get(id).copied().unwrap_or_default();
            // Of two tokens that are spelled alike only the first could ever be written.
            if kind == UNUSED || token.is_empty() || !seen.insert(token) {
                continue;
            }
            vocabulary.insert(token.to_string(), json!(id));
            if kind == CONTROL || kind == ADDED {
                added.push(json!({
                    "id": id, "content": token, "special": kind == CONTROL, "normalized": false,
                    "single_word": false, "lstrip": false, "rstrip": false,
                }));
            }
        }
        let merge = |merge: &std::borrow::Cow<'_, str>| {
            let pair = merge.split_once(' ').map(|(a, b)| json!([a, b]));
            pair.ok_or_else(|| format!("the merge '{merge}' is no pair"))
        };
        let bytes = |use_regex: bool| {
            json!({
                "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": use_regex,
            })
        };
        let split = json!({
            "type": "Split", "pattern": { "Regex": QWEN2_PIECES }, "behavior": "Isolated", "invert": false,
        });
        Ok(json!({
            "version": "1.0",
            "normalizer": { "type": "NFC" },
            "pre_tokenizer": { "type": "Sequence", "pretokenizers": [split, bytes(false)] },
            "post_processor": bytes(false),
            "decoder": bytes(true),
            "added_tokens": added,
            "model": {
                "type": "BPE",
                "vocab": vocabulary,
                "merges": merges.iter().map(merge).collect::<Result<Vec<_>, _>>()?,
            },
        }))
    }
}
