//! Where a recipe is saved, for another time, another machine or the command line.

use std::path::PathBuf;

use egui::Ui;

use super::super::{
    forms::{Browse, Form, Out, PathField, What, export_folder},
    pictures::write_file,
};
use crate::{
    state::{NotWritten, Remark, State},
    train::TrainConfig,
};

/// Saves a recipe.
pub(super) struct SaveRecipe {
    config: TrainConfig,
    path: PathField,
}

impl SaveRecipe {
    pub(super) fn new(config: TrainConfig, state: &State) -> Self {
        let name = config.out.file_name().unwrap_or_default().to_string_lossy();
        let file = export_folder(state.settings().export_folder.as_deref()).join(format!("{name}.toml"));
        Self { config, path: PathField::with("File", file) }
    }
}

impl Form for SaveRecipe {
    fn title(&self) -> String {
        "Save the recipe".to_owned()
    }

    fn button(&self) -> &'static str {
        "Save"
    }

    fn path(&mut self) -> Option<&mut PathField> {
        Some(&mut self.path)
    }

    fn below(&mut self, ui: &mut Ui) {
        ui.label("A training file with all that stands here. Dropped on this page it fills it again, and “terrasight train” runs it.");
    }

    fn is_complete(&self) -> bool {
        self.path.path().is_some()
    }

    fn browse(&self) -> Option<Browse> {
        Some(Browse { title: "Save the recipe", what: What::Save(self.path.path()?) })
    }

    fn replaces(&self) -> Option<PathBuf> {
        self.path.path().filter(|path| path.exists())
    }

    fn finish(self: Box<Self>, out: &mut Out<'_>) {
        let Some(file) = self.path.path() else { return };
        let (config, may_replace) = (self.config, out.may_replace);
        let to = file.clone();
        out.write(&file, move || {
            let text = toml::to_string(&config).map_err(|error| NotWritten::Refused(error.to_string()));
            match text.and_then(|text| write_file(&to, text.as_bytes(), may_replace)) {
                Ok(()) => Remark::RecipeWritten(to),
                Err(why) => Remark::NotWritten(to, why),
            }
        });
    }
}
