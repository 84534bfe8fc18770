//! Engines on other machines: a server that speaks OpenAI's protocol for chats, as vLLM, llama.cpp and Ollama do, answers in the
//! local model's place. Only here does a picture leave this machine, and only for the address that the user has named. What a
//! server says is text and numbers within bounds, which nothing obeys.

mod address;
mod ask;
mod error;
mod events;
mod hearing;
mod said;
#[cfg(test)]
pub(crate) mod stand_in;
#[cfg(test)]
mod tests;

pub use address::Server;
pub use ask::{Question, Turn};
pub use error::{ServerError, in_a_line};
pub use hearing::Watch;
pub use said::{Alternative, Finish, Said, SaidToken};
