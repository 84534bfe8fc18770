//! The engine thread, which alone touches a compute device, and the messages it takes and gives.
//!
//! ```text
//! let worker = Worker::start(wake)?;      wake: Fn() + Send + Sync, called after every event (ctx.request_repaint)
//! worker.send(command)?;                  never blocks: Err(Busy) when too much waits
//! worker.cancel(job);                     asked at every token and stage; the job closes with Event::Cancelled
//! while let Some(event) = worker.try_next() { state.apply(event) }
//! ```

mod message;

pub use message::{Busy, Command, Event, JobId, ModelSource, ModelSummary, PictureSource, Stage};
