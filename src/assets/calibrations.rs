//! Calibrations by the model that they are of: those that the program ships, and the user's own beside its other files.

use std::{fs, path::PathBuf};

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
    let own = calibration_place(model_sha256).ok().filter(|place| place.is_file());
    if let Some(place) = own {
        let not_read = |cause: String| CalibrationNotRead { file: place.display().to_string(), cause };
        let bytes = fs::read(&place).map_err(|cause| not_read(cause.to_string()))?;
        let calibration: Calibration = serde_json::from_slice(&bytes).map_err(|cause| not_read(cause.to_string()))?;
        calibration.check().map_err(|cause| not_read(cause.to_owned()))?;
        return Ok(Some(calibration).filter(|calibration| calibration.model_sha256 == model_sha256));
    }
    let shipped = CALIBRATIONS.iter().filter_map(|file| serde_json::from_slice::<Calibration>(file.bytes).ok());
    Ok(shipped.into_iter().find(|calibration| calibration.model_sha256 == model_sha256))
}
