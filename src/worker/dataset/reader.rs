//! The thread that reads an index while another may be writing to it.

use std::{path::Path, sync::Arc};

use image::RgbImage;

use super::message::{DatasetNews, DatasetTask, Thumbnail};
use crate::{
    dataset::{Index, IndexError, RowId},
    worker::{
        Command, Event, Failure,
        job::{Engine, Job, Stopped},
    },
};

/// Reads an index, which it keeps open until it is asked for another.
#[derive(Default)]
pub(in crate::worker) struct DatasetReader {
    open: Option<Index>,
}

impl Engine for DatasetReader {
    fn perform(&mut self, command: Command, job: &Job<'_>) -> Result<(), Stopped> {
        let Command::Dataset { file, task, .. } = command else {
            return Err(Failure::Misdirected.into());
        };
        if matches!(task, DatasetTask::Open) {
            self.open = None; // another file may lie there by now
        }
        let index = self.opened(&file)?;
        match task {
            DatasetTask::Open => {
                let (root, rows) = (index.root()?, index.rows()?);
                say(job, DatasetNews::All { root, rows });
            }
            DatasetTask::Thumbnails(ids) => {
                let mut thumbnails = Vec::with_capacity(ids.len());
                for id in ids {
                    job.check()?;
                    thumbnails.push(Thumbnail { id, pixels: thumbnail(index, id).map(Arc::new) });
                }
                say(job, DatasetNews::Thumbnails(thumbnails));
            }
            DatasetTask::Check { ids, checked } => index.set_checked(&ids, checked)?,
            _long => return Err(Failure::Misdirected.into()),
        }
        Ok(())
    }

    fn recover(&mut self) {
        self.open = None;
    }
}

impl DatasetReader {
    fn opened(&mut self, file: &Path) -> Result<&mut Index, IndexError> {
        match self.open.take_if(|index| index.path() == file) {
            Some(index) => Ok(self.open.insert(index)),
            None => Ok(self.open.insert(Index::open(file)?)),
        }
    }
}

/// A thumbnail that is damaged is as good as none; the picture itself may be whole.
fn thumbnail(index: &Index, id: RowId) -> Option<RgbImage> {
    let jpeg = index.thumbnail(id).inspect_err(|error| tracing::warn!("{error}")).ok()??;
    Some(image::load_from_memory(&jpeg).ok()?.into_rgb8())
}

pub(super) fn say(job: &Job<'_>, news: DatasetNews) {
    job.say(Event::Dataset { job: job.id(), news });
}
