//! Which script a line is written in, or whether it is text at all, told by what the recogniser's backbone sees in it and by what
//! last blocks of its own see in that: a head of this project's own, trained on rendered words (`training/script/`, card in
//! `assets/reader/README.md`).

use std::path::Path;

use burn::tensor::Tensor;
use burn::tensor::activation::relu;
use serde::Deserialize;

use super::backbone::Block;
use super::recogniser::BLOCKS;
use crate::knowledge::Script;
use crate::model::compute::ComputeDevice;
use crate::model::directory::json_file;
use crate::model::error::ModelError;
use crate::model::linear::Linear;
use crate::model::weights::{Checkpoint, Source};

/// It goes on from the output of the backbone's block before this one, by blocks of the same shapes.
const FIRST: usize = SEEN + 1;
/// The number of that block.
pub(super) const SEEN: usize = 9;
/// A line's rows are taken together in so many parts: accents, letters, what hangs below.
const PARTS: usize = 3;
/// Numbers between the two products.
const HIDDEN: usize = 192;
/// Columns of pixels for each column of the backbone.
const COLUMN_WIDTH: u32 = 4;
/// Scripts that the first recogniser reads.
pub(super) const READ: [Script; 4] = [Script::Latin, Script::Greek, Script::Han, Script::Kana];
/// The codes that ISO 15924 has for signs of no script in particular, here numerals, and for what is not written.
const NUMERALS: &str = "Zyyy";
const NO_TEXT: &str = "Zxxx";

/// What a line may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Written(Script),
    Numerals,
    NoText,
}

/// The head, its classes, and how its scores are to be taken.
#[derive(Debug)]
pub(super) struct ScriptClassifier {
    blocks: Vec<Block>,
    hidden: Linear,
    head: Linear,
    classes: Vec<Class>,
    temperature: f32,
    bound: f32,
}

/// `script.json`.
#[derive(Deserialize)]
struct Settings {
    classes: Vec<String>,
    temperature: f32,
    bound: f32,
}

impl ScriptClassifier {
    /// Opens `script.json` and `script.safetensors` in a folder.
    pub(super) fn open(folder: &Path, device: &ComputeDevice) -> Result<Self, ModelError> {
        let path = folder.join("script.json");
        let Some(settings) = json_file(&path)? else { return Err(ModelError::MissingFile { path }) };
        let wrong = |reason: String| ModelError::Config { path: path.clone(), reason };
        let settings = serde_json::from_value(settings).map_err(|error| wrong(error.to_string()))?;
        let Settings { classes, temperature, bound } = settings;
        let class = |code: &String| match code.as_str() {
            NUMERALS => Ok(Class::Numerals),
            NO_TEXT => Ok(Class::NoText),
            code => code.parse().map(Class::Written).map_err(|error| wrong(format!("'classes': {error}"))),
        };
        let classes = classes.iter().map(class).collect::<Result<Vec<_>, _>>()?;
        if !(temperature.is_finite() && temperature > 0.0) {
            return Err(wrong(format!("'temperature' is {temperature}, not a number above 0")));
        }
        let weights = Checkpoint::open_file(&folder.join("script.safetensors"), device)?;
        let (blocks, hidden, head) = device.guard(|| Self::load(&weights, classes.len()))??;
        Ok(Self { blocks, hidden, head, classes, temperature, bound })
    }

    fn load(source: &dyn Source, classes: usize) -> Result<(Vec<Block>, Linear, Linear), ModelError> {
        let block =
            |index: usize| Block::load(source, &format!("blocks.{index}"), BLOCKS[index - 1].width, BLOCKS[index]);
        let blocks = (FIRST..BLOCKS.len()).map(block).collect::<Result<_, _>>()?;
        let seen = (PARTS + 1) * (BLOCKS[FIRST - 1].width + BLOCKS[BLOCKS.len() - 1].width);
        Ok((blocks, source.linear("hidden", [HIDDEN, seen], true)?, source.linear("head", [classes, HIDDEN], true)?))
    }

    /// What the backbone's block [`SEEN`] gives for one line, so many of whose columns of pixels are the line itself, to a score
    /// for each class before softmax.
    ///
    /// # Shapes
    /// `[1, channels, rows, columns]` to `[1, classes]`.
    pub(super) fn forward(&self, first: Tensor<4>, width: u32) -> Tensor<2> {
        let columns = width.div_ceil(COLUMN_WIDTH) as usize;
        let last = self.blocks.iter().fold(first.clone(), |x, block| block.forward(x));
        let numbers = [first, last].into_iter().flat_map(|block| pooled(block, columns)).collect();
        self.head.forward(relu(self.hidden.forward(Tensor::cat(numbers, 1))))
    }

    /// What the scores of a box's lines say together: each way to hold it is a guess of its own, so that their logarithms are
    /// averaged.
    pub(super) fn judgement(&self, scores: &[Vec<f32>]) -> Judgement {
        let mean = |class: usize| scores.iter().map(|line| line[class]).sum::<f32>() / scores.len().max(1) as f32;
        let scores: Vec<f32> = (0..self.classes.len()).map(|class| mean(class) / self.temperature).collect();
        let greatest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let powers: Vec<f32> = scores.iter().map(|score| (score - greatest).exp()).collect();
        let sum: f32 = powers.iter().sum();
        let shares: Vec<(Class, f32)> = self.classes.iter().copied().zip(powers.iter().map(|p| p / sum)).collect();
        Judgement::of(&shares, self.bound)
    }
}

/// The means of each part of the rows over the line's columns, one part after the other, and the maximum over all places.
///
/// # Shapes
/// `[1, channels, rows, columns]` to `[1, PARTS * channels]` and `[1, channels]`.
fn pooled(block: Tensor<4>, columns: usize) -> [Tensor<2>; 2] {
    let [_, channels, rows, all] = block.dims();
    let columns = columns.clamp(1, all);
    let line = block.narrow(3, 0, columns);
    let most = line.clone().max_dim(3).max_dim(2).reshape([1, channels]);
    let means = line.reshape([channels, PARTS, rows / PARTS * columns]).mean_dim(2);
    [means.reshape([channels, PARTS]).transpose().reshape([1, PARTS * channels]), most]
}

/// What is thought of one box.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Judgement {
    /// The likeliest script and its share, where that is sure enough to count.
    pub(super) script: Option<(Script, f32)>,
    /// Share of "no text".
    pub(super) no_text: f32,
    /// Share of the scripts that the recogniser reads, and of numerals, in all that is text.
    pub(super) readable: f32,
}

impl Judgement {
    fn of(shares: &[(Class, f32)], bound: f32) -> Self {
        let share_of = |wanted: fn(&Class) -> bool| -> f32 {
            shares.iter().filter(|(class, _)| wanted(class)).map(|(_, share)| share).sum()
        };
        let no_text = share_of(|class| *class == Class::NoText);
        let read = share_of(|class| match class {
            Class::Written(script) => READ.contains(script),
            Class::Numerals => true,
            Class::NoText => false,
        });
        let script = match shares.iter().max_by(|a, b| a.1.total_cmp(&b.1)) {
            Some(&(Class::Written(script), share)) if share >= bound => Some((script, share)),
            _ => None,
        };
        Self { script, no_text, readable: read / (1.0 - no_text).max(f32::EPSILON) }
    }

    #[cfg(test)]
    pub(super) fn sure_of(script: Script, share: f32) -> Self {
        Self { script: Some((script, share)), no_text: 0.0, readable: 0.0 }
    }

    /// Whether this is likelier text than not.
    pub(super) fn is_text(&self) -> bool {
        self.no_text <= 0.5
    }

    /// Whether the recogniser more likely than not knows the letters, if they are letters.
    pub(super) fn is_readable(&self) -> bool {
        self.readable >= 0.5
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unsure_script_is_none_and_a_sure_one_says_whether_it_can_be_read() {
        let judged = |greek: f32, cyrillic: f32, no_text: f32| {
            let shares = [
                (Class::Written(Script::Greek), greek),
                (Class::Written(Script::Cyrillic), cyrillic),
                (Class::NoText, no_text),
            ];
            Judgement::of(&shares, 0.8)
        };
        let cyrillic = judged(0.05, 0.9, 0.05);
        assert_eq!(cyrillic.script, Some((Script::Cyrillic, 0.9)));
        assert!(cyrillic.is_text() && !cyrillic.is_readable());
        let unsure = judged(0.6, 0.3, 0.1);
        assert!(unsure.script.is_none() && unsure.is_readable());
        assert!(!judged(0.2, 0.1, 0.7).is_text());
        assert!(judged(0.0, 0.0, 1.0).script.is_none());
        // Of what is text, three fifths can be read, though it is a quarter of all.
        assert!(judged(0.24, 0.16, 0.6).is_readable());
    }

    #[test]
    fn parts_of_rows_are_averaged_over_the_lines_own_columns() {
        let device = ComputeDevice::cpu();
        // Two channels, three rows, four columns, of which two belong to the line.
        let values: Vec<f32> = (0..24).map(|value| value as f32).collect();
        let data = burn::tensor::TensorData::new(values, [1, 2, 3, 4]);
        let block = Tensor::<4>::from_data(data, (device.burn(), burn::tensor::DType::F32));
        let [means, most] = pooled(block, 2).map(|x| x.into_data().try_into_vec::<f32>().unwrap());
        assert_eq!(means, [0.5, 12.5, 4.5, 16.5, 8.5, 20.5]);
        assert_eq!(most, [9.0, 21.0]);
    }
}
