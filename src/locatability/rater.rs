//! What gives the pictures of a data set their scores: a segmenter, or the fast network.

use image::RgbImage;

use super::{Judge, LocatabilityNetwork, Score};
use crate::{dataset::Scorer, model::ModelError, picture::Picture};

/// Either of the two.
pub enum Rater {
    /// Says what the score is made of, too.
    Segmenter(Judge),
    /// Says the score alone, many times faster.
    Network(LocatabilityNetwork),
}

impl Rater {
    /// The scores of several pictures at once.
    pub fn rate(&self, pictures: &[&RgbImage]) -> Result<Vec<Score>, ModelError> {
        match self {
            Self::Segmenter(judge) => Ok(judge.judge_many(pictures)?.into_iter().map(|judged| judged.score).collect()),
            Self::Network(network) => {
                let bare = |score: f32| Score { locatability: f64::from(score), classes: Vec::new() };
                Ok(network.predict(pictures)?.into_iter().map(bare).collect())
            }
        }
    }
}

impl Scorer for Rater {
    fn name(&self) -> &str {
        match self {
            Self::Segmenter(judge) => judge.name(),
            Self::Network(network) => network.name(),
        }
    }

    fn score(&mut self, pictures: &[&Picture]) -> Vec<Result<f64, String>> {
        let pixels: Vec<&RgbImage> = pictures.iter().map(|picture| &picture.pixels).collect();
        if let Ok(scores) = self.rate(&pixels) {
            return scores.into_iter().map(|score| Ok(score.locatability)).collect();
        }
        // One that does not fit must not take the others of its batch with it.
        let alone = |picture: &&RgbImage| match self.rate(&[*picture]) {
            Ok(scores) => scores.first().map(|score| score.locatability).ok_or_else(|| "no score came".to_owned()),
            Err(error) => Err(error.to_string()),
        };
        pixels.iter().map(alone).collect()
    }
}
