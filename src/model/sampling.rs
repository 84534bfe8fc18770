//! How the next token is picked from its scores: the best one, or drawn by chance from the likely ones.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// How to pick.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sampling {
    /// 0 picks the best token; above, scores are divided by it before a token is drawn.
    pub temperature: f32,
    /// Only the likeliest tokens that together reach this probability are drawn from; 1 draws from all.
    pub top_p: f32,
    /// Same seed, same draws.
    pub seed: u64,
}

impl Sampling {
    /// Always the best token.
    pub const GREEDY: Self = Self { temperature: 0.0, top_p: 1.0, seed: 0 };

    /// Whether it is always the best token that is picked.
    pub fn is_greedy(&self) -> bool {
        self.temperature <= 0.0 || !self.temperature.is_finite()
    }
}

/// Picks token after token.
#[derive(Debug)]
pub struct Sampler {
    sampling: Sampling,
    /// ChaCha by name: what the standard generator of `rand` is may change with its version, and the draws with it.
    random: ChaCha8Rng,
}

impl Sampler {
    /// Begins with the seed.
    pub fn new(sampling: Sampling) -> Self {
        Self { sampling, random: ChaCha8Rng::seed_from_u64(sampling.seed) }
    }

    /// The id picked from scores `[vocabulary]`; a score that is no number is never picked while there is another.
    pub fn pick(&mut self, logits: &[f32]) -> u32 {
        let best = best(logits);
        let temperature = self.sampling.temperature;
        if self.sampling.is_greedy() || logits.is_empty() {
            return best as u32;
        }
        let highest = logits[best];
        if !highest.is_finite() {
            return best as u32;
        }
        let weight = |logit: f32| if logit.is_nan() { 0.0 } else { f64::from((logit - highest) / temperature).exp() };
        let mut likely: Vec<(usize, f64)> = logits.iter().map(|&logit| weight(logit)).enumerate().collect();
        likely.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let total: f64 = likely.iter().map(|&(_, weight)| weight).sum();
        let wanted = total * f64::from(self.sampling.top_p.clamp(0.0, 1.0));
        let mut reached = 0.0;
        let n_kept = likely.iter().position(|&(_, weight)| {
            reached += weight;
            reached >= wanted
        });
        likely.truncate(n_kept.map_or(likely.len(), |n| n + 1));
        self.draw(&likely) as u32
    }

    fn draw(&mut self, likely: &[(usize, f64)]) -> usize {
        let total: f64 = likely.iter().map(|&(_, weight)| weight).sum();
        let mut left = self.random.random::<f64>() * total;
        for &(id, weight) in likely {
            left -= weight;
            if left < 0.0 {
                return id;
            }
        }
        likely.last().map_or(0, |&(id, _)| id)
    }
}

/// The scores with those of the tokens `seen` divided by `penalty` where they are positive and multiplied by it where they are
/// not, each once, as transformers' `RepetitionPenaltyLogitsProcessor` does it (<https://arxiv.org/abs/1909.05858>).
pub(super) fn penalised(logits: &[f32], seen: &[u32], penalty: f32) -> Vec<f32> {
    let mut penalised = logits.to_vec();
    for &token in seen {
        let Some(&logit) = logits.get(token as usize) else { continue };
        penalised[token as usize] = if logit < 0.0 { logit * penalty } else { logit / penalty };
    }
    penalised
}

/// The first of the highest scores, as argmax does it upstream.
pub(super) fn best(logits: &[f32]) -> usize {
    let mut best = 0;
    for (id, &logit) in logits.iter().enumerate() {
        if logit > logits[best] || (logits[best].is_nan() && !logit.is_nan()) {
            best = id;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picks(sampling: Sampling, logits: &[f32], n: usize) -> Vec<u32> {
        let mut sampler = Sampler::new(sampling);
        (0..n).map(|_| sampler.pick(logits)).collect()
    }

    #[test]
    fn greedy_picks_the_first_of_the_best_and_never_a_nan() {
        assert_eq!(picks(Sampling::GREEDY, &[f32::NAN, 1.0, 3.0, 3.0], 1), [2]);
        assert_eq!(picks(Sampling::GREEDY, &[f32::NAN, f32::NAN], 1), [0]);
        assert_eq!(picks(Sampling::GREEDY, &[], 1), [0]);
    }

    #[test]
    fn what_was_seen_counts_less_once_whatever_its_sign() {
        let logits = [2.0, -1.0, 4.0, 0.0];
        assert_eq!(penalised(&logits, &[1, 2, 2, 1, 9], 2.0), [2.0, -2.0, 2.0, 0.0]);
        assert_eq!(penalised(&logits, &[], 2.0), logits);
    }

    #[test]
    fn the_seed_decides_the_draws() {
        let warm = |seed| Sampling { temperature: 1.0, top_p: 1.0, seed };
        let logits: Vec<f32> = (0..50).map(|i| (i % 7) as f32 * 0.1).collect();
        assert_eq!(picks(warm(7), &logits, 40), picks(warm(7), &logits, 40));
        assert_ne!(picks(warm(7), &logits, 40), picks(warm(8), &logits, 40));
    }

    /// The numbers are those of `tests/reference/sampling.py`.
    #[test]
    fn a_seed_draws_the_same_in_every_release() {
        let warm = Sampling { temperature: 0.7, top_p: 0.9, seed: 7 };
        let logits: Vec<f32> = (0..50).map(|i| (i % 7) as f32 * 0.1).collect();
        assert_eq!(picks(warm, &logits, 12), [34, 41, 38, 45, 3, 33, 20, 37, 33, 0, 48, 40]);
    }

    #[test]
    fn draws_follow_the_probabilities_and_top_p_cuts_the_tail() {
        let logits = [2f32.ln(), 1f32.ln(), 1f32.ln()];
        let drawn = picks(Sampling { temperature: 1.0, top_p: 1.0, seed: 1 }, &logits, 4000);
        let share = drawn.iter().filter(|&&id| id == 0).count() as f64 / 4000.0;
        assert!((share - 0.5).abs() < 0.04, "{share}");
        assert!(picks(Sampling { temperature: 1.0, top_p: 0.4, seed: 1 }, &logits, 200).iter().all(|&id| id == 0));
        let kept = picks(Sampling { temperature: 1.0, top_p: 0.7, seed: 1 }, &logits, 200);
        assert!(kept.contains(&1) && !kept.contains(&2));
    }
}
