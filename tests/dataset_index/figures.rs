//! What indexing costs.

use std::{fs, time::Instant};

use image::ImageFormat;
use rusqlite::Connection;
use terrasight::dataset::{
    self, Index,
    export::{self, ExportForm},
};

use crate::set::*;

/// `cargo test --release --test dataset_index -- --ignored --nocapture figures`: what indexing costs.
#[test]
#[ignore = "measures; takes a minute"]
fn figures() -> Outcome {
    let mut set = Set::new()?;
    for seed in 0..250 {
        let jpeg = encoded(&terrasight::street::draw(seed).pixels, ImageFormat::Jpeg)?;
        // Drawing takes longer than reading; what follows a picture's end makes another file of it.
        for copy in 0..8_u8 {
            fs::write(set.picture(&format!("{seed:04}-{copy}.jpg")), [&jpeg[..], &[copy]].concat())?;
        }
    }
    let run = set.run()?;
    println!("indexing: {:.0} pictures/s without a scorer", run.summary.done as f64 / run.summary.seconds);
    let again = set.run()?;
    println!("indexing again: {:.3} s", again.summary.seconds);
    let file = set.index.path().to_owned();
    drop(set.index);
    println!("index: {} bytes a picture", fs::metadata(&file)?.len() / 2000);
    let mut near: Vec<u32> = Vec::new();
    let mut hashes: Vec<u64> = Index::open(&file)?.rows()?.iter().filter_map(|row| row.hash).collect();
    hashes.sort_unstable();
    hashes.dedup();
    for (at, a) in hashes.iter().enumerate() {
        near.extend(hashes[at + 1..].iter().map(|b| (a ^ b).count_ones()));
    }
    near.sort_unstable();
    println!("bits between two streets: least {}, one in a thousand {}", near[0], near[near.len() / 1000]);

    // A hundred thousand rows, copied from these.
    let connection = Connection::open(&file)?;
    connection.execute_batch(
        "INSERT INTO pictures SELECT id + 2000 * n, path || '.' || n, bytes, modified, sha256 || n, width, height, taken,
             random() % 90 * 0.9, random() % 180 * 0.9, 'exif', 'FR', 'Paris', abs(random() % 1000) / 1000.0, 'x',
             random(), 0, NULL, NULL, written, revision, NULL, NULL
         FROM pictures, (WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 49) SELECT n FROM t);
         INSERT INTO thumbnails SELECT id + 2000 * n, jpeg FROM thumbnails,
             (WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 49) SELECT n FROM t);",
    )?;
    drop(connection);
    let begin = Instant::now();
    let index = Index::open(&file)?;
    println!("opening an index of 100,000: {:.3} s", begin.elapsed().as_secs_f64());
    let begin = Instant::now();
    let rows = index.rows()?;
    println!("{} rows: {:.3} s", rows.len(), begin.elapsed().as_secs_f64());
    let begin = Instant::now();
    for row in rows.iter().step_by(100) {
        index.thumbnail(row.id)?.ok_or("no thumbnail")?;
    }
    println!("a thumbnail: {:.1} us", begin.elapsed().as_secs_f64() * 1e6 / 1000.0);
    for distance in [0, 4, 8, 10] {
        let begin = Instant::now();
        let groups = dataset::duplicates(&rows, distance);
        println!("duplicates within {distance}: {} groups, {:.2} s", groups.len(), begin.elapsed().as_secs_f64());
    }
    for (form, out) in [(ExportForm::Csv, "out.csv"), (ExportForm::GeoParquet, "out.parquet")] {
        let begin = Instant::now();
        export::export(&index, &rows, form, &set.home.path().join(out), false, &mut |_| true)?;
        let bytes = fs::metadata(set.home.path().join(out))?.len();
        println!("{form:?}: {:.2} s, {bytes} bytes", begin.elapsed().as_secs_f64());
    }
    Ok(())
}
