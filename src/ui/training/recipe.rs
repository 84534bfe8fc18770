//! What is to be learned: stage, model, data and schedule. It is one training file, which a run keeps in its folder and the
//! command line reads.

mod reckoning;

use std::path::{Path, PathBuf, absolute};

use egui::{CollapsingHeader, DragValue, Label, RichText, Ui};

use super::{
    super::{View, theme, words},
    act,
    fields::{fields, heading, name, number, text},
    runs::next_free,
    sources::sources_ui,
};
use crate::{
    assets,
    dataset::Source,
    model::Products,
    state::{SourceAction, TrainingAction, TrainingState},
    train::{DataPart, LoraTable, ModelPart, Parameters, Stage, Streets, TrainConfig},
    worker::ModelSource,
};

const STAGES: [Stage; 4] = [Stage::Reasoning, Stage::Location, Stage::Correction, Stage::Full];

/// Streets that no model of this program has learned.
const STREETS: Streets = Streets { seed: 500_000, count: 2_000 };

/// Where pictures come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum From {
    Streets,
    Files,
    Both,
}

impl From {
    fn draws(self) -> bool {
        self != Self::Files
    }

    fn reads(self) -> bool {
        self != Self::Streets
    }
}

/// A recipe as it stands in its fields. The files that are learned from the state keeps.
pub struct Recipe {
    config: TrainConfig,
    /// The folder of the model to start from; empty for the starter.
    base: String,
    from: From,
    /// What the user calls the run; until they do, the next free number is proposed.
    name: Option<String>,
    /// The starter's folder, once it was asked for.
    starter: Option<PathBuf>,
    /// The run that was reckoned last.
    asked: Option<TrainConfig>,
    /// Why a file was not taken.
    refused: Option<String>,
}

impl Default for Recipe {
    fn default() -> Self {
        let model = ModelPart { base: None, init: None, parameters: Parameters::All, picture_tokens: None };
        let data = DataPart { streets: Some(STREETS), jpeg_quality: Some([75, 97]), ..DataPart::default() };
        Self::new(TrainConfig::preset(Stage::Full, model, data, PathBuf::new()), None)
    }
}

impl Recipe {
    fn new(mut config: TrainConfig, name: Option<String>) -> Self {
        if config.model.parameters != Parameters::Lora {
            // What an adapter begins with as soon as one is chosen.
            config.lora = LoraTable::of_paper();
        }
        let base = config.model.base.as_ref().map_or_else(String::new, |base| base.display().to_string());
        let draws = config.data.streets.is_some() || config.data.street_list.is_some();
        let from = if draws { From::Streets } else { From::Files };
        Self { config, base, from, name, starter: None, asked: None, refused: None }
    }

    /// What a training file says. Its manifests become sources like others: what cannot be used of them is left out and said,
    /// where the file alone would refuse it.
    pub fn of(mut config: TrainConfig, view: &mut View<'_>) -> Self {
        let name = config.out.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let data = &mut config.data;
        let (columns, root) = (std::mem::take(&mut data.columns), data.root.take());
        let source = |path| Source { path, kind: None, columns: columns.clone(), root: root.clone() };
        let manifests = std::mem::take(&mut data.manifests).into_iter().map(source);
        let sources: Vec<Source> = std::mem::take(&mut data.sources).into_iter().chain(manifests).collect();
        let reads = !sources.is_empty();
        act(view, TrainingAction::Source(SourceAction::Set(sources)));
        let mut recipe = Self::new(config, Some(name));
        if reads && recipe.from.draws() {
            recipe.from = From::Both;
        }
        recipe
    }

    /// The run that was begun has its name, and the next one gets another.
    pub fn give_name_away(&mut self) {
        self.name = None;
    }

    /// What the run is called.
    fn called(&self, training: &TrainingState) -> String {
        self.name.clone().unwrap_or_else(|| next_free(training.runs()))
    }

    /// Says why a file was not taken.
    pub fn refuse(&mut self, why: String) {
        self.refused = Some(why);
    }

    /// Learns from these files and folders too.
    pub fn learn_from(&mut self, paths: &[PathBuf], view: &mut View<'_>) {
        if !self.from.reads() {
            self.from = From::Files;
        }
        for path in paths {
            act(view, TrainingAction::Source(SourceAction::Add(Source::at(path))));
        }
    }

    /// The training file that the fields make, in a folder of runs; or why they make none.
    fn config(&mut self, runs: &Path, training: &TrainingState) -> Result<TrainConfig, String> {
        let sources = training.sources();
        let mut config = self.config.clone();
        let name = self.called(training);
        let name = name.trim();
        if name.is_empty() || name.contains(['/', '\\']) || name.starts_with('.') {
            return Err("The run needs a name without slashes.".to_owned());
        }
        config.out = runs.join(name);
        config.model.init = None;
        config.model.base = Some(match self.base.trim() {
            "" => self.starter()?,
            folder => absolute(folder).map_err(|error| format!("{folder}: {error}"))?,
        });
        if self.from.draws() {
            config.data.streets = config.data.streets.or(config.data.street_list.is_none().then_some(STREETS));
        } else {
            (config.data.streets, config.data.street_list) = (None, None);
        }
        if self.from.reads() {
            if sources.is_empty() {
                let otherwise =
                    if self.from.draws() { "learn from drawn streets alone" } else { "let streets be drawn" };
                return Err(format!("Add something to learn from, or {otherwise}."));
            }
            if let Some(wrong) = sources.iter().find(|learned| matches!(learned.found, Some(Err(_)))) {
                let path = &wrong.source.path;
                let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
                return Err(format!("“{name}” cannot be learned from as it is: mend it above, or remove it."));
            }
            config.data.sources = sources.iter().map(|learned| learned.source.clone()).collect();
        }
        if config.model.parameters != Parameters::Lora {
            config.lora = Default::default();
        }
        config.check()?;
        Ok(config)
    }

    fn starter(&mut self) -> Result<PathBuf, String> {
        if self.starter.is_none() {
            self.starter = Some(assets::starter_folder().map_err(|error| error.to_string())?);
        }
        Ok(self.starter.clone().unwrap_or_default())
    }

    /// Draws the fields.
    pub fn ui(&mut self, view: &mut View<'_>, ui: &mut Ui) {
        let Some(runs) = view.state.training().folder().map(PathBuf::from) else {
            ui.label("There is no folder for runs: set TERRASIGHT_HOME to one that can be written.");
            return;
        };
        ui.label(RichText::new("A new run").heading());
        if let Some(why) = &self.refused {
            ui.label(RichText::new(why).color(theme::palette(ui).error));
        }
        self.stage_ui(ui);
        self.what_ui(view, ui);
        self.how_ui(ui);
        if let Ok(config) = self.config(&runs, view.state.training()) {
            ui.add_space(theme::GAP);
            self.takes_ui(view, ui, config);
        }
    }

    fn stage_ui(&mut self, ui: &mut Ui) {
        let before = self.config.stage;
        ui.horizontal_wrapped(|ui| {
            for stage in STAGES {
                theme::choice_value(ui, &mut self.config.stage, stage, words::stage_name(stage))
                    .on_hover_text(words::stage_purpose(stage));
            }
        });
        ui.label(RichText::new(words::stage_purpose(self.config.stage)).small().weak());
        if self.config.stage != before {
            self.set_defaults();
        }
    }

    /// Puts the stage's own schedule in place of what was set.
    fn set_defaults(&mut self) {
        let TrainConfig { stage, model, data, out, device, seed, lora, .. } = self.config.clone();
        self.config = TrainConfig { device, seed, lora, ..TrainConfig::preset(stage, model, data, out) };
    }

    fn what_ui(&mut self, view: &mut View<'_>, ui: &mut Ui) {
        heading(ui, "What learns, and from what");
        fields(ui, "what", |ui| {
            let proposed = self.called(view.state.training());
            let mut called = proposed.clone();
            text(ui, ("Name", "The run's folder is called so"), &mut called, "run 1");
            if called != proposed {
                self.name = Some(called);
            }
            text(
                ui,
                (
                    "Model",
                    "The folder of a Qwen2.5-VL model to start from; empty for the starter, which is small and knows drawn streets",
                ),
                &mut self.base,
                "the starter",
            );
            if let ModelSource::Directory(folder) = &view.state.settings().model
                && self.base != folder.display().to_string()
            {
                ui.label("");
                if theme::small_button(ui, "Take the model in use").clicked() {
                    self.base = folder.display().to_string();
                }
                ui.end_row();
            }
            name(
                ui,
                "Learns",
                "An adapter beside the frozen weights needs least memory; all parameters suit the small starter",
            );
            let before = self.config.model.parameters;
            ui.horizontal(|ui| {
                for (which, called, means) in [
                    (Parameters::All, "All", "Every parameter"),
                    (Parameters::Text, "Text", "All but the vision tower's"),
                    (Parameters::Lora, "Adapter", "Low-rank factors beside frozen weights (LoRA)"),
                ] {
                    theme::choice_value(ui, &mut self.config.model.parameters, which, called).on_hover_text(means);
                }
            });
            ui.end_row();
            if self.config.model.parameters != before {
                self.set_defaults();
            }
            name(ui, "From", "Streets are drawn as they are learned; files are read where they lie");
            ui.horizontal(|ui| {
                theme::choice_value(ui, &mut self.from, From::Streets, "Drawn streets");
                theme::choice_value(ui, &mut self.from, From::Files, "Your files");
                theme::choice_value(ui, &mut self.from, From::Both, "Both");
            });
            ui.end_row();
            if self.from.draws() {
                self.streets_ui(ui);
            }
        });
        if self.from.reads() {
            sources_ui(view, ui);
        }
        fields(ui, "which of them", |ui| self.locatability_ui(ui));
    }

    fn streets_ui(&mut self, ui: &mut Ui) {
        if let Some(file) = &self.config.data.street_list {
            name(ui, "Seeds", "A street is drawn for each line of this file");
            let path = file.display().to_string();
            let another = ui.horizontal(|ui| {
                let is_wanted = theme::small_button(ui, "A range instead").clicked();
                ui.add(Label::new(&path).truncate()).on_hover_text(&path);
                is_wanted
            });
            ui.end_row();
            if another.inner {
                self.config.data.street_list = None;
            }
            return;
        }
        let mut streets = self.config.data.streets.unwrap_or(STREETS);
        number(
            ui,
            ("Streets", "How many are drawn; each is learned once in a pass"),
            theme::counting(DragValue::new(&mut streets.count).range(1..=900_000)),
        );
        number(
            ui,
            ("First seed", "Seeds below 1,000,000 are for training; the starter has learned those from 0 on"),
            theme::counting(DragValue::new(&mut streets.seed).range(0..=999_998)),
        );
        self.config.data.streets = Some(streets);
    }

    fn locatability_ui(&mut self, ui: &mut Ui) {
        let mut has_least = self.config.data.min_locatability.is_some();
        let label = name(
            ui,
            "Locatability",
            "Only pictures with at least this score are learned; 0.4 is the paper's threshold",
        )
        .id;
        ui.horizontal(|ui| {
            ui.checkbox(&mut has_least, "at least");
            let mut least = self.config.data.min_locatability.unwrap_or(0.4);
            let drag = DragValue::new(&mut least).range(0.0..=1.0).speed(0.01).fixed_decimals(2);
            ui.add_enabled(has_least, drag).labelled_by(label);
            self.config.data.min_locatability = has_least.then_some(least);
        });
        ui.end_row();
    }

    fn how_ui(&mut self, ui: &mut Ui) {
        heading(ui, "How long and how fast");
        let schedule = &mut self.config.schedule;
        fields(ui, "how", |ui| {
            let mut by_epochs = schedule.epochs.is_some();
            let label = name(ui, "Length", "Passes over all pictures, or steps").id;
            ui.horizontal(|ui| {
                let (mut epochs, mut steps) = (schedule.epochs.unwrap_or(1.0), schedule.steps.unwrap_or(200));
                if by_epochs {
                    ui.add(DragValue::new(&mut epochs).range(0.01..=1000.0).speed(0.1)).labelled_by(label);
                } else {
                    ui.add(theme::counting(DragValue::new(&mut steps).range(1..=10_000_000))).labelled_by(label);
                }
                theme::choice_value(ui, &mut by_epochs, true, "passes");
                theme::choice_value(ui, &mut by_epochs, false, "steps");
                (schedule.epochs, schedule.steps) = (by_epochs.then_some(epochs), (!by_epochs).then_some(steps));
            });
            ui.end_row();
            let label = name(
                ui,
                "Batch",
                "Pictures at once, times batches a step: memory follows from the first, what is learned from both",
            )
            .id;
            ui.horizontal(|ui| {
                ui.add(DragValue::new(&mut schedule.batch).range(1..=512)).labelled_by(label);
                ui.label("×");
                ui.add(DragValue::new(&mut schedule.accumulate).range(1..=512)).labelled_by(label);
            });
            ui.end_row();
            number(
                ui,
                ("Learning rate", "The highest: too high and the loss jumps, too low and nothing is learned"),
                DragValue::new(&mut schedule.learning_rate)
                    .range(1e-8..=1.0)
                    .speed(1e-6)
                    .custom_formatter(|rate, _| format!("{rate:.1e}"))
                    .custom_parser(|text| text.trim().parse().ok()),
            );
        });
        CollapsingHeader::new("More").id_salt("more of the recipe").show(ui, |ui| self.more_ui(ui));
    }

    fn more_ui(&mut self, ui: &mut Ui) {
        let TrainConfig { schedule, validation, probes, checkpoint, lora, model, seed, .. } = &mut self.config;
        fields(ui, "more", |ui| {
            let mut ratio = schedule.warmup_ratio.unwrap_or(0.0);
            number(
                ui,
                ("Warm-up", "The share of the steps over which the rate rises; a cosine follows"),
                DragValue::new(&mut ratio).range(0.0..=1.0).speed(0.005),
            );
            if schedule.warmup_steps == 0 {
                schedule.warmup_ratio = Some(ratio);
            }
            number(
                ui,
                ("Decay", "Pulls matrices towards zero"),
                DragValue::new(&mut schedule.weight_decay).range(0.0..=0.99).speed(0.01),
            );
            number(
                ui,
                ("Answer tokens", "Answers are cut after so many"),
                theme::counting(DragValue::new(&mut schedule.max_answer_tokens).range(1..=4096)),
            );
            number(
                ui,
                ("Held back", "The share of the pictures that is never learned, by place"),
                DragValue::new(&mut validation.share).range(0.0..=0.9).speed(0.01),
            );
            number(
                ui,
                ("Look every", "So many steps, held-back pictures are looked at and the six are answered"),
                theme::counting(DragValue::new(&mut validation.every).range(1..=100_000)),
            );
            probes.every = validation.every;
            number(
                ui,
                ("Save every", "So many steps"),
                theme::counting(DragValue::new(&mut checkpoint.every).range(1..=100_000)),
            );
            let mut tokens = model.picture_tokens.unwrap_or(0);
            number(
                ui,
                ("Picture tokens", "At most so many a picture, 0 for as many as usual: fewer need less memory"),
                theme::counting(DragValue::new(&mut tokens).range(0..=16_384)),
            );
            model.picture_tokens = (tokens > 0).then_some(tokens);
            number(ui, ("Seed", "The same seed gives the same run"), DragValue::new(seed));
            if model.parameters == Parameters::Lora {
                adapter_ui(ui, lora);
            }
        });
    }
}

/// What an adapter is to be, and in what the weights that it is laid on are held.
fn adapter_ui(ui: &mut Ui, lora: &mut LoraTable) {
    number(ui, ("Rank", "Width of the adapter: 64 is the paper's"), DragValue::new(&mut lora.rank).range(1..=1024));
    number(
        ui,
        ("Alpha", "What is learned counts alpha / rank times"),
        DragValue::new(&mut lora.alpha).range(0.1..=1024.0),
    );
    number(
        ui,
        (
            "Dropout",
            "With what probability each number that goes into the adapter is left out at a step: 0.05 is the paper's",
        ),
        DragValue::new(&mut lora.dropout).range(0.0..=0.9).speed(0.005),
    );
    name(ui, "Weights", "In how many bits the frozen weights are held");
    ui.horizontal(|ui| {
        for bits in ["full", "8-bit", "4-bit"] {
            theme::choice_value(ui, &mut lora.precision, bits.to_owned(), bits);
        }
    });
    ui.end_row();
    name(
        ui,
        "Products",
        "In what the frozen weights are multiplied: bf16 is faster on processors that have it, f32 loses no digit",
    );
    ui.horizontal(|ui| {
        for products in [Products::Bf16, Products::F32] {
            theme::choice_value(ui, &mut lora.products, products, products.to_string());
        }
    });
    ui.end_row();
}
