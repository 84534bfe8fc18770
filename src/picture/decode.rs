//! From a file's bytes to upright RGB pixels.
//!
//! The header is read first: a picture too large is refused before memory is taken for it, which is what a
//! decompression bomb counts on not happening. A picture of 250 megapixels is decoded once and reduced at once.

use std::io::{BufRead, Seek};

use fast_image_resize::{
    FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer,
    images::{Image, ImageRef},
};
use image::{
    ColorType, DynamicImage, ExtendedColorType, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, RgbImage,
    metadata::Orientation,
};

use super::{Metadata, PictureError, jpeg_end};

/// More pixels than this are refused.
pub const MAX_MEGAPIXELS: u64 = 250;

/// Larger pictures are kept reduced to about this many; no model sees more and no screen shows more.
pub const MAX_KEPT_MEGAPIXELS: u64 = 48;

/// A decoder's own tables and copies may take this much beside the pixels.
const DECODER_BYTES: u64 = 1 << 30;

/// The pixels of a deep or transparent picture may take this much before they are narrowed to eight-bit RGB.
const MAX_DECODED_BYTES: u64 = 1_600 << 20;

pub(super) struct Decoded {
    pub pixels: RgbImage,
    /// Width and height of the whole picture, upright.
    pub upright_size: (u32, u32),
}

pub(super) fn decode<R: BufRead + Seek>(
    name: &str,
    mut reader: R,
    metadata: &Metadata,
) -> Result<Decoded, PictureError> {
    let damaged = |reason: String| PictureError::Damaged { name: name.to_owned(), reason };
    let head = reader.fill_buf().map_err(|error| damaged(error.to_string()))?;
    if let Some(format) = undecodable_container(head) {
        let metadata = Box::new(metadata.clone());
        return Err(PictureError::PixelsUnsupported { name: name.to_owned(), format, metadata });
    }
    let format = image::guess_format(head).map_err(|_| PictureError::NotAPicture(name.to_owned()))?;
    if format == ImageFormat::Jpeg {
        if !jpeg_end::is_whole(&mut reader).map_err(|error| damaged(error.to_string()))? {
            return Err(damaged("the file ends before the picture does".to_owned()));
        }
        reader.rewind().map_err(|error| damaged(error.to_string()))?;
    }
    let failed = |error: ImageError| match error {
        ImageError::Unsupported(_) => PictureError::NotAPicture(name.to_owned()),
        other => damaged(one_line(&other.to_string())),
    };
    let mut image_reader = ImageReader::with_format(reader, format);
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_DECODED_BYTES + DECODER_BYTES);
    image_reader.limits(limits);
    let mut decoder = image_reader.into_decoder().map_err(failed)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_MEGAPIXELS * 1_000_000 || decoder.total_bytes() > MAX_DECODED_BYTES {
        return Err(PictureError::TooManyPixels { name: name.to_owned(), width, height });
    }
    if width == 0 || height == 0 {
        return Err(damaged("it has no pixels".to_owned()));
    }
    let orientation = match metadata.orientation.and_then(Orientation::from_exif) {
        Some(orientation) => orientation,
        None => decoder.orientation().unwrap_or(Orientation::NoTransforms),
    };
    let pixels = reduced(rgb(decoder).map_err(failed)?);
    let mut upright = DynamicImage::ImageRgb8(pixels);
    upright.apply_orientation(orientation);
    let turned = matches!(
        orientation,
        Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH
    );
    let upright_size = if turned { (height, width) } else { (width, height) };
    Ok(Decoded { pixels: upright.into_rgb8(), upright_size })
}

/// Decodes into one buffer; eight-bit pictures, the large ones in practice, are narrowed to RGB inside it.
fn rgb(decoder: impl ImageDecoder) -> Result<RgbImage, ImageError> {
    let (width, height) = decoder.dimensions();
    let eight_bit_rgb =
        decoder.color_type() == ColorType::Rgb8 && !matches!(decoder.original_color_type(), ExtendedColorType::Cmyk8);
    if eight_bit_rgb || decoder.color_type() == ColorType::Rgba8 {
        let n_channels = if eight_bit_rgb { 3 } else { 4 };
        let mut bytes = vec![0; usize::try_from(decoder.total_bytes()).unwrap_or(usize::MAX)];
        decoder.read_image(&mut bytes)?;
        if n_channels == 4 {
            drop_alpha(&mut bytes);
        }
        return Ok(RgbImage::from_raw(width, height, bytes).unwrap_or_default());
    }
    let mut decoded = DynamicImage::from_decoder(decoder)?;
    if decoded.color().has_alpha() {
        decoded = DynamicImage::ImageRgba8(decoded.into_rgba8());
    }
    if let DynamicImage::ImageRgba8(with_alpha) = decoded {
        let mut bytes = with_alpha.into_raw();
        drop_alpha(&mut bytes);
        return Ok(RgbImage::from_raw(width, height, bytes).unwrap_or_default());
    }
    Ok(decoded.into_rgb8())
}

/// Lays RGBA pixels over white, in place: what a page or a viewer shows behind a transparent picture.
fn drop_alpha(bytes: &mut Vec<u8>) {
    let n_pixels = bytes.len() / 4;
    for pixel in 0..n_pixels {
        let alpha = u16::from(bytes[pixel * 4 + 3]);
        for channel in 0..3 {
            let level = u16::from(bytes[pixel * 4 + channel]);
            bytes[pixel * 3 + channel] = ((level * alpha + 255 * (255 - alpha) + 127) / 255) as u8;
        }
    }
    bytes.truncate(n_pixels * 3);
    bytes.shrink_to_fit();
}

/// A picture of at most [`MAX_KEPT_MEGAPIXELS`], the same one if it already is.
pub(super) fn reduced(picture: RgbImage) -> RgbImage {
    let (width, height) = picture.dimensions();
    let scale = (MAX_KEPT_MEGAPIXELS as f64 * 1e6 / (f64::from(width) * f64::from(height))).sqrt();
    if scale >= 1.0 {
        return picture;
    }
    let to = |side: u32| ((f64::from(side) * scale).floor() as u32).max(1);
    let (to_width, to_height) = (to(width), to(height));
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
    let smaller = ImageRef::new(width, height, picture.as_raw(), PixelType::U8x3).ok().and_then(|source| {
        let mut target = Image::new(to_width, to_height, PixelType::U8x3);
        Resizer::new().resize(&source, &mut target, &options).ok()?;
        RgbImage::from_raw(to_width, to_height, target.into_vec())
    });
    smaller.unwrap_or(picture)
}

/// The name of a container whose metadata is read and whose pixels are not (ISO 14496-12 `ftyp` box, its major brand).
fn undecodable_container(head: &[u8]) -> Option<&'static str> {
    if head.get(4..8)? != b"ftyp" {
        return None;
    }
    match head.get(8..12)? {
        b"avif" | b"avis" => Some("AVIF"),
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1" => Some("HEIC"),
        _ => None,
    }
}

fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().take(200).collect()
}
