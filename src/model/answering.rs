//! The answer of a network that is at hand without its front, in tokens: what a model says in the middle of its training.

use std::ops::ControlFlow;

use burn::module::Module as _;

use super::compute::ComputeDevice;
use super::context::Context;
use super::conversation::{Reader, TokenPrompt, Wanted};
use super::error::ModelError;
use super::patches::Patches;
use super::qwen2_5_vl::Qwen25Vl;
use super::sampling::{best, penalised};

/// What an answer keeps to.
#[derive(Debug, Clone, Copy)]
pub struct AnswerRules {
    /// The token that ends it.
    pub end: u32,
    /// Tokens at most.
    pub most: usize,
    /// See [`super::Facts`].
    pub repetition_penalty: f32,
}

/// The likeliest tokens after `prompt`, in which a picture's placeholder stands once for each of its tokens; without the one
/// that ends them.
pub fn answer_tokens(
    model: &Qwen25Vl,
    device: &ComputeDevice,
    prompt: &[u32],
    picture: &Patches,
    AnswerRules { end, most, repetition_penalty }: AnswerRules,
) -> Result<Vec<u32>, ModelError> {
    let reader = Reader {
        network: Box::new(model.valid()),
        device: device.clone(),
        name: "the model in training".to_owned(),
        lately: std::sync::Mutex::default(),
    };
    let mut context = Context::new(reader.network.new_cache());
    let prompt = TokenPrompt { tokens: prompt, pictures: std::slice::from_ref(picture) };
    reader.read(&mut context, prompt, &mut |_| ControlFlow::Continue(()))?;
    let mut answer = Vec::new();
    // Only the best score of all as they are is found on the device.
    let wanted = if repetition_penalty == 1.0 { Wanted::Best } else { Wanted::Scores };
    let next = |context: &Context| match wanted {
        Wanted::Best => context.best(),
        _ => Some(best(&penalised(context.next_logits(), context.tokens(), repetition_penalty)) as u32),
    };
    while answer.len() < most {
        let Some(token) = next(&context).filter(|token| *token != end) else { break };
        answer.push(token);
        if answer.len() == most || context.room() == 0 {
            break;
        }
        reader.extend(&mut context, &[token], wanted)?;
    }
    Ok(answer)
}
