//! What a score is made of, as bars, and the scale of colours.

use egui::{Align2, Color32, CornerRadius, FontId, Rect, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::{
    locatability::{ClassPart, ColorMap, Score},
    ui::theme,
};

/// Height of a bar's row.
const ROW: f32 = 20.0;
/// Width of the number beside a bar.
const NUMBER: f32 = 48.0;

/// Draws a bar for each class, longest first; gives the class under the pointer. `outlined` is marked.
pub fn list_ui(ui: &mut Ui, score: &Score, colors: ColorMap, outlined: Option<usize>) -> Option<usize> {
    let mut pointed = None;
    let longest = score.classes.first().map_or(1.0, |part| part.contribution).max(1e-9);
    ScrollArea::vertical().id_salt("locatability parts").auto_shrink(false).show_rows(
        ui,
        ROW,
        score.classes.len(),
        |ui, rows| {
            for part in &score.classes[rows] {
                let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
                let spoken = format!("{}: {}", part.name(), super::in_words(part));
                response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
                let is_marked = response.hovered() || outlined == Some(part.class);
                bar(ui, rect, part, longest, colors, is_marked);
                if response.hovered() {
                    pointed = Some(part.class);
                }
                response.on_hover_text(super::in_words(part));
            }
        },
    );
    pointed
}

/// Name, bar in the class's colour, contribution.
fn bar(ui: &Ui, rect: Rect, part: &ClassPart, longest: f64, colors: ColorMap, is_marked: bool) {
    let palette = theme::palette(ui);
    if is_marked {
        ui.painter().rect_filled(rect, CornerRadius::same(theme::CORNER), palette.accent_faint);
    }
    let (font, middle) = (FontId::proportional(13.0), rect.center().y);
    let name_width = (rect.width() * 0.3).clamp(70.0, 150.0);
    let name = theme::elided(ui, part.name().to_owned(), font.clone(), palette.text, name_width - 10.0);
    ui.painter().galley(pos2(rect.min.x + 4.0, middle - name.size().y / 2.0), name, palette.text);
    let from = rect.min.x + name_width;
    let room = (rect.max.x - NUMBER - from).max(10.0);
    let width = room * (part.contribution / longest).clamp(0.0, 1.0) as f32;
    let [r, g, b] = colors.color(part.weight);
    let bar = Rect::from_min_max(pos2(from, middle - 5.0), pos2(from + width.max(1.0), middle + 5.0));
    ui.painter().rect_filled(bar, 2.0, Color32::from_rgb(r, g, b));
    let number = format!("{:.3}", part.contribution);
    ui.painter().text(pos2(rect.max.x - 4.0, middle), Align2::RIGHT_CENTER, number, font, palette.text);
}

/// The scale of colours from a weight of 0 to 1.
pub fn legend_ui(ui: &mut Ui, colors: ColorMap) {
    ui.weak("0");
    let (rect, response) = ui.allocate_exact_size(vec2(96.0, 12.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "Colours from weight 0 to weight 1"));
    theme::ramp(ui.painter(), rect, 24, |share| {
        let [r, g, b] = colors.color(f64::from(share));
        Color32::from_rgb(r, g, b)
    });
    ui.weak("1");
    response.on_hover_text("What a class tells of a place: nothing (0) to most (1, the road)");
}
