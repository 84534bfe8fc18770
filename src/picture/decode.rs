//! From a file's bytes to upright RGB pixels.
//!
//! The header is read first: a picture too large is refused before memory is taken for it, which is what a
//! decompression bomb counts on not happening. A picture of 250 megapixels is decoded once and reduced at once.

use std::io::{BufRead, Cursor, Seek};

use image::{ColorType, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, RgbImage, metadata::Orientation};

use super::{
    FileProblem, MAX_MEGAPIXELS,
    error::{Fault, one_line},
    jpeg, resample, turn,
};

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
    /// What is missing or may be wrong.
    pub problems: Vec<FileProblem>,
}

impl Decoded {
    /// A picture that is upright already.
    pub fn upright(pixels: RgbImage) -> Self {
        let upright_size = pixels.dimensions();
        Self { pixels: reduced(pixels), upright_size, problems: Vec::new() }
    }
}

/// A JPEG, which must be in memory as a whole; of a cut one, what there is.
pub(super) fn jpeg(file: &[u8], orientation: Option<u8>) -> Result<Decoded, Fault> {
    let survey = jpeg::survey(&mut Cursor::new(file)).map_err(|error| Fault::Damaged(error.to_string()))?;
    let mut reader = Cursor::new(file);
    let mut decoder = decoder(&mut reader, ImageFormat::Jpeg)?;
    let orientation = turned(&mut decoder, orientation);
    // The library keeps a copy of the file.
    check_size(ImageFormat::Jpeg, &decoder, file.len() as u64 * 2 + survey.coefficient_bytes)?;
    let (mut pixels, error) = rgb(decoder)?;
    let (width, height) = pixels.dimensions();
    let n_missing = if survey.whole && error.is_none() { 0 } else { jpeg::missing_rows(&pixels) };
    if n_missing == height {
        let end = Fault::Damaged("the file ends before the first row of the picture".to_owned());
        return Err(error.map_or(end, Fault::from));
    }
    if n_missing > 0 {
        jpeg::mend_torn_rows(&mut pixels, n_missing);
    }
    let percent = (100.0 * f64::from(n_missing) / f64::from(height)).round().max(1.0);
    let problem = if n_missing > 0 {
        Some(FileProblem::RowsMissing(percent as u32))
    } else if !survey.whole && survey.progressive {
        Some(FileProblem::DetailMissing)
    } else if !survey.whole {
        Some(FileProblem::EndMissing)
    } else {
        error.map(|error| FileProblem::DataDamaged(one_line(&error.to_string())))
    };
    Ok(Decoded { problems: problem.into_iter().collect(), ..finished(pixels, (width, height), orientation) })
}

/// What decoders read from: one type for files and memory, as each further one compiles every decoder once more.
pub(super) trait Source: BufRead + Seek {}

impl<R: BufRead + Seek> Source for R {}

/// Every format that is read from front to back.
pub(super) fn plain(reader: &mut dyn Source, format: ImageFormat, orientation: Option<u8>) -> Result<Decoded, Fault> {
    let mut decoder = decoder(reader, format)?;
    let orientation = turned(&mut decoder, orientation);
    check_size(format, &decoder, 0)?;
    let size = decoder.dimensions();
    match rgb(decoder)? {
        (pixels, None) => Ok(finished(pixels, size, orientation)),
        (_, Some(error)) => Err(error.into()),
    }
}

fn finished(pixels: RgbImage, (width, height): (u32, u32), orientation: Orientation) -> Decoded {
    let upright_size = if turn::swaps_sides(orientation) { (height, width) } else { (width, height) };
    Decoded { pixels: turn::upright(reduced(pixels), orientation), upright_size, problems: Vec::new() }
}

/// The orientation that the metadata gives, else the one that the library finds.
fn turned(decoder: &mut impl ImageDecoder, known: Option<u8>) -> Orientation {
    match known.and_then(Orientation::from_exif) {
        Some(orientation) => orientation,
        None => decoder.orientation().unwrap_or(Orientation::NoTransforms),
    }
}

/// Refuses by the header alone.
fn check_size(format: ImageFormat, decoder: &impl ImageDecoder, beside_pixels: u64) -> Result<(), Fault> {
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(Fault::Damaged("it has no pixels".to_owned()));
    }
    if u64::from(width) * u64::from(height) > MAX_MEGAPIXELS * 1_000_000 {
        return Err(Fault::TooManyPixels(width, height));
    }
    if bytes_to_decode(format, decoder, beside_pixels) > MAX_BYTES {
        return Err(Fault::TooMuchMemory(width, height));
    }
    Ok(())
}

impl From<ImageError> for Fault {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::Unsupported(what) => Self::Unsupported(what.to_string()),
            other => Self::Damaged(other.to_string()),
        }
    }
}

/// Reads the header, no pixels.
fn decoder(reader: &mut dyn Source, format: ImageFormat) -> Result<impl ImageDecoder, ImageError> {
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

/// Decodes into one buffer, and narrows the pixels to eight-bit RGB inside it where they are wider. Where the decoder
/// gave up, its error stands beside what it had decoded.
fn rgb(decoder: impl ImageDecoder) -> Result<(RgbImage, Option<ImageError>), Fault> {
    let (width, height) = decoder.dimensions();
    let color = decoder.color_type();
    // What a decoder leaves out is as grey as what the JPEG decoder fills in.
    let mut bytes = vec![jpeg::MISSING; usize::try_from(decoder.total_bytes()).unwrap_or(usize::MAX)];
    let error = decoder.read_image(&mut bytes).err();
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
        _ => return Err(Fault::Unsupported("pixels of floating-point numbers".to_owned())),
    };
    // Every decoder above gives exactly the number of pixels that its header names.
    Ok((RgbImage::from_raw(width, height, bytes).unwrap_or_default(), error))
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
