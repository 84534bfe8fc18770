//! HEIC and AVIF: pixels, colours, tiles, cutting and turning. The coded pictures are made by `tests/fixtures/pictures/make.py`.

use std::path::{Path, PathBuf};

use image::Rgb;
use terrasight::picture::{Picture, PictureError, thumbnail};

use crate::files::{Item, Value, boxed, exif, full_box, heif, position};

pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pictures").join(name)
}

fn open(name: &str) -> Picture {
    Picture::open(&fixture(name)).expect("it opens")
}

/// The colours of the drawn picture away from the edges between its quarters, for a picture as wide and high.
fn drawn(x: u32, y: u32, (width, height): (u32, u32)) -> [u8; 3] {
    let grey = (255 * x / (width - 1)) as u8;
    match (x < width / 2, y < height / 2) {
        (true, true) => [200, 30, 40],
        (false, true) => [20, 160, 60],
        (true, false) => [30, 50, 190],
        (false, false) => [grey; 3],
    }
}

#[track_caller]
fn assert_near(found: Rgb<u8>, expected: [u8; 3], what: &str) {
    let far = found.0.iter().zip(expected).any(|(found, expected)| found.abs_diff(expected) > 8);
    assert!(!far, "{what}: {:?} where {expected:?} was drawn", found.0);
}

#[test]
fn every_depth_and_sampling_gives_the_colours_that_were_drawn() {
    for name in ["plain.heic", "full.heic", "deep.heic", "plain.avif", "full.avif"] {
        let picture = open(name);
        assert_eq!((picture.width, picture.height), (96, 64), "{name}");
        for (x, y) in [(10, 10), (40, 25), (60, 10), (90, 20), (5, 40), (40, 60), (60, 50), (90, 60)] {
            assert_near(*picture.pixels.get_pixel(x, y), drawn(x, y, (96, 64)), &format!("{name} at {x}, {y}"));
        }
    }
    let cropped = open("cropped.heic");
    assert_eq!(cropped.pixels.dimensions(), (95, 63));
    assert_near(*cropped.pixels.get_pixel(90, 10), [20, 160, 60], "cropped");
    let grey = open("grey.heic").pixels.get_pixel(10, 10).0;
    assert!(grey[0] == grey[1] && grey[1] == grey[2] && grey[0].abs_diff(82) < 6, "{grey:?}");
}

#[test]
fn avif_is_turned_as_its_properties_say() {
    // Where the red quarter's middle comes to lie (Exif 2.3, tag 0x0112), of which the file's irot and imir are made.
    let reds = [(24, 16), (71, 16), (71, 47), (24, 47), (16, 24), (47, 24), (47, 71), (16, 71)];
    for (orientation, (x, y)) in (1..=8).zip(reds) {
        let picture = open(&format!("turned{orientation}.avif"));
        let size = if orientation < 5 { (96, 64) } else { (64, 96) };
        assert_eq!(picture.pixels.dimensions(), size, "{orientation}");
        assert_near(*picture.pixels.get_pixel(x, y), [200, 30, 40], &format!("orientation {orientation}"));
    }
}

/// The body of the first box of that kind, wherever it lies.
fn body_of(file: &[u8], kind: &[u8; 4]) -> Vec<u8> {
    let at = file.windows(4).position(|letters| letters == kind).expect("the box is there");
    let length = u32::from_be_bytes(file[at - 4..at].try_into().expect("four bytes")) as usize;
    file[at + 4..at - 4 + length].to_vec()
}

fn size_property(width: u32, height: u32) -> Vec<u8> {
    full_box(b"ispe", &[width.to_be_bytes(), height.to_be_bytes()].concat())
}

/// The coded picture of `plain.heic` as an item.
fn tile(id: u16) -> Item<'static> {
    let file = std::fs::read(fixture("plain.heic")).expect("the fixture is there");
    let properties = vec![boxed(b"hvcC", &body_of(&file, b"hvcC")), size_property(96, 64)];
    Item { id, kind: *b"hvc1", data: body_of(&file, b"mdat"), properties, ..Item::default() }
}

/// Rows and columns, less one each, and the size of the whole.
fn grid(
    rows: u8,
    columns: u8,
    (width, height): (u16, u16),
    tiles: Vec<u16>,
    properties: Vec<Vec<u8>>,
) -> Item<'static> {
    let data = [[0, 0, rows - 1, columns - 1].as_slice(), &width.to_be_bytes(), &height.to_be_bytes()].concat();
    let size = size_property(u32::from(width), u32::from(height));
    let properties = [vec![size], properties].concat();
    Item { id: 1, kind: *b"grid", data, properties, refers: Some((*b"dimg", tiles)), ..Item::default() }
}

#[test]
fn tiles_are_put_together_cut_and_turned() {
    let whole = |properties| {
        let file = heif(b"heic", &[grid(2, 2, (180, 100), vec![2, 3, 2, 3], properties), tile(2), tile(3)]);
        Picture::from_bytes("tiles.heic", &file).expect("it opens").pixels
    };
    let plain = whole(vec![]);
    assert_eq!(plain.dimensions(), (180, 100));
    for (x, y) in [(10, 10), (106, 10), (106, 74), (60, 20), (170, 20), (10, 50)] {
        assert_near(*plain.get_pixel(x, y), drawn(x % 96, y % 64, (96, 64)), &format!("tiles at {x}, {y}"));
    }
    // A quarter turn against the clock: what was at the right is at the top.
    let turned = whole(vec![boxed(b"irot", &[1])]);
    assert_eq!(turned.dimensions(), (100, 180));
    assert_eq!(turned.get_pixel(10, 179 - 60), plain.get_pixel(60, 10));
    let mirrored = whole(vec![boxed(b"imir", &[1])]);
    assert_eq!(mirrored.get_pixel(179 - 60, 10), plain.get_pixel(60, 10));
    let upside_down = whole(vec![boxed(b"imir", &[0])]);
    assert_eq!(upside_down.get_pixel(60, 99 - 10), plain.get_pixel(60, 10));
    // The aperture is 100 x 60 around the middle, and is obeyed before the turn behind it.
    let aperture: Vec<u8> = [100, 1, 60, 1, 0, 1, 0, 1u32].iter().flat_map(|number| number.to_be_bytes()).collect();
    let cut = whole(vec![boxed(b"clap", &aperture), boxed(b"irot", &[2])]);
    assert_eq!(cut.dimensions(), (100, 60));
    assert_eq!(cut.get_pixel(0, 0), plain.get_pixel(40 + 99, 20 + 59));
}

#[test]
fn what_claims_too_much_is_refused_before_it_is_decoded() {
    let huge = grid(1, 2, (60_000, 60_000), vec![2, 3], vec![]);
    let error = Picture::from_bytes("huge.heic", &heif(b"heic", &[huge, tile(2), tile(3)])).expect_err("too large");
    assert!(matches!(error, PictureError::TooMuchMemory { .. }), "{error}");
    let mut large = tile(1);
    large.properties[1] = size_property(40_000, 40_000);
    let error = Picture::from_bytes("large.heic", &heif(b"heic", &[large])).expect_err("too large");
    assert!(matches!(error, PictureError::TooMuchMemory { .. }), "{error}");
    // More tiles than the references, and tiles that do not cover the whole.
    for (rows, size) in [(3, (180, 100)), (2, (400, 100))] {
        let file = heif(b"heic", &[grid(rows, 2, size, vec![2, 3, 2, 3], vec![]), tile(2), tile(3)]);
        let error = Picture::from_bytes("odd.heic", &file).expect_err("it does not fit");
        assert!(matches!(error, PictureError::Damaged { .. }), "{error}");
    }
}

/// Tiles that lie of their size, or do not state it, would be decoded and kept whatever they take.
#[test]
fn a_tile_that_is_larger_than_it_says_is_refused() {
    let stating = |id, size: Option<Vec<u8>>| {
        let hvcc = tile(id).properties.remove(0);
        Item { properties: [hvcc].into_iter().chain(size).collect(), ..tile(id) }
    };
    let refused = |sizes: [Option<Vec<u8>>; 2]| {
        let [left, right] = sizes;
        let tiles = [grid(1, 2, (180, 60), vec![2, 3], vec![]), stating(2, left), stating(3, right)];
        Picture::from_bytes("lying.heic", &heif(b"heic", &tiles)).err().map(|error| error.to_string())
    };
    let (right, small, large) = (size_property(96, 64), size_property(1, 1), size_property(2000, 1500));
    assert_eq!(refused([Some(right.clone()), Some(right.clone())]), None);
    let lies = "a tile is larger than the file says";
    for first in [right.clone(), large] {
        let error = refused([Some(first), Some(small.clone())]);
        assert!(error.as_ref().is_some_and(|error| error.contains(lies)), "{error:?}");
    }
    let error = refused([Some(right), None]);
    assert!(error.as_ref().is_some_and(|error| error.contains("makes no sense")), "no size is stated: {error:?}");
}

#[test]
fn the_orientation_in_exif_does_not_turn_it_again() {
    let gps = position(&[(48, 1), (8, 1), (6, 1)], Some("N"), &[(11, 1), (34, 1), (12, 1)], Some("E"));
    let block = exif(&[(0x0110, Value::Text("Telephone")), (0x0112, Value::Short(6))], &gps);
    let about = Item {
        id: 9,
        kind: *b"Exif",
        data: [b"\0\0\0\x06Exif\0\0".as_slice(), &block].concat(),
        refers: Some((*b"cdsc", vec![1])),
        ..Item::default()
    };
    let picture = Picture::from_bytes("phone.heic", &heif(b"heic", &[tile(1), about])).expect("it opens");
    assert_eq!(picture.pixels.dimensions(), (96, 64));
    assert_eq!((picture.metadata.camera.as_deref(), picture.metadata.orientation), (Some("Telephone"), None));
    assert!(picture.metadata.gps.is_some_and(|gps| (gps.lat - 48.135).abs() < 1e-6));
}

#[test]
fn another_codec_inside_is_named_and_its_metadata_told() {
    let gps = position(&[(48, 1), (8, 1), (6, 1)], Some("N"), &[(11, 1), (34, 1), (12, 1)], Some("E"));
    let data = [&[0; 4], exif(&[], &gps).as_slice()].concat();
    let about = Item { id: 9, kind: *b"Exif", data, ..Item::default() };
    let coded = Item { id: 1, kind: *b"vvc1", data: vec![0; 9], ..Item::default() };
    let error = Picture::from_bytes("new.heic", &heif(b"heic", &[coded, about])).expect_err("no decoder");
    let line = error.to_string();
    assert!(line.contains("HEIC") && line.contains("convert") && line.contains("48.13500, 11.57000"), "{line}");
}

#[test]
fn a_thumbnail_is_the_small_copy_inside_where_it_serves() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("a.heic");
    // The whole is grey, the small copy coloured: so it is seen which was taken.
    let whole = {
        let file = std::fs::read(fixture("grey.heic")).expect("the fixture is there");
        let properties = vec![boxed(b"hvcC", &body_of(&file, b"hvcC")), size_property(96, 64)];
        Item { id: 1, kind: *b"hvc1", data: body_of(&file, b"mdat"), properties, ..Item::default() }
    };
    let small = Item { refers: Some((*b"thmb", vec![1])), ..tile(2) };
    std::fs::write(&path, heif(b"heic", &[whole, small])).expect("it can be written");
    let quick = thumbnail(&path, 48).expect("it opens");
    assert_eq!(quick.dimensions(), (48, 32));
    assert_near(*quick.get_pixel(5, 5), [200, 30, 40], "the copy inside");
    let large = thumbnail(&path, 200).expect("it opens");
    assert_eq!(large.dimensions(), (96, 64));
    assert_eq!(large.get_pixel(5, 5).0[0], large.get_pixel(5, 5).0[1], "too small a copy is not taken");
}
