//! The line at the top: what one can do now on the page that is shown, and how the window itself is to be.

use egui::{Popup, PopupCloseBehavior, Response, RichText, Role, Shape, Stroke, Ui, WidgetInfo, vec2};

use super::{Ask, View, map, page::WindowPage, theme};
use crate::state::{Action, ThemeChoice};

/// From this width on every menu says what is chosen in it; the narrower the window, the fewer do.
const WIDTH_FOR_ALL_WORDS: f32 = 1240.0;

/// Draws the line.
pub fn toolbar_ui(view: &mut View<'_>, ui: &mut Ui, page: &mut dyn WindowPage) {
    let width = ui.ctx().content_rect().width();
    ui.horizontal_centered(|ui| {
        page.tools(view, ui);
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

fn theme_ui(view: &mut View<'_>, ui: &mut Ui, in_words: bool) {
    let chosen = view.state.settings().theme;
    let mut choice = chosen;
    let says = |theme| match theme {
        ThemeChoice::System => "system",
        ThemeChoice::Light => "light",
        ThemeChoice::Dark => "dark",
    };
    let button = menu_button(ui, "Theme", says(chosen), in_words);
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
pub fn menu_button(ui: &mut Ui, about: &str, chosen: &str, in_words: bool) -> Response {
    let whole = format!("{about}: {chosen}");
    let response = ui.button(format!("{}     ", if in_words { &whole } else { about }));
    let at = response.rect.right_center() - vec2(14.0, 0.0);
    let color = theme::palette(ui).text_weak;
    let arrow = vec![at + vec2(-4.0, -2.0), at + vec2(4.0, -2.0), at + vec2(0.0, 3.0)];
    ui.painter().add(Shape::convex_polygon(arrow, color, Stroke::NONE));
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &whole));
    if in_words { response } else { response.on_hover_text(whole) }
}
