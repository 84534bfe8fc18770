//! Preparation alone; the model's branch brings the rest.

pub mod chat;
pub mod image_processor;
pub mod sampling;
mod template_functions;
pub mod tokenizer;
