//! Where in a file its metadata lies: each container is walked once, and gives Exif, XMP packets and texts.

mod boxed;
mod jpeg;
mod png;
mod webp;

use crate::picture::{kind::Kind, raw, tiff};

/// A packet or a text may have so many bytes once it is unpacked.
const MAX_UNPACKED_BYTES: usize = 16 << 20;

/// More packets or texts of one file are not read.
const MAX_PIECES: usize = 200;

/// What begins Exif in a JPEG, and in other files by mistake.
const EXIF_START: &[u8] = b"Exif\0\0";

/// What a file holds of metadata, not yet understood.
#[derive(Default)]
pub(super) struct Sources {
    /// Exif blocks, each a TIFF; the first that can be read counts.
    pub exif: Vec<Vec<u8>>,
    /// XMP packets.
    pub xmp: Vec<Vec<u8>>,
    /// Named texts: a PNG's, a JPEG's comments.
    pub texts: Vec<(String, String)>,
}

impl Sources {
    pub fn of(kind: Kind, file: &[u8]) -> Self {
        let mut sources = Self::default();
        match kind {
            Kind::Jpeg => jpeg::walk(file, &mut sources),
            Kind::Plain(image::ImageFormat::Png) => png::walk(file, &mut sources),
            Kind::Plain(image::ImageFormat::WebP) => webp::walk(file, &mut sources),
            Kind::Plain(image::ImageFormat::Tiff) => sources.add_tiff(file),
            Kind::Heif(_) => boxed::heif(file, &mut sources),
            Kind::Undecoded(_) => boxed::jpeg_successors(file, &mut sources),
            Kind::Raw => {
                sources.add_tiff(file);
                boxed::canon(file, &mut sources);
                if let Some(preview) = raw::preview(file) {
                    jpeg::walk(preview, &mut sources);
                }
            }
            _ => {}
        }
        sources
    }

    fn add_tiff(&mut self, file: &[u8]) {
        if !file.starts_with(b"II") && !file.starts_with(b"MM") || tiff::is_big(file) {
            return;
        }
        self.xmp.extend(tiff::xmp(file).map(<[u8]>::to_vec));
        self.exif.push(file.to_vec());
    }

    fn add_exif(&mut self, block: &[u8]) {
        if self.exif.len() < MAX_PIECES {
            self.exif.push(block.strip_prefix(EXIF_START).unwrap_or(block).to_vec());
        }
    }

    fn add_xmp(&mut self, packet: &[u8]) {
        if self.xmp.len() < MAX_PIECES && packet.len() <= MAX_UNPACKED_BYTES {
            self.xmp.push(packet.to_vec());
        }
    }

    fn add_text(&mut self, name: &str, text: &str) {
        if self.texts.len() < MAX_PIECES {
            self.texts.push((super::clean(name), super::clean(text)));
        }
    }
}
