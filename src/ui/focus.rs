//! Where the keyboard is: one ring for every control, whoever drew it.

use egui::{Context, Stroke, StrokeKind};

use super::theme;

/// Draws a ring around the control that has the focus.
pub fn ring(ctx: &Context) {
    let Some(focused) = ctx.memory(egui::Memory::focused).and_then(|id| ctx.read_response(id)) else { return };
    let rect = focused.rect.intersect(focused.interact_rect.expand(3.0));
    if !rect.is_positive() {
        return;
    }
    let palette = theme::palette_of(ctx.theme() == egui::Theme::Dark);
    let painter = ctx.layer_painter(focused.layer_id);
    painter.rect_stroke(rect.expand(2.0), theme::CORNER, Stroke::new(2.0, palette.accent), StrokeKind::Middle);
}
