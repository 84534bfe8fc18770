//! What became of one case: the numbers that were given for a picture, held against where it was taken.

use super::super::{metrics::Share, results::ResultRow};
use crate::{
    geo::{CountryCode, EARTH_RADIUS_KM, LatLon, Surface},
    predict::{
        calibration::{Calibration, Level, Record, SignsSay},
        statement::CountryShare,
    },
};

/// One case, weighed with or without a calibration.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// Where it was taken.
    pub country: CountryCode,
    /// The segmenter's score.
    pub locatability: Option<f64>,
    /// Whether a word can be read in it, where that is known.
    pub has_words: Option<bool>,
    /// What its signs say.
    pub signs: SignsSay,
    /// The likeliest country's probability.
    pub probability: f64,
    /// Whether that is the country.
    pub is_right: bool,
    /// The probability that was given to the surroundings of the first candidate, within 100 km.
    pub near_probability: f64,
    /// How far the first candidate is from the place.
    pub km: f64,
    /// The probability of the country that it was, as its logarithm without the sign.
    pub log_loss: f64,
    /// The squared distance between the probabilities of all countries and what was true.
    pub brier: f64,
    /// The probability on a square kilometre at the place, as its logarithm without the sign.
    pub place_log_loss: f64,
    /// How many square kilometres are searched before the place is found, the likeliest first; none where its cell was
    /// given nothing.
    pub searched_km2: Option<f64>,
    /// The area for one half.
    pub p50: Reach,
    /// The area for nine tenths.
    pub p90: Reach,
}

/// What an area came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reach {
    /// Whether the likeliest cells hold the place.
    pub in_cells: bool,
    /// Their area.
    pub cells_km2: f64,
    /// Whether the circle does.
    pub in_circle: bool,
    /// Its area.
    pub circle_km2: f64,
}

/// A square kilometre is never given less than this.
const LEAST_DENSITY: f64 = 1e-12;

impl Trial {
    /// Weighs a record; none where nothing was said of it or it lies in no country.
    pub fn of(record: &Record, calibration: Option<&Calibration>) -> Option<Self> {
        let calibrated = calibration.and_then(|calibration| record.calibrated(calibration));
        let weighed = record.weighed(calibrated.as_ref());
        let country = record.country?;
        let first = weighed.countries.first()?;
        let candidate = weighed.candidates.first()?;
        let km = candidate.position()?.distance_km(record.position);
        let log_loss = record.loss(&record.country_shares(calibrated.as_ref().map(|calibrated| &calibrated.weights)));
        Some(Self {
            country,
            locatability: record.locatability,
            has_words: record.has_words,
            signs: record.signs_say(),
            probability: first.probability,
            is_right: first.country_code == country,
            near_probability: candidate.within_100_km,
            km,
            log_loss,
            brier: brier(&weighed.countries, (-log_loss).exp()),
            place_log_loss: place_log_loss(&weighed.surface, record.position),
            searched_km2: searched_km2(&weighed.surface, record.position),
            p50: Reach::of(&weighed.surface, weighed.levels.p50, record.position, (weighed.credible_km.p50, km)),
            p90: Reach::of(&weighed.surface, weighed.levels.p90, record.position, (weighed.credible_km.p90, km)),
        })
    }

    /// Of a row of results; none where nothing was said of the picture or it lies in no country.
    pub fn of_row(row: &ResultRow) -> Option<Self> {
        let (country, km) = (row.true_country?, row.distance_km?);
        let reach = |in_cells: Option<bool>, cells_km2: Option<f64>, circle_km: Option<f64>| {
            Some(Reach { in_cells: in_cells?, cells_km2: cells_km2?, ..Reach::around(circle_km?, km) })
        };
        Some(Self {
            country,
            locatability: row.locatability,
            has_words: row.has_words,
            signs: row.signs?,
            probability: row.probability?,
            is_right: row.likeliest_country == Some(country),
            near_probability: row.near_probability?,
            km,
            log_loss: row.country_log_loss?,
            brier: row.country_brier?,
            place_log_loss: row.place_log_loss?,
            searched_km2: row.searched_km2,
            p50: reach(row.p50_in_cells, row.p50_cells_km2, row.p50_km)?,
            p90: reach(row.p90_in_cells, row.p90_cells_km2, row.p90_km)?,
        })
    }
}

impl Reach {
    /// Of a circle around the first candidate that is `km` from the truth.
    fn of(surface: &Surface, level: Level, truth: LatLon, (circle_km, km): (f64, f64)) -> Self {
        let (in_cells, cells_km2) = holds(surface, level.cells, truth);
        Self { in_cells, cells_km2, ..Self::around(circle_km, km) }
    }

    /// The circle alone.
    fn around(circle_km: f64, km: f64) -> Self {
        Self { in_cells: false, cells_km2: 0.0, in_circle: km <= circle_km, circle_km2: cap_km2(circle_km) }
    }
}

/// Whether the likeliest cells that have this share together hold the place, and their area.
pub(in crate::eval) fn holds(surface: &Surface, share: f64, place: LatLon) -> (bool, f64) {
    let cells = surface.cells_covering(share);
    let is_in = surface.before(place).is_some_and(|before| before < share);
    (is_in, cells.iter().map(|(cell, _)| cell.area_km2()).sum())
}

/// The squared distance between the probabilities of all countries and what is true, which was given `of_truth`.
pub(in crate::eval) fn brier(countries: &[CountryShare], of_truth: f64) -> f64 {
    let squares: f64 = countries.iter().map(|share| share.probability.powi(2)).sum();
    squares - 2.0 * of_truth + 1.0
}

/// The probability on a square kilometre at a place, as its logarithm without the sign.
pub(in crate::eval) fn place_log_loss(surface: &Surface, place: LatLon) -> f64 {
    -surface.density_at(place).max(LEAST_DENSITY).ln()
}

/// The area of a circle on the globe: `2 pi R^2 (1 - cos(r / R))`.
fn cap_km2(radius_km: f64) -> f64 {
    2.0 * std::f64::consts::PI * EARTH_RADIUS_KM.powi(2) * (1.0 - (radius_km / EARTH_RADIUS_KM).cos())
}

/// How many square kilometres are searched before a place is found; none where its cell was given nothing.
pub(in crate::eval) fn searched_km2(surface: &Surface, place: LatLon) -> Option<f64> {
    let before = surface.before(place)?;
    // The cells that stand before the place's, and its own.
    let mut sum = 0.0;
    let searched = surface.cells.iter().take_while(|(_, share)| {
        let stands_before = sum <= before;
        sum += f64::from(*share);
        stands_before
    });
    Some(searched.map(|(cell, _)| cell.area_km2()).sum())
}

/// The share of trials of which something is true.
pub fn share(trials: &[&Trial], is_true: impl Fn(&Trial) -> bool) -> Share {
    Share::of(trials.iter().map(|trial| is_true(trial)))
}
