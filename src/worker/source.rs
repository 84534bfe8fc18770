//! Which model is meant, by whom ever it is asked for.

use std::path::PathBuf;

/// Which model to use.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ModelSource {
    /// The small model that the program ships.
    #[default]
    Starter,
    /// A checkpoint folder as the hub serves it, or a GGUF file.
    Directory(PathBuf),
}
