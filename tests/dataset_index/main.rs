//! The index of a data set, as a user relies on it: nothing twice, nothing lost, one clear line for whatever is wrong, and
//! exports that other programs read.

mod examples;
mod exports;
mod figures;
mod indexing;
mod moving;
mod records;
mod refusals;
mod resuming;
mod set;
mod tables;
