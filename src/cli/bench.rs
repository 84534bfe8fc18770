//! `terrasight bench`: speed and memory on this machine, as JSON.

use clap::Args;
use serde_json::{Map, Value, json};

use crate::{
    bench::{self, Machine, Subject},
    model::DeviceChoice,
};

use super::{
    Failure,
    output::{OutArguments, complain, deliver},
    progress::Progress,
};

/// Measure speed and memory, and write the figures to a file.
#[derive(Debug, Args)]
pub(super) struct Bench {
    /// What to measure; everything but lora, gpu, layers, calls and the whole model where nothing is named
    #[arg(value_enum, value_name = "NAME")]
    names: Vec<Subject>,
    #[command(flatten)]
    out: OutArguments,
    /// auto, gpu (hardware only), gpu:N (the number that doctor shows) or cpu
    #[arg(long, value_name = "DEVICE", default_value = "cpu")]
    device: DeviceChoice,
    /// How often each figure is taken
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    repetitions: u32,
    /// Measures one part in this process; the program runs itself with it
    #[arg(long, hide = true, value_name = "PART", conflicts_with = "names")]
    inside: Option<String>,
    /// What the part is told
    #[arg(last = true, hide = true)]
    told: Vec<String>,
}

impl Bench {
    pub(super) fn run(&self) -> Result<(), Failure> {
        if let Some(part) = &self.inside {
            let figures = bench::inside(part, &self.told).map_err(Failure::Unsaid)?;
            return deliver(&format!("{figures}\n"), None);
        }
        let mut output = self.out.open(&[])?;
        let subjects = if self.names.is_empty() { &Subject::USUAL[..] } else { &self.names };
        let mut report = Map::new();
        report.insert("program".to_owned(), json!(format!("terrasight {}", env!("CARGO_PKG_VERSION"))));
        report.insert("machine".to_owned(), json!(Machine::here()));
        let progress = Progress::new(subjects.len());
        let mut any_failed = false;
        for &subject in subjects {
            progress.say(format!("measuring: {subject}"));
            let figures = bench::measure(subject, self.device, self.repetitions as usize).unwrap_or_else(|error| {
                any_failed = true;
                progress.aside(|| complain(&error));
                json!({"error": error.to_string()})
            });
            report.insert(subject.to_string(), figures);
            progress.step();
        }
        drop(progress);
        output.write(&format!("{:#}\n", Value::Object(report)))?;
        output.finish()?;
        if any_failed { Err(Failure::Said) } else { Ok(()) }
    }
}
