//! The pictures of an evaluation, each as the model sees it and with what is true of it.

use std::{cell::OnceCell, collections::HashSet, io::Cursor, ops::Range, path::Path};

use image::{RgbImage, codecs::jpeg::JpegEncoder};
use sha2::{Digest as _, Sha256};

use super::{EvalError, config::EvalData, results::ResultRow, thumbnail::Thumbnails};
use crate::{
    dataset::{Index, Manifest, Row, Sample, table::TableOptions},
    geo::{self, LatLon},
    picture::{Picture, hexadecimal},
    street::{self, ClueKind, VisibleClue, observer::chance_of_being_right},
};

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
    /// The pictures that an evaluation file names. A table or an index is read; no picture is opened.
    pub fn open(data: &EvalData) -> Result<Self, EvalError> {
        let limit = data.limit.unwrap_or(usize::MAX);
        if let Some(file) = &data.manifest {
            let options = TableOptions { columns: data.columns.clone(), root: data.root.clone() };
            return Self::listed(file, &options, limit);
        }
        if let Some(file) = &data.index {
            return Self::indexed(file, limit);
        }
        let (seed, count) = data.streets.map_or((0, 0), |streets| (streets.seed, streets.count));
        Ok(Self::Drawn {
            seeds: seed..seed + count.min(limit as u64),
            quality: data.jpeg_quality,
            thumbnail_streets: data.thumbnail_streets,
            thumbnails: OnceCell::new(),
        })
    }

    /// At most so many pictures of a data set's index, of those whose place is known and whose file could be read.
    fn indexed(file: &Path, limit: usize) -> Result<Self, EvalError> {
        let index = Index::open(file)?;
        let root = index.root()?;
        let is_usable = |row: &Row| row.error.is_none();
        let samples = index.rows()?.into_iter().filter(is_usable).filter_map(|row| of_row(&root, row));
        match samples.take(limit).collect::<Vec<_>>() {
            none if none.is_empty() => Err(EvalError::NoPlaces(file.to_owned())),
            samples => Ok(Self::Listed(samples)),
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

    /// The SHA-256 of what is said of them: every name with its place; none of drawn streets, which their seeds decide.
    pub fn sha256(&self) -> Option<String> {
        let Self::Listed(samples) = self else { return None };
        let mut sha = Sha256::new();
        for Sample { name, position: LatLon { lat, lon }, country, city, .. } in samples {
            let line = serde_json::json!([name, lat, lon, country, city]);
            sha.update(format!("{line}\n"));
        }
        Some(hexadecimal(&sha.finalize()))
    }

    /// What picture `index` is called in the results.
    pub fn name(&self, index: usize) -> String {
        match self {
            Self::Listed(samples) => samples[index].name.clone(),
            Self::Drawn { seeds, .. } => format!("street {}", seeds.start + index as u64),
        }
    }

    /// Picture `index` as the model sees it, and a row with what is true of it.
    pub fn get(&self, index: usize) -> (Result<Picture, String>, ResultRow) {
        match self {
            Self::Listed(samples) => listed(&samples[index]),
            Self::Drawn { seeds, quality, thumbnail_streets, thumbnails } => {
                let learn = || thumbnails.get_or_init(|| Thumbnails::learn(*thumbnail_streets));
                drawn(seeds.start + index as u64, index, *quality, (*thumbnail_streets > 0).then(learn))
            }
        }
    }
}

/// A row of an index as a sample; none where its place is not known.
fn of_row(root: &Path, row: Row) -> Option<Sample> {
    Some(Sample {
        path: row.file(root),
        name: row.path.to_string_lossy().into_owned(),
        position: row.position?,
        country: row.country,
        city: row.city,
        locatability: row.locatability,
        clues: Vec::new(),
        reasons: Vec::new(),
    })
}

fn listed(sample: &Sample) -> (Result<Picture, String>, ResultRow) {
    let row = ResultRow {
        picture: sample.name.clone(),
        true_latitude: sample.position.lat,
        true_longitude: sample.position.lon,
        true_country: sample.country.or_else(|| geo::country_at(sample.position).map(|country| country.code)),
        true_region: region_at(sample.position),
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
        true_region: region_at(street.place),
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

/// The first-level division that the nearest town lies in, as a candidate's is found.
fn region_at(place: LatLon) -> Option<String> {
    geo::nearest_place(place).map(|town| town.region).filter(|region| !region.is_empty())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawn_streets_come_as_jpeg_under_other_names() {
        let data = toml::from_str("streets = { seed = 1000000, count = 3 }\nthumbnail_streets = 0\nlimit = 1").unwrap();
        let pictures = Pictures::open(&data).unwrap();
        assert_eq!(pictures.count(), 1);
        let (picture, row) = pictures.get(0);
        assert_eq!(picture.unwrap().name, "IMG_0000.jpg");
        assert_eq!((row.picture.as_str(), pictures.sha256()), ("street 1000000", None));
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

    #[test]
    fn a_list_is_another_one_when_a_place_in_it_moves() {
        let folder = tempfile::tempdir().unwrap();
        let manifest = folder.path().join("manifest.csv");
        let data = toml::from_str(&format!("manifest = {manifest:?}")).unwrap();
        let [one, moved, again] = ["1,1", "1,2", "1,1"].map(|place| {
            std::fs::write(&manifest, format!("path,latitude,longitude\na.png,{place}\n")).unwrap();
            Pictures::open(&data).unwrap().sha256().unwrap()
        });
        assert!(one == again && one != moved);
    }
}
