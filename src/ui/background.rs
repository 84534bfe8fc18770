//! Work that a frame must not wait for and that is no work of the engine: the system's dialogs, writing an export,
//! turning pasted pixels, drawing the map's shapes. Each runs on a named thread and hands back one value.

use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};

use egui::Context;

/// A value that a thread is making.
pub struct Background<T>(Receiver<T>);

/// Where a [`Background`] stands.
pub enum Outcome<T> {
    /// Not there yet.
    Pending,
    /// Here it is.
    Ready(T),
    /// The thread ended without it.
    Lost,
}

impl<T: Send + 'static> Background<T> {
    /// Makes a value on a thread of this name and wakes the window when it is there.
    pub fn start(name: &str, ctx: &Context, make: impl FnOnce() -> T + Send + 'static) -> Self {
        let (say, hear) = sync_channel(1);
        let ctx = ctx.clone();
        let thread = std::thread::Builder::new().name(name.to_owned());
        let started = thread.spawn(move || {
            // The window may have closed in the meantime; then nobody wants the value.
            let _unwanted = say.send(make());
            ctx.request_repaint();
        });
        if let Err(error) = started {
            tracing::warn!("no thread for {name}: {error}");
        }
        Self(hear)
    }

    /// The value, once; never waits.
    pub fn poll(&self) -> Outcome<T> {
        match self.0.try_recv() {
            Ok(value) => Outcome::Ready(value),
            Err(TryRecvError::Empty) => Outcome::Pending,
            Err(TryRecvError::Disconnected) => Outcome::Lost,
        }
    }
}
