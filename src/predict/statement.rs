//! What a piece of evidence says and where it comes from: codes with their arguments. The sentences stand in `words`.

use serde::{Deserialize, Serialize};

use crate::{
    geo::{CountryCode, LatLon, Place, Region},
    knowledge::clues::Feature,
    signs::ClueKind,
};

/// What a piece of evidence says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "code", content = "of", rename_all = "snake_case")]
pub enum Statement {
    /// Before anything is seen: pictures are taken on land, where people live.
    Prior,
    /// How likely the model holds the name of every country.
    ModelCountries {
        /// How many were scored.
        n_countries: usize,
        /// The likeliest.
        first: Vec<CountryShare>,
    },
    /// The model's text names a country.
    ModelCountry(CountryCode),
    /// The model's text names several countries and chooses none.
    ModelChoice(Vec<CountryCode>),
    /// The model's text names a city.
    ModelCity {
        /// As it wrote it.
        name: String,
        /// The likeliest town of that name.
        town: Town,
        /// How many other towns it may mean.
        n_others: usize,
    },
    /// The file gives a position.
    FilePosition(Whereabouts),
    /// The file gives the position 0, 0, which is how cameras say that they have none.
    FileZeros,
    /// The file says when it was taken.
    FileTaken(String),
    /// The file names the camera.
    FileCamera(String),
    /// The file says where the camera looked, in degrees clockwise from north.
    FileHeading(f64),
    /// The file gives a height, in metres above the sea.
    FileAltitude(f64),
    /// The file names what wrote it.
    FileSoftware(String),
    /// The user knows that it was taken only in an area, or not there.
    Area {
        /// Where.
        area: Area,
        /// Whether there, or anywhere else.
        is_inside: bool,
    },
    /// What a text on a sign tells of the country.
    Sign {
        /// What kind of fact it is.
        clue: ClueKind,
        /// The part of the text that says so.
        text: String,
        /// The countries that it speaks for.
        countries: Vec<CountryCode>,
    },
    /// A text on a sign may name a place.
    SignPlace {
        /// The part of the text that does.
        text: String,
        /// The likeliest place.
        town: Town,
        /// How many others it may mean.
        n_others: usize,
    },
    /// What the user said in words.
    Said(Said),
    /// In words already: what a file of findings holds that was written for reading.
    #[serde(untagged)]
    Quoted(String),
}

/// What a user said in words and was understood.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "code", content = "of", rename_all = "snake_case")]
pub enum Said {
    /// In which countries it is, or is not.
    Countries {
        /// By code.
        countries: Vec<CountryCode>,
        /// The part of the world, where one was named and nothing else.
        area: Option<String>,
        /// Whether it is there.
        is_so: bool,
    },
    /// Near which town it is, or is not.
    Town {
        /// As it was written.
        name: String,
        /// The likeliest town of that name.
        town: Town,
        /// How many other towns it may mean.
        n_others: usize,
        /// At most how far from it; none for "near".
        within_km: Option<f64>,
        /// Whether it is there.
        is_so: bool,
    },
    /// On which half of the globe.
    Half {
        /// Whether the northern is meant.
        is_north: bool,
        /// Whether it is there.
        is_so: bool,
    },
    /// On which side of a latitude.
    Latitude {
        /// Degrees north.
        degrees: f64,
        /// Whether north of it is meant.
        is_north: bool,
        /// Whether it is there.
        is_so: bool,
    },
    /// Which season a month had.
    Season {
        /// From 1 for January.
        month: u8,
        /// Winter or summer.
        is_winter: bool,
        /// Whether it had it.
        is_so: bool,
    },
    /// Which season it was, with no month.
    SeasonAlone {
        /// Winter or summer.
        is_winter: bool,
        /// Whether it was.
        is_so: bool,
    },
    /// What was seen, by a record of the clue knowledge.
    Clue {
        /// The record's id.
        record: String,
        /// What it is about.
        feature: Feature,
        /// What is so.
        value: String,
        /// Where it is so.
        countries: Vec<CountryCode>,
        /// Whether it was seen to be so.
        is_so: bool,
        /// Where the record's fact comes from.
        facts: String,
    },
}

/// Where a user knows that a picture was taken, or was not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Area {
    /// In a region that was drawn.
    Drawn(Region),
    /// In the region of a file.
    Loaded {
        /// The file's name.
        file: String,
        /// What it holds.
        region: Region,
    },
    /// In one of these countries.
    Countries(Vec<CountryCode>),
}

impl Area {
    /// Its region, where it is none of countries.
    pub fn region(&self) -> Option<&Region> {
        match self {
            Self::Drawn(region) | Self::Loaded { region, .. } => Some(region),
            Self::Countries(_) => None,
        }
    }
}

/// Where a piece of evidence comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", content = "of", rename_all = "snake_case")]
pub enum Source {
    /// How many towns of the gazetteer lie in each cell.
    Towns,
    /// The model of this name.
    Model(String),
    /// The picture file's metadata.
    Metadata,
    /// Signs in the picture.
    Signs {
        /// Their ids.
        signs: Vec<String>,
        /// Where the fact comes from that they tell.
        facts: String,
    },
    /// The user.
    User,
    /// The user, by a fact that is known of elsewhere.
    Told {
        /// Where the fact comes from.
        facts: String,
    },
    /// In words already, as in [`Statement::Quoted`].
    #[serde(untagged)]
    Quoted(String),
}

/// A country and its share of the probability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CountryShare {
    /// The country.
    pub country_code: CountryCode,
    /// 0 to 1.
    pub probability: f64,
}

/// A town as people tell it from others of its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Town {
    /// Its name.
    pub name: String,
    /// First-level division, such as a state or province; may be empty.
    pub region: String,
    /// Its country.
    pub country: CountryCode,
}

impl From<&Place> for Town {
    fn from(place: &Place) -> Self {
        Self { name: place.name.clone(), region: place.region.clone(), country: place.country }
    }
}

/// A position and what lies there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Whereabouts {
    /// The position.
    pub position: LatLon,
    /// The nearest town, where one is near.
    pub near: Option<String>,
    /// The country; none at sea and where borders are disputed.
    pub country: Option<CountryCode>,
}
