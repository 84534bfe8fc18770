//! Files as cameras, telephones and programs write them, made byte by byte.

use image::{ExtendedColorType, ImageEncoder, ImageFormat, Rgb, RgbImage, codecs};
use terrasight::picture::{Metadata, Picture};

/// Wider than high, every corner of its own colour.
pub fn street() -> RgbImage {
    RgbImage::from_fn(48, 32, |x, y| Rgb([(x * 5) as u8, (y * 7) as u8, if x < 24 { 30 } else { 220 }]))
}

pub fn encoded(picture: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).expect("it can be encoded");
    bytes.into_inner()
}

pub fn png_of(samples: &[u8], width: u32, height: u32, kind: ExtendedColorType, exif: Option<Vec<u8>>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = codecs::png::PngEncoder::new(&mut bytes);
    if let Some(exif) = exif {
        encoder.set_exif_metadata(exif).expect("PNG takes it");
    }
    encoder.write_image(samples, width, height, kind).expect("it can be encoded");
    bytes
}

/// A value of an Exif field.
pub enum Value<'a> {
    Text(&'a str),
    Byte(u8),
    Short(u16),
    Rationals(&'a [(u32, u32)]),
}

/// Where the first directory points to the other two.
pub const POINTERS: [u16; 2] = [0x8769, 0x8825];

/// Exif as a little-endian TIFF (TIFF 6.0, section 2; Exif 2.3, 4.6): the first directory with the fields about the
/// file, behind it the directory about the taking (tags from 0x829a on) and the one about the place.
pub fn exif(fields: &[(u16, Value)], gps: &[(u16, Value)]) -> Vec<u8> {
    let (taking, main): (Vec<_>, Vec<_>) = fields.iter().partition(|(tag, _)| *tag >= 0x829a);
    let size = |n_entries: usize| 2 + 12 * n_entries + 4;
    let starts = [8, 8 + size(main.len() + 2), 8 + size(main.len() + 2) + size(taking.len())];
    let heap_at = starts[2] + size(gps.len());
    let mut heap = Vec::new();
    let mut file = b"II\x2a\0\x08\0\0\0".to_vec();
    let gps: Vec<_> = gps.iter().collect();
    for (at, directory) in [main, taking, gps].into_iter().enumerate() {
        let pointers = if at == 0 { POINTERS.as_slice() } else { &[] };
        file.extend(((directory.len() + pointers.len()) as u16).to_le_bytes());
        for (tag, value) in directory {
            let (kind, count, bytes) = value.to_bytes();
            file.extend([tag.to_le_bytes(), kind.to_le_bytes()].concat());
            file.extend((count as u32).to_le_bytes());
            if bytes.len() <= 4 {
                file.extend(&[bytes.as_slice(), &[0; 4]].concat()[..4]);
            } else {
                file.extend(((heap_at + heap.len()) as u32).to_le_bytes());
                heap.extend(bytes);
            }
        }
        for (tag, start) in pointers.iter().zip(&starts[1..]) {
            file.extend([tag.to_le_bytes(), 4u16.to_le_bytes()].concat());
            file.extend([1u32.to_le_bytes(), (*start as u32).to_le_bytes()].concat());
        }
        file.extend([0; 4]);
    }
    file.extend(heap);
    file
}

impl Value<'_> {
    /// The field's type, how many values it has, and their bytes.
    fn to_bytes(&self) -> (u16, usize, Vec<u8>) {
        match self {
            Self::Text(text) => (2, text.len() + 1, [text.as_bytes(), &[0]].concat()),
            Self::Byte(number) => (1, 1, vec![*number]),
            Self::Short(number) => (3, 1, number.to_le_bytes().to_vec()),
            Self::Rationals(parts) => {
                let bytes = parts.iter().flat_map(|(above, below)| [above.to_le_bytes(), below.to_le_bytes()].concat());
                (5, parts.len(), bytes.collect())
            }
        }
    }
}

pub fn position<'a>(
    lat: &'a [(u32, u32)],
    north: Option<&'a str>,
    lon: &'a [(u32, u32)],
    east: Option<&'a str>,
) -> Vec<(u16, Value<'a>)> {
    let mut fields = Vec::new();
    fields.extend(north.map(|letter| (1, Value::Text(letter))));
    fields.push((2, Value::Rationals(lat)));
    fields.extend(east.map(|letter| (3, Value::Text(letter))));
    fields.push((4, Value::Rationals(lon)));
    fields
}

pub fn metadata_of(main: &[(u16, Value)], gps: &[(u16, Value)]) -> Metadata {
    let bytes = png_of(street().as_raw(), 48, 32, ExtendedColorType::Rgb8, Some(exif(main, gps)));
    Picture::from_bytes("with.png", &bytes).expect("it opens").metadata
}

/// The PNG specification's checksum (annex D).
pub fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 })
    })
}
