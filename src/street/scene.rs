//! What the drawing is told: the facts of a place without its name, so that places with equal facts are drawn alike.

use std::sync::OnceLock;

use super::lettering::stop_font;
use crate::knowledge::{City, Climate, CountryFacts, Language, language};

/// Kinds of plants that tell of a climate, and how likely each is to be the one that stands in a street.
pub const PLANTS: [&str; 4] = ["palm", "cactus", "conifer", "broadleaf"];

/// Shares of [`PLANTS`] by climate; what a street's trees are is drawn from these, and the ideal observer reads them.
pub fn plant_shares(climate: Climate) -> [f32; 4] {
    match climate {
        Climate::Tropical => [0.55, 0.0, 0.0, 0.45],
        Climate::Dry => [0.35, 0.25, 0.05, 0.35],
        Climate::Temperate => [0.08, 0.0, 0.17, 0.75],
        Climate::Continental => [0.0, 0.0, 0.45, 0.55],
    }
}

/// A number plate: its ground with bands (`white-blue-band`), and whether it is `long` or `tall`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plate {
    /// Colour of the ground, and where it has blue bands.
    pub ground: &'static str,
    /// `long` or `tall`.
    pub shape: &'static str,
}

/// All that a picture may show of a place. Values are those of [`CountryFacts`].
#[derive(Debug, Clone, PartialEq)]
pub struct SceneFacts {
    /// Whether traffic keeps left.
    pub drives_left: bool,
    /// Colour of the centre line.
    pub centre_line: &'static str,
    /// Colour and dashes of the edge line.
    pub edge_line: &'static str,
    /// Languages on signs and the share of each.
    pub languages: Vec<(&'static Language, f32)>,
    /// Plates at the front.
    pub plate_front: Plate,
    /// Plates at the back.
    pub plate_rear: Plate,
    /// Shape and colours of warning signs.
    pub warning_sign: &'static str,
    /// Ground colour of direction signs.
    pub direction_sign: &'static str,
    /// What stands on stop signs.
    pub stop_word: &'static str,
    /// The font that holds the stop word.
    pub stop_font: &'static str,
    /// Outline of stop signs.
    pub stop_shape: &'static str,
    /// Shape and colours of speed limits.
    pub speed_sign: &'static str,
    /// Unit of speed limits.
    pub speed_unit: &'static str,
    /// Style of no-entry signs.
    pub no_entry_sign: &'static str,
    /// Material of utility poles.
    pub pole: &'static str,
    /// Look of roadside posts.
    pub roadside_post: &'static str,
    /// Whether roofs are flat or pitched.
    pub roof: &'static str,
    /// Climate of the place.
    pub climate: Climate,
    /// Whether the sun stands in the south at noon.
    pub northern: bool,
}

impl SceneFacts {
    /// The facts of a country, at one of its cities.
    pub fn of(country: &'static CountryFacts, city: &City) -> Self {
        let shape = country.plate_shape.value.as_str();
        let parts = country.languages.value.iter();
        Self {
            drives_left: country.driving_side.value == "left",
            centre_line: &country.centre_line.value,
            edge_line: &country.edge_line.value,
            languages: parts.filter_map(|part| Some((language(&part.code)?, part.share as f32))).collect(),
            plate_front: Plate { ground: &country.plate_front.value, shape },
            plate_rear: Plate { ground: &country.plate_rear.value, shape },
            warning_sign: &country.warning_sign.value,
            direction_sign: &country.direction_sign.value,
            stop_word: &country.stop_word.value,
            stop_font: stop_font(country),
            stop_shape: &country.stop_shape.value,
            speed_sign: &country.speed_sign.value,
            speed_unit: &country.speed_unit.value,
            no_entry_sign: &country.no_entry_sign.value,
            pole: &country.pole.value,
            roadside_post: &country.roadside_post.value,
            roof: &country.roof.value,
            climate: city.climate,
            northern: city.position.lat >= 0.0,
        }
    }

    /// +1 where traffic keeps right, -1 where it keeps left: the sign of x in one's own lane.
    pub fn own_side(&self) -> f32 {
        if self.drives_left { -1.0 } else { 1.0 }
    }
}

/// How a country's cities are spread over the climates.
pub fn climate_shares(country: &CountryFacts) -> [f32; 4] {
    static SHARES: OnceLock<Vec<[f32; 4]>> = OnceLock::new();
    let countries = crate::knowledge::countries();
    let all = SHARES.get_or_init(|| {
        let share = |country: &CountryFacts| {
            let cities = crate::knowledge::cities_of(country.code);
            Climate::ALL.map(|climate| {
                cities.iter().filter(|city| city.climate == climate).count() as f32 / cities.len().max(1) as f32
            })
        };
        countries.iter().map(share).collect()
    });
    countries.iter().position(|other| other.code == country.code).map_or([0.25; 4], |at| all[at])
}
