//! How much a picture can tell of where it was taken (GeoReasoner, Li et al., ICML 2024): the score from a segmentation,
//! what it is made of, and the picture's own map of where that comes from.

mod heatmap;
mod judge;
mod score;

pub use heatmap::{ColorMap, Heatmap};
pub use judge::{Judge, Judged, LONGEST_SIDE};
pub use score::{ClassPart, Score};
