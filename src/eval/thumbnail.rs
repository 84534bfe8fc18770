//! What colours alone give away: a linear classifier that sees a street as 16 x 16 pixels, where no line, sign or plate
//! can be made out. A model that reads clues must leave it far behind, and a drawn world in which it did well would have
//! colours that are secret codes for countries.

use image::{RgbImage, imageops};
use rand::{SeedableRng as _, seq::SliceRandom as _};
use rand_chacha::ChaCha8Rng;

use crate::{
    geo::CountryCode,
    knowledge,
    model::log_sum_exp,
    street::{self, StreetPicture},
};

/// Side of a thumbnail, in pixels.
const SIDE: u32 = 16;

/// Numbers that the classifier sees: three colours a pixel, and one that is always 1.
const N_FEATURES: usize = (3 * SIDE * SIDE + 1) as usize;

/// Passes over the pictures.
const PASSES: usize = 20;

/// The step of the first pass; it falls to zero in a straight line.
const RATE: f32 = 0.3;

/// Pull of the weights towards zero, per step and rate.
const DECAY: f32 = 1e-4;

/// A multinomial logistic regression on thumbnails.
#[derive(Debug)]
pub struct Thumbnails {
    countries: Vec<CountryCode>,
    /// `[countries, features]`.
    weights: Vec<f32>,
}

impl Thumbnails {
    /// Learns from the drawn streets of the first `count` seeds.
    pub fn learn(count: u64) -> Self {
        let mut samples = Vec::new();
        let shape = |street: StreetPicture| (street.country, features(&street.pixels));
        let keep = |_, sample| -> Result<(), std::convert::Infallible> {
            samples.push(sample);
            Ok(())
        };
        let Ok(()) = street::draw_many(0, count, shape, keep);
        Self::fit(knowledge::countries().iter().map(|country| country.code).collect(), &samples)
    }

    /// Stochastic gradient descent on the cross entropy, in an order that is always the same.
    fn fit(countries: Vec<CountryCode>, samples: &[(CountryCode, Vec<f32>)]) -> Self {
        let mut classifier = Self { weights: vec![0.0; countries.len() * N_FEATURES], countries };
        let mut order: Vec<usize> = (0..samples.len()).collect();
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        for pass in 0..PASSES {
            let rate = RATE * (1.0 - pass as f32 / PASSES as f32);
            order.shuffle(&mut rng);
            for &index in &order {
                let (truth, features) = &samples[index];
                classifier.step(*truth, features, rate);
            }
        }
        classifier
    }

    fn step(&mut self, truth: CountryCode, features: &[f32], rate: f32) {
        let scores = self.scores(features);
        let total = log_sum_exp(&scores);
        let rows = self.weights.chunks_exact_mut(N_FEATURES);
        for ((row, score), country) in rows.zip(scores).zip(&self.countries) {
            let probability = (f64::from(score) - total).exp() as f32;
            let error = probability - if *country == truth { 1.0 } else { 0.0 };
            for (weight, feature) in row.iter_mut().zip(features) {
                *weight -= rate * (error * feature + DECAY * *weight);
            }
        }
    }

    fn scores(&self, features: &[f32]) -> Vec<f32> {
        let product = |row: &[f32]| row.iter().zip(features).map(|(weight, feature)| weight * feature).sum();
        self.weights.chunks_exact(N_FEATURES).map(product).collect()
    }

    /// The likeliest country; none only where there are no countries.
    pub fn guess(&self, pixels: &RgbImage) -> Option<CountryCode> {
        let scores = self.scores(&features(pixels));
        let best = scores.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1))?;
        Some(self.countries[best.0])
    }
}

/// The thumbnail's colours around their middle, and a 1.
fn features(pixels: &RgbImage) -> Vec<f32> {
    let thumbnail = imageops::thumbnail(pixels, SIDE, SIDE);
    // Scaled so that a picture's features have about unit length, whatever the side.
    let scale = 4.0 / SIDE as f32;
    let mut features: Vec<f32> = thumbnail.iter().map(|&level| (f32::from(level) / 255.0 - 0.5) * scale).collect();
    features.push(1.0);
    features
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    #[test]
    fn it_learns_what_colours_tell_and_nothing_else() {
        let codes: Vec<CountryCode> = ["FR", "NO", "TD"].map(|code| code.parse().unwrap()).to_vec();
        // France is green below and Norway white; Chad is drawn as France is.
        let picture = |code: &str, shade: u8| {
            let ground = if code == "NO" { Rgb([200, 200, 200 + shade]) } else { Rgb([shade, 120, shade]) };
            RgbImage::from_fn(64, 48, |_, y| if y < 24 { Rgb([100 + shade, 150, 220]) } else { ground })
        };
        let samples: Vec<_> = (0..120_u8)
            .map(|i| {
                let code = ["FR", "NO", "TD"][usize::from(i % 3)];
                (code.parse().unwrap(), features(&picture(code, i / 3)))
            })
            .collect();
        let classifier = Thumbnails::fit(codes, &samples);
        assert_eq!(classifier.guess(&picture("NO", 55)).unwrap().as_str(), "NO");
        assert_ne!(classifier.guess(&picture("FR", 55)).unwrap().as_str(), "NO");
        let guesses: Vec<_> = ["FR", "TD"].map(|code| classifier.guess(&picture(code, 7))).to_vec();
        assert_eq!(guesses[0], guesses[1], "what is drawn alike is guessed alike");
    }
}
