//! Terrasight says where a photograph was taken, why, and how far to believe it, wholly on the user's machine.
//! ARCHITECTURE.md is the map of this crate.

pub mod app;
pub mod assets;
pub mod bench;
pub mod cli;
pub mod dataset;
pub mod eval;
pub mod export;
pub mod files;
pub mod geo;
pub mod hub;
pub mod knowledge;
pub mod locatability;
pub mod model;
pub mod picture;
pub mod predict;
pub mod server;
pub mod signs;
pub mod state;
pub mod street;
pub mod train;
pub mod ui;
pub mod words;
pub mod worker;

/// Large tensors come and go all the time: this allocator keeps their memory, where the system's gives it back and takes
/// it again page by page.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
