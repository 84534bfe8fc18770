//! What people read, in one place, so that the window, the terminal and every exported file say the same thing in the
//! same way, and so that other languages can follow. The rooms below hand over numbers, and codes with their arguments;
//! here they become words. Each table is a plain match, so that a code without its sentence does not compile, and no logic
//! compares what is made here.

mod answers;
mod dataset;
mod evidence;
mod files;
mod findings;
mod models;
mod notices;
mod numbers;
mod places;
mod settings;
mod work;

pub use answers::{changed, evidence_kind, evidence_weight, probability_kind};
pub use dataset::{
    column, country, dataset_work, export_form, indexing, position_source, role, row_state, separator, trouble,
};
pub use evidence::{source, statement};
pub use files::file_problem;
pub use findings::{problem, scores};
pub use models::model_note;
pub use notices::remark;
pub use numbers::{coordinates, count, duration, heading, kilometres, metres, percent};
pub use places::{headline, place, place_in_short};
pub use settings::{device, network, theme};
pub use work::{model, no_model, no_pixels, not_located, not_open, stage, work, work_in_short};
