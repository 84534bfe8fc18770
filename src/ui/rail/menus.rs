//! How the window itself is to be, at the foot of the rail: what may be fetched, light or dark, and the list of keys.

use egui::{
    Align2, FontId, Painter, PopupCloseBehavior, Pos2, Response, RichText, Role, Shape, Stroke, Ui, Vec2, WidgetInfo,
    epaint::EllipseShape, vec2,
};

use super::super::{Ask, View, map, theme, words};
use crate::{
    hub::HOST,
    state::{Action, ThemeChoice},
    worker::ModelSource,
};

/// Height of a button.
const BUTTON: f32 = 30.0;
/// Half of a sign's width.
const RADIUS: f32 = 7.5;

/// What the buttons take, with so much between them.
pub fn height(gap: f32) -> f32 {
    3.0 * (BUTTON + gap)
}

/// Draws the buttons, from the foot up.
pub fn menus_ui(view: &mut View<'_>, ui: &mut Ui) {
    if button(ui, "Shortcuts and about", question).clicked() {
        view.asks.push(Ask::Help);
    }
    theme_ui(view, ui);
    network_ui(view, ui);
}

/// A button with a sign on it, which is called something.
fn button(ui: &mut Ui, name: &str, sign: fn(&Painter, Pos2, Stroke)) -> Response {
    let button = egui::Button::new("").min_size(vec2(ui.available_width(), BUTTON)).frame_when_inactive(false);
    let response = ui.add(button);
    sign(ui.painter(), response.rect.center(), Stroke::new(1.3, theme::palette(ui).text));
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    response.on_hover_text(name)
}

fn question(painter: &Painter, at: Pos2, stroke: Stroke) {
    painter.text(at, Align2::CENTER_CENTER, "?", FontId::proportional(17.0), stroke.color);
}

/// Half dark, half light.
fn half_moon(painter: &Painter, at: Pos2, stroke: Stroke) {
    painter.circle_stroke(at, RADIUS, stroke);
    let angle = |step: u32| std::f32::consts::FRAC_PI_2 + std::f32::consts::PI * step as f32 / 16.0;
    let half: Vec<Pos2> = (0..=16).map(|step| at + RADIUS * Vec2::angled(angle(step))).collect();
    painter.add(Shape::convex_polygon(half, stroke.color, Stroke::NONE));
}

fn globe(painter: &Painter, at: Pos2, stroke: Stroke) {
    painter.circle_stroke(at, RADIUS, stroke);
    painter.hline(at.x - RADIUS..=at.x + RADIUS, at.y, stroke);
    painter.vline(at.x, at.y - RADIUS..=at.y + RADIUS, stroke);
    painter.add(EllipseShape::stroke(at, vec2(RADIUS * 0.5, RADIUS), stroke));
}

fn theme_ui(view: &mut View<'_>, ui: &mut Ui) {
    let chosen = view.state.settings().theme;
    let mut choice = chosen;
    let button = button(ui, &format!("Theme: {}", words::theme(chosen)), half_moon);
    theme::menu(&button).show(|ui| {
        for theme in [ThemeChoice::System, ThemeChoice::Light, ThemeChoice::Dark] {
            ui.radio_value(&mut choice, theme, words::theme(theme));
        }
    });
    if choice != chosen {
        view.actions.push(Action::SetTheme(choice));
    }
}

/// What may be fetched, every connection by name, and the one switch that forbids them all.
fn network_ui(view: &mut View<'_>, ui: &mut Ui) {
    let network = view.state.settings().network;
    let button = button(ui, &format!("Network: {}", words::network(view.state.settings())), globe);
    theme::menu(&button).width(360.0).close_behavior(PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
        ui.label(RichText::new("Connections this program can make").strong());
        ui.label("There are three. Pictures leave this machine only where you let a server answer. Map tiles are off until you switch them on:");
        let mut tiles = network.map_tiles;
        let text = format!("Map tiles from {}", map::HOST);
        if ui.add_enabled(!network.forbidden, egui::Checkbox::new(&mut tiles, text)).changed() {
            view.actions.push(Action::ShowMapTiles(tiles));
        }
        ui.label(RichText::new("Its server learns which part of the world you look at. Tiles are kept on disk.").small().weak());
        let host = view.state.settings().mirror.as_deref().unwrap_or(HOST);
        ui.label(format!("Models come from {host}, while one is fetched on the Models page."));
        ui.label(RichText::new("Its server learns which model you fetch and, where you gave it a token, who you are.").small().weak());
        ui.label(match &view.state.settings().model {
            ModelSource::Server(server) => {
                format!("Each picture that is located is sent to {}, whose model answers.", server.host())
            }
            _ => "A server may answer in the model's place, where you name one in the Model menu. None does now.".to_owned(),
        });
        ui.separator();
        let mut forbidden = network.forbidden;
        if ui.checkbox(&mut forbidden, "Forbid every connection").changed() {
            view.actions.push(Action::ForbidNetwork(forbidden));
        }
    });
}
