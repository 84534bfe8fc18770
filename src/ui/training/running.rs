//! The run that goes on, in figures, with what can be done about it.

use egui::{Button, ProgressBar, RichText, Ui};

use super::{
    super::{View, shortcuts::hint, theme, words},
    PAUSE, TRY, act, pause,
};
use crate::{
    state::{Outcome, Running, TrainingAction},
    train::Plan,
};

/// Draws what can be done about the run.
pub fn tools_ui(view: &mut View<'_>, ui: &mut Ui) {
    let training = view.state.training();
    let Some(running) = training.running().filter(|running| running.goes_on()) else {
        ui.label(RichText::new("Set a recipe at the left and begin, or drop a training file.").weak());
        return;
    };
    let (is_paused, is_stopping, is_writing) = (running.is_paused, running.is_stopping, training.is_writing());
    let is_open = running.plan.is_some();
    let text = hint(ui.ctx(), "Takes no step until it goes on; nothing is unloaded", PAUSE);
    let called = if is_paused { "Resume" } else { "Pause" };
    if ui.add_enabled(!is_stopping, Button::new(called)).on_hover_text(text).clicked() {
        pause(view);
    }
    let text = hint(ui.ctx(), "Writes the model as it is now and locates with it from now on", TRY);
    if ui.add_enabled(is_open && !is_writing, Button::new("Try the model")).on_hover_text(text).clicked() {
        act(view, TrainingAction::Try);
    }
    let text = "Writes a checkpoint and ends the run, which can be gone on with later";
    if ui.add_enabled(!is_stopping, Button::new("Save and stop")).on_hover_text(text).clicked() {
        act(view, TrainingAction::Stop);
    }
}

/// Draws how the run stands.
pub fn running_ui(view: &View<'_>, ui: &mut Ui, running: &Running) {
    let palette = theme::palette(ui);
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(running.name()).heading());
        ui.label(words::stage_name(running.config.stage));
        ui.label(RichText::new(words::run_progress(running)).strong());
        if view.state.running().is_some() && running.goes_on() {
            ui.label(RichText::new("a picture is located first").weak());
        }
    });
    let done = match (&running.latest, &running.plan) {
        (Some(report), _) => report.step as f32 / report.steps.max(1) as f32,
        (None, Some(plan)) => plan.done as f32 / plan.steps.max(1) as f32,
        (None, None) => 0.0,
    };
    ui.add(ProgressBar::new(done).desired_height(6.0).fill(palette.accent));
    let figures = words::run_figures(running);
    if !figures.is_empty() {
        ui.label(figures.join(" · "));
    }
    if let Some(Plan { parameters, learning, pictures, held_back, device, .. }) = &running.plan {
        let text = format!(
            "{} of {} parameters learn from {} pictures ({} held back) on {device}",
            words::count(*learning),
            words::count(*parameters),
            words::count(*pictures),
            words::count(*held_back)
        );
        ui.label(RichText::new(text).small().weak());
    }
    for caution in words::run_cautions(running) {
        ui.label(RichText::new(caution).color(palette.caution_text));
    }
    if let Some(Outcome::Failed(why)) = &running.outcome {
        ui.label(RichText::new(why.to_string()).color(palette.error));
    }
}
