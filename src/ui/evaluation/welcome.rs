//! What stands on the page while there is nothing to read: what it is for, and how to begin or to go on.

use egui::{Button, Modifiers, RichText, Ui, vec2};

use super::super::{View, shortcuts, theme, words};
use crate::{
    state::{Action, EvaluationAction},
    worker::KeptEvaluation,
};

/// No evaluation was ever made.
pub(super) fn welcome_ui(view: &mut View<'_>, ui: &mut Ui) {
    let palette = theme::palette(ui);
    ui.painter().rect_filled(ui.max_rect(), 0.0, palette.ground);
    ui.add_space((ui.available_height() * 0.28).max(16.0));
    ui.vertical_centered(|ui| {
        ui.label(RichText::new("How often is a model right, and how far off?").size(theme::PLACE_SIZE));
        ui.add_space(theme::GAP);
        ui.label("Models are asked about pictures whose place is known, as they are asked about yours: signs, clues and calibration included.");
        ui.label("Every figure comes with its 95 % interval, and models are held against each other on the same pictures.");
        ui.label(RichText::new("Drawn streets are always at hand. Nothing leaves this machine.").weak());
        ui.add_space(theme::GAP_WIDE);
        if view.state.evaluation().running().is_some() {
            ui.label(RichText::new("The first evaluation is running; its report will stand here.").weak());
            return;
        }
        let begin = Button::new(RichText::new("Evaluate models…").color(palette.on_accent)).fill(palette.accent);
        if ui.add(begin.min_size(vec2(190.0, 32.0))).clicked() {
            super::new(view);
        }
    });
}

/// One was broken off.
pub(super) fn broken_off_ui(view: &mut View<'_>, ui: &mut Ui, kept: &KeptEvaluation) {
    ui.add_space((ui.available_height() * 0.28).max(16.0));
    ui.vertical_centered(|ui| {
        let running = view.state.evaluation().running();
        if running.is_some_and(|running| running.config.out == kept.folder) {
            ui.label(RichText::new("This evaluation is running; its report will stand here.").weak());
            return;
        }
        ui.label(RichText::new("This evaluation was broken off").size(theme::PLACE_SIZE));
        ui.add_space(theme::GAP);
        let config = &kept.config;
        ui.label(format!("{} on {}", words::evaluated_models(config), words::evaluated_pictures(&config.data)));
        ui.label("What was answered is kept; only the rest is asked.");
        ui.add_space(theme::GAP_WIDE);
        if ui.add_enabled(running.is_none(), Button::new("Go on").min_size(vec2(120.0, 30.0))).clicked() {
            view.actions.push(Action::Evaluation(EvaluationAction::Run(Box::new(config.clone()))));
        }
    });
}

/// There are some, and none is looked at.
pub(super) fn nothing_shown_ui(ui: &mut Ui) {
    ui.add_space((ui.available_height() * 0.35).max(16.0));
    ui.vertical_centered(|ui| {
        let click = shortcuts::with(Modifiers::COMMAND, "click", ui.ctx());
        let text = format!("Choose an evaluation at the left; {click} puts a second one beside it.");
        ui.label(RichText::new(text).weak());
    });
}
