//! What can be wrong with data to learn from, and what was found of it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::{geo::CountryCode, picture::FileProblem};

/// So many examples of each fault are named.
const MOST_NAMED: usize = 5;

/// What can be wrong with an example. What costs the example comes before what makes it doubtful.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The source's record or row of it cannot be read.
    Unread,
    /// It has degrees that no place on the Earth has.
    OffEarth,
    /// Its picture is not there.
    MissingPicture,
    /// Its picture cannot be opened.
    UnreadPicture,
    /// Nobody says which country it is in.
    NoCountry,
    /// Nobody says where it was taken, so that nothing can be kept apart from it by distance.
    NoPosition,
    /// Its picture's file is cut or damaged, so that pixels are missing.
    CutPicture,
    /// Latitude and longitude are exchanged: the other way round the place lies in the country that is named.
    Exchanged,
    /// A minus is missing or too much: without it the place lies in the country that is named.
    WrongSide,
    /// The place lies in another country than the one that is named.
    OtherCountry,
    /// The place is 0, 0, which is written where there is none.
    Zeros,
    /// The place lies at sea.
    AtSea,
    /// The same is said of the same picture twice.
    Twice,
    /// Its picture has the same bytes as another.
    SameBytes,
    /// Its picture looks like another.
    LooksAlike,
    /// Its picture is in the test data.
    TestPicture,
    /// It was taken near a picture of the test data.
    NearTest,
    /// An answer of its conversation names no country.
    NoAnswer,
    /// An answer of its conversation breaks off.
    CutAnswer,
    /// The last answer of its conversation names another country than the rest of the example.
    OtherAnswer,
    /// An answer is longer than what is learned of it.
    LongAnswer,
    /// None of its texts names a place.
    NoPlaceNamed,
    /// Reasons are to be learned, and it gives none.
    NoReasons,
}

impl Fault {
    /// Whether nothing can be learned from such an example.
    pub fn costs_example(self) -> bool {
        self <= Self::NoCountry
    }
}

/// What there is to say of one example with a fault.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// Nothing more.
    Nothing,
    /// What whoever read it said.
    Said(String),
    /// What is missing of the pixels.
    Pixels(FileProblem),
    /// The country that is named, and the one that the place lies in.
    Countries {
        /// Named.
        named: CountryCode,
        /// None at sea.
        lies_in: Option<CountryCode>,
    },
    /// The example that it is like.
    Like(String),
    /// The example that it is near to, and how near in kilometres.
    Near {
        /// The other example.
        other: String,
        /// Kilometres.
        km: f64,
    },
    /// How long the answer is, in tokens.
    Tokens(usize),
}

/// An example with a fault.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Case {
    /// What its source calls the picture, or the source where there is none.
    pub name: String,
    /// What there is to say of it.
    pub about: About,
}

/// All examples with one fault.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Found {
    /// How many there are.
    pub count: usize,
    /// The first few.
    pub first: Vec<Case>,
}

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// Examples, those that cannot be read counted.
    pub examples: usize,
    /// Examples of the test data.
    pub test: usize,
    /// Pictures that were opened.
    pub opened: usize,
    /// Faults that were found.
    pub found: BTreeMap<Fault, Found>,
    /// Whether it was ended before it was done.
    pub is_cut: bool,
    costly: BTreeSet<usize>,
    unread: usize,
}

impl Report {
    /// Of so many examples, of which nothing is known yet.
    pub(super) fn of(examples: usize, test: usize) -> Self {
        Self { examples, test, ..Self::default() }
    }

    /// Examples that nothing can be learned from.
    pub fn unusable(&self) -> usize {
        self.unread + self.costly.len()
    }

    /// Whether something can be learned from an example, by its place among those that could be read.
    pub fn is_usable(&self, number: usize) -> bool {
        !self.costly.contains(&number)
    }

    /// The commonest of the faults that cost examples, where they cost more than half of them: then the sources are not
    /// what the user takes them for, and a run would not learn what it is to learn.
    pub fn refusal(&self) -> Option<(Fault, &Found)> {
        let costly = self.found.iter().filter(|(fault, _)| fault.costs_example());
        let worst = costly.max_by_key(|(fault, found)| (found.count, std::cmp::Reverse(**fault)))?;
        (2 * self.unusable() > self.examples).then_some((*worst.0, worst.1))
    }

    /// Notes a fault of an example; `number` is its place among those that could be read.
    pub(super) fn note(&mut self, fault: Fault, number: usize, name: &str, about: About) {
        if fault.costs_example() {
            self.costly.insert(number);
        }
        self.add(fault, name, about);
    }

    /// Notes an example that could not be read.
    pub(super) fn note_unread(&mut self, fault: Fault, name: &str, about: About) {
        self.unread += 1;
        self.add(fault, name, about);
    }

    fn add(&mut self, fault: Fault, name: &str, about: About) {
        let found = self.found.entry(fault).or_default();
        found.count += 1;
        if found.first.len() < MOST_NAMED {
            found.first.push(Case { name: name.to_owned(), about });
        }
    }
}
