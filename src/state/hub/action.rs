//! What can be done with models as files.

use std::path::PathBuf;

use crate::hub::Token;

/// What can be done with models.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HubAction {
    /// Look what there is.
    Look,
    /// Fetch the model of this name, or go on with it.
    Pull(String),
    /// Let its fetching wait; what has come is kept.
    Pause(String),
    /// Fetch it no more, and forget what has come.
    Cancel(String),
    /// Bring in the model in this folder.
    Import(PathBuf),
    /// Compare its files with what they should be.
    Verify(String),
    /// Delete it.
    Remove(String),
    /// Ask this server in the hub's place.
    SetMirror(Option<String>),
    /// Show this token to the server that is asked, and keep it for that.
    KeepToken(Token),
    /// Forget the token that is kept for the server that is asked.
    ForgetToken,
}
