//! How likely a place is near a candidate, from how much of the probability lies near it: a line on log odds (Platt,
//! "Probabilistic outputs for support vector machines", 1999), since what lies near a place is spread as people live and
//! not as pictures are taken.

use serde::{Deserialize, Serialize};

/// Shares are taken for no nearer to 0 or 1 than this.
const LEAST: f64 = 1e-4;

/// Newton's steps; a handful is enough.
const STEPS: usize = 25;

/// Keeps the line finite where the outcomes can be told apart without error.
const STIFFNESS: f64 = 1e-3;

/// Log odds are `offset` and `slope` times what they were.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Near {
    /// Added.
    pub offset: f64,
    /// Multiplied.
    pub slope: f64,
}

impl Near {
    /// What says the same as before.
    pub const SAME: Self = Self { offset: 0.0, slope: 1.0 };

    /// The line under which these outcomes were likeliest: shares of the probability, and whether the place lay there.
    pub fn fitted(cases: &[(f64, bool)]) -> Self {
        let mut line = Self::SAME;
        for _ in 0..STEPS {
            // The slope and the bend of the loss, held to the line that changes nothing.
            let mut gradient = [STIFFNESS * line.offset, STIFFNESS * (line.slope - 1.0)];
            let mut bend = [STIFFNESS, 0.0, STIFFNESS];
            for (share, is_near) in cases {
                let (x, p) = (log_odds(*share), line.probability(*share));
                let (error, weight) = (p - f64::from(u8::from(*is_near)), p * (1.0 - p));
                gradient[0] += error;
                gradient[1] += error * x;
                bend[0] += weight;
                bend[1] += weight * x;
                bend[2] += weight * x * x;
            }
            let determinant = bend[0] * bend[2] - bend[1] * bend[1];
            if determinant <= f64::MIN_POSITIVE {
                break;
            }
            line.offset -= (bend[2] * gradient[0] - bend[1] * gradient[1]) / determinant;
            line.slope -= (bend[0] * gradient[1] - bend[1] * gradient[0]) / determinant;
        }
        if line.is_sound() { line } else { Self::SAME }
    }

    /// The probability for a share of the probability that lies near.
    pub fn probability(self, share: f64) -> f64 {
        1.0 / (1.0 + (-self.offset - self.slope * log_odds(share)).exp())
    }

    /// Whether more near is likelier near.
    pub fn is_sound(self) -> bool {
        self.offset.is_finite() && self.slope.is_finite() && self.slope >= 0.0
    }
}

fn log_odds(share: f64) -> f64 {
    let share = share.clamp(LEAST, 1.0 - LEAST);
    (share / (1.0 - share)).ln()
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn a_known_line_is_found_again() {
        let known = Near { offset: -0.7, slope: 0.6 };
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let case = |share: f64, chance: f64| (share, chance < known.probability(share));
        let cases: Vec<(f64, bool)> = (0..20_000).map(|_| case(rng.random(), rng.random())).collect();
        let found = Near::fitted(&cases);
        assert!((found.offset - known.offset).abs() < 0.06 && (found.slope - known.slope).abs() < 0.04, "{found:?}");
    }

    #[test]
    fn few_or_clear_outcomes_give_a_line_all_the_same() {
        assert_eq!(Near::fitted(&[]), Near::SAME);
        let clear: Vec<(f64, bool)> = (1..100).map(|at| (f64::from(at) / 100.0, at > 50)).collect();
        let found = Near::fitted(&clear);
        assert!(found.is_sound() && found.probability(0.9) > 0.95, "{found:?}");
        assert!((Near::SAME.probability(0.3) - 0.3).abs() < 1e-12);
    }
}
