//! The labelled pictures of a run, from manifests or drawn as they are asked for, and their division into those that are
//! learned and those that are held back.

use std::{collections::BTreeMap, fs, io::Cursor};

use image::{DynamicImage, ImageFormat, RgbImage, codecs::jpeg::JpegEncoder};
use rand::{Rng as _, SeedableRng as _, seq::SliceRandom as _};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest as _, Sha256};

use super::{
    TrainError,
    answer::Truth,
    config::{DataPart, Streets},
};
use crate::{
    dataset::{Manifest, Sample, table::TableOptions},
    geo::{self, CountryCode, LatLon},
    picture::{Picture, hexadecimal},
    street,
};

/// Side of the squares, in degrees, whose pictures are learned or held back together (about a kilometre): two views of
/// one crossing on either side of the division would measure memory.
const PLACE_DEG: f64 = 0.01;

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
}

/// The pictures of a run.
#[derive(Debug)]
pub enum Pictures {
    /// The lines of manifests.
    Listed(Vec<Sample>),
    /// Drawn streets, each saved as JPEG of a quality in this range where one is given.
    Drawn(Streets, Option<[u8; 2]>),
}

impl Pictures {
    /// The pictures that a training file names. Manifests are read; no picture is opened.
    pub fn open(data: &DataPart) -> Result<Self, TrainError> {
        if let Some(streets) = data.streets {
            return Ok(Self::Drawn(streets, data.jpeg_quality));
        }
        let options = TableOptions { columns: data.columns.clone(), root: data.root.clone() };
        let mut samples = Vec::new();
        for file in &data.manifests {
            samples.extend(Manifest::read(file, &options)?.samples);
        }
        Ok(Self::Listed(samples))
    }

    /// SHA-256 of the bytes of the manifests that a training file names, in their order; none for drawn streets.
    pub fn sha256(data: &DataPart) -> Result<Option<String>, TrainError> {
        if data.manifests.is_empty() {
            return Ok(None);
        }
        let mut whole = Sha256::new();
        for file in &data.manifests {
            let bytes = fs::read(file).map_err(|cause| TrainError::read(file, cause))?;
            // Of each file its own sum, so that no line can move from one file to the next unseen.
            whole.update(Sha256::digest(&bytes));
        }
        Ok(Some(hexadecimal(&whole.finalize())))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Listed(samples) => samples.len(),
            Self::Drawn(streets, _) => usize::try_from(streets.count).unwrap_or(usize::MAX),
        }
    }

    /// What picture `index` is called.
    pub fn name(&self, index: usize) -> String {
        match self {
            Self::Listed(samples) => samples[index].name.clone(),
            Self::Drawn(streets, _) => format!("street {}", streets.seed + index as u64),
        }
    }

    /// How locatable picture `index` is, where a manifest says it.
    pub fn locatability(&self, index: usize) -> Option<f64> {
        match self {
            Self::Listed(samples) => samples[index].locatability,
            Self::Drawn(..) => None,
        }
    }

    /// Opens or draws picture `index`; the error is one line without the picture's name.
    pub fn get(&self, index: usize) -> Result<Labelled, String> {
        match self {
            Self::Listed(samples) => listed(&samples[index]),
            Self::Drawn(streets, quality) => drawn(streets.seed + index as u64, *quality),
        }
    }

    /// The pictures to learn and those to hold back, each a list of indices, a pure function of `seed`.
    ///
    /// Listed pictures of one place stay together; drawn ones have each a place of their own, and the last seeds are
    /// held back.
    pub fn split(&self, share: f64, seed: u64) -> Result<(Vec<usize>, Vec<usize>), TrainError> {
        let n = self.len();
        let wanted = if share > 0.0 { ((n as f64 * share).round() as usize).max(1) } else { 0 };
        let (learned, held_back) = match self {
            Self::Drawn(..) => ((0..n.saturating_sub(wanted)).collect(), (n.saturating_sub(wanted)..n).collect()),
            Self::Listed(samples) => split_by_place(samples, wanted, seed),
        };
        match learned.is_empty() {
            true => Err(TrainError::NothingToLearn { pictures: n, share }),
            false => Ok((learned, held_back)),
        }
    }
}

fn split_by_place(samples: &[Sample], wanted: usize, seed: u64) -> (Vec<usize>, Vec<usize>) {
    let mut places: BTreeMap<(i64, i64), Vec<usize>> = BTreeMap::new();
    for (index, sample) in samples.iter().enumerate() {
        let LatLon { lat, lon } = sample.position;
        places.entry(((lat / PLACE_DEG).floor() as i64, (lon / PLACE_DEG).floor() as i64)).or_default().push(index);
    }
    let mut places: Vec<Vec<usize>> = places.into_values().collect();
    places.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    let (mut learned, mut held_back) = (Vec::new(), Vec::new());
    for place in places {
        if held_back.len() < wanted { held_back.extend(place) } else { learned.extend(place) }
    }
    learned.sort_unstable();
    held_back.sort_unstable();
    (learned, held_back)
}

fn listed(sample: &Sample) -> Result<Labelled, String> {
    let picture = Picture::open(&sample.path).map_err(|error| error.to_string())?;
    let code = sample
        .country
        .or_else(|| geo::country_at(sample.position).map(|country| country.code))
        .ok_or("it has no country_code and lies in no country")?;
    labelled(picture.pixels, (code, Some(sample.position)), sample.city.clone(), sample.reasons.clone())
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
    Ok(Labelled { pixels, country: code, position, truth: Truth { country: country.name.clone(), city, reasons } })
}

/// The picture as it comes back from a JPEG file of this quality.
fn through_jpeg(pixels: &RgbImage, quality: u8) -> Result<RgbImage, image::ImageError> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(Cursor::new(&mut bytes), quality).encode_image(pixels)?;
    image::load_from_memory_with_format(&bytes, ImageFormat::Jpeg).map(DynamicImage::into_rgb8)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn sample(lat: f64, lon: f64) -> Sample {
        Sample {
            path: Path::new("a.png").to_owned(),
            name: "a.png".to_owned(),
            position: LatLon::new(lat, lon).unwrap(),
            country: None,
            city: None,
            locatability: None,
            clues: Vec::new(),
            reasons: Vec::new(),
        }
    }

    #[test]
    fn pictures_of_one_place_are_on_one_side() {
        // Fifty places, four pictures each.
        let samples: Vec<Sample> =
            (0..200).map(|i| sample(f64::from(i / 4) + 0.001 * f64::from(i % 4), 10.0)).collect();
        let (learned, held_back) = Pictures::Listed(samples).split(0.1, 3).unwrap();
        assert_eq!(held_back.len(), 20);
        assert_eq!(learned.len(), 180);
        assert!(held_back.iter().all(|i| !learned.iter().any(|j| i / 4 == j / 4)));
    }

    #[test]
    fn drawn_streets_hold_back_the_last_seeds() {
        let pictures = Pictures::Drawn(Streets { seed: 10, count: 100 }, None);
        let (learned, held_back) = pictures.split(0.05, 1).unwrap();
        assert_eq!((learned.len(), held_back), (95, vec![95, 96, 97, 98, 99]));
        assert_eq!(pictures.name(95), "street 105");
        assert!(pictures.split(0.0, 1).unwrap().1.is_empty());
        assert!(Pictures::Listed(vec![sample(1.0, 1.0)]).split(0.5, 1).is_err());
    }

    #[test]
    fn jpeg_changes_little_and_something() {
        let pixels = RgbImage::from_fn(32, 32, |x, y| image::Rgb([(x * 8) as u8, (y * 8) as u8, 90]));
        let back = through_jpeg(&pixels, 80).unwrap();
        let difference: u32 = pixels.iter().zip(back.iter()).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
        assert!(difference > 0 && difference < 32 * 32 * 3 * 12, "{difference}");
    }
}
