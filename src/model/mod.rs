//! Vision-language models: checkpoints, devices, architectures, conversations.

mod attention;
mod cache;
pub mod conversation;
pub mod device;
pub mod error;
mod golden;
pub mod image_processor;
pub mod linear;
mod network;
pub mod norm;
pub mod qwen2_5_vl;
mod rotary;
pub mod save;
pub mod seeded;
mod trie;
pub mod weights;

pub use error::{DeviceError, ModelError};
