//! What a clue is, and how strongly each kind speaks.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::counts;
use crate::geo::{CountryCode, PlaceMatch};

/// No judged clue speaks more than so many times for its countries.
pub const MOST_FACTOR: f64 = 20.0;

/// What kind of fact a clue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClueKind {
    /// A country-code domain, `.pl`.
    Domain,
    /// A phone number with its country's code, `+48`.
    Dialling,
    /// A price in a currency, `12 zł`.
    Currency,
    /// A word for a street, `ulica`.
    Street,
    /// A script other than Latin.
    Script,
    /// Letters that few Latin alphabets have, `ł`, and Chinese characters as one country writes them, `薬`.
    Letters,
    /// The language of many words together.
    Language,
    /// The name of a town.
    Place,
    /// A postcode by its form, `SW1A 1AA`.
    Postcode,
    /// A number plate by its form, `AB-123-CD`.
    Plate,
    /// A phone number by its national form, `01 42 68 53 00`.
    Phone,
    /// The town of an international phone number, by its first digits.
    PhonePlace,
    /// What is written on road signs, `Umleitung`, `30 mph`.
    Road,
    /// A shop, bank or the like of few countries.
    Brand,
}

impl ClueKind {
    /// How often the clue is seen in its countries, over how often elsewhere; judged. What has a strength for each row of
    /// its table, or speaks for places, has none here.
    pub(super) fn factor(self) -> f64 {
        match self {
            Self::Domain | Self::Dialling => MOST_FACTOR,
            // Prices of neighbours are quoted at borders and exchanges.
            Self::Currency => 10.0,
            // Streets and restaurants are named in other countries' languages.
            Self::Street => 8.0,
            // Names travel with their letters (Škoda).
            Self::Letters => 5.0,
            Self::Road => 12.0,
            // Branches abroad that the mappers have not noted, and namesakes.
            Self::Brand => 8.0,
            Self::Script
            | Self::Language
            | Self::Postcode
            | Self::Plate
            | Self::Phone
            | Self::Place
            | Self::PhonePlace => 1.0,
        }
    }

    /// Where the table comes from.
    pub(super) fn source(self) -> &'static str {
        match self {
            Self::Domain => "IANA root zone, ISO 3166; strength judged",
            Self::Dialling => "ITU-T E.164 by way of libphonenumber (Apache-2.0); strength judged",
            Self::Currency => "CLDR, currencies in use (Unicode licence); strength judged",
            Self::Street | Self::Postcode | Self::Plate | Self::Phone => "the row's own source; strength judged",
            Self::Script => "CLDR, scripts of official languages (Unicode licence); strength judged",
            Self::Letters => {
                "CLDR, alphabets of official languages (Unicode licence), OpenCC (Apache-2.0); strength judged"
            }
            Self::Language => {
                "whatlang (MIT) and this project's words, official languages of CLDR (Unicode licence); strength judged"
            }
            Self::Place => "GeoNames (CC BY 4.0), Natural Earth; strength judged",
            Self::PhonePlace => "libphonenumber (Apache-2.0), GeoNames (CC BY 4.0); strength judged",
            Self::Road => "miles on road signs by StreetComplete (CC0); strength judged",
            Self::Brand => "name-suggestion-index of OpenStreetMap (BSD-3-Clause); strength judged",
        }
    }
}

impl fmt::Display for ClueKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Domain => "domain",
            Self::Dialling => "phone",
            Self::Currency => "currency",
            Self::Street => "street",
            Self::Script => "script",
            Self::Letters => "letters",
            Self::Language => "language",
            Self::Place => "place",
            Self::Postcode => "postcode",
            Self::Plate => "plate",
            Self::Phone => "national phone",
            Self::PhonePlace => "area code",
            Self::Road => "road sign",
            Self::Brand => "brand",
        })
    }
}

/// What readings tell of the place.
#[derive(Debug, Clone, PartialEq)]
pub struct Clue {
    /// What kind of fact it is.
    pub kind: ClueKind,
    /// The part of the first reading that says so.
    pub text: String,
    /// Which readings say so, by their places in the list, each once.
    pub readings: Vec<usize>,
    /// What that says of the world.
    pub bearing: Bearing,
    /// Where the fact comes from.
    pub source: &'static str,
}

/// How a clue bears on the world.
#[derive(Debug, Clone, PartialEq)]
pub enum Bearing {
    /// Such a clue is so likely to be seen in these countries, and so elsewhere.
    Countries {
        /// By code.
        countries: Vec<CountryCode>,
        /// How likely there, over `outside`.
        inside: f64,
        /// 1, to which `inside` is the ratio.
        outside: f64,
    },
    /// Places that a text names; their parts sum to 1.
    Places {
        /// The likeliest first.
        places: Vec<NamedPlace>,
        /// The share of belief, 0 to 1, that the picture was taken near one of them.
        share: f64,
    },
}

/// A place that a text may name.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedPlace {
    /// The place.
    pub place: PlaceMatch,
    /// How far the name means this place and not another.
    pub part: f64,
    /// How far away by road the sign says it is, in kilometres.
    pub away_km: Option<f64>,
}

/// What a finder saw in one reading: the part that tells, and for which countries.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Found {
    pub(super) kind: ClueKind,
    pub(super) text: String,
    pub(super) countries: Vec<CountryCode>,
    /// How many times likelier it is seen there than elsewhere.
    pub(super) times: f64,
    /// Where that comes from.
    pub(super) source: &'static str,
}

impl Found {
    /// With the strength and source of its kind.
    pub(super) fn new(kind: ClueKind, text: impl Into<String>, countries: &[CountryCode]) -> Self {
        Self { kind, text: text.into(), countries: countries.to_vec(), times: kind.factor(), source: kind.source() }
    }

    /// With a strength of its own.
    pub(super) fn times(self, times: f64) -> Self {
        Self { times, ..self }
    }

    /// As strong as it was counted to be, where it was.
    pub(super) fn counted(self, kind: &str, key: &str) -> Self {
        match counts::of(kind, key) {
            Some(counted) => self.times(counted.times).source(&counted.source),
            None => self,
        }
    }

    /// With the source of its row.
    pub(super) fn source(self, source: &'static str) -> Self {
        Self { source, ..self }
    }
}
