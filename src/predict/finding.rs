//! What the program says about one picture: plain data that prints as `locate --format json` does.
//! It holds no tensor and no picture, so that it can cross threads, be kept in a case and be read back.

use serde::{Deserialize, Serialize};

use super::answer::Answer;
use crate::geo::{CountryCode, LatLon};

/// Everything found about one picture. The same picture, model, settings and seed give the same finding; all four are
/// recorded here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The picture.
    pub picture: PictureId,
    /// The model.
    pub model: ModelUsed,
    /// The settings.
    pub settings: SettingsUsed,
    /// What the model said, read out of `reasoning`.
    pub answer: Answer,
    /// The model's whole text as it was generated.
    pub reasoning: String,
    /// Places by falling probability, rank 1 first.
    pub candidates: Vec<Candidate>,
    /// Radii around the first candidate that hold half, and nine tenths, of the probability.
    pub credible_km: CredibleKm,
    /// Whether the numbers called probability have been calibrated on held-out data.
    pub probability_kind: ProbabilityKind,
    /// Countries by falling probability; their sum is at most 1.
    pub countries: Vec<CountryShare>,
    /// What the candidates rest on, and what was found beside the picture (its metadata).
    pub evidence: Vec<Evidence>,
    /// 0..=1, or none where no segmenter was at hand.
    pub locatability: Option<f64>,
    /// Sentences for the user: what went wrong, contradicts itself, or must be kept in mind.
    pub problems: Vec<String>,
}

/// Which picture a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PictureId {
    /// As the user gave it.
    pub path: String,
    /// Of the file's bytes, in lower-case hexadecimal.
    pub sha256: String,
    /// Upright, in pixels.
    pub width: u32,
    /// Upright, in pixels.
    pub height: u32,
}

/// Which model answered, and on what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelUsed {
    /// As in the catalogue, or the name of its folder.
    pub name: String,
    /// Names of the adapters, in the order they were laid on it.
    pub adapters: Vec<String>,
    /// The device it ran on.
    pub device: String,
    /// Of the sampling.
    pub seed: u64,
}

/// How the answer was sampled.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SettingsUsed {
    /// The longest answer.
    pub max_new_tokens: usize,
    /// 0 is greedy.
    pub temperature: f32,
    /// The share of probability that tokens are drawn from; 1 is all.
    pub top_p: f32,
}

/// One place where the picture may have been taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// 1 for the likeliest.
    pub rank: usize,
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
    /// Of the part of its country that lies nearer to this place than to the country's other candidates.
    pub probability: f64,
    /// English name; empty at sea.
    pub country: String,
    /// None at sea and where borders are disputed.
    pub country_code: Option<CountryCode>,
    /// First-level division, such as a state or province; may be empty.
    pub region: String,
    /// The place named, or the nearest one; may be empty.
    pub city: String,
    /// The kinds of evidence that raise this place above the others, strongest first.
    #[serde(default)]
    pub carried_by: Vec<EvidenceKind>,
}

impl Candidate {
    /// Where it lies; none if the numbers, read from a file, are not on the Earth.
    pub fn position(&self) -> Option<LatLon> {
        LatLon::new(self.lat, self.lon)
    }
}

/// Radii in kilometres around the first candidate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CredibleKm {
    /// Holds half of the probability.
    pub p50: f64,
    /// Holds nine tenths of it.
    pub p90: f64,
}

/// What stands behind a number called probability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProbabilityKind {
    /// A raw score that sums to one; how often it is right has not been measured.
    Raw,
    /// Set on held-out data, so that of the answers given 0.7 about 70 % are right.
    Calibrated,
}

/// A country and its share of the probability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CountryShare {
    /// The country.
    pub country_code: CountryCode,
    /// 0 to 1.
    pub probability: f64,
}

/// One piece of evidence as the user reads it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// What sort of evidence it is.
    pub kind: EvidenceKind,
    /// One sentence.
    pub text: String,
    /// Where it comes from: a model's name, the picture's metadata, a data set.
    pub source: String,
    /// The share of belief given to it where it speaks, 0 (only listed) to 1; the rest is left to what else is known.
    pub weight: f64,
    /// Where it points to, for a marker of its own on the map.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<LatLon>,
}

/// The kinds of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// Where people live and so take pictures, before anything is seen.
    Prior,
    /// The model's probability of every country's name under the same prompt.
    ModelCountries,
    /// The country that the model's text names.
    ModelCountry,
    /// The city that the model's text names.
    ModelCity,
    /// A position in the picture file.
    MetadataGps,
    /// Another fact in the picture file: time, camera, heading.
    Metadata,
}

/// One entry of `locate --format json`: a finding, or why there is none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Outcome {
    /// What was found.
    Found(Box<Finding>),
    /// Why nothing was.
    Failed(Failure),
}

/// A picture that could not be located stands in its place in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The picture.
    pub picture: FailedPicture,
    /// One line that names the cause.
    pub error: String,
}

/// All that is known of a picture that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedPicture {
    /// As the user gave it.
    pub path: String,
}

impl Outcome {
    /// The entry for a picture that failed.
    pub fn failed(path: impl Into<String>, error: impl Into<String>) -> Self {
        Self::Failed(Failure { picture: FailedPicture { path: path.into() }, error: error.into() })
    }
}
