//! What a hint's sentence comes to as evidence.

use crate::{
    geo::country_named,
    predict::{
        evidence::{Likelihood, Piece},
        finding::{Evidence, EvidenceKind},
        statement::{Source, Statement},
    },
};

/// How far a hint is believed.
const STRENGTH: f64 = 0.9;
/// How much likelier it is to be given in the country that it names than elsewhere, as far as it is believed: the bound of
/// what is judged and not counted.
const RATIO: f64 = 20.0;

/// The piece of evidence of a sentence "It is in France."; none where it names no country.
pub fn hear(text: &str) -> Vec<Piece> {
    let name = text.trim_end_matches('.').trim_start_matches("It is in ");
    let piece = country_named(name).map(|country| Piece {
        evidence: Evidence {
            id: "hint".to_owned(),
            kind: EvidenceKind::Hint,
            statement: Statement::Quoted(text.to_owned()),
            source: Source::Quoted("a hint".to_owned()),
            strength: STRENGTH,
            on: true,
            region: None,
            position: None,
        },
        likelihood: Likelihood::Ratio { countries: vec![country.code], inside: RATIO, outside: 1.0 },
        group: None,
    });
    piece.into_iter().collect()
}
