//! Text that is cut where it would grow too wide.

use std::sync::Arc;

use egui::{
    Color32, FontId, Galley, Ui,
    text::{LayoutJob, TextFormat, TextWrapping},
};

/// One line of text, cut with an ellipsis where it would grow wider.
pub fn elided(ui: &Ui, text: String, font: FontId, color: Color32, width: f32) -> Arc<Galley> {
    let mut job = LayoutJob::single_section(text, TextFormat::simple(font, color));
    job.wrap = TextWrapping::truncate_at_width(width);
    ui.painter().layout_job(job)
}
