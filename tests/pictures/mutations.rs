//! Thousands of files with bytes changed: none brings the program down, and each error is one line. The seed is fixed.

use image::{ExtendedColorType, ImageFormat};
use terrasight::picture::Picture;

use crate::{
    files::{Value, chunk, encoded, exif, jpeg_with, png_of, png_with, position, segment, street, webp_with},
    phones::fixture,
};

/// Marsaglia's xorshift with 64 bits.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n.max(1) as u64) as usize
    }
}

const PACKET: &str = r#"<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
    <rdf:Description xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="24,50.4825N"
    exif:GPSLongitude="66,56.7613E"/></rdf:RDF></x:xmpmeta>"#;

fn originals() -> Vec<(&'static str, Vec<u8>)> {
    let gps = position(&[(48, 1), (8, 1), (3, 1)], Some("N"), &[(11, 1), (34, 1), (5, 1)], Some("E"));
    let block = exif(&[(0x0110, Value::Text("Camera")), (0x9003, Value::Text("2024:05:31 14:03:09"))], &gps);
    let app1 = segment(0xe1, &[b"Exif\0\0".as_slice(), &block].concat());
    let xmp = segment(0xe1, &[b"http://ns.adobe.com/xap/1.0/\0".as_slice(), PACKET.as_bytes()].concat());
    let jpeg = encoded(&street(), ImageFormat::Jpeg);
    let png = png_of(street().as_raw(), 48, 32, ExtendedColorType::Rgb8, Some(block.clone()));
    let text = chunk(b"iTXt", &[b"XML:com.adobe.xmp\0\0\0\0\0".as_slice(), PACKET.as_bytes()].concat());
    let raw = [exif(&[(0x0106, Value::Short(32_803))], &gps), jpeg.clone()].concat();
    let read = |name: &str| std::fs::read(fixture(name)).expect("the fixture is there");
    vec![
        ("JPEG", jpeg_with(&jpeg, &[app1, xmp])),
        ("PNG", png_with(&png, &[text])),
        ("WebP", webp_with(&encoded(&street(), ImageFormat::WebP), b"EXIF", &block)),
        ("GIF", encoded(&street(), ImageFormat::Gif)),
        ("TIFF", encoded(&street(), ImageFormat::Tiff)),
        ("BMP", encoded(&street(), ImageFormat::Bmp)),
        ("raw", raw),
        ("HEIC", read("plain.heic")),
        ("AVIF", read("plain.avif")),
    ]
}

/// One to eight bytes changed anywhere, sometimes a number of four bytes set to an extreme, sometimes the end cut off.
fn changed(original: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = original.to_vec();
    for _ in 0..1 + random.below(8) {
        let at = random.below(bytes.len());
        bytes[at] = random.below(256) as u8;
    }
    if random.below(4) == 0 {
        let at = random.below(bytes.len() - 4);
        let extreme = [0u32, u32::MAX, i32::MAX as u32, 60_000, 1][random.below(5)];
        bytes[at..at + 4].copy_from_slice(&extreme.to_be_bytes());
    }
    if random.below(8) == 0 {
        bytes.truncate(1 + random.below(bytes.len()));
    }
    bytes
}

#[test]
fn no_change_of_bytes_brings_it_down() {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    for (name, original) in originals() {
        assert!(Picture::from_bytes(name, &original).is_ok(), "{name}");
        for _ in 0..300 {
            match Picture::from_bytes("changed", &changed(&original, &mut random)) {
                Ok(picture) => assert!(picture.width > 0 && picture.height > 0, "{name}"),
                Err(error) => assert!(!error.to_string().contains('\n'), "{name}: {error}"),
            }
        }
    }
}
