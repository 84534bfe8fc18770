//! How much a picture can say about where it was taken: class weights derived from clue texts and compared with the
//! published ones, and the fast network that predicts the score without a segmentation.

mod clues;
mod compare;
mod derive;
mod network;

pub use clues::{CluesError, read_clues};
pub use compare::{Comparison, Row, compare, spearman};
pub use derive::{DEFAULT_THRESHOLD, DeriveError, derive_weights};
pub(crate) use network::{HeadFacts, LocatabilityHead, save_head};
pub use network::{HeldOut, LocatabilityNetwork};
