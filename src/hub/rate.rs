//! How fast something comes, over the last few seconds, and how long the rest will take.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// What is looked back on.
const WINDOW: Duration = Duration::from_secs(10);

/// Bytes that had come, at times.
#[derive(Debug, Clone, Default)]
pub struct Rate {
    heard: VecDeque<(Instant, u64)>,
}

impl Rate {
    /// So many bytes had come by now. Where there are fewer than before, something else has begun.
    pub fn hear(&mut self, now: Instant, bytes: u64) {
        if self.heard.back().is_some_and(|&(_, before)| bytes < before) {
            self.heard.clear();
        }
        self.heard.push_back((now, bytes));
        while self.heard.len() > 2 && self.heard.get(1).is_some_and(|&(then, _)| now - then >= WINDOW) {
            self.heard.pop_front();
        }
    }

    /// Bytes a second; none until two times are known that lie apart.
    pub fn bytes_a_second(&self) -> Option<f64> {
        let (&(from, first), &(to, last)) = (self.heard.front()?, self.heard.back()?);
        let seconds = (to - from).as_secs_f64();
        (seconds >= 0.5).then(|| (last - first) as f64 / seconds)
    }

    /// Seconds that so many more bytes will take at this rate.
    pub fn seconds_for(&self, bytes: u64) -> Option<f64> {
        self.bytes_a_second().filter(|&rate| rate > 0.0).map(|rate| bytes as f64 / rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_of_the_last_seconds() {
        let (begin, mut rate) = (Instant::now(), Rate::default());
        let at = |seconds: u64| begin + Duration::from_secs(seconds);
        rate.hear(at(0), 1000);
        assert_eq!(rate.bytes_a_second(), None);
        rate.hear(at(2), 3000);
        assert_eq!((rate.bytes_a_second(), rate.seconds_for(500)), (Some(1000.0), Some(0.5)));
        rate.hear(at(12), 3000);
        assert_eq!(rate.bytes_a_second(), Some(0.0));
        assert_eq!(rate.seconds_for(500), None);
        rate.hear(at(13), 10);
        assert_eq!(rate.bytes_a_second(), None, "another thing has begun");
        rate.hear(at(14), 1010);
        rate.hear(at(16), 6010);
        assert_eq!(rate.bytes_a_second(), Some(2000.0), "over all that was heard lately");
    }
}
