//! The engine as the window drives it, by messages, waited for.

use std::{sync::Arc, time::Instant};

use crate::{
    knowledge::clues::Clues,
    model::{DeviceChoice, Precision},
    picture::Picture,
    predict::LocateSettings,
    train::{TrainConfig, TrainEvent},
    worker::{
        Command, Event, JobId, ModelSource, ModelSummary, PictureNews, PictureSource, TrainingNews, TrainingTask,
        Worker,
    },
};

/// Pictures of a step of the runs here.
pub(super) const STEP_PICTURES: f64 = 16.0;

/// An engine of its own; nothing else asks it.
pub(super) struct Engine(Worker);

impl Engine {
    pub(super) fn start() -> Result<Self, String> {
        Worker::start(|| ()).map(Self).map_err(|error| format!("the engine cannot be started ({error})"))
    }

    /// The picture in a file's bytes, as one that is dropped.
    pub(super) fn picture(&mut self, name: &str, bytes: &[u8]) -> Result<Arc<Picture>, String> {
        let source = PictureSource::Bytes { name: name.to_owned(), bytes: bytes.to_vec() };
        let mut opened = Err(format!("{name}: the picture cannot be opened"));
        let command = Command::OpenPictures { job: JobId(1), sources: vec![source], pixel_bytes: usize::MAX };
        self.hear(command, |event| match event {
            Event::Pictures { news: PictureNews::Opened { picture: Some(picture), .. }, .. } => {
                opened = Ok(Arc::clone(picture));
            }
            Event::Pictures { news: PictureNews::Failed { failure, .. }, .. } => opened = Err(failure.to_string()),
            _ => {}
        })?;
        opened
    }

    pub(super) fn load(
        &mut self,
        source: ModelSource,
        device: DeviceChoice,
        precision: Precision,
    ) -> Result<ModelSummary, String> {
        let mut model = None;
        self.hear(Command::LoadModel { job: JobId(2), source, device, precision }, |event| {
            if let Event::ModelReady { model: ready, .. } = event {
                model = Some(ready.as_ref().clone());
            }
        })?;
        model.ok_or_else(|| "the model did not come up".to_owned())
    }

    /// Locates a picture; the seconds from the given moment to the first token.
    pub(super) fn locate(&mut self, picture: Arc<Picture>, since: Instant) -> Result<f64, String> {
        let mut first_token = None;
        let command = Command::Locate {
            job: JobId(3),
            by: None,
            picture,
            settings: LocateSettings::default(),
            segmenter: ModelSource::Starter,
            clues: Clues::with_own(&[]),
            encoder: None,
        };
        self.hear(command, |event| {
            if matches!(event, Event::Pictures { news: PictureNews::Token(_), .. }) {
                first_token.get_or_insert_with(|| since.elapsed().as_secs_f64());
            }
        })?;
        first_token.ok_or_else(|| "the model wrote nothing".to_owned())
    }

    /// Begins a run and waits for its first step.
    pub(super) fn train(&mut self, config: TrainConfig) -> Result<JobId, String> {
        let run = JobId(4);
        let task = TrainingTask::Train { config: Box::new(config), resume: false, replaces: false };
        self.0.send(Command::Training { job: run, task }).map_err(|busy| busy.to_string())?;
        self.wait(run, |event| step_of(event, run).is_some())?;
        Ok(run)
    }

    /// Ends a run after two more steps; the seconds of the steps that were heard meanwhile.
    pub(super) fn stop(&mut self, run: JobId) -> Result<Vec<f64>, String> {
        let mut steps = Vec::new();
        self.wait(run, |event| {
            steps.extend(step_of(event, run));
            steps.len() > 1
        })?;
        self.0.cancel(run);
        self.wait(run, |_| false)?;
        Ok(steps)
    }

    fn hear(&mut self, command: Command, mut hear: impl FnMut(&Event)) -> Result<(), String> {
        let job = command.job();
        self.0.send(command).map_err(|busy| busy.to_string())?;
        self.wait(job, |event| {
            hear(event);
            false
        })
    }

    /// Waits until a job is done, or until what is heard is enough.
    fn wait(&mut self, job: JobId, mut is_enough: impl FnMut(&Event) -> bool) -> Result<(), String> {
        while let Some(event) = self.0.next_event() {
            if is_enough(&event) {
                return Ok(());
            }
            match event {
                Event::Done { job: done } if done == job => return Ok(()),
                Event::Failed { failure, .. } => return Err(failure.to_string()),
                _ => {}
            }
        }
        Err("the engine has stopped".to_owned())
    }
}

/// The seconds of a run's step, where an event is of one.
fn step_of(event: &Event, run: JobId) -> Option<f64> {
    match event {
        Event::Training { job, news: TrainingNews::Said(TrainEvent::Stepped(report)) } if *job == run => {
            Some(STEP_PICTURES / report.pictures_per_s)
        }
        _ => None,
    }
}
