//! The pixel thread's work: reading a picture's pixels again, which were let go, while a folder is being opened and a model
//! runs.

use std::sync::Arc;

use crate::picture::{Picture, Preview};

use super::{
    Command, PictureNews,
    job::{Engine, Job, Stopped},
};

/// Reads pixels again.
pub struct PixelReader;

impl Engine for PixelReader {
    fn perform(&mut self, command: Command, job: &Job<'_>) -> Result<(), Stopped> {
        let Command::ReadPixels { picture, .. } = command else {
            return Err(Stopped::Failed("the pixel thread reads pixels and nothing else".to_owned()));
        };
        job.check()?;
        let picture = read(&picture).map_err(Stopped::Failed)?;
        job.tell(PictureNews::Pixels(Arc::new(picture)));
        Ok(())
    }

    fn recover(&mut self) {}
}

/// The picture with its pixels, if its file is still the one that was opened; the error is one line.
pub fn read(preview: &Preview) -> Result<Picture, String> {
    let Some(path) = &preview.path else { return Err(format!("{}: it has no file any more", preview.name)) };
    let picture = Picture::open(path).map_err(|error| error.to_string())?;
    if picture.sha256 != preview.sha256 {
        let path = path.display();
        return Err(format!("{path}: the file has changed since it was opened; open it again to see it as it is now"));
    }
    Ok(picture)
}
