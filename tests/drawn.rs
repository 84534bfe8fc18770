//! Drawn streets are told from everything else by their pixels: what travelled as pictures do is still known, and made-up
//! photographs, cartoons, pages and plots are refused.

use std::io::Cursor;

use image::{
    DynamicImage, Rgb, RgbImage,
    codecs::jpeg::JpegEncoder,
    imageops::{self, FilterType},
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use terrasight::{
    model::{drawn_score, is_drawn_street},
    street::draw,
};

fn saved(picture: &RgbImage, quality: u8) -> RgbImage {
    let mut file = Vec::new();
    JpegEncoder::new_with_quality(&mut file, quality).encode_image(picture).expect("it is encoded");
    let opened = image::load(Cursor::new(file), image::ImageFormat::Jpeg).expect("it was encoded just now");
    opened.to_rgb8()
}

/// As pictures travel: saved, cut down to at least `least` of each side, resized to 0.4 to 2 times (the longer side at
/// least 160 pixels), saved again; some of it or all.
fn travelled(picture: &RgbImage, least: f64, rng: &mut ChaCha8Rng) -> RgbImage {
    let mut picture = picture.clone();
    if rng.random_bool(0.3) {
        picture = saved(&picture, rng.random_range(60..=95));
    }
    if rng.random_bool(0.5) {
        let part = |length: u32, rng: &mut ChaCha8Rng| {
            let kept = (f64::from(length) * rng.random_range(least..1.0)).round() as u32;
            (rng.random_range(0..=length - kept), kept)
        };
        let ((x, wide), (y, tall)) = (part(picture.width(), rng), part(picture.height(), rng));
        picture = imageops::crop_imm(&picture, x, y, wide, tall).to_image();
    }
    if rng.random_bool(0.6) {
        let least = 0.4f64.max(160.0 / f64::from(picture.width().max(picture.height())));
        let by = rng.random_range(least.ln()..2.0f64.ln()).exp();
        let scaled = |length: u32| (f64::from(length) * by).round() as u32;
        let filters = [FilterType::Nearest, FilterType::Triangle, FilterType::CatmullRom, FilterType::Lanczos3];
        let filter = filters[rng.random_range(0..filters.len())];
        picture = imageops::resize(&picture, scaled(picture.width()), scaled(picture.height()), filter);
    }
    if rng.random_bool(0.5) {
        picture = saved(&picture, rng.random_range(60..=95));
    }
    picture
}

/// Clouds of several sizes, 0 to 1: what rough surfaces in photographs have.
struct Clouds {
    lattice: Vec<f32>,
}

impl Clouds {
    fn new(rng: &mut ChaCha8Rng) -> Self {
        Self { lattice: (0..64 * 64).map(|_| rng.random()).collect() }
    }

    fn at(&self, x: f32, y: f32) -> f32 {
        let mut sum = 0.0;
        for octave in 0..6 {
            let scale = 2.0f32.powi(octave) / 96.0;
            let (x, y) = (x * scale, y * scale);
            let (left, top) = (x.floor(), y.floor());
            let value = |dx: f32, dy: f32| self.lattice[((top + dy) as usize % 64) * 64 + (left + dx) as usize % 64];
            let (u, v) = (x - left, y - top);
            let low = value(0.0, 0.0) * (1.0 - u) + value(1.0, 0.0) * u;
            let high = value(0.0, 1.0) * (1.0 - u) + value(1.0, 1.0) * u;
            sum += (low * (1.0 - v) + high * v) * 0.5f32.powi(octave + 1);
        }
        sum
    }
}

/// A drawn street under the textures of a photograph: same layout, same colours, rough surfaces.
fn textured(seed: u64, rng: &mut ChaCha8Rng) -> RgbImage {
    let (street, clouds) = (draw(seed), Clouds::new(rng));
    let mut picture = street.pixels;
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        let shift = f32::from(street.labels.get_pixel(x, y).0[0]) * 17.0;
        let by = 0.25 + 1.5 * clouds.at(x as f32 * 4.0 + shift, y as f32 * 4.0);
        *pixel = Rgb(pixel.0.map(|part| (f32::from(part) * by).clamp(0.0, 255.0) as u8));
    }
    picture
}

/// Pictures that are no drawn streets, each with what it is.
fn others(rng: &mut ChaCha8Rng) -> Vec<(String, RgbImage)> {
    let mut pictures = Vec::new();
    for seed in 0..8 {
        pictures.push((format!("textured street {seed}"), textured(2_000_000 + seed, rng)));
        let clouds = Clouds::new(rng);
        let colour: [f32; 3] = rng.random();
        let landscape = RgbImage::from_fn(320, 240, |x, y| {
            let rough = 120.0 + 220.0 * (clouds.at(x as f32 * 3.0, y as f32 * 3.0) - 0.5);
            Rgb(colour.map(|part| (rough * (0.5 + part)) as u8))
        });
        pictures.push((format!("clouds {seed}"), landscape));
        let (from, to): ([u8; 3], [u8; 3]) = (rng.random(), rng.random());
        let gradient = RgbImage::from_fn(300, 200, |_, y| {
            let t = y as f32 / 199.0;
            Rgb([0, 1, 2].map(|part| (f32::from(from[part]) * (1.0 - t) + f32::from(to[part]) * t) as u8))
        });
        pictures.push((format!("gradient {seed}"), gradient));
        pictures.push((format!("plain {seed}"), RgbImage::from_pixel(200, 150, Rgb(from))));
        let mut cartoon =
            RgbImage::from_fn(400, 300, |_, y| Rgb(if y < 160 { [110, 190, 250] } else { [70, 180, 60] }));
        for _ in 0..12 {
            let colour: [u8; 3] = rng.random();
            let (x, y) = (rng.random_range(0..340u32), rng.random_range(40..240u32));
            let (wide, tall) = (rng.random_range(10..60u32), rng.random_range(10..60u32));
            for (x, y) in (x..x + wide).flat_map(|x| (y..y + tall).map(move |y| (x, y))) {
                cartoon.put_pixel(x, y, Rgb(colour));
            }
        }
        pictures.push((format!("cartoon {seed}"), cartoon));
        let page = RgbImage::from_fn(500, 700, |x, y| {
            let ink = y % 20 > 8 && x > 40 && x < 460 && (x / 3 * 7919 + y / 20 * 104_729 + seed as u32) % 5 < 3;
            Rgb(if ink { [20; 3] } else { [252; 3] })
        });
        pictures.push((format!("page {seed}"), page));
        let street = draw(2_000_100 + seed).pixels;
        let mut window = RgbImage::from_pixel(1000, 700, Rgb([27, 27, 27]));
        imageops::overlay(&mut window, &street, 20, 60);
        pictures.push((format!("window with a street {seed}"), window));
        let mut inverted = DynamicImage::ImageRgb8(street);
        inverted.invert();
        pictures.push((format!("inverted street {seed}"), inverted.to_rgb8()));
    }
    pictures
}

/// The seeds whose streets are refused, with their scores; as drawn, or as pictures travel, cut to at least `least` of a side.
fn refused(seeds: std::ops::Range<u64>, least: Option<f64>) -> Vec<(u64, f32)> {
    let refused = |seed: u64| {
        let street = draw(seed).pixels;
        let picture = match least {
            Some(least) => travelled(&street, least, &mut ChaCha8Rng::seed_from_u64(seed)),
            None => street,
        };
        let score = drawn_score(&picture);
        (score < 0.0).then_some((seed, score))
    };
    seeds.into_par_iter().filter_map(refused).collect()
}

#[test]
fn drawn_streets_are_known() {
    let whole = refused(2_000_200..2_000_240, None);
    assert!(whole.is_empty(), "{whole:?}");
    let travelled = refused(2_000_240..2_000_280, Some(0.5));
    assert!(travelled.is_empty(), "{travelled:?}");
}

#[test]
#[ignore = "slow: 5,000 streets, run by .ci/run"]
fn at_most_one_drawn_street_in_a_thousand_is_refused() {
    let whole = refused(1_010_000..1_011_250, None);
    let travelled = refused(1_011_250..1_015_000, Some(0.5));
    println!("refused of 1,250 as drawn: {whole:?}; of 3,750 that travelled: {travelled:?}");
    assert!(whole.len() + travelled.len() <= 5, "{whole:?} {travelled:?}");
}

#[test]
fn other_pictures_are_refused() {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let others = others(&mut rng);
    let through: Vec<String> = others
        .iter()
        .filter(|(_, picture)| is_drawn_street(picture))
        .map(|(name, picture)| format!("{name}: {}", drawn_score(picture)))
        .collect();
    // A drawn street in negative is still made as drawn streets are, and some pass (`assets/drawn/README.md`).
    assert!(through.iter().all(|name| name.starts_with("inverted street")), "{through:?}");
}

#[test]
fn a_picture_without_pixels_is_no_street() {
    assert!(!is_drawn_street(&RgbImage::new(0, 0)));
}
