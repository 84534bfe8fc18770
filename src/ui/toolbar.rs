//! The line at the top: what one can do now, which model answers and where it runs, and how the window looks.

use egui::{Button, Popup, PopupCloseBehavior, Response, RichText, Role, Shape, Stroke, Ui, WidgetInfo, vec2};

use super::{Ask, View, map, theme};
use crate::{
    model::DeviceChoice,
    state::{Action, ModelState, Page, ThemeChoice},
    worker::ModelSource,
};

/// From this width on every menu says what is chosen in it; the narrower the window, the fewer do.
const WIDTH_FOR_ALL_WORDS: f32 = 1240.0;
/// From this width on the menus for model and device do.
const WIDTH_FOR_MODEL_WORDS: f32 = 1040.0;

/// Draws the line.
pub fn toolbar_ui(view: &mut View<'_>, ui: &mut Ui) {
    let width = ui.available_width();
    ui.horizontal_centered(|ui| {
        tabs_ui(view, ui);
        ui.separator();
        match view.state.settings().page {
            Page::Locate => locate_tools_ui(view, ui, width >= WIDTH_FOR_MODEL_WORDS),
            Page::Dataset => dataset_tools_ui(view, ui),
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let help = ui.button("?").on_hover_text("Keyboard shortcuts and about (F1)");
            help.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Shortcuts and about"));
            if help.clicked() {
                view.asks.push(Ask::Help);
            }
            theme_ui(view, ui, width >= WIDTH_FOR_ALL_WORDS);
            network_ui(view, ui, width >= WIDTH_FOR_ALL_WORDS);
        });
    });
}

/// The window's two pages.
fn tabs_ui(view: &mut View<'_>, ui: &mut Ui) {
    let shown = view.state.settings().page;
    for (page, name, key) in [(Page::Locate, "Pictures", "Ctrl+1"), (Page::Dataset, "Dataset", "Ctrl+2")] {
        let tab = ui.add(Button::selectable(page == shown, RichText::new(name).strong()));
        tab.widget_info(|| WidgetInfo::selected(Role::Tab, true, page == shown, format!("{name} page")));
        if tab.on_hover_text(format!("The page to {} ({key})", purpose(page))).clicked() {
            view.actions.push(Action::Show(page));
        }
    }
}

fn purpose(page: Page) -> &'static str {
    match page {
        Page::Locate => "say where pictures were taken",
        Page::Dataset => "look through a data set",
    }
}

/// What can be done with pictures.
fn locate_tools_ui(view: &mut View<'_>, ui: &mut Ui, in_words: bool) {
    if ui.button("Open…").on_hover_text("Open pictures or a folder of them (Ctrl+O)").clicked() {
        view.asks.push(Ask::OpenPictures);
    }
    locate_ui(view, ui);
    ui.separator();
    model_ui(view, ui, in_words);
    device_ui(view, ui, in_words);
    ui.separator();
    let has_answer = view.state.selected().is_some_and(|entry| entry.found().is_some());
    if ui.add_enabled(has_answer, Button::new("Copy")).on_hover_text("Copy the answer as text (Ctrl+C)").clicked() {
        view.asks.push(Ask::CopyAnswer);
    }
    if ui.add_enabled(has_answer, Button::new("Export…")).on_hover_text("Write the answer to a file (Ctrl+E)").clicked()
    {
        view.asks.push(Ask::Export);
    }
}

/// What can be done with a data set.
fn dataset_tools_ui(view: &mut View<'_>, ui: &mut Ui) {
    let text = "Index the pictures in a folder, or of a CSV table or list (Ctrl+O)";
    if ui.button("Index a folder…").on_hover_text(text).clicked() {
        view.asks.push(Ask::IndexFolder);
    }
    if ui.button("Open an index…").on_hover_text("Open an index made before (Ctrl+Shift+O)").clicked() {
        view.asks.push(Ask::OpenIndex);
    }
    ui.separator();
    let has_rows = !view.state.dataset().listing().shown().is_empty();
    let export = ui.add_enabled(has_rows, Button::new("Export…"));
    if export.on_hover_text("Write what is selected, or else what is shown, to a folder or file (Ctrl+E)").clicked() {
        view.asks.push(Ask::ExportDataset);
    }
}

/// Locate, or stop: the one button that stands out.
fn locate_ui(view: &mut View<'_>, ui: &mut Ui) {
    let palette = theme::palette(ui);
    let width = vec2(78.0, 0.0);
    if view.state.can_cancel() {
        let stop = ui.add(Button::new("Cancel").min_size(width)).on_hover_text("Stop what runs and what waits (Esc)");
        if stop.clicked() {
            view.actions.push(Action::Cancel);
        }
        return;
    }
    let locatable = view.state.selected().filter(|entry| entry.picture.is_ok());
    let button = match locatable {
        Some(_) => Button::new(RichText::new("Locate").color(palette.on_accent)).fill(palette.accent),
        None => Button::new("Locate"),
    };
    let locate = ui.add_enabled(locatable.is_some(), button.min_size(width));
    if locate.on_hover_text("Say where the selected picture was taken (Ctrl+L)").clicked()
        && let Some(entry) = locatable
    {
        view.actions.push(Action::Locate(entry.key));
    }
}

fn model_ui(view: &mut View<'_>, ui: &mut Ui, in_words: bool) {
    let state = view.state;
    let name = match state.model() {
        ModelState::Ready(model) => model.name.clone(),
        ModelState::Failed(_) => "none".to_owned(),
        ModelState::NotLoaded | ModelState::Loading { .. } => match &state.settings().model {
            ModelSource::Starter => "starter".to_owned(),
            ModelSource::Directory(folder) => folder.file_name().unwrap_or(folder.as_os_str()).display().to_string(),
        },
    };
    let button = menu_button(ui, "Model", &shortened(&name, 26), in_words);
    Popup::menu(&button).width(330.0).show(|ui| {
        if let ModelState::Ready(model) = state.model() {
            ui.label(RichText::new(&model.name).strong());
            let parameters = count_in_words(model.parameters);
            let mebibytes = model.bytes as f64 / f64::from(1 << 20);
            ui.label(format!("{parameters} parameters, {mebibytes:.0} MiB as {} on {}", model.precision, model.device));
            ui.label(RichText::new(model.directory.display().to_string()).small().weak());
            for note in &model.notes {
                ui.label(RichText::new(note).small());
            }
            ui.separator();
        }
        if let ModelState::Failed(message) = state.model() {
            ui.label(RichText::new(message).color(theme::palette(ui).error));
            ui.separator();
        }
        let is_starter = state.settings().model == ModelSource::Starter;
        if ui.radio(is_starter, "The starter (knows drawn streets only)").clicked() {
            view.actions.push(Action::ChooseModel(ModelSource::Starter));
            ui.close();
        }
        if let ModelSource::Directory(folder) = &state.settings().model
            && ui.radio(true, folder.display().to_string()).on_hover_text("Read this folder again").clicked()
        {
            view.actions.push(Action::ChooseModel(ModelSource::Directory(folder.clone())));
            ui.close();
        }
        if ui.button("Choose a model folder…").clicked() {
            view.asks.push(Ask::ModelFolder);
            ui.close();
        }
        ui.separator();
        ui.label(RichText::new("Segmenter, for the locatability").small().weak());
        let is_starter = state.settings().segmenter == ModelSource::Starter;
        if ui.radio(is_starter, "The starter segmenter (knows drawn streets only)").clicked() {
            view.actions.push(Action::ChooseSegmenter(ModelSource::Starter));
            ui.close();
        }
        if let ModelSource::Directory(folder) = &state.settings().segmenter {
            let _chosen = ui.radio(true, folder.display().to_string());
        }
        if ui.button("Choose a segmenter folder…").clicked() {
            view.asks.push(Ask::SegmenterFolder);
            ui.close();
        }
    });
}

/// The devices one can ask for; a numbered one is shown where it was chosen on the command line.
fn device_ui(view: &mut View<'_>, ui: &mut Ui, in_words: bool) {
    let chosen = view.state.settings().device;
    let mut choice = chosen;
    let says = |device: DeviceChoice| match device {
        DeviceChoice::Auto => "automatic".to_owned(),
        DeviceChoice::Gpu => "GPU".to_owned(),
        DeviceChoice::Cpu => "CPU".to_owned(),
        DeviceChoice::GpuNumber(number) => format!("GPU {number}"),
    };
    let button = menu_button(ui, "Device", &says(chosen), in_words);
    Popup::menu(&button).show(|ui| {
        for device in [DeviceChoice::Auto, DeviceChoice::Gpu, DeviceChoice::Cpu] {
            ui.radio_value(&mut choice, device, says(device));
        }
    });
    if choice != chosen {
        view.actions.push(Action::ChooseDevice(choice));
    }
}

fn theme_ui(view: &mut View<'_>, ui: &mut Ui, in_words: bool) {
    let chosen = view.state.settings().theme;
    let mut choice = chosen;
    let says = |theme| match theme {
        ThemeChoice::System => "system",
        ThemeChoice::Light => "light",
        ThemeChoice::Dark => "dark",
    };
    let button = menu_button(ui, "Colours", says(chosen), in_words);
    Popup::menu(&button).show(|ui| {
        for theme in [ThemeChoice::System, ThemeChoice::Light, ThemeChoice::Dark] {
            ui.radio_value(&mut choice, theme, says(theme));
        }
    });
    if choice != chosen {
        view.actions.push(Action::SetTheme(choice));
    }
}

/// What may be fetched, every connection by name, and the one switch that forbids them all.
fn network_ui(view: &mut View<'_>, ui: &mut Ui, in_words: bool) {
    let network = view.state.settings().network;
    let text = match (network.forbidden, network.map_tiles) {
        (true, _) => "forbidden",
        (false, true) => "map tiles",
        (false, false) => "unused",
    };
    let button = menu_button(ui, "Network", text, in_words);
    Popup::menu(&button).width(360.0).close_behavior(PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
        ui.label(RichText::new("Connections this program can make").strong());
        ui.label("Pictures, models and answers never leave this machine. There is one connection, and it is off until you switch it on:");
        let mut tiles = network.map_tiles;
        let text = format!("Map tiles from {}", map::HOST);
        if ui.add_enabled(!network.forbidden, egui::Checkbox::new(&mut tiles, text)).changed() {
            view.actions.push(Action::ShowMapTiles(tiles));
        }
        ui.label(RichText::new("Its server learns which part of the world you look at. Tiles are kept on disk.").small().weak());
        ui.separator();
        let mut forbidden = network.forbidden;
        if ui.checkbox(&mut forbidden, "Forbid every connection").changed() {
            view.actions.push(Action::ForbidNetwork(forbidden));
        }
    });
}

/// A button that opens a menu: what it is about, what is chosen (said aloud where it does not fit), and an arrow.
fn menu_button(ui: &mut Ui, about: &str, chosen: &str, in_words: bool) -> Response {
    let whole = format!("{about}: {chosen}");
    let response = ui.button(format!("{}     ", if in_words { &whole } else { about }));
    let at = response.rect.right_center() - vec2(14.0, 0.0);
    let color = theme::palette(ui).text_weak;
    let arrow = vec![at + vec2(-4.0, -2.0), at + vec2(4.0, -2.0), at + vec2(0.0, 3.0)];
    ui.painter().add(Shape::convex_polygon(arrow, color, Stroke::NONE));
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &whole));
    if in_words { response } else { response.on_hover_text(whole) }
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
