//! One evaluation: each picture goes to the model as a user's would, and what comes back is held against what is true.

use std::{
    cell::OnceCell,
    collections::{HashMap, HashSet},
    io::Cursor,
    ops::Range,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    time::Instant,
};

use image::{RgbImage, codecs::jpeg::JpegEncoder};

use super::{
    EvalError,
    config::{EvalConfig, EvalData},
    results::{ResultRow, Results},
    thumbnail::Thumbnails,
};
use crate::{
    dataset::{Manifest, Sample, table::TableOptions},
    geo::{self, LatLon},
    picture::Picture,
    predict::{Finding, finding::Candidate},
    street::{self, ClueKind, VisibleClue, observer::chance_of_being_right},
};

/// Answers for one picture; the error is one line.
pub type Locate<'a> = dyn FnMut(&Picture) -> Result<Finding, String> + 'a;

/// Where an evaluation stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress<'a> {
    /// Pictures done, those of an earlier run counted.
    pub done: usize,
    /// All pictures.
    pub pictures: usize,
    /// The result that has just come in.
    pub row: &'a ResultRow,
}

/// The pictures of an evaluation.
#[derive(Debug)]
pub enum Pictures {
    /// The lines of a manifest.
    Listed(Vec<Sample>),
    /// Drawn streets: their seeds, and the quality of the JPEG that the model sees.
    Drawn {
        /// The seeds.
        seeds: Range<u64>,
        /// The quality.
        quality: u8,
        /// From how many streets the thumbnail classifier learns; 0 for none.
        thumbnail_streets: u64,
        /// The classifier, once the first picture has been asked for.
        thumbnails: OnceCell<Thumbnails>,
    },
}

impl Pictures {
    /// The pictures that an evaluation file names. A manifest is read; no picture is opened.
    pub fn open(data: &EvalData) -> Result<Self, EvalError> {
        let limit = data.limit.unwrap_or(usize::MAX);
        match (&data.manifest, data.streets) {
            (Some(file), _) => {
                let options = TableOptions { columns: data.columns.clone(), root: data.root.clone() };
                Self::listed(file, &options, limit)
            }
            (None, streets) => {
                let (seed, count) = streets.map_or((0, 0), |streets| (streets.seed, streets.count));
                Ok(Self::Drawn {
                    seeds: seed..seed + count.min(limit as u64),
                    quality: data.jpeg_quality,
                    thumbnail_streets: data.thumbnail_streets,
                    thumbnails: OnceCell::new(),
                })
            }
        }
    }

    /// At most so many pictures of a table that says where they were taken. It is read; no picture is opened.
    pub fn listed(file: &Path, options: &TableOptions, limit: usize) -> Result<Self, EvalError> {
        let mut samples = Manifest::read(file, options)?.samples;
        samples.truncate(limit);
        // Results are kept by name, so that a broken-off run knows what it has done.
        let mut seen = HashSet::new();
        match samples.iter().find(|sample| !seen.insert(&sample.name)) {
            Some(twice) => Err(EvalError::Twice { file: file.to_owned(), picture: twice.name.clone() }),
            None => Ok(Self::Listed(samples)),
        }
    }

    /// Drawn streets of these seeds, saved as JPEG of this quality; no classifier guesses beside the model.
    pub fn drawn(seeds: Range<u64>, quality: u8) -> Self {
        Self::Drawn { seeds, quality, thumbnail_streets: 0, thumbnails: OnceCell::new() }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        match self {
            Self::Listed(samples) => samples.len(),
            Self::Drawn { seeds, .. } => (seeds.end - seeds.start) as usize,
        }
    }

    /// What they are, in words.
    pub fn describe(&self, config: &EvalConfig) -> String {
        match self {
            Self::Listed(_) => {
                config.data.manifest.as_deref().map_or_else(String::new, |file| file.display().to_string())
            }
            Self::Drawn { seeds, quality, .. } => {
                format!("drawn streets {} to {}, JPEG quality {quality}", seeds.start, seeds.end.saturating_sub(1))
            }
        }
    }

    /// What picture `index` is called in the results.
    pub(super) fn name(&self, index: usize) -> String {
        match self {
            Self::Listed(samples) => samples[index].name.clone(),
            Self::Drawn { seeds, .. } => format!("street {}", seeds.start + index as u64),
        }
    }

    /// Picture `index` as the model sees it, and a row with what is true of it.
    pub(super) fn get(&self, index: usize) -> (Result<Picture, String>, ResultRow) {
        match self {
            Self::Listed(samples) => listed(&samples[index]),
            Self::Drawn { seeds, quality, thumbnail_streets, thumbnails } => {
                let learn = || thumbnails.get_or_init(|| Thumbnails::learn(*thumbnail_streets));
                drawn(seeds.start + index as u64, index, *quality, (*thumbnail_streets > 0).then(learn))
            }
        }
    }
}

fn listed(sample: &Sample) -> (Result<Picture, String>, ResultRow) {
    let row = ResultRow {
        picture: sample.name.clone(),
        true_latitude: sample.position.lat,
        true_longitude: sample.position.lon,
        true_country: sample.country.or_else(|| geo::country_at(sample.position).map(|country| country.code)),
        true_city: sample.city.clone(),
        locatability: sample.locatability,
        ..ResultRow::default()
    };
    (Picture::open(&sample.path).map_err(|error| error.to_string()), row)
}

fn drawn(
    seed: u64,
    index: usize,
    quality: u8,
    thumbnails: Option<&Thumbnails>,
) -> (Result<Picture, String>, ResultRow) {
    let street = street::draw(seed);
    let words: Vec<VisibleClue> = street.clues.iter().filter(|clue| is_word(clue.kind)).cloned().collect();
    let right = |clues: &[VisibleClue]| Some(chance_of_being_right(clues, street.country));
    let row = ResultRow {
        picture: format!("street {seed}"),
        true_latitude: street.place.lat,
        true_longitude: street.place.lon,
        true_country: Some(street.country),
        true_city: Some(street.city.clone()),
        locatability: Some(street.locatability),
        has_words: Some(!words.is_empty()),
        ideal: right(&street.clues),
        ideal_of_words: right(&words),
        thumbnail_country: thumbnails.and_then(|thumbnails| thumbnails.guess(&street.pixels)),
        ..ResultRow::default()
    };
    // Neither name nor bytes tell the seed.
    let picture = jpeg(&street.pixels, quality).and_then(|bytes| {
        Picture::from_bytes(&format!("IMG_{index:04}.jpg"), &bytes).map_err(|error| error.to_string())
    });
    (picture, row)
}

fn is_word(kind: ClueKind) -> bool {
    matches!(kind, ClueKind::Word | ClueKind::StopWord)
}

fn jpeg(pixels: &RgbImage, quality: u8) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(Cursor::new(&mut bytes), quality);
    pixels.write_with_encoder(encoder).map_err(|error| error.to_string())?;
    Ok(bytes)
}

/// Lets `locate` answer for every picture that `file`, the results of an earlier run, does not hold, and gives all rows
/// in the pictures' order. A picture that fails alone has its error in its row. `None` where `cancel` ended it early.
pub fn answer_all(
    pictures: &Pictures,
    file: &Path,
    locate: &mut Locate<'_>,
    cancel: &AtomicBool,
    on_progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Option<Vec<ResultRow>>, EvalError> {
    let (mut results, earlier) = Results::open(file)?;
    let mut known: HashMap<String, ResultRow> = earlier.into_iter().map(|row| (row.picture.clone(), row)).collect();
    let n_known = (0..pictures.count()).filter(|&index| known.contains_key(&pictures.name(index))).count();
    let mut rows = Vec::with_capacity(pictures.count());
    let mut done = n_known;
    for index in 0..pictures.count() {
        if let Some(row) = known.remove(&pictures.name(index)) {
            rows.push(row);
            continue;
        }
        if cancel.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let (picture, mut row) = pictures.get(index);
        let begun = Instant::now();
        match picture.and_then(|picture| locate(&picture)) {
            Ok(finding) => fill(&mut row, &finding),
            // A cancelled answer is no failed one.
            Err(_) if cancel.load(Ordering::Relaxed) => return Ok(None),
            Err(error) => row.error = Some(error),
        }
        row.seconds = begun.elapsed().as_secs_f64();
        results.add(&row)?;
        done += 1;
        on_progress(Progress { done, pictures: pictures.count(), row: &row });
        rows.push(row);
    }
    Ok(Some(rows))
}

/// Takes over from a finding what the measures need.
fn fill(row: &mut ResultRow, finding: &Finding) {
    let answer = finding.answer.as_ref();
    let country = answer.and_then(|answer| answer.country.as_deref());
    row.country = country.and_then(geo::country_named).map(|country| country.code);
    row.city = answer.and_then(|answer| answer.city.clone()).filter(|city| !city.trim().is_empty());
    let likeliest = finding.countries.iter().max_by(|a, b| a.probability.total_cmp(&b.probability));
    row.likeliest_country = likeliest.map(|share| share.country_code);
    row.probability = likeliest.map(|share| share.probability);
    if let Some(first) = finding.candidates.first().and_then(Candidate::position) {
        row.latitude = Some(first.lat);
        row.longitude = Some(first.lon);
        row.distance_km = LatLon::new(row.true_latitude, row.true_longitude).map(|truth| truth.distance_km(first));
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use serde_json::json;

    use super::*;

    /// A finding that names France and its capital.
    fn france() -> Finding {
        let finding = json!({
            "picture": { "path": "p", "sha256": "", "width": 1, "height": 1 },
            "model": { "name": "m", "adapters": [], "device": "CPU", "seed": 0 },
            "settings": { "max_new_tokens": 1, "temperature": 0.0, "top_p": 1.0 },
            "answer": { "country": "france", "city": "Paris", "reasons": [] },
            "reasoning": "",
            "candidates": [{ "rank": 1, "lat": 48.8566, "lon": 2.3522, "probability": 0.5, "country": "France",
                "country_code": "FR", "region": "", "city": "Paris" }],
            "credible_km": { "p50": 1.0, "p90": 2.0 },
            "probability_kind": "raw",
            "countries": [{ "country_code": "BE", "probability": 0.2 }, { "country_code": "FR", "probability": 0.7 }],
            "evidence": [], "locatability": null, "problems": [],
        });
        serde_json::from_value(finding).unwrap()
    }

    #[test]
    fn a_broken_picture_fails_alone_and_a_second_run_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.png", "b.png"] {
            street::draw(1).pixels.save(folder.path().join(name)).unwrap();
        }
        std::fs::write(folder.path().join("broken.png"), "no picture").unwrap();
        let table = "path,latitude,longitude,country_code,city\na.png,51.5074,-0.1278,GB,London\n\
                     broken.png,1,1,FR,Lyon\nb.png,48.8566,2.3522,FR,paris\n";
        let manifest = folder.path().join("manifest.csv");
        std::fs::write(&manifest, table).unwrap();
        let data = toml::from_str(&format!("manifest = {manifest:?}")).unwrap();
        let pictures = Pictures::open(&data).unwrap();
        let file = folder.path().join("results.csv");
        let asked = Cell::new(0);
        let evaluate = |stop_after: usize| {
            let cancel = AtomicBool::new(false);
            let mut locate = |_: &Picture| {
                asked.set(asked.get() + 1);
                Ok(france())
            };
            let mut on_progress = |now: Progress<'_>| {
                if now.done == stop_after {
                    cancel.store(true, Ordering::Relaxed);
                }
            };
            answer_all(&pictures, &file, &mut locate, &cancel, &mut on_progress).unwrap()
        };
        assert!(evaluate(1).is_none(), "stopped after the first picture");
        let rows = evaluate(usize::MAX).unwrap();
        assert_eq!(asked.get(), 2, "no picture is asked for twice");
        assert_eq!(rows.len(), 3);
        assert!((rows[0].distance_km.unwrap() - 343.6).abs() < 1.0);
        assert_eq!((rows[0].country.unwrap().as_str(), rows[0].true_country.unwrap().as_str()), ("FR", "GB"));
        assert_eq!((rows[0].likeliest_country.unwrap().as_str(), rows[0].probability), ("FR", Some(0.7)));
        assert!(rows[1].error.as_deref().unwrap().contains("broken.png"), "{:?}", rows[1].error);
        assert_eq!(rows[2].distance_km, Some(0.0));
    }

    #[test]
    fn drawn_streets_come_as_jpeg_under_other_names() {
        let data = toml::from_str("streets = { seed = 1000000, count = 3 }\nthumbnail_streets = 0\nlimit = 1").unwrap();
        let pictures = Pictures::open(&data).unwrap();
        assert_eq!(pictures.count(), 1);
        let (picture, row) = pictures.get(0);
        assert_eq!(picture.unwrap().name, "IMG_0000.jpg");
        assert_eq!(row.picture, "street 1000000");
        assert!(row.ideal.is_some_and(|chance| (0.0..=1.0).contains(&chance)));
        assert_eq!(row.thumbnail_country, None);
    }

    #[test]
    fn a_manifest_is_read_as_the_file_says() {
        let folder = tempfile::tempdir().unwrap();
        let manifest = folder.path().join("m.csv");
        std::fs::write(&manifest, "where,n,e,path\na.png,1,2,x\n").unwrap();
        let open = |more: &str| {
            let data = toml::from_str(&format!("manifest = {manifest:?}\n{more}")).unwrap();
            Pictures::open(&data)
        };
        let Pictures::Listed(samples) =
            open("columns = \"path=where,latitude=n,longitude=e\"\nroot = \"pictures\"").unwrap()
        else {
            panic!("it is a manifest")
        };
        assert_eq!((samples[0].path.as_path(), samples[0].position.lon), (Path::new("pictures/a.png"), 2.0));
        assert!(open("").is_err_and(|error| error.to_string().contains("no column 'latitude'")));
    }

    #[test]
    fn a_picture_listed_twice_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let manifest = folder.path().join("manifest.csv");
        std::fs::write(&manifest, "path,latitude,longitude\na.png,1,1\na.png,2,2\n").unwrap();
        let data = toml::from_str(&format!("manifest = {manifest:?}")).unwrap();
        assert!(matches!(Pictures::open(&data), Err(EvalError::Twice { .. })));
    }
}
