//! What must be known about a model and its device.

use super::{bytes, duration};
use crate::{
    model::DeviceNote,
    predict::PromptNotRead,
    worker::{ModelNote, ModelSummary},
};

/// A sentence or two for what must be known about a model.
pub fn model_note(note: &ModelNote) -> String {
    match note {
        ModelNote::Device(DeviceNote::CpuInstead(refused)) => format!("{refused}. The CPU is used."),
        ModelNote::Device(DeviceNote::WrongInHalf { name, precision, test, difference }) => format!(
            "{name} computes wrongly in {precision} ({test} differs by {difference:.1e}), which is not used: update its driver"
        ),
        ModelNote::Elsewhere(host) => format!(
            "Each picture that is located from now on is sent to {host}, and so is what you ask the model about it, until you \
             choose another model or open another session."
        ),
        ModelNote::Unencrypted => {
            "The connection is not encrypted: others on the network can see what is sent.".to_owned()
        }
        ModelNote::Caution(text) => text.clone(),
        ModelNote::PromptNotRead(not_read) => prompt_not_read(not_read),
    }
}

/// What it takes to see a picture in so many tokens. The time was measured on the picture that was located last.
pub fn picture_cost(model: &ModelSummary, tokens: usize) -> String {
    let memory = bytes(model.picture_cost.bytes(tokens));
    match model.seconds_a_token {
        Some(seconds) => format!("about {} and {memory} of memory a picture", duration(seconds * tokens as f64)),
        None => format!("about {memory} of memory a picture; the time is known once one was located here"),
    }
}

/// That a model's wish for its prompt is not understood.
pub(super) fn prompt_not_read(PromptNotRead { file, cause }: &PromptNotRead) -> String {
    format!("{file}: not understood ({cause}); the usual prompt was used")
}
