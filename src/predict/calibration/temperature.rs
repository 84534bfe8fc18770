//! Temperatures: how sure a model may sound, fitted so that what happened was as likely as can be (Guo, Pleiss, Sun and
//! Weinberger, "On calibration of modern neural networks", ICML 2017, <https://arxiv.org/abs/1706.04599>).

use crate::predict::statement::CountryShare;

/// Temperatures are looked for between this and its inverse.
const GREATEST: f64 = 20.0;

/// Shares to the power of `1 / temperature`, made to sum to 1 again: above 1 they draw together. Their order stays.
pub fn temper(shares: &mut [CountryShare], temperature: f64) {
    let greatest = shares.iter().map(|share| share.probability).fold(f64::MIN_POSITIVE, f64::max);
    for share in &mut *shares {
        share.probability = (share.probability / greatest).powf(1.0 / temperature);
    }
    let sum: f64 = shares.iter().map(|share| share.probability).sum();
    shares.iter_mut().for_each(|share| share.probability /= sum);
}

/// The temperature with the least loss.
pub fn fitted(loss: impl Fn(f64) -> f64) -> f64 {
    let end = GREATEST.ln();
    least(|logarithm| loss(logarithm.exp()), -end, end).exp()
}

/// Where a function with one valley is least between two ends, to a ten-thousandth of their distance (golden section).
pub fn least(value: impl Fn(f64) -> f64, low: f64, high: f64) -> f64 {
    let golden = (5f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = (low, high);
    let nearer = |low: f64, high: f64| (high - golden * (high - low), low + golden * (high - low));
    let (mut left, mut right) = nearer(low, high);
    let (mut at_left, mut at_right) = (value(left), value(right));
    let enough = 1e-4 * (high - low);
    while high - low > enough {
        if at_left < at_right {
            (high, right, at_right) = (right, left, at_left);
            left = nearer(low, high).0;
            at_left = value(left);
        } else {
            (low, left, at_left) = (left, right, at_right);
            right = nearer(low, high).1;
            at_right = value(right);
        }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn shares(probabilities: &[f64]) -> Vec<CountryShare> {
        let codes = ["AT", "BE", "CH", "DE", "ES", "FR", "GB", "IT"];
        let share = |(code, p): (&&str, &f64)| CountryShare { country_code: code.parse().unwrap(), probability: *p };
        codes.iter().zip(probabilities).map(share).collect()
    }

    #[test]
    fn heat_draws_shares_together_and_keeps_their_order() {
        let mut warm = shares(&[0.8, 0.2]);
        temper(&mut warm, 2.0);
        assert!((warm[0].probability - 2.0 / 3.0).abs() < 1e-12, "{warm:?}"); // 2 : 1, the roots of 4 : 1
        let mut same = shares(&[0.7, 0.3, 0.0]);
        temper(&mut same, 1.0);
        assert!((same[0].probability - 0.7).abs() < 1e-12 && same[2].probability == 0.0);
    }

    #[test]
    fn a_known_temperature_is_found_again() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let known = 2.5;
        // The truth is drawn from true shares; the model says what is left of them at one over the known temperature.
        let cases: Vec<(Vec<CountryShare>, usize)> = (0..20_000)
            .map(|_| {
                let raw: Vec<f64> = (0..8).map(|_| rng.random::<f64>().powi(6) + 1e-4).collect();
                let sum: f64 = raw.iter().sum();
                let mut said = shares(&raw.iter().map(|p| p / sum).collect::<Vec<f64>>());
                let mut left = rng.random::<f64>();
                let truth = said.iter().position(|share| {
                    left -= share.probability;
                    left < 0.0
                });
                temper(&mut said, 1.0 / known);
                (said, truth.unwrap_or(7))
            })
            .collect();
        let loss = |temperature: f64| {
            let of = |(said, truth): &(Vec<CountryShare>, usize)| {
                let mut said = said.clone();
                temper(&mut said, temperature);
                -said[*truth].probability.ln()
            };
            cases.iter().map(of).sum::<f64>()
        };
        let found = fitted(loss);
        assert!((found / known - 1.0).abs() < 0.05, "{found}");
    }

    #[test]
    fn a_valley_is_found_at_its_ends_too() {
        assert!((least(|x| (x - 0.3).powi(2), 0.0, 1.0) - 0.3).abs() < 1e-3);
        assert!(least(|x| x, 0.0, 1.0) < 1e-3);
        assert!(least(|x| -x, 0.0, 1.0) > 0.999);
    }
}
