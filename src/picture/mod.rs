//! Pictures: bytes become upright pixels, metadata and a hash, within bounds that are checked before memory is taken.

mod decode;
mod error;
mod heif;
mod jpeg;
mod kind;
mod metadata;
mod preview;
mod problem;
mod raw;
pub mod resample;
mod thumbnail;
mod tiff;
mod turn;

use std::{
    ffi::OsStr,
    fmt::Write as _,
    fs::File,
    io::{self, Cursor, ErrorKind, Read, Seek},
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::OnceLock,
};

use image::RgbImage;
use sha2::{Digest, Sha256};

pub use decode::MAX_KEPT_MEGAPIXELS;
pub use error::PictureError;
pub use metadata::{HeadingReference, Metadata};
pub use preview::Preview;
pub use problem::{Block, FileProblem};
pub use thumbnail::thumbnail;

use decode::Decoded;
use error::Fault;
use kind::Kind;

/// Bytes of a file that are hashed at once.
const HASHED_AT_ONCE: usize = 1 << 20;

/// More pixels than this are refused.
pub const MAX_MEGAPIXELS: u64 = 250;

/// Larger files are refused before they are read, in bytes.
pub const MAX_FILE_BYTES: u64 = 1 << 30;

/// What names of picture files end in, in small letters.
pub const ENDINGS: &[&str] = &[
    "jpg", "jpeg", "jpe", "jfif", "png", "webp", "gif", "tif", "tiff", "bmp", "avif", "heic", "heif", "hif", "dng",
    "cr2", "cr3", "nef", "arw", "orf", "rw2", "raf", "pef", "srw", "nrw",
];

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
    /// Whether its pixels are those of a drawn street, once that was asked: several models ask it of one picture, and it takes a
    /// network to say.
    pub is_drawn: OnceLock<bool>,
}

impl Picture {
    /// Opens a file.
    pub fn open(path: &Path) -> Result<Self, PictureError> {
        let shown = path.display().to_string();
        let (file, length) = opened(path, &shown)?;
        let mut picture = read(&shown, file, length)?;
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
        let (metadata, is_drawn) = (Metadata::default(), OnceLock::new());
        Self { name: name.to_owned(), path: None, sha256, width, height, pixels, metadata, is_drawn }
    }
}

impl Metadata {
    /// What a picture's file says of itself; its pixels are not decoded.
    pub fn of(path: &Path) -> Result<Self, PictureError> {
        let shown = path.display().to_string();
        let (mut file, length) = opened(path, &shown)?;
        let bytes = whole(&shown, &mut file, length)?;
        match Kind::of(&bytes) {
            Kind::Unknown => Err(PictureError::NotAPicture(shown)),
            Kind::Other(what, todo) => Err(PictureError::OtherKind { name: shown, what, todo }),
            kind => Ok(read_metadata(kind, &bytes)),
        }
    }
}

/// The file and its length; refused is what is none, or would keep the reader waiting.
fn opened(path: &Path, shown: &str) -> Result<(File, u64), PictureError> {
    let failed = |source: io::Error| match source.kind() {
        ErrorKind::NotFound => PictureError::Missing(shown.to_owned()),
        _ => PictureError::Read { name: shown.to_owned(), source },
    };
    let about = std::fs::metadata(path).map_err(failed)?;
    if about.is_dir() {
        return Err(PictureError::Folder(shown.to_owned()));
    }
    // A pipe or a device would keep the reader waiting.
    if !about.is_file() {
        return Err(PictureError::NotAPicture(shown.to_owned()));
    }
    Ok((File::open(path).map_err(failed)?, about.len()))
}

/// All of the file, within the bound.
fn whole(name: &str, reader: &mut impl Read, length: u64) -> Result<Vec<u8>, PictureError> {
    if length == 0 {
        return Err(PictureError::Empty(name.to_owned()));
    }
    if length > MAX_FILE_BYTES {
        return Err(PictureError::TooManyBytes { name: name.to_owned(), megabytes: length >> 20 });
    }
    let mut bytes = Vec::with_capacity(length as usize);
    // A file that grows meanwhile is read to the length that it had.
    let read = reader.take(length).read_to_end(&mut bytes);
    read.map_err(|source| PictureError::Read { name: name.to_owned(), source })?;
    Ok(bytes)
}

/// Hashes, reads the metadata and decodes. A decoder that panics costs this picture and no more.
fn read<R: Read + Seek>(name: &str, mut reader: R, length: u64) -> Result<Picture, PictureError> {
    let bytes = whole(name, &mut reader, length)?;
    let sha256 = hexadecimal(&Sha256::digest(&bytes));
    let kind = Kind::of(&bytes);
    let mut metadata = read_metadata(kind, &bytes);
    // Pixels of these are turned as the container says, and Exif's orientation is often a leftover.
    if matches!(kind, Kind::Heif(_)) {
        metadata.orientation = None;
    }
    let decoded = decoded(name, kind, bytes, reader, &metadata)?;
    metadata.problems.extend(decoded.problems);
    let (width, height) = decoded.upright_size;
    let (pixels, is_drawn) = (decoded.pixels, OnceLock::new());
    Ok(Picture { name: name.to_owned(), path: None, sha256, width, height, pixels, metadata, is_drawn })
}

/// A reader that panics costs the metadata and no more.
fn read_metadata(kind: Kind, bytes: &[u8]) -> Metadata {
    catch_unwind(|| metadata::read(kind, bytes))
        .unwrap_or_else(|_panic| Metadata { problems: vec![FileProblem::MetadataNotRead], ..Metadata::default() })
}

/// The pixels; formats that are read from front to back are read again, so that the file is not held beside them.
fn decoded<R: Read + Seek>(
    name: &str,
    kind: Kind,
    bytes: Vec<u8>,
    mut reader: R,
    metadata: &Metadata,
) -> Result<Decoded, PictureError> {
    let undecoded = |format: &'static str| PictureError::PixelsUnsupported {
        name: name.to_owned(),
        format,
        metadata: Box::new(metadata.clone()),
    };
    let decode = || match kind {
        Kind::Jpeg => match jpeg::undecoded_kind(&bytes) {
            Some(format) => Err(undecoded(format)),
            None => decode::jpeg(&bytes, metadata.orientation).map_err(|fault| fault.of(name)),
        },
        Kind::Heif(format) => heif::decode(&bytes).map(Decoded::upright).map_err(|fault| match fault {
            Fault::Unsupported(_) => undecoded(format),
            fault => fault.of(name),
        }),
        Kind::Raw => {
            let preview = raw::preview(&bytes).ok_or_else(|| undecoded("camera raw (without a preview)"))?;
            let mut decoded = decode::jpeg(preview, metadata.orientation).map_err(|fault| fault.of(name))?;
            // The rest of the file follows the preview, so that its end is always there.
            decoded.problems.insert(0, FileProblem::PreviewShown);
            Ok(decoded)
        }
        Kind::Plain(format) => {
            drop(bytes);
            reader.rewind().map_err(|source| PictureError::Read { name: name.to_owned(), source })?;
            let mut reader = io::BufReader::with_capacity(1 << 16, reader);
            decode::plain(&mut reader, format, metadata.orientation).map_err(|fault| fault.of(name))
        }
        Kind::Undecoded(format) => Err(undecoded(format)),
        Kind::Other(what, todo) => Err(PictureError::OtherKind { name: name.to_owned(), what, todo }),
        Kind::Unknown => Err(PictureError::NotAPicture(name.to_owned())),
    };
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
        tracing::warn!("the decoder of {name} failed: {}", said.unwrap_or("no message"));
        Err(Fault::Failed.of(name))
    })
}

/// The SHA-256 of a file in lower-case hexadecimal, read a part at a time.
pub fn sha256_of(file: &Path) -> io::Result<String> {
    let (mut file, mut hash, mut part) = (File::open(file)?, Sha256::new(), vec![0; HASHED_AT_ONCE]);
    loop {
        match file.read(&mut part)? {
            0 => return Ok(hexadecimal(&hash.finalize())),
            n => hash.update(&part[..n]),
        }
    }
}

/// Bytes as the program writes hashes: two small digits each.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
