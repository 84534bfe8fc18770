//! Pictures that came without a file, by drop or paste, are given one, so that their pixels can be let go and a session can
//! bring them back.

use std::{
    fs::File,
    io::{self, Cursor},
    path::{Path, PathBuf},
    time::SystemTime,
};

use image::{
    ExtendedColorType, ImageEncoder as _, RgbImage,
    codecs::png::{CompressionType, FilterType, PngEncoder},
};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use super::Failure;
use crate::{assets::write_whole, picture::hexadecimal};

/// Where they are kept.
pub(super) enum Pasted {
    /// In this folder, for good.
    In(PathBuf),
    /// For as long as the program runs; the folder is made when it is needed.
    Here(Option<TempDir>),
}

impl Pasted {
    /// The file with these pixels, as PNG.
    pub(super) fn keep_pixels(&mut self, name: &str, pixels: &RgbImage) -> Result<PathBuf, Failure> {
        let mut png = Cursor::new(Vec::new());
        let encoder = PngEncoder::new_with_quality(&mut png, CompressionType::Fast, FilterType::Adaptive);
        let encoded = encoder.write_image(pixels.as_raw(), pixels.width(), pixels.height(), ExtendedColorType::Rgb8);
        encoded.map_err(|error| not_kept(name, io::Error::other(error)))?;
        self.keep(name, png.get_ref(), "png")
    }

    /// The file with these bytes.
    pub(super) fn keep_bytes(&mut self, name: &str, bytes: &[u8]) -> Result<PathBuf, Failure> {
        self.keep(name, bytes, "picture")
    }

    /// The same bytes are kept once, under their hash.
    fn keep(&mut self, name: &str, bytes: &[u8], ending: &str) -> Result<PathBuf, Failure> {
        let failed = |cause| not_kept(name, cause);
        let folder = self.folder().map_err(failed)?;
        let hash = hexadecimal(&Sha256::digest(bytes)[..16]);
        let file = folder.join(format!("{hash}.{ending}"));
        let is_there = std::fs::metadata(&file).is_ok_and(|about| about.len() == bytes.len() as u64);
        // One that is used again is as good as new to whoever removes what is not used any more.
        if !is_there || touch(&file).is_err() {
            write_whole(&file, bytes).map_err(failed)?;
        }
        Ok(file)
    }

    fn folder(&mut self) -> io::Result<PathBuf> {
        match self {
            Self::In(folder) => {
                std::fs::create_dir_all(&*folder)?;
                Ok(folder.clone())
            }
            Self::Here(Some(folder)) => Ok(folder.path().to_owned()),
            Self::Here(none) => Ok(none.insert(tempfile::tempdir()?).path().to_owned()),
        }
    }
}

fn touch(file: &Path) -> io::Result<()> {
    File::options().write(true).open(file)?.set_modified(SystemTime::now())
}

fn not_kept(name: &str, cause: io::Error) -> Failure {
    Failure::NotKept { name: name.to_owned(), cause }
}
