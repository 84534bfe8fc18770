//! The picture thread's work: opening files while the engine thread may be busy with a model.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::picture::{self, Picture, Preview};

use super::{
    Command, PictureNews, PictureSource, Stage,
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
            return Err(Stopped::Failed("the picture thread opens pictures and nothing else".to_owned()));
        };
        let sources = files_for_folders(sources, job);
        let count = sources.len();
        let mut room = pixel_bytes;
        for (index, source) in sources.into_iter().enumerate() {
            job.check()?;
            job.stage(Stage::OpeningPictures, Some(index as f32 / count as f32));
            let (name, opened) = self.open(source);
            job.tell(match opened {
                Ok(picture) => {
                    let preview = Arc::new(Preview::of(&picture));
                    // The first that has no room ends it, so that the pictures located first are those at hand.
                    let left = room.checked_sub(preview.pixel_bytes());
                    room = left.unwrap_or(0);
                    PictureNews::Opened { preview, picture: left.map(|_| Arc::new(picture)) }
                }
                Err(message) => PictureNews::Failed { name, message },
            });
        }
        Ok(())
    }

    fn recover(&mut self) {}
}

impl PictureOpener {
    /// The picture, or the cause in one line, with the name under which it was sent.
    fn open(&mut self, source: PictureSource) -> (String, Result<Picture, String>) {
        let opened = |path: &Path| Picture::open(path).map_err(|error| error.to_string());
        match source {
            PictureSource::Path(path) => (path.display().to_string(), opened(&path)),
            PictureSource::Bytes { name, bytes } => {
                // What is no picture is named as it came, and not kept.
                let known = Picture::from_bytes(&name, &bytes).map_err(|error| error.to_string());
                let kept = known.and_then(|picture| {
                    let path = self.pasted.keep_bytes(&name, &bytes)?;
                    Ok(Picture { path: Some(path), ..picture })
                });
                (name, kept)
            }
            PictureSource::Pixels { name, pixels } => {
                let kept = self.pasted.keep_pixels(&name, &pixels).and_then(|path| opened(&path));
                let named = kept.map(|picture| Picture { name: name.clone(), ..picture });
                (name, named)
            }
        }
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
                Err(message) => {
                    job.tell(PictureNews::Failed { name: folder.display().to_string(), message });
                }
            },
            other => files.push(other),
        }
    }
    files
}

/// The picture files in a folder, by name; the error is one line.
pub fn picture_files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = std::fs::read_dir(folder)
        .map_err(|error| format!("{}: the folder cannot be read ({error}); check its permissions", folder.display()))?;
    let is_picture = |path: &PathBuf| picture::is_named_as_picture(path);
    let mut paths: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.path()).filter(is_picture).collect();
    paths.sort();
    if paths.is_empty() {
        return Err(format!("{}: the folder holds no picture; choose one that does", folder.display()));
    }
    Ok(paths)
}
