//! A `tokenizer.json` in llama.cpp's keys.

use std::path::Path;

use serde_json::Value;

use crate::model::directory::json_file;
use crate::model::error::ModelError;
use crate::model::fields::token_list;
use crate::model::gguf::write::Said;

/// `tokenizer.ggml.token_type` of a token that was learned.
const NORMAL: i32 = 1;
/// Of one that a template writes and nobody reads.
const CONTROL: i32 = 3;
/// Of one that was added to those that were learned.
const ADDED: i32 = 4;
/// Of what only fills the table up.
const UNUSED: i32 = 5;

/// What the text file says of the tokenizer of the folder `model` with so many rows in its table.
pub(super) fn said(model: &Path, config: &Value, rows: usize) -> Result<Vec<(String, Said)>, ModelError> {
    let path = model.join("tokenizer.json");
    let tokenizer = json_file(&path)?.ok_or_else(|| ModelError::MissingFile { path: path.clone() })?;
    let wrong = |reason: &str| ModelError::Config { path: path.clone(), reason: reason.to_owned() };
    let mut tokens: Vec<String> = (0..rows).map(|id| format!("[PAD{id}]")).collect();
    let mut types = vec![UNUSED; rows];
    let mut put = |id: Option<u64>, token: &str, kind: i32| {
        let id = id.and_then(|id| usize::try_from(id).ok()).filter(|id| *id < rows);
        let id = id.ok_or_else(|| wrong("a token lies beyond the model's table"))?;
        (tokens[id], types[id]) = (token.to_owned(), kind);
        Ok::<_, ModelError>(())
    };
    let learned = tokenizer["model"]["vocab"].as_object();
    for (token, id) in learned.ok_or_else(|| wrong("it has no vocabulary; only byte-level BPE can be written"))? {
        put(id.as_u64(), token, NORMAL)?;
    }
    for token in tokenizer["added_tokens"].as_array().into_iter().flatten() {
        let kind = if token["special"].as_bool() == Some(true) { CONTROL } else { ADDED };
        put(token["id"].as_u64(), token["content"].as_str().unwrap_or_default(), kind)?;
    }
    let merge = |merge: &Value| match merge {
        Value::String(pair) => Some(pair.clone()),
        Value::Array(pair) => Some(format!("{} {}", pair.first()?.as_str()?, pair.get(1)?.as_str()?)),
        _ => None,
    };
    let merges = tokenizer["model"]["merges"].as_array();
    let merges = merges.and_then(|merges| merges.iter().map(merge).collect::<Option<Vec<_>>>());
    let merges = merges.ok_or_else(|| wrong("it has no merges; only byte-level BPE can be written"))?;
    let named = json_file(&model.join("tokenizer_config.json"))?.unwrap_or_default();
    let generation = json_file(&model.join("generation_config.json"))?.unwrap_or_default();
    let mut said = vec![
        ("model", Said::Text("gpt2".to_owned())),
        ("pre", Said::Text("qwen2".to_owned())),
        ("merges", Said::Texts(merges)),
        ("add_bos_token", Said::Truth(false)),
    ];
    for (key, field) in
        [("eos_token_id", "eos_token"), ("padding_token_id", "pad_token"), ("bos_token_id", "bos_token")]
    {
        let spelled = named[field].as_str().or(named[field]["content"].as_str());
        let spelled = spelled.and_then(|spelled| tokens.iter().position(|token| token == spelled));
        let config_key = key.replace("padding", "pad");
        let listed = [&generation, &config["text_config"], config].map(|file| token_list(&file[&config_key]));
        let listed = listed.into_iter().flatten().next();
        let id = spelled.and_then(|id| u32::try_from(id).ok()).or(listed);
        said.extend(id.map(|id| (key, Said::Whole(id))));
    }
    said.extend([("tokens", Said::Texts(tokens)), ("token_type", Said::Wholes(types))]);
    Ok(said.into_iter().map(|(key, value)| (format!("tokenizer.ggml.{key}"), value)).collect())
}
