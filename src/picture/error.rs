//! Why a picture could not be opened.

use super::{MAX_FILE_BYTES, MAX_MEGAPIXELS, Metadata};

/// Why a picture could not be opened; each sentence names it and says what to do.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// There is no such file.
    #[error("{0}: there is no such file; check the name")]
    Missing(String),
    /// The path is a folder.
    #[error("{0} is a folder; name the pictures in it")]
    Folder(String),
    /// The system refuses to read it.
    #[error("{name}: cannot be read ({source}); check that it exists and that you may read it")]
    Read {
        /// The file.
        name: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Zero bytes.
    #[error("{0} is empty (zero bytes); get the file again")]
    Empty(String),
    /// Too many bytes.
    #[error("{name} has {megabytes} MB, more than {} MB; save it smaller", MAX_FILE_BYTES >> 20)]
    TooManyBytes {
        /// The file.
        name: String,
        /// Its size in MB.
        megabytes: u64,
    },
    /// Too many pixels, told from the header alone.
    #[error("{name} is {width} x {height} pixels, more than {MAX_MEGAPIXELS} megapixels; reduce it or cut a part out")]
    TooManyPixels {
        /// The file.
        name: String,
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
    },
    /// Few enough pixels, but of a kind that takes too much memory while it is decoded.
    #[error(
        "{name}: decoding {width} x {height} pixels of this kind takes over 2 GB; save it as an 8-bit PNG or a baseline JPEG"
    )]
    TooMuchMemory {
        /// The file.
        name: String,
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
    },
    /// A known format, used in a way that is not decoded.
    #[error("{name}: this kind of picture cannot be decoded ({reason}); save it as JPEG or PNG")]
    Unsupported {
        /// The file.
        name: String,
        /// What is not decoded.
        reason: String,
    },
    /// A file of another kind.
    #[error("{name} is {what}; {todo}")]
    OtherKind {
        /// The file.
        name: String,
        /// What it is.
        what: &'static str,
        /// What to do to get at a picture.
        todo: &'static str,
    },
    /// Its decoder has a fault of its own.
    #[error("{0}: its decoder failed, which says nothing of the file; save it as JPEG or PNG with another program")]
    DecoderFailed(String),
    /// None of the formats.
    #[error("{0} is not a picture (JPEG, PNG, WebP, HEIC, AVIF, GIF, TIFF, BMP and previews of camera raw are read)")]
    NotAPicture(String),
    /// A picture whose pixels this program cannot decode.
    #[error("{name}: {format} pixels cannot be decoded here, convert it to JPEG or PNG; {}", metadata.summary())]
    PixelsUnsupported {
        /// The file.
        name: String,
        /// The format.
        format: &'static str,
        /// What the file says of itself, which was read all the same.
        metadata: Box<Metadata>,
    },
    /// Broken within.
    #[error("{name} is damaged ({reason}); get the file again")]
    Damaged {
        /// The file.
        name: String,
        /// What the decoder said.
        reason: String,
    },
}

/// What a decoder met, before the file is named.
#[derive(Debug)]
pub(super) enum Fault {
    Damaged(String),
    Unsupported(String),
    TooManyPixels(u32, u32),
    TooMuchMemory(u32, u32),
    Failed,
}

impl Fault {
    /// The error of the file of that name.
    pub fn of(self, name: &str) -> PictureError {
        let name = name.to_owned();
        match self {
            Self::Damaged(reason) => PictureError::Damaged { name, reason: one_line(&reason) },
            Self::Unsupported(reason) => PictureError::Unsupported { name, reason: one_line(&reason) },
            Self::TooManyPixels(width, height) => PictureError::TooManyPixels { name, width, height },
            Self::TooMuchMemory(width, height) => PictureError::TooMuchMemory { name, width, height },
            Self::Failed => PictureError::DecoderFailed(name),
        }
    }
}

/// Without line breaks, and of bounded length.
pub(super) fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().take(200).collect()
}
