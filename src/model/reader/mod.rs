//! Reads signs: where text stands in a picture and what it says, by the small networks of PP-OCRv6
//! (<https://github.com/PaddlePaddle/PaddleOCR>), which know Latin letters with their accents, Chinese, Japanese kana and
//! Greek, and no other script.
//!
//! A picture is looked at reduced, then closer where small letters left a trace; each line found is laid straight and
//! read, the other way up and turned where that may be surer.

mod backbone;
mod boxes;
mod crop;
mod detector;
mod layers;
mod line;
mod recogniser;
#[cfg(test)]
mod tests;
mod windows;

use std::path::Path;

use burn::tensor::{DType, Tensor, TensorData};
use image::{RgbImage, imageops};

pub use boxes::Quad;
pub use detector::Detector;
pub use recogniser::Recogniser;

use boxes::{TextBox, TextMap, centre, contains, sides};
use line::{Line, Way};
use windows::{OVERVIEW, Window, is_large, windows};

use super::compute::ComputeDevice;
use super::error::ModelError;
use super::threads::{cores, in_threads};
use super::weights::Checkpoint;
use crate::picture::resample::{Filter, resize};

/// Smaller pictures are enlarged until their shorter side has so many pixels, unless the longer passes [`OVERVIEW`].
const LEAST_OVERVIEW: f32 = 736.0;
/// No more lines than this are read in one picture; the surest go first.
const MOST_LINES: usize = 300;
/// Readings below this are none.
const LEAST_SCORE: f32 = 0.5;

/// A line of text that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// What it says.
    pub text: String,
    /// The mean over its characters of what the network gives the best one: a raw score from 0 to 1, not calibrated.
    pub score: f32,
    /// Where it stands, in the picture's pixels; above left is the first letter's corner for upright text.
    pub quad: Quad,
}

/// The two networks and their characters.
pub struct Reader {
    detector: Detector,
    recogniser: Recogniser,
    characters: Vec<String>,
    device: ComputeDevice,
}

impl Reader {
    /// Opens a folder with `detection.safetensors`, `recognition.safetensors` and `characters.txt`.
    pub fn open(folder: &Path, device: &ComputeDevice) -> Result<Self, ModelError> {
        let path = folder.join("characters.txt");
        let list = std::fs::read_to_string(&path).map_err(|source| ModelError::Read { path, source })?;
        let characters: Vec<String> = list.split('\n').map(str::to_owned).collect();
        // A few columns of a line would be multiplied in half precision, which is no faster and less exact.
        let device = device.in_f32();
        let file = |name: &str| Checkpoint::open_file(&folder.join(name), &device);
        let (detection, recognition) = (file("detection.safetensors")?, file("recognition.safetensors")?);
        let detector = device.guard(|| Detector::load(&detection))??;
        let recogniser = device.guard(|| Recogniser::load(&recognition, characters.len() + 1))??;
        Ok(Self { detector, recogniser, characters, device })
    }

    /// The lines of text in an upright picture, from top to bottom.
    pub fn read(&self, picture: &RgbImage) -> Result<Vec<Reading>, ModelError> {
        if picture.width() == 0 || picture.height() == 0 {
            return Ok(Vec::new());
        }
        let boxes = self.find(picture)?;
        let threads = if self.device.is_cpu() { cores() } else { 1 };
        let readings =
            in_threads(&boxes, threads, |part| part.iter().map(|found| self.read_box(picture, found)).collect())?;
        let mut readings: Vec<Reading> = readings.into_iter().flatten().collect();
        readings.sort_by(|a, b| a.quad[0][1].total_cmp(&b.quad[0][1]).then(a.quad[0][0].total_cmp(&b.quad[0][0])));
        Ok(readings)
    }

    /// Where text stands, in the picture's pixels, the surest first.
    fn find(&self, picture: &RgbImage) -> Result<Vec<TextBox>, ModelError> {
        let [width, height] = [picture.width() as f32, picture.height() as f32];
        let enlarged = (LEAST_OVERVIEW / width.min(height)).max(1.0);
        let factor = enlarged.min(OVERVIEW as f32 / width.max(height));
        let (map, scale) = self.map(picture, factor)?;
        let windows = windows(&map, 1.0 / factor);
        let mut boxes = Vec::new();
        for window in &windows {
            boxes.extend(self.find_in(picture, window)?);
        }
        let coarse = map.boxes().into_iter().map(|found| found.scaled(scale, [0.0; 2]));
        // What was looked at closer counts as seen there, unless it is so large that the closer look saw a part of it.
        let coarse: Vec<TextBox> = coarse
            .filter(|found| {
                is_large(&found.quad, 1.0 / factor) || !windows.iter().any(|w| w.contains(centre(&found.quad)))
            })
            .collect();
        boxes.retain(|fine: &TextBox| !coarse.iter().any(|large| contains(&large.quad, centre(&fine.quad))));
        boxes.extend(coarse);
        boxes.sort_by(|a, b| b.score.total_cmp(&a.score));
        boxes.truncate(MOST_LINES);
        Ok(boxes)
    }

    /// Where text stands in a part of the picture, in the picture's pixels.
    fn find_in(&self, picture: &RgbImage, window: &Window) -> Result<Vec<TextBox>, ModelError> {
        let from = window.from.map(|at| at.max(0.0) as u32);
        let to = [0, 1].map(|axis| (window.to[axis].max(0.0) as u32).min([picture.width(), picture.height()][axis]));
        let size = [0, 1].map(|axis| to[axis].saturating_sub(from[axis]));
        if size.contains(&0) {
            return Ok(Vec::new());
        }
        let part = imageops::crop_imm(picture, from[0], from[1], size[0], size[1]).to_image();
        let longest = size[0].max(size[1]) as f32;
        let (map, scale) = self.map(&part, (OVERVIEW as f32 / longest).min(1.0))?;
        Ok(map.boxes().into_iter().map(|found| found.scaled(scale, from.map(|at| at as f32))).collect())
    }

    /// The detector's map of a picture made `factor` times as large, and what brings its places back.
    fn map(&self, picture: &RgbImage, factor: f32) -> Result<(TextMap, [f32; 2]), ModelError> {
        let unit = detector::SIDE_UNIT;
        let side = |length: u32| ((length as f32 * factor / unit as f32).round() as u32).max(1) * unit;
        let (width, height) = (side(picture.width()), side(picture.height()));
        let resized = resize(picture, width, height, Filter::Bilinear);
        let values = self.values(|| self.detector.forward(self.pixels(&resized, width)))?;
        let map = TextMap { width: width as usize, height: height as usize, values };
        Ok((map, [picture.width() as f32 / width as f32, picture.height() as f32 / height as f32]))
    }

    /// What one box says, in whichever way is read most surely; nothing where no way is sure.
    fn read_box(&self, picture: &RgbImage, found: &TextBox) -> Result<Option<Reading>, ModelError> {
        let [width, height] = sides(&found.quad);
        let mut best = Line::default();
        for way in Way::of(width, height) {
            if best.score >= way.unneeded_from() {
                break;
            }
            let line = self.read_line(&way.line(picture, &found.quad))?;
            if line.score > best.score {
                best = line;
            }
        }
        let Line { text, score } = best;
        Ok((score >= LEAST_SCORE && !text.trim().is_empty()).then_some(Reading { text, score, quad: found.quad }))
    }

    /// What a picture of a line says.
    fn read_line(&self, line: &RgbImage) -> Result<Line, ModelError> {
        let width = line.width().max(line::LEAST_WIDTH).next_multiple_of(recogniser::COLUMN_WIDTH);
        let scores = self.values(|| self.recogniser.forward(self.pixels(line, width)))?;
        Ok(Line::from_scores(&scores, &self.characters))
    }

    /// `[1, 3, rows, width]`, blue before red, each level from -1 to 1, zero beyond the picture's right edge.
    fn pixels(&self, picture: &RgbImage, width: u32) -> Tensor<4> {
        let [across, down, width] = [picture.width(), picture.height(), width].map(|side| side as usize);
        let mut values = vec![0.0f32; 3 * down * width];
        for (place, pixel) in picture.as_raw().chunks_exact(3).enumerate() {
            let (row, column) = (place / across, place % across);
            for (plane, &level) in pixel.iter().rev().enumerate() {
                values[(plane * down + row) * width + column] = f32::from(level) / 127.5 - 1.0;
            }
        }
        Tensor::from_data(TensorData::new(values, [1, 3, down, width]), (self.device.burn(), DType::F32))
    }

    /// The numbers that the device computes; a device that gives none is refused.
    fn values<const D: usize>(&self, work: impl FnOnce() -> Tensor<D>) -> Result<Vec<f32>, ModelError> {
        let data = self.device.guard(|| work().try_into_data())?;
        let data = data.map_err(|error| self.device.failed(&error.to_string()))?;
        let values = data.try_into_vec::<f32>().map_err(|error| self.device.failed(&format!("{error:?}")))?;
        match values.iter().all(|value| value.is_finite()) {
            true => Ok(values),
            false => Err(self.device.refused("the reader's scores are no numbers").into()),
        }
    }
}
