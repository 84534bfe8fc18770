//! Tables as people have them: separated by commas, semicolons, tabs or bars, in any usual encoding, with columns called as
//! they are. A [`TablePreview`] shows what was understood, and a [`ColumnChoice`] says what could not be.

mod cells;
mod columns;
mod degrees;
mod error;
mod names;
mod paths;
mod preview;
mod problem;
mod reading;
mod role;
mod separator;
mod text;

pub use cells::{path_cell, text_cell, text_of_cell};
pub use columns::{ColumnChoice, Columns, TableOptions};
pub(super) use degrees::{Axis, is_absent, parse_pair};
pub use error::{BadRow, ManifestError};
pub(super) use paths::Paths;
pub use preview::TablePreview;
pub use problem::RowProblem;
pub(super) use reading::{Line, Table};
pub use role::Role;
