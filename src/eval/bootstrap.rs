//! Intervals by drawing the pictures anew (Efron, "Bootstrap methods", Annals of Statistics 7, 1979): the measures of many
//! sets, each of as many pictures as there are, drawn with replacement. All models are measured on the same drawn sets, so
//! that what is hard for both does not blur their difference.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::measure::{Measure, Outcome, Values};

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
        Resampled { values, drawn }
    }
}

impl Resampled {
    /// A model's measure; none where there is nothing that it could be of.
    pub fn figure(&self, model: usize, measure: Measure) -> Option<Figure> {
        let drawn = self.drawn[model].iter().filter_map(|values| values[measure]);
        Figure::of(self.values[model][measure]?, drawn.collect())
    }

    /// By how much the second model's measure lies above the first one's.
    pub fn difference(&self, first: usize, second: usize, measure: Measure) -> Option<Figure> {
        let less = |a: &Values, b: &Values| Some(b[measure]? - a[measure]?);
        let drawn = self.drawn[first].iter().zip(&self.drawn[second]).filter_map(|(a, b)| less(a, b));
        Figure::of(less(&self.values[first], &self.values[second])?, drawn.collect())
    }
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

    #[test]
    fn an_interval_that_touches_zero_shows_no_difference() {
        let spans = |low, high| Figure { value: 1.0, low, high }.spans_zero();
        assert!(spans(-1.0, 1.0) && spans(0.0, 2.0) && spans(-2.0, 0.0) && !spans(0.1, 2.0) && !spans(-2.0, -0.1));
    }
}
