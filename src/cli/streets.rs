//! `terrasight streets`: a folder of drawn streets with labels and a manifest that the other commands read.

use std::{
    fs, io,
    io::Cursor,
    path::{Path, PathBuf},
};

use clap::Args;
use image::{DynamicImage, ImageFormat};

use crate::{
    assets::write_whole,
    street::{self, FIRST_EVALUATION_SEED, StreetPicture},
};

use super::{Failure, progress::Progress};

/// Draw street pictures with their places, labels and clues.
#[derive(Debug, Args)]
pub(super) struct Streets {
    /// How many
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    count: u64,
    /// Picture i is drawn from seed S+i; those from 1,000,000 on are for evaluation alone
    #[arg(long, value_name = "S")]
    seed: u64,
    /// The folder for pictures/, labels/ and manifest.csv
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Draw over a set that is there already
    #[arg(long)]
    force: bool,
}

/// A street as the files hold it.
struct Files {
    picture: Vec<u8>,
    labels: Vec<u8>,
    /// All columns of the manifest but the path.
    columns: [String; 7],
}

impl Streets {
    pub(super) fn run(&self) -> Result<(), Failure> {
        check_range(self.seed, self.count)?;
        for part in ["manifest.csv", "pictures", "labels"] {
            let path = self.out.join(part);
            let is_taken = if path.is_dir() { is_filled(&path) } else { path.exists() };
            if is_taken && !self.force {
                let path = path.display();
                return Err(Failure::new(format!(
                    "{path}: it exists already; name another --out, or add --force to draw over it"
                )));
            }
        }
        for part in ["pictures", "labels"] {
            let folder = self.out.join(part);
            fs::create_dir_all(&folder).map_err(|error| unwritable(&folder, &error))?;
        }
        let mut manifest = csv::Writer::from_writer(Vec::new());
        let columns = ["path", "latitude", "longitude", "country_code", "city", "locatability", "clues", "reasons"];
        manifest.write_record(columns).map_err(Failure::new)?;
        let progress = Progress::new(usize::try_from(self.count).unwrap_or(usize::MAX));
        progress.say("drawing streets");
        street::draw_many(
            self.seed,
            self.count,
            |street| encode(&street),
            |index, files| {
                let Files { picture, labels, columns } = files.map_err(Failure::new)?;
                let name = format!("{index:06}.png");
                for (part, bytes) in [("pictures", picture), ("labels", labels)] {
                    let path = self.out.join(part).join(&name);
                    fs::write(&path, bytes).map_err(|error| unwritable(&path, &error))?;
                }
                manifest.write_field(format!("pictures/{name}")).map_err(Failure::new)?;
                progress.step();
                manifest.write_record(columns).map_err(Failure::new)
            },
        )?;
        drop(progress);
        // The manifest comes last: where it is, everything that it names is there.
        let path = self.out.join("manifest.csv");
        let bytes = manifest.into_inner().map_err(Failure::new)?;
        write_whole(&path, &bytes).map_err(|error| unwritable(&path, &error))
    }
}

/// Whether anything lies in a folder.
fn is_filled(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}

/// Seeds for training and seeds for evaluation are never mixed in one folder.
fn check_range(first: u64, count: u64) -> Result<(), Failure> {
    let Some(end) = first.checked_add(count) else {
        return Err(Failure::new(format!("--seed {first}: too great for {count} streets; choose a smaller seed")));
    };
    if first < FIRST_EVALUATION_SEED && end > FIRST_EVALUATION_SEED {
        return Err(Failure::new(format!(
            "--seed {first} --count {count}: the range crosses {FIRST_EVALUATION_SEED}, where the seeds for evaluation \
             begin; draw the two parts into folders of their own"
        )));
    }
    Ok(())
}

fn encode(street: &StreetPicture) -> Result<Files, String> {
    let png = |picture: DynamicImage| {
        let mut bytes = Cursor::new(Vec::new());
        picture
            .write_to(&mut bytes, ImageFormat::Png)
            .map_err(|error| format!("a street cannot be encoded ({error})"))?;
        Ok::<_, String>(bytes.into_inner())
    };
    let list = |texts: Vec<&str>| serde_json::to_string(&texts).map_err(|error| error.to_string());
    Ok(Files {
        picture: png(DynamicImage::ImageRgb8(street.pixels.clone()))?,
        labels: png(DynamicImage::ImageLuma8(street.labels.clone()))?,
        columns: [
            format!("{:.6}", street.place.lat),
            format!("{:.6}", street.place.lon),
            street.country.to_string(),
            street.city.clone(),
            format!("{:.4}", street.locatability),
            list(street.clues.iter().map(|clue| clue.fact.as_str()).collect())?,
            list(street.reasons.iter().map(String::as_str).collect())?,
        ],
    })
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("{}: cannot be written ({error}); choose another --out", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_stays_on_its_side() {
        assert!(check_range(0, 1_000_000).is_ok());
        assert!(check_range(1_000_000, 500).is_ok());
        assert!(check_range(999_999, 2).is_err());
        assert!(check_range(u64::MAX, 2).is_err());
    }
}
