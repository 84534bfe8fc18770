//! From a model's words to places: asking the question, reading the answer, weighing the evidence, ranking the
//! candidates, writing it down.

pub mod answer;
mod candidates;
mod circle;
mod countries;
pub mod evidence;
pub mod export;
pub mod finding;
pub mod fuse;
mod locate;
mod loose;
mod prompt;
mod prose;
mod settings;
mod weighing;

pub use finding::Finding;
pub use locate::{LocateError, LocateStage, Located, Observer, Unobserved, locate};
pub use prompt::Prompting;
pub use settings::LocateSettings;
pub use weighing::Weighing;
