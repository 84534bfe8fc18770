//! A run in a folder of its own.

use std::{fs, path::PathBuf, sync::atomic::AtomicBool};

use tempfile::TempDir;
use terrasight::train::{LogLine, TrainError, TrainEvent, Trained, read_log, run};

use super::recipe::Recipe;

/// A folder with a training file.
pub struct Run {
    pub folder: TempDir,
    recipe: Recipe,
}

impl Run {
    /// Of the tiny model.
    pub fn new() -> Self {
        Self::of(Recipe::tiny().with("[schedule]", "jpeg_quality = [80, 95]\n[schedule]"))
    }

    pub fn of(recipe: Recipe) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), recipe }
    }

    #[track_caller]
    pub fn with(self, from: &str, to: &str) -> Self {
        Self { recipe: self.recipe.with(from, to), ..self }
    }

    pub fn out(&self) -> PathBuf {
        self.folder.path().join("run")
    }

    /// The training file, as it is now.
    pub fn file(&self) -> PathBuf {
        let file = self.folder.path().join("train.toml");
        fs::write(&file, &self.recipe.0).unwrap();
        file
    }

    pub fn train(
        &self,
        resume: bool,
        mut on_event: impl FnMut(&TrainEvent, &AtomicBool),
    ) -> Result<Trained, TrainError> {
        let cancel = AtomicBool::new(false);
        run(&self.file(), resume, &cancel, &mut |event| on_event(&event, &cancel))
    }

    /// Step and loss of every line of the log.
    pub fn losses(&self) -> Vec<(u64, f64)> {
        let lines = read_log(&self.out().join("log.jsonl")).unwrap();
        lines.iter().filter_map(|LogLine { step, loss, .. }| Some((*step, (*loss)?))).collect()
    }

    pub fn weights(&self) -> Vec<u8> {
        fs::read(self.out().join("last/model.safetensors")).unwrap()
    }
}
