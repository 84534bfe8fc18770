//! Terrasight says where a photograph was taken, why, and how far to believe it, wholly on the user's machine.
//! ARCHITECTURE.md is the map of this crate.

pub mod geo;
pub mod knowledge;
pub mod model;
pub mod picture;
pub mod predict;
pub mod street;
