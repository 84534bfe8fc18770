//! The line of the first page that says which model this machine should take for photographs, and fetches it with one press.

use egui::{Button, RichText, Ui};

use super::{View, theme, words};
use crate::{
    model::ComputeKind,
    state::{Action, HubAction, Page, Standing},
    worker::ModelSource,
};

/// Draws the line, while the starter is what answers, or a model that was trained from it.
pub fn advice_ui(view: &mut View<'_>, ui: &mut Ui) {
    let state = view.state;
    let is_starter = || state.settings().model == ModelSource::Starter;
    let knows_drawings_only = state.model().summary().map_or_else(is_starter, |model| model.is_starter);
    if !knows_drawings_only || state.hub().stock().is_none() {
        return;
    }
    let Some((offer, fit)) = state.hub().advised() else {
        ui.label(
            RichText::new(
                "For photographs a model is needed, and none of the catalogue fits into the memory that is free now.",
            )
            .weak(),
        );
        return;
    };
    let Some(model) = state.hub().model(&offer.name) else { return };
    let size = offer.bytes.map_or_else(String::new, words::bytes);
    match (&model.standing, model.shelved) {
        (Standing::Queued | Standing::Underway(_), _) => {
            ui.label(format!("{}: {}", offer.title, words::standing(&model.standing)));
            if ui.button("Show it on the Models page").clicked() {
                view.actions.push(Action::Show(Page::MODELS));
            }
        }
        (_, Some(shelved)) => {
            ui.label(format!("For photographs: {} is on this machine.", offer.title));
            if ui.button(format!("Use {}", offer.title)).clicked() {
                view.actions.push(Action::ChooseModel(ModelSource::Directory(shelved.path.clone())));
            }
        }
        (standing, None) => {
            let licence = &offer.licence;
            ui.label(format!("For photographs this machine should take {}: {size}; licence: {licence}.", offer.title));
            if fit.memory.kind == ComputeKind::Cpu {
                ui.label(RichText::new("It would run on the CPU here, where an answer can take many minutes.").weak());
            }
            if let Standing::Failed(_) = standing {
                ui.label(RichText::new(words::standing(standing)).color(theme::palette(ui).error));
            }
            let verb = if *standing == Standing::Paused { "Go on fetching" } else { "Fetch" };
            let is_allowed = !state.settings().network.forbidden;
            let text = match is_allowed {
                true => "Downloads it and checks every file; pictures still leave this machine never",
                false => "The network is forbidden; the globe at the foot of the rail allows it",
            };
            let fetch = ui.add_enabled(is_allowed, Button::new(format!("{verb} {}", offer.title)));
            if fetch.on_hover_text(text).on_disabled_hover_text(text).clicked() {
                view.actions.push(Action::Hub(HubAction::Pull(offer.name.clone())));
            }
        }
    }
}
