//! A checkpoint's own chat template, a Jinja text that turns messages into the prompt the model was trained on.
//!
//! Templates call Python's string methods, so minijinja's `pycompat` answers those; everything else in them is data.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    time::SystemTime,
};

use minijinja::{Environment, Error, ErrorKind, context, syntax::SyntaxConfig, value::Value};
use minijinja_contrib::pycompat::unknown_method_callback;
use serde_json::Value as Json;

use super::left_out::LeftOut;
use super::template_functions::{format_time, to_json};

const NAME: &str = "chat_template";

/// Stands in a rendered prompt for each [`Content::Answer`]: one of the code points that are no characters and stand in no
/// text.
pub(super) const ANSWER: char = '\u{FDD1}';

/// Larger files are not what they are called; tokenizer_config.json with thousands of added tokens has under 2 MB.
const MAX_BYTES: u64 = 32 << 20;

/// A template that has not come to its end after so many instructions is stopped.
const MAX_STEPS: u64 = 10_000_000;

/// What a checkpoint's chat template does wrong.
#[derive(Debug, thiserror::Error)]
pub enum ChatError {
    /// No file of the checkpoint holds a template.
    #[error("{0} has no chat template (tokenizer_config.json or chat_template.jinja): download the checkpoint again")]
    Missing(PathBuf),
    /// A file cannot be read or parsed.
    #[error("{path} is damaged ({reason}): download it again")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        reason: String,
    },
    /// The template is no Jinja that is known.
    #[error("{path}: its chat template cannot be understood ({reason}): get the model again, or in another form")]
    Unclear {
        /// The file that holds it.
        path: PathBuf,
        /// What is not understood, and in which line of the template.
        reason: String,
    },
    /// The template refuses these messages.
    #[error("the chat template of the checkpoint cannot write this conversation: {0}")]
    Render(String),
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// What the model is told to be.
    System,
    /// Who asks.
    User,
    /// The model.
    Assistant,
}

/// A part of a message.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// The next of the prompt's pictures.
    Picture,
    /// Words.
    Text(String),
    /// What the model said, in its own tokens: written again from its text, they might be others.
    Answer(Vec<u32>),
}

/// One turn of a conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said, in order.
    pub content: Vec<Content>,
}

impl Role {
    fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }
}

impl Content {
    fn to_value(&self) -> Value {
        match self {
            Self::Picture => Value::from_pairs([("type", "image")]),
            Self::Text(text) => Value::from_pairs([("type", "text"), ("text", text.as_str())]),
            Self::Answer(_) => Value::from_pairs([("type", "text"), ("text", &*ANSWER.to_string())]),
        }
    }
}

/// The chat template of a checkpoint.
#[derive(Debug)]
pub struct ChatTemplate {
    environment: Environment<'static>,
    special_tokens: Vec<(&'static str, String)>,
    /// Whether a turn may be a list of parts; text-only templates know nothing but strings.
    takes_parts: bool,
}

/// What a checkpoint's folder says of its template.
struct Found {
    /// The file that holds it, or would.
    path: PathBuf,
    source: Option<String>,
    /// What tokenizer_config.json says.
    config: Json,
}

impl ChatTemplate {
    /// Finds the template in chat_template.jinja, chat_template.json or tokenizer_config.json, as transformers does.
    pub fn from_dir(directory: &Path) -> Result<Self, ChatError> {
        let found = Self::find(directory)?;
        let source = found.source.as_deref().ok_or_else(|| ChatError::Missing(directory.to_owned()))?;
        Self::from_text(&found.path, source, &found.config)
    }

    /// As [`Self::from_dir`], with the architecture's own template where the checkpoint brings none.
    pub(super) fn from_dir_or(
        directory: &Path,
        otherwise: &str,
        left_out: &mut Vec<LeftOut>,
    ) -> Result<Self, ChatError> {
        let found = Self::find(directory)?;
        left_out.extend(found.source.is_none().then_some(LeftOut::ChatTemplate));
        Self::from_text(&found.path, found.source.as_deref().unwrap_or(otherwise), &found.config)
    }

    /// The template as the checkpoint brings it, where it brings one.
    pub(super) fn source(directory: &Path) -> Result<Option<String>, ChatError> {
        Ok(Self::find(directory)?.source)
    }

    fn find(directory: &Path) -> Result<Found, ChatError> {
        let config_path = directory.join("tokenizer_config.json");
        let config = read_json(&config_path)?.unwrap_or(Json::Null);
        let jinja = directory.join("chat_template.jinja");
        let (path, source) = if jinja.is_file() {
            let text = read_bounded(&jinja).and_then(|bytes| String::from_utf8(bytes).map_err(std::io::Error::other));
            let damaged = |error: std::io::Error| ChatError::Damaged { path: jinja.clone(), reason: error.to_string() };
            (jinja.clone(), Some(text.map_err(damaged)?))
        } else {
            let path = directory.join("chat_template.json");
            match read_json(&path)? {
                Some(separate) => (path, template_in(&separate["chat_template"])),
                None => (config_path, template_in(&config["chat_template"])),
            }
        };
        Ok(Found { path, source, config })
    }

    /// The template that `path` holds, with its special tokens as tokenizer_config.json names them.
    pub(super) fn from_text(path: &Path, source: &str, tokens: &Json) -> Result<Self, ChatError> {
        let unclear = |error: Error| ChatError::Unclear { path: path.to_owned(), reason: one_line(&error) };
        Self::new(source, tokens).map_err(unclear)
    }

    fn new(source: &str, config: &Json) -> Result<Self, Error> {
        let takes_parts = ["'type'", "\"type\"", ".type"].iter().any(|mark| source.contains(mark));
        let mut environment = environment()?;
        environment.add_template_owned(NAME, without_generation_blocks(source))?;
        let token = |name: &'static str| match &config[name] {
            Json::Object(token) => Some((name, token.get("content")?.as_str()?.to_owned())),
            other => Some((name, other.as_str()?.to_owned())),
        };
        let special_tokens =
            ["bos_token", "eos_token", "pad_token", "unk_token"].into_iter().filter_map(token).collect();
        Ok(Self { environment, special_tokens, takes_parts })
    }

    /// The prompt of a conversation, with the opening of the model's own turn if it is to speak next.
    pub fn render(&self, messages: &[Message], add_generation_prompt: bool) -> Result<String, ChatError> {
        let has_picture = messages.iter().any(|message| message.content.contains(&Content::Picture));
        if has_picture && !self.takes_parts {
            let words_alone = "it takes words alone; choose a vision-language model, or if this is one, put the \
                               chat_template.json or chat_template.jinja that was released with it in its folder";
            return Err(ChatError::Render(words_alone.to_owned()));
        }
        let messages: Vec<Value> = messages.iter().map(|message| self.turn(message)).collect();
        let tokens = Value::from_pairs(self.special_tokens.iter().map(|(name, token)| (*name, token.as_str())));
        let values = context! { messages, add_generation_prompt, ..tokens };
        let rendered = self.environment.get_template(NAME).and_then(|template| template.render(values));
        rendered.map_err(|error| ChatError::Render(one_line(&error)))
    }

    fn turn(&self, message: &Message) -> Value {
        let content = if self.takes_parts {
            message.content.iter().map(Content::to_value).collect()
        } else {
            let words = message.content.iter().filter_map(|part| match part {
                Content::Text(text) => Some(text.clone()),
                Content::Answer(_) => Some(ANSWER.to_string()),
                Content::Picture => None,
            });
            Value::from(words.collect::<Vec<_>>().join("\n"))
        };
        Value::from_pairs([("role", Value::from(message.role.as_str())), ("content", content)])
    }
}

/// Training marks the model's own words by `{% generation %}`, which Jinja does not know: here a block that is always taken.
fn without_generation_blocks(source: &str) -> String {
    let mut plain = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(start) = rest.find("{%") {
        let end = rest[start..].find("%}").map_or(rest.len(), |end| start + end + 2);
        let (before, tag) = (&rest[..start], &rest[start..end]);
        plain.push_str(before);
        match tag.trim_matches(['{', '%', '}', '-', '+', ' ', '\t', '\n']) {
            word @ ("generation" | "endgeneration") => {
                let jinja = if word == "generation" { "if true" } else { "endif" };
                plain.push_str(&tag.replacen(word, jinja, 1));
            }
            _ => plain.push_str(tag),
        }
        rest = &rest[end..];
    }
    plain + rest
}

/// Jinja as transformers sets it up for chat templates.
fn environment() -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.set_fuel(Some(MAX_STEPS));
    environment.set_unknown_method_callback(unknown_method_callback);
    environment.add_function("raise_exception", |reason: String| -> Result<String, Error> {
        Err(Error::new(ErrorKind::InvalidOperation, reason))
    });
    environment.add_function("strftime_now", |format: String| format_time(&format, SystemTime::now()));
    environment.add_filter("tojson", to_json);
    Ok(environment)
}

/// A template is a text, or a list of named ones of which `default` is meant.
fn template_in(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Array(named) => {
            let default = named.iter().find(|one| one["name"] == "default").or(named.first())?;
            default["template"].as_str().map(str::to_owned)
        }
        _ => None,
    }
}

fn read_json(path: &Path) -> Result<Option<Json>, ChatError> {
    let damaged = |reason: String| ChatError::Damaged { path: path.to_owned(), reason };
    match read_bounded(path) {
        Ok(text) => serde_json::from_slice(&text).map(Some).map_err(|error| damaged(error.to_string())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(damaged(error.to_string())),
    }
}

fn read_bounded(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(std::io::Error::other("it is larger than any such file"));
    }
    Ok(bytes)
}

fn one_line(error: &Error) -> String {
    error.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(role: Role, content: Vec<Content>) -> Message {
        Message { role, content }
    }

    fn template(source: &str) -> ChatTemplate {
        ChatTemplate::new(source, &json!({"bos_token": {"content": "<s>"}, "eos_token": "</s>"})).unwrap()
    }

    #[test]
    fn python_string_methods_and_special_tokens_work() {
        let template = template(
            "{{ bos_token }}{% for m in messages %}{{ m.role.upper() }}{% for p in m['content'] %}{{ p.type }}:\
             {{ p.text.strip() if 'text' in p }};{% endfor %}{{ eos_token }}{% endfor %}",
        );
        let question = said(Role::User, vec![Content::Picture, Content::Text("where?".into())]);
        let answer = said(Role::Assistant, vec![Content::Text(" here ".into())]);
        assert_eq!(
            template.render(&[question, answer], false).unwrap(),
            "<s>USERimage:;text:where?;</s>ASSISTANTtext:here;</s>"
        );
    }

    /// The shape of the released Qwen2-VL family's template: a default system turn, pictures counted or not, parts.
    #[test]
    fn a_template_with_a_default_system_turn_pictures_and_loops() {
        let template = template(concat!(
            "{% set image_count = namespace(value=0) %}{% for message in messages %}",
            "{% if loop.first and message['role'] != 'system' %}<|im_start|>system\nBe brief.<|im_end|>\n{% endif %}",
            "<|im_start|>{{ message['role'] }}\n",
            "{% if message['content'] is string %}{{ message['content'] }}<|im_end|>\n",
            "{% else %}{% for content in message['content'] %}",
            "{% if content['type'] == 'image' or 'image' in content or 'image_url' in content %}",
            "{% set image_count.value = image_count.value + 1 %}",
            "{% if add_vision_id %}Picture {{ image_count.value }}: {% endif %}<|vision_start|><|image_pad|><|vision_end|>",
            "{% elif 'text' in content %}{{ content['text'] }}{% endif %}{% endfor %}<|im_end|>\n{% endif %}",
            "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}",
        ));
        let question = said(Role::User, vec![Content::Picture, Content::Picture, Content::Text("Where?".into())]);
        let picture = "<|vision_start|><|image_pad|><|vision_end|>";
        assert_eq!(
            template.render(&[question], true).unwrap(),
            format!(
                "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n{picture}{picture}Where?<|im_end|>\n\
                 <|im_start|>assistant\n"
            )
        );
    }

    #[test]
    fn a_text_only_template_gets_strings_and_refuses_pictures() {
        let template = template("{% for m in messages %}{{ m['content'].strip() }}|{% endfor %}");
        let words = said(Role::User, vec![Content::Text(" a ".into())]);
        assert_eq!(template.render(std::slice::from_ref(&words), false).unwrap(), "a|");
        let seen = said(Role::User, vec![Content::Picture]);
        assert!(template.render(&[words, seen], false).is_err());
    }

    #[test]
    fn what_transformers_adds_to_jinja_is_there() {
        let template = template(concat!(
            "{{ {'b': 'é<', 'a': [1, none, true]} | tojson }}{% for i in range(9) %}{% if i == 2 %}{% break %}{% endif %}",
            "{{ i }}{% endfor %}{{ strftime_now('%Y') | length }}"
        ));
        let text = template.render(&[], false).unwrap();
        assert!(text.contains("\"b\": \"é<\"") && text.contains("\"a\": [1, null, true]"), "{text}");
        assert!(text.ends_with("014"), "{text}");
    }

    #[test]
    fn blocks_that_mark_the_models_words_for_training_change_nothing() {
        let marked = "{% for m in messages %}\n<{%- generation %}\n{{ m.role }} {%endgeneration-%}  >{% endfor %}";
        let plain = "{% for m in messages %}\n<{%- if true %}\n{{ m.role }} {%endif-%}  >{% endfor %}";
        let words = [said(Role::User, vec![Content::Text("a".into())])];
        let rendered = template(marked).render(&words, false).unwrap();
        assert_eq!(rendered, template(plain).render(&words, false).unwrap());
        assert_eq!(rendered, "<user >");
    }

    #[test]
    fn an_architectures_own_template_serves_where_the_checkpoint_brings_none() {
        let folder = tempfile::tempdir().unwrap();
        let rendered = || {
            let mut left_out = Vec::new();
            let template = ChatTemplate::from_dir_or(folder.path(), "own", &mut left_out).unwrap();
            (template.render(&[], true).unwrap(), left_out)
        };
        assert_eq!(rendered(), ("own".to_owned(), vec![LeftOut::ChatTemplate]));
        std::fs::write(folder.path().join("chat_template.jinja"), "brought").unwrap();
        assert_eq!(rendered(), ("brought".to_owned(), vec![]));
    }

    #[test]
    fn a_template_that_refuses_is_heard_and_one_that_never_ends_is_stopped() {
        let refusing = template("{{ raise_exception('roles must alternate') }}");
        assert!(refusing.render(&[], true).unwrap_err().to_string().contains("roles must alternate"));
        let endless = template("{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}");
        assert!(endless.render(&[], true).is_err());
    }

    #[test]
    fn a_template_is_found_where_the_hub_puts_it() {
        let folder = tempfile::tempdir().unwrap();
        let missing = ChatTemplate::from_dir(folder.path()).unwrap_err();
        assert!(matches!(missing, ChatError::Missing(_)));
        let named =
            json!({"chat_template": [{"name": "tools", "template": "no"}, {"name": "default", "template": "yes"}]});
        std::fs::write(folder.path().join("tokenizer_config.json"), named.to_string()).unwrap();
        assert_eq!(ChatTemplate::from_dir(folder.path()).unwrap().render(&[], true).unwrap(), "yes");
        std::fs::write(folder.path().join("chat_template.jinja"), "separate").unwrap();
        assert_eq!(ChatTemplate::from_dir(folder.path()).unwrap().render(&[], true).unwrap(), "separate");
        std::fs::write(folder.path().join("chat_template.jinja"), "{% for %}").unwrap();
        let damaged = ChatTemplate::from_dir(folder.path()).unwrap_err().to_string();
        assert!(damaged.contains("chat_template.jinja"), "{damaged}");
    }

    #[test]
    fn a_tag_that_nobody_knows_is_named_in_one_line() {
        let folder = tempfile::tempdir().unwrap();
        let open = |template: &str| {
            std::fs::write(folder.path().join("chat_template.jinja"), template).unwrap();
            ChatTemplate::from_dir_or(folder.path(), "own", &mut Vec::new())
        };
        for (template, tag, line) in [
            ("{% generation %}a{% endgeneration %}\n{%- teleport x %}", "teleport", 2),
            ("{% endthink %}", "endthink", 1),
        ] {
            let said = open(template).unwrap_err().to_string();
            assert!(said.contains("chat_template.jinja: its chat template cannot be understood"), "{said}");
            assert!(said.contains(&format!("unknown statement {tag}")) && !said.contains('\n'), "{said}");
            assert!(said.contains(&format!("(in chat_template:{line})")), "{said}");
        }
        assert_eq!(open("{% generation %}a{% endgeneration %}").unwrap().render(&[], false).unwrap(), "a");
    }
}
