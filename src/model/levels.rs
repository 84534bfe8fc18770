//! What preprocessor files of all architectures say alike: which of Pillow's filters resizes, and what a picture's grey
//! levels become on their way into a network.

use crate::picture::resample::Filter;

/// Scaling and normalising, with transformers' names.
#[derive(Debug, Clone, Copy)]
pub struct Normalisation {
    /// What levels are multiplied by first.
    pub rescale: f64,
    /// Taken away, red, green, blue.
    pub mean: [f32; 3],
    /// Divided by.
    pub std: [f32; 3],
}

/// The number for each of the 256 levels of each channel: computed once, for all pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct Levels(Box<[[f32; 256]; 3]>);

impl Levels {
    /// `(level * rescale - mean) / std`; the error says which number is impossible.
    pub fn new(Normalisation { rescale, mean, std }: Normalisation) -> Result<Self, String> {
        if ![mean, std].as_flattened().iter().all(|number| number.is_finite()) || !rescale.is_finite() {
            return Err("image_mean, image_std and rescale_factor must be numbers".to_owned());
        }
        if std.iter().any(|&std| std <= 0.0) {
            return Err("image_std must be above zero".to_owned());
        }
        let number = |channel: usize, level: usize| ((level as f64 * rescale) as f32 - mean[channel]) / std[channel];
        Ok(Self(Box::new(std::array::from_fn(|channel| std::array::from_fn(|level| number(channel, level))))))
    }

    /// A table a channel: red, green, blue.
    pub fn tables(&self) -> &[[f32; 256]; 3] {
        &self.0
    }
}

/// The filter that a file calls by Pillow's number.
pub fn filter_numbered(number: u64) -> Result<Filter, String> {
    match number {
        1 => Ok(Filter::Lanczos),
        2 => Ok(Filter::Bilinear),
        3 => Ok(Filter::Bicubic),
        other => Err(format!("resample is {other}, none of Pillow's 1, 2 and 3")),
    }
}
