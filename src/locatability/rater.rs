//! What gives the pictures of a data set their scores: a segmenter, or the fast network.

use image::RgbImage;

use super::{Judge, LocatabilityNetwork};
use crate::{dataset::Scorer, model::ModelError, picture::Picture};

/// Either of the two.
pub enum Rater {
    /// Says what the score is made of, too.
    Segmenter(Box<Judge>),
    /// Says the score alone, many times faster.
    Network(Box<LocatabilityNetwork>),
}

impl Scorer for Rater {
    fn name(&self) -> &str {
        match self {
            Self::Segmenter(judge) => judge.name(),
            Self::Network(network) => network.name(),
        }
    }

    fn score(&mut self, pictures: &[&Picture]) -> Vec<Result<f64, String>> {
        match self {
            Self::Segmenter(judge) => judge.score(pictures),
            Self::Network(network) => {
                each(pictures, |pixels| Ok(network.predict(pixels)?.into_iter().map(f64::from).collect()))
            }
        }
    }
}

impl Scorer for Judge {
    fn name(&self) -> &str {
        Self::name(self)
    }

    fn score(&mut self, pictures: &[&Picture]) -> Vec<Result<f64, String>> {
        each(pictures, |pixels| Ok(self.judge_many(pixels)?.iter().map(|judged| judged.score.locatability).collect()))
    }
}

/// Scores pictures together, or one by one where that fails, so that one that does not fit takes no other with it.
fn each(
    pictures: &[&Picture],
    rate: impl Fn(&[&RgbImage]) -> Result<Vec<f64>, ModelError>,
) -> Vec<Result<f64, String>> {
    let pixels: Vec<&RgbImage> = pictures.iter().map(|picture| &picture.pixels).collect();
    if let Ok(scores) = rate(&pixels) {
        return scores.into_iter().map(Ok).collect();
    }
    let alone = |picture: &&RgbImage| match rate(&[*picture]) {
        Ok(scores) => scores.first().copied().ok_or_else(|| "no score came".to_owned()),
        Err(error) => Err(error.to_string()),
    };
    pixels.iter().map(alone).collect()
}
