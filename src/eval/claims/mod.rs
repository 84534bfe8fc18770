//! The papers' claims, tried in small on drawn streets: that training on more locatable pictures helps, that reasoning then
//! location beats location alone, which beats reasoning alone (Li et al., "GeoReasoner", ICML 2024,
//! <https://arxiv.org/abs/2406.18572>), and that a model that was corrected in conversation gains from right hints and loses
//! less by wrong ones (Dou et al., "GaGA", 2024, <https://arxiv.org/abs/2412.08907>).
//!
//! ```text
//! ClaimsConfig (TOML) -> Chosen (streets) -> train (a run a model) -> ask (answers, kept as they come) -> Claims -> Page
//! ```
//!
//! Everything is kept in the experiment's folder, so that a run that was broken off goes on where it stood.

mod ask;
mod config;
mod error;
mod measure;
mod page;
mod plan;
mod run;
mod streets;

pub use config::ClaimsConfig;
pub use error::ClaimsError;
pub use measure::{Claims, Difference, HintRow, ModelRow};
pub use page::Page;
pub use run::{ClaimsEvent, run};
