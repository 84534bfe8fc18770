//! LoRA adapters as files: read as PEFT writes them and found their layers in a model, begun, and written.

mod adapted;
mod error;
mod fresh;
mod merge;
mod names;
mod opened;
#[cfg(test)]
mod tests;
mod write;

pub use adapted::Adapted;
pub use error::LoraProblem;
pub(super) use fresh::fresh;
pub use merge::merge;
pub(super) use merge::merged;
pub use opened::{LoraChoice, LoraFacts};
pub use write::{LoraSettings, save_lora};
