//! Pictures as the world sends them: broken, huge, mislabelled, with metadata that lies. Each gets one clear line or
//! opens as it should, and none brings the program down. Every file is made here, byte by byte.

use std::{fs, path::Path};

use image::{ExtendedColorType, ImageFormat, Rgb, RgbImage, codecs};
use terrasight::picture::{MAX_KEPT_MEGAPIXELS, Picture, PictureError};

use crate::files::{Value, crc32, encoded, exif, metadata_of, png_of, position, street};

const FORMATS: [ImageFormat; 6] =
    [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif, ImageFormat::Tiff, ImageFormat::Bmp];

/// The error of a file of that name and content: one line that names the file.
#[track_caller]
fn refusal(name: &str, bytes: &[u8]) -> PictureError {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join(name);
    fs::write(&path, bytes).expect("it can be written");
    refusal_at(&path)
}

#[track_caller]
fn refusal_at(path: &Path) -> PictureError {
    let error = Picture::open(path).expect_err("it is refused");
    let line = error.to_string();
    let name = path.file_name().expect("it has a name").to_string_lossy();
    assert!(line.contains(&*name) && !line.contains('\n') && line.len() < 700, "{line}");
    assert!(line.contains(';') || line.contains("are read") || line.contains("convert"), "says what to do: {line}");
    error
}

#[test]
fn what_is_no_picture_is_told_apart() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    assert!(matches!(refusal_at(folder.path()), PictureError::Folder(_)));
    assert!(matches!(refusal_at(&folder.path().join("gone.jpg")), PictureError::Missing(_)));
    assert!(matches!(refusal("empty.jpg", b""), PictureError::Empty(_)));
    assert!(matches!(refusal("words.png", b"dear colleague, the picture follows"), PictureError::NotAPicture(_)));
    assert!(matches!(refusal("a.jpg", b"\xff"), PictureError::NotAPicture(_)));
    assert!(matches!(refusal("film.mp4", b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"), PictureError::OtherKind { .. }));
}

#[test]
fn a_wrong_extension_does_not_matter() {
    for format in FORMATS {
        let picture = Picture::from_bytes("photo.txt", &encoded(&street(), format)).expect("it opens");
        assert_eq!((picture.width, picture.height, picture.pixels.dimensions()), (48, 32, (48, 32)), "{format:?}");
    }
}

#[test]
fn cut_files_are_refused_in_every_format_but_jpeg() {
    for format in FORMATS.into_iter().filter(|format| *format != ImageFormat::Jpeg) {
        let bytes = encoded(&street(), format);
        for part in [2, 10, 30, 50, 70, 90] {
            let cut = &bytes[..bytes.len() * part / 100];
            assert!(Picture::from_bytes("cut", cut).is_err(), "{format:?} cut to {part} % opened");
        }
    }
}

/// A PNG whose header claims a size, with next to nothing behind it.
fn png_claiming(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = png_of(&[0; 3], 1, 1, ExtendedColorType::Rgb8, None);
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let checksum = crc32(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&checksum.to_be_bytes());
    bytes
}

#[test]
fn a_bomb_is_seen_in_the_header() {
    for (width, height) in [(60_000, 60_000), (2_000_000_000, 2_000_000_000), (250_000_001, 1)] {
        let error = refusal("bomb.png", &png_claiming(width, height));
        assert!(matches!(error, PictureError::TooManyPixels { .. } | PictureError::Damaged { .. }), "{error}");
    }
    let error = refusal("bomb.png", &png_claiming(60_000, 60_000)).to_string();
    assert!(error.contains("60000 x 60000") && error.contains("250"), "{error}");
    let mut bmp = encoded(&street(), ImageFormat::Bmp);
    bmp[18..22].copy_from_slice(&65_000i32.to_le_bytes());
    bmp[22..26].copy_from_slice(&65_000i32.to_le_bytes());
    assert!(matches!(refusal("bomb.bmp", &bmp), PictureError::TooManyPixels { .. }));
    let mut gif = encoded(&street(), ImageFormat::Gif);
    gif[6..10].copy_from_slice(&[0xff; 4]);
    assert!(matches!(refusal("bomb.gif", &gif), PictureError::TooManyPixels { .. }));
}

#[test]
fn a_file_of_many_gigabytes_is_refused_unread() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("endless.tif");
    fs::File::create(&path).and_then(|file| file.set_len(40 << 30)).expect("a file may have a hole");
    assert!(matches!(refusal_at(&path), PictureError::TooManyBytes { .. }));
}

#[test]
fn very_large_pictures_are_kept_reduced_and_remember_their_size() {
    let picture = Picture::from_rgb("plain", RgbImage::from_pixel(10_000, 5_000, Rgb([9, 90, 200])));
    assert_eq!((picture.width, picture.height), (10_000, 5_000));
    let (width, height) = picture.pixels.dimensions();
    assert!(u64::from(width) * u64::from(height) <= MAX_KEPT_MEGAPIXELS * 1_000_000 && width > 9_000);
    assert_eq!(picture.pixels.get_pixel(width - 1, height - 1).0, [9, 90, 200]);
}

#[test]
fn the_same_bytes_have_the_same_hash_by_every_way_in() {
    let bytes = encoded(&street(), ImageFormat::Png);
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("street.png");
    fs::write(&path, &bytes).expect("it can be written");
    let (opened, dropped) = (Picture::open(&path), Picture::from_bytes("street.png", &bytes));
    let (opened, dropped) = (opened.expect("it opens"), dropped.expect("it opens"));
    assert_eq!((opened.sha256.len(), &opened.sha256), (64, &dropped.sha256));
    assert_eq!((opened.path.as_deref(), opened.name.as_str()), (Some(path.as_path()), "street.png"));
    // FIPS 180-4's own example, in front of which there is no picture.
    let error = Picture::from_bytes("abc", b"abc").expect_err("no picture");
    assert!(matches!(error, PictureError::NotAPicture(_)));
}

#[test]
fn orientation_is_obeyed_in_all_eight_ways() {
    // Where the top left corner of the stored picture lies once it is upright (Exif 2.3, tag 0x0112).
    let corners = [(0, 0), (47, 0), (47, 31), (0, 31), (0, 0), (31, 0), (31, 47), (0, 47)];
    let mut stored = RgbImage::from_pixel(48, 32, Rgb([0, 0, 0]));
    stored.put_pixel(0, 0, Rgb([255, 0, 0]));
    for (value, (x, y)) in (1u16..).zip(corners) {
        let file = exif(&[(0x0112, Value::Short(value))], &[]);
        let bytes = png_of(stored.as_raw(), 48, 32, ExtendedColorType::Rgb8, Some(file));
        let picture = Picture::from_bytes("turned.png", &bytes).expect("it opens");
        assert_eq!(picture.pixels.dimensions(), (picture.width, picture.height));
        assert_eq!((picture.width, picture.height), if value < 5 { (48, 32) } else { (32, 48) }, "orientation {value}");
        assert_eq!(picture.pixels.get_pixel(x, y).0, [255, 0, 0], "orientation {value}");
    }
}

#[test]
fn every_kind_of_pixel_becomes_opaque_rgb() {
    let first = |bytes: &[u8]| Picture::from_bytes("kind.png", bytes).expect("it opens").pixels.get_pixel(0, 0).0;
    let words = |words: &[u16]| words.iter().flat_map(|word| word.to_ne_bytes()).collect::<Vec<u8>>();
    let png = |samples: &[u8], kind| png_of(samples, 1, 1, kind, None);
    assert_eq!(first(&png(&[77], ExtendedColorType::L8)), [77; 3]);
    assert_eq!(first(&png(&[77, 0], ExtendedColorType::La8)), [255; 3]);
    assert_eq!(first(&png(&[10, 20, 30, 255], ExtendedColorType::Rgba8)), [10, 20, 30]);
    assert_eq!(first(&png(&[10, 20, 30, 0], ExtendedColorType::Rgba8)), [255; 3]);
    assert_eq!(first(&png(&[0, 0, 0, 128], ExtendedColorType::Rgba8)), [127; 3]);
    assert_eq!(first(&png(&words(&[257 * 40]), ExtendedColorType::L16)), [40; 3]);
    assert_eq!(first(&png(&words(&[257 * 40, 65_535]), ExtendedColorType::La16)), [40; 3]);
    assert_eq!(first(&png(&words(&[65_535, 257, 0]), ExtendedColorType::Rgb16)), [255, 1, 0]);
    assert_eq!(first(&png(&words(&[65_535, 257, 0, 65_535]), ExtendedColorType::Rgba16)), [255, 1, 0]);
    // Several pixels, so that narrowing in place is seen to keep them apart.
    let wide = words(&[257, 514, 771, 65_535, 1028, 1285, 1542, 65_535]);
    let bytes = png_of(&wide, 2, 1, ExtendedColorType::Rgba16, None);
    assert_eq!(Picture::from_bytes("two.png", &bytes).expect("it opens").pixels.as_raw(), &[1, 2, 3, 4, 5, 6]);
}

#[test]
fn a_moving_picture_gives_its_first_frame() {
    let mut bytes = Vec::new();
    let mut encoder = codecs::gif::GifEncoder::new(&mut bytes);
    for level in [200, 10] {
        let frame = image::RgbaImage::from_pixel(8, 8, image::Rgba([level, level, level, 255]));
        encoder.encode_frame(image::Frame::new(frame)).expect("it can be encoded");
    }
    drop(encoder);
    let picture = Picture::from_bytes("moving.gif", &bytes).expect("it opens");
    assert_eq!(picture.pixels.get_pixel(3, 3).0, [200; 3]);
}

#[test]
fn positions_are_read_in_every_hemisphere() {
    let (lat, lon) = ([(33, 1), (51, 1), (3588, 100)], [(151, 1), (12, 1), (4000, 100)]);
    for (north, east, signs) in
        [("N", "E", (1.0, 1.0)), ("S", "E", (-1.0, 1.0)), ("n", "w", (1.0, -1.0)), ("S", "W", (-1.0, -1.0))]
    {
        let metadata = metadata_of(&[], &position(&lat, Some(north), &lon, Some(east)));
        let gps = metadata.gps.expect("it has a position");
        assert!((gps.lat - signs.0 * 33.859_966_7).abs() < 1e-6, "{gps:?}");
        assert!((gps.lon - signs.1 * 151.211_111_1).abs() < 1e-6, "{gps:?}");
        assert!(metadata.problems.is_empty(), "{:?}", metadata.problems);
    }
    let decimal = metadata_of(&[], &position(&[(338_599, 10_000)], Some("S"), &[(1_512_111, 10_000)], Some("E")));
    assert!((decimal.gps.expect("decimal degrees").lat + 33.8599).abs() < 1e-9);
}

#[test]
fn positions_that_make_no_sense_become_problems() {
    let (lat, lon) = ([(33, 1), (51, 1), (35, 1)], [(151, 1), (12, 1), (40, 1)]);
    let (zero, none) = ([(0, 1), (0, 1), (0, 1)], [(0, 0), (0, 0), (0, 0)]);
    let (far, north) = ([(200, 1), (0, 1), (0, 1)], [(95, 1), (0, 1), (0, 1)]);
    let (no_seconds, minutes) = ([(33, 1), (51, 1), (35, 0)], [(33, 1), (99, 1), (0, 1)]);
    let huge = [(u32::MAX, 1), (u32::MAX, 1), (u32::MAX, 1)];
    let (ns, ew) = (Some("N"), Some("E"));
    let cases: [(&str, Vec<(u16, Value)>); 11] = [
        ("zero", position(&zero, ns, &zero, ew)),
        ("0/0", position(&none, ns, &none, ew)),
        ("seconds over zero", position(&no_seconds, ns, &lon, ew)),
        ("99 minutes", position(&minutes, ns, &lon, ew)),
        ("beyond the pole", position(&north, ns, &lon, ew)),
        ("beyond the date line", position(&lat, ns, &far, ew)),
        ("huge", position(&huge, ns, &huge, ew)),
        ("letters swapped", position(&lat, ew, &lon, ns)),
        ("no letters", position(&lat, None, &lon, None)),
        ("no numbers", position(&[], ns, &[], ew)),
        ("half", vec![(1, Value::Text("N")), (2, Value::Rationals(&lat))]),
    ];
    for (name, gps) in cases {
        let metadata = metadata_of(&[], &gps);
        assert_eq!(metadata.gps, None, "{name}");
        assert!(!metadata.problems.is_empty(), "{name} is passed over in silence");
    }
}

#[test]
fn height_heading_time_and_camera_are_read() {
    let main = [
        (0x010f, Value::Text("Canon")),
        (0x0110, Value::Text("Canon EOS 70D")),
        (0x0131, Value::Text("Editor\u{7} 5\n(beta)")),
        (0x9003, Value::Text("2024:05:31 14:03:09")),
        (0x9011, Value::Text("+02:00")),
    ];
    let gps = [
        (5, Value::Short(1)),
        (6, Value::Rationals(&[(4281, 10)])),
        (16, Value::Text("T")),
        (17, Value::Rationals(&[(2527, 10)])),
    ];
    let metadata = metadata_of(&main, &gps);
    assert_eq!(metadata.camera.as_deref(), Some("Canon EOS 70D"));
    assert_eq!(metadata.software.as_deref(), Some("Editor 5 (beta)"));
    assert_eq!(metadata.altitude_m, Some(-428.1));
    assert_eq!(metadata.heading_deg, Some(252.7));
    assert!(metadata.fields.iter().any(|(name, value)| name == "Model" && value == "Canon EOS 70D"));
    let odd = metadata_of(&[], &[(6, Value::Rationals(&[(1, 0)])), (17, Value::Rationals(&[(999, 1)]))]);
    assert_eq!((odd.altitude_m, odd.heading_deg), (None, None));
}

#[test]
fn text_without_end_is_cut() {
    let long = "x".repeat(60_000);
    let many: Vec<(u32, u32)> = (0..20_000).map(|n| (n, 1)).collect();
    let metadata = metadata_of(&[(0x010e, Value::Text(&long)), (0x011a, Value::Rationals(&many))], &[]);
    assert!(!metadata.fields.is_empty());
    assert!(metadata.fields.iter().all(|(_, value)| value.len() <= 1000), "a field is longer than anyone reads");
}

#[test]
fn metadata_that_points_outside_or_at_itself_is_a_problem_not_a_loop() {
    // The second pointer's value stands at byte 30.
    let mut outside = exif(&[], &[]);
    outside[30..34].copy_from_slice(&0x00ff_ffff_u32.to_le_bytes());
    let mut itself = exif(&[], &[]);
    itself[30..34].copy_from_slice(&8u32.to_le_bytes());
    for (name, file) in [("outside", outside), ("itself", itself)] {
        let bytes = png_of(street().as_raw(), 48, 32, ExtendedColorType::Rgb8, Some(file));
        let metadata = Picture::from_bytes("odd.png", &bytes).expect("the pixels are sound").metadata;
        assert!(!metadata.problems.is_empty(), "{name}");
    }
}
