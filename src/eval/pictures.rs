//! The pictures of an evaluation, each as the model sees it and with what is true of it.

use std::{
    cell::OnceCell,
    collections::{HashMap, HashSet, hash_map::Entry},
    io::Cursor,
    ops::Range,
    path::Path,
};

use image::{RgbImage, codecs::jpeg::JpegEncoder};
use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use super::{EvalError, config::EvalData, results::ResultRow, thumbnail::Thumbnails};
use crate::{
    dataset::{Example, Label, Manifest, Source, table::TableOptions},
    geo::{self, CountryCode, LatLon},
    picture::{Picture, hexadecimal, sha256_of},
    street::{self, ClueKind, VisibleClue, observer::chance_of_being_right},
    train::data::Data,
};

/// The pictures of an evaluation.
#[derive(Debug)]
pub enum Pictures {
    /// Examples that say where they were taken, or in which country, and how many others there were.
    Listed(Vec<Example>, usize),
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
    /// The pictures that an evaluation file names. Its sources are read; no picture is opened but those of folders, for their
    /// metadata.
    pub fn open(data: &EvalData) -> Result<Self, EvalError> {
        let limit = data.limit.unwrap_or(usize::MAX);
        if let Some(file) = &data.manifest {
            let options = TableOptions { columns: data.columns.clone(), root: data.root.clone() };
            return Self::listed(file, &options, limit);
        }
        if !data.sources.is_empty() {
            return Self::of_sources(&data.sources, limit);
        }
        if let Some(file) = &data.index {
            return Self::of_sources(&[Source::at(file)], limit);
        }
        let (seed, count) = data.streets.map_or((0, 0), |streets| (streets.seed, streets.count));
        Ok(Self::Drawn {
            seeds: seed..seed + count.min(limit as u64),
            quality: data.jpeg_quality,
            thumbnail_streets: data.thumbnail_streets,
            thumbnails: OnceCell::new(),
        })
    }

    /// At most so many pictures of these sources, of those whose place or country is known, be it by what a conversation ends
    /// with. A picture of which there are several conversations is one picture, and pictures of one name in several sources are
    /// told apart by their paths.
    fn of_sources(sources: &[Source], limit: usize) -> Result<Self, EvalError> {
        let mut examples: Vec<Example> = Vec::new();
        let mut known: HashMap<String, usize> = HashMap::new();
        let mut n_left_out = 0;
        for source in sources {
            let read = Data::read(std::slice::from_ref(source))?;
            n_left_out += read.bad.len();
            for mut example in read.examples {
                let place = |example: &Example| {
                    let Label { position, country, .. } = example.label;
                    position.map_or((None, country), |at| (Some(at), None))
                };
                if place(&example) == (None, None) {
                    n_left_out += 1;
                    continue;
                }
                let is_other = |at: &usize| examples[*at].path != example.path;
                if known.get(&example.name).is_some_and(is_other) {
                    example.name = example.path.display().to_string();
                }
                match known.entry(example.name.clone()) {
                    Entry::Vacant(at) => {
                        at.insert(examples.len());
                        examples.push(example);
                    }
                    Entry::Occupied(at) if place(&examples[*at.get()]) != place(&example) => {
                        return Err(EvalError::Twice { file: source.path.clone(), picture: example.name });
                    }
                    Entry::Occupied(_) => {}
                }
            }
        }
        examples.truncate(limit);
        match (sources, examples.is_empty()) {
            ([first, ..], true) => Err(EvalError::NoPlaces(first.path.clone())),
            _ => Ok(Self::Listed(examples, n_left_out)),
        }
    }

    /// At most so many pictures of a table that says where they were taken. It is read; no picture is opened.
    pub fn listed(file: &Path, options: &TableOptions, limit: usize) -> Result<Self, EvalError> {
        let mut examples = Manifest::read(file, options)?.examples;
        examples.truncate(limit);
        // Results are kept by name, so that a broken-off run knows what it has done.
        let mut seen = HashSet::new();
        match examples.iter().find(|example| !seen.insert(&example.name)) {
            Some(twice) => Err(EvalError::Twice { file: file.to_owned(), picture: twice.name.clone() }),
            None => Ok(Self::Listed(examples, 0)),
        }
    }

    /// Drawn streets of these seeds, saved as JPEG of this quality; no classifier guesses beside the model.
    pub fn drawn(seeds: Range<u64>, quality: u8) -> Self {
        Self::Drawn { seeds, quality, thumbnail_streets: 0, thumbnails: OnceCell::new() }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        match self {
            Self::Listed(examples, _) => examples.len(),
            Self::Drawn { seeds, .. } => (seeds.end - seeds.start) as usize,
        }
    }

    /// How many more the sources have that say neither place nor country, or cannot be read.
    pub fn left_out(&self) -> usize {
        match self {
            Self::Listed(_, n) => *n,
            Self::Drawn { .. } => 0,
        }
    }

    /// The SHA-256 of what is said of them: every name with its place; none of drawn streets, which their seeds decide.
    pub fn sha256(&self) -> Option<String> {
        let Self::Listed(examples, _) = self else { return None };
        let mut sha = Sha256::new();
        for Example { name, label: Label { position, country, city, .. }, .. } in examples {
            let (lat, lon) = position.map(|LatLon { lat, lon }| (lat, lon)).unzip();
            let line = serde_json::json!([name, lat, lon, country, city]);
            sha.update(format!("{line}\n"));
        }
        Some(hexadecimal(&sha.finalize()))
    }

    /// What picture `index` is called in the results.
    pub fn name(&self, index: usize) -> String {
        match self {
            Self::Listed(examples, _) => examples[index].name.clone(),
            Self::Drawn { seeds, .. } => format!("street {}", seeds.start + index as u64),
        }
    }

    /// What each picture is known by, however it is called: listed ones by the SHA-256 of their files, which is none where a
    /// file cannot be read; drawn streets by their seeds.
    pub fn keys(&self) -> Vec<Option<String>> {
        match self {
            Self::Listed(examples, _) => examples.par_iter().map(|example| sha256_of(&example.path).ok()).collect(),
            Self::Drawn { .. } => (0..self.count()).map(|index| Some(self.name(index))).collect(),
        }
    }

    /// Where picture `index` was taken by its list, and in which country; none of drawn streets, whose seeds decide it.
    pub fn listed_place(&self, index: usize) -> Option<(LatLon, Option<CountryCode>)> {
        match self {
            Self::Listed(examples, _) => Some((examples[index].label.position?, country_of(&examples[index].label))),
            Self::Drawn { .. } => None,
        }
    }

    /// Picture `index` as the model sees it, and a row with what is true of it.
    pub fn get(&self, index: usize) -> (Result<Picture, String>, ResultRow) {
        match self {
            Self::Listed(examples, _) => listed(&examples[index]),
            Self::Drawn { seeds, quality, thumbnail_streets, thumbnails } => {
                let learn = || thumbnails.get_or_init(|| Thumbnails::learn(*thumbnail_streets));
                drawn(seeds.start + index as u64, index, *quality, (*thumbnail_streets > 0).then(learn))
            }
        }
    }
}

fn listed(example: &Example) -> (Result<Picture, String>, ResultRow) {
    let Example { name, label, .. } = example;
    let mut row = ResultRow {
        picture: name.clone(),
        true_country: country_of(label),
        true_city: label.city.clone(),
        locatability: label.locatability,
        ..ResultRow::default()
    };
    if let Some(place) = label.position {
        (row.true_latitude, row.true_longitude) = (Some(place.lat), Some(place.lon));
        row.true_region = region_at(place);
    }
    (example.open().map_err(|error| error.to_string()), row)
}

/// The country that is said, or else the one that the place lies in.
fn country_of(label: &Label) -> Option<CountryCode> {
    label.country.or_else(|| geo::country_at(label.position?).map(|country| country.code))
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
        true_latitude: Some(street.place.lat),
        true_longitude: Some(street.place.lon),
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
        let Pictures::Listed(examples, 0) =
            open("columns = \"path=where,latitude=n,longitude=e\"\nroot = \"pictures\"").unwrap()
        else {
            panic!("it is a manifest")
        };
        let position = examples[0].label.position.unwrap();
        assert_eq!((examples[0].path.as_path(), position.lon), (Path::new("pictures/a.png"), 2.0));
        assert!(open("").is_err_and(|error| error.to_string().contains("no column 'latitude'")));
    }

    #[test]
    fn sources_of_every_kind_are_pictures_where_they_say_a_place_or_a_country() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("t.csv", "path,latitude,longitude,country_code\na.png,1,2,FR\nb.png,,,\n");
        let said =
            r#""conversations": [{"from": "user", "value": "Where?"}, {"from": "assistant", "value": "Somewhere."}]"#;
        let record = |name: &str, more: &str| format!("{{\"image\": \"{name}\", {said}{more}}}\n");
        let at = ", \"latitude\": 5.0, \"longitude\": 6.0";
        write(
            "r.jsonl",
            &[record("c.png", at), record("c.png", at), record("d.png", ""), record("a.png", at)].concat(),
        );
        std::fs::create_dir(folder.path().join("more")).unwrap();
        write("more/s.json", &format!("[{}]", record("a.png", at).trim()));
        let open = |names: &[&str]| {
            let sources: Vec<_> = names.iter().map(|name| folder.path().join(name)).collect();
            Pictures::open(&toml::from_str(&format!("sources = {sources:?}")).unwrap())
        };
        let twice = open(&["t.csv", "r.jsonl"]).unwrap_err().to_string();
        assert!(twice.contains("r.jsonl lists 'a.png' twice"), "one picture has one place: {twice}");
        let pictures = open(&["t.csv", "more/s.json"]).unwrap();
        let other = folder.path().join("more/a.png").display().to_string();
        assert_eq!((pictures.name(0), pictures.name(1), pictures.count()), ("a.png".to_owned(), other, 2));
        assert_eq!(pictures.left_out(), 1);
        write("r.jsonl", &[record("c.png", at), record("c.png", at), record("d.png", "")].concat());
        let pictures = open(&["r.jsonl", "t.csv"]).unwrap();
        assert_eq!((pictures.count(), pictures.left_out()), (2, 2), "two conversations are about one picture");
        let (_, row) = pictures.get(0);
        assert_eq!(row.true_place(), LatLon::new(5.0, 6.0));
        // GeoReasoner's test form has names and no coordinates.
        let named = record("e.png", "").replace("Somewhere.", "{'country': 'Peru', 'city': 'Lima'}");
        write("r.jsonl", &[named, record("d.png", "")].concat());
        let pictures = open(&["r.jsonl"]).unwrap();
        let (_, row) = pictures.get(0);
        assert_eq!((pictures.count(), pictures.left_out(), row.true_place()), (1, 1, None));
        assert_eq!((row.true_country, row.true_city.as_deref()), ("PE".parse().ok(), Some("Lima")));
        write("r.jsonl", &record("d.png", ""));
        assert!(matches!(open(&["r.jsonl"]), Err(EvalError::NoPlaces(_))));
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
