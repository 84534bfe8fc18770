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
    Bytes(&'a [u8]),
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
            Self::Bytes(bytes) => (1, bytes.len(), bytes.to_vec()),
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

/// A box (ISO 14496-12): length, four letters, body.
pub fn boxed(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    [&(body.len() as u32 + 8).to_be_bytes(), kind.as_slice(), body].concat()
}

/// The same with a version and flags of zero.
pub fn full_box(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    boxed(kind, &[&[0; 4], body].concat())
}

/// An item of an HEIC or AVIF container.
#[derive(Default)]
pub struct Item<'a> {
    pub id: u16,
    pub kind: [u8; 4],
    /// Only of `mime`.
    pub content_type: &'a str,
    pub data: Vec<u8>,
    /// Whole boxes, in their order.
    pub properties: Vec<Vec<u8>>,
    /// The kind of reference and the items referred to.
    pub refers: Option<([u8; 4], Vec<u16>)>,
}

/// A container (ISO 23008-12) whose main picture is the first item.
pub fn heif(brand: &[u8; 4], items: &[Item]) -> Vec<u8> {
    let file_type = boxed(b"ftyp", &[brand.as_slice(), b"\0\0\0\0mif1", brand].concat());
    let entries = items.iter().flat_map(|item| {
        let mut body = [b"\x02\0\0\0".as_slice(), &item.id.to_be_bytes(), &[0, 0], &item.kind, &[0]].concat();
        if item.kind == *b"mime" {
            body.extend([item.content_type.as_bytes(), &[0]].concat());
        }
        boxed(b"infe", &body)
    });
    let entries: Vec<u8> = entries.collect();
    let info = full_box(b"iinf", &[&(items.len() as u16).to_be_bytes(), entries.as_slice()].concat());
    let references = items.iter().filter_map(|item| item.refers.as_ref().map(|refers| (item.id, refers)));
    let references: Vec<u8> = references
        .flat_map(|(id, (kind, to))| {
            let to: Vec<u8> = to.iter().flat_map(|id| id.to_be_bytes()).collect();
            boxed(kind, &[&id.to_be_bytes(), &(to.len() as u16 / 2).to_be_bytes(), to.as_slice()].concat())
        })
        .collect();
    let properties: Vec<u8> = items.iter().flat_map(|item| item.properties.concat()).collect();
    let mut association = (items.len() as u32).to_be_bytes().to_vec();
    let mut next = 1;
    for item in items {
        association.extend(item.id.to_be_bytes());
        association.push(item.properties.len() as u8);
        association.extend((0..item.properties.len()).map(|n| next + n as u8));
        next += item.properties.len() as u8;
    }
    let properties = boxed(b"iprp", &[boxed(b"ipco", &properties), full_box(b"ipma", &association)].concat());
    let head =
        [full_box(b"pitm", &items[0].id.to_be_bytes()), info, full_box(b"iref", &references), properties].concat();
    // Offsets and lengths of four bytes; one extent an item.
    let location_length = 12 + 4 + 14 * items.len();
    let mut data_at = (file_type.len() + 12 + head.len() + location_length + 8) as u32;
    let mut location = [b"\x44\0".as_slice(), &(items.len() as u16).to_be_bytes()].concat();
    for item in items {
        location.extend([item.id.to_be_bytes().as_slice(), &[0, 0, 0, 1]].concat());
        location.extend([data_at.to_be_bytes(), (item.data.len() as u32).to_be_bytes()].concat());
        data_at += item.data.len() as u32;
    }
    let meta = full_box(b"meta", &[head, full_box(b"iloc", &location)].concat());
    let data: Vec<u8> = items.iter().flat_map(|item| item.data.clone()).collect();
    [file_type, meta, boxed(b"mdat", &data)].concat()
}

/// A segment of a JPEG.
pub fn segment(marker: u8, body: &[u8]) -> Vec<u8> {
    [&[0xff, marker], (body.len() as u16 + 2).to_be_bytes().as_slice(), body].concat()
}

/// The JPEG with segments behind its start.
pub fn jpeg_with(jpeg: &[u8], segments: &[Vec<u8>]) -> Vec<u8> {
    [&jpeg[..2], &segments.concat(), &jpeg[2..]].concat()
}

/// A chunk of a PNG.
pub fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let body = [kind.as_slice(), data].concat();
    [&(data.len() as u32).to_be_bytes(), body.as_slice(), &crc32(&body).to_be_bytes()].concat()
}

/// The PNG with chunks behind its header.
pub fn png_with(png: &[u8], chunks: &[Vec<u8>]) -> Vec<u8> {
    [&png[..33], &chunks.concat(), &png[33..]].concat()
}

/// The WebP with a chunk at its end, and its length made right.
pub fn webp_with(webp: &[u8], kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut file = [webp, kind, &(data.len() as u32).to_le_bytes(), data].concat();
    file.resize(file.len().next_multiple_of(2), 0);
    let length = file.len() as u32 - 8;
    file[4..8].copy_from_slice(&length.to_le_bytes());
    file
}
