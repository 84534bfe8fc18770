//! The line over a page for work that goes on: what it is, how much of it is done, and what can be done about it.

use egui::{Align, Layout, ProgressBar, Ui};

use super::theme;

/// Height of the line.
pub const HEIGHT: f32 = 46.0;

/// Draws it; the buttons stand at the right, the first at the edge.
pub fn underway_ui(ui: &mut Ui, done: Option<f32>, buttons: impl FnOnce(&mut Ui), said: impl FnOnce(&mut Ui)) {
    ui.horizontal_centered(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            buttons(ui);
            ui.with_layout(Layout::top_down(Align::Min), |ui| {
                ui.spacing_mut().item_spacing.y = 3.0;
                said(ui);
                if let Some(done) = done {
                    let bar = ProgressBar::new(done).desired_width(ui.available_width() - 8.0).desired_height(6.0);
                    ui.add(bar.fill(theme::palette(ui).accent));
                }
            });
        });
    });
}
