//! Work that a frame must not wait for and that is no work of the engine: the system's dialogs, writing an export,
//! turning pasted pixels, drawing the map's shapes. Each runs on a named thread and hands back one value.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
    mpsc::{Receiver, TryRecvError, sync_channel},
};

use egui::{Context, Id};

/// A value that a thread is making.
pub struct Background<T>(Receiver<T>);

/// Where a [`Background`] stands.
pub enum Polled<T> {
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
        let (labour, ctx) = (Labour::begin(ctx), ctx.clone());
        let thread = std::thread::Builder::new().name(name.to_owned());
        let started = thread.spawn(move || {
            // The window may have closed in the meantime; then nobody wants the value.
            let _unwanted = say.send(make());
            ctx.request_repaint();
            drop(labour);
        });
        if let Err(error) = started {
            tracing::warn!("no thread for {name}: {error}");
        }
        Self(hear)
    }

    /// The value, once; never waits.
    pub fn poll(&self) -> Polled<T> {
        match self.0.try_recv() {
            Ok(value) => Polled::Ready(value),
            Err(TryRecvError::Empty) => Polled::Pending,
            Err(TryRecvError::Disconnected) => Polled::Lost,
        }
    }

    /// Waits for the value; none where the thread ended without it.
    pub fn wait(self) -> Option<T> {
        self.0.recv().ok()
    }
}

/// How many pieces of work the threads beside a window's frames were given, and how many they have ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Labours {
    /// Given.
    pub begun: u64,
    /// Ended, for good or ill; a frame has been asked for since.
    pub ended: u64,
}

impl Labours {
    /// As it is now. Whoever drives the window from outside, as tests do, sees by it whether more is to come.
    pub fn of(ctx: &Context) -> Self {
        let counts = Counts::of(ctx);
        // In this order, so that nothing that begins in between looks as if it had ended.
        let ended = counts.ended.load(Ordering::SeqCst);
        Self { begun: counts.begun.load(Ordering::SeqCst), ended }
    }
}

/// A piece of work in a thread's hands; it has ended when this is dropped.
pub struct Labour(Arc<Counts>);

impl Labour {
    /// Counts one more.
    pub fn begin(ctx: &Context) -> Self {
        let counts = Counts::of(ctx);
        counts.begun.fetch_add(1, Ordering::SeqCst);
        Self(counts)
    }
}

impl Drop for Labour {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Ordering::SeqCst);
    }
}

#[derive(Default)]
struct Counts {
    begun: AtomicU64,
    ended: AtomicU64,
}

impl Counts {
    fn of(ctx: &Context) -> Arc<Self> {
        ctx.data_mut(|data| Arc::clone(data.get_temp_mut_or_default::<Arc<Self>>(Id::NULL)))
    }
}
