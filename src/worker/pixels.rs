//! The pixel thread's work: reading a picture's pixels again, which were let go, while a folder is being opened and a model
//! runs.

use std::sync::Arc;

use crate::picture::{Picture, Preview};

use super::{
    Command, Failure, PictureNews,
    job::{Engine, Job, Stopped},
};

/// Reads pixels again.
pub struct PixelReader;

impl Engine for PixelReader {
    fn perform(&mut self, command: Command, job: &Job<'_>) -> Result<(), Stopped> {
        let Command::ReadPixels { picture, .. } = command else {
            return Err(Failure::Misdirected.into());
        };
        job.check()?;
        let picture = read(&picture)?;
        job.tell(PictureNews::Pixels(Arc::new(picture)));
        Ok(())
    }
}

/// The picture with its pixels, if its file is still the one that was opened.
pub fn read(preview: &Preview) -> Result<Picture, Failure> {
    let path = preview.path.as_ref().ok_or_else(|| Failure::NoFile(preview.name.clone()))?;
    let picture = Picture::open(path)?;
    if picture.sha256 != preview.sha256 {
        return Err(Failure::Changed(path.clone()));
    }
    Ok(picture)
}
