//! Many pictures at once, on all cores, in order.

use std::{num::NonZeroUsize, sync::mpsc, thread};

use super::{StreetPicture, draw};

/// Draws `count` streets from seed `first` on and hands each, turned by `shape` on the thread that drew it, to `take`
/// in the order of the seeds; stops at the first error of `take`. At most a few pictures wait in memory.
pub fn draw_many<T: Send, E>(
    first: u64,
    count: u64,
    shape: impl Fn(StreetPicture) -> T + Sync,
    mut take: impl FnMut(u64, T) -> Result<(), E>,
) -> Result<(), E> {
    let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get) as u64;
    thread::scope(|scope| {
        let lanes: Vec<mpsc::Receiver<T>> = (0..threads.min(count))
            .map(|lane| {
                let (sender, receiver) = mpsc::sync_channel(8);
                let shape = &shape;
                scope.spawn(move || {
                    for at in (lane..count).step_by(threads as usize) {
                        // The other end is gone once `take` has failed.
                        if sender.send(shape(draw(first + at))).is_err() {
                            return;
                        }
                    }
                });
                receiver
            })
            .collect();
        for at in 0..count {
            let lane = &lanes[(at % threads) as usize];
            let drawn = lane.recv().expect("a drawing thread sends all its pictures before it ends");
            take(at, drawn)?;
        }
        Ok(())
    })
}
