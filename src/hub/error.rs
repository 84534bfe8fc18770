//! Why a model could not be fetched, checked, brought in or taken away.

use std::{io, path::PathBuf};

/// Why a model could not be fetched, checked, brought in or taken away. As text it is one line that names the thing and what
/// to do.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// The user's own catalogue is not of its form.
    #[error("{file}: {problem}; the entries in it are left out until that is mended")]
    Catalogue {
        /// The file.
        file: String,
        /// What is wrong, and where.
        problem: String,
    },
    /// No model has this name.
    #[error("{0}: no such model; 'terrasight models list' names those that there are")]
    Unknown(String),
    /// The user forbids every connection.
    #[error(
        "the network is forbidden (the globe in the window's rail allows it); import the model from a folder instead"
    )]
    Forbidden,
    /// A path or a name that leads out of its folder.
    #[error("'{0}' leads out of the model's folder and is refused")]
    Outside(String),
    /// The hub has no such thing.
    #[error("{0}: the hub has no such file (404); the model may have been moved or withdrawn")]
    NotThere(String),
    /// The hub wants to know who asks.
    #[error(
        "{what}: the hub refuses it without permission ({status}); agree to the model's terms on its page there, and give a \
         token of yours (Token… on the Models page, 'terrasight models token', or HF_TOKEN)"
    )]
    NotAllowed {
        /// What was asked for.
        what: String,
        /// What the hub answered.
        status: u16,
    },
    /// The hub has too much to do, or trouble of its own, and goes on having it.
    #[error("{what}: the hub is busy or out of order ({status}), also after several tries; try again later")]
    Busy {
        /// What was asked for.
        what: String,
        /// What the hub answered last.
        status: u16,
    },
    /// Another answer than those that are known.
    #[error("{what}: the hub answered {status}, which is not understood; check the mirror's address")]
    Refused {
        /// What was asked for.
        what: String,
        /// What it answered.
        status: u16,
    },
    /// No connection came about.
    #[error(
        "{what}: the hub is not reached ({cause}), also after several tries; check the network and the mirror's address"
    )]
    NotReached {
        /// What was asked for.
        what: String,
        /// What the system says.
        cause: String,
    },
    /// The line was cut.
    #[error("{what}: the connection failed ({cause}), also after several tries; what has come is kept")]
    Cut {
        /// What was asked for.
        what: String,
        /// What the system says.
        cause: String,
    },
    /// What came is not what a hub says.
    #[error("{what}: the server does not answer as the hub does ({cause}); check the mirror's address")]
    Nonsense {
        /// What was asked for.
        what: String,
        /// What is wrong with it.
        cause: String,
    },
    /// A file of another size than it should have.
    #[error("{file}: it has {found} bytes and should have {expected}; fetch it again")]
    WrongSize {
        /// The file.
        file: String,
        /// What it has.
        found: u64,
        /// What it should have.
        expected: u64,
    },
    /// A file with other bytes than it should have.
    #[error("{0}: its bytes are not those that were published (SHA-256 differs); fetch it again")]
    WrongSum(String),
    /// The disk is too full.
    #[error("{}: {} MB are needed and {} MB are free; free some space or set TERRASIGHT_HOME", folder.display(), needed >> 20, free >> 20)]
    NoSpace {
        /// The folder it was to go to.
        folder: PathBuf,
        /// Bytes that are needed.
        needed: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// A file or folder cannot be read or written.
    #[error("{}: {cause}", path.display())]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// Somebody else fetches it already.
    #[error("{0} is being fetched already, by another window or command")]
    Underway(String),
    /// A model of this name is there already.
    #[error("{0}: a model of this name is there already; remove it first")]
    IsThere(String),
    /// Some of a model of this name has come.
    #[error("{0}: some of a model of this name has come from the hub; fetch the rest of it, or remove it first")]
    Begun(String),
    /// What was named is no model that this program opens.
    #[error("{}: no model that this program opens ({cause})", path.display())]
    NoModel {
        /// The folder or file.
        path: PathBuf,
        /// Why.
        cause: String,
    },
    /// It belongs to another program, or is named by its folder.
    #[error("{0} belongs to another program and is only used in place; remove it there")]
    NotOurs(String),
    /// Nobody has said what its files should be.
    #[error(
        "{0}: nothing is known of its files to check them by, since it was not fetched or imported by this program"
    )]
    NoRecord(String),
    /// What was given as a token can be none.
    #[error("{0}: it is no token, which has no spaces and no signs beyond ASCII; copy it anew from the hub's page")]
    NoToken(&'static str),
    /// The file of the kept tokens is not of its form.
    #[error("{}: the kept tokens cannot be read; give the token anew (Token… on the Models page, or 'terrasight models token')", .0.display())]
    DamagedTokens(PathBuf),
    /// No connection can be made at all.
    #[error("no connection can be made here ({0})")]
    NoClient(String),
    /// The user stopped a fetch.
    #[error("stopped; what has come is kept, and the next try goes on from there")]
    Stopped,
    /// The user stopped what cannot be gone on with.
    #[error("stopped before it was done; the next try begins anew")]
    Ended,
}

impl HubError {
    /// Whether a token would help.
    pub fn asks_who(&self) -> bool {
        matches!(self, Self::NotAllowed { .. })
    }

    /// Whether it may pass by itself, so that another try is worth it.
    pub(super) fn may_pass(&self) -> bool {
        matches!(self, Self::Busy { .. } | Self::NotReached { .. } | Self::Cut { .. })
    }

    /// An error of a file or folder.
    pub(super) fn disk(path: &std::path::Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |cause| Self::Disk { path, cause }
    }
}
