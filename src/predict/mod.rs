//! From a model's words to places: asking the question, reading the answer, weighing the evidence, ranking the
//! candidates.

mod again;
pub mod answer;
pub mod area;
mod belief;
mod by_country;
pub mod calibration;
mod candidates;
pub mod change;
mod claim;
mod clash;
pub mod contradiction;
mod contradictions;
pub mod converse;
mod countries;
pub mod dialogue;
mod elsewhere;
pub mod evidence;
mod factor;
pub mod finding;
mod footprint;
pub mod fuse;
mod groups;
pub mod hint;
mod locate;
mod named;
mod named_by_tokens;
mod problem;
mod prompt;
pub mod reason;
mod settings;
pub mod sign;
mod sign_pieces;
pub mod statement;
mod weighing;
mod what_if;
mod written;

pub use again::locate_again;
pub use elsewhere::{converse_elsewhere, locate_elsewhere, name_of as server_model};
pub use finding::Finding;
pub use locate::{LocateError, LocateStage, Located, Observer, Unobserved, locate};
pub use problem::{FindingProblem, PromptNotRead};
pub use prompt::Prompting;
pub use settings::LocateSettings;
pub use weighing::Weighing;
pub use what_if::WhatIf;
