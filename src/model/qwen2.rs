//! Qwen2 and Qwen2.5, which read words alone (<https://arxiv.org/abs/2412.15115>): the decoder of
//! [`super::qwen2_5_vl`] without a vision tower.

use std::ops::ControlFlow;

use burn::tensor::Tensor;
use image::RgbImage;
use serde_json::{Value, json};

use super::attention::Mask;
use super::cache::{Cache, Memory};
use super::compute::ComputeDevice;
use super::error::ModelError;
use super::front::Front;
use super::network::{Chunk, GoOn, Network, Opened};
use super::origin::Origin;
use super::patches::{Patches, PictureProcessor, ProcessorError};
use super::qwen2_5_vl::{END_TOKENS, TEMPLATE, TextConfig, TextModel};

/// The names that config.json gives this architecture.
pub(crate) const NAMES: [&str; 2] = ["Qwen2ForCausalLM", "qwen2"];

/// A decoder.
#[derive(Debug)]
struct Qwen2 {
    language: TextModel,
    config: TextConfig,
}

/// Stands where other architectures prepare pictures.
#[derive(Debug)]
struct NoPictures;

impl PictureProcessor for NoPictures {
    fn patches(&self, _: &RgbImage, _: usize) -> Result<Patches, ProcessorError> {
        Err(ProcessorError::NoEyes)
    }

    fn most_tokens(&self) -> usize {
        0
    }

    fn pointing_size(&self, width: u32, height: u32, _: usize) -> (u32, u32) {
        (width, height)
    }
}

/// Opens a model for conversations.
pub(super) fn open(origin: &Origin, device: &ComputeDevice) -> Result<Opened, ModelError> {
    let config = TextConfig::from_json(&origin.path, &one_axis(&origin.config))?;
    let mut left_out = Vec::new();
    let tokenizer = origin.tokenizer(&mut left_out)?;
    let front = Front {
        template: origin.template(TEMPLATE, &mut left_out)?,
        processor: Box::new(NoPictures),
        end_tokens: origin.end_tokens(&tokenizer, &END_TOKENS)?,
        repetition_penalty: origin.repetition_penalty()?,
        tokenizer,
        left_out,
    };
    let source = origin.source(device, &[], &[config.layers()])?;
    let language = device.guard(|| TextModel::load(&source, &config))??;
    Ok(Opened { network: Box::new(Qwen2 { language, config }), front, source })
}

/// The configuration with all rotary frequencies on one axis, as words have but one position.
pub(super) fn one_axis(config: &Value) -> Value {
    let mut config = config.clone();
    let [width, heads] = ["hidden_size", "num_attention_heads"].map(|field| config[field].as_u64().unwrap_or(0));
    // transformers 5 says in `rope_parameters` what `rope_scaling` said before.
    let said = ["rope_parameters", "rope_scaling"].into_iter().find(|name| config[name].is_object());
    let mut rope = said.map_or_else(|| json!({}), |name| config[name].clone());
    rope["mrope_section"] = json!([width / heads.max(1) / 2, 0, 0]);
    config[said.unwrap_or("rope_scaling")] = rope;
    config
}

impl Network for Qwen2 {
    fn image_token(&self) -> u32 {
        u32::MAX
    }

    fn vocabulary(&self) -> usize {
        self.config.vocabulary
    }

    fn cells(&self, grid: [usize; 3]) -> usize {
        grid.iter().product()
    }

    fn patch_numbers(&self) -> usize {
        0
    }

    fn new_cache(&self) -> Cache {
        self.language.new_cache(&self.config)
    }

    fn form(&self) -> &'static str {
        self.language.form()
    }

    fn encode(&self, _: &Patches, _: GoOn<'_>) -> ControlFlow<(), Tensor<2>> {
        // Pictures are refused before: no prompt has a place for one.
        ControlFlow::Break(())
    }

    fn encode_steps(&self) -> usize {
        0
    }

    fn positions(&self, tokens: &[u32], _: &[[usize; 3]]) -> Result<Vec<[u32; 3]>, ModelError> {
        Ok((0..).take(tokens.len()).map(|position| [position; 3]).collect())
    }

    fn hidden(
        &self,
        chunk: &Chunk<'_>,
        mask: &Mask,
        memory: Memory<'_>,
        go_on: GoOn<'_>,
    ) -> ControlFlow<(), Tensor<2>> {
        self.language.read(self.language.embed(chunk.ids.clone()), chunk.positions, &self.config, mask, memory, go_on)
    }

    fn logits(&self, hidden: Tensor<2>) -> Tensor<2> {
        self.language.logits(hidden)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As transformers 4 writes Qwen2.5-0.5B, as it could, and as transformers 5 does.
    #[test]
    fn words_have_one_axis_wherever_the_configuration_speaks_of_rotation() {
        for rope in [
            json!({ "rope_theta": 2e6 }),
            json!({ "rope_theta": 2e6, "rope_scaling": { "rope_type": "default" } }),
            json!({ "rope_parameters": { "rope_type": "default", "rope_theta": 2e6 } }),
        ] {
            let mut config = json!({
                "hidden_act": "silu", "hidden_size": 896, "intermediate_size": 4864, "num_hidden_layers": 24,
                "num_attention_heads": 14, "num_key_value_heads": 2, "vocab_size": 151_936,
            });
            config.as_object_mut().unwrap().extend(rope.as_object().unwrap().clone());
            let read = TextConfig::from_json("config.json".as_ref(), &one_axis(&config)).unwrap();
            assert_eq!((read.mrope_section, read.rope_theta), ([32, 0, 0], 2e6), "{rope}");
        }
    }
}
