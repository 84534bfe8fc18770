//! The menus for what answers: the model, what helps it, and the device that they run on.

use std::ops::RangeInclusive;

use egui::{Button, Response, RichText, Role, ScrollArea, Slider, Ui, WidgetInfo};

use super::{
    super::{Ask, View, theme, words},
    caution::drawings_only_ui,
    forms::ModelForm,
    server_form::ServerForm,
};
use crate::{
    model::{DeviceChoice, Precision, Purpose},
    predict::LocateSettings,
    state::{Action, Choice, ModelState},
    worker::{ModelNote, ModelSource, ModelSummary},
};

/// The coarsest look that is offered, in tokens: about 450 pixels a side.
const LEAST_TOKENS: usize = 256;
/// The shortest answer that is offered, in tokens: a country and a city and little more, and the longest: many times the usual.
const SHORTEST_ANSWER: usize = 64;
const LONGEST_ANSWER: usize = 8192;
/// What the toolbar, the edges of a menu and those of the window need of its height.
const AROUND: f32 = 80.0;
/// What the starter is called among models that answer.
const STARTER: &str = "The starter (knows drawn streets only)";

/// Draws the menu for the model, the segmenter and the sentence encoder.
pub fn model_ui(view: &mut View<'_>, ui: &mut Ui, in_words: bool) {
    let state = view.state;
    let name = match state.model() {
        ModelState::Ready(model) => model.name.clone(),
        ModelState::Unloaded { model, .. } => model.name.clone(),
        ModelState::Failed(_) => "none".to_owned(),
        ModelState::NotLoaded | ModelState::Loading { .. } => words::model_source(&state.settings().model),
    };
    let is_unloaded = matches!(state.model(), ModelState::Unloaded { .. });
    let name = shortened(&name, 26) + if is_unloaded { ", unloaded" } else { "" };
    let button = menu_button(ui, "Model", &name, in_words);
    let button = match state.model() {
        ModelState::Ready(model) => {
            let about = [Some(format!("{} {}", model.name, words::placed(model))), words::pace(&model.measured)];
            button.on_hover_text(about.into_iter().flatten().collect::<Vec<_>>().join("\n"))
        }
        other => button.on_hover_text(words::model(other, &state.settings().model)),
    };
    theme::menu(&button).width(330.0).show(|ui| {
        scrolling(ui, |ui| {
            summary_ui(view, ui);
            choice_ui(view, ui);
            adapters_ui(view, ui);
            let forbidden = state.settings().network.forbidden;
            if ui.add_enabled(!forbidden, Button::new("Use a server…")).clicked() {
                view.asks.push(Ask::Show(Box::new(ServerForm::new(state))));
                ui.close();
            }
            let compare = ui.menu_button("Compare with…", |ui| scrolling(ui, |ui| compare_ui(view, ui)));
            compare
                .response
                .on_hover_text("Locate each picture with a second model as well, and see both answers side by side");
            ui.separator();
            ui.menu_button("Weights of a folder", |ui| precision_ui(view, ui));
            ui.menu_button("Segmenter, for the locatability", |ui| scrolling(ui, |ui| segmenter_ui(view, ui)));
            ui.menu_button("Sentence encoder, for what the reasons mean", |ui| encoder_ui(view, ui));
        });
    });
}

/// A menu that is never taller than the window: what has no room is scrolled to.
fn scrolling(ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
    let room = ui.ctx().content_rect().height() - AROUND;
    // Otherwise it would have no more room than it had in the frame before.
    ui.set_max_height(room);
    ScrollArea::vertical().max_height(room).show(ui, contents);
}

/// What is known of the model that is open, or why none is.
fn summary_ui(view: &mut View<'_>, ui: &mut Ui) {
    let state = view.state;
    if let Some(model) = state.model().summary() {
        ui.label(RichText::new(&model.name).strong());
        if !state.settings().model.is_elsewhere() {
            let parameters = count_in_words(model.parameters);
            let size = words::bytes(model.bytes);
            ui.label(format!("{parameters} parameters, {size} as {} on {}", model.precision, model.device));
        }
        if let ModelState::Unloaded { why, .. } = state.model() {
            ui.label(format!("{}; it is opened again when it is needed", words::unloaded(*why)));
        }
        words::pace(&model.measured).into_iter().for_each(|pace| {
            ui.label(pace);
        });
        ui.label(RichText::new(model.directory.display().to_string()).small().weak());
        detail_ui(view, ui, model);
        length_ui(view, ui);
        if model.is_starter {
            drawings_only_ui(view, ui, "It");
        }
        for note in model.notes.iter().filter(|note| !(model.is_starter && matches!(note, ModelNote::Caution(_)))) {
            ui.label(RichText::new(words::model_note(note)).small());
        }
        ui.separator();
    }
    if let ModelState::Failed(why) = state.model() {
        ui.label(RichText::new(words::no_model(why)).color(theme::palette(ui).error));
        ui.separator();
    }
}

/// The models there are to answer.
fn choice_ui(view: &mut View<'_>, ui: &mut Ui) {
    let settings = view.state.settings();
    let choices = view.state.choices(Purpose::Locate, [settings.model_here().base()]);
    // Adapters that no run has left are switched below: their model is the one without them.
    let is_whole = choices.iter().any(|choice| choice.source == settings.model);
    let chosen = if is_whole { &settings.model } else { settings.model.base() };
    for choice in choices {
        let is_chosen = choice.source == *chosen;
        let button = choice_button(ui, &choice, is_chosen, STARTER);
        let button = if is_chosen { button.on_hover_text("Read it again") } else { button };
        if button.clicked() {
            view.actions.push(Action::ChooseModel(choice.source));
            ui.close();
        }
    }
    if let ModelSource::Server(server) = &settings.model {
        let _chosen = ui.radio(true, server.to_string());
    }
    if ui.button("Choose a model folder…").clicked() {
        view.asks.push(Ask::Show(Box::new(ModelForm::folder(view.state))));
        ui.close();
    }
    if ui.button("Choose a GGUF file…").clicked() {
        view.asks.push(Ask::Show(Box::new(ModelForm::gguf(view.state))));
        ui.close();
    }
}

/// A model that can be chosen; what lies where is said beside it.
fn choice_button(ui: &mut Ui, choice: &Choice, is_chosen: bool, shipped: &str) -> Response {
    let button = ui.radio(is_chosen, words::choice(choice, shipped));
    match words::choice_in_full(choice) {
        Some(more) => button.on_hover_text(more),
        None => button,
    }
}

/// The adapters of the model of this machine, each with a switch, and the way to another one.
fn adapters_ui(view: &mut View<'_>, ui: &mut Ui) {
    let settings = view.state.settings();
    let model = settings.model_here();
    let loras = model.loras();
    let mut wanted = None;
    for (index, lora) in loras.iter().enumerate() {
        ui.horizontal(|ui| {
            let mut is_on = lora.percent > 0;
            let share = if matches!(lora.percent, 0 | 100) { String::new() } else { format!(" at {} %", lora.percent) };
            let switch = ui.checkbox(&mut is_on, format!("Adapter {}{share}", shortened(&lora.name(), 26)));
            if switch.on_hover_text(lora.folder.display().to_string()).changed() {
                let mut loras = loras.to_vec();
                loras[index].percent = if is_on { 100 } else { 0 };
                wanted = Some(loras);
            }
            let remove = theme::small_button(ui, "Remove").on_hover_text("Go on without this adapter");
            remove.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Remove {}", lora.name())));
            if remove.clicked() {
                let mut loras = loras.to_vec();
                loras.remove(index);
                wanted = Some(loras);
            }
        });
    }
    if let Some(loras) = wanted {
        view.actions.push(Action::ChooseModel(model.clone().with_loras(loras)));
        ui.close();
    }
    let can_add = !settings.model.is_elsewhere();
    let add = ui.add_enabled(can_add, Button::new("Add an adapter (LoRA)…"));
    if add.on_hover_text("Lay what was learned in training on the model, without changing its files").clicked() {
        view.asks.push(Ask::Show(Box::new(ModelForm::adapter(view.state))));
        ui.close();
    }
}

/// The models that the one in use can be compared with.
fn compare_ui(view: &mut View<'_>, ui: &mut Ui) {
    let state = view.state;
    let other = state.comparison().map(|comparison| &comparison.source);
    let known = [Some(state.settings().model_here()), other].into_iter().flatten();
    let choices = state.choices(Purpose::Locate, known);
    for choice in choices.into_iter().filter(|choice| choice.source != state.settings().model) {
        if choice_button(ui, &choice, other == Some(&choice.source), STARTER).clicked() {
            view.actions.push(Action::Compare(choice.source));
            ui.close();
        }
    }
    if ui.button("Choose a folder to compare with…").clicked() {
        view.asks.push(Ask::Show(Box::new(ModelForm::folder(state).for_comparison())));
        ui.close();
    }
    if ui.button("Choose a GGUF file to compare with…").clicked() {
        view.asks.push(Ask::Show(Box::new(ModelForm::gguf(state).for_comparison())));
        ui.close();
    }
    if other.is_some() && ui.button("Leave comparison").clicked() {
        view.actions.push(Action::LeaveComparison);
        ui.close();
    }
}

/// In how many bits a folder's weights are held.
fn precision_ui(view: &mut View<'_>, ui: &mut Ui) {
    let chosen = view.state.settings().precision;
    for precision in Precision::ALL {
        if ui.radio(chosen == precision, words::precision(precision)).clicked() && precision != chosen {
            view.actions.push(Action::ChoosePrecision(precision));
            ui.close();
        }
    }
}

/// What says which class lies where.
fn segmenter_ui(view: &mut View<'_>, ui: &mut Ui) {
    let chosen = &view.state.settings().segmenter;
    let starter = "The starter segmenter (knows drawn streets only)";
    for choice in view.state.choices(Purpose::Segment, [chosen]) {
        if choice_button(ui, &choice, choice.source == *chosen, starter).clicked() {
            view.actions.push(Action::ChooseSegmenter(choice.source));
            ui.close();
        }
    }
    if ui.button("Choose a segmenter folder…").clicked() {
        view.asks.push(Ask::Show(Box::new(ModelForm::segmenter(view.state))));
        ui.close();
    }
}

/// How finely the model looks: the tokens that a picture becomes, with the time and the memory that they take.
fn detail_ui(view: &mut View<'_>, ui: &mut Ui, model: &ModelSummary) {
    let bounds = model.picture_tokens;
    if bounds.most <= LEAST_TOKENS {
        return;
    }
    let chosen = view.state.settings().locate.picture_tokens;
    let mut tokens = bounds.within(chosen);
    let slider = tokens_slider(&mut tokens, LEAST_TOKENS..=bounds.most).text("Picture detail, tokens");
    let moved =
        theme::slider(ui, slider).on_hover_text("More tokens show finer things in a picture and take longer").changed();
    ui.label(RichText::new(words::picture_cost(model, tokens)).small().weak());
    let reset = chosen.is_some() && theme::small_button(ui, "As usual").clicked();
    if moved || reset {
        let is_usual = reset || tokens == bounds.usual;
        view.actions.push(Action::SeeIn((!is_usual).then_some(tokens)));
    }
}

/// How long an answer may be.
fn length_ui(view: &mut View<'_>, ui: &mut Ui) {
    let usual = LocateSettings::default().max_new_tokens;
    let chosen = view.state.settings().locate.max_new_tokens;
    let mut tokens = chosen;
    // The command line may have set any.
    let range = SHORTEST_ANSWER.min(chosen)..=LONGEST_ANSWER.max(chosen);
    let slider = tokens_slider(&mut tokens, range).text("Longest answer, tokens");
    let means =
        "An answer is cut off there. A model that thinks aloud before it answers needs more room and takes longer";
    theme::slider(ui, slider).on_hover_text(means);
    if chosen != usual && theme::small_button(ui, "Answers as usual").clicked() {
        tokens = usual;
    }
    if tokens != chosen {
        view.actions.push(Action::AnswerIn(tokens));
    }
}

/// A line on which so many tokens are set.
fn tokens_slider(tokens: &mut usize, range: RangeInclusive<usize>) -> Slider<'_> {
    Slider::new(tokens, range)
        .logarithmic(true)
        .custom_formatter(|tokens, _| words::count(tokens as usize))
        .custom_parser(|text| text.replace(',', "").trim().parse().ok())
}

/// What matches the model's reasons to clues.
fn encoder_ui(view: &mut View<'_>, ui: &mut Ui) {
    let chosen = &view.state.settings().encoder;
    if ui.radio(chosen.is_none(), "None (reasons are matched to clues by their words)").clicked() {
        view.actions.push(Action::ChooseEncoder(None));
        ui.close();
    }
    if let Some(folder) = chosen {
        let _chosen = ui.radio(true, folder.display().to_string());
    }
    if ui.button("Choose a sentence encoder folder…").clicked() {
        view.asks.push(Ask::Show(Box::new(ModelForm::encoder(view.state))));
        ui.close();
    }
}

/// The devices one can ask for; a numbered one is shown where it was chosen on the command line.
pub fn device_ui(view: &mut View<'_>, ui: &mut Ui, in_words: bool) {
    let chosen = view.state.settings().device;
    let mut choice = chosen;
    let button = menu_button(ui, "Device", &words::device(chosen), in_words);
    theme::menu(&button).show(|ui| {
        for device in [DeviceChoice::Auto, DeviceChoice::Gpu, DeviceChoice::Cpu] {
            ui.radio_value(&mut choice, device, words::device(device));
        }
    });
    if choice != chosen {
        view.actions.push(Action::ChooseDevice(choice));
    }
}

fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most { text.to_owned() } else { text.chars().take(most - 1).chain(['…']).collect() }
}

/// A count of parameters: "2.1 million", "7.6 billion".
fn count_in_words(count: u64) -> String {
    let count = count as f64;
    if count >= 1e9 {
        format!("{:.1} billion", count / 1e9)
    } else if count >= 1e6 {
        format!("{:.1} million", count / 1e6)
    } else {
        format!("{:.0} thousand", count / 1e3)
    }
}

/// A button that opens a menu: what it is about, what is chosen (said aloud where it does not fit), and an arrow.
fn menu_button(ui: &mut Ui, about: &str, chosen: &str, in_words: bool) -> Response {
    let whole = format!("{about}: {chosen}");
    let response = ui.button(format!("{}{}", if in_words { &whole } else { about }, theme::FOR_ARROW));
    theme::menu_arrow(ui, &response);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &whole));
    if in_words { response } else { response.on_hover_text(whole) }
}
