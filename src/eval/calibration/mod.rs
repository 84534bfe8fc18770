//! Calibrating a model: records of pictures whose place is known, what a calibration is worth on others, and the page about it.

mod halves;
mod markdown;
mod measures;
mod records;
mod report;
mod set;
mod signs;
mod streets;
mod trial;
mod whose;

pub use halves::Halves;
pub use markdown::Page;
pub use measures::{Answered, Areas, Found, Measures, perfect_calibration_error};
pub use records::Recorder;
pub use report::{CalibrationReport, Coverage};
pub use set::RecordSet;
pub(super) use set::read_lines;
pub use signs::{SignsRow, Tried, signs_rows};
pub use streets::{StreetSet, source as streets_source};
pub use trial::{Reach, Trial};
pub(super) use trial::{brier, holds, place_log_loss, searched_km2};
pub use whose::{is_of, take_for};
