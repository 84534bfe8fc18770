//! From a model's words to places: reading the answer, weighing the evidence, ranking the candidates, writing it down.

pub mod answer;
mod candidates;
mod circle;
pub mod evidence;
pub mod export;
pub mod finding;
pub mod fuse;
mod loose;
mod prose;
