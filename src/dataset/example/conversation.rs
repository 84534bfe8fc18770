//! Conversations in the forms that trainers of vision-language models read: Qwen-VL's (`from`, `value`, the picture as
//! `<img>path</img>` in the text), ShareGPT's and LLaVA's (`human` and `gpt`, the picture beside them and `<image>` in the
//! text), and messages (`role`, `content`, the content a text or a list of parts).

use serde_json::{Map, Value};

use super::{RecordProblem, Turn};

/// Fields that hold a conversation; earlier ones win.
const CONVERSATIONS: &[&str] = &["conversations", "messages", "conversation", "dialog", "dialogue", "dialogs", "turns"];

/// Fields of a question beside fields of its answer, where each record is one of each; earlier ones win.
const PAIRS: &[(&str, &str)] = &[("query", "response"), ("question", "answer"), ("instruction", "output")];

/// A conversation and the pictures that its text names.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Conversation {
    pub turns: Vec<Turn>,
    pub pictures: Vec<String>,
}

/// Takes the conversation out of a record; none where it has none.
pub(super) fn take(record: &mut Map<String, Value>) -> Result<Option<Conversation>, RecordProblem> {
    if let Some(name) = CONVERSATIONS.iter().find(|name| record.get(**name).is_some_and(Value::is_array)) {
        let Some(Value::Array(parts)) = record.remove(*name) else { return Ok(None) };
        let mut told = Conversation::default();
        let mut said = Vec::new();
        for part in &parts {
            speeches(part, &mut said, &mut told.pictures)?;
        }
        told.turns = turns(said)?;
        return Ok(Some(told));
    }
    let has = |field: &str| record.get(field).is_some_and(Value::is_string);
    let Some((question, answer)) = PAIRS.iter().find(|(question, answer)| has(question) && has(answer)) else {
        return Ok(None);
    };
    let mut told = Conversation::default();
    let mut said = Vec::new();
    for (speaker, field) in [(Speaker::User, question), (Speaker::Assistant, answer)] {
        let text = record.remove(*field).unwrap_or_default();
        said.push((speaker, text_of(&text, &mut told.pictures)?));
    }
    told.turns = turns(said)?;
    Ok(Some(told))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Speaker {
    User,
    Assistant,
}

/// What one part of a conversation says: one speech, or a pair (`{"human": .., "assistant": ..}`). A system's words are
/// no part of what is learned.
fn speeches(part: &Value, said: &mut Vec<(Speaker, String)>, pictures: &mut Vec<String>) -> Result<(), RecordProblem> {
    let part = part.as_object().ok_or(RecordProblem::NoText)?;
    let Some(name) = ["from", "role", "speaker"].iter().find_map(|field| part.get(*field)?.as_str()) else {
        for (field, value) in part {
            let speaker = speaker(field)?;
            said.extend(speaker.map(|speaker| Ok((speaker, text_of(value, pictures)?))).transpose()?);
        }
        return Ok(());
    };
    let Some(speaker) = speaker(name)? else { return Ok(()) };
    let content = ["value", "content", "text"].iter().find_map(|field| part.get(*field));
    said.push((speaker, text_of(content.ok_or(RecordProblem::NoText)?, pictures)?));
    Ok(())
}

/// Who speaks; none for the system.
fn speaker(name: &str) -> Result<Option<Speaker>, RecordProblem> {
    match name.to_lowercase().as_str() {
        "user" | "human" | "question" => Ok(Some(Speaker::User)),
        "assistant" | "gpt" | "model" | "bot" | "answer" => Ok(Some(Speaker::Assistant)),
        "system" => Ok(None),
        _ => Err(RecordProblem::Speaker(name.chars().take(40).collect())),
    }
}

/// A text without what stands for pictures, which are noted where it names them.
fn text_of(content: &Value, pictures: &mut Vec<String>) -> Result<String, RecordProblem> {
    match content {
        Value::String(text) => Ok(without_pictures(text, pictures)),
        Value::Array(parts) => {
            let mut texts = Vec::new();
            for part in parts {
                if let Some(text) = part.get("text").and_then(Value::as_str) {
                    texts.push(without_pictures(text, pictures));
                } else {
                    pictures.extend(picture_of(part));
                }
            }
            Ok(texts.join("\n"))
        }
        _ => Err(RecordProblem::NoText),
    }
}

/// The picture of a part such as `{"type": "image", "image": "a.jpg"}` or `{"image_url": {"url": "a.jpg"}}`; none where
/// it only says that a picture stands here.
fn picture_of(part: &Value) -> Option<String> {
    let named = ["image", "image_url", "url", "path"].iter().find_map(|field| part.get(*field))?;
    let named = named.get("url").or_else(|| named.get("path")).unwrap_or(named);
    named.as_str().map(|name| name.strip_prefix("file://").unwrap_or(name).to_owned())
}

fn without_pictures(text: &str, pictures: &mut Vec<String>) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, named, behind)) = rest
        .split_once("<img>")
        .and_then(|(before, inside)| inside.split_once("</img>").map(|(named, behind)| (before, named, behind)))
    {
        kept.push_str(without_number(before));
        pictures.push(named.trim().to_owned());
        rest = behind;
    }
    kept.push_str(rest);
    ["<image>", "<|image_pad|>", "<|vision_start|>", "<|vision_end|>"]
        .iter()
        .fold(kept, |text, mark| text.replace(mark, ""))
        .trim()
        .to_owned()
}

/// Without the `Picture 1:` that Qwen-VL puts before a picture.
fn without_number(before: &str) -> &str {
    let numbered = before.trim_end().strip_suffix(':').map(|text| text.trim_end_matches(|c: char| c.is_ascii_digit()));
    numbered.and_then(|text| text.trim_end().strip_suffix("Picture")).unwrap_or(before)
}

/// Questions with their answers. A last question without one teaches nothing and is left out.
fn turns(said: Vec<(Speaker, String)>) -> Result<Vec<Turn>, RecordProblem> {
    let mut turns = Vec::new();
    let mut asked: Option<String> = None;
    for (speaker, text) in said {
        match (speaker, asked.take()) {
            (Speaker::User, None) => asked = Some(text),
            (Speaker::Assistant, Some(asked)) if !text.is_empty() => turns.push(Turn { asked, answered: text }),
            (Speaker::Assistant, Some(_)) => return Err(RecordProblem::NoAnswer),
            (Speaker::User, Some(_)) | (Speaker::Assistant, None) => return Err(RecordProblem::OutOfTurn),
        }
    }
    if turns.is_empty() { Err(RecordProblem::NoAnswer) } else { Ok(turns) }
}
