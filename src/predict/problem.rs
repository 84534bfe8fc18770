//! What must be known beside a finding: codes with their arguments. The sentences stand in `words`.

use serde::{Deserialize, Serialize};

use super::{
    answer,
    contradiction::Contradiction,
    statement::{CountryShare, Statement, Whereabouts},
};
use crate::{geo::CountryCode, picture::FileProblem};

/// What went wrong, contradicts itself, or must be kept in mind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "code", content = "of", rename_all = "snake_case")]
pub enum FindingProblem {
    /// The file's position does not fit what the picture itself shows.
    Contradiction {
        /// What the file says.
        file: Whereabouts,
        /// How far the first candidate is from there.
        km: f64,
        /// The first candidate's town; may be empty.
        city: String,
        /// Its country, by name; may be empty.
        country: String,
    },
    /// This piece of evidence was not counted: it leaves no place that the others allow.
    PassedOver(Statement),
    /// Pieces of evidence rule each other out; the last of them was not counted.
    Clash {
        /// Those that count: the fewest that leave no place which the last one allows.
        #[serde(default, rename = "all_counted")]
        counted: Vec<Statement>,
        /// The one that does not.
        left_out: Statement,
    },
    /// Two things that are said of the picture do not fit together, though neither rules the other out.
    AtOdds(Contradiction),
    /// The signs could not be read: the cause, one line.
    SignsNotRead(String),
    /// The model knows drawn streets only, and the picture is none: it was not asked.
    Withheld,
    /// The same, and its answer is given all the same, as was asked.
    MadeUp,
    /// The picture left this machine: a model of this server answered.
    SentTo(String),
    /// This server tells no probabilities of words, so that there are none of countries.
    NoCountryScores(String),
    /// What the model's folder says that everyone must know.
    Caution(String),
    /// The file that says what the model wants to be asked is not understood.
    PromptNotRead(PromptNotRead),
    /// Of what the model might have written for the country, the names of countries have this share together: it does not know.
    FewCountries(f64),
    /// The model named a part of these countries; no town is taken for it.
    Region {
        /// As the model wrote it.
        name: String,
        /// Those that have a part of this name.
        countries: Vec<CountryCode>,
    },
    /// No country has the name that the model gave.
    UnknownCountry(String),
    /// The country named in the text is not the one that the scores prefer.
    TextAgainstScores {
        /// In the text.
        named: CountryShare,
        /// By the scores.
        preferred: CountryShare,
    },
    /// The city named lies in another country than the one named with it.
    CityElsewhere {
        /// As the model wrote it.
        city: String,
        /// The country named with it.
        country: CountryCode,
        /// Where there is a town of that name.
        known_in: CountryCode,
    },
    /// No town has the name that the model gave.
    UnknownCity {
        /// As the model wrote it.
        city: String,
        /// The country named with it, if one was.
        country: Option<CountryCode>,
    },
    /// Something was odd about the model's answer.
    Answer(answer::Problem),
    /// Something is wrong with the file.
    File(FileProblem),
    /// The segmenter knows drawn streets only, and the picture is none: no score is given.
    LocatabilityWithheld,
    /// The user's own calibration of the model is damaged, and was not used.
    CalibrationNotRead {
        /// The file.
        file: String,
        /// What is wrong with it.
        cause: String,
    },
    /// The sentence encoder could not be used, so the reasons were matched by their words alone: the cause, one line.
    NotMatchedByMeaning(String),
    /// No score could be had: the cause, one line.
    LocatabilityFailed(String),
    /// In words already: what a file of findings holds that was written for reading.
    #[serde(untagged)]
    Quoted(String),
}

impl FindingProblem {
    /// Whether things contradict each other, which lessens what the answer is worth.
    pub fn is_contradiction(&self) -> bool {
        matches!(self, Self::Contradiction { .. } | Self::Clash { .. } | Self::AtOdds(_))
    }

    /// Whether it came of weighing the evidence, and goes when that is weighed anew.
    pub fn comes_of_weighing(&self) -> bool {
        matches!(self, Self::Contradiction { .. } | Self::PassedOver(_) | Self::Clash { .. } | Self::AtOdds(_))
    }
}

/// A model's `terrasight.json` that is not understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromptNotRead {
    /// The file.
    pub file: String,
    /// What is wrong with it.
    pub cause: String,
}
