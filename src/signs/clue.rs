//! What a clue is, and how strongly each kind speaks.

use std::fmt;

/// No judged clue speaks more than so many times for its countries.
pub const MOST_FACTOR: f64 = 20.0;

/// What kind of fact a clue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClueKind {
    /// A country-code domain, `.pl`.
    Domain,
    /// A phone number with its country's code, `+48`.
    Dialling,
    /// A price in a currency, `12 zł`.
    Currency,
    /// A word for a street, `ulica`.
    Street,
}

impl ClueKind {
    /// How often the clue is seen in its countries, over how often elsewhere; judged.
    pub(super) fn factor(self) -> f64 {
        match self {
            Self::Domain | Self::Dialling => MOST_FACTOR,
            // Prices of neighbours are quoted at borders and exchanges.
            Self::Currency => 10.0,
            // Streets and restaurants are named in other countries' languages.
            Self::Street => 8.0,
        }
    }

    /// Where the table comes from.
    pub(super) fn source(self) -> &'static str {
        match self {
            Self::Domain => "IANA root zone, ISO 3166; strength judged",
            Self::Dialling => "ITU-T E.164 by way of libphonenumber (Apache-2.0); strength judged",
            Self::Currency => "CLDR, currencies in use (Unicode licence); strength judged",
            Self::Street => "this project's words, official languages of CLDR (Unicode licence); strength judged",
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
        })
    }
}

/// What readings tell of the country.
#[derive(Debug, Clone, PartialEq)]
pub struct Clue {
    /// What kind of fact it is.
    pub kind: ClueKind,
    /// The part of the first reading that says so.
    pub text: String,
    /// Which readings say so, by their places in the list.
    pub readings: Vec<usize>,
    /// The countries it speaks for, ISO 3166 alpha-2, by code.
    pub countries: Vec<&'static str>,
    /// How likely such a clue is to be seen in one of these countries, over the same elsewhere.
    pub inside: f64,
    /// 1, to which `inside` is the ratio.
    pub outside: f64,
    /// Where the fact comes from.
    pub source: &'static str,
}

/// What one reading holds: the part that tells, and for which countries.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Found {
    pub(super) kind: ClueKind,
    pub(super) text: String,
    pub(super) countries: Vec<&'static str>,
}
