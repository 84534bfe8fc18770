//! What gives the pictures of a data set their scores: a segmenter, or the fast network.

use image::RgbImage;

use super::{Judge, LocatabilityNetwork};
use crate::{
    dataset::Scorer,
    model::{ModelError, Seen},
    picture::Picture,
};

/// Either of the two.
pub enum Rater {
    /// Says what the score is made of, too.
    Segmenter(Box<Judge>),
    /// Says the score alone, many times faster.
    Network(Box<LocatabilityNetwork>),
}

impl Rater {
    /// What it has learned from.
    pub fn seen(&self) -> Seen {
        match self {
            Self::Segmenter(judge) => judge.seen(),
            Self::Network(network) => network.seen(),
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
        match self {
            Self::Segmenter(judge) => judge.score(pictures),
            Self::Network(network) => each(pictures, network.seen(), |pixels| {
                Ok(network.predict(pixels)?.into_iter().map(f64::from).collect())
            }),
        }
    }
}

impl Scorer for Judge {
    fn name(&self) -> &str {
        Self::name(self)
    }

    fn score(&mut self, pictures: &[&Picture]) -> Vec<Result<f64, String>> {
        each(pictures, self.seen(), |pixels| {
            Ok(self.judge_many(pixels)?.iter().map(|judged| judged.score.locatability).collect())
        })
    }
}

/// Why a picture has no score.
#[derive(Debug, thiserror::Error)]
pub enum NoScore {
    /// The scorer has seen drawings only, and the picture is none.
    #[error(
        "no score: the network that scores knows drawn streets only, and this is none; choose a segmenter for ADE20K, such \
         as SegFormer or MaskFormer"
    )]
    KnowsDrawingsOnly,
    /// The scorer gave fewer scores than there were pictures.
    #[error("no score came")]
    NoneCame,
    /// The scorer could not go on.
    #[error(transparent)]
    Model(#[from] ModelError),
}

/// Scores the pictures of a kind that was learned from.
fn each(
    pictures: &[&Picture],
    seen: Seen,
    rate: impl Fn(&[&RgbImage]) -> Result<Vec<f64>, ModelError>,
) -> Vec<Result<f64, String>> {
    let known: Vec<bool> = pictures.iter().map(|picture| seen.knows(picture)).collect();
    let pixels: Vec<&RgbImage> =
        pictures.iter().zip(&known).filter(|(_, known)| **known).map(|(picture, _)| &picture.pixels).collect();
    let mut scores = together(&pixels, rate).into_iter();
    let score = |known| match known {
        true => scores.next().unwrap_or(Err(NoScore::NoneCame)),
        false => Err(NoScore::KnowsDrawingsOnly),
    };
    known.into_iter().map(score).map(|score| score.map_err(|why| why.to_string())).collect()
}

/// Scores pictures together, or one by one where that fails, so that one that does not fit takes no other with it.
fn together(
    pixels: &[&RgbImage],
    rate: impl Fn(&[&RgbImage]) -> Result<Vec<f64>, ModelError>,
) -> Vec<Result<f64, NoScore>> {
    if pixels.is_empty() {
        return Vec::new();
    }
    if let Ok(scores) = rate(pixels) {
        return scores.into_iter().map(Ok).collect();
    }
    let alone = |picture: &&RgbImage| rate(&[*picture])?.first().copied().ok_or(NoScore::NoneCame);
    pixels.iter().map(alone).collect()
}
