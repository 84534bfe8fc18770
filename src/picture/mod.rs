//! Pictures: bytes become upright pixels, metadata and a hash, within bounds that are checked before memory is taken.

mod decode;
mod jpeg;
mod metadata;
pub mod resample;
mod turn;

use std::{
    ffi::OsStr,
    fmt::Write as _,
    fs::File,
    io::{BufRead, BufReader, Cursor, ErrorKind, Read, Seek},
    path::{Path, PathBuf},
};

use image::RgbImage;
use sha2::{Digest, Sha256};

pub use decode::{MAX_KEPT_MEGAPIXELS, MAX_MEGAPIXELS};
pub use metadata::{HeadingReference, Metadata};

/// Larger files are refused before they are read, in bytes.
pub const MAX_FILE_BYTES: u64 = 1 << 30;

/// What names of picture files end in.
const ENDINGS: [&str; 13] =
    ["jpg", "jpeg", "jpe", "png", "webp", "gif", "tif", "tiff", "bmp", "avif", "heic", "heif", "hif"];

/// Whether a file in a folder is to be taken for a picture.
pub fn is_named_as_picture(path: &Path) -> bool {
    let ending = path.extension().and_then(OsStr::to_str).unwrap_or_default().to_ascii_lowercase();
    ENDINGS.contains(&ending.as_str())
}

/// A picture that has been opened.
#[derive(Debug, Clone)]
pub struct Picture {
    /// What people call it: the file's name.
    pub name: String,
    /// Where it was read from, if it was a file.
    pub path: Option<PathBuf>,
    /// SHA-256 of the file's bytes, in hexadecimal.
    pub sha256: String,
    /// Pixels across, upright.
    pub width: u32,
    /// Pixels down, upright.
    pub height: u32,
    /// Upright and opaque; of pictures beyond [`MAX_KEPT_MEGAPIXELS`] a reduced copy.
    pub pixels: RgbImage,
    /// What the file says of itself.
    pub metadata: Metadata,
}

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
        "{name}: decoding {width} x {height} pixels of this kind takes over 2 GiB; save it as an 8-bit PNG or a baseline JPEG"
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
    /// None of the formats.
    #[error("{0} is not a picture (JPEG, PNG, WebP, GIF, TIFF and BMP are read)")]
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

impl Picture {
    /// Opens a file.
    pub fn open(path: &Path) -> Result<Self, PictureError> {
        let shown = path.display().to_string();
        let failed = |source: std::io::Error| match source.kind() {
            ErrorKind::NotFound => PictureError::Missing(shown.clone()),
            _ => PictureError::Read { name: shown.clone(), source },
        };
        let about = std::fs::metadata(path).map_err(failed)?;
        if about.is_dir() {
            return Err(PictureError::Folder(shown));
        }
        // A pipe or a device would keep the reader waiting.
        if !about.is_file() {
            return Err(PictureError::NotAPicture(shown));
        }
        let file = File::open(path).map_err(failed)?;
        let mut picture = read(&shown, BufReader::with_capacity(1 << 16, file), about.len())?;
        picture.name = path.file_name().map_or(shown, |name| name.to_string_lossy().into_owned());
        picture.path = Some(path.to_owned());
        Ok(picture)
    }

    /// Opens what was dropped or pasted.
    pub fn from_bytes(name: &str, bytes: &[u8]) -> Result<Self, PictureError> {
        read(name, Cursor::new(bytes), bytes.len() as u64)
    }

    /// Takes pixels as they are; the hash is of the pixels, as there are no file's bytes.
    pub fn from_rgb(name: &str, pixels: RgbImage) -> Self {
        let (width, height) = pixels.dimensions();
        let sha256 = hexadecimal(&Sha256::digest(pixels.as_raw()));
        let pixels = decode::reduced(pixels);
        Self { name: name.to_owned(), path: None, sha256, width, height, pixels, metadata: Metadata::default() }
    }
}

/// Hashes, decodes and reads the metadata, each in its own pass, so that the file is never in memory as a whole.
fn read<R: BufRead + Seek>(name: &str, mut reader: R, bytes: u64) -> Result<Picture, PictureError> {
    if bytes == 0 {
        return Err(PictureError::Empty(name.to_owned()));
    }
    if bytes > MAX_FILE_BYTES {
        return Err(PictureError::TooManyBytes { name: name.to_owned(), megabytes: bytes >> 20 });
    }
    let failed = |source| PictureError::Read { name: name.to_owned(), source };
    let sha256 = hash(&mut reader).map_err(failed)?;
    reader.rewind().map_err(failed)?;
    let metadata = metadata::read(&mut reader);
    reader.rewind().map_err(failed)?;
    let decoded = decode::decode(name, reader, bytes, &metadata)?;
    let (width, height) = decoded.upright_size;
    Ok(Picture { name: name.to_owned(), path: None, sha256, width, height, pixels: decoded.pixels, metadata })
}

fn hash(reader: &mut impl Read) -> std::io::Result<String> {
    let mut hasher = Sha256::new();
    let mut block = vec![0; 1 << 16];
    loop {
        match reader.read(&mut block) {
            Ok(0) => return Ok(hexadecimal(&hasher.finalize())),
            Ok(n) => hasher.update(&block[..n]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
