//! From a model's words to places: reading the answer, weighing the evidence, ranking the candidates.

pub mod answer;
mod candidates;
pub mod evidence;
pub mod finding;
pub mod fuse;
mod loose;
mod prose;
