//! What the signs in a picture say, before the model is asked where it was taken.

use crate::{
    assets,
    model::{DeviceChoice, device, reader::Reader},
    picture::Picture,
    predict::{FindingProblem, sign::Sign},
};

use super::{
    Failure, JobStage,
    job::{Job, Stopped},
};

/// Holds the reader once it was used.
#[derive(Default)]
pub struct Reading {
    open: Option<(DeviceChoice, Reader)>,
}

impl Reading {
    /// The signs in a picture, or why they cannot be read; it is located without any then.
    pub fn read(
        &mut self,
        device: DeviceChoice,
        picture: &Picture,
        job: &Job<'_>,
    ) -> Result<Result<Vec<Sign>, FindingProblem>, Stopped> {
        job.stage(JobStage::ReadingSigns, None);
        let readings = self.opened(device).and_then(|reader| Ok(reader.read(&picture.pixels)?));
        job.check()?;
        let (width, height) = picture.pixels.dimensions();
        Ok(readings.map(|readings| Sign::of(readings, width, height)).map_err(|error| {
            self.open = None;
            FindingProblem::SignsNotRead(error.to_string())
        }))
    }

    fn opened(&mut self, device: DeviceChoice) -> Result<&mut Reader, Failure> {
        let open = match self.open.take().filter(|(on, _)| *on == device) {
            Some(open) => open,
            None => (device, Reader::open(&assets::reader_folder()?, &device::open(device)?)?),
        };
        Ok(&mut self.open.insert(open).1)
    }
}
