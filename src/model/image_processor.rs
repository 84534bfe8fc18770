//! Makes of a picture the patches that a vision tower reads, as a checkpoint's preprocessor_config.json says.
//!
//! Follows transformers' `Qwen2VLImageProcessor` (models/qwen2_vl/image_processing_qwen2_vl.py): the picture is resized
//! to multiples of a merged cell, scaled and normalised, and cut into patches, merged cells together.

use std::path::Path;

use image::RgbImage;
use serde::{Deserialize, de::DeserializeOwned};

use super::directory::small_file;
use super::left_out::LeftOut;
use super::levels::{Levels, Normalisation, filter_numbered};
use super::patches::PictureProcessor;
pub use super::patches::{Patches, ProcessorError};
use crate::picture::resample::{Filter, resize};

/// Tokens that a picture becomes at most unless somebody asks for more: a photograph of 12 megapixels would become 15,300
/// by the bound that the released checkpoints ship, minutes of work for a guess that is hardly better.
pub const PICTURE_TOKENS: usize = 1280;

/// Numbers of one picture that are taken into memory at most (512 MiB): no file may ask for more.
const MOST_NUMBERS: u64 = 1 << 27;

/// Sides that differ by more than this are refused, as upstream does.
const MAX_ASPECT_RATIO: f64 = 200.0;

/// The image processor of a checkpoint.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageProcessor {
    /// What the checkpoint asks for.
    asked: Area,
    /// The same within the bound on tokens.
    allowed: Area,
    patch: u32,
    frames: u32,
    merge: u32,
    filter: Filter,
    levels: Levels,
}

/// Bounds on a picture's area.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Area {
    min: u64,
    max: u64,
}

#[derive(Deserialize)]
#[serde(default)]
struct Config {
    min_pixels: Option<u64>,
    max_pixels: Option<u64>,
    size: Size,
    patch_size: u32,
    temporal_patch_size: u32,
    merge_size: u32,
    resample: u32,
    do_rescale: bool,
    rescale_factor: f64,
    do_normalize: bool,
    image_mean: [f32; 3],
    image_std: [f32; 3],
}

/// processor_config.json, of which one part is the image processor's.
#[derive(Deserialize)]
struct Whole {
    image_processor: Config,
}

impl From<Whole> for Config {
    fn from(whole: Whole) -> Self {
        whole.image_processor
    }
}

/// The newer form of the bounds: areas in pixels, whatever the names say.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Size {
    shortest_edge: Option<u64>,
    longest_edge: Option<u64>,
    min_pixels: Option<u64>,
    max_pixels: Option<u64>,
}

impl Default for Config {
    /// The class's own defaults in transformers.
    fn default() -> Self {
        Self {
            min_pixels: None,
            max_pixels: None,
            size: Size::default(),
            patch_size: 14,
            temporal_patch_size: 2,
            merge_size: 2,
            resample: 3,
            do_rescale: true,
            rescale_factor: 1.0 / 255.0,
            do_normalize: true,
            image_mean: [0.481_454_66, 0.457_827_5, 0.408_210_73],
            image_std: [0.268_629_54, 0.261_302_6, 0.275_777_1],
        }
    }
}

impl ImageProcessor {
    /// Reads preprocessor_config.json of a checkpoint directory, or the same part of processor_config.json, in which
    /// later versions of transformers keep it.
    pub fn from_dir(directory: &Path) -> Result<Self, ProcessorError> {
        let path = directory.join("preprocessor_config.json");
        let whole = directory.join("processor_config.json");
        if !path.exists() && whole.exists() {
            return Self::from_file::<Whole>(&whole);
        }
        Self::from_file::<Config>(&path)
    }

    /// As [`Self::from_dir`]; where the checkpoint says nothing, the class's own settings at the sizes of a patch, of its
    /// frames and of a merged cell that the vision tower has.
    pub(super) fn from_dir_or(
        directory: &Path,
        [patch, frames, merge]: [usize; 3],
        left_out: &mut Vec<LeftOut>,
    ) -> Result<Self, ProcessorError> {
        let files = ["preprocessor_config.json", "processor_config.json"].map(|name| directory.join(name));
        if let Some(path) = files.into_iter().find(|path| path.exists()) {
            let read = Self::from_dir(directory)?;
            let found = [read.patch, read.frames, read.merge].map(|size| size as usize);
            if found == [patch, frames, merge] {
                return Ok(read);
            }
            let tower = [patch, frames, merge];
            let reason = format!("patch, frame and merge sizes {found:?} are not the vision tower's {tower:?}");
            return Err(ProcessorError::Damaged { path, reason });
        }
        left_out.push(LeftOut::Preprocessor);
        let side = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
        let [patch_size, temporal_patch_size, merge_size] = [patch, frames, merge].map(side);
        let config = Config { patch_size, temporal_patch_size, merge_size, ..Config::default() };
        let path = directory.join("config.json");
        Self::from_config(&config).map_err(|reason| ProcessorError::Damaged { path, reason })
    }

    /// From what `path` says, in the fields of preprocessor_config.json.
    pub(super) fn from_json(path: &Path, said: serde_json::Value) -> Result<Self, ProcessorError> {
        let damaged = |reason: String| ProcessorError::Damaged { path: path.to_owned(), reason };
        let config: Config = serde_json::from_value(said).map_err(|error| damaged(error.to_string()))?;
        Self::from_config(&config).map_err(damaged)
    }

    fn from_file<F: DeserializeOwned + Into<Config>>(path: &Path) -> Result<Self, ProcessorError> {
        let text = small_file(path).map_err(|source| ProcessorError::Read { path: path.to_owned(), source })?;
        let damaged = |reason: String| ProcessorError::Damaged { path: path.to_owned(), reason };
        let file: F = serde_json::from_slice(&text).map_err(|error| damaged(error.to_string()))?;
        Self::from_config(&file.into()).map_err(damaged)
    }

    fn from_config(config: &Config) -> Result<Self, String> {
        let size = &config.size;
        let min_pixels = config.min_pixels.or(size.min_pixels).or(size.shortest_edge).unwrap_or(56 * 56);
        let max_pixels = config.max_pixels.or(size.max_pixels).or(size.longest_edge).unwrap_or(28 * 28 * 1280);
        let sizes = [config.patch_size, config.temporal_patch_size, config.merge_size];
        if sizes.iter().any(|&size| size == 0 || size > 256) {
            return Err(format!("patch, frame and merge sizes {sizes:?} are not all within 1 to 256"));
        }
        let cell = u64::from(config.patch_size * config.merge_size).pow(2);
        let numbers = max_pixels.saturating_mul(3 * u64::from(config.temporal_patch_size));
        let most = PICTURE_TOKENS as u64 * cell * 3 * u64::from(config.temporal_patch_size);
        if max_pixels < cell || min_pixels > max_pixels || max_pixels > 1 << 30 || most.min(numbers) > MOST_NUMBERS {
            return Err(format!("a picture cannot have between {min_pixels} and {max_pixels} pixels"));
        }
        let asked = Area { min: min_pixels, max: max_pixels };
        Ok(Self {
            asked,
            allowed: asked.within(PICTURE_TOKENS as u64 * cell),
            patch: config.patch_size,
            frames: config.temporal_patch_size,
            merge: config.merge_size,
            filter: filter_numbered(u64::from(config.resample))?,
            levels: Levels::new(Normalisation {
                rescale: if config.do_rescale { config.rescale_factor } else { 1.0 },
                mean: if config.do_normalize { config.image_mean } else { [0.0; 3] },
                std: if config.do_normalize { config.image_std } else { [1.0; 3] },
            })?,
        })
    }

    /// Numbers of one patch, as they go into the vision tower.
    pub fn patch_numbers(&self) -> usize {
        3 * (self.frames * self.patch * self.patch) as usize
    }

    /// The width and height that a picture is resized to: multiples of a merged cell, about the same shape, its area
    /// within the bounds (upstream's `smart_resize`).
    pub fn target_size(&self, width: u32, height: u32) -> Result<(u32, u32), ProcessorError> {
        if width == 0 || height == 0 {
            return Err(ProcessorError::Empty);
        }
        let (w, h) = (f64::from(width), f64::from(height));
        if w.max(h) / w.min(h) > MAX_ASPECT_RATIO {
            return Err(ProcessorError::TooNarrow { width, height });
        }
        let factor = f64::from(self.patch * self.merge);
        let (min, max) = (self.allowed.min as f64, self.allowed.max as f64);
        let round = |x: f64| (x / factor).round_ties_even() * factor;
        let (mut to_w, mut to_h) = (round(w), round(h));
        if to_w * to_h > max {
            let beta = (w * h / max).sqrt();
            to_w = ((w / beta / factor).floor() * factor).max(factor);
            to_h = ((h / beta / factor).floor() * factor).max(factor);
        } else if to_w * to_h < min {
            let beta = (min / (w * h)).sqrt();
            to_w = (w * beta / factor).ceil() * factor;
            to_h = (h * beta / factor).ceil() * factor;
        }
        // Without a lower bound a thin picture's side may round to nothing, which upstream would then fail on.
        Ok((to_w.max(factor) as u32, to_h.max(factor) as u32))
    }

    /// Resizes, normalises and cuts a picture.
    pub fn process(&self, picture: &RgbImage) -> Result<Patches, ProcessorError> {
        let (width, height) = self.target_size(picture.width(), picture.height())?;
        if (width, height) == picture.dimensions() {
            return Ok(self.cut(picture));
        }
        Ok(self.cut(&resize(picture, width, height, self.filter)))
    }

    /// The same, with pictures of at most so many tokens, should the checkpoint ask for that many.
    #[must_use]
    pub fn with_tokens(mut self, tokens: usize) -> Self {
        let most = tokens.clamp(1, self.memory_tokens()) as u64;
        self.allowed = self.asked.within(most * self.cell());
        self
    }

    /// Pixels of a token.
    fn cell(&self) -> u64 {
        u64::from(self.patch * self.merge).pow(2)
    }

    /// So many tokens the program has memory for, whatever the checkpoint asks for.
    fn memory_tokens(&self) -> usize {
        let numbers = 3 * u64::from(self.frames) * self.cell();
        (MOST_NUMBERS / numbers).max(1) as usize
    }

    /// Row order: merged cells in reading order, inside each its patches in reading order. Column order: channel,
    /// frame, row, column.
    fn cut(&self, picture: &RgbImage) -> Patches {
        let (patch, merge, frames) = (self.patch as usize, self.merge as usize, self.frames as usize);
        let width = picture.width() as usize;
        let (rows, columns) = (picture.height() as usize / patch, width / patch);
        let pixels = picture.as_raw();
        let mut values = Vec::with_capacity(rows * columns * 3 * frames * patch * patch);
        for cell_row in (0..rows).step_by(merge) {
            for cell_column in (0..columns).step_by(merge) {
                for within in 0..merge * merge {
                    let (top, left) = ((cell_row + within / merge) * patch, (cell_column + within % merge) * patch);
                    for (channel, table) in self.levels.tables().iter().enumerate() {
                        for _frame in 0..frames {
                            for y in top..top + patch {
                                let start = (y * width + left) * 3 + channel;
                                let line = pixels[start..].iter().step_by(3).take(patch);
                                values.extend(line.map(|&level| table[usize::from(level)]));
                            }
                        }
                    }
                }
            }
        }
        Patches { values, grid: [1, rows, columns], merged_tokens: rows * columns / (merge * merge) }
    }
}

impl Area {
    fn within(self, most: u64) -> Self {
        Self { min: self.min.min(most), max: self.max.min(most) }
    }
}

impl PictureProcessor for ImageProcessor {
    fn patches(&self, picture: &RgbImage, tokens: usize) -> Result<Patches, ProcessorError> {
        self.clone().with_tokens(tokens).process(picture)
    }

    fn most_tokens(&self) -> usize {
        ((self.asked.max / self.cell()) as usize).clamp(1, self.memory_tokens())
    }

    /// Qwen2.5-VL points in the pixels of the picture as it was resized.
    fn pointing_size(&self, width: u32, height: u32, tokens: usize) -> (u32, u32) {
        self.clone().with_tokens(tokens).target_size(width, height).unwrap_or((width, height))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn processor() -> ImageProcessor {
        ImageProcessor::from_config(&Config::default()).unwrap()
    }

    #[test]
    fn sizes_are_multiples_of_a_cell_within_the_bounds() {
        let processor = processor();
        for (width, height) in [(1, 1), (13, 41), (448, 448), (640, 480), (4000, 3000), (56, 11_000), (20_000, 101)] {
            let (w, h) = processor.target_size(width, height).unwrap();
            assert!(w % 28 == 0 && h % 28 == 0 && w > 0 && h > 0);
            let area = u64::from(w) * u64::from(h);
            assert!((56 * 56..=28 * 28 * 1280).contains(&area), "{width}x{height} -> {w}x{h}");
        }
    }

    #[test]
    fn narrow_and_empty_pictures_are_refused() {
        assert!(matches!(processor().target_size(2010, 10), Err(ProcessorError::TooNarrow { .. })));
        assert!(matches!(processor().target_size(0, 10), Err(ProcessorError::Empty)));
    }

    #[test]
    fn merged_cells_lie_together() {
        let picture = RgbImage::from_fn(56, 56, |x, y| image::Rgb([(x / 14) as u8, (y / 14) as u8, 0]));
        let patches = processor().cut(&picture);
        assert_eq!((patches.grid, patches.merged_tokens), ([1, 4, 4], 4));
        let row = 3 * 2 * 14 * 14;
        let level = |value: f32, channel: usize| {
            let config = Config::default();
            ((value * config.image_std[channel] + config.image_mean[channel]) * 255.0).round() as u32
        };
        let corner =
            |patch: usize| (level(patches.values[patch * row], 0), level(patches.values[patch * row + 2 * 196], 1));
        assert_eq!((0..5).map(corner).collect::<Vec<_>>(), [(0, 0), (1, 0), (0, 1), (1, 1), (2, 0)]);
    }

    #[test]
    fn a_photograph_becomes_no_more_tokens_than_asked_for() {
        let released = r#"{"min_pixels": 3136, "max_pixels": 12845056}"#;
        let processor = ImageProcessor::from_config(&serde_json::from_str(released).unwrap()).unwrap();
        let tokens = |processor: &ImageProcessor| {
            let (width, height) = processor.target_size(4000, 3000).unwrap();
            (width / 28) as usize * (height / 28) as usize
        };
        assert!((1200..=PICTURE_TOKENS).contains(&tokens(&processor)), "{}", tokens(&processor));
        assert!((2400..=2560).contains(&tokens(&processor.clone().with_tokens(2560))));
        assert!((15_000..=16_384).contains(&tokens(&processor.clone().with_tokens(usize::MAX))));
        assert_eq!(processor.clone().with_tokens(1).target_size(4000, 3000).unwrap(), (28, 28));

        // Asked for by number, the processor's own bound plays no part, and where the model points follows.
        assert_eq!(processor.most_tokens(), 16_384);
        let picture = RgbImage::new(1600, 1200);
        for tokens in [300, 2000] {
            let seen = processor.patches(&picture, tokens).unwrap();
            assert!((tokens * 9 / 10..=tokens).contains(&seen.merged_tokens), "{} of {tokens}", seen.merged_tokens);
            let (width, height) = processor.pointing_size(1600, 1200, tokens);
            assert_eq!([1, height as usize / 14, width as usize / 14], seen.grid);
        }
    }

    #[test]
    fn no_file_asks_for_more_memory_than_there_is() {
        let error = |text: &str| ImageProcessor::from_config(&serde_json::from_str(text).unwrap()).unwrap_err();
        let frames = r#"{"patch_size": 256, "temporal_patch_size": 256, "merge_size": 8, "max_pixels": 1073741824}"#;
        assert!(error(frames).contains("pixels"));
        assert!(error(r#"{"max_pixels": 18446744073709551615}"#).contains("pixels"));
        assert!(error(r#"{"temporal_patch_size": 256, "patch_size": 64, "max_pixels": 900000000}"#).contains("pixels"));
    }

    #[test]
    fn a_checkpoint_that_says_nothing_is_read_as_its_tower_is_built() {
        let folder = tempfile::tempdir().unwrap();
        let own = ImageProcessor::from_dir_or(folder.path(), [16, 2, 2], &mut Vec::new()).unwrap();
        assert_eq!(own.target_size(320, 320).unwrap(), (320, 320));
        assert_eq!(ImageProcessor::from_dir_or(folder.path(), [14, 2, 2], &mut Vec::new()).unwrap(), processor());
        assert!(ImageProcessor::from_dir_or(folder.path(), [1 << 20, 2, 2], &mut Vec::new()).is_err());
    }

    #[test]
    fn impossible_configurations_are_named() {
        let error = |text: &str| ImageProcessor::from_config(&serde_json::from_str(text).unwrap()).unwrap_err();
        assert!(error(r#"{"patch_size": 0}"#).contains("patch"));
        assert!(error(r#"{"min_pixels": 9000, "max_pixels": 8000}"#).contains("9000"));
        let newer = r#"{"size": {"shortest_edge": 3136, "longest_edge": 37632}}"#;
        let processor = ImageProcessor::from_config(&serde_json::from_str(newer).unwrap()).unwrap();
        assert_eq!(processor.target_size(448, 336).unwrap(), (224, 168));
    }
}
