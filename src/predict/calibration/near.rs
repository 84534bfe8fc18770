//! How likely a place is near a candidate, from how much of the probability lies near it: a line on log odds (Platt,
//! "Probabilistic outputs for support vector machines", 1999), since what lies near a place is spread as people live and
//! not as pictures are taken.

use serde::{Deserialize, Serialize};

/// Shares are taken for no nearer to 0 or 1 than this.
const LEAST: f64 = 1e-4;

/// No more of Newton's steps than this are taken; they have settled long before.
const STEPS: usize = 100;

/// A step is halved no more often than this.
const HALVINGS: u32 = 60;

/// Keeps the line finite where the outcomes can be told apart without error: the weight of how far it lies from the one that
/// changes nothing.
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

    /// The line under which these outcomes were likeliest: shares of the probability, and whether the place lay there. Where more
    /// near was seldomer near, the shares tell nothing, and each counts as many as lay near of all.
    pub fn fitted(cases: &[(f64, bool)]) -> Self {
        let mut line = Self::SAME;
        let mut loss = line.loss(cases);
        for _ in 0..STEPS {
            // Where all shares are near 0 or 1, the loss is hardly bent, and a whole step leads far beyond the line.
            let step = line.step(cases);
            let halved = (0..HALVINGS).map(|n| line.moved(step.map(|way| way * 0.5_f64.powi(n.cast_signed()))));
            let mut better = halved.map(|line| (line.loss(cases), line)).filter(|(lost, _)| *lost < loss);
            let Some(found) = better.next() else { break };
            (loss, line) = found;
        }
        if line.is_sound() {
            return line;
        }
        let n_near = cases.iter().filter(|(_, is_near)| *is_near).count();
        Self { offset: log_odds(n_near as f64 / cases.len() as f64), slope: 0.0 }
    }

    /// Newton's step toward the line of the least loss.
    fn step(self, cases: &[(f64, bool)]) -> [f64; 2] {
        let mut gradient = [STIFFNESS * self.offset, STIFFNESS * (self.slope - 1.0)];
        let mut bend = [STIFFNESS, 0.0, STIFFNESS];
        for (share, is_near) in cases {
            let (x, p) = (log_odds(*share), self.probability(*share));
            let (error, weight) = (p - f64::from(u8::from(*is_near)), p * (1.0 - p));
            gradient[0] += error;
            gradient[1] += error * x;
            bend[0] += weight;
            bend[1] += weight * x;
            bend[2] += weight * x * x;
        }
        let determinant = bend[0] * bend[2] - bend[1] * bend[1];
        [bend[1] * gradient[1] - bend[2] * gradient[0], bend[1] * gradient[0] - bend[0] * gradient[1]]
            .map(|way| way / determinant)
    }

    fn moved(self, [offset, slope]: [f64; 2]) -> Self {
        Self { offset: self.offset + offset, slope: self.slope + slope }
    }

    /// The logarithmic loss of these outcomes, and what the line's stiffness adds to it.
    fn loss(self, cases: &[(f64, bool)]) -> f64 {
        let stiffness = STIFFNESS / 2.0 * (self.offset * self.offset + (self.slope - 1.0) * (self.slope - 1.0));
        let of = |(share, is_near): &(f64, bool)| {
            let toward = self.offset + self.slope * log_odds(*share);
            // What is lost by the log odds of the outcome that it was.
            let odds = if *is_near { toward } else { -toward };
            (-odds).max(0.0) + (-odds.abs()).exp().ln_1p()
        };
        stiffness + cases.iter().map(of).sum::<f64>()
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
    fn sure_shares_that_are_often_wrong_are_taken_down() {
        // Five candidates of each of a hundred pictures, of which the first has nearly all; it is right four times in ten.
        let sure = |at: u32| 0.95 + 0.0499 * f64::from(at) / 100.0;
        let of = |at: u32| [(sure(at), at % 5 < 2)].into_iter().chain([((1.0 - sure(at)) / 4.0, at % 5 == 2); 4]);
        let cases: Vec<(f64, bool)> = (0..100).flat_map(of).collect();
        let found = Near::fitted(&cases);
        assert!((0.05..1.0).contains(&found.slope) && found.offset.abs() < 5.0, "{found:?}");
        assert!((found.probability(0.97) - 0.4).abs() < 0.1, "{}", found.probability(0.97));
        assert!(found.loss(&cases) < Near::SAME.loss(&cases) / 2.0);
    }

    #[test]
    fn where_more_is_seldomer_near_all_count_alike() {
        let cases: Vec<(f64, bool)> = (1..100).map(|at| (f64::from(at) / 100.0, at % 33 == 0 || at < 10)).collect();
        let found = Near::fitted(&cases);
        assert_eq!(found.slope, 0.0);
        assert!((found.probability(0.9) - 12.0 / 99.0).abs() < 1e-9, "{found:?}");
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
