//! `--hint`: what whoever asks knows of a picture, in words.

use clap::Args;

use super::{Failure, output::complain};
use crate::{
    assets,
    knowledge::clues::Clues,
    predict::{
        evidence::Piece,
        hint::{Understood, understand},
    },
    words,
};

/// What is known of the pictures, in words.
#[derive(Debug, Default, Args)]
pub(super) struct HintArguments {
    /// What you know of the place, in words: "not Russia", "near Lyon", "the sign says Apotheke", "they drive on the left"
    #[arg(long, value_name = "TEXT")]
    hint: Vec<String>,
}

impl HintArguments {
    /// The pieces of evidence that they are. A hint of which nothing is understood is a failure; where a part is not, that is
    /// said and the rest counts.
    pub(super) fn pieces(&self) -> Result<Vec<Piece>, Failure> {
        if self.hint.is_empty() {
            return Ok(Vec::new());
        }
        let own = match assets::home() {
            Ok(home) => assets::own_clues(&home).unwrap_or_else(|error| {
                complain(&error);
                Vec::new()
            }),
            Err(_) => Vec::new(),
        };
        let clues = Clues::with_own(&own);
        let mut pieces: Vec<Piece> = Vec::new();
        for text in &self.hint {
            let mut n_understood = 0;
            let mut unclear = None;
            for understood in understand(text, &clues) {
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
