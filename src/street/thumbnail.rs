//! How much of the country a picture gives away by its colours alone: a linear classifier on tiny thumbnails. It must stay
//! poor, or the drawn world could be learned without reading a single clue.

use image::RgbImage;

use crate::{geo::CountryCode, knowledge::countries};

/// Pixels along each edge of a thumbnail.
pub const EDGE: usize = 16;
const INPUTS: usize = EDGE * EDGE * 3;

/// A picture as the mean colours of 16 x 16 fields, 0 to 1, row by row, red, green and blue together.
pub fn thumbnail(picture: &RgbImage) -> Vec<f32> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let mut sums = vec![0.0f32; INPUTS];
    let mut counts = vec![0.0f32; EDGE * EDGE];
    for (x, y, pixel) in picture.enumerate_pixels() {
        let field = (y as usize * EDGE / height) * EDGE + x as usize * EDGE / width;
        counts[field] += 255.0;
        for (sum, part) in sums[field * 3..].iter_mut().zip(pixel.0) {
            *sum += f32::from(part);
        }
    }
    sums.iter().enumerate().map(|(at, sum)| sum / counts[at / 3].max(1.0)).collect()
}

/// Softmax regression from thumbnails to countries.
pub struct LinearClassifier {
    mean: Vec<f32>,
    spread: Vec<f32>,
    /// One row of inputs and a bias for each country.
    weights: Vec<Vec<f32>>,
}

impl LinearClassifier {
    /// Fits by plain gradient descent, the samples in their given order, with weight decay.
    pub fn fit(samples: &[(Vec<f32>, CountryCode)], epochs: usize) -> Self {
        let count = samples.len().max(1) as f32;
        let moment = |power: i32, centre: &[f32]| -> Vec<f32> {
            (0..INPUTS)
                .map(|at| samples.iter().map(|(input, _)| (input[at] - centre[at]).powi(power)).sum::<f32>() / count)
                .collect()
        };
        let mean = moment(1, &[0.0; INPUTS]);
        let spread: Vec<f32> = moment(2, &mean).iter().map(|square| square.sqrt().max(1e-3)).collect();
        let mut model = Self { mean, spread, weights: vec![vec![0.0; INPUTS + 1]; countries().len()] };
        let inputs: Vec<Vec<f32>> = samples.iter().map(|(input, _)| model.scaled(input)).collect();
        for epoch in 0..epochs {
            let rate = 0.0005 / (1.0 + epoch as f32 * 0.3);
            for (input, (_, truth)) in inputs.iter().zip(samples) {
                let shares = model.shares(input);
                for ((weights, share), country) in model.weights.iter_mut().zip(shares).zip(countries()) {
                    let error = share - f32::from(u8::from(country.code == *truth));
                    for (weight, value) in weights.iter_mut().zip(input) {
                        *weight -= rate * (error * value + 1e-3 * *weight);
                    }
                }
            }
        }
        model
    }

    /// The share of samples whose country it names.
    pub fn accuracy(&self, samples: &[(Vec<f32>, CountryCode)]) -> f64 {
        let right = samples.iter().filter(|(input, truth)| self.country(input) == *truth).count();
        right as f64 / samples.len().max(1) as f64
    }

    /// The likeliest country of a thumbnail.
    pub fn country(&self, thumbnail: &[f32]) -> CountryCode {
        let shares = self.shares(&self.scaled(thumbnail));
        let best = (0..shares.len()).max_by(|&a, &b| shares[a].total_cmp(&shares[b])).unwrap_or(0);
        countries()[best].code
    }

    /// Centred to unit spread, with a one for the bias behind.
    fn scaled(&self, input: &[f32]) -> Vec<f32> {
        let scaled =
            input.iter().zip(&self.mean).zip(&self.spread).map(|((value, mean), spread)| (value - mean) / spread);
        scaled.chain([1.0]).collect()
    }

    fn shares(&self, input: &[f32]) -> Vec<f32> {
        let score = |weights: &Vec<f32>| weights.iter().zip(input).map(|(weight, value)| weight * value).sum::<f32>();
        let scores: Vec<f32> = self.weights.iter().map(score).collect();
        let top = scores.iter().copied().fold(f32::MIN, f32::max);
        let powers: Vec<f32> = scores.iter().map(|score| (score - top).exp()).collect();
        let total: f32 = powers.iter().sum();
        powers.iter().map(|power| power / total).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thumbnail_keeps_where_colours_are() {
        let picture = RgbImage::from_fn(448, 336, |x, _| image::Rgb(if x < 224 { [255, 0, 0] } else { [0, 0, 255] }));
        let small = thumbnail(&picture);
        assert_eq!(small.len(), INPUTS);
        assert_eq!((&small[..3], &small[INPUTS - 3..]), (&[1.0, 0.0, 0.0][..], &[0.0, 0.0, 1.0][..]));
    }

    /// The measurement itself can tell: were skies coloured by country, it would see it.
    #[test]
    fn a_colour_code_would_be_found() {
        const SKIES: [[u8; 3]; 4] = [[200, 60, 60], [60, 200, 60], [60, 60, 200], [200, 200, 60]];
        let sample = |at: usize| {
            let picture = RgbImage::from_pixel(64, 48, image::Rgb(SKIES[at % 4]));
            (thumbnail(&picture), countries()[at % 4].code)
        };
        let samples: Vec<(Vec<f32>, CountryCode)> = (0..100).map(sample).collect();
        assert!(LinearClassifier::fit(&samples, 10).accuracy(&samples) > 0.9);
    }
}
