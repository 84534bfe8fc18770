//! The drawn street world: perspective pictures of streets from a seed, each with its place, labels, visible clues and
//! reasons. The facts come from `knowledge`; the drawing never learns which country it draws.

mod backdrop;
mod buildings;
mod bulk;
mod camera;
mod canvas;
pub mod clue;
mod drawing;
mod finish;
mod furniture;
mod lettering;
pub mod observer;
mod plan;
mod plants;
mod road;
pub mod scene;
mod set;
mod shapes;
mod sight;
mod signs;
mod stage;
pub mod thumbnail;
mod vehicles;

use image::{GrayImage, RgbImage};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

pub use self::{
    bulk::draw_many,
    clue::{ClueKind, VisibleClue},
    drawing::{Drawing, draw_scene},
    scene::SceneFacts,
    set::{PARTS, StreetError, write_set},
};
use crate::{
    geo::{CountryCode, LatLon},
    knowledge::{
        self,
        ade20k::{self, ClassWeights},
    },
};

/// Width of a drawn street in pixels.
pub const WIDTH: u32 = 448;
/// Height of a drawn street in pixels.
pub const HEIGHT: u32 = 336;
/// Seeds from here on are for evaluation alone, those below for training and tuning.
pub const FIRST_EVALUATION_SEED: u64 = 1_000_000;

/// A drawn street and all that is known about it.
#[derive(Debug, Clone)]
pub struct StreetPicture {
    /// What it was drawn from.
    pub seed: u64,
    /// Where its city lies.
    pub place: LatLon,
    /// Its country.
    pub country: CountryCode,
    /// Its city, in ASCII.
    pub city: String,
    /// The picture, [`WIDTH`] x [`HEIGHT`].
    pub pixels: RgbImage,
    /// ADE20K class index plus one; 0 where there is none.
    pub labels: GrayImage,
    /// What can really be read in the picture.
    pub clues: Vec<VisibleClue>,
    /// One to three short sentences, the most telling clue first.
    pub reasons: Vec<String>,
    /// The paper's score, from the true labels.
    pub locatability: f64,
}

/// Where the street of a seed is, which is known before it is drawn.
pub fn place_of(seed: u64) -> LatLon {
    home_of(seed).1.position
}

/// The country and the city of a seed's street.
fn home_of(seed: u64) -> (&'static knowledge::CountryFacts, &'static knowledge::City) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(1);
    let countries = knowledge::countries();
    let country = &countries[rng.random_range(0..countries.len())];
    let cities = knowledge::cities_of(country.code);
    (country, &cities[rng.random_range(0..cities.len())])
}

/// Draws the street of a seed: the same bytes for the same seed.
pub fn draw(seed: u64) -> StreetPicture {
    let (country, city) = home_of(seed);
    let drawing = draw_scene(&SceneFacts::of(country, city), seed);
    let locatability = knowledge::locatability(&ade20k::shares(drawing.labels.as_raw()), &ClassWeights::default());
    StreetPicture {
        seed,
        place: city.position,
        country: country.code,
        city: city.name.clone(),
        reasons: observer::reasons(&drawing.clues),
        pixels: drawing.pixels,
        labels: drawing.labels,
        clues: drawing.clues,
        locatability,
    }
}
