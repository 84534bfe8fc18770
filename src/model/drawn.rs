//! Is this picture one of our drawn streets, or anything else? Told from the pixels alone.
//!
//! The starter models know drawn streets only, so what they say of a photograph is no evidence. Drawn streets come from one
//! hand: the same flat faces, edges and letters in ever other places. The first stages of a network that has learned to see
//! from a million photographs ([`EfficientNet`]) put that into numbers: how strongly each of its channels answers, and how
//! unevenly. Two questions are asked of them. Does the last stage answer as to drawn streets, or is it far from their middle?
//! And do all numbers together speak for a drawn street, or for some other picture? No photograph was needed to fit either:
//! `training/drawn/`; figures and sources: `assets/drawn/README.md`.

use std::path::PathBuf;
use std::sync::OnceLock;

use burn::tensor::{DType, Tensor, TensorData};
use half::f16;
use image::RgbImage;
use safetensors::{Dtype, SafeTensors};

use super::compute::ComputeDevice;
use super::efficientnet::{EfficientNet, WIDTHS};
use super::error::ModelError;
use super::levels::{Levels, Normalisation};
use super::weights::{Role, Source};
use crate::picture::resample::{Filter, resize};

/// Every picture is seen at this width and height, whatever its own.
const SIZE: [u32; 2] = [256, 192];

/// Numbers a channel: its mean and its deviation over the picture.
const NUMBERS: usize = 2;

/// Channels of the last stage.
const LAST: usize = WIDTHS[WIDTHS.len() - 1];

/// Whether this is a drawn street of ours: whole, cut down to half, resized or saved as JPEG. False for photographs and for
/// all other renderings, as far as the figures in `assets/drawn/README.md` go.
pub fn is_drawn_street(picture: &RgbImage) -> bool {
    drawn_score(picture) >= 0.0
}

/// How far a picture is on the drawn streets' side of the nearer of two bounds: 0 and more for drawn streets. Not a
/// probability. Negative infinity for a picture without pixels.
pub fn drawn_score(picture: &RgbImage) -> f32 {
    static JUDGE: OnceLock<Judge> = OnceLock::new();
    if picture.width() == 0 || picture.height() == 0 {
        return f32::NEG_INFINITY;
    }
    let file = include_bytes!("../../assets/drawn/network.safetensors");
    JUDGE.get_or_init(|| Judge::read(file).expect("the shipped network is whole")).score(picture)
}

/// The network and what is asked of its numbers.
struct Judge {
    network: EfficientNet,
    /// `[LAST]`: the means of the last stage's channels over drawn streets.
    centre: Vec<f32>,
    /// `[LAST, LAST]`, a lower triangle: makes the cloud of drawn streets round.
    whitening: Vec<f32>,
    /// `[numbers]` and the bias: the log odds against made-up pictures.
    weights: Vec<f32>,
    bias: f32,
    /// How far from the centre a drawn street may be, 1 being usual, and the least log odds.
    bounds: [f32; 2],
    levels: Levels,
    device: ComputeDevice,
}

impl Judge {
    fn read(file: &[u8]) -> Result<Self, ModelError> {
        let file = SafeTensors::deserialize(file).map_err(|error| damaged(error.to_string()))?;
        let source = Shipped { file, device: ComputeDevice::cpu() };
        let numbers = NUMBERS * WIDTHS.iter().sum::<usize>();
        let values = |name: &str, shape: &[usize]| -> Result<Vec<f32>, ModelError> {
            Ok(source.data(name, shape, Role::Bias)?.iter::<f32>().collect())
        };
        // ImageNet's levels, as the network learned them.
        let normalisation =
            Normalisation { rescale: 1.0 / 255.0, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
        let bounds = values("head.bounds", &[2])?;
        Ok(Self {
            network: EfficientNet::load(&source)?,
            centre: values("head.centre", &[LAST])?,
            whitening: values("head.whitening", &[LAST, LAST])?,
            weights: values("head.weights", &[numbers])?,
            bias: values("head.bias", &[1])?[0],
            bounds: [bounds[0], bounds[1]],
            levels: Levels::new(normalisation).map_err(damaged)?,
            device: source.device,
        })
    }

    fn score(&self, picture: &RgbImage) -> f32 {
        let numbers = self.numbers(picture);
        let means = &numbers[numbers.len() - NUMBERS * LAST..][..LAST];
        let [farthest, least] = self.bounds;
        (farthest - self.distance(means)).min(self.log_odds(&numbers) - least)
    }

    /// The root mean square of the whitened means.
    fn distance(&self, means: &[f32]) -> f32 {
        let centred: Vec<f32> = means.iter().zip(&self.centre).map(|(mean, centre)| mean - centre).collect();
        let squares = self.whitening.chunks_exact(LAST).map(|row| sum_of_products(row, &centred).powi(2));
        (squares.sum::<f32>() / LAST as f32).sqrt()
    }

    fn log_odds(&self, numbers: &[f32]) -> f32 {
        self.bias + sum_of_products(&self.weights, numbers)
    }

    /// What the network says of a picture, in the order of the weights.
    fn numbers(&self, picture: &RgbImage) -> Vec<f32> {
        let [width, height] = SIZE.map(|side| side as usize);
        let picture = resize(picture, SIZE[0], SIZE[1], Filter::Bilinear);
        let tables = self.levels.tables();
        let channel = |c: usize| picture.pixels().map(move |pixel| tables[c][usize::from(pixel.0[c])]);
        let values: Vec<f32> = (0..3).flat_map(channel).collect();
        let pixels = TensorData::new(values, [1, 3, height, width]);
        let pixels = Tensor::from_data(pixels, (self.device.burn(), DType::F32));
        self.network.forward(pixels).into_iter().flat_map(pooled).collect()
    }
}

/// The means of the channels of `[1, width, rows, columns]`, then their deviations.
fn pooled(x: Tensor<4>) -> Vec<f32> {
    let [_, width, rows, columns] = x.dims();
    let x: Tensor<2> = x.reshape([width, rows * columns]);
    let mean = x.clone().mean_dim(1);
    let deviation = (x - mean.clone()).powi_scalar(2).mean_dim(1).sqrt();
    Tensor::cat(vec![mean, deviation], 0).into_data().iter::<f32>().collect()
}

fn sum_of_products(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The network's file inside the program, its f16 numbers widened: on the CPU a few rows at a time are faster so.
struct Shipped<'a> {
    file: SafeTensors<'a>,
    device: ComputeDevice,
}

impl Source for Shipped<'_> {
    fn device(&self) -> &ComputeDevice {
        &self.device
    }

    fn data(&self, name: &str, stored: &[usize], _: Role) -> Result<TensorData, ModelError> {
        let tensor = self.file.tensor(name).map_err(|error| damaged(error.to_string()))?;
        if tensor.shape() != stored {
            return Err(damaged(format!("'{name}' has the shape {:?}", tensor.shape())));
        }
        let bytes = tensor.data();
        let values: Vec<f32> = match tensor.dtype() {
            Dtype::F16 => bytes.chunks_exact(2).map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32()).collect(),
            Dtype::F32 => bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect(),
            other => return Err(damaged(format!("'{name}' is {other:?}"))),
        };
        Ok(TensorData::new(values, stored))
    }
}

fn damaged(reason: String) -> ModelError {
    ModelError::Damaged { path: PathBuf::from("assets/drawn/network.safetensors"), reason }
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    fn judge() -> Judge {
        Judge::read(include_bytes!("../../assets/drawn/network.safetensors")).unwrap()
    }

    #[test]
    fn the_numbers_are_those_of_the_reference() {
        let picture = RgbImage::from_fn(SIZE[0], SIZE[1], |x, y| {
            Rgb([(3 * x + y) as u8, (x * y / 16) as u8, ((x / 32 + y / 24) % 2 * 200 + 20) as u8])
        });
        let file = SafeTensors::deserialize(include_bytes!("../../tests/reference/drawn/numbers.safetensors")).unwrap();
        let bytes = file.tensor("numbers").unwrap().data().chunks_exact(4);
        let reference: Vec<f32> = bytes.map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        let numbers = judge().numbers(&picture);
        assert_eq!(numbers.len(), reference.len());
        let greatest = numbers.iter().zip(&reference).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(greatest < 1e-3, "{greatest}");
    }

    #[test]
    fn the_centre_is_no_distance_away() {
        let judge = judge();
        assert_eq!(judge.distance(&judge.centre), 0.0);
        let mut aside = judge.centre.clone();
        aside[0] += 1.0;
        // One step along the first axis: the first column of the triangle.
        let column: f32 = judge.whitening.iter().step_by(LAST).map(|weight| weight * weight).sum();
        assert!((judge.distance(&aside) - (column / LAST as f32).sqrt()).abs() < 1e-4);
    }

    #[test]
    fn a_file_that_lacks_something_is_named() {
        let error = Judge::read(&[1, 2, 3]).err().unwrap().to_string();
        assert!(error.contains("assets/drawn/network.safetensors"), "{error}");
    }
}
