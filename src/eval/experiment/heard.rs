//! What a hint's sentence comes to as evidence.

use crate::{
    knowledge::clues::shipped_clues,
    predict::{
        evidence::Piece,
        hint::{Understood, understand},
    },
};

/// The pieces of evidence of a hint, as they come of a user's; none where it is not understood.
pub fn hear(text: &str) -> Vec<Piece> {
    let piece = |part| match part {
        Understood::Evidence(piece) => Some(*piece),
        Understood::Question(_) | Understood::Not(_) => None,
    };
    understand(text, shipped_clues()).into_iter().filter_map(piece).collect()
}
