//! The window's frames, idle and while the engine locates drawn streets: the window itself keeps the times.

use std::{
    fs,
    path::Path,
    process::{Child, Command},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::street;

use super::Scratch;

/// Streets opened at once: enough that the engine is at work long after the window's first frames.
const PICTURES: u64 = 100;
/// Where their seeds begin.
const FIRST_SEED: u64 = 700_000;
/// How long the window stays open: the streets are located in a part of it, and the rest is idle.
const OPEN: Duration = Duration::from_secs(60);

/// Opens the window with the samples, waits, closes it, and reads what it wrote.
pub(super) fn measure(program: &Path) -> Result<Value, String> {
    let folder = Scratch::new("window")?;
    let log = folder.path().join("frames.json");
    street::write_set(PICTURES, FIRST_SEED, folder.path(), &mut |_done| ()).map_err(|error| error.to_string())?;
    let begin = Instant::now();
    let child = Command::new(program).arg(folder.path().join("pictures")).env("TERRASIGHT_FRAME_LOG", &log).spawn();
    let mut window = Window(child.map_err(|error| format!("{}: cannot be run ({error})", program.display()))?);
    let mut first_frame = None;
    while begin.elapsed() < OPEN {
        if let Ok(Some(status)) = window.0.try_wait() {
            return Err(format!(
                "the window closed by itself ({status}); under a virtual display: xvfb-run -a terrasight bench"
            ));
        }
        if first_frame.is_none() && log.exists() {
            first_frame = Some(begin.elapsed().as_secs_f64());
        }
        thread::sleep(Duration::from_millis(5));
    }
    drop(window);
    let text = fs::read_to_string(&log).map_err(|error| format!("the window wrote no frame times ({error})"))?;
    let frames: Value = serde_json::from_str(&text).map_err(|error| format!("frame times cannot be read ({error})"))?;
    let longest = |part: &str| frames[part]["cpu_ms"]["max"].as_f64();
    let ratio = longest("locating").zip(longest("idle")).map(|(busy, idle)| busy / idle);
    Ok(json!({
        "what": "milliseconds a frame; cpu_ms is the window's own thread; start: the first frames, counted apart",
        "seconds_open": OPEN.as_secs(),
        "pictures": PICTURES,
        "seconds_to_first_frame": first_frame,
        "frames": frames,
        "longest_locating_over_longest_idle": ratio,
    }))
}

/// A window that is closed when it is let go, whatever happened.
struct Window(Child);

impl Drop for Window {
    fn drop(&mut self) {
        let ended = self.0.kill().and_then(|()| self.0.wait());
        if let Err(error) = ended {
            tracing::warn!("the measured window could not be closed ({error})");
        }
    }
}
