//! From a model's words to places: reading the answer, weighing the evidence, ranking the candidates.

pub mod answer;
pub mod finding;
mod prompt;
mod settings;

pub use finding::Finding;
pub use prompt::Prompting;
pub use settings::LocateSettings;
