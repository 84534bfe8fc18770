//! Writes drawn streets as training data that a script can read without decoding pictures.
//!
//!     cargo run --release --example streetdump -- COUNT SEED OUT [WIDTH HEIGHT]
//!
//! `OUT.bin`: one record a street, WIDTH x HEIGHT RGB bytes row by row (224 x 168 where not said; resized as Pillow's bicubic
//! does). `OUT.labels`: WIDTH x HEIGHT bytes a street, the ADE20K class plus one at each pixel's centre. `OUT.jsonl`: a line
//! a street with its seed, place, reasons and clues, boxes in pixels of the packed picture.

use std::{
    fs::File,
    io::{BufWriter, Write},
};

use anyhow::{Context, Result, bail};
use fast_image_resize::{
    FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer,
    images::{Image, ImageRef},
};
use serde_json::{Value, json};
use terrasight::{
    knowledge,
    street::{self, StreetPicture, draw_many, observer::chance_of_being_right},
};

/// Width and height of the packed pictures.
#[derive(Clone, Copy)]
struct Size {
    width: u32,
    height: u32,
}

struct Record {
    pixels: Vec<u8>,
    labels: Vec<u8>,
    facts: Value,
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (count, seed, out, size) = match arguments.as_slice() {
        [count, seed, out] => (count, seed, out, Size { width: street::WIDTH / 2, height: street::HEIGHT / 2 }),
        [count, seed, out, width, height] => (
            count,
            seed,
            out,
            Size { width: width.parse().context("WIDTH")?, height: height.parse().context("HEIGHT")? },
        ),
        _ => bail!("say COUNT SEED OUT [WIDTH HEIGHT]"),
    };
    let (count, seed): (u64, u64) = (count.parse().context("COUNT")?, seed.parse().context("SEED")?);
    let create = |suffix: &str| -> Result<BufWriter<File>> {
        let path = format!("{out}.{suffix}");
        Ok(BufWriter::new(File::create(&path).with_context(|| format!("cannot write {path}"))?))
    };
    let (mut pixels, mut labels, mut lines) = (create("bin")?, create("labels")?, create("jsonl")?);
    draw_many(
        seed,
        count,
        |street| record(&street, size),
        |_, drawn| -> Result<()> {
            let drawn = drawn?;
            pixels.write_all(&drawn.pixels)?;
            labels.write_all(&drawn.labels)?;
            writeln!(lines, "{}", drawn.facts)?;
            Ok(())
        },
    )?;
    for file in [&mut pixels, &mut labels, &mut lines] {
        file.flush()?;
    }
    Ok(())
}

fn record(street: &StreetPicture, size: Size) -> Result<Record> {
    let Size { width, height } = size;
    let source = ImageRef::new(street::WIDTH, street::HEIGHT, street.pixels.as_raw(), PixelType::U8x3)?;
    let mut small = Image::new(width, height, PixelType::U8x3);
    let bicubic = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom));
    Resizer::new().resize(&source, &mut small, &bicubic)?;
    let nearest = |at: u32, from: u32, to: u32| (2 * at + 1) * from / (2 * to);
    let label = |at: u32| {
        let (x, y) = (nearest(at % width, street::WIDTH, width), nearest(at / width, street::HEIGHT, height));
        street.labels.get_pixel(x, y).0[0]
    };
    let labels = (0..width * height).map(label).collect();
    Ok(Record { pixels: small.into_vec(), labels, facts: facts(street, size) })
}

fn facts(street: &StreetPicture, size: Size) -> Value {
    let across = f64::from(size.width) / f64::from(street::WIDTH);
    let down = f64::from(size.height) / f64::from(street::HEIGHT);
    let clue = |clue: &street::VisibleClue| {
        let [x, y, width, height] = clue.bbox.map(f64::from);
        json!({
            "kind": clue.kind,
            "value": clue.value,
            "text": clue.text,
            "fact": clue.fact,
            "box": [x * across, y * down, width * across, height * down],
        })
    };
    json!({
        "seed": street.seed,
        "country_code": street.country,
        "country": knowledge::country(street.country).map(|country| country.name.as_str()),
        "city": street.city,
        "lat": street.place.lat,
        "lon": street.place.lon,
        "locatability": street.locatability,
        "ideal": chance_of_being_right(&street.clues, street.country),
        "reasons": street.reasons,
        "clues": street.clues.iter().map(clue).collect::<Vec<Value>>(),
    })
}
