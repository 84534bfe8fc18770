//! The evidence of a picture: that of its answer, or what the user has said before there is one.

use super::Entry;
use crate::predict::{Weighing, evidence::Piece, finding::Evidence};

impl Entry {
    /// The evidence of the answer, or what was said before there was one, with the switches and strengths as the user has
    /// set them.
    pub fn evidence(&self) -> &[Evidence] {
        self.answer().map_or(&self.early.evidence, |(_, run)| run.evidence())
    }

    /// What it is weighed from, or will be; none where an older session did not keep it, so that nothing can be added.
    pub fn weighing(&self) -> Option<&Weighing> {
        match self.answer() {
            Some((_, run)) => run.wanted_weighing().map(AsRef::as_ref),
            None => Some(&self.early.weighing),
        }
    }

    /// The pieces that the user has added.
    pub fn own(&self) -> &[Piece] {
        self.weighing().map_or(&[], |weighing| &weighing.own)
    }

    /// Whether the user's evidence can be added to it.
    pub fn takes_evidence(&self) -> bool {
        (self.picture.is_ok() || !self.runs.is_empty()) && self.weighing().is_some()
    }

    /// Whether its places are being ranked anew.
    pub fn is_ranking(&self) -> bool {
        self.answer().is_some_and(|(_, run)| run.is_ranking())
    }
}
