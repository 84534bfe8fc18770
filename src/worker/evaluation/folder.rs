//! The folder of an evaluation: what was asked for, a table of results a model, who answered, and the report. A run that was
//! broken off finds there what it has done.

use std::{
    fmt::Display,
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::message::{Comparison, ErrorLine, Evaluated, KeptEvaluation};
use crate::{
    assets::write_whole,
    eval::{Answerer, EvalConfig, EvalError, Report, ResultRow, differences_between, read_results},
    geo::LatLon,
};

/// What was asked for.
const BEGUN: &str = "evaluation.json";
/// What was found.
const REPORT: &str = "report.json";

/// What an evaluation was begun with.
#[derive(Debug, Serialize, Deserialize)]
struct Begun {
    config: EvalConfig,
    data_sha256: Option<String>,
}

/// The folder of an evaluation.
pub(super) struct Folder(PathBuf);

/// The table of a model's results in the folder of an evaluation.
pub fn results_file(folder: &Path, model: usize) -> PathBuf {
    folder.join(format!("results-{}.csv", model + 1))
}

impl Folder {
    /// Makes the folder that an evaluation names, or sees that what lies in it belongs to this evaluation.
    pub(super) fn claim(config: &EvalConfig, data_sha256: Option<String>) -> Result<Self, EvalError> {
        let folder = Self(config.out.clone());
        fs::create_dir_all(&folder.0).map_err(|cause| unusable(&folder.0, &cause))?;
        match folder.read::<Begun>(BEGUN)? {
            Some(begun) => folder.check(&begun, config, data_sha256.as_ref())?,
            None => folder.write(BEGUN, &Begun { config: config.clone(), data_sha256 })?,
        }
        Ok(folder)
    }

    fn check(&self, begun: &Begun, config: &EvalConfig, data_sha256: Option<&String>) -> Result<(), EvalError> {
        let parts = [
            ("model", begun.config.models == config.models),
            ("precision", begun.config.precision == config.precision),
            ("data", begun.config.data == config.data),
            ("what the list of pictures says", begun.data_sha256.as_ref() == data_sha256),
            ("generation", begun.config.generation == config.generation),
        ];
        match parts.into_iter().find(|(_, same)| !same) {
            Some((part, _)) => Err(self.another(part)),
            None => Ok(()),
        }
    }

    /// The error that what lies here is of another evaluation.
    pub(super) fn another(&self, part: &'static str) -> EvalError {
        EvalError::AnotherEvaluation { out: self.0.clone(), part }
    }

    /// The table of a model's results.
    pub(super) fn results(&self, model: usize) -> PathBuf {
        results_file(&self.0, model)
    }

    /// Who answered as this model; none as long as nobody has.
    pub(super) fn answerer(&self, model: usize) -> Result<Option<Answerer>, EvalError> {
        self.read(&answerer_file(model))
    }

    /// Keeps who answers as this model.
    pub(super) fn keep_answerer(&self, model: usize, answerer: &Answerer) -> Result<(), EvalError> {
        self.write(&answerer_file(model), answerer)
    }

    /// Keeps the report, and gives all that there is.
    pub(super) fn finish(self, report: Report, rows: &[&[ResultRow]]) -> Result<Evaluated, EvalError> {
        self.write(REPORT, &report)?;
        Ok(Evaluated::new(self.0, report, rows.iter().map(|rows| error_lines(rows)).collect()))
    }

    /// Reads an evaluation that came to its end.
    pub(super) fn open(folder: &Path) -> Result<Evaluated, EvalError> {
        let (report, rows) = Self(folder.to_owned()).finished()?;
        Ok(Evaluated::new(folder.to_owned(), report, rows.iter().map(|rows| error_lines(rows)).collect()))
    }

    /// Holds two evaluations that came to their ends against each other, as the first draws its intervals.
    pub(super) fn compare(first: &Path, second: &Path) -> Result<Comparison, EvalError> {
        let (report, rows) = Self(first.to_owned()).finished()?;
        let (_, others) = Self(second.to_owned()).finished()?;
        let differences = differences_between(&rows, &others, report.config.bootstrap);
        Ok(Comparison { folders: [first.to_owned(), second.to_owned()], differences })
    }

    /// The report, and the rows of each model.
    fn finished(&self) -> Result<(Report, Vec<Vec<ResultRow>>), EvalError> {
        let report: Report = self.read(REPORT)?.ok_or_else(|| EvalError::NotFinished(self.0.clone()))?;
        let rows = (0..report.models.len()).map(|model| read_results(&self.results(model)));
        Ok((report, rows.collect::<Result<_, _>>()?))
    }

    /// The evaluations in the folders of this folder, the latest first by their names; what is none is passed over.
    pub(super) fn list(all: &Path) -> Result<Vec<KeptEvaluation>, EvalError> {
        let entries = match fs::read_dir(all) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(|cause| unusable(all, &cause))?,
        };
        let mut folders: Vec<PathBuf> =
            entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
        folders.sort();
        Ok(folders.into_iter().rev().filter_map(kept).collect())
    }

    /// Deletes what an evaluation has written, and its folder where nothing else lies in it.
    pub(super) fn remove(folder: &Path) -> Result<(), EvalError> {
        let own = Self(folder.to_owned());
        let n_models = own.read::<Begun>(BEGUN)?.map_or(0, |begun| begun.config.models.len());
        let of_models = (0..n_models).flat_map(|model| [own.results(model), folder.join(answerer_file(model))]);
        for file in of_models.chain([folder.join(REPORT), folder.join(BEGUN)]) {
            match fs::remove_file(&file) {
                Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(unusable(&file, &cause)),
                _ => {}
            }
        }
        // Something of the user's may lie in it; then it stays.
        let _is_empty = fs::remove_dir(folder);
        Ok(())
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, EvalError> {
        let file = self.0.join(name);
        match fs::read_to_string(&file) {
            Ok(text) => serde_json::from_str(&text).map(Some).map_err(|cause| unusable(&file, &cause)),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(cause) => Err(unusable(&file, &cause)),
        }
    }

    fn write<T: Serialize>(&self, name: &str, what: &T) -> Result<(), EvalError> {
        let file = self.0.join(name);
        let text = serde_json::to_string_pretty(what).map_err(|cause| unusable(&file, &cause))?;
        write_whole(&file, (text + "\n").as_bytes()).map_err(|cause| unusable(&file, &cause))
    }
}

fn answerer_file(model: usize) -> String {
    format!("model-{}.json", model + 1)
}

/// What lies in a folder, where that is an evaluation.
fn kept(folder: PathBuf) -> Option<KeptEvaluation> {
    let own = Folder(folder);
    let told = |error: EvalError| tracing::warn!("{error}");
    let begun: Begun = own.read(BEGUN).map_err(told).ok()??;
    let report = own.read(REPORT).map_err(told).ok()?;
    Some(KeptEvaluation { folder: own.0, config: begun.config, report: report.map(std::sync::Arc::new) })
}

fn error_lines(rows: &[ResultRow]) -> Vec<ErrorLine> {
    let line = |row: &ResultRow| {
        Some(ErrorLine {
            picture: row.picture.clone(),
            truth: row.true_place()?,
            said: LatLon::new(row.latitude?, row.longitude?)?,
            km: row.distance_km?,
        })
    };
    rows.iter().filter_map(line).collect()
}

fn unusable(path: &Path, cause: &dyn Display) -> EvalError {
    EvalError::File { path: path.to_owned(), cause: cause.to_string() }
}
