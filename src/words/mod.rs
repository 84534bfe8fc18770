//! What people read, in one place, so that the window, the terminal and every exported file say the same thing in the
//! same way, and so that other languages can follow. Rooms above hand over numbers, and codes with their arguments; here
//! they become words. No logic compares what is made here.

mod cells;
mod numbers;

pub use cells::{path_cell, text_cell, text_of_cell};
pub use numbers::{coordinates, count, duration, heading, kilometres, metres, percent};
