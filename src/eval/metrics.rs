//! The measures of a set of answers: how often the country is right, how far off the place is, and whether the
//! probabilities mean what they say. Plain arithmetic on numbers; where an answer comes from is no matter here.

use serde::{Deserialize, Serialize};

pub use crate::train::median;

/// The distances, in kilometres, within which an answer counts: street, city, region, country, continent
/// (Vo, Jacobs and Hays, "Revisiting IM2GPS in the Deep Learning Era", ICCV 2017).
pub const THRESHOLDS_KM: [f64; 5] = [1.0, 25.0, 200.0, 750.0, 2500.0];

/// A share with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// How many of them.
    pub hits: usize,
    /// Of how many.
    pub of: usize,
    /// `hits / of`; 0 of nothing.
    pub share: f64,
    /// The lower end of the Wilson interval.
    pub low: f64,
    /// The upper end of the Wilson interval.
    pub high: f64,
}

impl Share {
    /// The share of `hits` in `of`, with the score interval of Wilson (Journal of the American Statistical Association
    /// 22, 1927), which stays inside 0..1 and holds for small counts.
    pub fn new(hits: usize, of: usize) -> Self {
        if of == 0 {
            return Self { hits, of, share: 0.0, low: 0.0, high: 1.0 };
        }
        // The normal quantile that leaves 2.5 % on either side.
        const Z: f64 = 1.959_963_984_540_054;
        let (n, p) = (of as f64, hits as f64 / of as f64);
        let scale = 1.0 + Z * Z / n;
        let centre = (p + Z * Z / (2.0 * n)) / scale;
        let half = Z / scale * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
        Self { hits, of, share: p, low: (centre - half).max(0.0), high: (centre + half).min(1.0) }
    }

    /// "70.8 (66.7 to 74.6)": it and its interval in per cent.
    pub fn in_percent(&self) -> String {
        format!("{:.1} ({:.1} to {:.1})", 100.0 * self.share, 100.0 * self.low, 100.0 * self.high)
    }

    /// The share of items that are `true`.
    pub fn of(items: impl IntoIterator<Item = bool>) -> Self {
        let (mut hits, mut of) = (0, 0);
        for hit in items {
            of += 1;
            hits += usize::from(hit);
        }
        Self::new(hits, of)
    }
}

/// The harmonic mean of precision and recall. As GeoReasoner uses the words, precision is the share of right answers
/// among the answered and recall the share answered at all (its published rows agree with that and nothing else).
pub fn f1(precision: f64, recall: f64) -> f64 {
    if precision + recall > 0.0 { 2.0 * precision * recall / (precision + recall) } else { 0.0 }
}

/// The points that GeoGuessr gives on its world map for a guess this far off: `5000 exp(-d / 1492.7 km)`, as
/// PIGEON (Haas, Skreta, Alberti and Finn, CVPR 2024, <https://arxiv.org/abs/2307.05845>) has it.
pub fn geo_score(distance_km: f64) -> f64 {
    5000.0 * (-distance_km / 1492.7).exp()
}

/// The mean; `None` of nothing.
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// How many bins the calibration error uses.
const N_BINS: usize = 15;

/// The expected calibration error of `(probability, was right)` pairs: the mean gap between the stated probability and
/// the share that was right, over 15 bins of equal width, weighted by their counts (Guo, Pleiss, Sun and Weinberger,
/// ICML 2017, <https://arxiv.org/abs/1706.04599>). `None` of nothing.
pub fn calibration_error(pairs: &[(f64, bool)]) -> Option<f64> {
    if pairs.is_empty() {
        return None;
    }
    let mut bins = [(0.0, 0.0); N_BINS];
    for &(probability, right) in pairs {
        let bin = ((probability * N_BINS as f64) as usize).min(N_BINS - 1);
        bins[bin].0 += probability;
        bins[bin].1 += f64::from(u8::from(right));
    }
    Some(bins.iter().map(|(stated, right)| (stated - right).abs()).sum::<f64>() / pairs.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn near(value: f64, expected: f64) {
        assert!((value - expected).abs() < 5e-4, "{value} is not {expected}");
    }

    #[test]
    fn wilson_intervals_of_known_cases() {
        // Newcombe, Statistics in Medicine 17 (1998), table I, method 3: 81 of 263 and 15 of 148.
        let share = Share::new(81, 263);
        near(share.share, 0.3080);
        near(share.low, 0.2553);
        near(share.high, 0.3662);
        let share = Share::new(15, 148);
        near(share.low, 0.0624);
        near(share.high, 0.1605);
        // None of 20: the lower end is 0 and the upper is not.
        let share = Share::new(0, 20);
        near(share.low, 0.0);
        near(share.high, 0.1611);
        assert_eq!(Share::new(0, 0).high, 1.0);
        assert_eq!(Share::of([true, false, true, true]), Share::new(3, 4));
    }

    #[test]
    fn f1_of_published_rows() {
        // GeoReasoner's table: Qwen-VL .5829/.95/.7225, GPT-4V .8917/.34/.4923.
        near(f1(0.5829, 0.95), 0.7225);
        near(f1(0.8917, 0.34), 0.4923);
        assert_eq!(f1(0.0, 0.0), 0.0);
    }

    #[test]
    fn score_falls_with_distance() {
        assert_eq!(geo_score(0.0), 5000.0);
        near(geo_score(1492.7), 5000.0 / std::f64::consts::E);
        near(geo_score(20_000.0), 5000.0 * (-20_000.0_f64 / 1492.7).exp());
        assert!(geo_score(20_000.0) < 0.01);
    }

    #[test]
    fn the_mean_of_nothing_is_none() {
        assert_eq!(mean(&[1.0, 2.0, 6.0]), Some(3.0));
        assert_eq!(mean(&[]), None);
    }

    #[test]
    fn calibration_by_hand() {
        // Two sure answers, one right: the bin says 1.0 and half are right.
        near(calibration_error(&[(1.0, true), (1.0, false)]).unwrap(), 0.5);
        // 0.5 stated, half right: calibrated.
        near(calibration_error(&[(0.5, true), (0.5, false)]).unwrap(), 0.0);
        // A bin off by 0.2 (two items) and one off by 0.9 (one item): (2 x 0.2 + 0.9) / 3.
        near(calibration_error(&[(0.7, true), (0.7, false), (0.1, true)]).unwrap(), (0.4 + 0.9) / 3.0);
        assert_eq!(calibration_error(&[]), None);
    }
}
