//! Evaluations: what can be asked, what is answered, and the two threads that do it. One runs them and lets the engine answer
//! picture by picture, so that locating goes on between them and a picture that the user drops is answered first; the other
//! reads what was kept, so that it is there at once.

mod archivist;
mod asking;
mod examiner;
mod folder;
mod message;
#[cfg(test)]
mod tests;

pub(super) use archivist::Archivist;
pub(super) use examiner::Examiner;
pub use folder::results_file;
pub use message::{
    Comparison, ErrorLine, Evaluated, EvaluationNews, EvaluationProgress, EvaluationTask, KeptEvaluation, Question,
};
