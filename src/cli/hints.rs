//! `--hint`: what whoever asks knows of a picture, in words.

use std::sync::Arc;

use clap::Args;

use super::{Failure, output::complain};
use crate::{
    assets,
    knowledge::clues::Clues,
    predict::{
        evidence::Piece,
        hint::{Understood, ticked, understand},
    },
    words,
};

/// What is known of the pictures, in words.
#[derive(Debug, Default, Args)]
pub(super) struct HintArguments {
    /// What you know of the place, in words: "not Russia", "near Lyon", "the sign says Apotheke", "they drive on the left"
    #[arg(long, value_name = "TEXT")]
    hint: Vec<String>,
    /// A clue of the knowledge that you see, by its id: driving_side-left, or not:driving_side-left
    #[arg(long, value_name = "ID")]
    clue: Vec<String>,
}

impl HintArguments {
    /// The pieces of evidence that they are. A hint of which nothing is understood is a failure; where a part is not, that is
    /// said and the rest counts.
    pub(super) fn pieces(&self, clues: &Clues) -> Result<Vec<Piece>, Failure> {
        let mut pieces: Vec<Piece> = Vec::new();
        for id in &self.clue {
            let piece = clue_of(id, clues).map_err(Failure::new)?;
            pieces.retain(|other| other.evidence.id != piece.evidence.id);
            pieces.push(piece);
        }
        for text in &self.hint {
            let mut n_understood = 0;
            let mut unclear = None;
            for understood in understand(text, clues) {
                match understood {
                    // The same said again is the same piece, as it was said last.
                    Understood::Evidence(piece) => {
                        pieces.retain(|other| other.evidence.id != piece.evidence.id);
                        pieces.push(*piece);
                        n_understood += 1;
                    }
                    Understood::Question(_) => {
                        return Err(Failure::new(format!(
                            "--hint '{text}': this is a question; ask it in the window, or state what you know"
                        )));
                    }
                    Understood::Not(what) => unclear = Some(words::unclear(&what)),
                }
            }
            match unclear {
                _ if n_understood == 0 => {
                    return Err(Failure::new(format!(
                        "--hint '{text}' is not understood; say it as 'not in Russia' or 'near Lyon'"
                    )));
                }
                Some(unclear) => complain(format!("--hint: {unclear}")),
                None => {}
            }
        }
        Ok(pieces)
    }
}

/// The shipped clues and the user's own; a file of own ones that is damaged is named, and those are left out.
pub(super) fn clues_at_hand() -> Arc<Clues> {
    let own = match assets::home() {
        Ok(home) => assets::own_clues(&home).unwrap_or_else(|error| {
            complain(&error);
            Vec::new()
        }),
        Err(_) => Vec::new(),
    };
    Clues::with_own(&own)
}

/// The piece of a clue of the knowledge, or what else may have been meant.
fn clue_of(named: &str, clues: &Clues) -> Result<Piece, String> {
    let (id, is_so) = named.strip_prefix("not:").map_or((named, true), |id| (id, false));
    if let Some(record) = clues.record(id) {
        return Ok(ticked(record, is_so));
    }
    let alike: Vec<&str> = clues.search(id, 3).into_iter().map(|record| record.id.as_str()).collect();
    Err(match alike.as_slice() {
        [] => format!("--clue '{named}': no clue has this id; the Clues page of the window lists them"),
        alike => format!("--clue '{named}': no clue has this id; there are {}", alike.join(", ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::clues::shipped_clues;

    #[test]
    fn a_clue_is_named_by_its_id_and_what_is_like_it_is_offered() {
        let id = |named: &str| clue_of(named, shipped_clues()).map(|piece| piece.evidence.id);
        assert_eq!(id("driving_side-left").ok().as_deref(), Some("hint-driving_side-left"));
        assert_eq!(id("not:driving_side-left").ok().as_deref(), Some("hint-not-driving_side-left"));
        let error = |named: &str| id(named).err().unwrap_or_default();
        assert!(error("driving left").contains("there are driving_side-left"), "{}", error("driving left"));
        assert!(error("qqqq").contains("no clue has this id"));
    }
}
