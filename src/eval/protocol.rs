//! One evaluation: each picture goes to the model as a user's would, and what comes back is held against what is true.

use std::{
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
    dataset::{Manifest, Sample},
    geo::{self, LatLon},
    picture::Picture,
    predict::Finding,
    street,
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
pub enum Pictures {
    /// The lines of a manifest.
    Listed(Vec<Sample>),
    /// Drawn streets: their seeds, and the quality of the JPEG that the model sees.
    Drawn {
        /// The seeds.
        seeds: Range<u64>,
        /// The quality.
        quality: u8,
        /// Guesses by colours alone, to stand beside the model.
        thumbnails: Option<Thumbnails>,
    },
}

impl Pictures {
    /// The pictures that an evaluation file names. A manifest is read; no picture is opened.
    pub fn open(data: &EvalData) -> Result<Self, EvalError> {
        let limit = data.limit.unwrap_or(usize::MAX);
        match (&data.manifest, data.streets) {
            (Some(file), _) => {
                let mut samples = Manifest::read(file)?.samples;
                samples.truncate(limit);
                // Results are kept by name, so that a broken-off run knows what it has done.
                let mut seen = HashSet::new();
                match samples.iter().find(|sample| !seen.insert(&sample.name)) {
                    Some(twice) => Err(EvalError::Twice { file: file.clone(), picture: twice.name.clone() }),
                    None => Ok(Self::Listed(samples)),
                }
            }
            (None, streets) => {
                let (seed, count) = streets.map_or((0, 0), |streets| (streets.seed, streets.count));
                let thumbnails = (data.thumbnail_streets > 0).then(|| Thumbnails::learn(data.thumbnail_streets));
                Ok(Self::Drawn { seeds: seed..seed + count.min(limit as u64), quality: data.jpeg_quality, thumbnails })
            }
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
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
    fn name(&self, index: usize) -> String {
        match self {
            Self::Listed(samples) => samples[index].name.clone(),
            Self::Drawn { seeds, .. } => format!("street {}", seeds.start + index as u64),
        }
    }

    /// Picture `index` as the model sees it, and a row with what is true of it.
    fn get(&self, index: usize) -> (Result<Picture, String>, ResultRow) {
        match self {
            Self::Listed(samples) => listed(&samples[index]),
            Self::Drawn { seeds, quality, thumbnails } => {
                drawn(seeds.start + index as u64, index, *quality, thumbnails.as_ref())
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
    let row = ResultRow {
        picture: format!("street {seed}"),
        true_latitude: street.place.lat,
        true_longitude: street.place.lon,
        true_country: Some(street.country),
        true_city: Some(street.city.clone()),
        locatability: Some(street.locatability),
        ideal: Some(street::observer::chance_of_being_right(&street.clues, street.country)),
        thumbnail_country: thumbnails.and_then(|thumbnails| thumbnails.guess(&street.pixels)),
        ..ResultRow::default()
    };
    // Neither name nor bytes tell the seed.
    let picture = jpeg(&street.pixels, quality).and_then(|bytes| {
        Picture::from_bytes(&format!("IMG_{index:04}.jpg"), &bytes).map_err(|error| error.to_string())
    });
    (picture, row)
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
    let n_known = (0..pictures.len()).filter(|&index| known.contains_key(&pictures.name(index))).count();
    let mut rows = Vec::with_capacity(pictures.len());
    let mut done = n_known;
    for index in 0..pictures.len() {
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
        on_progress(Progress { done, pictures: pictures.len(), row: &row });
        rows.push(row);
    }
    Ok(Some(rows))
}

/// Takes over from a finding what the measures need.
fn fill(row: &mut ResultRow, finding: &Finding) {
    row.country = finding.answer.country.as_deref().and_then(geo::country_named).map(|country| country.code);
    row.city = finding.answer.city.clone().filter(|city| !city.trim().is_empty());
    let likeliest = finding.countries.iter().max_by(|a, b| a.probability.total_cmp(&b.probability));
    row.likeliest_country = likeliest.map(|share| share.country_code);
    row.probability = likeliest.map(|share| share.probability);
    if let Some(first) = finding.candidates.first().and_then(|candidate| candidate.position()) {
        row.latitude = Some(first.lat);
        row.longitude = Some(first.lon);
        row.distance_km = LatLon::new(row.true_latitude, row.true_longitude).map(|truth| truth.distance_km(first));
    }
}
