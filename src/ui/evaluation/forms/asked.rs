//! The models that an evaluation asks: those of this machine, each with a box to tick, and a line for another folder.

use std::path::PathBuf;

use egui::{RichText, Ui};

use super::super::super::{forms::PathField, theme, words};
use crate::{
    eval::EvalModel,
    model::{LoraChoice, Purpose},
    state::{Choice, Origin, State},
    worker::ModelSource,
};

/// What the starter is called among them.
const STARTER: &str = "Terrasight starter";

/// The models to choose among.
pub(super) struct AskedModels {
    models: Vec<(Choice, bool)>,
    /// The line for another folder, while one is asked for.
    another: Option<PathField>,
    /// Why it was not taken.
    refused: Option<String>,
}

impl AskedModels {
    /// The models of this machine that say where, the one in use ticked.
    pub(super) fn new(state: &State) -> Self {
        let in_use = state.settings().model_here();
        let choices = state.choices(Purpose::Locate, [in_use]);
        let models = choices.into_iter().map(|choice| (choice.source == *in_use, choice));
        Self { models: models.map(|(is_in_use, choice)| (choice, is_in_use)).collect(), another: None, refused: None }
    }

    /// Those that are ticked, as an evaluation file names them.
    pub(super) fn chosen(&self) -> Vec<EvalModel> {
        self.ticked().map(as_in_a_file).collect()
    }

    fn ticked(&self) -> impl Iterator<Item = &Choice> {
        self.models.iter().filter(|(_, is_chosen)| *is_chosen).map(|(choice, _)| choice)
    }

    /// The first that is ticked and no longer there, in a line.
    pub(super) fn gone(&self) -> Option<String> {
        let is_gone = |choice: &&Choice| choice.source.parts().any(|part| !part.exists());
        let gone = words::choice(self.ticked().find(is_gone)?, STARTER);
        Some(format!("{gone} is no longer there: take its tick away."))
    }

    /// Whether a folder is asked for.
    pub(super) fn is_asking(&self) -> bool {
        self.another.is_some()
    }

    /// Takes the folder that was browsed to, or dropped.
    pub(super) fn take(&mut self, folder: PathBuf) {
        if let Some(line) = &mut self.another {
            line.set(folder);
            self.add();
        }
    }

    /// The folder in the line joins the models, ticked.
    fn add(&mut self) {
        let Some(folder) = self.another.as_ref().and_then(PathField::path) else { return };
        self.refused = (!folder.exists()).then(|| format!("There is nothing at {}.", folder.display()));
        if self.refused.is_some() {
            return;
        }
        self.another = None;
        let source = ModelSource::Directory(folder);
        match self.models.iter_mut().find(|(choice, _)| choice.source == source) {
            Some((_, is_chosen)) => *is_chosen = true,
            None => self.models.push((Choice { source, origin: Origin::Elsewhere }, true)),
        }
    }

    /// Draws them.
    pub(super) fn ui(&mut self, ui: &mut Ui) {
        ui.label(RichText::new("Models, all on the same pictures").strong());
        for (choice, is_chosen) in &mut self.models {
            let tick = ui.checkbox(is_chosen, words::choice(choice, STARTER));
            if let Some(more) = words::choice_in_full(choice) {
                tick.on_hover_text(more);
            }
        }
        let Some(line) = &mut self.another else {
            if theme::small_button(ui, "Another folder…").clicked() {
                self.another = Some(PathField::new("Folder of a model, or its GGUF file"));
            }
            return;
        };
        let entered = line.ui(ui);
        let can_add = line.path().is_some();
        if ui.add_enabled(can_add, egui::Button::new("Add the model")).clicked() || entered {
            self.add();
        }
        if let Some(why) = &self.refused {
            ui.label(RichText::new(why).color(theme::palette(ui).error));
        }
    }
}

/// A model as an evaluation file names it; a part of an adapter is said behind its folder.
fn as_in_a_file(choice: &Choice) -> EvalModel {
    let folder = match choice.source.base() {
        ModelSource::Directory(folder) => Some(folder.clone()),
        _starter => None,
    };
    let adapters: Vec<PathBuf> = choice.source.loras().iter().map(LoraChoice::in_a_file).collect();
    // Of what lies on the shelf the report knows the name itself.
    let has_name = matches!(choice.origin, Origin::Shipped | Origin::Shelved(_));
    EvalModel { folder, adapters, name: (!has_name).then(|| words::choice(choice, STARTER)) }
}
