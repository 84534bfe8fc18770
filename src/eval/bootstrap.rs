//! Intervals by drawing the pictures anew (Efron, "Bootstrap methods", Annals of Statistics 7, 1979): the measures of many
//! sets, each of as many pictures as there are, drawn with replacement. All models are measured on the same drawn sets, so
//! that what is hard for both does not blur their difference.
//!
//! Where all pictures or none are right, every drawn set says the same, though twelve pictures are as few as they were: such a
//! share has Wilson's interval, and its difference from another the one that Newcombe makes of both ("Interval estimation for
//! the difference between independent proportions", method 10, Statistics in Medicine 17, 1998).

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::{
    measure::{Measure, Outcome, Values},
    metrics::Share,
};

/// What is left out of an interval at either end.
const TAIL: f64 = 0.025;

/// How the sets are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bootstrap {
    /// How many sets.
    pub draws: usize,
    /// Decides them.
    pub seed: u64,
}

impl Default for Bootstrap {
    fn default() -> Self {
        Self { draws: 1000, seed: 0 }
    }
}

/// A figure with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// Of the pictures themselves.
    pub value: f64,
    /// 2.5 % of the drawn sets lie below.
    pub low: f64,
    /// 2.5 % of them lie above.
    pub high: f64,
}

impl Figure {
    /// Whether zero lies inside: of a difference, that there is none to be seen.
    pub fn spans_zero(&self) -> bool {
        self.low <= 0.0 && self.high >= 0.0
    }
}

/// The measures of each model, and those of the drawn sets.
pub struct Resampled {
    values: Vec<Values>,
    drawn: Vec<Vec<Values>>,
    /// Of each model, by measure, where that is a share.
    shares: Vec<Vec<Option<Share>>>,
}

impl Bootstrap {
    /// Measures each model's outcomes, which are of the same pictures in the same order.
    pub fn resample(&self, models: &[Vec<Outcome>]) -> Resampled {
        let n = models.first().map_or(0, Vec::len);
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let mut drawn: Vec<Vec<Values>> = vec![Vec::with_capacity(self.draws); models.len()];
        for _ in 0..self.draws {
            let picked: Vec<usize> = (0..n).map(|_| rng.random_range(0..n)).collect();
            for (model, drawn) in models.iter().zip(&mut drawn) {
                drawn.push(Values::of(&picked.iter().map(|at| &model[*at]).collect::<Vec<_>>()));
            }
        }
        let values = models.iter().map(|model| Values::of(&model.iter().collect::<Vec<_>>())).collect();
        let share = |model: &[Outcome], measure: Measure| measure.share_of(model.iter());
        let shares = |model: &Vec<Outcome>| Measure::ALL.iter().map(|measure| share(model, *measure)).collect();
        Resampled { values, drawn, shares: models.iter().map(shares).collect() }
    }
}

impl Resampled {
    /// A model's measure; none where there is nothing that it could be of.
    pub fn figure(&self, model: usize, measure: Measure) -> Option<Figure> {
        let value = self.values[model][measure]?;
        if let Some(Share { low, high, .. }) = self.shares[model][measure as usize].filter(is_none_or_all) {
            return Some(Figure { value, low, high });
        }
        Figure::of(value, self.drawn[model].iter().filter_map(|values| values[measure]).collect())
    }

    /// By how much the second model's measure lies above the first one's.
    pub fn difference(&self, first: usize, second: usize, measure: Measure) -> Option<Figure> {
        let value = self.values[second][measure]? - self.values[first][measure]?;
        let shares = self.shares[first][measure as usize].zip(self.shares[second][measure as usize]);
        if let Some((one, other)) = shares.filter(|(one, other)| is_none_or_all(one) || is_none_or_all(other)) {
            let low = value - (other.share - other.low).hypot(one.high - one.share);
            let high = value + (other.high - other.share).hypot(one.share - one.low);
            return Some(Figure { value, low, high });
        }
        let less = |a: &Values, b: &Values| Some(b[measure]? - a[measure]?);
        let drawn = self.drawn[first].iter().zip(&self.drawn[second]).filter_map(|(a, b)| less(a, b));
        Figure::of(value, drawn.collect())
    }
}

/// Whether drawing anew tells nothing of a share.
fn is_none_or_all(share: &Share) -> bool {
    share.hits == 0 || share.hits == share.of
}

impl Figure {
    pub(super) fn of(value: f64, mut drawn: Vec<f64>) -> Option<Self> {
        drawn.sort_by(f64::total_cmp);
        Some(Self { value, low: quantile(&drawn, TAIL)?, high: quantile(&drawn, 1.0 - TAIL)? })
    }
}

/// The value below which this share of sorted values lies, between two of them in proportion (as numpy has it; Hyndman and
/// Fan's type 7, American Statistician 50, 1996). `None` of nothing.
fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let place = share * sorted.len().checked_sub(1)? as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    Some(below + (above - below) * place.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_numpy() {
        // numpy.quantile([1, 2, 4, 8], [0.025, 0.5, 0.975]), as tests/reference/evaluation.py has it.
        for (share, expected) in [(0.025, 1.075), (0.5, 3.0), (0.975, 7.7)] {
            let value = quantile(&[1.0, 2.0, 4.0, 8.0], share).unwrap();
            assert!((value - expected).abs() < 1e-12, "{value} is not {expected}");
        }
        assert_eq!((quantile(&[5.0], 0.975), quantile(&[], 0.5)), (Some(5.0), None));
    }

    /// Twelve pictures, of which the first so many are right.
    fn twelve(n_right: usize) -> Vec<Outcome> {
        let outcome = |at: usize| Outcome {
            is_placed: true,
            km: Some(300.0),
            country: Some(at < n_right),
            region: None,
            city: None,
            named_country: None,
            named_city: None,
        };
        (0..12).map(outcome).collect()
    }

    #[test]
    fn twelve_pictures_of_which_all_or_none_are_right_are_not_certain() {
        let resampled = Bootstrap::default().resample(&[twelve(12), twelve(0), twelve(10), twelve(11)]);
        let figure = |model: usize, measure: Measure| resampled.figure(model, measure).unwrap();
        let near = |figure: Figure, right: [f64; 3]| {
            let is = [figure.value, figure.low, figure.high];
            assert!(is.iter().zip(right).all(|(is, right)| (is - right).abs() < 1e-4), "{is:?}, not {right:?}");
        };
        near(figure(0, Measure::Country), [1.0, 0.7575, 1.0]);
        near(figure(1, Measure::Country), [0.0, 0.0, 0.2425]);
        near(figure(0, Measure::Within1), [0.0, 0.0, 0.2425]);
        near(figure(0, Measure::Within750), [1.0, 0.7575, 1.0]);
        let drawn = figure(2, Measure::Country);
        assert!(drawn.low > 0.5 && drawn.low < 0.7 && drawn.high > 0.95, "others are drawn: {drawn:?}");
        assert_eq!(resampled.figure(0, Measure::Region), None);
        let between = |first, second| resampled.difference(first, second, Measure::Country).unwrap();
        let all_and_none = between(1, 0);
        assert!(!all_and_none.spans_zero() && all_and_none.low < 0.7 && all_and_none.high >= 1.0, "{all_and_none:?}");
        let same = resampled.difference(0, 2, Measure::Within1).unwrap();
        near(same, [0.0, -0.2425, 0.2425]);
        assert!(between(2, 0).spans_zero() && between(2, 0).low < 0.0, "{:?}", between(2, 0));
        assert!(between(2, 3).spans_zero());
    }

    #[test]
    fn an_interval_that_touches_zero_shows_no_difference() {
        let spans = |low, high| Figure { value: 1.0, low, high }.spans_zero();
        assert!(spans(-1.0, 1.0) && spans(0.0, 2.0) && spans(-2.0, 0.0) && !spans(0.1, 2.0) && !spans(-2.0, -0.1));
    }
}
