//! From a picture to the numbers that a segmenter reads, as a checkpoint's preprocessor_config.json says.
//!
//! Follows transformers' `SegformerImageProcessor` and `MaskFormerImageProcessor` on Pillow: resized with Pillow's
//! arithmetic, scaled, normalised. SegFormer takes every picture at one size; MaskFormer brings the shorter side to a
//! length and then stretches both to multiples of a number, which moves the picture's shape a little.

use std::path::Path;

use image::RgbImage;
use serde_json::Value;

use crate::model::directory::json_file;
use crate::model::error::ModelError;
use crate::model::fields::Fields;
use crate::model::levels::{Levels, Normalisation, filter_numbered};
use crate::picture::resample::{Filter, resize};

/// Longer sides are refused: a grid of a quarter of that with 150 classes has 630 MB of scores.
const LONGEST_SIDE: u32 = 4096;

/// What a checkpoint of an architecture means where its file is silent.
#[derive(Debug, Clone, Copy)]
pub struct Habits {
    /// A size that is one number: the side of a square, or else the length of the shorter side.
    pub square: bool,
    /// The size where there is none, and the longest side that goes with it.
    pub size: [u32; 2],
    /// Sides become multiples of this; 1 for any.
    pub divisor: u32,
}

/// How large the network wants its pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    /// As they are.
    Kept,
    /// Width and height.
    Fixed(u32, u32),
    /// The shorter side has this length, unless the longer one would pass its own.
    Shortest { shortest: u32, longest: Option<u32> },
}

/// A checkpoint's preprocessing.
#[derive(Debug, Clone, PartialEq)]
pub struct PixelProcessor {
    target: Target,
    divisor: u32,
    filter: Filter,
    levels: Levels,
}

/// One picture as a network reads it.
#[derive(Debug, Clone, PartialEq)]
pub struct Pixels {
    /// `[height, width, 3]`.
    pub values: Vec<f32>,
    /// Across.
    pub width: usize,
    /// Down.
    pub height: usize,
}

impl PixelProcessor {
    /// Reads preprocessor_config.json of a checkpoint directory.
    pub fn from_dir(directory: &Path, habits: Habits) -> Result<Self, ModelError> {
        let path = directory.join("preprocessor_config.json");
        let value = json_file(&path)?.ok_or_else(|| ModelError::MissingFile { path: path.clone() })?;
        Self::from_json(&Fields { path: &path, value: &value }, habits)
    }

    fn from_json(fields: &Fields<'_>, habits: Habits) -> Result<Self, ModelError> {
        let value = fields.value;
        let does = |name: &str| value[name].as_bool() != Some(false);
        let filter = filter_numbered(value["resample"].as_u64().unwrap_or(2)).map_err(|reason| fields.wrong(reason))?;
        let rescale = if does("do_rescale") { fields.real_or("rescale_factor", 1.0 / 255.0)? } else { 1.0 };
        let triple = |name: &str, otherwise: [f32; 3]| match &value[name] {
            Value::Null => Ok(otherwise),
            list => serde_json::from_value::<[f32; 3]>(list.clone())
                .map_err(|_| fields.wrong(format!("'{name}' is not three numbers"))),
        };
        // ImageNet's, upstream's default.
        let mean = triple("image_mean", [0.485, 0.456, 0.406])?;
        let std = triple("image_std", [0.229, 0.224, 0.225])?;
        let (mean, std) = if does("do_normalize") { (mean, std) } else { ([0.0; 3], [1.0; 3]) };
        let levels = Levels::new(Normalisation { rescale, mean, std }).map_err(|reason| fields.wrong(reason))?;
        // The divisor has had two names, and 0 says that there is none.
        let divisor = ["size_divisor", "size_divisibility"].into_iter().find_map(|name| value[name].as_u64());
        Ok(Self {
            target: if does("do_resize") { target(fields, habits)? } else { Target::Kept },
            divisor: divisor.map_or(habits.divisor, |divisor| divisor.clamp(1, u64::from(LONGEST_SIDE)) as u32),
            filter,
            levels,
        })
    }

    /// The width and height at which the network sees a picture of this size.
    pub fn target_size(&self, width: u32, height: u32) -> (u32, u32) {
        let (width, height) = match self.target {
            Target::Kept => return (width, height),
            Target::Fixed(width, height) => (width, height),
            Target::Shortest { shortest, longest } => shortest_side(width, height, shortest, longest),
        };
        let whole = |side: u32| side.max(1).next_multiple_of(self.divisor);
        (whole(width), whole(height))
    }

    /// Resizes and normalises a picture.
    pub fn process(&self, picture: &RgbImage) -> Result<Pixels, ModelError> {
        let (width, height) = picture.dimensions();
        if width == 0 || height == 0 {
            return Err(ModelError::Prompt("the picture is empty".to_owned()));
        }
        let (to_width, to_height) = self.target_size(width, height);
        if to_width.max(to_height) > LONGEST_SIDE {
            return Err(ModelError::Prompt(format!(
                "a picture of {width} x {height} would be read at {to_width} x {to_height}, more than {LONGEST_SIDE}: \
                 reduce it or cut a part out"
            )));
        }
        let resized;
        let seen = if (to_width, to_height) == (width, height) {
            picture
        } else {
            resized = resize(picture, to_width, to_height, self.filter);
            &resized
        };
        let [red, green, blue] = self.levels.tables();
        let values = seen
            .as_raw()
            .chunks_exact(3)
            .flat_map(|pixel| [red[usize::from(pixel[0])], green[usize::from(pixel[1])], blue[usize::from(pixel[2])]]);
        Ok(Pixels { values: values.collect(), width: to_width as usize, height: to_height as usize })
    }
}

/// `size` in its newer forms, an object, and in its older one, a number with `max_size` beside it.
fn target(fields: &Fields<'_>, habits: Habits) -> Result<Target, ModelError> {
    let size = Fields { path: fields.path, value: &fields.value["size"] };
    let side = |fields: &Fields<'_>, name: &str| match fields.number(name)? {
        side if side <= LONGEST_SIDE as usize => Ok(side as u32),
        side => Err(fields.wrong(format!("'{name}' is {side}, more than {LONGEST_SIDE}"))),
    };
    let longest = |fields: &Fields<'_>, name: &str| match fields.value[name].is_null() {
        true => Ok(None),
        false => side(fields, name).map(Some),
    };
    let one_number = |number: u32, longest| match habits.square {
        true => Target::Fixed(number, number),
        false => Target::Shortest { shortest: number, longest },
    };
    match size.value {
        Value::Null => Ok(one_number(habits.size[0], Some(habits.size[1]))),
        Value::Object(of) if of.contains_key("shortest_edge") => {
            Ok(Target::Shortest { shortest: side(&size, "shortest_edge")?, longest: longest(&size, "longest_edge")? })
        }
        Value::Object(_) => Ok(Target::Fixed(side(&size, "width")?, side(&size, "height")?)),
        _ => Ok(one_number(side(fields, "size")?, longest(fields, "max_size")?)),
    }
}

/// Upstream's `get_size_with_aspect_ratio`, which cuts off fractions.
fn shortest_side(width: u32, height: u32, shortest: u32, longest: Option<u32>) -> (u32, u32) {
    let (least, most) = (f64::from(width.min(height)), f64::from(width.max(height)));
    let mut side = f64::from(shortest);
    let mut exact = side;
    if let Some(longest) = longest.map(f64::from).filter(|longest| most / least * side > *longest) {
        exact = longest * least / most;
        side = exact.round_ties_even();
    }
    if side == least {
        (width, height)
    } else if width < height {
        (side as u32, (exact * f64::from(height) / f64::from(width)) as u32)
    } else {
        ((exact * f64::from(width) / f64::from(height)) as u32, side as u32)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const MASKFORMER: Habits = Habits { square: false, size: [800, 1333], divisor: 32 };
    const SEGFORMER: Habits = Habits { square: true, size: [512, 512], divisor: 1 };

    fn processor(value: &Value, habits: Habits) -> Result<PixelProcessor, String> {
        let path = Path::new("preprocessor_config.json");
        PixelProcessor::from_json(&Fields { path, value }, habits).map_err(|error| error.to_string())
    }

    /// Sizes that transformers' own processor gives for the released facebook/maskformer-swin-base-ade.
    #[test]
    fn maskformer_stretches_to_multiples_of_32() {
        let released = json!({"size": 640, "max_size": 2560, "size_divisibility": 32});
        let processor = processor(&released, MASKFORMER).unwrap();
        let sizes =
            [((640, 480), (864, 640)), ((480, 640), (640, 864)), ((640, 640), (640, 640)), ((4000, 500), (2560, 320))];
        for (from, to) in sizes {
            assert_eq!(processor.target_size(from.0, from.1), to, "{from:?}");
        }
        assert_eq!(processor.target_size(3, 2), (960, 640));
        assert_eq!(processor.target_size(20_000, 1), (2560, 32));
    }

    #[test]
    fn every_form_of_a_size_is_read() {
        let size = |value: Value, habits| processor(&value, habits).map(|p| p.target_size(300, 200));
        assert_eq!(size(json!({}), SEGFORMER), Ok((512, 512)));
        assert_eq!(size(json!({"size": 128}), SEGFORMER), Ok((128, 128)));
        assert_eq!(size(json!({"size": {"height": 72, "width": 104}}), SEGFORMER), Ok((104, 72)));
        assert_eq!(size(json!({"do_resize": false}), SEGFORMER), Ok((300, 200)));
        assert_eq!(size(json!({}), MASKFORMER), Ok((1216, 800)));
        let newer = json!({"size": {"shortest_edge": 100, "longest_edge": 120}, "size_divisor": 0});
        assert_eq!(size(newer, MASKFORMER), Ok((120, 80)));
    }

    #[test]
    fn impossible_files_are_named() {
        for (value, part) in [
            (json!({"size": 0}), "'size'"),
            (json!({"size": 100_000}), "more than 4096"),
            (json!({"size": {"height": 5}}), "'width'"),
            (json!({"resample": 0}), "resample is 0"),
            (json!({"image_std": [1.0, 0.0, 1.0]}), "image_std must be above zero"),
            (json!({"image_mean": [1.0]}), "'image_mean'"),
            (json!({"rescale_factor": -1.0}), "'rescale_factor'"),
        ] {
            let error = processor(&value, SEGFORMER).unwrap_err();
            assert!(error.contains(part) && error.contains("preprocessor_config.json"), "{error}");
        }
    }
}
