//! The best token, which the adapter can go on with before it is known here.

use burn::tensor::{Int, Tensor};

use super::ops;
use super::sent::Sent;

/// The best of some scores.
#[derive(Debug)]
pub struct BestToken {
    /// On the adapter, `[1]`; -1 where a score is no number.
    place: Tensor<1, Int>,
    sent: Sent,
}

impl BestToken {
    /// Has the adapter find it, which nobody waits for.
    pub(super) fn of(scores: Tensor<2>) -> Self {
        let (device, sent) = (scores.device(), Sent::default());
        let place = ops::best(scores, sent.clone());
        // The tensor library would keep the work until it is asked for something. An error is found when it is read.
        let _found_when_read = device.flush();
        Self { place, sent }
    }

    /// The token where the adapter has it, `[1]`, of which vectors can be had at once; the first of the vocabulary where a score is
    /// no number.
    pub fn token(&self) -> Tensor<1, Int> {
        self.place.clone().clamp_min(0)
    }

    /// Waits for it; None where a score is no number.
    pub fn read(self) -> Result<Option<u32>, String> {
        self.sent.wait().map(|place| u32::try_from(place).ok())
    }
}

impl Drop for BestToken {
    /// A copy that nobody waits for would leave its buffer mapped, and the adapter refuses it when it is used again.
    fn drop(&mut self) {
        let _read_or_not_wanted = self.sent.wait();
    }
}
