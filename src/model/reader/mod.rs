//! Reads signs: where text stands in a picture and what it says, by the small networks of PP-OCRv6
//! (<https://github.com/PaddlePaddle/PaddleOCR>), which know Latin letters with their accents, Chinese, Japanese kana and
//! Greek, and no other script; and which script it is in, by a head on the second that knows many more.
//!
//! A picture is looked at reduced, then closer where small letters left a trace; each line found is laid straight and
//! read, the other way up and turned where that may be surer. What is no text is dropped, and of what stands in a script that
//! the recogniser does not know only the script is told.

mod backbone;
mod boxes;
mod crop;
mod detector;
mod layers;
mod line;
mod recogniser;
mod script;
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
use script::{Judgement, ScriptClassifier};
use windows::{OVERVIEW, Window, is_large, windows};

use super::compute::ComputeDevice;
use super::error::ModelError;
use super::threads::{cores, in_threads};
use super::weights::Checkpoint;
use crate::knowledge::Script;
use crate::picture::resample::{Filter, resize};

/// Smaller pictures are enlarged until their shorter side has so many pixels, unless the longer passes [`OVERVIEW`].
const LEAST_OVERVIEW: f32 = 736.0;
/// No more lines than this are read in one picture; the surest go first.
const MOST_LINES: usize = 300;
/// Readings below this are none.
const LEAST_SCORE: f32 = 0.5;
/// Nor are single characters below this: a window or a pole looks like one.
const LEAST_SCORE_ALONE: f32 = 0.9;
/// Where a box is likelier no text, or in a script that is not read, a reading must be as sure as this to count all the same.
const LEAST_SCORE_AGAINST: f32 = 0.95;

/// A line of text that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// What it says; empty where it stands in a script that can be told and not be read.
    pub text: String,
    /// The mean over its characters of what the network gives the best one: a raw score from 0 to 1, not calibrated. 0 where
    /// nothing was read.
    pub score: f32,
    /// The script it is written in; none where that is unsure, and for numerals.
    pub script: Option<Script>,
    /// How surely it is that script, a share calibrated on rendered words; 0 where there is none.
    pub certainty: f32,
    /// Where it stands, in the picture's pixels; above left is the first letter's corner for upright text.
    pub quad: Quad,
}

/// The networks and the recogniser's characters.
pub struct Reader {
    detector: Detector,
    recogniser: Recogniser,
    scripts: ScriptClassifier,
    characters: Vec<String>,
    device: ComputeDevice,
}

impl Reader {
    /// Opens a folder with `detection.safetensors`, `recognition.safetensors`, `characters.txt`, `script.safetensors` and
    /// `script.json`.
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
        let scripts = ScriptClassifier::open(folder, &device)?;
        Ok(Self { detector, recogniser, scripts, characters, device })
    }

    /// The lines of text in an upright picture, from top to bottom.
    pub fn read(&self, picture: &RgbImage) -> Result<Vec<Reading>, ModelError> {
        if picture.width() == 0 || picture.height() == 0 {
            return Ok(Vec::new());
        }
        let boxes = self.find(picture)?;
        let readings = in_threads(&boxes, self.threads(), |part| {
            part.iter().map(|found| self.read_box(picture, found)).collect()
        })?;
        let mut readings: Vec<Reading> = readings.into_iter().flatten().collect();
        readings.sort_by(|a, b| a.quad[0][1].total_cmp(&b.quad[0][1]).then(a.quad[0][0].total_cmp(&b.quad[0][0])));
        Ok(readings)
    }

    /// Parts of a picture are worked on by so many threads.
    fn threads(&self) -> usize {
        if self.device.is_cpu() { cores() } else { 1 }
    }

    /// Where text stands, in the picture's pixels, the surest first.
    fn find(&self, picture: &RgbImage) -> Result<Vec<TextBox>, ModelError> {
        let [width, height] = [picture.width() as f32, picture.height() as f32];
        let enlarged = (LEAST_OVERVIEW / width.min(height)).max(1.0);
        let factor = enlarged.min(OVERVIEW as f32 / width.max(height));
        let (map, scale) = self.map(picture, factor)?;
        let windows = windows(&map, 1.0 / factor);
        let fine =
            in_threads(&windows, self.threads(), |part| part.iter().map(|w| self.find_in(picture, w)).collect())?;
        let mut boxes: Vec<TextBox> = fine.into_iter().flatten().collect();
        let coarse = map.boxes().into_iter().map(|found| found.scaled(scale, [0.0; 2]));
        // What was looked at closer counts as seen there, unless it is so large that the closer look saw a part of it.
        let coarse: Vec<TextBox> = coarse
            .filter(|found| {
                is_large(&found.quad, 1.0 / factor) || !windows.iter().any(|w| w.contains(centre(&found.quad)))
            })
            .collect();
        boxes.retain(|fine| !coarse.iter().any(|large| contains(&large.quad, centre(&fine.quad))));
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

    /// What one box says in whichever way is read most surely, or in which script; nothing where neither is sure.
    fn read_box(&self, picture: &RgbImage, found: &TextBox) -> Result<Option<Reading>, ModelError> {
        let [width, height] = sides(&found.quad);
        let (mut best, mut scripts) = (Line::default(), Vec::new());
        for way in Way::of(width, height) {
            if best.score >= way.unneeded_from() {
                break;
            }
            let (line, script) = self.read_line(&way.line(picture, &found.quad))?;
            scripts.push(script);
            if line.score > best.score {
                best = line;
            }
        }
        Ok(told(best, self.scripts.judgement(&scripts), found.quad))
    }

    /// What a picture of a line says, and the scores of the scripts.
    fn read_line(&self, line: &RgbImage) -> Result<(Line, Vec<f32>), ModelError> {
        let width = line.width().max(line::LEAST_WIDTH).next_multiple_of(recogniser::COLUMN_WIDTH);
        let blocks = self.device.guard(|| self.recogniser.see(self.pixels(line, width)))?;
        let script = self.values(|| self.scripts.forward(&blocks, line.width()))?;
        let last = blocks.last().expect("the backbone has blocks").clone();
        let scores = self.values(|| self.recogniser.read(last))?;
        Ok((Line::from_scores(&scores, &self.characters), script))
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

/// What a box tells: its script alone, where that is sure and the recogniser does not know it; else its text, where that is sure.
fn told(line: Line, judgement: Judgement, quad: Quad) -> Option<Reading> {
    let (script, certainty) = judgement.script.filter(|(script, _)| fits(*script, &line)).unzip();
    let certainty = certainty.unwrap_or(0.0);
    if script.is_some() && !judgement.is_readable() {
        return Some(Reading { text: String::new(), score: 0.0, script, certainty, quad });
    }
    let Line { text, score } = line;
    let least = match text.trim().chars().count() {
        0 => return None,
        _ if !judgement.is_text() || !judgement.is_readable() => LEAST_SCORE_AGAINST,
        1 => LEAST_SCORE_ALONE,
        _ => LEAST_SCORE,
    };
    (score >= least).then_some(Reading { text, score, script, certainty, quad })
}

/// Latin, Greek and Cyrillic share most of their capitals: what the recogniser is as sure of as this must bear the script out, by a
/// letter that only Greek has or by none, and no sure reading bears out Cyrillic, which it does not know.
fn fits(script: Script, line: &Line) -> bool {
    let is_greek = line.text.chars().any(|letter| ('\u{370}'..'\u{400}').contains(&letter));
    line.score < LEAST_SCORE_AGAINST
        || match script {
            Script::Latin => !is_greek,
            Script::Greek => is_greek,
            Script::Cyrillic => false,
            _ => true,
        }
}
