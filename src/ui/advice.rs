//! The lines that say which model this machine should take for photographs, and which segmenter, and fetch them with one press.

use egui::{Button, RichText, Ui};

use super::{View, theme, words};
use crate::{
    model::{ComputeKind, Purpose},
    state::{Action, HubAction, Page, Standing},
    worker::ModelSource,
};

/// Draws the line about the model, while the starter is what answers, or a model that was trained from it; where there is nothing
/// better to press, its button stands out.
pub fn advice_ui(view: &mut View<'_>, ui: &mut Ui, stands_out: bool) {
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
            let text = fetching(is_allowed);
            let name = RichText::new(format!("{verb} {}", offer.title));
            let palette = theme::palette(ui);
            let fetch = match stands_out {
                true => Button::new(name.color(palette.on_accent)).fill(palette.accent),
                false => Button::new(name),
            };
            let fetch = ui.add_enabled(is_allowed, fetch);
            if fetch.on_hover_text(text).on_disabled_hover_text(text).clicked() {
                view.actions.push(Action::Hub(HubAction::Pull(offer.name.clone())));
            }
        }
    }
}

/// Draws a button that gets the first segmenter of the catalogue that knows photographs, with its size, or uses it where it is here.
pub fn segmenter_ui(view: &mut View<'_>, ui: &mut Ui) {
    let hub = view.state.hub();
    let offer = hub.stock().and_then(|stock| {
        stock.catalogue.offers().iter().find(|offer| offer.purpose == Purpose::Segment && offer.bytes.is_some())
    });
    let Some((offer, model)) = offer.and_then(|offer| Some((offer, hub.model(&offer.name)?))) else {
        if theme::small_button(ui, "Get a segmenter").on_hover_text("On the Models page").clicked() {
            view.actions.push(Action::Show(Page::MODELS));
        }
        return;
    };
    match (&model.standing, model.shelved) {
        (Standing::Queued | Standing::Underway(_), _) => {
            ui.label(format!("{}: {}", offer.title, words::standing(&model.standing)));
        }
        (_, Some(shelved)) => {
            if theme::small_button(ui, format!("Use {}", offer.title)).clicked() {
                view.actions.push(Action::ChooseSegmenter(ModelSource::Directory(shelved.path.clone())));
            }
        }
        (standing, None) => {
            let is_allowed = !view.state.settings().network.forbidden;
            let name = format!("Get {}, {}", offer.title, offer.bytes.map_or_else(String::new, words::bytes));
            let get = ui.add_enabled(is_allowed, theme::small(name));
            let text = fetching(is_allowed);
            if get.on_hover_text(text).on_disabled_hover_text(text).clicked() {
                view.actions.push(Action::Hub(HubAction::Pull(offer.name.clone())));
            }
            ui.label(RichText::new(format!("licence: {}", offer.licence)).small().weak());
            if let Standing::Failed(_) = standing {
                ui.label(RichText::new(words::standing(standing)).color(theme::palette(ui).error));
            }
        }
    }
}

/// What a button that fetches does, or why it does nothing.
fn fetching(is_allowed: bool) -> &'static str {
    match is_allowed {
        true => "Downloads it and checks every file; pictures still never leave this machine",
        false => "The network is forbidden; the globe at the foot of the rail allows it",
    }
}
