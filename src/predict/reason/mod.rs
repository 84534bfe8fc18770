//! A model's reasons, taken apart into claims and held against what was found in the picture and what is known: a small
//! model's reasons are often such as a blind one would give that knows the answer, so each is supported, not found, not
//! checked, or contradicts the knowledge. A claim keeps the record that it names, so that it can be held again when the signs
//! are corrected.

mod hold;
mod meaning;
mod things;

pub use super::claim::{About, Claim, Reasons, Thing, Verdict};
pub use meaning::{Meanings, Meant};
pub use things::things;

use super::{
    answer::{Answer, Pointed},
    hint::{named_text, stated},
    sign::Sign,
};
use crate::knowledge::clues::Clues;

/// No more claims than this are taken from reasons.
const MOST_CLAIMS: usize = 100;

impl Reasons {
    /// What the reasons of an answer claim, held against the signs (none where no reader has looked) and the things in the
    /// picture; `pointed` is where the model says that they are.
    pub fn of(
        answer: &Answer,
        pointed: &[Pointed],
        signs: Option<&[Sign]>,
        things: Option<Vec<Thing>>,
        clues: &Clues,
    ) -> Self {
        let claims = answer.reasons.iter().enumerate().flat_map(|(reason, text)| {
            let places: Vec<[f32; 4]> =
                pointed.iter().filter(|place| place.reason == reason).map(Pointed::edges).collect();
            claims_of(text, clues).into_iter().map(move |(text, about)| Claim {
                reason,
                text,
                about,
                pointed: places.clone(),
                verdict: Verdict::NotChecked,
                places: Vec::new(),
            })
        });
        let reasons = Self {
            country: answer.country().map(|country| country.code),
            things,
            are_signs_read: signs.is_some(),
            claims: claims.take(MOST_CLAIMS).collect(),
        };
        reasons.held(signs.unwrap_or_default())
    }

    /// The same claims held against signs as they are now.
    #[must_use]
    pub fn held(&self, signs: &[Sign]) -> Self {
        let looked = hold::Looked {
            signs: self.are_signs_read.then_some(signs),
            things: self.things.as_deref(),
            country: self.country,
        };
        let held = |claim: &Claim| {
            let (verdict, places) = hold::held(&claim.about, looked);
            // Where the model points is where it claims to see it.
            let places = if claim.pointed.is_empty() { places } else { claim.pointed.clone() };
            Claim { verdict, places, ..claim.clone() }
        };
        Self { claims: self.claims.iter().map(held).collect(), ..self.clone() }
    }
}

/// The parts of a reason with what each is about; the whole of it where it names nothing that is known.
fn claims_of(reason: &str, clues: &Clues) -> Vec<(String, About)> {
    let on_signs = named_text(reason).into_iter().map(|said| (said.to_owned(), About::Sign(said.to_owned())));
    let named = stated(reason, clues).into_iter().map(|clue| {
        let about = About::Clue { record: Box::new(clue.record.clone()), is_so: clue.is_so, cosine: None };
        (clue.text.trim().to_owned(), about)
    });
    let all: Vec<(String, About)> = on_signs.chain(named).collect();
    if all.is_empty() { vec![(reason.trim().to_owned(), About::Unknown)] } else { all }
}

#[cfg(test)]
mod tests;
