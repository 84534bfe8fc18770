//! An evaluation from its file to its report.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use super::{
    EvalError,
    config::EvalConfig,
    protocol::{Pictures, Progress, answer_all},
    report::{Report, Subject},
};
use crate::{
    dataset::table::TableOptions,
    model::{self, DeviceChoice, Packing, VisionLanguageModel},
    predict::{LocateSettings, LocateStage, Observer, locate},
};

/// The evaluation that a folder belongs to.
const CONFIG_FILE: &str = "evaluation.json";

/// Evaluates as `file` says, and `table` of its manifest where it says anything, and gives the report, which also lies in
/// the folder `out` with the results of each picture.
/// `default_model` names the folder of the model where the file names none. `None` where `cancel` ended it early; asked
/// again, it goes on with the pictures that are left.
pub fn run(
    file: &Path,
    table: &TableOptions,
    default_model: &mut dyn FnMut() -> Result<PathBuf, String>,
    cancel: &AtomicBool,
    on_progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Option<Report>, EvalError> {
    let config = EvalConfig::read(file)?.with_table(file, table)?;
    let folder = match &config.model {
        Some(folder) => folder.clone(),
        None => default_model().map_err(EvalError::NoModel)?,
    };
    // A table that cannot be read leaves no trace, so that the same folder can be used once it is read otherwise.
    let pictures = Pictures::open(&config.data)?;
    claim(&config, &folder)?;
    // What is packed for this evaluation is kept beside its results.
    let packing = Packing { precision: config.precision.parse()?, folder: config.out.join("packed") };
    let device = model::open(config.device.parse::<DeviceChoice>()?)?.with_packing(packing);
    let model = VisionLanguageModel::open(&folder, &device)?;
    let settings = LocateSettings {
        max_new_tokens: config.generation.max_new_tokens,
        temperature: config.generation.temperature,
        top_p: config.generation.top_p,
        seed: config.generation.seed,
        reads_signs: false,
        ..LocateSettings::default()
    };
    let rows = answer_all(
        &pictures,
        &config.out.join("results.csv"),
        &mut |picture| {
            // The model is measured, and what the signs say is not.
            let located = locate(&model, picture, Vec::new(), None, &settings, &mut Cancel(cancel));
            located.map(|located| located.finding).map_err(|error| error.to_string())
        },
        cancel,
        on_progress,
    )?;
    let Some(rows) = rows else { return Ok(None) };
    let subject =
        Subject { model: model.name().to_owned(), device: device.name.clone(), data: pictures.describe(&config) };
    let report = Report::new(subject, &rows);
    let path = config.out.join("report.json");
    let text = serde_json::to_string_pretty(&report).map_err(|cause| unusable(&path, &cause))?;
    fs::write(&path, text + "\n").map_err(|cause| unusable(&path, &cause))?;
    Ok(Some(report))
}

/// Makes the folder for the results, or sees that those in it belong to this evaluation.
fn claim(config: &EvalConfig, model: &Path) -> Result<(), EvalError> {
    let config = EvalConfig { model: Some(model.to_owned()), ..config.clone() };
    fs::create_dir_all(&config.out).map_err(|cause| unusable(&config.out, &cause))?;
    let path = config.out.join(CONFIG_FILE);
    if let Ok(text) = fs::read_to_string(&path) {
        let begun: EvalConfig = serde_json::from_str(&text).map_err(|cause| unusable(&path, &cause))?;
        let parts = [
            ("model", begun.model == config.model),
            ("precision", begun.precision == config.precision),
            ("data", begun.data == config.data),
            ("generation", begun.generation == config.generation),
        ];
        return match parts.into_iter().find(|(_, same)| !same) {
            Some((part, _)) => Err(EvalError::AnotherEvaluation { out: config.out.clone(), part }),
            None => Ok(()),
        };
    }
    let text = serde_json::to_string_pretty(&config).map_err(|cause| unusable(&path, &cause))?;
    fs::write(&path, text).map_err(|cause| unusable(&path, &cause))
}

fn unusable(path: &Path, cause: &dyn std::fmt::Display) -> EvalError {
    EvalError::File { path: path.to_owned(), cause: cause.to_string() }
}

/// Hears nothing of the locating and ends it when the evaluation is cancelled.
struct Cancel<'a>(&'a AtomicBool);

impl Observer for Cancel<'_> {
    fn stage(&mut self, _stage: LocateStage, _fraction: Option<f32>) {}
    fn token(&mut self, _text: &str) {}
    fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_belongs_to_one_evaluation() {
        let out = tempfile::tempdir().unwrap();
        let text = format!("out = {:?}\n[data]\nstreets = {{ seed = 1000000, count = 5 }}\n", out.path());
        let config: EvalConfig = toml::from_str(&text).unwrap();
        claim(&config, Path::new("a")).unwrap();
        claim(&config, Path::new("a")).unwrap();
        let error = claim(&config, Path::new("b")).unwrap_err().to_string();
        assert!(error.contains("'model' differs"), "{error}");
        let mut other = config.clone();
        other.data.jpeg_quality = 50;
        assert!(claim(&other, Path::new("a")).unwrap_err().to_string().contains("'data' differs"));
    }
}
