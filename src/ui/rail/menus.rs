//! How the window itself is to be, at the foot of the rail: what may be fetched, light or dark, and the list of keys.

use egui::{Popup, PopupCloseBehavior, Response, RichText, Role, Ui, WidgetInfo, vec2};

use super::super::{Ask, View, map};
use crate::state::{Action, ThemeChoice};

/// Height of a button.
pub const BUTTON: f32 = 30.0;

/// Draws the buttons, from the foot up.
pub fn menus_ui(view: &mut View<'_>, ui: &mut Ui) {
    if button(ui, "?", "Shortcuts and about").clicked() {
        view.asks.push(Ask::Help);
    }
    theme_ui(view, ui);
    network_ui(view, ui);
}

/// A button with one sign on it, which is called something.
fn button(ui: &mut Ui, sign: &str, name: &str) -> Response {
    let button = egui::Button::new(RichText::new(sign).size(15.0)).min_size(vec2(ui.available_width(), BUTTON));
    let response = ui.add(button.frame_when_inactive(false));
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    response.on_hover_text(name)
}

fn theme_ui(view: &mut View<'_>, ui: &mut Ui) {
    let chosen = view.state.settings().theme;
    let mut choice = chosen;
    let says = |theme| match theme {
        ThemeChoice::System => "system",
        ThemeChoice::Light => "light",
        ThemeChoice::Dark => "dark",
    };
    let button = button(ui, "◑", &format!("Theme: {}", says(chosen)));
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
fn network_ui(view: &mut View<'_>, ui: &mut Ui) {
    let network = view.state.settings().network;
    let text = match (network.forbidden, network.map_tiles) {
        (true, _) => "forbidden",
        (false, true) => "map tiles",
        (false, false) => "unused",
    };
    let button = button(ui, "🌐", &format!("Network: {text}"));
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
