//! Which model is meant, by whom ever it is asked for.

use std::path::PathBuf;

use crate::server::Server;

/// Which model to use.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ModelSource {
    /// The small model that the program ships.
    #[default]
    Starter,
    /// A checkpoint folder as the hub serves it, or a GGUF file.
    Directory(PathBuf),
    /// A model of a server, to which pictures are sent.
    Server(Box<Server>),
}

impl From<Server> for ModelSource {
    fn from(server: Server) -> Self {
        Self::Server(Box::new(server))
    }
}

impl ModelSource {
    /// Whether it runs on a server, to which pictures are sent.
    pub fn is_elsewhere(&self) -> bool {
        matches!(self, Self::Server(_))
    }

    /// The folder that it lies in, the starter's being found by `starter`; none of a server's.
    pub fn folder<E>(&self, starter: impl FnOnce() -> Result<PathBuf, E>) -> Option<Result<PathBuf, E>> {
        match self {
            Self::Starter => Some(starter()),
            Self::Directory(folder) => Some(Ok(folder.clone())),
            Self::Server(_) => None,
        }
    }
}
