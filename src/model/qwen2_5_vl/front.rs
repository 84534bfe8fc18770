//! From messages and pictures to Qwen2.5-VL's tokens, and what its checkpoints may leave out.

use super::config::Config;
use crate::model::error::ModelError;
use crate::model::front::Front;
use crate::model::origin::Origin;

/// The conversation as the family was trained on it (ChatML, <https://arxiv.org/abs/2502.13923>, section 2.2.2): a system
/// turn that is there even when nobody gave one, and each picture's placeholder between its two marks.
pub(crate) const TEMPLATE: &str = concat!(
    "{%- for message in messages -%}",
    "{%- if loop.first and message.role != 'system' -%}",
    "{{ '<|im_start|>system\\nYou are a helpful assistant.<|im_end|>\\n' }}",
    "{%- endif -%}",
    "{{ '<|im_start|>' + message.role + '\\n' }}",
    "{%- for part in message.content -%}",
    "{%- if part.type == 'image' -%}{{ '<|vision_start|><|image_pad|><|vision_end|>' }}",
    "{%- else -%}{{ part.text }}{%- endif -%}",
    "{%- endfor -%}",
    "{{ '<|im_end|>\\n' }}",
    "{%- endfor -%}",
    "{%- if add_generation_prompt -%}{{ '<|im_start|>assistant\\n' }}{%- endif -%}",
);

/// Tokens that end an answer where no file names any.
pub(crate) const END_TOKENS: [&str; 2] = ["<|im_end|>", "<|endoftext|>"];

/// What stands in a template where a picture is.
const PICTURE: &str = "<|image_pad|>";

/// Opens what stands beside the weights of a model of this shape.
pub(super) fn open(origin: &Origin, config: &Config) -> Result<Front, ModelError> {
    let mut left_out = Vec::new();
    let tokenizer = origin.tokenizer(&mut left_out)?;
    if let Some(token) = tokenizer.token_id(PICTURE).filter(|&token| token != config.image_token) {
        let reason = format!("'image_token_id' is {}, and the tokenizer's '{PICTURE}' is {token}", config.image_token);
        return Err(ModelError::Config { path: origin.path.clone(), reason });
    }
    let sizes = [config.vision.patch, config.vision.frames, config.vision.merge];
    Ok(Front {
        template: origin.template(TEMPLATE, &mut left_out)?,
        processor: Box::new(origin.image_processor(sizes, &mut left_out)?),
        end_tokens: origin.end_tokens(&tokenizer, &END_TOKENS)?,
        repetition_penalty: origin.repetition_penalty()?,
        tokenizer,
        left_out,
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::model::chat::{ChatTemplate, Content, Message, Role};

    /// The reference checkpoint brings the released family's template.
    #[test]
    fn the_own_template_writes_what_the_released_one_writes() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/qwen2_5_vl/untied");
        let released = ChatTemplate::from_dir(&folder).unwrap();
        let bare = tempfile::tempdir().unwrap();
        let own = ChatTemplate::from_dir_or(bare.path(), TEMPLATE, &mut Vec::new()).unwrap();
        let said = |role, content: &[Content]| Message { role, content: content.to_vec() };
        let text = |text: &str| Content::Text(text.to_owned());
        let question = said(Role::User, &[Content::Picture, text(" Where?\n"), Content::Picture]);
        let talk = [
            said(Role::System, &[text("Be brief.")]),
            question.clone(),
            said(Role::Assistant, &[text("Oslo")]),
            said(Role::User, &[text("Why?")]),
        ];
        for messages in [&talk[..], &talk[1..], &[question]] {
            for speaks in [true, false] {
                assert_eq!(own.render(messages, speaks).unwrap(), released.render(messages, speaks).unwrap());
            }
        }
    }
}
