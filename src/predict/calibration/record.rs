//! What a model said of one picture whose place is known, and what was read in it: all that calibration needs, so that no
//! network runs twice.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Calibrated, Calibration, SignsSay, Weights};
use crate::{
    geo::{CountryCode, LatLon},
    knowledge::Script,
    predict::{
        Located,
        answer::Answer,
        by_country,
        evidence::{DISTRIBUTION_WEIGHT, Heard, Likelihood, MetadataHeard, Piece, gather},
        finding::EvidenceKind,
        fuse::{Fused, weigh_up},
        sign::Sign,
        sign_pieces,
    },
};

/// Smaller shares of countries are left out of a record: together they come to next to nothing.
const LEAST_SHARE: f64 = 1e-6;

/// A picture whose place is known, and what a model said of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Its name; a drawn street is called by its seed.
    pub picture: String,
    /// The SHA-256 of a photograph's file, by which it is known: names stand in many lists. None of drawn streets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
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
    /// The logarithm of each country's share of the model's probability, to four places, but for the least.
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
        let of_model = pieces.iter().find_map(|piece| match &piece.likelihood {
            Likelihood::Countries(shares) if piece.evidence.kind == EvidenceKind::ModelCountries => {
                Some((shares.as_slice(), piece.evidence.strength / DISTRIBUTION_WEIGHT))
            }
            _ => None,
        });
        let (shares, mass) = of_model.unwrap_or((&[], 1.0));
        let log_share = |p: f64| (1e4 * (mass * p).max(f64::MIN_POSITIVE).ln()).round() / 1e4;
        let log_shares = shares.iter().filter(|share| share.probability >= LEAST_SHARE);
        Self {
            picture: picture.to_owned(),
            sha256: None,
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

    /// What its picture is known by.
    pub fn key(&self) -> &str {
        self.sha256.as_deref().unwrap_or(&self.picture)
    }

    /// As if its signs had not been read.
    #[must_use]
    pub fn without_signs(&self) -> Self {
        Self { signs: None, ..self.clone() }
    }

    /// As if the model had said nothing.
    #[must_use]
    pub fn signs_alone(&self) -> Self {
        Self { answer_country: None, answer_city: None, log_shares: Vec::new(), ..self.clone() }
    }

    /// Its signs; none where no reader was asked.
    fn signs(&self) -> Option<Vec<Sign>> {
        let sign = |(number, read): (usize, &TextRead)| Sign {
            id: number.to_string(),
            script: read.script,
            score: read.score,
            is_added: false,
            ..Sign::added([0.0, 0.0, 1.0, 1.0], &read.text)
        };
        self.signs.as_ref().map(|signs| (1..).zip(signs).map(sign).collect())
    }

    /// Records that name one city need the same cells of the world, which are remembered for a while: to be weighed one
    /// after another.
    pub fn world(&self) -> (Option<String>, Option<String>) {
        (self.answer_country.clone(), self.answer_city.clone())
    }

    /// What its signs say.
    pub fn signs_say(&self) -> SignsSay {
        SignsSay::of(self.signs().as_deref())
    }

    /// What is known of the picture from the picture alone, as it is gathered in locating, and tempered.
    pub fn pieces(&self, weights: Option<&Weights>) -> Vec<Piece> {
        let answer =
            Answer { country: self.answer_country.clone(), city: self.answer_city.clone(), reasons: Vec::new() };
        let (country_scores, metadata) = (&self.log_shares, &MetadataHeard::default());
        let heard = Heard { model: "", answer: &answer, country_scores, metadata, is_trusted: self.is_trusted };
        let (mut pieces, _odd) = gather(&heard);
        pieces.extend(self.signs().iter().flat_map(|signs| sign_pieces::told(signs)));
        if let Some(weights) = weights {
            weights.temper(&mut pieces);
        }
        pieces
    }

    /// What a calibration says of it.
    pub fn calibrated(&self, calibration: &Calibration) -> Option<Calibrated> {
        calibration.for_picture(self.locatability, self.signs_say())
    }

    /// What its pieces come to.
    pub fn weighed(&self, calibrated: Option<&Calibrated>) -> Fused {
        let pieces = self.pieces(calibrated.map(|calibrated| &calibrated.weights));
        weigh_up(&pieces, self.is_trusted, calibrated)
    }

    /// What its pieces come to with these weights, and areas as they say themselves.
    pub(super) fn weighed_by(&self, weights: &Weights) -> Fused {
        weigh_up(&self.pieces(Some(weights)), self.is_trusted, None)
    }

    /// Each country's share; the named city plays no part.
    pub fn country_shares(&self, weights: Option<&Weights>) -> BTreeMap<CountryCode, f64> {
        let without_city = Self { answer_country: None, answer_city: None, ..self.clone() };
        by_country::shares(&without_city.pieces(weights))
    }

    /// The logarithmic loss of these shares of countries, in nats.
    pub fn loss(&self, shares: &BTreeMap<CountryCode, f64>) -> f64 {
        let of_truth = self.country.and_then(|truth| shares.get(&truth)).copied().unwrap_or(0.0);
        -of_truth.max(f64::MIN_POSITIVE).ln()
    }
}
