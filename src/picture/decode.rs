//! From a file's bytes to upright RGB pixels.
//!
//! The header is read first: a picture too large is refused before memory is taken for it, which is what a
//! decompression bomb counts on not happening. A picture of 250 megapixels is decoded once and reduced at once.

use std::io::{BufRead, Seek};

use image::{
    ColorType, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, RgbImage,
    error::{ImageFormatHint, UnsupportedError, UnsupportedErrorKind},
    metadata::Orientation,
};

use super::{Metadata, PictureError, jpeg, resample, turn};

/// More pixels than this are refused.
pub const MAX_MEGAPIXELS: u64 = 250;

/// Larger pictures are kept reduced to about this many; no model sees more and no screen shows more.
pub const MAX_KEPT_MEGAPIXELS: u64 = 48;

/// What opening a picture may take at most, its pixels included: with the program's own memory it stays under 2 GiB.
const MAX_BYTES: u64 = 2_060_000_000;

/// Compressed profiles and texts inside a PNG may grow to this; its pixels are not counted.
const MAX_PNG_CHUNK_BYTES: u64 = 64 << 20;

pub(super) struct Decoded {
    pub pixels: RgbImage,
    /// Width and height of the whole picture, upright.
    pub upright_size: (u32, u32),
}

pub(super) fn decode<R: BufRead + Seek>(
    name: &str,
    mut reader: R,
    file_bytes: u64,
    metadata: &Metadata,
) -> Result<Decoded, PictureError> {
    let damaged = |reason: String| PictureError::Damaged { name: name.to_owned(), reason };
    let head = reader.fill_buf().map_err(|error| damaged(error.to_string()))?;
    if let Some(format) = undecodable_container(head) {
        let metadata = Box::new(metadata.clone());
        return Err(PictureError::PixelsUnsupported { name: name.to_owned(), format, metadata });
    }
    let format = image::guess_format(head).map_err(|_| PictureError::NotAPicture(name.to_owned()))?;
    let mut beside_pixels = file_bytes;
    if format == ImageFormat::Jpeg {
        let survey = jpeg::survey(&mut reader).map_err(|error| damaged(error.to_string()))?;
        reader.rewind().map_err(|error| damaged(error.to_string()))?;
        if !survey.whole {
            return Err(damaged("the file ends before the picture does".to_owned()));
        }
        beside_pixels += survey.coefficient_bytes;
    }
    let failed = |error: ImageError| match error {
        ImageError::Unsupported(what) => {
            PictureError::Unsupported { name: name.to_owned(), reason: one_line(&what.to_string()) }
        }
        other => damaged(one_line(&other.to_string())),
    };
    let mut decoder = decoder(reader, format).map_err(failed)?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(damaged("it has no pixels".to_owned()));
    }
    if u64::from(width) * u64::from(height) > MAX_MEGAPIXELS * 1_000_000 {
        return Err(PictureError::TooManyPixels { name: name.to_owned(), width, height });
    }
    if bytes_to_decode(format, &decoder, beside_pixels) > MAX_BYTES {
        return Err(PictureError::TooMuchMemory { name: name.to_owned(), width, height });
    }
    let orientation = match metadata.orientation.and_then(Orientation::from_exif) {
        Some(orientation) => orientation,
        None => decoder.orientation().unwrap_or(Orientation::NoTransforms),
    };
    let pixels = reduced(rgb(decoder).map_err(failed)?);
    let upright_size = if turn::swaps_sides(orientation) { (height, width) } else { (width, height) };
    Ok(Decoded { pixels: turn::upright(pixels, orientation), upright_size })
}

/// Reads the header, no pixels.
fn decoder<'a, R: BufRead + Seek + 'a>(reader: R, format: ImageFormat) -> Result<impl ImageDecoder + 'a, ImageError> {
    let mut reader = ImageReader::with_format(reader, format);
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(if format == ImageFormat::Png { MAX_PNG_CHUNK_BYTES } else { MAX_BYTES });
    reader.limits(limits);
    reader.into_decoder()
}

/// The most memory that decoding and narrowing to RGB will hold at once.
fn bytes_to_decode(format: ImageFormat, decoder: &impl ImageDecoder, beside_pixels: u64) -> u64 {
    let (width, height) = decoder.dimensions();
    let rgb = u64::from(width) * u64::from(height) * 3;
    let decoded = decoder.total_bytes();
    match format {
        ImageFormat::Jpeg => decoded + beside_pixels,
        // These two hold the whole picture once more while they decode it.
        ImageFormat::Tiff | ImageFormat::WebP => decoded * 2,
        _ if decoded < rgb => decoded + rgb,
        _ => decoded,
    }
}

/// Decodes into one buffer, and narrows the pixels to eight-bit RGB inside it where they are wider.
fn rgb(decoder: impl ImageDecoder) -> Result<RgbImage, ImageError> {
    let (width, height) = decoder.dimensions();
    let color = decoder.color_type();
    let mut bytes = vec![0; usize::try_from(decoder.total_bytes()).unwrap_or(usize::MAX)];
    decoder.read_image(&mut bytes)?;
    let bytes = match color {
        ColorType::L8 => each_pixel(bytes, |[grey]: [u8; 1]| [grey; 3]),
        ColorType::La8 => each_pixel(bytes, |[grey, alpha]: [u8; 2]| over_white([grey; 3], alpha)),
        ColorType::Rgb8 => bytes,
        ColorType::Rgba8 => each_pixel(bytes, |[r, g, b, alpha]: [u8; 4]| over_white([r, g, b], alpha)),
        ColorType::L16 => each_pixel(bytes, |pixel: [u8; 2]| [level_of(pixel); 3]),
        ColorType::La16 => each_pixel(bytes, |pixel: [u8; 4]| {
            let [grey, alpha] = levels_of(pixel);
            over_white([grey; 3], alpha)
        }),
        ColorType::Rgb16 => each_pixel(bytes, |pixel: [u8; 6]| levels_of(pixel)),
        ColorType::Rgba16 => each_pixel(bytes, |pixel: [u8; 8]| {
            let [r, g, b, alpha] = levels_of(pixel);
            over_white([r, g, b], alpha)
        }),
        _ => {
            let kind = UnsupportedErrorKind::GenericFeature("pixels of floating-point numbers".to_owned());
            let what = UnsupportedError::from_format_and_kind(ImageFormatHint::Unknown, kind);
            return Err(ImageError::Unsupported(what));
        }
    };
    // Every decoder above gives exactly the number of pixels that its header names.
    Ok(RgbImage::from_raw(width, height, bytes).unwrap_or_default())
}

/// Turns pixels of `N` bytes into RGB: in place where they do not grow, so that a large picture is in memory once.
fn each_pixel<const N: usize>(mut bytes: Vec<u8>, rgb: impl Fn([u8; N]) -> [u8; 3]) -> Vec<u8> {
    if N < 3 {
        let (pixels, _) = bytes.as_chunks::<N>();
        return pixels.iter().flat_map(|pixel| rgb(*pixel)).collect();
    }
    let n_pixels = bytes.len() / N;
    let mut pixel = [0; N];
    for at in 0..n_pixels {
        pixel.copy_from_slice(&bytes[at * N..(at + 1) * N]);
        bytes[at * 3..at * 3 + 3].copy_from_slice(&rgb(pixel));
    }
    bytes.truncate(n_pixels * 3);
    bytes.shrink_to_fit();
    bytes
}

/// A level of 16 bits, native endian as decoders give it, as the nearest of 8.
fn level_of(bytes: [u8; 2]) -> u8 {
    ((u32::from(u16::from_ne_bytes(bytes)) + 128) / 257) as u8
}

fn levels_of<const N: usize, const M: usize>(pixel: [u8; N]) -> [u8; M] {
    std::array::from_fn(|channel| level_of([pixel[channel * 2], pixel[channel * 2 + 1]]))
}

/// Lays a pixel over white: what a page or a viewer shows behind a transparent picture.
fn over_white(rgb: [u8; 3], alpha: u8) -> [u8; 3] {
    let alpha = u16::from(alpha);
    rgb.map(|level| ((u16::from(level) * alpha + 255 * (255 - alpha) + 127) / 255) as u8)
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
    resample::shrunk(&picture, to_width, to_height)
}

/// The name of a container whose metadata is read and whose pixels are not, told by the brands of its first box
/// (ISO 14496-12, `ftyp`; brands of ISO 23008-12 and the AVIF specification).
fn undecodable_container(head: &[u8]) -> Option<&'static str> {
    if head.get(4..8)? != b"ftyp" {
        return None;
    }
    let length = u32::from_be_bytes(head.get(..4)?.try_into().ok()?) as usize;
    let (brands, _) = head.get(8..length.min(head.len()))?.as_chunks::<4>();
    let has = |known: &[&[u8; 4]]| brands.iter().any(|brand| known.contains(&brand));
    if has(&[b"avif", b"avis"]) {
        Some("AVIF")
    } else if has(&[b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"]) {
        Some("HEIC")
    } else {
        None
    }
}

fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().take(200).collect()
}
