//! What a file is and how much of it is there: cut JPEGs, kinds that are not decoded, raw files, and what is no picture.

use image::{ImageFormat, Rgb, RgbImage};
use terrasight::picture::{FileProblem, Picture, PictureError, thumbnail};

use crate::files::{Value, boxed, encoded, exif, jpeg_with, position, segment, street};

/// No row is of one colour, so that what is missing can be told.
fn photograph() -> RgbImage {
    RgbImage::from_fn(128, 128, |x, y| Rgb([(x * 2) as u8, (y * 2) as u8, ((x * 7) ^ (y * 5)) as u8]))
}

/// The line of a file that does not open.
#[track_caller]
fn refused(bytes: &[u8]) -> String {
    Picture::from_bytes("a.jpg", bytes).expect_err("it does not open").to_string()
}

fn problems(bytes: &[u8]) -> Vec<FileProblem> {
    Picture::from_bytes("a.jpg", bytes).expect("it opens").metadata.problems
}

#[test]
fn of_a_cut_jpeg_what_is_there_is_shown_and_the_rest_is_told() {
    let whole = encoded(&photograph(), ImageFormat::Jpeg);
    assert!(problems(&whole).is_empty());
    assert_eq!(problems(&whole[..whole.len() - 2]), [FileProblem::EndMissing]);
    let cut = Picture::from_bytes("a.jpg", &whole[..whole.len() / 2]).expect("it opens");
    assert_eq!(cut.pixels.dimensions(), (128, 128));
    let sound = Picture::from_bytes("a.jpg", &whole).expect("it opens");
    assert_eq!(cut.pixels.get_pixel(40, 10), sound.pixels.get_pixel(40, 10));
    assert_eq!(cut.pixels.get_pixel(40, 120).0, [128; 3]);
    assert!(cut.pixels.pixels().all(|pixel| pixel.0 != [0, 135, 0]), "the row in which it ends has no false colour");
    let n_grey = (0..128).rev().take_while(|y| (0..128).all(|x| cut.pixels.get_pixel(x, *y).0 == [128; 3])).count();
    assert!(n_grey > 20, "{n_grey}");
    assert_eq!(cut.metadata.problems, [FileProblem::RowsMissing((n_grey as f64 / 1.28).round() as u32)]);
    let scan = whole.windows(2).position(|pair| pair == [0xff, 0xda]).expect("it has a scan");
    let error = refused(&whole[..scan]);
    assert!(error.contains("a.jpg") && error.contains("get the file again"), "{error}");
}

/// The JPEG with another frame marker and depth.
fn of_kind(marker: u8, bits: u8) -> Vec<u8> {
    let mut jpeg = encoded(&street(), ImageFormat::Jpeg);
    let at = jpeg.windows(2).position(|pair| pair == [0xff, 0xc0]).expect("it has a frame");
    (jpeg[at + 1], jpeg[at + 4]) = (marker, bits);
    jpeg
}

#[test]
fn sound_jpegs_of_other_kinds_are_named_and_not_called_damaged() {
    for (marker, bits, name) in [
        (0xc3, 8, "lossless"),
        (0xc9, 8, "arithmetic"),
        (0xc1, 12, "12-bit"),
        (0xf7, 8, "JPEG-LS"),
        (0xc5, 8, "hierarchical"),
    ] {
        let with = jpeg_with(&of_kind(marker, bits), &[app1(&exif(&[(0x0110, Value::Text("Scanner 9"))], &[]))]);
        let line = refused(&with);
        assert!(line.contains(name) && line.contains("convert") && line.contains("Scanner 9"), "{line}");
        assert!(!line.contains("damaged"), "{line}");
    }
}

fn app1(exif: &[u8]) -> Vec<u8> {
    segment(0xe1, &[b"Exif\0\0".as_slice(), exif].concat())
}

#[test]
fn stray_bytes_between_segments_are_passed_over() {
    let jpeg = encoded(&street(), ImageFormat::Jpeg);
    let stray = jpeg_with(&jpeg, &[(0..200).collect(), app1(&exif(&[(0x0110, Value::Text("Camera"))], &[]))]);
    let picture = Picture::from_bytes("a.jpg", &stray).expect("it opens");
    assert_eq!(picture.pixels, Picture::from_bytes("a.jpg", &jpeg).expect("it opens").pixels);
    assert_eq!(picture.metadata.camera.as_deref(), Some("Camera"));
}

#[test]
fn files_of_other_kinds_are_called_by_their_names() {
    let film = boxed(b"ftyp", b"qt  \0\0\0\0qt  ");
    let cases: [(&[u8], &str); 12] = [
        (&film, "video"),
        (b"\x1a\x45\xdf\xa3\x01\0\0\0", "video"),
        (b"RIFF\x10\0\0\0AVI LIST", "video"),
        (b"%PDF-1.7\n", "PDF"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "Git LFS"),
        (b"\n<!DOCTYPE html><html></html>", "web page"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"\0\x05\x16\x07\0\x02\0\0", "macOS"),
        (b"PK\x03\x04\0\0\0\0", "ZIP"),
        (b"8BPS\0\x01", "Photoshop"),
        (b"\xff\x0a\xff\x0f", "JPEG XL"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
    ];
    for (bytes, name) in cases {
        let line = refused(bytes);
        assert!(line.contains(name) && line.contains("a.jpg"), "{line}");
        assert!(
            !line.contains("damaged") && !line.contains('\n') && (line.contains(';') || line.contains(',')),
            "{line}"
        );
    }
}

#[test]
fn a_camera_raw_opens_by_its_largest_preview_with_its_metadata() {
    let previews = [RgbImage::from_pixel(16, 8, Rgb([0, 0, 250])), RgbImage::from_pixel(48, 32, Rgb([250, 0, 0]))];
    let [small, large] = previews.map(|picture| encoded(&picture, ImageFormat::Jpeg));
    // The photometric interpretation of a sensor's mosaic makes a TIFF a raw file.
    let fields = [(0x0106, Value::Short(32_803)), (0x010f, Value::Text("Maker")), (0x0112, Value::Short(6))];
    let raw = [exif(&fields, &[]), vec![7; 300], large, vec![9; 50], small].concat();
    let picture = Picture::from_bytes("a.nef", &raw).expect("it opens by its preview");
    assert_eq!(picture.pixels.dimensions(), (32, 48), "the largest, turned");
    assert!(picture.pixels.get_pixel(5, 5).0[0] > 240);
    assert_eq!(picture.metadata.camera.as_deref(), Some("Maker"));
    assert_eq!(picture.metadata.problems, [FileProblem::PreviewShown]);
    let none = [exif(&fields, &[]), vec![7; 300]].concat();
    let line = refused(&none);
    assert!(line.contains("raw") && line.contains("Maker") && !line.contains("damaged"), "{line}");
}

/// A directory alone, as Canon keeps them: the TIFF's first is the one meant.
fn directory(gps: &[(u16, Value)]) -> Vec<u8> {
    let mut block = exif(&[], gps);
    // The directory about the place is where the second pointer of the first leads.
    block.copy_within(30..34, 4);
    block
}

#[test]
fn canons_newer_raw_files_say_where_and_with_what_they_were_taken() {
    let gps = position(&[(48, 1), (8, 1), (6, 1)], Some("N"), &[(11, 1), (34, 1), (12, 1)], Some("E"));
    let about = boxed(b"CMT1", &exif(&[(0x0110, Value::Text("Canon EOS R5"))], &[]));
    let inside = [vec![7; 16], about, boxed(b"CMT4", &directory(&gps))].concat();
    let preview = encoded(&street(), ImageFormat::Jpeg);
    let file =
        [boxed(b"ftyp", b"crx \0\0\0\x01crx "), boxed(b"moov", &boxed(b"uuid", &inside)), boxed(b"mdat", &preview)];
    let picture = Picture::from_bytes("a.cr3", &file.concat()).expect("it opens by its preview");
    assert_eq!(picture.metadata.camera.as_deref(), Some("Canon EOS R5"));
    let place = picture.metadata.gps.unwrap_or_else(|| panic!("{:?}", picture.metadata.problems));
    assert!((place.lat - 48.135).abs() < 1e-6 && (place.lon - 11.57).abs() < 1e-6, "{place:?}");
}

/// A TIFF of 20 x 20 pixels in tiles of 16 x 16, each colour in planes of its own (TIFF 6.0, sections 8 and 15).
fn tiff_of_planar_tiles() -> Vec<u8> {
    const TILE_BYTES: u32 = 16 * 16;
    let (n_entries, n_tiles) = (11, 12);
    let heap = 8 + 2 + 12 * n_entries + 4;
    let (offsets_at, counts_at, bits_at) = (heap, heap + 4 * n_tiles, heap + 8 * n_tiles);
    let data_at = bits_at + 6;
    let short = |tag: u16, value: u16| (tag, 3u16, 1u32, u32::from(value));
    let entries = [
        short(256, 20),
        short(257, 20),
        (258, 3, 3, bits_at),
        short(259, 1),
        short(262, 2),
        short(277, 3),
        short(284, 2),
        short(322, 16),
        short(323, 16),
        (324, 4, n_tiles, offsets_at),
        (325, 4, n_tiles, counts_at),
    ];
    let mut file = b"II\x2a\0\x08\0\0\0".to_vec();
    file.extend((n_entries as u16).to_le_bytes());
    for (tag, kind, count, value) in entries {
        file.extend([tag.to_le_bytes(), kind.to_le_bytes()].concat());
        file.extend([count.to_le_bytes(), value.to_le_bytes()].concat());
    }
    file.extend([0; 4]);
    file.extend((0..n_tiles).flat_map(|n| (data_at + n * TILE_BYTES).to_le_bytes()));
    file.extend((0..n_tiles).flat_map(|_| TILE_BYTES.to_le_bytes()));
    file.extend([8, 0, 8, 0, 8, 0]);
    file.extend(vec![90; (TILE_BYTES * n_tiles) as usize]);
    file
}

#[test]
fn a_decoder_that_panics_costs_one_picture_and_is_named_as_the_pictures() {
    // The TIFF decoder panics over these tiles; one that does not reads 20 x 20 pixels.
    match Picture::from_bytes("a.tif", &tiff_of_planar_tiles()) {
        Ok(picture) => assert_eq!(picture.pixels.dimensions(), (20, 20)),
        Err(error) => {
            assert!(matches!(error, PictureError::DecoderFailed(_)), "{error}");
            let line = error.to_string();
            assert!(line.contains("a.tif") && line.contains("save it as") && !line.contains("model"), "{line}");
        }
    }
}

#[test]
fn the_thumbnail_of_a_photograph_is_the_one_that_the_camera_put_in() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("a.jpg");
    let inside = encoded(&RgbImage::from_pixel(64, 64, Rgb([250, 0, 0])), ImageFormat::Jpeg);
    let other_shape = encoded(&RgbImage::from_pixel(64, 48, Rgb([250, 0, 0])), ImageFormat::Jpeg);
    for (copy, side, is_copy) in [(&inside, 60, true), (&inside, 100, false), (&other_shape, 60, false)] {
        let file = jpeg_with(&encoded(&photograph(), ImageFormat::Jpeg), &[app1(&exif_with_thumbnail(copy))]);
        std::fs::write(&path, file).expect("it can be written");
        let small = thumbnail(&path, side).expect("it opens");
        assert_eq!(small.dimensions(), (side, side));
        assert_eq!(small.get_pixel(9, 30).0[0] > 240, is_copy, "{side}");
    }
}

/// Exif whose second directory points to a JPEG behind it (Exif 2.3, 4.5.7).
fn exif_with_thumbnail(jpeg: &[u8]) -> Vec<u8> {
    let start = 8 + 6 + 2 + 24 + 4;
    let mut file = b"II\x2a\0\x08\0\0\0\0\0".to_vec();
    file.extend(14u32.to_le_bytes());
    file.extend(2u16.to_le_bytes());
    for (tag, value) in [(0x0201u16, start), (0x0202, jpeg.len() as u32)] {
        file.extend([tag.to_le_bytes(), 4u16.to_le_bytes()].concat());
        file.extend([1u32.to_le_bytes(), value.to_le_bytes()].concat());
    }
    file.extend([0; 4]);
    file.extend(jpeg);
    file
}
