//! How much a picture can tell of where it was taken (GeoReasoner, Li et al., ICML 2024): the score from a segmentation,
//! what it is made of, and the picture's own map of where that comes from; class weights derived from clue texts; and the
//! fast network that predicts the score without a segmentation.

mod clues;
mod compare;
mod derive;
mod heatmap;
mod judge;
mod network;
mod rater;
mod score;

pub use clues::{CluesError, read_clues};
pub use compare::{ClassRow, Comparison, compare, spearman};
pub use derive::{DEFAULT_THRESHOLD, DeriveError, derive_weights};
pub use heatmap::{ColorMap, Heatmap};
pub use judge::{Judge, Judged};
pub(crate) use network::{HeadFacts, LocatabilityHead, save_head};
pub use network::{HeldOut, LocatabilityNetwork};
pub use rater::{NoScore, Rater};
pub use score::{ClassPart, Score};
