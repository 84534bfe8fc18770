//! Where in a file its metadata lies: each container is walked once, and gives Exif, XMP packets and texts.

mod boxed;
mod jpeg;
mod png;
mod webp;

use crate::picture::{kind::Kind, raw, tiff};

/// A packet, a block or a text may have so many bytes once it is unpacked.
const MAX_UNPACKED_BYTES: usize = 16 << 20;

/// More packets, blocks or texts of one file are not read.
const MAX_PIECES: usize = 200;

/// Nor more bytes of its packets and blocks together: a small file may unpack to gigabytes. A TIFF, which is one block as it
/// is, does not count.
const MAX_BYTES: usize = 64 << 20;

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
    /// Of packets and blocks together.
    n_bytes: usize,
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
        if let Some(packet) = tiff::xmp(file) {
            self.add_xmp(packet);
        }
        self.exif.push(file.to_vec());
    }

    fn add_exif(&mut self, block: &[u8]) {
        if self.exif.len() < MAX_PIECES && self.has_room_for(block) {
            self.exif.push(block.strip_prefix(EXIF_START).unwrap_or(block).to_vec());
        }
    }

    fn add_xmp(&mut self, packet: &[u8]) {
        if self.xmp.len() < MAX_PIECES && self.has_room_for(packet) {
            self.xmp.push(packet.to_vec());
        }
    }

    /// Whether the bytes may be kept; if so, their room is taken.
    fn has_room_for(&mut self, bytes: &[u8]) -> bool {
        let fits = bytes.len() <= MAX_UNPACKED_BYTES.min(MAX_BYTES - self.n_bytes);
        self.n_bytes += if fits { bytes.len() } else { 0 };
        fits
    }

    fn add_text(&mut self, name: &str, text: &str) {
        if self.texts.len() < MAX_PIECES {
            self.texts.push((super::clean(name), super::clean(text)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As many bytes as `n_chunks` packed texts of 16 MiB hold.
    fn png_of_texts(n_chunks: usize) -> Vec<u8> {
        let unpacked = vec![b' '; MAX_UNPACKED_BYTES];
        let packed = miniz_oxide::deflate::compress_to_vec_zlib(&unpacked, 1);
        let body = [b"XML:com.adobe.xmp\0\x01\0\0\0".as_slice(), &packed].concat();
        let chunk = [&(body.len() as u32).to_be_bytes(), b"iTXt".as_slice(), &body, &[0; 4]].concat();
        [&[0; 8], chunk.repeat(n_chunks).as_slice()].concat()
    }

    #[test]
    fn what_a_small_file_unpacks_to_stays_bounded() {
        let mut sources = Sources::default();
        png::walk(&png_of_texts(6), &mut sources);
        let n_bytes: usize = sources.xmp.iter().map(Vec::len).sum();
        assert_eq!(n_bytes, MAX_BYTES, "of six times 16 MiB");
        sources.add_exif(&[0; 9]);
        sources.add_xmp(&[0; 9]);
        assert_eq!((sources.exif.len(), sources.xmp.len()), (0, 4), "there is no more room");
    }
}
