//! How far to believe the numbers: temperatures and levels of areas, taken from pictures whose place is known.

mod record;

pub use record::Record;
