//! One model, with everything that is known of it, and what can be done with it.

use egui::{Button, Label, ProgressBar, RichText, ScrollArea, Ui};

use super::{
    super::{
        Ask, View,
        facts::{Facts, facts_ui},
        theme, words,
    },
    forms::RemoveForm,
    list::{color_of, is_compared, is_used},
    token_form::TokenForm,
};
use crate::{
    hub::{HOST, Keeper, Shelved},
    model::{Precision, Purpose},
    state::{Action, HubAction, Model, ModelState, Standing, State},
    worker::{Failure, ModelSource, ModelSummary},
};

/// Draws the model of this name, or what to do to see one.
pub(super) fn details_ui(view: &mut View<'_>, ui: &mut Ui, chosen: Option<&str>) {
    let state = view.state;
    let Some(model) = chosen.and_then(|name| state.hub().model(name)) else {
        ui.label(RichText::new("Choose a model to see what it is and whether it fits.").weak());
        ui.take_available_space();
        return;
    };
    ScrollArea::vertical().id_salt(("model", model.name)).auto_shrink(false).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.label(RichText::new(model.offer.map_or(model.name, |offer| offer.title.as_str())).size(theme::PLACE_SIZE));
        if let Some(offer) = model.offer {
            ui.add(Label::new(&offer.good_for).wrap());
        }
        ui.add_space(theme::GAP);
        buttons_ui(view, ui, &model);
        standing_ui(ui, &model);
        ui.add_space(theme::GAP_WIDE);
        facts_ui(ui, "model facts", |facts| model_ui(state, facts, &model));
    });
}

/// What the Enter key and the first button do.
pub(super) fn first_action(state: &State, model: &Model<'_>) -> Option<Action> {
    let name = || model.name.to_owned();
    match &model.standing {
        Standing::Queued | Standing::Underway(_) => None,
        _ if model.shelved.is_some() => use_action(model).filter(|_| !is_used(state, model)),
        _ if state.settings().network.forbidden => None,
        _ => Some(Action::Hub(HubAction::Pull(name()))),
    }
}

fn source_of(shelved: &Shelved) -> ModelSource {
    ModelSource::Directory(shelved.path.clone())
}

/// What makes a model the one that answers or segments.
fn use_action(model: &Model<'_>) -> Option<Action> {
    let source = source_of(model.shelved?);
    match model.purpose() {
        Some(Purpose::Locate) => Some(Action::ChooseModel(source)),
        Some(Purpose::Segment) => Some(Action::ChooseSegmenter(source)),
        Some(Purpose::Embed | Purpose::Words) | None => None,
    }
}

fn buttons_ui(view: &mut View<'_>, ui: &mut Ui, model: &Model<'_>) {
    let (state, name) = (view.state, model.name.to_owned());
    ui.horizontal_wrapped(|ui| {
        let palette = theme::palette(ui);
        let mut button = |ui: &mut Ui, text: &str, hover: &str, stands_out: bool, action: Option<Action>| {
            let button = match stands_out && action.is_some() {
                true => Button::new(RichText::new(text).color(palette.on_accent)).fill(palette.accent),
                false => Button::new(text),
            };
            let response = ui.add_enabled(action.is_some(), button);
            if response.on_hover_text(hover).on_disabled_hover_text(hover).clicked() {
                view.actions.extend(action);
            }
        };
        let hub = |action: fn(String) -> HubAction| Some(Action::Hub(action(name.clone())));
        match (&model.standing, model.shelved) {
            (Standing::Queued | Standing::Underway(_), None) if model.offer.is_some() => {
                button(ui, "Pause", "What has come is kept", false, hub(HubAction::Pause));
                button(ui, "Cancel", "What has come is deleted", false, hub(HubAction::Cancel));
            }
            (Standing::Queued | Standing::Underway(_), _) => {
                button(ui, "Stop", "Goes no further; nothing half is left", false, hub(HubAction::Pause));
            }
            (standing, None) => {
                let is_begun = matches!(standing, Standing::Paused);
                let (text, hover) = match (state.settings().network.forbidden, is_begun) {
                    (true, _) => ("Fetch", "The network is forbidden; the globe at the foot of the rail allows it"),
                    (false, true) => ("Go on", "Fetches what is missing"),
                    (false, false) => ("Fetch", "Downloads it to this machine and checks every file"),
                };
                button(ui, text, hover, true, first_action(state, model));
                if is_members_alone(standing) && ui.button("Give a token…").clicked() {
                    view.asks.push(Ask::Show(Box::new(TokenForm::new(state))));
                }
                if is_begun {
                    button(ui, "Delete what has come", "Frees its room on the disk", false, hub(HubAction::Cancel));
                }
            }
            (_, Some(shelved)) => {
                let (text, hover) = match use_action(model) {
                    None if model.purpose().is_none() => ("Use", "It cannot be opened"),
                    None => ("Use", "It is used by commands: terrasight embed --model NAME"),
                    Some(_) if is_used(state, model) => ("In use", "It is the one in use"),
                    Some(_) => ("Use", "From now on; one press leads back to another"),
                };
                button(ui, text, hover, true, first_action(state, model));
                if model.purpose() == Some(Purpose::Locate) {
                    let hover =
                        "Locates pictures with it and with the model in use, and shows both answers side by side";
                    let is_compared = is_compared(state, model);
                    let text = if is_compared { "Compared" } else { "Compare" };
                    let can_compare = !is_compared && !is_used(state, model);
                    button(ui, text, hover, false, can_compare.then(|| Action::Compare(source_of(shelved))));
                }
                if shelved.keeper == Keeper::Own {
                    button(
                        ui,
                        "Verify",
                        "Reads every file and compares it with what was published",
                        false,
                        hub(HubAction::Verify),
                    );
                    if ui.button("Delete…").on_hover_text("Frees its room on the disk").clicked() {
                        view.asks.push(Ask::Show(Box::new(RemoveForm::new(shelved))));
                    }
                }
            }
        }
    });
}

/// Whether the hub wants to know who asks.
fn is_members_alone(standing: &Standing) -> bool {
    let Standing::Failed(failure) = standing else { return false };
    matches!(&**failure, Failure::Hub(error) if error.asks_who())
}

fn standing_ui(ui: &mut Ui, model: &Model<'_>) {
    let palette = theme::palette(ui);
    let text = RichText::new(words::standing(&model.standing));
    let text = match model.standing {
        Standing::Failed(_) | Standing::Damaged(_) => text.color(palette.error),
        _ => text.weak(),
    };
    ui.add(Label::new(text).wrap());
    if let Standing::Underway(underway) = &model.standing {
        let share = underway.progress.done as f32 / underway.progress.all.max(1) as f32;
        ui.add(ProgressBar::new(share).desired_height(6.0).fill(palette.accent));
    }
}

fn model_ui(state: &State, facts: &mut Facts<'_>, model: &Model<'_>) {
    facts.row("Memory", |ui| memory_ui(state, ui, model));
    let (offer, shelved) = (model.offer, model.shelved);
    let size = shelved.map(|shelved| shelved.bytes).or(offer.and_then(|offer| offer.bytes));
    facts.text("On disk", &size.map_or_else(|| "not known before the hub is asked".to_owned(), words::bytes));
    if let Some(offer) = offer {
        facts.text("Licence", &offer.licence);
        facts.text("What it is", &format!("{}; {}", offer.architecture, offer.form));
        if offer.purpose == Purpose::Locate {
            facts.row("Figures", |ui| {
                if offer.figures.is_empty() {
                    ui.add(Label::new("none published that are known here").wrap());
                }
                for figure in &offer.figures {
                    ui.add(Label::new(format!("{}: {} ({})", figure.what, figure.value, figure.source)).wrap());
                }
            });
        }
        facts.row("From", |ui| {
            let address = format!("https://{HOST}/{}", offer.repository);
            ui.hyperlink_to(&offer.repository, &address).on_hover_text(format!("{address} (in your browser)"));
        });
    } else if let Some(footprint) = shelved.and_then(|shelved| shelved.footprint.as_ref()) {
        facts.text("What it is", footprint.architecture);
    }
    if let Some(problem) = shelved.and_then(|shelved| shelved.problem.as_ref()) {
        facts.text("Problem", problem);
    }
    if let Some(shelved) = shelved {
        facts.text("Whose", words::keeper(shelved.keeper));
        facts.text("Lies in", &shelved.path.display().to_string());
    }
    let in_use = state.model().summary().filter(|loaded| shelved.is_some_and(|model| is_of(model, loaded)));
    if let Some(loaded) = in_use {
        facts.row("Loaded", |ui| {
            ui.add(Label::new(loaded_in_words(state.model(), loaded)).wrap());
            words::pace(&loaded.measured).into_iter().for_each(|pace| {
                ui.add(Label::new(pace).wrap());
            });
        });
    }
    facts.text("Name", model.name);
}

/// Whether a model of the shelf is the one in use.
fn is_of(shelved: &Shelved, loaded: &ModelSummary) -> bool {
    shelved.path == loaded.directory
}

fn loaded_in_words(state: &ModelState, loaded: &ModelSummary) -> String {
    match state {
        ModelState::Unloaded { why, .. } => words::unloaded(*why),
        _ => words::placed(loaded),
    }
}

/// How it fits into each device, by a dot and in words.
fn memory_ui(state: &State, ui: &mut Ui, model: &Model<'_>) {
    let Some(stock) = state.hub().stock() else { return };
    let precision = state.settings().precision;
    if stock.memories.iter().any(|memory| model.fit(memory, precision) != model.fit(memory, Precision::Full)) {
        ui.label(format!("Reckoned with {precision} weights, as the Model menu has it."));
    }
    for memory in &stock.memories {
        let fit = model.fit(memory, precision);
        ui.horizontal_top(|ui| {
            let (dot, _) = ui.allocate_exact_size(egui::vec2(10.0, 16.0), egui::Sense::hover());
            ui.painter().circle_filled(dot.center(), 4.5, color_of(ui, fit.verdict));
            ui.add(Label::new(words::fit(&fit)).wrap());
        });
        if let Some(needs) = fit.needs {
            let [weights, cache, activations] = [needs.weights, needs.cache, needs.activations].map(words::bytes);
            let parts = format!("weights {weights}, conversation {cache}, working memory {activations}; estimated");
            ui.label(RichText::new(parts).small().weak());
        }
    }
}
