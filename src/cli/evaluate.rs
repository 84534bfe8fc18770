//! `terrasight evaluate`: how often models are right, as a file says, through the same engine as `locate` and the window.

use std::{path::PathBuf, sync::Arc};

use clap::Args;

use crate::{
    eval::{EvalConfig, Pictures, read_results},
    export,
    model::{DeviceChoice, Precision},
    words,
    worker::{Command, Evaluated, EvaluationNews, EvaluationTask, Event, JobId, ModelSource, Worker, results_file},
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
    /// Which models answer for which pictures (TOML), or the folder of an evaluation that came to its end
    #[arg(value_name = "FILE.toml|FOLDER")]
    file: PathBuf,
    /// The folder of an earlier evaluation: how this one differs from it, with intervals, where both are of the same pictures
    #[arg(long, value_name = "FOLDER")]
    beside: Option<PathBuf>,
    /// Say of each picture whether a place is given, in the right country, and how far off
    #[arg(long)]
    each: bool,
    #[command(flatten)]
    table: TableArgs,
}

impl Evaluate {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let task = if self.file.is_dir() { EvaluationTask::Open(self.file.clone()) } else { self.task()? };
        let is_new = !matches!(task, EvaluationTask::Open(_));
        let mut worker = Worker::start(|| ())
            .map_err(|error| Failure::new(format!("the engine's thread cannot be started ({error})")))?;
        let evaluated = opened(perform(&mut worker, 0, task)?)?;
        if is_new {
            write_file(&evaluated.folder.join("report.html"), &export::evaluation::page(&evaluated))?;
        }
        let mut text = String::new();
        if self.each {
            for (at, model) in evaluated.report.models.iter().enumerate() {
                let rows = read_results(&results_file(&evaluated.folder, at)).map_err(Failure::new)?;
                text += &format!("{}\n{}\n", model.name, export::evaluation::each(&rows));
            }
        }
        text += &export::evaluation::text(&evaluated.report);
        if let Some(earlier) = &self.beside {
            let before = opened(perform(&mut worker, 1, EvaluationTask::Open(earlier.clone()))?)?;
            let compare = EvaluationTask::Compare(earlier.clone(), evaluated.folder.clone());
            let compared = perform(&mut worker, 2, compare)?.into_iter().find_map(|news| match news {
                EvaluationNews::Compared(comparison) => Some(comparison),
                _ => None,
            });
            let compared = compared.ok_or_else(stopped)?;
            text += &export::evaluation::beside(&compared, [&before.report, &evaluated.report]);
        }
        deliver(&text, None)?;
        // Each picture that failed has had its line already.
        let any_failed = evaluated.report.models.iter().any(|model| !model.failed.is_empty());
        if is_new && any_failed { Err(Failure::Said) } else { Ok(()) }
    }

    /// What the file asks for.
    fn task(&self) -> Result<EvaluationTask, Failure> {
        let config =
            EvalConfig::read(&self.file).and_then(|config| config.with_table(&self.file, &self.table.options()));
        let config = config.map_err(Failure::new)?;
        let device: DeviceChoice = config.device.parse().map_err(Failure::new)?;
        let precision: Precision = config.precision.parse().map_err(Failure::new)?;
        let place = Some((device, precision));
        // What is wrong with the list of pictures is said before a model is read.
        Pictures::open(&config.data).map_err(Failure::new)?;
        let (segmenter, clues) = (ModelSource::Starter, clues_at_hand());
        Ok(EvaluationTask::Run { config: Box::new(config), segmenter, clues, encoder: None, place })
    }
}

/// Does it, and gives what was said. An evaluation that the system ends goes on with the pictures that are left, so nothing has
/// to be caught here.
fn perform(worker: &mut Worker, job: u64, task: EvaluationTask) -> Result<Vec<EvaluationNews>, Failure> {
    let progress = Progress::new(0);
    progress.say("reading");
    worker.send(Command::Evaluation { job: JobId(job), task }).map_err(Failure::new)?;
    let mut said = Vec::new();
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
            Event::Evaluation { news: EvaluationNews::Unmatched(lora), .. } => {
                progress.aside(|| complain(words::lora(&lora)));
            }
            Event::Evaluation { news, .. } => said.push(news),
            Event::Done { .. } => return Ok(said),
            Event::Failed { failure, .. } => return Err(Failure::Unsaid(failure.to_string())),
            _ => {}
        }
    }
    Err(stopped())
}

fn opened(said: Vec<EvaluationNews>) -> Result<Arc<Evaluated>, Failure> {
    let opened = said.into_iter().find_map(|news| match news {
        EvaluationNews::Opened(evaluated) => Some(evaluated),
        _ => None,
    });
    opened.ok_or_else(stopped)
}

fn stopped() -> Failure {
    Failure::new("the engine has stopped; start the program again")
}
