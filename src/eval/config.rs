//! The evaluation file: a TOML table that says which model answers for which pictures.
//!
//! As in a training file, unknown keys are refused by name, values are checked before anything is loaded, and relative
//! paths are taken from the folder of the file.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{
    bootstrap::Bootstrap,
    models::{EvalModel, one_or_several, starter},
};
use crate::{
    dataset::{
        Source,
        table::{ColumnChoice, TableOptions},
    },
    model::Precision,
    predict::LocateSettings,
    street::FIRST_EVALUATION_SEED,
    train::{ConfigError, Streets, folder_of, toml_problem},
};

/// An evaluation file, read and checked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvalConfig {
    /// The folder for the report and the results of each picture. A run that was broken off goes on in it.
    pub out: PathBuf,
    /// Who answers: a model folder, or tables `[[model]]` with `folder`, `adapters` and `name`; without any, the starter that
    /// the program ships. All are asked about the same pictures.
    #[serde(rename = "model", default = "starter", deserialize_with = "one_or_several")]
    pub models: Vec<EvalModel>,
    /// `auto`, `cpu`, `gpu` or `gpu:N`.
    #[serde(default = "auto_device")]
    pub device: String,
    /// `full`, `8-bit` or `4-bit`: in how many bits a folder's weights are held.
    #[serde(default = "full_precision")]
    pub precision: String,
    /// The pictures.
    pub data: EvalData,
    /// How the model answers.
    #[serde(default)]
    pub generation: Generation,
    /// How intervals are drawn.
    #[serde(default)]
    pub bootstrap: Bootstrap,
}

/// The pictures: `sources`, `manifest`, `index` or `streets`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvalData {
    /// Labelled pictures of every kind that a training file takes: folders, tables, indexes, and records as JSON, JSONL or Parquet.
    /// Those that say neither place nor country are left out, and counted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Source>,
    /// A CSV file with `path,latitude,longitude`, as `terrasight streets` writes it.
    pub manifest: Option<PathBuf>,
    /// Which columns of the manifest mean what, where their names do not tell: `path=File,latitude=Y,longitude=X`.
    #[serde(default, skip_serializing_if = "ColumnChoice::is_empty")]
    pub columns: ColumnChoice,
    /// Where relative paths of the manifest start from; its own folder where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<PathBuf>,
    /// The index of a data set: its pictures whose place is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<PathBuf>,
    /// Streets drawn for this evaluation, of seeds that no training has seen.
    pub streets: Option<Streets>,
    /// Drawn streets are encoded as JPEG of this quality before the model sees them, 1 to 100.
    #[serde(default = "jpeg_quality")]
    pub jpeg_quality: u8,
    /// At most so many pictures, from the first on.
    pub limit: Option<usize>,
    /// A linear classifier of thumbnails learns from so many drawn streets and guesses beside the model; 0 for none.
    #[serde(default = "thumbnail_streets")]
    pub thumbnail_streets: u64,
}

/// How the model answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Generation {
    /// Answers end after so many tokens.
    pub max_new_tokens: usize,
    /// 0 always takes the likeliest token.
    pub temperature: f32,
    /// Tokens are drawn from the likeliest that together have this probability.
    pub top_p: f32,
    /// Decides the draws.
    pub seed: u64,
    /// Whether the signs in the pictures are read and weighed in.
    pub reads_signs: bool,
    /// How many tokens a picture becomes at most; without it, as many as the model usually sees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture_tokens: Option<usize>,
}

impl Default for Generation {
    /// As `locate` has it, so that a figure of an evaluation is one that a user gets.
    fn default() -> Self {
        Self::of(&LocateSettings::default())
    }
}

impl Generation {
    /// As pictures are located in the window.
    pub fn of(settings: &LocateSettings) -> Self {
        let LocateSettings {
            max_new_tokens,
            temperature,
            top_p,
            seed,
            shows_untrusted: _,
            reads_signs,
            picture_tokens,
        } = *settings;
        Self { max_new_tokens, temperature, top_p, seed, reads_signs, picture_tokens }
    }

    /// For this model: as with `locate`, who names one wants to see what it says, whatever it knows.
    pub fn settings(&self, model: &EvalModel) -> LocateSettings {
        let Self { max_new_tokens, temperature, top_p, seed, reads_signs, picture_tokens } = *self;
        let shows_untrusted = *model != EvalModel { name: model.name.clone(), ..EvalModel::default() };
        LocateSettings { max_new_tokens, temperature, top_p, seed, shows_untrusted, reads_signs, picture_tokens }
    }
}

fn auto_device() -> String {
    "auto".to_owned()
}

fn full_precision() -> String {
    Precision::Full.to_string()
}

fn jpeg_quality() -> u8 {
    90
}

fn thumbnail_streets() -> u64 {
    8000
}

impl EvalConfig {
    /// Reads and checks an evaluation file and takes its paths from the file's folder.
    pub fn read(file: &Path) -> Result<Self, ConfigError> {
        let text =
            std::fs::read_to_string(file).map_err(|cause| ConfigError::Unreadable { file: file.to_owned(), cause })?;
        let mut config = Self::parse(file, &text)?;
        let folder = &folder_of(file)?;
        config.out = folder.join(&config.out);
        for model in &mut config.models {
            model.folder.iter_mut().chain(&mut model.adapters).for_each(|path| *path = folder.join(&*path));
        }
        let EvalData { sources, manifest, root, index, .. } = &mut config.data;
        sources.iter_mut().for_each(|source| source.start_from(folder));
        manifest.iter_mut().chain(root).chain(index).for_each(|path| *path = folder.join(&*path));
        Ok(config)
    }

    fn parse(file: &Path, text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text)
            .map_err(|error| ConfigError::Form { file: file.to_owned(), problem: toml_problem(text, &error) })?;
        config.checked(file)
    }

    /// With what is said of the manifest elsewhere in the place of what the file says.
    pub fn with_table(mut self, file: &Path, table: &TableOptions) -> Result<Self, ConfigError> {
        if !table.columns.is_empty() {
            self.data.columns = table.columns.clone();
        }
        if let Some(root) = &table.root {
            let unreadable = |cause| ConfigError::Unreadable { file: root.clone(), cause };
            self.data.root = Some(std::path::absolute(root).map_err(unreadable)?);
        }
        self.checked(file)
    }

    /// What a model is called before its own name is known: as the file says, or by its folder.
    pub fn label(model: &EvalModel) -> String {
        let of_folder =
            || model.folder.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
        model.name.clone().or_else(of_folder).unwrap_or_else(|| "starter".to_owned())
    }

    /// Itself, where its values make sense; `file` is named where they do not.
    pub fn checked(self, file: &Path) -> Result<Self, ConfigError> {
        match self.problem() {
            Some((key, problem)) => Err(ConfigError::Value { file: file.to_owned(), key, problem }),
            None => Ok(self),
        }
    }

    /// The first value that makes no sense: its key and why.
    fn problem(&self) -> Option<(&'static str, String)> {
        let found = |key, problem: &str| Some((key, problem.to_owned()));
        let Self { data, generation, models, bootstrap, .. } = self;
        if self.out.as_os_str().is_empty() {
            return found("out", "must name a folder");
        }
        if models.is_empty() {
            return found("model", "names none; leave it out for the starter");
        }
        if (1..models.len()).any(|at| models[..at].contains(&models[at])) {
            return found("model", "names the same model twice");
        }
        let EvalData { sources, manifest, index, streets, .. } = data;
        let kinds = [!sources.is_empty(), manifest.is_some(), index.is_some(), streets.is_some()];
        if kinds.into_iter().filter(|is| *is).count() != 1 {
            return found(
                "data",
                "needs one of sources (files and folders), manifest (a CSV file), index (of a data set) and streets = { seed = .., \
                 count = .. }",
            );
        }
        if data.manifest.is_none() && !(data.columns.is_empty() && data.root.is_none()) {
            return found("data", "has columns or root, which are about a manifest, and no manifest");
        }
        if let Some(problem) = data.streets.and_then(|streets| streets.problem(false)) {
            return Some(("data.streets", problem));
        }
        if !(1..=100).contains(&data.jpeg_quality) {
            return found("data.jpeg_quality", "must lie between 1 and 100");
        }
        if data.thumbnail_streets > FIRST_EVALUATION_SEED {
            return found("data.thumbnail_streets", "is more than there are streets to learn from");
        }
        if data.limit == Some(0) {
            return found("data.limit", "must be at least 1");
        }
        if !(100..=100_000).contains(&bootstrap.draws) {
            return found("bootstrap.draws", "must lie between 100 and 100000");
        }
        if generation.max_new_tokens == 0 {
            return found("generation.max_new_tokens", "must be at least 1");
        }
        if !generation.temperature.is_finite() || generation.temperature < 0.0 {
            return found("generation.temperature", "must be 0 or more");
        }
        if !(generation.top_p > 0.0 && generation.top_p <= 1.0) {
            return found("generation.top_p", "must lie above 0 and not above 1");
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "out = \"r\"\n[data]\nstreets = { seed = 1000000, count = 5 }\n";

    #[track_caller]
    fn check_error(from: &str, to: &str, expected: &str) {
        assert!(GOOD.contains(from));
        let error = EvalConfig::parse(Path::new("e.toml"), &GOOD.replace(from, to)).unwrap_err().to_string();
        assert!(error.starts_with("e.toml") && error.contains(expected), "'{error}' does not say '{expected}'");
    }

    #[test]
    fn what_cannot_be_used_is_refused_by_name() {
        assert_eq!(EvalConfig::parse(Path::new("e.toml"), GOOD).unwrap().generation, Generation::default());
        check_error("seed = 1000000", "seed = 999999", "earlier seeds are trained on");
        check_error("streets", "columns = \"path=a\"\nstreets", "about a manifest");
        check_error("streets", "columns = \"colour=a\"\nstreets", "nothing that a column can be");
        check_error("streets", "manifest = \"m.csv\"\nstreets", "one of sources");
        check_error("streets", "sources = [\"m.json\"]\nstreets", "one of sources");
        check_error("streets = { seed = 1000000, count = 5 }", "limit = 1", "one of sources");
        check_error("streets", "jpeg_quality = 0\nstreets", "data.jpeg_quality");
        check_error("streets", "quality = 3\nstreets", "unknown field `quality`");
        check_error("[data]", "[bootstrap]\ndraws = 3\n[data]", "bootstrap.draws");
        check_error("[data]", "[[model]]\nfolder = \"a\"\n[[model]]\nfolder = \"a\"\n[data]", "same model twice");
        check_error("[data]", "[[model]]\nfile = \"a\"\n[data]", "unknown field `file`");
        check_error("[data]", "model = 3\n[data]", "a model folder, or tables [[model]]");
        check_error("[data]", "[generation]\ntemperature = -1.0\n[data]", "generation.temperature");
    }

    #[test]
    fn one_model_or_several_with_paths_from_the_files_folder() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("e.toml");
        let read = |models: &str| {
            std::fs::write(&file, GOOD.replace("[data]", &format!("{models}\n[data]"))).unwrap();
            EvalConfig::read(&file).unwrap().models
        };
        assert_eq!(read(""), [EvalModel::default()]);
        let at = |name: &str| folder_of(&file).unwrap().join(name);
        assert_eq!(read("model = \"a\"")[0].folder, Some(at("a")));
        let several = read("[[model]]\n[[model]]\nfolder = \"a\"\nadapters = [\"x\", \"y\"]\nname = \"tuned\"");
        assert_eq!((several[0].clone(), &several[1].adapters), (EvalModel::default(), &vec![at("x"), at("y")]));
        let labels: Vec<String> = several.iter().map(EvalConfig::label).collect();
        assert_eq!(labels, ["starter", "tuned"]);
    }

    #[test]
    fn what_is_written_of_it_is_read_back() {
        for data in ["streets = { seed = 1000000, count = 5 }", "sources = [\"a\", { path = \"b\", root = \"c\" }]"] {
            let config = EvalConfig::parse(Path::new("e.toml"), &format!("out = \"r\"\n[data]\n{data}\n")).unwrap();
            let text = serde_json::to_string(&config).unwrap();
            assert_eq!(serde_json::from_str::<EvalConfig>(&text).unwrap(), config);
        }
    }

    #[test]
    fn sources_start_from_the_files_folder() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("e.toml");
        std::fs::write(&file, "out = \"r\"\n[data]\nsources = [\"a\", { path = \"b\", root = \"c\" }]\n").unwrap();
        let at = |name: &str| folder_of(&file).unwrap().join(name);
        let expected = [Source::at(at("a")), Source { root: Some(at("c")), ..Source::at(at("b")) }];
        assert_eq!(EvalConfig::read(&file).unwrap().data.sources, expected);
    }

    #[test]
    fn a_file_says_the_same_wherever_the_program_is_started() {
        // Tests run in the crate's folder.
        let named = Path::new("training/evaluate.toml");
        let config = EvalConfig::read(named).unwrap();
        assert_eq!(config, EvalConfig::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(named)).unwrap());
        assert!(config.out.is_absolute());
        // So does what is said beside it.
        let manifest = EvalData { manifest: Some("m.csv".into()), streets: None, ..config.data };
        let table = TableOptions { root: Some("pictures".into()), ..TableOptions::default() };
        let config = EvalConfig { data: manifest, ..config }.with_table(named, &table).unwrap();
        assert_eq!(config.data.root, Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("pictures")));
    }

    #[test]
    fn the_shipped_evaluation_file_is_valid() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("training/evaluate.toml");
        EvalConfig::read(&file).unwrap();
    }
}
