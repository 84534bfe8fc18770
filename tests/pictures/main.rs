//! Pictures as people have them: what opens, what it says of itself, and what is said of what does not open.

mod bad;
mod files;
mod kinds;
mod metadata;
mod mutations;
mod phones;
mod xmp;
