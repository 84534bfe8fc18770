//! The measures of a set of trials: whether the numbers mean what they say, and what that costs in area.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::{
    super::metrics::{Share, calibration_error, mean, median},
    trial::{Reach, Trial, share},
};

/// Shares of the pictures answered at which the risk of abstaining from the others is told.
const ANSWERED: [f64; 7] = [1.0, 0.9, 0.8, 0.7, 0.5, 0.25, 0.1];

/// Areas after which it is told how many places have been found, in square kilometres.
const SEARCHED_KM2: [f64; 6] = [1e2, 1e3, 1e4, 1e5, 1e6, 1e7];

/// How often the outcomes of a perfectly calibrated model are drawn.
const DRAWS: usize = 200;

/// What a set of trials comes to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measures {
    /// Is the likeliest country right?
    pub country: Share,
    /// Are the areas for one half right as often as they say?
    pub p50: Areas,
    /// And those for nine tenths?
    pub p90: Areas,
    /// Mean logarithmic loss of the country, in nats.
    pub country_log_loss: f64,
    /// Mean Brier score over all countries, 0 to 2.
    pub country_brier: f64,
    /// Mean logarithmic loss of the place, in nats beside an even density of one a square kilometre.
    pub place_log_loss: f64,
    /// The expected calibration error of the likeliest country's probability, over 15 bins.
    pub calibration_error: f64,
    /// What it would be on average if every probability were true, since counts scatter.
    pub perfect_calibration_error: f64,
    /// The same error of the probability that the place lies within 100 km of the first candidate.
    pub near_calibration_error: f64,
    /// What it would be on average if every probability were true.
    pub perfect_near_calibration_error: f64,
    /// Recall against searched area: the likeliest square kilometres first.
    pub found: Vec<Found>,
    /// The median of the area searched until the place is found; of places whose cell was given nothing, the whole world's.
    pub median_searched_km2: f64,
    /// The risk of those pictures that are answered when the least sure are not.
    pub answered: Vec<Answered>,
}

/// Areas of one promise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Areas {
    /// How often the likeliest cells hold the place.
    pub cells: Share,
    /// The median of their area in square kilometres.
    pub cells_median_km2: f64,
    /// The mean of it.
    pub cells_mean_km2: f64,
    /// How often the circle around the first candidate does.
    pub circle: Share,
    /// The median of its area.
    pub circle_median_km2: f64,
    /// The mean of it.
    pub circle_mean_km2: f64,
}

/// How many places are found in an area.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// The area searched for each picture.
    pub km2: f64,
    /// The places found.
    pub found: Share,
}

/// The right answers among those that are given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    /// The share of pictures answered.
    pub share: f64,
    /// The likeliest country has at least this probability, or the answer is "cannot tell".
    pub from_probability: f64,
    /// Is the country right?
    pub country: Share,
    /// Is the first candidate within 200 km?
    pub within_200_km: Share,
}

/// The area of the Earth.
const EARTH_KM2: f64 = 510.066e6;

impl Measures {
    /// Of trials; none of no trials.
    pub fn of(trials: &[&Trial]) -> Option<Self> {
        let mean_of = |value: fn(&Trial) -> f64| mean(&trials.iter().map(|trial| value(trial)).collect::<Vec<_>>());
        let stated: Vec<(f64, bool)> = trials.iter().map(|trial| (trial.probability, trial.is_right)).collect();
        let near: Vec<(f64, bool)> = trials.iter().map(|trial| (trial.near_probability, trial.km <= 100.0)).collect();
        let searched: Vec<f64> = trials.iter().map(|trial| trial.searched_km2.unwrap_or(EARTH_KM2)).collect();
        let found = |km2: f64| Found { km2, found: Share::of(searched.iter().map(|searched| *searched <= km2)) };
        Some(Self {
            country: share(trials, |trial| trial.is_right),
            p50: Areas::of(trials, |trial| trial.p50)?,
            p90: Areas::of(trials, |trial| trial.p90)?,
            country_log_loss: mean_of(|trial| trial.log_loss)?,
            country_brier: mean_of(|trial| trial.brier)?,
            place_log_loss: mean_of(|trial| trial.place_log_loss)?,
            calibration_error: calibration_error(&stated)?,
            perfect_calibration_error: perfect_calibration_error(&stated)?,
            near_calibration_error: calibration_error(&near)?,
            perfect_near_calibration_error: perfect_calibration_error(&near)?,
            found: SEARCHED_KM2.map(found).to_vec(),
            median_searched_km2: median(&searched)?,
            answered: answered(trials),
        })
    }
}

impl Areas {
    fn of(trials: &[&Trial], reach: impl Fn(&Trial) -> Reach) -> Option<Self> {
        let cells: Vec<f64> = trials.iter().map(|trial| reach(trial).cells_km2).collect();
        let circles: Vec<f64> = trials.iter().map(|trial| reach(trial).circle_km2).collect();
        Some(Self {
            cells: share(trials, |trial| reach(trial).in_cells),
            cells_median_km2: median(&cells)?,
            cells_mean_km2: mean(&cells)?,
            circle: share(trials, |trial| reach(trial).in_circle),
            circle_median_km2: median(&circles)?,
            circle_mean_km2: mean(&circles)?,
        })
    }
}

fn answered(trials: &[&Trial]) -> Vec<Answered> {
    let mut surest: Vec<&Trial> = trials.to_vec();
    surest.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    let at = |answered: f64| {
        let n = ((answered * surest.len() as f64).round() as usize).clamp(1, surest.len());
        let given = &surest[..n];
        Answered {
            share: answered,
            from_probability: given[n - 1].probability,
            country: share(given, |trial| trial.is_right),
            within_200_km: share(given, |trial| trial.km <= 200.0),
        }
    };
    if surest.is_empty() { Vec::new() } else { ANSWERED.map(at).to_vec() }
}

/// The mean calibration error of outcomes drawn from the stated probabilities themselves, by a fixed seed: what a perfectly
/// calibrated model would show with so many pictures.
pub fn perfect_calibration_error(stated: &[(f64, bool)]) -> Option<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let draws = (0..DRAWS).filter_map(|_| {
        let drawn: Vec<(f64, bool)> =
            stated.iter().map(|(probability, _)| (*probability, rng.random::<f64>() < *probability)).collect();
        calibration_error(&drawn)
    });
    mean(&draws.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::predict::calibration::SignsSay;

    fn trial(probability: f64, is_right: bool, searched_km2: Option<f64>) -> Trial {
        let reach = |in_cells: bool| Reach { in_cells, cells_km2: 100.0, in_circle: !in_cells, circle_km2: 400.0 };
        Trial {
            country: "FR".parse().unwrap(),
            locatability: None,
            has_words: None,
            signs: SignsSay::NotRead,
            probability,
            is_right,
            near_probability: probability,
            km: if is_right { 10.0 } else { 900.0 },
            log_loss: 1.0,
            brier: 0.5,
            place_log_loss: 12.0,
            searched_km2,
            p50: reach(is_right),
            p90: reach(true),
        }
    }

    fn measures(trials: &[Trial]) -> Measures {
        Measures::of(&trials.iter().collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn coverage_and_area_are_of_the_cells_and_of_the_circle_apart() {
        let found = measures(&[trial(0.9, true, Some(50.0)), trial(0.6, false, None)]);
        assert_eq!((found.p50.cells, found.p50.circle), (Share::new(1, 2), Share::new(1, 2)));
        assert_eq!((found.p90.cells, found.p90.circle), (Share::new(2, 2), Share::new(0, 2)));
        assert_eq!((found.p90.cells_mean_km2, found.p90.circle_median_km2), (100.0, 400.0));
    }

    #[test]
    fn the_least_sure_are_left_out_first() {
        let trials: Vec<Trial> = (1..=10).map(|at| trial(f64::from(at) / 10.0, at > 5, None)).collect();
        let answered = measures(&trials).answered;
        let half = answered.iter().find(|row| row.share == 0.5).unwrap();
        assert_eq!((half.country, half.from_probability), (Share::new(5, 5), 0.6));
        assert_eq!(answered[0].within_200_km, Share::new(5, 10));
    }

    #[test]
    fn a_place_that_was_given_nothing_is_found_last() {
        let found = measures(&[trial(0.9, true, Some(5_000.0)), trial(0.9, true, None)]);
        let at = |km2: f64| found.found.iter().find(|row| row.km2 == km2).unwrap().found.hits;
        assert_eq!((at(1e3), at(1e4), at(1e7)), (0, 1, 1));
    }

    #[test]
    fn a_perfect_model_shows_an_error_by_chance() {
        // All in one bin: the mean of |x| for x normal with the deviation sqrt(0.25 / n) is 0.0126 at n = 1,000.
        let stated = vec![(0.5, true); 1000];
        let chance = perfect_calibration_error(&stated).unwrap();
        assert!((chance - 0.0126).abs() < 0.002, "{chance}");
        assert_eq!(perfect_calibration_error(&[]), None);
    }
}
