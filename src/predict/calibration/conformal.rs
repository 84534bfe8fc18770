//! Split conformal prediction: a level that areas must be drawn at, taken from cases whose place is known.
//!
//! The score of a case is how much of the probability an area must leave behind before it reaches the truth. The quantile of
//! `n` scores at rank `ceil((n + 1) p)` is not below the score of one more case of the same kind with a probability of
//! at least `p`, and with ties aside at most `p + 1 / (n + 1)`, whatever the model is worth (Lei, G'Sell, Rinaldo,
//! Tibshirani and Wasserman, "Distribution-free predictive inference for regression", JASA 113, 2018, theorem 2.2;
//! scores by probability mass as in Romano, Sesia and Candès, "Classification with valid and adaptive coverage", NeurIPS
//! 2020). "Of the same kind" means exchangeable: taken from where the calibration's cases were taken.

/// A share of cases to be covered is promised only where at least so many cases are expected to lie beyond it.
const BEYOND: f64 = 5.0;

/// The finite-sample quantile of scores at the share `p` in 0..1: the score of rank `ceil((n + 1) p)`. None where there is
/// no such rank.
pub fn rank_quantile(scores: &[f64], p: f64) -> Option<f64> {
    // The product of decimals may fall a hair above the whole number that is meant: 10 x 0.9.
    let rank = ((scores.len() + 1) as f64 * p - 1e-9).ceil().max(1.0) as usize;
    let mut sorted = scores.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(rank - 1).copied()
}

/// How many cases a level for the share `p` takes at least.
pub fn least_cases(p: f64) -> usize {
    (BEYOND / (1.0 - p) - 1e-9).ceil() as usize
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn the_rank_counts_the_case_to_come() {
        let scores: Vec<f64> = (1..=9).map(f64::from).rev().collect();
        assert_eq!(rank_quantile(&scores, 0.9), Some(9.0));
        assert_eq!(rank_quantile(&scores, 0.5), Some(5.0));
        assert_eq!(rank_quantile(&scores[1..], 0.9), None, "of eight cases none has rank nine");
        assert_eq!((least_cases(0.5), least_cases(0.9)), (10, 50));
    }

    /// The mean coverage of one more case over many draws of `n` exchangeable scores.
    fn coverage(n: usize, p: f64) -> f64 {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let draws = 40_000;
        let covered = (0..draws).filter(|_| {
            // Any distribution will do; this one is skewed.
            let scores: Vec<f64> = (0..=n).map(|_| rng.random::<f64>().powi(3)).collect();
            rank_quantile(&scores[..n], p).is_some_and(|level| scores[n] <= level)
        });
        covered.count() as f64 / f64::from(draws)
    }

    #[test]
    fn exchangeable_cases_are_covered_as_promised() {
        for (n, p) in [(10, 0.5), (50, 0.9), (23, 0.8)] {
            let covered = coverage(n, p);
            // Three standard errors of 40,000 draws.
            let slack = 3.0 * (p * (1.0 - p) / 40_000.0).sqrt();
            assert!(covered >= p - slack, "{covered} of {p}");
            assert!(covered <= p + 1.0 / (n as f64 + 1.0) + slack, "{covered} of {p}");
        }
    }
}
