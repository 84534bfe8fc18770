//! What people read, in one place, so that the window, the terminal and every exported file say the same thing in the
//! same way, and so that other languages can follow. The rooms below hand over numbers, and codes with their arguments;
//! here they become words. Each table is a plain match, so that a code without its sentence does not compile, and no logic
//! compares what is made here.

mod evidence;
mod files;
mod findings;
mod models;
mod numbers;
mod places;

pub use evidence::{source, statement};
pub use files::file_problem;
pub use findings::{problem, scores};
pub use models::model_note;
pub use numbers::{coordinates, count, duration, heading, kilometres, metres, percent};
pub use places::place;
