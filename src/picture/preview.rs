//! What is kept of a picture while its pixels are not at hand.

use std::path::PathBuf;

use image::RgbImage;

use super::{Metadata, Picture, thumbnail::fitted};

/// The longest side of the small copy, in pixels: a thumbnail on a dense screen.
const SIDE: u32 = 192;

/// An opened picture without its pixels.
#[derive(Debug, Clone)]
pub struct Preview {
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
    /// Across and down, of the pixels as they are decoded: of a very large picture fewer than the file has.
    pub decoded_size: (u32, u32),
    /// What the file says of itself.
    pub metadata: Metadata,
    /// A small copy, upright.
    pub thumbnail: RgbImage,
}

impl Preview {
    /// What is to be kept of a picture.
    pub fn of(picture: &Picture) -> Self {
        let Picture { name, path, sha256, width, height, pixels, metadata, is_drawn: _ } = picture;
        Self {
            name: name.clone(),
            path: path.clone(),
            sha256: sha256.clone(),
            width: *width,
            height: *height,
            decoded_size: pixels.dimensions(),
            metadata: metadata.clone(),
            thumbnail: fitted(pixels, SIDE),
        }
    }

    /// How many bytes its pixels take when they are decoded.
    pub fn pixel_bytes(&self) -> usize {
        self.decoded_size.0 as usize * self.decoded_size.1 as usize * 3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_small_copy_keeps_the_shape_and_at_least_one_pixel() {
        let size = |width, height| {
            let preview = Preview::of(&Picture::from_rgb("a", RgbImage::new(width, height)));
            assert_eq!(preview.pixel_bytes(), width as usize * height as usize * 3);
            preview.thumbnail.dimensions()
        };
        assert_eq!([size(400, 300), size(40, 30), size(9000, 2)], [(192, 144), (40, 30), (192, 1)]);
    }
}
