//! Calibrations by the model that they are of: those that the program ships, and the user's own beside its other files.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{CALIBRATIONS, HomeError, home};
use crate::predict::calibration::Calibration;

/// A calibration that is there cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{file}: this calibration cannot be read ({cause}); take it anew with 'terrasight calibrate', or delete the file"
)]
pub struct CalibrationNotRead {
    /// The file.
    pub file: String,
    /// What is wrong with it.
    pub cause: String,
}

/// Where the user's own calibration of a model lies, named by the SHA-256 of the model's files.
pub fn calibration_place(model_sha256: &str) -> Result<PathBuf, HomeError> {
    Ok(home()?.join("calibrations").join(format!("{model_sha256}.json")))
}

/// The calibration of a model: the user's own, else the one that is shipped; none where there is none.
pub fn calibration_of(model_sha256: &str) -> Result<Option<Calibration>, CalibrationNotRead> {
    match calibration_place(model_sha256).ok().filter(|place| place.is_file()) {
        Some(place) => read(&place, model_sha256),
        None => Ok(shipped().find(|calibration| calibration.model_sha256 == model_sha256)),
    }
}

/// The calibrations inside the program.
fn shipped() -> impl Iterator<Item = Calibration> {
    CALIBRATIONS.iter().filter_map(|file| serde_json::from_slice(file.bytes).ok())
}

/// A calibration of the user's own; one of another model is not taken.
fn read(place: &Path, model_sha256: &str) -> Result<Option<Calibration>, CalibrationNotRead> {
    let not_read = |cause: String| CalibrationNotRead { file: place.display().to_string(), cause };
    let bytes = fs::read(place).map_err(|cause| not_read(cause.to_string()))?;
    let calibration: Calibration = serde_json::from_slice(&bytes).map_err(|cause| not_read(cause.to_string()))?;
    calibration.check().map_err(|cause| not_read(cause.to_owned()))?;
    Ok(Some(calibration).filter(|calibration| calibration.model_sha256 == model_sha256))
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Fingerprint, starter_folder},
        *,
    };

    #[test]
    fn the_starter_is_shipped_with_its_calibration() {
        let sha256 = Fingerprint::of(starter_folder().unwrap()).get().unwrap();
        let found: Vec<Calibration> = shipped().filter(|calibration| calibration.model_sha256 == sha256).collect();
        assert_eq!(found.len(), 1, "after a new starter: terrasight calibrate --streets (training/README.md)");
        assert!(found[0].check().is_ok());
    }

    #[test]
    fn a_damaged_calibration_is_named_and_one_of_another_model_is_not_taken() {
        let place = tempfile::NamedTempFile::new().unwrap();
        let mut calibration = shipped().next().unwrap();
        let write = |calibration: &Calibration| {
            fs::write(place.path(), serde_json::to_vec(calibration).unwrap()).unwrap();
        };
        write(&calibration);
        assert_eq!(read(place.path(), &calibration.model_sha256).unwrap().as_ref(), Some(&calibration));
        assert_eq!(read(place.path(), "another").unwrap(), None);
        calibration.groups[0].weights.temperature = -1.0;
        write(&calibration);
        let error = read(place.path(), &calibration.model_sha256).unwrap_err().to_string();
        assert!(error.contains(&*place.path().display().to_string()) && error.contains("temperature"), "{error}");
        fs::write(place.path(), "{").unwrap();
        assert!(read(place.path(), "another").is_err());
    }
}
