//! Reads signs: where text stands in a picture and what it says, by the small networks of PP-OCRv6
//! (<https://github.com/PaddlePaddle/PaddleOCR>), which know Latin letters with their accents, Chinese, Japanese kana and
//! Greek, and no other script; which script it is in, by a head on the recogniser that knows many more; and what it says in
//! Cyrillic, Greek and Hangul, by a second recogniser.
//!
//! A picture is looked at reduced, then closer where small letters left a trace; each line found is laid straight and
//! read, the other way up and turned where that may be surer. What is no text is dropped, and of what stands in a script that
//! neither recogniser knows only the script is told.

mod alphabets;
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

use alphabets::written_in;
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
/// Scripts that the second recogniser reads.
const SECOND: [Script; 3] = [Script::Cyrillic, Script::Greek, Script::Hangul];
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

/// Whether one of the recognisers knows the letters of a script.
pub fn can_read(script: Script) -> bool {
    script::READ.contains(&script) || SECOND.contains(&script)
}

/// The networks.
pub struct Reader {
    detector: Detector,
    recogniser: Recogniser,
    second: Recogniser,
    scripts: ScriptClassifier,
    device: ComputeDevice,
}

impl Reader {
    /// Opens a folder with `detection.safetensors`, `recognition.safetensors` and `characters.txt`, `second.safetensors` and
    /// `second.txt`, `script.safetensors` and `script.json`.
    pub fn open(folder: &Path, device: &ComputeDevice) -> Result<Self, ModelError> {
        // A few columns of a line would be multiplied in half precision, which is no faster and less exact.
        let device = device.in_f32();
        let file = |name: &str| Checkpoint::open_file(&folder.join(name), &device);
        let recogniser = |weights: &str, characters: &str| {
            let path = folder.join(characters);
            let list = std::fs::read_to_string(&path).map_err(|source| ModelError::Read { path, source })?;
            let weights = file(weights)?;
            device.guard(|| Recogniser::load(&weights, &list))?
        };
        let first = recogniser("recognition.safetensors", "characters.txt")?;
        let second = recogniser("second.safetensors", "second.txt")?;
        let detection = file("detection.safetensors")?;
        let detector = device.guard(|| Detector::load(&detection))??;
        let scripts = ScriptClassifier::open(folder, &device)?;
        Ok(Self { detector, recogniser: first, second, scripts, device })
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
        let mut scripts = Vec::new();
        let line = surest(picture, found, |line| {
            let (line, script) = self.read_line(line)?;
            scripts.push(script);
            Ok(line)
        })?;
        let judgement = self.scripts.judgement(&scripts);
        let second = match judgement.script {
            Some((script, _)) if SECOND.contains(&script) => {
                Some(surest(picture, found, |line| self.read_second(line))?)
            }
            _ => None,
        };
        Ok(told(line, second, judgement, found.quad))
    }

    /// What a picture of a line says, and the scores of the scripts.
    fn read_line(&self, line: &RgbImage) -> Result<(Line, Vec<f32>), ModelError> {
        let wanted = [script::SEEN, recogniser::LAST];
        let mut blocks = self.device.guard(|| self.recogniser.see(self.line_pixels(line), &wanted))?.into_iter();
        let (Some(middle), Some(last)) = (blocks.next(), blocks.next()) else { return Ok(Default::default()) };
        let script = self.values(|| self.scripts.forward(middle, line.width()))?;
        let scores = self.values(|| self.recogniser.read(last))?;
        Ok((Line::from_scores(&scores, self.recogniser.characters()), script))
    }

    /// What a line says in the second recogniser's characters.
    fn read_second(&self, line: &RgbImage) -> Result<Line, ModelError> {
        let scores = self.values(|| {
            let blocks = self.second.see(self.line_pixels(line), &[recogniser::LAST]);
            self.second.read(blocks.into_iter().next().expect("the last block is there"))
        })?;
        Ok(Line::from_scores(&scores, self.second.characters()))
    }

    /// A line's pixels, filled up to the least width.
    fn line_pixels(&self, line: &RgbImage) -> Tensor<4> {
        self.pixels(line, line.width().max(line::LEAST_WIDTH).next_multiple_of(recogniser::COLUMN_WIDTH))
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
            false => Err(self.device.no_numbers("the reader of signs")),
        }
    }
}

/// The line of a box in whichever way is read most surely.
fn surest(
    picture: &RgbImage,
    found: &TextBox,
    mut read: impl FnMut(&RgbImage) -> Result<Line, ModelError>,
) -> Result<Line, ModelError> {
    let [width, height] = sides(&found.quad);
    let mut best = Line::default();
    for way in Way::of(width, height) {
        if best.score >= way.unneeded_from() {
            break;
        }
        let line = read(&way.line(picture, &found.quad))?;
        if line.score > best.score {
            best = line;
        }
    }
    Ok(best)
}

/// What a box tells: its text, where that is sure; its script alone, where that is sure and neither recogniser reads it. `second`
/// is what the second recogniser reads where the script is one of its own.
fn told(first: Line, second: Option<Line>, judgement: Judgement, quad: Quad) -> Option<Reading> {
    let sure = judgement.script.filter(|(script, _)| is_borne_out(*script, &first, second.as_ref()));
    let (script, certainty) = sure.unzip();
    let certainty = certainty.unwrap_or(0.0);
    let alone = Reading { text: String::new(), score: 0.0, script, certainty, quad };
    match (script, second) {
        (Some(script), Some(Line { text, score })) if score >= least_score(&text) => {
            return Some(Reading { text: written_in(script, &text), score, ..alone });
        }
        (Some(_), second) if second.is_some() || !judgement.is_readable() => return Some(alone),
        _ => {}
    }
    let Line { text, score } = first;
    let is_doubtful = !judgement.is_text() || !judgement.is_readable();
    let least = if is_doubtful { LEAST_SCORE_AGAINST } else { least_score(&text) };
    (!text.trim().is_empty() && score >= least).then_some(Reading { text, score, ..alone })
}

/// The score from which a text counts; an empty one never does.
fn least_score(text: &str) -> f32 {
    match text.trim().chars().count() {
        0 => f32::INFINITY,
        1 => LEAST_SCORE_ALONE,
        _ => LEAST_SCORE,
    }
}

/// Latin, Greek and Cyrillic share most of their capitals: what a recogniser is as sure of as this must bear the script out, in
/// Greek and Cyrillic by a letter that Latin lacks, in Latin by none that Greek alone has.
fn is_borne_out(script: Script, first: &Line, second: Option<&Line>) -> bool {
    let is_sure = |line: &Line| line.score >= LEAST_SCORE_AGAINST;
    let is_latin = |line: &Line| line.text.chars().all(|letter| letter.is_ascii() || !letter.is_alphabetic());
    let is_greek = |line: &Line| line.text.chars().any(|letter| ('\u{370}'..'\u{400}').contains(&letter));
    match script {
        Script::Latin => !(is_sure(first) && is_greek(first)),
        Script::Greek | Script::Cyrillic => second.is_none_or(|line| !(is_sure(line) && is_latin(line))),
        _ => true,
    }
}
