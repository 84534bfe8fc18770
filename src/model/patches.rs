//! A picture as a vision tower reads it, and who makes it so.

use std::fmt::Debug;
use std::path::PathBuf;

use image::RgbImage;

/// What a checkpoint's image processor or a picture for it does wrong.
#[derive(Debug, thiserror::Error)]
pub enum ProcessorError {
    /// preprocessor_config.json cannot be read.
    #[error("cannot read {path}: {source}; the checkpoint is incomplete, download it again")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// preprocessor_config.json says something impossible.
    #[error("{path} is damaged ({reason}): download it again")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        reason: String,
    },
    /// The picture is far longer than it is wide, or the other way round.
    #[error("a picture of {width} x {height} is too narrow for the model (at most 200 to 1): cut a part out of it")]
    TooNarrow {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
    },
    /// The model reads words alone.
    #[error("this model reads words and no pictures: choose a vision-language model")]
    NoEyes,
    /// The picture has no pixels.
    #[error("the picture is empty")]
    Empty,
}

/// One picture as a vision tower reads it.
#[derive(Debug, Clone, PartialEq)]
pub struct Patches {
    /// `[patches, channels * frames * patch * patch]`, the cells of one merged token next to one another.
    pub values: Vec<f32>,
    /// Frames, rows and columns in patches.
    pub grid: [usize; 3],
    /// How many tokens the picture becomes.
    pub merged_tokens: usize,
}

/// What an architecture makes of a picture before its network sees it.
pub trait PictureProcessor: Debug + Send {
    /// The picture as the vision tower reads it, in at most `tokens` tokens.
    fn patches(&self, picture: &RgbImage, tokens: usize) -> Result<Patches, ProcessorError>;

    /// How many tokens a picture may become by the checkpoint, and by the memory that this program gives it.
    fn most_tokens(&self) -> usize;

    /// The width and height in which the model counts where it points at something in a picture of so many pixels, read in
    /// at most `tokens` tokens.
    fn pointing_size(&self, width: u32, height: u32, tokens: usize) -> (u32, u32);
}
