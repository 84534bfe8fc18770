//! What the program says about one picture: plain data, in which every sentence is a code with its arguments.
//! It holds no tensor and no picture, so that it can cross threads, be kept in a case and be read back.

use serde::{Deserialize, Deserializer, Serialize};

use super::{
    answer::Answer,
    calibration::{CalibratedOn, Levels},
    change::Change,
    claim::Reasons,
    problem::FindingProblem,
    sign::Sign,
    statement::{CountryShare, Source, Statement},
};
use crate::{
    geo::{CountryCode, LatLon, Surface},
    picture::Metadata,
};

/// Everything found about one picture, and all that is needed to find it again: the same picture, model, settings and seed
/// give the same finding, but for the time it was made at.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The picture.
    pub picture: PictureId,
    /// The model.
    pub model: ModelUsed,
    /// The segmenter that said how locatable the picture is; none where none did.
    #[serde(default)]
    pub segmenter: Option<String>,
    /// The sentence encoder that matched the reasons by their meaning; none where none was asked to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoder: Option<EncoderUsed>,
    /// The settings.
    pub settings: SettingsUsed,
    /// The program and its version.
    #[serde(default)]
    pub program: String,
    /// When it was found, in UTC (RFC 3339, to the second).
    #[serde(default)]
    pub made_at: String,
    /// What the model said, read out of `reasoning`; none where it was not asked or is not to be believed.
    pub answer: Option<Answer>,
    /// Why the model's answer is not given, where it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withheld: Option<Withheld>,
    /// What the reasons of the answer claim, and what was found of that in the picture.
    #[serde(default)]
    pub reasons: Reasons,
    /// The model's whole text as it was generated.
    pub reasoning: String,
    /// Its tokens, without the end token, for a conversation that goes on from it; none where it was not asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasoning_tokens: Vec<u32>,
    /// Places by falling probability, rank 1 first.
    pub candidates: Vec<Candidate>,
    /// Radii around the first candidate that hold half, and nine tenths, of the probability; nothing where there is no candidate.
    #[serde(deserialize_with = "null_is_default")]
    pub credible_km: CredibleKm,
    /// The smallest areas that hold half, and nine tenths, of it; not kept in a session.
    #[serde(skip)]
    pub credible_cells: [CellArea; 2],
    /// Whether the numbers called probability have been calibrated on held-out data: those of countries, of areas and of what lies
    /// within 100 km. A candidate's own is a score in any case.
    pub probability_kind: ProbabilityKind,
    /// What it was calibrated on, where the numbers are probabilities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibrated_on: Option<CalibratedOn>,
    /// Countries by falling probability; their sum is at most 1.
    pub countries: Vec<CountryShare>,
    /// What the candidates rest on, and what was found beside the picture (its metadata).
    pub evidence: Vec<Evidence>,
    /// What the signs in the picture say.
    #[serde(default)]
    pub signs: Vec<Sign>,
    /// 0..=1, or none where no segmenter was at hand.
    pub locatability: Option<f64>,
    /// What went wrong, contradicts itself, or must be kept in mind.
    pub problems: Vec<FindingProblem>,
}

/// Where half of the probability reaches farther than this from the first candidate, it spans thousands of kilometres, and no town
/// that nothing names is given for it.
pub(super) const WIDE_KM: f64 = 1500.0;

impl Finding {
    /// Whether half of the probability spans thousands of kilometres, so that countries can be named and no town.
    pub fn is_wide(&self) -> bool {
        self.credible_km.p50 > WIDE_KM
    }

    /// The likeliest countries that hold half of the probability together.
    pub fn countries_of_half(&self) -> &[CountryShare] {
        let mut sum = 0.0;
        let n = self.countries.iter().take_while(|share| {
            let before = sum;
            sum += share.probability;
            before < 0.5
        });
        &self.countries[..n.count()]
    }

    /// Whether one place is given for the picture, be it a country; several countries are none.
    pub fn is_located(&self) -> bool {
        !self.candidates.is_empty() && (!self.is_wide() || self.countries_of_half().len() < 2)
    }

    /// The levels at which its areas are drawn: how much of the probability they hold.
    pub fn levels(&self) -> Levels {
        self.calibrated_on.map_or(Levels::NOMINAL, |calibrated| calibrated.levels)
    }
}

/// Which picture a finding is about.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PictureId {
    /// As the user gave it.
    pub path: String,
    /// Of the file's bytes, in lower-case hexadecimal.
    pub sha256: String,
    /// Upright, in pixels.
    pub width: u32,
    /// Upright, in pixels.
    pub height: u32,
    /// What the file itself says.
    #[serde(default)]
    pub metadata: FileFacts,
}

/// What a picture file says of itself. It is the file's word, which nobody has checked.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FileFacts {
    /// Where it says it was taken.
    pub position: Option<LatLon>,
    /// When, as written in it.
    pub taken: Option<String>,
    /// With what.
    pub camera: Option<String>,
    /// Where the camera looked, in degrees clockwise from north.
    pub heading_deg: Option<f64>,
    /// Which north that is: `true` or `magnetic`; none where the file does not say.
    pub heading_reference: Option<String>,
    /// Metres above the sea.
    pub altitude_m: Option<f64>,
}

impl From<&Metadata> for FileFacts {
    fn from(metadata: &Metadata) -> Self {
        Self {
            position: metadata.gps,
            taken: metadata.taken.clone(),
            camera: metadata.camera.clone(),
            heading_deg: metadata.heading_deg,
            heading_reference: metadata.heading_reference.map(|north| north.word().to_owned()),
            altitude_m: metadata.altitude_m,
        }
    }
}

/// Why a model's answer is not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Withheld {
    /// The model has seen drawn streets only, and the picture is none: whatever it says would be made up.
    KnowsDrawingsOnly,
}

/// Which model answered, and on what.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelUsed {
    /// As in the catalogue, or the name of its folder.
    pub name: String,
    /// Of all its files together, in lower-case hexadecimal; none where they could not be read for it.
    #[serde(default)]
    pub sha256: Option<String>,
    /// The adapters, in the order they were laid on it: name, SHA-256 of the file, and the percentage where it is not all.
    pub adapters: Vec<String>,
    /// The device it ran on.
    pub device: String,
    /// In what its matrices were held there, such as `f16` or `Q8_0`; empty where a server holds them, and in what was written before
    /// this was kept.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub precision: String,
    /// Of the sampling.
    pub seed: u64,
}

/// Which sentence encoder was asked what reasons mean.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EncoderUsed {
    /// The name of its folder.
    pub name: String,
    /// Of all its files together, in lower-case hexadecimal; none where they could not be read for it.
    pub sha256: Option<String>,
}

/// How the answer was sampled.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SettingsUsed {
    /// The question that stood after the picture.
    #[serde(default)]
    pub prompt: String,
    /// The longest answer.
    pub max_new_tokens: usize,
    /// 0 is greedy.
    pub temperature: f32,
    /// The share of probability that tokens are drawn from; 1 is all.
    pub top_p: f32,
    /// The bound on the tokens that the picture became; 0 where a server decides, and in what was written before there was a choice.
    #[serde(default)]
    pub picture_tokens: usize,
    /// Whether signs were to be read in the picture; none in what was written before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reads_signs: Option<bool>,
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
    /// Of the part of its country that lies nearer to this place than to the country's other candidates: of being somewhere
    /// around it. A score, which was not calibrated.
    pub probability: f64,
    /// Of lying within 100 km of it, in whatever country.
    #[serde(default)]
    pub within_100_km: f64,
    /// English name; empty at sea.
    pub country: String,
    /// None at sea and where borders are disputed.
    pub country_code: Option<CountryCode>,
    /// First-level division, such as a state or province; may be empty.
    pub region: String,
    /// The place named, or the nearest one; empty where none is near, and where half of the probability spans thousands of
    /// kilometres and no evidence names it: the candidate then stands for its country.
    pub city: String,
    /// The kinds of evidence that raise this place above the others, strongest first.
    #[serde(default)]
    pub carried_by: Vec<EvidenceKind>,
    /// The pieces that do, strongest first.
    #[serde(default)]
    pub carriers: Vec<Carrier>,
    /// What would change where it stands; none where that was not asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Change>,
}

/// A piece of evidence that raises a place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Carrier {
    /// The piece.
    pub id: String,
    /// Its kind.
    pub kind: EvidenceKind,
    /// By how much it multiplies the place's probability, before all is made to sum to 1.
    pub factor: f64,
}

impl Candidate {
    /// Where it lies; none if the numbers, read from a file, are not on the Earth.
    pub fn position(&self) -> Option<LatLon> {
        LatLon::new(self.lat, self.lon)
    }
}

/// Radii in kilometres around the first candidate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct CredibleKm {
    /// Holds half of the probability.
    pub p50: f64,
    /// Holds nine tenths of it.
    pub p90: f64,
}

/// An area as cells; it may lie in several pieces.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CellArea {
    /// Its size in square kilometres.
    pub km2: f64,
    /// Its cells, of whatever sizes, none within another: H3's own 64-bit indexes.
    pub cells: Vec<u64>,
}

impl CellArea {
    /// The likeliest cells of a surface that hold this share together.
    pub(super) fn holding(surface: &Surface, share: f64) -> Self {
        let cells = surface.cells_covering(share);
        let km2: f64 = cells.iter().map(|(cell, _)| cell.area_km2()).sum();
        Self { km2: km2.round(), cells: cells.iter().map(|(cell, _)| cell.index()).collect() }
    }
}

/// What stands behind a number called probability.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProbabilityKind {
    /// A raw score that sums to one; how often it is right has not been measured.
    #[default]
    Raw,
    /// A raw score after the user has struck, weakened or strengthened evidence.
    Edited,
    /// Set on held-out data: of the countries given 0.7 about 70 % are right, and so of the areas and of what lies within 100 km of
    /// a candidate.
    Calibrated,
}

impl ProbabilityKind {
    /// What a candidate's own probability is, where the others of its finding are this: never calibrated.
    pub fn of_candidates(self) -> Self {
        match self {
            Self::Raw | Self::Calibrated => Self::Raw,
            Self::Edited => Self::Edited,
        }
    }

    /// As it stands in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Edited => "edited",
            Self::Calibrated => "calibrated",
        }
    }
}

/// One piece of evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Tells it from the other pieces of its finding, and is the same when the picture is located again.
    #[serde(default)]
    pub id: String,
    /// What sort of evidence it is.
    pub kind: EvidenceKind,
    /// What it says.
    #[serde(alias = "text")]
    pub statement: Statement,
    /// Where it comes from.
    pub source: Source,
    /// The share of belief given to it where it speaks, 0 (only listed) to 1; the rest is left to what else is known.
    pub strength: f64,
    /// Whether it is counted; a piece that was struck is off and keeps its strength.
    #[serde(default = "yes")]
    pub on: bool,
    /// Where on the picture it was seen: left, top, right and bottom edge as shares of its width and height.
    #[serde(default, rename = "box")]
    pub region: Option<[f32; 4]>,
    /// Where it points to, for a marker of its own on the map.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<LatLon>,
}

/// Exported JSON has null where there is nothing.
fn null_is_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(from)?.unwrap_or_default())
}

fn yes() -> bool {
    true
}

impl Evidence {
    /// Evidence of the user's that says no more than these words.
    pub fn quoted(words: &str, kind: EvidenceKind, strength: f64) -> Self {
        Self {
            id: words.to_owned(),
            kind,
            statement: Statement::Quoted(words.to_owned()),
            source: Source::User,
            strength,
            on: true,
            region: None,
            position: None,
        }
    }

    /// How much it counts for: its strength, or nothing while it is off.
    pub fn weight(&self) -> f64 {
        if self.on { self.strength } else { 0.0 }
    }
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
    /// What a text on a sign tells.
    Sign,
    /// A fact about countries that was seen in the picture, by the model or the user.
    Clue,
    /// What the user said in words.
    Hint,
    /// An area that the user drew or loaded, or countries picked.
    Region,
}

impl EvidenceKind {
    /// Whether a model said it.
    pub fn is_of_model(self) -> bool {
        matches!(self, Self::ModelCountries | Self::ModelCountry | Self::ModelCity)
    }

    /// Whether the user said it, and not the picture, its file or a model.
    pub fn is_of_user(self) -> bool {
        matches!(self, Self::Hint | Self::Region)
    }

    /// As it stands in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Prior => "prior",
            Self::ModelCountries => "model_countries",
            Self::ModelCountry => "model_country",
            Self::ModelCity => "model_city",
            Self::MetadataGps => "metadata_gps",
            Self::Metadata => "metadata",
            Self::Sign => "sign",
            Self::Clue => "clue",
            Self::Hint => "hint",
            Self::Region => "region",
        }
    }
}

/// A finding, or why there is none.
#[derive(Debug, Clone, PartialEq, Deserialize)]
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
