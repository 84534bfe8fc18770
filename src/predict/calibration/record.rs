//! What a model said of one picture whose place is known: all that calibration needs, so that no model runs twice.

use serde::{Deserialize, Serialize};

use super::Calibration;
use crate::{
    geo::{CountryCode, LatLon, prior},
    knowledge::Script,
    predict::{
        Located,
        answer::Answer,
        evidence::{DISTRIBUTION_WEIGHT, Heard, Likelihood, MetadataHeard, Piece, gather},
        finding::EvidenceKind,
        fuse::{Fused, weigh_up},
        sign::Sign,
    },
};

/// A picture whose place is known, and what a model said of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Its name; a drawn street is called by its seed.
    pub picture: String,
    /// Where it was taken.
    pub position: LatLon,
    /// The country it was taken in; none at sea.
    pub country: Option<CountryCode>,
    /// The segmenter's score, as for any picture; none where no segmenter knows such pictures.
    pub locatability: Option<f64>,
    /// Whether a word can be read in it (drawn streets only).
    #[serde(default)]
    pub has_words: Option<bool>,
    /// What the reader read in it; none where no reader was asked.
    #[serde(default)]
    pub signs: Option<Vec<TextRead>>,
    /// The chance that the ideal observer names the right country (drawn streets only).
    #[serde(default)]
    pub ideal: Option<f64>,
    /// The same for an observer who sees nothing but words (drawn streets only).
    #[serde(default)]
    pub ideal_of_words: Option<f64>,
    /// Whether the model knows pictures of this kind.
    pub is_trusted: bool,
    /// The country that the answer names, as the model wrote it.
    pub answer_country: Option<String>,
    /// The city that the answer names.
    pub answer_city: Option<String>,
    /// The logarithm of each country's share of the model's probability, to four places.
    pub log_shares: Vec<(CountryCode, f64)>,
}

/// A text as the reader read it, without its place in the picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextRead {
    /// As in [`Sign`].
    pub text: String,
    /// As in [`Sign`].
    pub script: Option<Script>,
    /// As in [`Sign`], to four places.
    pub score: f32,
}

impl From<Sign> for TextRead {
    fn from(sign: Sign) -> Self {
        Self { text: sign.text, script: sign.script, score: (1e4 * sign.score).round() / 1e4 }
    }
}

impl Record {
    /// What `located` says of a picture, beside what is true of it.
    pub fn of(picture: &str, position: LatLon, country: Option<CountryCode>, located: &Located) -> Self {
        let answer = located.finding.answer.clone().unwrap_or_default();
        let pieces = &located.weighing.pieces;
        let shares = pieces.iter().find_map(|piece| match &piece.likelihood {
            Likelihood::Countries(shares) if piece.evidence.kind == EvidenceKind::ModelCountries => Some(shares),
            _ => None,
        });
        let log_share = |probability: f64| (1e4 * probability.max(f64::MIN_POSITIVE).ln()).round() / 1e4;
        let log_shares = shares.into_iter().flatten();
        Self {
            picture: picture.to_owned(),
            position,
            country,
            locatability: None,
            has_words: None,
            signs: None,
            ideal: None,
            ideal_of_words: None,
            is_trusted: located.weighing.is_trusted,
            answer_country: answer.country,
            answer_city: answer.city,
            log_shares: log_shares.map(|share| (share.country_code, log_share(share.probability))).collect(),
        }
    }

    /// What is known of the picture from the picture alone, as it is gathered in locating, and tempered.
    pub fn pieces(&self, calibration: Option<&Calibration>) -> Vec<Piece> {
        let answer =
            Answer { country: self.answer_country.clone(), city: self.answer_city.clone(), reasons: Vec::new() };
        let (country_scores, metadata) = (&self.log_shares, &MetadataHeard::default());
        let heard = Heard { model: "", answer: &answer, country_scores, metadata, is_trusted: self.is_trusted };
        let (mut pieces, _odd) = gather(&heard);
        if let Some(calibration) = calibration {
            calibration.for_picture(self.locatability).temper(&mut pieces);
        }
        pieces
    }

    /// What that comes to.
    pub fn weighed(&self, calibration: Option<&Calibration>) -> Fused {
        let calibrated = calibration.map(|calibration| calibration.for_picture(self.locatability));
        weigh_up(&self.pieces(calibration), self.is_trusted, calibrated.as_ref())
    }

    /// The true country's probability at a temperature, with what is left to the prior; the named city plays no part.
    pub fn share_of_truth(&self, temperature: f64) -> f64 {
        let Some(truth) = self.country else { return 0.0 };
        let greatest = self.log_shares.iter().map(|(_, log)| *log).fold(f64::NEG_INFINITY, f64::max);
        let (mut sum, mut of_truth) = (0.0, 0.0);
        for (code, log) in &self.log_shares {
            let weight = ((log - greatest) / temperature).exp();
            sum += weight;
            of_truth += if *code == truth { weight } else { 0.0 };
        }
        let of_model = if sum > 0.0 { of_truth / sum } else { 0.0 };
        DISTRIBUTION_WEIGHT * of_model + (1.0 - DISTRIBUTION_WEIGHT) * prior_share(truth)
    }
}

/// A country's share of the prior.
fn prior_share(country: CountryCode) -> f64 {
    prior().atoms[prior().of_country(country)].iter().map(|atom| atom.probability).sum()
}
