//! The picture thread's work: opening files while the engine thread may be busy with a model.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::picture::{self, Picture, Preview};

use super::{
    Command, Failure, JobStage, PictureNews, PictureSource,
    job::{Engine, Job, Stopped},
    pasted::Pasted,
};

/// Opens pictures.
pub struct PictureOpener {
    /// Where those are kept that come without a file.
    pub(super) pasted: Pasted,
}

impl Engine for PictureOpener {
    fn perform(&mut self, command: Command, job: &Job<'_>) -> Result<(), Stopped> {
        let Command::OpenPictures { sources, pixel_bytes, .. } = command else {
            return Err(Failure::Misdirected.into());
        };
        let sources = files_for_folders(sources, job);
        let count = sources.len();
        let mut room = pixel_bytes;
        for (index, source) in sources.into_iter().enumerate() {
            job.check()?;
            job.stage(JobStage::OpeningPictures, Some(index as f32 / count as f32));
            let (name, path) = named(&source);
            let opened = self.open(source);
            job.tell(match opened {
                Ok(picture) => {
                    let preview = Arc::new(Preview::of(&picture));
                    // The first that has no room ends it, so that the pictures located first are those at hand.
                    let left = room.checked_sub(preview.pixel_bytes());
                    room = left.unwrap_or(0);
                    PictureNews::Opened { preview, picture: left.map(|_| Arc::new(picture)) }
                }
                Err(failure) => PictureNews::Failed { name, path, failure: Arc::new(failure) },
            });
        }
        Ok(())
    }
}

impl PictureOpener {
    fn open(&mut self, source: PictureSource) -> Result<Picture, Failure> {
        Ok(match source {
            PictureSource::Path(path) => Picture::open(&path)?,
            PictureSource::Bytes { name, bytes } => {
                // What is no picture is named as it came, and not kept.
                let picture = Picture::from_bytes(&name, &bytes)?;
                Picture { path: Some(self.pasted.keep_bytes(&name, &bytes)?), ..picture }
            }
            PictureSource::Pixels { name, pixels } => {
                let path = self.pasted.keep_pixels(&name, &pixels)?;
                Picture { name, ..Picture::open(&path)? }
            }
        })
    }
}

/// What to call a source, and its file.
fn named(source: &PictureSource) -> (String, Option<PathBuf>) {
    match source {
        PictureSource::Path(path) => (path.display().to_string(), Some(path.clone())),
        PictureSource::Bytes { name, .. } | PictureSource::Pixels { name, .. } => (name.clone(), None),
    }
}

/// The sources with every folder replaced by the pictures that lie in it, by name. A folder that cannot be read, or holds
/// none, is said to have failed.
fn files_for_folders(sources: Vec<PictureSource>, job: &Job<'_>) -> Vec<PictureSource> {
    let mut files = Vec::with_capacity(sources.len());
    for source in sources {
        match source {
            PictureSource::Path(folder) if folder.is_dir() => match picture_files(&folder) {
                Ok(paths) => files.extend(paths.into_iter().map(PictureSource::Path)),
                Err(failure) => {
                    let (name, failure) = (folder.display().to_string(), Arc::new(failure));
                    job.tell(PictureNews::Failed { name, path: Some(folder), failure });
                }
            },
            other => files.push(other),
        }
    }
    files
}

/// The picture files in a folder, by name.
pub fn picture_files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let unreadable = |cause| Failure::Folder { folder: folder.to_owned(), cause };
    let entries = std::fs::read_dir(folder).map_err(unreadable)?;
    let is_picture = |path: &PathBuf| picture::is_named_as_picture(path);
    let mut paths: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.path()).filter(is_picture).collect();
    paths.sort();
    if paths.is_empty() {
        return Err(Failure::NoPicture(folder.to_owned()));
    }
    Ok(paths)
}
