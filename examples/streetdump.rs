//! Writes drawn streets as training data that a script can read without decoding pictures.
//!
//!     cargo run --release --example streetdump -- COUNT SEED OUT
//!
//! `OUT.bin`: one record a street, 224 x 168 RGB bytes row by row (resized as Pillow's bicubic does). `OUT.labels`: 28 x 21
//! bytes a street, the ADE20K class plus one at the centre of each 8 x 8 field. `OUT.jsonl`: a line a street with its seed,
//! place, reasons and clues, boxes in pixels of the small picture.

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

const WIDTH: u32 = street::WIDTH / 2;
const HEIGHT: u32 = street::HEIGHT / 2;
/// Edge of the field that a label stands for, in pixels of the full picture.
const FIELD: u32 = 16;

struct Record {
    pixels: Vec<u8>,
    labels: Vec<u8>,
    facts: Value,
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [count, seed, out] = arguments.as_slice() else { bail!("say COUNT SEED OUT") };
    let (count, seed): (u64, u64) = (count.parse().context("COUNT")?, seed.parse().context("SEED")?);
    let create = |suffix: &str| -> Result<BufWriter<File>> {
        let path = format!("{out}.{suffix}");
        Ok(BufWriter::new(File::create(&path).with_context(|| format!("cannot write {path}"))?))
    };
    let (mut pixels, mut labels, mut lines) = (create("bin")?, create("labels")?, create("jsonl")?);
    draw_many(
        seed,
        count,
        |street| record(&street),
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

fn record(street: &StreetPicture) -> Result<Record> {
    let source = ImageRef::new(street::WIDTH, street::HEIGHT, street.pixels.as_raw(), PixelType::U8x3)?;
    let mut small = Image::new(WIDTH, HEIGHT, PixelType::U8x3);
    let bicubic = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom));
    Resizer::new().resize(&source, &mut small, &bicubic)?;
    let (columns, rows) = (street::WIDTH / FIELD, street::HEIGHT / FIELD);
    let centre = |at: u32| at * FIELD + FIELD / 2;
    let fields = (0..rows * columns).map(|at| street.labels.get_pixel(centre(at % columns), centre(at / columns)).0[0]);
    Ok(Record { pixels: small.into_vec(), labels: fields.collect(), facts: facts(street) })
}

fn facts(street: &StreetPicture) -> Value {
    let clue = |clue: &street::VisibleClue| {
        json!({
            "kind": clue.kind,
            "value": clue.value,
            "text": clue.text,
            "fact": clue.fact,
            "box": clue.bbox.map(|side| f64::from(side) / 2.0),
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
