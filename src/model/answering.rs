//! The answer of a network that is at hand without its front, in tokens: what a model says in the middle of its training.

use std::ops::ControlFlow;

use burn::module::Module as _;

use super::compute::ComputeDevice;
use super::context::Context;
use super::conversation::{Reader, TokenPrompt, Wanted};
use super::error::ModelError;
use super::patches::Patches;
use super::qwen2_5_vl::Qwen25Vl;

/// The likeliest tokens after `prompt`, in which a picture's placeholder stands once for each of its tokens: at most `most`
/// of them, without the `end` token.
pub fn answer_tokens(
    model: &Qwen25Vl,
    device: &ComputeDevice,
    prompt: &[u32],
    picture: &Patches,
    (end, most): (u32, usize),
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
    while answer.len() < most {
        let Some(token) = context.best().filter(|token| *token != end) else { break };
        answer.push(token);
        if answer.len() == most || context.room() == 0 {
            break;
        }
        reader.extend(&mut context, &[token], Wanted::Best)?;
    }
    Ok(answer)
}
