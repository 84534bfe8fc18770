//! Makes of a picture what the vision tower reads, as a checkpoint's preprocessor_config.json says: the shorter side
//! resized, the middle cut out, scaled and normalised (transformers' `CLIPImageProcessor`).

use std::path::Path;

use image::RgbImage;
use serde::{Deserialize, de::DeserializeOwned};

use super::config::ClipVisionConfig;
use crate::model::directory::small_file;
use crate::model::levels::{Levels, Normalisation, filter_numbered};
use crate::model::patches::ProcessorError;
use crate::picture::resample::{Filter, resize};

/// Sides that differ by more than this are refused: the middle says nothing of the rest, and the resized picture would
/// be many times larger than what is cut out of it.
const MAX_ASPECT_RATIO: u32 = 200;

/// No released checkpoint resizes to more, in pixels.
const MAX_SIDE: u32 = 1024;

/// The image processor of a CLIP.
#[derive(Debug, Clone, PartialEq)]
pub struct ClipProcessor {
    resize: Option<Resize>,
    filter: Filter,
    /// Side of what is cut out of the middle.
    side: u32,
    /// Side of a patch.
    patch: u32,
    levels: Levels,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Resize {
    /// The shorter side becomes this long, and the other keeps the shape.
    Shorter(u32),
    /// Width and height, whatever the shape was.
    Exactly(u32, u32),
}

#[derive(Deserialize)]
#[serde(default)]
struct Config {
    do_resize: bool,
    size: Size,
    resample: u32,
    do_center_crop: bool,
    crop_size: Size,
    do_rescale: bool,
    rescale_factor: f64,
    do_normalize: bool,
    image_mean: [f32; 3],
    image_std: [f32; 3],
}

/// One number in older files, fields in later ones.
#[derive(Deserialize, Clone, Copy)]
#[serde(untagged)]
enum Size {
    Number(u32),
    Fields { shortest_edge: Option<u32>, height: Option<u32>, width: Option<u32> },
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

impl Default for Config {
    /// The class's own defaults in transformers.
    fn default() -> Self {
        Self {
            do_resize: true,
            size: Size::Number(224),
            resample: 3,
            do_center_crop: true,
            crop_size: Size::Number(224),
            do_rescale: true,
            rescale_factor: 1.0 / 255.0,
            do_normalize: true,
            image_mean: [0.481_454_66, 0.457_827_5, 0.408_210_73],
            image_std: [0.268_629_54, 0.261_302_6, 0.275_777_1],
        }
    }
}

impl ClipProcessor {
    /// Reads preprocessor_config.json of a checkpoint directory, or the same part of processor_config.json, in which
    /// later versions of transformers keep it. What it makes must fit the vision tower.
    pub fn from_dir(directory: &Path, tower: &ClipVisionConfig) -> Result<Self, ProcessorError> {
        let path = directory.join("preprocessor_config.json");
        let whole = directory.join("processor_config.json");
        if !path.exists() && whole.exists() {
            return Self::from_file::<Whole>(&whole, tower);
        }
        Self::from_file::<Config>(&path, tower)
    }

    /// The class's own settings at the side that the tower reads.
    pub fn plain(tower: &ClipVisionConfig) -> Self {
        let side = tower.side as u32;
        let levels = levels(&Config::default()).expect("the class's own numbers are possible");
        let resize = Some(Resize::Shorter(side));
        Self { resize, filter: Filter::Bicubic, side, patch: tower.patch as u32, levels }
    }

    fn from_file<F: DeserializeOwned + Into<Config>>(
        path: &Path,
        tower: &ClipVisionConfig,
    ) -> Result<Self, ProcessorError> {
        let text = small_file(path).map_err(|source| ProcessorError::Read { path: path.to_owned(), source })?;
        let damaged = |reason: String| ProcessorError::Damaged { path: path.to_owned(), reason };
        let file: F = serde_json::from_slice(&text).map_err(|error| damaged(error.to_string()))?;
        Self::from_config(&file.into(), tower).map_err(damaged)
    }

    fn from_config(config: &Config, tower: &ClipVisionConfig) -> Result<Self, String> {
        let side = tower.side as u32;
        let resize = match (config.do_resize, config.size) {
            (false, _) => None,
            (true, Size::Number(short) | Size::Fields { shortest_edge: Some(short), .. }) => {
                Some(Resize::Shorter(short))
            }
            (true, Size::Fields { height: Some(height), width: Some(width), .. }) => {
                Some(Resize::Exactly(width, height))
            }
            (true, Size::Fields { .. }) => return Err("size names neither shortest_edge nor height and width".into()),
        };
        let sides = match resize {
            Some(Resize::Shorter(short)) => [short, short],
            Some(Resize::Exactly(width, height)) => [width, height],
            None => [side, side],
        };
        if sides.iter().any(|&side| side == 0 || side > MAX_SIDE) {
            return Err(format!("size {sides:?} does not lie within 1 to {MAX_SIDE}"));
        }
        let (width, height) = match (config.do_center_crop, config.crop_size, resize) {
            (true, Size::Number(side), _) => (side, side),
            (true, Size::Fields { height: Some(height), width: Some(width), .. }, _) => (width, height),
            (true, Size::Fields { .. }, _) => return Err("crop_size names no height and width".into()),
            (false, _, Some(Resize::Exactly(width, height))) => (width, height),
            (false, ..) => return Err("without do_center_crop a picture keeps its shape, and the tower has one".into()),
        };
        if (width, height) != (side, side) {
            return Err(format!("it makes {width} x {height} pixels, and the vision tower reads {side} x {side}"));
        }
        let filter = filter_numbered(u64::from(config.resample))?;
        Ok(Self { resize, filter, side, patch: tower.patch as u32, levels: levels(config)? })
    }

    /// Numbers in a picture that is ready for the tower.
    pub fn numbers(&self) -> usize {
        let grid = (self.side / self.patch) as usize;
        grid * grid * 3 * (self.patch * self.patch) as usize
    }

    /// The patches of a picture in reading order, each colour by colour, row by row: `[patches, 3 * patch * patch]`.
    pub fn process(&self, picture: &RgbImage) -> Result<Vec<f32>, ProcessorError> {
        let (width, height) = picture.dimensions();
        if width == 0 || height == 0 {
            return Err(ProcessorError::Empty);
        }
        if width.max(height) / width.min(height) > MAX_ASPECT_RATIO {
            return Err(ProcessorError::TooNarrow { width, height });
        }
        let target = match self.resize {
            None => (width, height),
            Some(Resize::Exactly(width, height)) => (width, height),
            Some(Resize::Shorter(short)) => {
                // Upstream cuts the fraction off.
                let longer = (f64::from(short) * f64::from(width.max(height)) / f64::from(width.min(height))) as u32;
                if width <= height { (short, longer) } else { (longer, short) }
            }
        };
        if target == (width, height) {
            return Ok(self.cut(picture));
        }
        Ok(self.cut(&resize(picture, target.0, target.1, self.filter)))
    }

    /// The middle in patches. Where the picture is too small it stands in the middle of black.
    fn cut(&self, picture: &RgbImage) -> Vec<f32> {
        let (side, patch) = (i64::from(self.side), self.patch as usize);
        let (width, height) = (i64::from(picture.width()), i64::from(picture.height()));
        // Both round down, as upstream's whole-number division does.
        let (left, top) = ((width - side).div_euclid(2), (height - side).div_euclid(2));
        let grid = (self.side / self.patch) as usize;
        let pixels = picture.as_raw();
        let mut values = Vec::with_capacity(self.numbers());
        let inside = left >= 0 && top >= 0;
        for cell in 0..grid * grid {
            let (column, row) = ((cell % grid * patch) as i64 + left, (cell / grid * patch) as i64 + top);
            for (channel, table) in self.levels.tables().iter().enumerate() {
                for y in row..row + patch as i64 {
                    if inside {
                        let start = (y * width + column) as usize * 3 + channel;
                        let line = pixels[start..].iter().step_by(3).take(patch);
                        values.extend(line.map(|&level| table[usize::from(level)]));
                        continue;
                    }
                    values.extend((column..column + patch as i64).map(|x| {
                        let there = (0..width).contains(&x) && (0..height).contains(&y);
                        let level = if there { pixels[(y * width + x) as usize * 3 + channel] } else { 0 };
                        table[usize::from(level)]
                    }));
                }
            }
        }
        values
    }
}

fn levels(config: &Config) -> Result<Levels, String> {
    let rescale = if config.do_rescale { config.rescale_factor } else { 1.0 };
    let (mean, std) = if config.do_normalize { (config.image_mean, config.image_std) } else { ([0.0; 3], [1.0; 3]) };
    Levels::new(Normalisation { rescale, mean, std })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::clip::ClipConfig;

    fn tower(side: u32, patch: u32) -> ClipVisionConfig {
        let json = json!({"image_size": side, "patch_size": patch});
        ClipConfig::from_json(Path::new("config.json"), &json).unwrap().vision
    }

    fn read(config: serde_json::Value) -> Result<ClipProcessor, String> {
        ClipProcessor::from_config(&serde_json::from_value(config).unwrap(), &tower(8, 4))
    }

    #[test]
    fn older_and_later_files_say_the_same() {
        let older = read(json!({"size": 8, "crop_size": 8})).unwrap();
        let later = json!({"size": {"shortest_edge": 8}, "crop_size": {"height": 8, "width": 8}});
        assert_eq!(older, read(later).unwrap());
        assert_eq!(older, ClipProcessor::plain(&tower(8, 4)));
    }

    #[test]
    fn a_file_that_does_not_fit_the_tower_is_refused() {
        assert!(read(json!({"size": 8})).unwrap_err().contains("224 x 224"));
        assert!(read(json!({"size": 8, "do_center_crop": false})).unwrap_err().contains("do_center_crop"));
        assert!(read(json!({"size": 0, "crop_size": 8})).unwrap_err().contains("size"));
        assert!(read(json!({"size": {}, "crop_size": 8})).unwrap_err().contains("shortest_edge"));
        assert!(read(json!({"size": 8, "crop_size": 8, "resample": 0})).unwrap_err().contains("resample"));
    }

    #[test]
    fn patches_stand_in_reading_order_and_a_small_picture_in_black() {
        let plain = json!({"do_resize": false, "crop_size": 8, "do_rescale": false, "do_normalize": false});
        let processor = read(plain).unwrap();
        let picture = RgbImage::from_fn(10, 8, |x, y| image::Rgb([x as u8, y as u8, 9]));
        let values = processor.process(&picture).unwrap();
        assert_eq!(values.len(), 4 * 3 * 16);
        // The second patch begins at column 1 + 4 of row 0; its third colour is all nines.
        assert_eq!((values[48], values[48 + 16], values[48 + 32]), (5.0, 0.0, 9.0));
        let values = processor.process(&RgbImage::from_pixel(2, 3, image::Rgb([7; 3]))).unwrap();
        assert_eq!(values.iter().filter(|&&value| value == 7.0).count(), 2 * 3 * 3);
    }

    #[test]
    fn narrow_and_empty_pictures_are_refused() {
        let processor = ClipProcessor::plain(&tower(8, 4));
        assert!(matches!(processor.process(&RgbImage::new(0, 5)), Err(ProcessorError::Empty)));
        assert!(matches!(processor.process(&RgbImage::new(2010, 10)), Err(ProcessorError::TooNarrow { .. })));
        assert!(processor.process(&RgbImage::new(1, 1)).is_ok());
    }
}
