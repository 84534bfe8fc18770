//! What can be asked of models as files, and what is answered.

use std::{path::PathBuf, sync::Arc};

use crate::hub::{Access, Catalogue, Check, DeviceMemory, HubError, Offer, Progress, Shelved, Token};

/// What can be done with models.
#[derive(Debug, Clone)]
pub enum HubTask {
    /// Look what can be fetched, what lies here, and how much memory there is.
    Look,
    /// Fetch a model, or go on with it.
    Pull {
        /// Which.
        offer: Box<Offer>,
        /// The server to ask in the hub's place.
        mirror: Option<String>,
    },
    /// Forget what has come of a model that is not whole.
    Forget(String),
    /// Bring in a model from a folder.
    Import(PathBuf),
    /// Read a model's files again and compare them with what they should be.
    Verify(Box<Shelved>),
    /// Delete a model.
    Remove(Box<Shelved>),
    /// Keep a token for the server that is asked.
    KeepToken {
        /// The server, where it is not the usual hub.
        mirror: Option<String>,
        /// The token.
        token: Token,
    },
    /// Forget the token that is kept for the server that is asked.
    ForgetToken {
        /// The server, where it is not the usual hub.
        mirror: Option<String>,
    },
}

impl HubTask {
    /// Whether it is done at once.
    pub fn is_short(&self) -> bool {
        match self {
            Self::Look | Self::Forget(_) | Self::Remove(_) | Self::KeepToken { .. } | Self::ForgetToken { .. } => true,
            Self::Pull { .. } | Self::Import(_) | Self::Verify(_) => false,
        }
    }
}

/// What there is.
#[derive(Debug, Clone)]
pub struct Stock {
    /// What can be fetched.
    pub catalogue: Catalogue,
    /// Why the user's own list is left out.
    pub problem: Option<Arc<HubError>>,
    /// What lies on this machine.
    pub shelf: Vec<Shelved>,
    /// The models of which something has come, by name.
    pub begun: Vec<String>,
    /// The devices, with their memory.
    pub memories: Vec<DeviceMemory>,
    /// Which hub is usual, and for which there are tokens.
    pub access: Access,
}

/// How far something with a model is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HubProgress {
    /// What is done of what.
    pub progress: Progress,
    /// Bytes a second, lately.
    pub bytes_a_second: Option<f64>,
    /// Seconds that the rest will take at that rate.
    pub seconds_left: Option<f64>,
}

/// What is said of models.
#[derive(Debug, Clone)]
pub enum HubNews {
    /// What there is.
    Stock(Arc<Stock>),
    /// How far a fetching, a bringing in or a check is.
    Progress(HubProgress),
    /// How a check came out.
    Checked(Check),
    /// Where a model that was fetched or brought in lies.
    Placed(PathBuf),
}
