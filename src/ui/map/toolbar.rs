//! The line of tools over the map of the selected picture: areas to draw, load or type, and a way to measure; and while a
//! tool is in hand, what becomes of what it draws.

use egui::{Button, Frame, Layout, Margin, Rect, RichText, Role, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use super::{
    drawing::{Drawing, takes_area},
    tool::Tool,
};
use crate::{
    state::PictureKey,
    ui::{
        Ask, View,
        pictures::{AreaForm, keys},
        shortcuts::hint,
        theme,
    },
};

/// From this width on the tools stand side by side, in points.
const WIDTH_FOR_TOOLS: f32 = 430.0;
/// Room for the buttons at the right, and for what the colours mean at the left.
const RIGHT: f32 = 60.0;
const LEFT: f32 = 146.0;

/// Draws it.
pub fn toolbar_ui(view: &mut View<'_>, ui: &mut Ui, map: Rect, drawing: &mut Drawing) {
    let from = pos2(map.min.x + LEFT, map.min.y + 6.0);
    let room = Rect::from_min_max(from, pos2((map.max.x - RIGHT).max(from.x + 80.0), from.y + 62.0));
    let builder = UiBuilder::new().max_rect(room).layout(Layout::top_down(egui::Align::Min));
    ui.scope_builder(builder, |ui| {
        if map.width() >= LEFT + WIDTH_FOR_TOOLS + RIGHT {
            plate_ui(ui, |ui| tools_ui(view, ui, drawing, false));
        } else {
            plate_ui(ui, |ui| {
                ui.menu_button("Areas", |ui| tools_ui(view, ui, drawing, true))
                    .response
                    .on_hover_text("Draw, load or measure");
            });
        }
        if drawing.tool().is_some() {
            plate_ui(ui, |ui| choice_ui(view, ui, drawing));
        }
    });
}

/// A ground on which buttons can be read over any map.
fn plate_ui(ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
    let palette = theme::palette(ui);
    let plate = Frame::new().fill(palette.raised.gamma_multiply(0.92)).corner_radius(theme::CORNER);
    plate.inner_margin(Margin::symmetric(3, 2)).show(ui, |ui| {
        ui.spacing_mut().item_spacing = vec2(3.0, 2.0);
        ui.horizontal(contents);
    });
}

fn tools_ui(view: &mut View<'_>, ui: &mut Ui, drawing: &mut Drawing, in_menu: bool) {
    let picture = takes_area(view);
    let tools = [
        ("Polygon", "Draw an area, corner by corner", keys::POLYGON, Tool::Polygon(Vec::new())),
        ("Circle", "Draw a circle: press in the middle and drag outward", keys::CIRCLE, Tool::Circle(None)),
        ("Countries", "Pick countries by clicking on them", keys::COUNTRIES, Tool::Countries(Vec::new())),
        ("Measure", "Measure distance and direction", keys::MEASURE, Tool::Measure(Vec::new())),
    ];
    for (name, does, key, tool) in tools {
        let is_held = drawing.tool().is_some_and(|held| std::mem::discriminant(held) == std::mem::discriminant(&tool));
        let can_use = picture.is_some() || matches!(tool, Tool::Measure(_));
        let mut is_on = is_held;
        let button = ui.add_enabled_ui(can_use, |ui| theme::toggle(ui, &mut is_on, Button::new(name))).inner;
        let button = button.on_hover_text(hint(ui.ctx(), does, key)).on_disabled_hover_text(NOT_YET);
        if button.clicked() {
            drawing.toggle(tool);
        }
    }
    match in_menu {
        true => files_ui(view, ui, drawing, picture),
        false => {
            let more = ui.add_enabled(picture.is_some(), Button::new(format!("More{}", theme::FOR_ARROW)));
            theme::menu_arrow(ui, &more);
            more.widget_info(|| WidgetInfo::labeled(Role::Button, picture.is_some(), "More areas"));
            let more = more.on_hover_text("Load an area, or type one").on_disabled_hover_text(NOT_YET);
            theme::menu(&more).show(|ui| files_ui(view, ui, drawing, picture));
        }
    }
}

/// The areas that are not drawn.
fn files_ui(view: &mut View<'_>, ui: &mut Ui, drawing: &Drawing, picture: Option<PictureKey>) {
    let load = ui.add_enabled(picture.is_some(), Button::new("Area from a file…"));
    let load = load.on_hover_text("Load areas from GeoJSON, KML or KMZ; a file can be dropped on the window as well");
    if let (true, Some(picture)) = (load.on_disabled_hover_text(NOT_YET).clicked(), picture) {
        view.asks.push(Ask::Browse(Box::new(AreaForm::of_file(picture, drawing.is_inside))));
    }
    let typed = ui.add_enabled(picture.is_some(), Button::new("Type an area…"));
    let typed = typed.on_hover_text(hint(ui.ctx(), "Type a circle, countries or a file", keys::AREA));
    if let (true, Some(picture)) = (typed.on_disabled_hover_text(NOT_YET).clicked(), picture) {
        view.asks.push(Ask::Show(Box::new(AreaForm::new(picture, drawing.is_inside))));
    }
}

const NOT_YET: &str = "An area is evidence of a picture: open one first";

fn choice_ui(view: &mut View<'_>, ui: &mut Ui, drawing: &mut Drawing) {
    let Some(tool) = drawing.tool() else { return };
    let (is_area, is_complete) = (!matches!(tool, Tool::Measure(_)), tool.is_complete());
    if is_area {
        theme::choice_value(ui, &mut drawing.is_inside, true, "Only here");
        theme::choice_value(ui, &mut drawing.is_inside, false, "Not here");
        if ui.add_enabled(is_complete, Button::new("Add")).on_hover_text("Add it to the evidence (Enter)").clicked() {
            drawing.finish(view);
        }
    }
    if ui.button(RichText::new("Give up")).on_hover_text("Lay the tool down (Esc)").clicked() {
        drawing.give_up();
    }
}
