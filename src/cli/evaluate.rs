//! `terrasight evaluate`: how often models are right, as a file says, through the same engine as `locate` and the window.

use std::{path::PathBuf, sync::Arc};

use clap::Args;

use crate::{
    eval::{EvalConfig, Pictures},
    export,
    model::{DeviceChoice, Precision},
    words,
    worker::{Command, Evaluated, EvaluationNews, EvaluationTask, Event, JobId, ModelSource, Worker},
};

use super::{
    Failure,
    hints::clues_at_hand,
    output::{complain, deliver},
    progress::Progress,
    report::write_file,
    table::TableArgs,
};

/// Measure models as a file says.
#[derive(Debug, Args)]
pub(super) struct Evaluate {
    /// Which models answer for which pictures (TOML)
    #[arg(value_name = "FILE.toml")]
    file: PathBuf,
    #[command(flatten)]
    table: TableArgs,
}

impl Evaluate {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let config =
            EvalConfig::read(&self.file).and_then(|config| config.with_table(&self.file, &self.table.options()));
        let config = config.map_err(Failure::new)?;
        let device: DeviceChoice = config.device.parse().map_err(Failure::new)?;
        let precision: Precision = config.precision.parse().map_err(Failure::new)?;
        let place = Some((device, precision));
        // What is wrong with the list of pictures is said before a model is read.
        Pictures::open(&config.data).map_err(Failure::new)?;
        let task = EvaluationTask::Run {
            config: Box::new(config),
            segmenter: ModelSource::Starter,
            clues: clues_at_hand(),
            encoder: None,
            place,
        };
        let evaluated = evaluate(task)?;
        write_file(&evaluated.folder.join("report.html"), &export::evaluation::page(&evaluated))?;
        deliver(&export::evaluation::text(&evaluated.report), None)?;
        // Each picture that failed has had its line already.
        let any_failed = evaluated.report.models.iter().any(|model| !model.failed.is_empty());
        if any_failed { Err(Failure::Said) } else { Ok(()) }
    }
}

/// Runs it. An evaluation that the system ends goes on with the pictures that are left, so nothing has to be caught here.
fn evaluate(task: EvaluationTask) -> Result<Arc<Evaluated>, Failure> {
    let mut worker = Worker::start(|| ())
        .map_err(|error| Failure::new(format!("the engine's thread cannot be started ({error})")))?;
    let progress = Progress::new(0);
    progress.say("reading the model");
    worker.send(Command::Evaluation { job: JobId(0), task }).map_err(Failure::new)?;
    let mut evaluated = None;
    while let Some(event) = worker.next_event() {
        match event {
            Event::Evaluation { news: EvaluationNews::Progress(at), .. } => {
                progress.expect(at.all as u64);
                progress.set(at.done as u64);
                progress.say(format!("{} · {}", words::evaluation_progress(&at), at.picture));
            }
            Event::Evaluation { news: EvaluationNews::Failed { picture, error }, .. } => {
                progress.aside(|| complain(format_args!("{picture}: {error}")));
            }
            Event::Evaluation { news: EvaluationNews::Opened(opened), .. } => evaluated = Some(opened),
            Event::Done { .. } => break,
            Event::Failed { failure, .. } => return Err(Failure::Unsaid(failure.to_string())),
            _ => {}
        }
    }
    evaluated.ok_or_else(|| Failure::new("the engine has stopped; start the program again"))
}
