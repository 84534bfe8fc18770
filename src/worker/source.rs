//! Which model is meant, by whom ever it is asked for.

use std::path::{Path, PathBuf};

use crate::{model::LoraChoice, server::Server};

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
    /// One of this machine with adapters added to it.
    Adapted(Box<Adapted>),
}

/// A model and what is added to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adapted {
    /// The starter or a folder's.
    base: ModelSource,
    /// In the order in which they were added.
    loras: Vec<LoraChoice>,
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

    /// The same with these adapters and no others. A server's model takes none.
    #[must_use]
    pub fn with_loras(self, loras: Vec<LoraChoice>) -> Self {
        let base = match self {
            Self::Adapted(adapted) => adapted.base,
            base => base,
        };
        if loras.is_empty() || base.is_elsewhere() { base } else { Self::Adapted(Box::new(Adapted { base, loras })) }
    }

    /// The model without its adapters.
    pub fn base(&self) -> &Self {
        if let Self::Adapted(adapted) = self { &adapted.base } else { self }
    }

    /// Its adapters, in the order in which they were added.
    pub fn loras(&self) -> &[LoraChoice] {
        if let Self::Adapted(adapted) = self { &adapted.loras } else { &[] }
    }

    /// Where it lies on this machine: the model's folder or file, and its adapters'; nowhere of what the program ships.
    pub fn parts(&self) -> impl Iterator<Item = &Path> {
        let base = if let Self::Directory(base) = self.base() { Some(base) } else { None };
        base.into_iter().chain(self.loras().iter().map(|lora| &lora.folder)).map(PathBuf::as_path)
    }

    /// Whether it, or an adapter of it, lies in this folder.
    pub fn lies_in(&self, folder: &Path) -> bool {
        self.parts().any(|part| part.starts_with(folder))
    }

    /// The folder that it lies in, the starter's being found by `starter`; none of a server's.
    pub fn folder<E>(&self, starter: impl FnOnce() -> Result<PathBuf, E>) -> Option<Result<PathBuf, E>> {
        match self {
            Self::Starter => Some(starter()),
            Self::Directory(folder) => Some(Ok(folder.clone())),
            Self::Server(_) => None,
            Self::Adapted(adapted) => adapted.base.folder(starter),
        }
    }
}
