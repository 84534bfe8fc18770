//! What is to be learned: stage, model, data and schedule, with what it would take. It is one training file, which a run
//! keeps in its folder and the command line reads.

use std::path::{Path, PathBuf};

use egui::{Button, CollapsingHeader, DragValue, RichText, Ui};

use super::{
    super::{View, theme, words},
    act,
    fields::{fields, heading, name, number, text},
    show,
    start_form::StartForm,
};
use crate::{
    assets,
    dataset::Source,
    hub::Verdict,
    state::TrainingAction,
    train::{DataPart, LoraTable, ModelPart, Parameters, Stage, Streets, TrainConfig},
    worker::ModelSource,
};

const STAGES: [Stage; 4] = [Stage::Reasoning, Stage::Location, Stage::Correction, Stage::Full];

/// A recipe as it stands in its fields.
pub struct Recipe {
    config: TrainConfig,
    /// The folder of the model to start from; empty for the starter.
    base: String,
    /// What to learn from where streets are not drawn.
    source: String,
    draws: bool,
    name: String,
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
        let data = DataPart {
            streets: Some(Streets { seed: 500_000, count: 2_000 }),
            jpeg_quality: Some([75, 97]),
            ..DataPart::default()
        };
        Self::new(TrainConfig::preset(Stage::Full, model, data, PathBuf::new()), String::new(), "run 1".to_owned())
    }
}

impl Recipe {
    fn new(mut config: TrainConfig, source: String, name: String) -> Self {
        if config.model.parameters != Parameters::Lora {
            // What an adapter begins with as soon as one is chosen.
            config.lora = LoraTable::of_paper();
        }
        let base = config.model.base.as_ref().map_or_else(String::new, |base| base.display().to_string());
        let draws = config.data.streets.is_some();
        Self { config, base, source, draws, name, starter: None, asked: None, refused: None }
    }

    /// What a training file says.
    pub fn of(config: TrainConfig) -> Self {
        let name = config.out.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let source = config.data.sources.first().map(|source| source.path.clone());
        let source = source.or_else(|| config.data.manifests.first().cloned());
        Self::new(config, source.map_or_else(String::new, |source| source.display().to_string()), name)
    }

    /// Says why a file was not taken.
    pub fn refuse(&mut self, why: String) {
        self.refused = Some(why);
    }

    /// Learns from this file or folder.
    pub fn learn_from(&mut self, path: &Path) {
        (self.source, self.draws) = (path.display().to_string(), false);
    }

    /// The training file that the fields make, in a folder of runs; or why they make none.
    fn config(&mut self, runs: &Path) -> Result<TrainConfig, String> {
        let mut config = self.config.clone();
        let name = self.name.trim();
        if name.is_empty() || name.contains(['/', '\\']) || name.starts_with('.') {
            return Err("The run needs a name without slashes.".to_owned());
        }
        config.out = runs.join(name);
        config.model.init = None;
        config.model.base = Some(match self.base.trim() {
            "" => self.starter()?,
            folder => PathBuf::from(folder),
        });
        if self.draws {
            config.data.streets = config.data.streets.or(Some(Streets { seed: 500_000, count: 2_000 }));
            (config.data.sources, config.data.manifests) = Default::default();
        } else {
            config.data.streets = None;
            if self.source.trim().is_empty() {
                return Err("Name what to learn from: a folder, a table, an index or a JSON file.".to_owned());
            }
            config.data.manifests.clear();
            config.data.sources = vec![Source { path: PathBuf::from(self.source.trim()), ..Source::default() }];
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

    /// Asks whether the run shall begin.
    pub fn ask_start(&mut self, view: &mut View<'_>) {
        let Some(runs) = view.state.training().folder().map(PathBuf::from) else { return };
        if let (Ok(config), false) = (self.config(&runs), view.state.training().goes_on()) {
            show(view, StartForm::new(config, view.state));
        }
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
        ui.add_space(theme::GAP);
        match self.config(&runs) {
            Ok(config) => self.takes_ui(view, ui, config),
            Err(why) => {
                ui.label(RichText::new(why).color(theme::palette(ui).error));
                ui.add_enabled(false, Button::new("Begin…"));
            }
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
        let is_location = stage == Stage::Location && !self.draws;
        let data = DataPart { min_locatability: is_location.then_some(0.4), ..data };
        self.config = TrainConfig { device, seed, lora, ..TrainConfig::preset(stage, model, data, out) };
    }

    fn what_ui(&mut self, view: &View<'_>, ui: &mut Ui) {
        heading(ui, "What learns, and from what");
        fields(ui, "what", |ui| {
            text(ui, ("Name", "The run's folder is called so"), &mut self.name, "run 1");
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
                if ui.small_button("Take the model in use").clicked() {
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
                theme::choice_value(ui, &mut self.draws, true, "Drawn streets");
                theme::choice_value(ui, &mut self.draws, false, "Files");
            });
            ui.end_row();
            if self.draws {
                let mut streets = self.config.data.streets.unwrap_or(Streets { seed: 500_000, count: 2_000 });
                number(
                    ui,
                    ("Streets", "How many are drawn; each is learned once in a pass"),
                    DragValue::new(&mut streets.count).range(1..=900_000),
                );
                number(
                    ui,
                    ("First seed", "Seeds below 1,000,000 are for training; the starter has learned those from 0 on"),
                    DragValue::new(&mut streets.seed).range(0..=999_998),
                );
                self.config.data.streets = Some(streets);
            } else {
                self.files_ui(view, ui);
            }
            self.locatability_ui(ui);
        });
    }

    fn files_ui(&mut self, view: &View<'_>, ui: &mut Ui) {
        text(
            ui,
            (
                "File",
                "A folder of pictures with positions, a CSV, an index of the Dataset page, or records as JSON, JSONL or Parquet",
            ),
            &mut self.source,
            "folder, table, index or JSON",
        );
        if let Some(file) = view.state.dataset().file()
            && Path::new(self.source.trim()) != file
        {
            ui.label("");
            if ui.small_button("Take the data set that is open").clicked() {
                self.source = file.display().to_string();
            }
            ui.end_row();
        }
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
                    ui.add(DragValue::new(&mut steps).range(1..=10_000_000)).labelled_by(label);
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
                DragValue::new(&mut schedule.max_answer_tokens).range(1..=4096),
            );
            number(
                ui,
                ("Held back", "The share of the pictures that is never learned, by place"),
                DragValue::new(&mut validation.share).range(0.0..=0.9).speed(0.01),
            );
            number(
                ui,
                ("Look every", "So many steps, held-back pictures are looked at and the six are answered"),
                DragValue::new(&mut validation.every).range(1..=100_000),
            );
            probes.every = validation.every;
            number(ui, ("Save every", "So many steps"), DragValue::new(&mut checkpoint.every).range(1..=100_000));
            let mut tokens = model.picture_tokens.unwrap_or(0);
            number(
                ui,
                ("Picture tokens", "At most so many a picture, 0 for as many as usual: fewer need less memory"),
                DragValue::new(&mut tokens).range(0..=16_384),
            );
            model.picture_tokens = (tokens > 0).then_some(tokens);
            number(ui, ("Seed", "The same seed gives the same run"), DragValue::new(seed));
            if model.parameters == Parameters::Lora {
                number(
                    ui,
                    ("Rank", "Width of the adapter: 64 is the paper's"),
                    DragValue::new(&mut lora.rank).range(1..=1024),
                );
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
            }
        });
    }

    /// What the run would take, and the button that begins it.
    fn takes_ui(&mut self, view: &mut View<'_>, ui: &mut Ui, config: TrainConfig) {
        let training = view.state.training();
        let is_there = training.run_in(&config.out).is_some();
        let is_still = !ui.input(|input| input.pointer.any_down());
        // A run in its place would be replaced, which is asked; it is reckoned as if it were not there.
        let mut asked = config.clone();
        if is_there {
            asked.out = config.out.with_extension("new");
        }
        if self.asked.as_ref() != Some(&asked) && is_still && !training.is_reckoning() {
            self.asked = Some(asked.clone());
            act(view, TrainingAction::DryRun { config: Box::new(asked), resume: false });
        }
        let can_begin = match training.reckoned() {
            None => {
                ui.label(RichText::new("Reckoning what it takes …").weak());
                false
            }
            Some(Err(why)) => {
                ui.label(RichText::new(why.to_string()).color(theme::palette(ui).error));
                false
            }
            Some(Ok(reckoned)) => {
                let fits = reckoned.fit.verdict != Verdict::TooLarge;
                for (place, line) in words::dry_run(reckoned).into_iter().enumerate() {
                    let line = RichText::new(line).small();
                    let palette = theme::palette(ui);
                    ui.label(if place == 0 && !fits { line.color(palette.error) } else { line });
                }
                fits
            }
        };
        ui.add_space(theme::GAP);
        let palette = theme::palette(ui);
        let begin = Button::new(RichText::new("Begin…").color(palette.on_accent)).fill(palette.accent);
        if ui.add_enabled(can_begin, begin.min_size(egui::vec2(120.0, 30.0))).clicked() {
            show(view, StartForm::new(config, view.state));
        }
    }
}
