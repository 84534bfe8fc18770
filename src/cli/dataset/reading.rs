//! Reads what is to be learned, and shows how far it is where pictures have to be laid out first.

use std::sync::atomic::{AtomicBool, Ordering};

use super::Failure;
use crate::{
    cli::progress::Progress,
    dataset::{Source, Unpacking},
    train::data::Data,
};

/// The examples of these sources, unless it is to stop.
pub(super) fn read(sources: &[Source], stop: &AtomicBool) -> Result<Data, Failure> {
    let progress = Progress::new(0);
    progress.say("reading");
    let go_on = |done| {
        progress.set(done);
        progress.say("laying out the pictures inside");
        !stop.load(Ordering::Relaxed)
    };
    Data::read_with(sources, &Unpacking { go_on: &go_on, ..Unpacking::default() }).map_err(Failure::new)
}
