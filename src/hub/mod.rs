//! Models: which there are to fetch, how they come from the hub and are checked, which lie on this machine already, and
//! whether one fits into its memory. Nothing here opens a connection unless [`pull`] is called, and nobody calls that while
//! the user forbids the network.

mod access;
mod address;
mod catalogue;
mod connection;
mod error;
mod fetch;
mod fit;
mod gone;
mod import;
mod inside;
mod listing;
mod memory;
mod patience;
mod pull;
mod question;
mod rate;
mod record;
mod remove;
mod shelf;
mod space;
mod sum;
#[cfg(test)]
mod tests;
mod token;

pub use access::{Access, TokenFrom, forget_token, keep_token};
pub use address::{HOST, Hub};
pub use catalogue::{Catalogue, Figure, Offer, OfferedFile};
pub use error::HubError;
pub use fit::{Fit, Verdict, advised};
pub use import::import;
pub use memory::{DeviceMemory, MachineMemory, device_memories, own_memory};
pub use patience::Patience;
pub use pull::{Progress, Pulling, is_begun, pull};
pub use question::{asked_as_known, question_elsewhere};
pub use rate::Rate;
pub use record::{Check, verify};
pub use remove::{forget_parts, remove};
pub use shelf::{Keeper, Shelved, hub_cache, models_folder, shelf};
pub use token::Token;
