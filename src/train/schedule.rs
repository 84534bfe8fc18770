//! The learning rate over the steps: a straight rise, then half a cosine down.

/// How the learning rate moves; see [`Schedule::rate`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Schedule {
    /// All the steps of the run.
    pub steps: u64,
    /// The steps of the rise.
    pub warmup_steps: u64,
    /// The highest rate.
    pub peak: f64,
    /// The rate after the last step, as a share of the highest.
    pub final_share: f64,
}

impl Schedule {
    /// The learning rate of a step, counted from 0.
    ///
    /// It rises so that step `warmup_steps` is the first at the peak, and then follows half a cosine to
    /// `final_share * peak` (Loshchilov and Hutter, <https://arxiv.org/abs/1608.03983>, without restarts).
    pub fn rate(&self, step: u64) -> f64 {
        if step < self.warmup_steps {
            return self.peak * (step + 1) as f64 / (self.warmup_steps + 1) as f64;
        }
        let falling = self.steps.saturating_sub(self.warmup_steps).max(1);
        let done = ((step - self.warmup_steps) as f64 / falling as f64).min(1.0);
        let cosine = 0.5 * (1.0 + (std::f64::consts::PI * done).cos());
        self.peak * (self.final_share + (1.0 - self.final_share) * cosine)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rises_peaks_and_falls() {
        let schedule = Schedule { steps: 110, warmup_steps: 10, peak: 1.0, final_share: 0.1 };
        let rates: Vec<f64> = (0..110).map(|step| schedule.rate(step)).collect();
        assert!(rates[0] > 0.0 && rates[..11].is_sorted());
        assert_eq!(rates[10], 1.0);
        assert!((rates[60] - 0.55).abs() < 1e-12, "half way down");
        assert!(rates[109] > 0.1 && rates[109] < 0.101);
        assert_eq!(schedule.rate(110), 0.1);
    }

    #[test]
    fn a_run_may_be_all_warmup() {
        let schedule = Schedule { steps: 5, warmup_steps: 5, peak: 1.0, final_share: 0.0 };
        assert!((0..5).all(|step| schedule.rate(step) > 0.0));
        assert!(schedule.rate(5).is_finite());
    }
}
