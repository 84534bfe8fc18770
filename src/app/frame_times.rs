//! How long the window's own thread computes for each frame, for `terrasight bench`: with `TERRASIGHT_FRAME_LOG=FILE` the
//! window writes percentiles to that file, and draws at least ten frames a second so that idle frames are counted as well.

use std::{
    env, fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use cpu_time::ThreadTime;
use egui::Context;
use serde_json::{Value, json};

/// The first frames lay out fonts and build pipelines; they are counted apart.
const START_FRAMES: usize = 20;
/// A long session must not fill the memory.
const MOST_FRAMES: usize = 200_000;
/// How often frames come at least while they are counted.
const LEAST_RATE: Duration = Duration::from_millis(100);
/// How often the file is written, so that a window that is killed leaves one too.
const WRITE_EVERY: Duration = Duration::from_secs(2);

/// What goes on while a frame is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// Nothing, on the page that locates.
    Idle,
    /// The engine locates a picture.
    Locating,
    /// A run trains.
    Training,
    /// A data set is looked through.
    Browsing,
    /// A data set is indexed.
    Indexing,
}

/// One frame, in milliseconds.
struct Sample {
    doing: Doing,
    /// Computed by the window's thread in `logic` and `ui`.
    cpu_ms: f64,
    /// The same by the clock on the wall, which other threads' work lengthens.
    wall_ms: f64,
    /// By the clock, what eframe adds included: tessellation and handing over to the graphics driver. Of the frame before.
    whole_ms: Option<f64>,
}

/// The recorder; it does nothing unless the environment asks for it.
pub struct FrameTimes {
    file: Option<PathBuf>,
    began: Option<(ThreadTime, Instant)>,
    cpu: Duration,
    wall: Duration,
    samples: Vec<Sample>,
    written: Instant,
}

impl FrameTimes {
    /// Records where `TERRASIGHT_FRAME_LOG` names a file.
    pub fn from_env() -> Self {
        let file = env::var_os("TERRASIGHT_FRAME_LOG").filter(|file| !file.is_empty()).map(PathBuf::from);
        let (began, cpu, wall) = (None, Duration::ZERO, Duration::ZERO);
        Self { file, began, cpu, wall, samples: Vec::new(), written: Instant::now() }
    }

    /// A frame begins.
    pub fn begin(&mut self, ctx: &Context) {
        if self.file.is_none() {
            return;
        }
        ctx.request_repaint_after(LEAST_RATE);
        self.resume();
    }

    /// What follows does not count, until [`Self::resume`].
    pub fn pause(&mut self) {
        if let Some((cpu, wall)) = self.began.take() {
            self.cpu += cpu.try_elapsed().unwrap_or_default();
            self.wall += wall.elapsed();
        }
    }

    /// What follows counts again.
    pub fn resume(&mut self) {
        if self.file.is_some() {
            self.began = ThreadTime::try_now().ok().map(|cpu| (cpu, Instant::now()));
        }
    }

    /// The frame ends; what is counted until the next begins, as saving is, counts as that one's.
    pub fn end(&mut self, doing: Doing, whole_secs: Option<f32>) {
        self.pause();
        if self.file.is_none() || self.samples.len() >= MOST_FRAMES {
            return;
        }
        let [cpu, wall] = [&mut self.cpu, &mut self.wall].map(std::mem::take);
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        let whole_ms = whole_secs.map(|secs| f64::from(secs) * 1e3);
        self.samples.push(Sample { doing, cpu_ms: ms(cpu), wall_ms: ms(wall), whole_ms });
        // At once after the first frame, so that whoever waits for the window knows that it is there.
        if self.samples.len() == 1 || self.written.elapsed() > WRITE_EVERY {
            self.write();
        }
    }

    /// Writes the file, if there is one to write.
    pub fn write(&mut self) {
        self.written = Instant::now();
        let Some(file) = &self.file else { return };
        let rest = self.samples.get(START_FRAMES..).unwrap_or_default();
        let during = |doing| report(&mut rest.iter().filter(|sample| sample.doing == doing));
        let report = json!({
            "start": report(&mut self.samples.iter().take(START_FRAMES)),
            "idle": during(Doing::Idle),
            "locating": during(Doing::Locating),
            "training": during(Doing::Training),
            "browsing": during(Doing::Browsing),
            "indexing": during(Doing::Indexing),
        });
        if let Err(error) = fs::write(file, format!("{report:#}\n")) {
            tracing::warn!("{}: frame times cannot be written: {error}", file.display());
        }
    }
}

fn report(samples: &mut dyn Iterator<Item = &Sample>) -> Value {
    let samples: Vec<&Sample> = samples.collect();
    json!({
        "frames": samples.len(),
        "cpu_ms": percentiles(samples.iter().map(|sample| sample.cpu_ms)),
        "wall_ms": percentiles(samples.iter().map(|sample| sample.wall_ms)),
        "whole_frame_wall_ms": percentiles(samples.iter().filter_map(|sample| sample.whole_ms)),
    })
}

fn percentiles(times: impl Iterator<Item = f64>) -> Value {
    let mut times: Vec<f64> = times.collect();
    times.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let place = (share * times.len() as f64).ceil().max(1.0) as usize - 1;
        times.get(place.min(times.len().saturating_sub(1))).map(|ms| (ms * 1e3).round() / 1e3)
    };
    json!({ "p50": at(0.5), "p99": at(0.99), "max": at(1.0) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_times_given() {
        let report = percentiles((1..=200).rev().map(f64::from));
        assert_eq!(report, json!({ "p50": 100.0, "p99": 198.0, "max": 200.0 }));
        assert_eq!(percentiles(std::iter::empty()), json!({ "p50": null, "p99": null, "max": null }));
    }
}
