//! The answer of a network that is at hand without its front, in tokens: what a model says in the middle of its training.

use std::ops::ControlFlow;

use burn::module::Module as _;

use super::compute::ComputeDevice;
use super::context::Context;
use super::conversation::{Reader, TokenPrompt};
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
    let mut keep = |token: u32| {
        let goes_on = token != end;
        answer.extend(goes_on.then_some(token));
        if goes_on { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    let mut pick =
        |context: &Context| best(&penalised(context.next_logits(), context.tokens(), repetition_penalty)) as u32;
    // Only the best score of all as they are is found on the device.
    match repetition_penalty {
        1.0 => reader.follow_best(&mut context, most, &mut keep)?,
        _ => reader.follow(&mut context, most, &mut pick, &mut keep)?,
    }
    Ok(answer)
}
