//! A line on which a value is set by its handle.

use egui::{Response, Slider, Ui};

use super::palette;

/// Draws it, in colours that stand out from every ground: a handle in the colour of fields, on a line in the same, would look
/// switched off.
pub fn slider(ui: &mut Ui, slider: Slider<'_>) -> Response {
    let palette = palette(ui);
    ui.scope(|ui| {
        let visuals = ui.visuals_mut();
        visuals.widgets.inactive.bg_fill = palette.outline;
        visuals.widgets.hovered.bg_fill = palette.accent;
        visuals.widgets.active.bg_fill = palette.accent;
        visuals.selection.bg_fill = palette.accent;
        ui.add(slider.trailing_fill(true))
    })
    .inner
}
