//! How fast a model has shown itself to be on its device, in what it did last.

use std::collections::VecDeque;

use crate::model::{ReadStats, WriteStats};

/// So many answers are looked back on.
const ANSWERS: usize = 8;

/// How fast a model has shown itself to be; nothing before it has done anything.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Measured {
    /// Seconds that a token of a picture took, in the picture that was read last.
    pub seconds_a_picture_token: Option<f64>,
    /// Seconds from a new picture to the first token of the answer, in the picture that was read last.
    pub seconds_to_first_token: Option<f64>,
    answers: VecDeque<WriteStats>,
}

impl Measured {
    /// Takes down what an answer took; whether it tells anything new. A picture that had been read before tells nothing of reading.
    pub fn hear(&mut self, read: &ReadStats, write: &WriteStats) -> bool {
        let is_new_picture = read.image_tokens > 0 && read.encode_seconds > 0.0;
        if is_new_picture {
            let seconds = read.encode_seconds + read.prefill_seconds;
            // The words of the question are few beside the picture's tokens.
            self.seconds_a_picture_token = Some(seconds / read.image_tokens as f64);
            self.seconds_to_first_token = Some(seconds);
        }
        let is_answer = write.tokens > 0 && write.seconds > 0.0;
        if is_answer {
            self.answers.push_back(*write);
            self.answers.drain(..self.answers.len().saturating_sub(ANSWERS));
        }
        is_new_picture || is_answer
    }

    /// Tokens a second over the last answers; none before the first.
    pub fn tokens_a_second(&self) -> Option<f64> {
        let seconds: f64 = self.answers.iter().map(|answer| answer.seconds).sum();
        let tokens: usize = self.answers.iter().map(|answer| answer.tokens).sum();
        (seconds > 0.0).then(|| tokens as f64 / seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_said_before_it_was_measured_and_old_answers_are_forgotten() {
        let mut measured = Measured::default();
        assert!(!measured.hear(&ReadStats::default(), &WriteStats::default()));
        assert_eq!((measured.tokens_a_second(), measured.seconds_to_first_token), (None, None));

        let read = ReadStats { image_tokens: 100, encode_seconds: 1.0, prefill_seconds: 3.0, ..ReadStats::default() };
        assert!(measured.hear(&read, &WriteStats { tokens: 10, seconds: 10.0 }));
        assert_eq!((measured.seconds_a_picture_token, measured.seconds_to_first_token), (Some(0.04), Some(4.0)));
        assert!(measured.hear(&ReadStats { encode_seconds: 0.0, ..read }, &WriteStats { tokens: 20, seconds: 5.0 }));
        assert_eq!(measured.seconds_to_first_token, Some(4.0), "the picture had been read before");
        assert_eq!(measured.tokens_a_second(), Some(2.0));
        for _ in 0..ANSWERS {
            measured.hear(&ReadStats::default(), &WriteStats { tokens: 30, seconds: 1.0 });
        }
        assert_eq!(measured.tokens_a_second(), Some(30.0));
    }
}
