//! What is to be evaluated: which pictures, and which models.

use std::path::{Path, PathBuf};

use egui::{DragValue, RichText, Ui};

use super::{
    super::super::{
        forms::{Browse, Form, Out, PathField, What},
        theme,
    },
    asked::AskedModels,
};
use crate::{
    assets,
    dataset::{self, table::ColumnChoice},
    eval::{Bootstrap, EvalConfig, EvalData, Generation},
    state::{Action, EvaluationAction, State},
    street::FIRST_EVALUATION_SEED,
    train::Streets,
};

/// Drawn streets at first: enough for an interval of ten points, in some minutes.
const STREETS: u64 = 100;
/// More streets than this are an affair for the command line.
const MOST_STREETS: u64 = 20_000;

/// Where the pictures come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Streets,
    File,
    DataSet,
}

/// What is to be evaluated.
pub(in crate::ui::evaluation) struct NewForm {
    source: Source,
    streets: Streets,
    file: PathField,
    /// The index of the data set that is open.
    index: Option<PathBuf>,
    /// At most so many pictures; 0 for all.
    limit: usize,
    models: AskedModels,
    device: String,
    precision: String,
    generation: Generation,
}

impl NewForm {
    pub(in crate::ui::evaluation) fn new(state: &State) -> Self {
        let settings = state.settings();
        Self {
            source: Source::Streets,
            streets: Streets { seed: FIRST_EVALUATION_SEED, count: STREETS },
            file: PathField::unfocused("Folder, table (CSV), index, or records as JSON, JSONL or Parquet"),
            index: state.dataset().file().map(Path::to_owned),
            limit: 0,
            models: AskedModels::new(state),
            device: settings.device.to_string(),
            precision: settings.precision.to_string(),
            generation: Generation::of(&settings.locate),
        }
    }

    /// The pictures; none as long as they are not said.
    fn data(&self) -> Option<EvalData> {
        let nothing = EvalData {
            sources: Vec::new(),
            manifest: None,
            columns: ColumnChoice::default(),
            root: None,
            index: None,
            streets: None,
            jpeg_quality: 90,
            limit: (self.limit > 0).then_some(self.limit),
            thumbnail_streets: 0,
        };
        let from = |path: PathBuf| EvalData { sources: vec![dataset::Source::at(path)], ..nothing.clone() };
        match self.source {
            Source::Streets => Some(EvalData { streets: Some(self.streets), limit: None, ..nothing }),
            Source::DataSet => Some(from(self.index.clone()?)),
            Source::File => Some(from(self.file.path()?)),
        }
    }

    fn config(&self) -> Option<EvalConfig> {
        Some(EvalConfig {
            out: assets::evaluation_place().ok()?,
            models: self.models.chosen(),
            device: self.device.clone(),
            precision: self.precision.clone(),
            data: self.data()?,
            generation: self.generation.clone(),
            bootstrap: Bootstrap::default(),
        })
    }
}

impl Form for NewForm {
    fn title(&self) -> String {
        "Evaluate models".to_owned()
    }

    fn button(&self) -> &'static str {
        "Start"
    }

    fn path(&mut self) -> Option<&mut PathField> {
        (self.source == Source::File).then_some(&mut self.file)
    }

    fn above(&mut self, ui: &mut Ui) {
        ui.label(RichText::new("Pictures").strong());
        ui.radio_value(&mut self.source, Source::Streets, "Drawn streets, which no model here has seen");
        ui.radio_value(&mut self.source, Source::File, "Labelled pictures of your own");
        let index = self.index.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
        let text = index.map_or_else(
            || "The data set that is open (none is)".to_owned(),
            |name| format!("The data set that is open: {name}"),
        );
        ui.add_enabled_ui(self.index.is_some(), |ui| ui.radio_value(&mut self.source, Source::DataSet, text));
    }

    fn below(&mut self, ui: &mut Ui) {
        ui.horizontal(|ui| {
            theme::number_fields(ui);
            match self.source {
                Source::Streets => {
                    number_ui(ui, "How many", DragValue::new(&mut self.streets.count).range(1..=MOST_STREETS));
                    number_ui(
                        ui,
                        "From seed",
                        DragValue::new(&mut self.streets.seed).range(FIRST_EVALUATION_SEED..=u64::from(u32::MAX)),
                    );
                }
                Source::File | Source::DataSet => {
                    number_ui(ui, "At most, 0 for all", DragValue::new(&mut self.limit).range(0..=10_000_000));
                }
            }
        });
        if self.source == Source::File {
            let text = "Pictures that say neither place nor country are left out and counted; those of a folder without a table say it by their metadata.";
            ui.label(RichText::new(text).small().weak());
        }
        ui.add_space(theme::GAP);
        self.models.ui(ui);
        let text = "They are asked as your pictures are, with the settings of the Model menu. Your own pictures go first while it runs.";
        ui.label(RichText::new(text).small().weak());
    }

    fn is_complete(&self) -> bool {
        !self.models.chosen().is_empty() && self.data().is_some()
    }

    fn refusal(&self) -> Option<String> {
        self.models.gone()
    }

    /// A folder for the models while one is asked for there.
    fn take(&mut self, paths: Vec<PathBuf>) -> bool {
        match paths.into_iter().next() {
            Some(folder) if self.models.is_asking() => self.models.take(folder),
            Some(path) => self.file.set(path),
            None => {}
        }
        false
    }

    fn browse(&self) -> Option<Browse> {
        if self.models.is_asking() {
            return Some(Browse { title: "Choose a model folder", what: What::Folder });
        }
        let what = What::File("Labelled pictures", &["csv", "tsv", "txt", "sqlite", "json", "jsonl", "parquet"]);
        (self.source == Source::File).then_some(Browse { title: "Choose labelled pictures", what })
    }

    fn is_done_by_enter(&self) -> bool {
        self.source != Source::File
    }

    fn finish(self: Box<Self>, out: &mut Out<'_>) {
        if let Some(config) = self.config() {
            out.act(Action::Evaluation(EvaluationAction::Run(Box::new(config))));
        }
    }
}

/// A number with its name. A seed is a number of six or seven digits, so it is grouped as a count is.
fn number_ui(ui: &mut Ui, name: &str, number: DragValue<'_>) {
    let label = ui.label(name);
    ui.add(theme::counting(number)).labelled_by(label.id);
}
