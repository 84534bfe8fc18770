//! What a recipe would take, and whether it can begin: it is reckoned as the fields change.

use std::path::{Path, PathBuf};

use egui::{Button, RichText, Ui};

use super::{
    super::{
        super::{View, forms::SaveForm, theme, words},
        act, show,
        start_form::StartForm,
    },
    Recipe,
};
use crate::{
    hub::Verdict,
    state::{Learned, Remark, TrainingAction},
    train::TrainConfig,
};

/// What a saved recipe is for.
const SAVED: &str = "A training file with all that stands here. Dropped on this page it fills it again, and “terrasight train” runs it.";

impl Recipe {
    /// Whether it is known what there is to learn.
    fn is_looked_at(&self, sources: &[Learned]) -> bool {
        !self.from.reads() || sources.iter().all(|learned| learned.found.is_some())
    }

    /// Asks whether the run shall begin.
    pub fn ask_start(&mut self, view: &mut View<'_>) {
        let Some(runs) = view.state.training().folder().map(PathBuf::from) else { return };
        let config = self.config(&runs, view.state.training());
        if let (Ok(config), false) = (config, view.state.training().goes_on()) {
            show(view, StartForm::new(config, view.state));
        }
    }

    /// What the run would take beside what the foot says.
    pub(super) fn takes_ui(&mut self, view: &mut View<'_>, ui: &mut Ui, mut config: TrainConfig) {
        let training = view.state.training();
        // A run in its place would be replaced, which is asked; it is reckoned as if it were not there.
        if training.run_in(&config.out).is_some() {
            config.out = config.out.with_extension("new");
        }
        let is_still = !ui.input(|input| input.pointer.any_down());
        if self.is_looked_at(training.sources())
            && is_still
            && self.asked.as_ref() != Some(&config)
            && !training.is_reckoning()
        {
            self.asked = Some(config.clone());
            act(view, TrainingAction::DryRun { config: Box::new(config), resume: false });
        }
        if let Some(Ok(reckoned)) = training.reckoned() {
            for line in words::dry_run(reckoned).into_iter().skip(1) {
                ui.label(RichText::new(line).small());
            }
        }
    }

    /// Whether the run can begin and fits, and the buttons that begin and keep it: always in sight, however long the recipe is.
    pub fn foot_ui(&mut self, view: &mut View<'_>, ui: &mut Ui) {
        let Some(runs) = view.state.training().folder().map(PathBuf::from) else { return };
        let training = view.state.training();
        let config = self.config(&runs, training);
        let is_looked_at = self.is_looked_at(training.sources());
        let (line, is_wrong) = match (&config, training.reckoned()) {
            (Err(why), _) => (why.clone(), true),
            (Ok(_), _) if !is_looked_at => ("Looking at what is learned from …".to_owned(), false),
            (Ok(_), None) => ("Reckoning what it takes …".to_owned(), false),
            (Ok(_), Some(Err(why))) => (why.to_string(), true),
            (Ok(_), Some(Ok(reckoned))) => {
                (words::dry_run(reckoned).swap_remove(0), reckoned.fit.verdict == Verdict::TooLarge)
            }
        };
        let can_begin = is_looked_at && !is_wrong && matches!(training.reckoned(), Some(Ok(_)));
        let palette = theme::palette(ui);
        let line = RichText::new(line).small();
        ui.label(if is_wrong { line.color(palette.error) } else { line });
        let begin = Button::new(RichText::new("Begin…").color(palette.on_accent)).fill(palette.accent);
        ui.horizontal(|ui| {
            let begin = ui.add_enabled(can_begin, begin.min_size(egui::vec2(120.0, 30.0)));
            let save = Button::new("Save the recipe…").min_size(egui::vec2(0.0, 30.0));
            let save = ui.add_enabled(config.is_ok(), save);
            let save = save.on_hover_text("As a training file, which the command line reads too");
            let Ok(config) = config else { return };
            if begin.clicked() {
                show(view, StartForm::new(config, view.state));
            } else if save.clicked() {
                let name = format!("{}.toml", self.called(training).trim());
                let text =
                    move |_: &Path| toml::to_string(&config).map(String::into_bytes).map_err(|error| error.to_string());
                let form = SaveForm::new(view.state, "Save the recipe", name, text, Remark::RecipeWritten);
                show(view, form.explained(SAVED));
            }
        });
    }
}
