//! The words of the window: what it says of each code that the state and the rooms below hand to it, and nowhere else; and
//! what more than one panel says. Each is a plain match, so that a code without its sentence does not compile, and nothing
//! compares what is made here.

mod answers;
mod dataset;
mod notices;
mod places;
mod settings;
mod work;

use std::sync::Arc;

use egui::{
    Color32, FontId, Galley, Ui,
    text::{LayoutJob, TextFormat, TextWrapping},
};

pub use crate::words::{coordinates, count, duration, heading, kilometres, metres, percent};
pub use answers::{changed, evidence_kind, evidence_weight, probability_kind};
pub use dataset::{
    column, country, dataset_work, export_form, indexing, position_source, role, row_state, separator, trouble,
};
pub use notices::remark;
pub use places::{headline, place, place_in_short};
pub use settings::{device, network, theme};
pub use work::{model, no_model, no_pixels, not_located, not_open, stage, work, work_in_short};

/// One line of text, cut with an ellipsis where it would grow wider.
pub fn elided(ui: &Ui, text: String, font: FontId, color: Color32, width: f32) -> Arc<Galley> {
    let mut job = LayoutJob::single_section(text, TextFormat::simple(font, color));
    job.wrap = TextWrapping::truncate_at_width(width);
    ui.painter().layout_job(job)
}
