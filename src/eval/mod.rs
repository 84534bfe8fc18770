//! Measures how well a model locates pictures whose place is known.

pub mod metrics;
