//! Engines on other machines: a server that speaks OpenAI's protocol for chats, as vLLM, llama.cpp and Ollama do, answers in the
//! local model's place. Only here does a picture leave this machine, and only for the address that the user has named.

mod address;
mod ask;
mod error;
mod events;
mod said;
#[cfg(test)]
mod tests;

pub use address::Server;
pub use ask::{Question, Turn};
pub use error::ServerError;
pub use said::{Alternative, Finish, Said, SaidToken};
