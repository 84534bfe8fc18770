//! Why something is not to be had: a picture, its pixels, a place, a model.

use std::sync::Arc;

use crate::worker::Failure;

/// Why a place in the film strip has no picture.
#[derive(Debug, Clone, PartialEq)]
pub enum NotOpen {
    /// It came with a session, and its file is being opened.
    Returning,
    /// It came with a session, and opening its file was stopped.
    NotReturned,
    /// It cannot be opened.
    Failed(Arc<Failure>),
}

/// Why the pixels of an open picture are not to be had.
#[derive(Debug, Clone, PartialEq)]
pub enum NoPixels {
    /// They alone take more memory than all pictures may.
    NoMemory,
    /// The file has gone, or is another by now.
    Failed(Arc<Failure>),
}

/// Why a picture was not located.
#[derive(Debug, Clone, PartialEq)]
pub enum NotLocated {
    /// Its pixels are not to be had.
    NoPixels(NoPixels),
    /// There is no model.
    NoModel(NoModel),
    /// The engine could not.
    Failed(Arc<Failure>),
}

/// Why there is no model.
#[derive(Debug, Clone, PartialEq)]
pub enum NoModel {
    /// It could not be opened.
    Failed(Arc<Failure>),
    /// The user stopped its opening.
    Stopped,
}
