//! What must be known about a model and its device.

use crate::{model::DeviceNote, predict::PromptNotRead, worker::ModelNote};

/// A sentence or two for what must be known about a model.
pub fn model_note(note: &ModelNote) -> String {
    match note {
        ModelNote::Device(DeviceNote::CpuInstead(refused)) => format!("{refused}. The CPU is used."),
        ModelNote::Device(DeviceNote::WrongInHalf { name, precision, test, difference }) => format!(
            "{name} computes wrongly in {precision} ({test} differs by {difference:.1e}), which is not used: update its driver"
        ),
        ModelNote::Caution(text) => text.clone(),
        ModelNote::PromptNotRead(not_read) => prompt_not_read(not_read),
    }
}

/// That a model's wish for its prompt is not understood.
pub(super) fn prompt_not_read(PromptNotRead { file, cause }: &PromptNotRead) -> String {
    format!("{file}: not understood ({cause}); the usual prompt was used")
}
