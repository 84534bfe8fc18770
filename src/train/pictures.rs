//! The labelled pictures of a run, from files or drawn as they are asked for, and their division into those that are
//! learned and those that are held back.

use std::{
    fs,
    io::Cursor,
    path::{Path, PathBuf},
};

use image::{DynamicImage, ImageFormat, RgbImage, codecs::jpeg::JpegEncoder};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::{IntoParallelRefIterator as _, ParallelIterator as _};
use sha2::{Digest as _, Sha256};

use super::{
    TrainError,
    answer::Truth,
    config::{Stage, Streets, TrainConfig},
    data::{Checks, Cleaned, Data, Fault, check, gives_no_reasons, keep_placed},
};
use crate::{
    dataset::{Example, Label, Manifest, Split, Turn, table::TableOptions},
    geo::{self, CountryCode, LatLon},
    picture::hexadecimal,
    predict::answer::rescaled,
    street,
};

/// So many drawn streets are asked how locatable they are where it need not be known of all.
const STREETS_ASKED: usize = 64;

/// A picture and what is to be said of it.
#[derive(Debug, Clone)]
pub struct Labelled {
    /// The picture, upright.
    pub pixels: RgbImage,
    /// Its country's code.
    pub country: CountryCode,
    /// Where it was taken, where that is known.
    pub position: Option<LatLon>,
    /// What is known of it.
    pub truth: Truth,
    /// The conversation about it, where its source has one.
    pub turns: Vec<Turn>,
}

/// The pictures of a run with what was learned of their sources when these were read.
#[derive(Debug)]
pub struct Opened {
    /// The pictures.
    pub pictures: Pictures,
    /// SHA-256 of what a training file learns from: of the bytes of its manifests and of what its sources say, in their
    /// order; none for drawn streets, which follow from their seeds.
    pub sha256: Option<String>,
    /// How many examples have which fault, as far as that is known before a picture is opened.
    pub faults: Vec<(Fault, usize)>,
    /// What was taken out of texts that name no place, where the training file wants it so.
    pub cleaned: Option<Cleaned>,
}

impl Opened {
    fn drawn(pictures: Pictures, sha256: Option<String>) -> Self {
        Self { pictures, sha256, faults: Vec::new(), cleaned: None }
    }
}

/// The pictures of a run: examples, and after them drawn streets.
#[derive(Debug, Default)]
pub struct Pictures {
    examples: Vec<Example>,
    /// How many kilometres what is learned keeps from what is held back.
    apart_km: f64,
    /// The seeds of the streets.
    seeds: Vec<u64>,
    /// Streets are saved as JPEG of a quality in this range where one is given.
    jpeg_quality: Option<[u8; 2]>,
}

impl Pictures {
    /// The pictures that a training file names, unless most of them are of no use. Its sources are read; no picture is opened
    /// but those of folders, for their metadata. In the stage of reasons, examples that give none are left out.
    pub fn open(config: &TrainConfig) -> Result<Opened, TrainError> {
        let data = &config.data;
        let seeds = match (data.streets, &data.street_list) {
            (Some(Streets { seed, count }), _) => (seed..seed + count).collect(),
            (None, Some(file)) => listed_seeds(file)?,
            (None, None) => Vec::new(),
        };
        let drawn = Self { seeds, jpeg_quality: data.jpeg_quality, apart_km: data.apart_km, examples: Vec::new() };
        // What a range of seeds draws follows from the training file.
        let files: Vec<PathBuf> = data.manifests.iter().chain(&data.street_list).cloned().collect();
        if data.sources.is_empty() && data.manifests.is_empty() {
            let sha256 = if files.is_empty() { None } else { Some(sha256(&files, &[])?) };
            return Ok(Opened::drawn(drawn, sha256));
        }
        let options = TableOptions { columns: data.columns.clone(), root: data.root.clone() };
        let mut read = Data::read(&data.sources)?;
        let sha256 = sha256(&files, &read.examples)?;
        for file in &data.manifests {
            read.examples.extend(Manifest::read(file, &options)?.examples);
        }
        let cleaned = data.clean.then(|| keep_placed(&mut read.examples));
        let checks = Checks { wants_reasons: config.stage != Stage::Location, ..Checks::default() };
        let report = check(&read, &checks, &|_| true);
        if report.refusal().is_some() {
            return Err(TrainError::DataOfNoUse { unusable: report.unusable(), examples: report.examples });
        }
        let faults = report.found.iter().map(|(fault, found)| (*fault, found.count)).collect();
        let examples = read.examples.len();
        if config.stage == Stage::Reasoning {
            read.examples.retain(|example| !gives_no_reasons(example));
        }
        if examples > 0 && read.examples.is_empty() {
            return Err(TrainError::NoReasons { examples });
        }
        let pictures = Self { examples: read.examples, ..drawn };
        Ok(Opened { pictures, sha256: Some(sha256), faults, cleaned })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.examples.len() + self.seeds.len()
    }

    /// The example with this number, or else the seed of the street.
    fn at(&self, index: usize) -> Result<&Example, u64> {
        self.examples.get(index).ok_or_else(|| self.seeds[index - self.examples.len()])
    }

    /// What picture `index` is called.
    pub fn name(&self, index: usize) -> String {
        self.at(index).map_or_else(|seed| format!("street {seed}"), |example| example.name.clone())
    }

    /// How locatable picture `index` is, where that is known. A street is drawn for it.
    pub fn locatability(&self, index: usize) -> Option<f64> {
        let drawn = |seed| Some(street::draw(seed).locatability);
        self.at(index).map_or_else(drawn, |example| example.label.locatability)
    }

    /// Leaves to be learned only what is as locatable as the configuration wants it. Streets are drawn for it, on all cores.
    pub fn keep_locatable(&self, learned: &mut Vec<usize>, config: &TrainConfig) -> Result<(), TrainError> {
        let Some(least) = config.data.min_locatability else { return Ok(()) };
        let scores: Vec<Option<f64>> = learned.par_iter().map(|&index| self.locatability(index)).collect();
        if let Some(unknown) = scores.iter().position(Option::is_none) {
            return Err(TrainError::NoLocatability { picture: self.name(learned[unknown]) });
        }
        let n_before = learned.len();
        let mut scores = scores.into_iter();
        learned.retain(|_| scores.next().flatten().is_some_and(|score| score >= least));
        if learned.is_empty() { Err(TrainError::NothingLocatable { pictures: n_before, least }) } else { Ok(()) }
    }

    /// About how many of `learned` [`keep_locatable`](Self::keep_locatable) leaves: where streets are drawn, some are asked
    /// and stand for all, since each has to be drawn.
    pub fn about_locatable(&self, learned: &[usize], config: &TrainConfig) -> Result<usize, TrainError> {
        let all = learned.len();
        let every = if self.seeds.is_empty() { 1 } else { all.div_ceil(STREETS_ASKED).max(1) };
        let mut some: Vec<usize> = learned.iter().copied().step_by(every).collect();
        let asked = some.len();
        match self.keep_locatable(&mut some, config) {
            // None of the few is; of many more one may be.
            Err(TrainError::NothingLocatable { .. }) if asked < all => Ok(1),
            kept => kept.map(|()| (some.len() as f64 / asked.max(1) as f64 * all as f64).round() as usize),
        }
    }

    /// Opens or draws picture `index`; the error is one line without the picture's name.
    pub fn get(&self, index: usize) -> Result<Labelled, String> {
        self.at(index).map_or_else(|seed| drawn(seed, self.jpeg_quality), listed)
    }

    /// The pictures to learn and those to hold back, each a list of indices, a pure function of `seed`.
    ///
    /// Listed pictures of one place stay together, and streets of a city with those taken there. Of streets alone, which have each a
    /// place of their own, the last are held back.
    pub fn split(&self, share: f64, seed: u64) -> Result<(Vec<usize>, Vec<usize>), TrainError> {
        let n = self.len();
        let wanted = Split::count(n, share);
        let (learned, held_back) = if self.examples.is_empty() {
            ((0..n.saturating_sub(wanted)).collect(), (n.saturating_sub(wanted)..n).collect())
        } else {
            let examples = self.examples.iter().cloned().chain(self.seeds.iter().map(|seed| street_at(*seed)));
            let split = Split::by_place(&examples.collect::<Vec<_>>(), wanted, self.apart_km, seed);
            (split.learned, split.held_back)
        };
        match learned.is_empty() {
            true => Err(TrainError::NothingToLearn { pictures: n, share }),
            false => Ok((learned, held_back)),
        }
    }
}

/// A street by its place alone.
fn street_at(seed: u64) -> Example {
    let label = Label { position: Some(street::place_of(seed)), ..Label::default() };
    Example { path: format!("street {seed}").into(), label, ..Example::default() }
}

/// Of each manifest and each example its own sum, so that no line can move from one to the next unseen.
fn sha256(manifests: &[PathBuf], examples: &[Example]) -> Result<String, TrainError> {
    let mut whole = Sha256::new();
    for file in manifests {
        let bytes = fs::read(file).map_err(|cause| TrainError::read(file, cause))?;
        whole.update(Sha256::digest(&bytes));
    }
    for example in examples {
        whole.update(Sha256::digest(format!("{:?}", (&example.name, &example.label, &example.turns))));
    }
    Ok(hexadecimal(&whole.finalize()))
}

fn listed(example: &Example) -> Result<Labelled, String> {
    let picture = example.open().map_err(|error| error.to_string())?;
    let Label { position, country, city, .. } = example.label.clone();
    let reasons = example.label.told_reasons();
    let lies_in = || position.and_then(geo::country_at).map(|country| country.code);
    let code = country.or_else(lies_in).ok_or("it has no country_code and lies in no country")?;
    // A picture beyond what is kept is a reduced copy by now.
    let (whole, kept) = ((picture.width, picture.height), picture.pixels.dimensions());
    let mut turns = example.turns.clone();
    if whole != kept {
        for text in turns.iter_mut().flat_map(|turn| [&mut turn.asked, &mut turn.answered]) {
            *text = rescaled(text, whole, kept);
        }
    }
    Ok(Labelled { turns, ..labelled(picture.pixels, (code, position), city, reasons)? })
}

/// The seeds in a file, one a line, none of those that are kept for evaluation.
fn listed_seeds(file: &Path) -> Result<Vec<u64>, TrainError> {
    let text = fs::read_to_string(file).map_err(|cause| TrainError::read(file, cause))?;
    let seed = |(number, line): (usize, &str)| {
        let seed = line.trim().parse().ok().filter(|seed| *seed < street::FIRST_EVALUATION_SEED);
        let greatest = street::FIRST_EVALUATION_SEED - 1;
        seed.ok_or_else(|| format!("line {}: '{line}' is no seed from 0 to {greatest}", number + 1))
    };
    let seeds: Result<Vec<u64>, String> = text.lines().enumerate().map(seed).collect();
    seeds.map_err(|problem| TrainError::read(file, problem))
}

fn drawn(seed: u64, quality: Option<[u8; 2]>) -> Result<Labelled, String> {
    let picture = street::draw(seed);
    let pixels = match quality {
        Some([low, high]) => {
            let quality = ChaCha8Rng::seed_from_u64(seed).random_range(low..=high);
            through_jpeg(&picture.pixels, quality).map_err(|error| error.to_string())?
        }
        None => picture.pixels,
    };
    labelled(pixels, (picture.country, Some(picture.place)), Some(picture.city), picture.reasons)
}

fn labelled(
    pixels: RgbImage,
    (code, position): (CountryCode, Option<LatLon>),
    city: Option<String>,
    reasons: Vec<String>,
) -> Result<Labelled, String> {
    let country = geo::country(code).ok_or_else(|| format!("{code} is no country's code"))?;
    let truth = Truth { country: country.name.clone(), city, reasons };
    Ok(Labelled { pixels, country: code, position, truth, turns: Vec::new() })
}

/// The picture as it comes back from a JPEG file of this quality.
pub fn through_jpeg(pixels: &RgbImage, quality: u8) -> Result<RgbImage, image::ImageError> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(Cursor::new(&mut bytes), quality).encode_image(pixels)?;
    image::load_from_memory_with_format(&bytes, ImageFormat::Jpeg).map(DynamicImage::into_rgb8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lat: f64, lon: f64) -> Example {
        let label = Label { position: LatLon::new(lat, lon), ..Label::default() };
        Example { path: format!("{lat}.jpg").into(), label, ..Example::default() }
    }

    fn listed_in(examples: Vec<Example>) -> Pictures {
        Pictures { examples, apart_km: 0.2, ..Pictures::default() }
    }

    #[test]
    fn pictures_of_one_place_are_on_one_side() {
        // Fifty places, four pictures each, a few metres apart.
        let examples = (0..200).map(|i| at(f64::from(i / 4) + 1e-5 * f64::from(i % 4), 10.0)).collect();
        let (learned, held_back) = listed_in(examples).split(0.1, 3).unwrap();
        assert!((20..24).contains(&held_back.len()) && learned.len() >= 170, "{held_back:?}");
        assert!(held_back.iter().all(|i| !learned.iter().any(|j| i / 4 == j / 4)));
    }

    #[test]
    fn only_what_is_locatable_enough_is_learned_where_every_score_is_known() {
        let scored = |score: Option<f64>| Example {
            label: Label { locatability: score, ..Label::default() },
            name: "a.png".to_owned(),
            ..Example::default()
        };
        let text = "out = \"o\"\nstage = \"location\"\n[model]\nbase = \"b\"\n[data]\nmanifests = [\"m\"]\n\
                    min_locatability = 0.4\n[schedule]\nsteps = 1\nbatch = 1\nlearning_rate = 0.1\n";
        let config: TrainConfig = toml::from_str(text).unwrap();
        let kept = |scores: &[Option<f64>]| {
            let pictures = listed_in(scores.iter().copied().map(scored).collect());
            let mut learned: Vec<usize> = (0..scores.len()).collect();
            pictures.keep_locatable(&mut learned, &config).map(|()| learned)
        };
        assert_eq!(kept(&[Some(0.39), Some(0.4), Some(0.9)]).unwrap(), [1, 2]);
        assert!(matches!(kept(&[Some(0.1)]), Err(TrainError::NothingLocatable { pictures: 1, .. })));
        assert!(matches!(kept(&[Some(0.9), None]), Err(TrainError::NoLocatability { .. })));
    }

    /// MG-Geo's Clue part has its reasons under that name; a list of coordinates has none, and would teach to give none.
    #[test]
    fn where_reasons_are_learned_clues_in_words_are_reasons_and_what_has_neither_is_left_out() {
        let home = tempfile::tempdir().unwrap();
        let open = |stage: &str, rows: &str| {
            let file = home.path().join("t.csv");
            fs::write(&file, format!("path,country,clue\n{rows}")).unwrap();
            let text = format!(
                "out = \"o\"\nstage = \"{stage}\"\n[model]\nbase = \"b\"\n[data]\nsources = [{file:?}]\n\
                 [schedule]\nsteps = 1\nbatch = 1\nlearning_rate = 0.1\n"
            );
            Pictures::open(&toml::from_str(&text).unwrap())
        };
        for name in ["a.png", "b.png"] {
            RgbImage::new(8, 8).save(home.path().join(name)).unwrap();
        }
        let both = "a.png,GE,Georgian script on a sign.\nb.png,FR,\n";
        let no_position = (Fault::NoPosition, 2);
        let reasoning = open("reasoning", both).unwrap();
        assert_eq!((reasoning.pictures.len(), reasoning.faults), (1, vec![no_position, (Fault::NoReasons, 1)]));
        assert_eq!(reasoning.pictures.get(0).unwrap().truth.reasons, ["Georgian script on a sign."]);
        let full = open("full", both).unwrap();
        assert_eq!((full.pictures.len(), full.faults), (2, vec![no_position, (Fault::NoReasons, 1)]));
        let location = open("location", both).unwrap();
        assert_eq!((location.pictures.len(), location.faults), (2, vec![no_position]));
        assert!(matches!(open("reasoning", "b.png,FR,\n"), Err(TrainError::NoReasons { examples: 1 })));
    }

    #[test]
    fn drawn_streets_are_as_locatable_as_their_manifest_says() {
        let text = "out = \"o\"\nstage = \"location\"\n[model]\nbase = \"b\"\n[data]\nstreets = { seed = 7, count = 100 }\n\
                    min_locatability = 0.4\n[schedule]\nsteps = 1\nbatch = 1\nlearning_rate = 0.1\n";
        let config: TrainConfig = toml::from_str(text).unwrap();
        assert!(config.check().is_ok());
        let pictures = Pictures::open(&config).unwrap().pictures;
        let scores: Vec<f64> = (0..8).map(|index| street::draw(7 + index).locatability).collect();
        let mut learned: Vec<usize> = (0..8).collect();
        pictures.keep_locatable(&mut learned, &config).unwrap();
        let right: Vec<usize> = (0..8).filter(|index| scores[*index] >= 0.4).collect();
        assert!(learned == right && !right.is_empty() && right.len() < 8, "{scores:?}");
        let all: Vec<usize> = (0..100).collect();
        let about = pictures.about_locatable(&all, &config).unwrap();
        assert!((1..100).contains(&about), "{about}");
        assert_eq!(pictures.about_locatable(&all[..8], &config).unwrap(), right.len(), "few are all asked");
    }

    #[test]
    fn drawn_streets_hold_back_the_last_seeds() {
        let pictures = Pictures { seeds: (10..110).collect(), ..Pictures::default() };
        let (learned, held_back) = pictures.split(0.05, 1).unwrap();
        assert_eq!((learned.len(), held_back), (95, vec![95, 96, 97, 98, 99]));
        assert_eq!(pictures.name(95), "street 105");
        assert!(pictures.split(0.0, 1).unwrap().1.is_empty());
        assert!(listed_in(vec![at(1.0, 1.0)]).split(0.5, 1).is_err());
    }

    #[test]
    fn streets_and_files_are_learned_in_one_run_and_divided_by_place_together() {
        let seeds: Vec<u64> = (0..300).collect();
        // A photograph in the city of each fifth street, and one far from all cities.
        let near = |seed: &u64| at(street::place_of(*seed).lat, street::place_of(*seed).lon);
        let mut examples: Vec<Example> = seeds.iter().step_by(5).map(near).collect();
        examples.push(at(-60.0, -140.0));
        let n_listed = examples.len();
        let pictures = Pictures { examples, seeds, apart_km: 0.2, jpeg_quality: None };
        assert_eq!((pictures.len(), pictures.name(n_listed + 7)), (361, "street 7".to_owned()));
        assert_eq!(pictures.get(n_listed + 7).unwrap().position, Some(street::place_of(7)));
        let (learned, held_back) = pictures.split(0.2, 3).unwrap();
        let place = |index: &usize| match pictures.at(*index) {
            Ok(example) => example.label.position.unwrap(),
            Err(seed) => street::place_of(seed),
        };
        let kinds = |list: &[usize]| (list.iter().any(|i| *i < n_listed), list.iter().any(|i| *i >= n_listed));
        assert_eq!((kinds(&learned), kinds(&held_back)), ((true, true), (true, true)));
        assert!(held_back.iter().all(|i| learned.iter().all(|j| place(i).distance_km(place(j)) >= 0.2)));
        let text = "out = \"o\"\nstage = \"location\"\n[model]\nbase = \"b\"\n[data]\nsources = [\"s\"]\n\
                    streets = { seed = 1, count = 2 }\n[schedule]\nsteps = 1\nbatch = 1\nlearning_rate = 0.1\n";
        let config: TrainConfig = toml::from_str(text).unwrap();
        assert!(config.check().is_ok());
    }

    #[test]
    fn jpeg_changes_little_and_something() {
        let pixels = RgbImage::from_fn(32, 32, |x, y| image::Rgb([(x * 8) as u8, (y * 8) as u8, 90]));
        let back = through_jpeg(&pixels, 80).unwrap();
        let difference: u32 = pixels.iter().zip(back.iter()).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
        assert!(difference > 0 && difference < 32 * 32 * 3 * 12, "{difference}");
    }
}
