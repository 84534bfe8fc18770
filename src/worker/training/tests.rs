//! A run on the engine: what the user waits for goes between its steps, it waits while it is paused, and stopped it saves.

use std::path::Path;

use super::*;
use crate::{
    hub::MachineMemory,
    knowledge::clues::Clues,
    model::{DeviceChoice, Precision},
    picture::Picture,
    predict::LocateSettings,
    street,
    train::{TrainConfig, TrainEvent, recipe::Recipe, state_in},
    worker::{Command, Event, Failure, JobId, ModelSource, PictureNews, Worker},
};

fn config(out: &Path, steps: u64) -> Box<TrainConfig> {
    let recipe = Recipe::tiny()
        .with("\"run\"", &format!("'{}'", out.display()))
        .with("steps = 6", &format!("steps = {steps}\nmax_answer_tokens = 8"))
        .with("batch = 2\naccumulate = 2", "batch = 1")
        .with("every = 2", "every = 1000000");
    Box::new(toml::from_str(&recipe.0).unwrap())
}

struct Story {
    worker: Worker,
    out: tempfile::TempDir,
}

impl Story {
    fn begin() -> Self {
        Self { worker: Worker::start(|| {}).unwrap(), out: tempfile::tempdir().unwrap() }
    }

    fn send(&mut self, job: u64, task: TrainingTask) {
        self.worker.send(Command::Training { job: JobId(job), task }).unwrap();
    }

    fn train(&mut self, job: u64, steps: u64, resume: bool, replaces: bool) {
        let config = config(self.out.path(), steps);
        self.send(job, TrainingTask::Train { config, resume, replaces });
    }

    /// Waits for an event.
    #[track_caller]
    fn wait(&mut self, is_it: impl Fn(&Event) -> bool) -> Event {
        loop {
            let event = self.worker.next_event().expect("the threads run");
            if is_it(&event) {
                return event;
            }
            assert!(!matches!(&event, Event::Failed { .. }), "{event:?}");
        }
    }

    fn wait_for_step(&mut self) -> u64 {
        let event = self
            .wait(|event| matches!(event, Event::Training { news: TrainingNews::Said(TrainEvent::Stepped(_)), .. }));
        let Event::Training { news: TrainingNews::Said(TrainEvent::Stepped(report)), .. } = event else { return 0 };
        report.step
    }

    fn steps_done(&self) -> Option<u64> {
        state_in(self.out.path()).unwrap().map(|state| state.step)
    }
}

fn closes(job: u64) -> impl Fn(&Event) -> bool {
    move |event| event.job() == JobId(job) && event.closes_job()
}

#[test]
fn a_picture_is_located_between_two_steps_of_a_run_without_end() {
    let mut story = Story::begin();
    story.train(1, 1_000_000, false, false);
    story.wait_for_step();
    let load = Command::LoadModel {
        job: JobId(2),
        source: ModelSource::Starter,
        device: DeviceChoice::Cpu,
        precision: Precision::Full,
    };
    story.worker.send(load).unwrap();
    story.wait(closes(2));
    let settings = LocateSettings { max_new_tokens: 2, reads_signs: false, ..LocateSettings::default() };
    let picture = Picture::from_rgb("a street", street::draw(7).pixels);
    let locate = Command::Locate {
        job: JobId(3),
        by: None,
        picture: std::sync::Arc::new(picture),
        settings,
        segmenter: ModelSource::Starter,
        clues: Clues::with_own(&[]),
        encoder: None,
    };
    story.worker.send(locate).unwrap();
    story.wait(|event| matches!(event, Event::Pictures { job: JobId(3), news: PictureNews::Found { .. } }));
    // And the run goes on.
    let step = story.wait_for_step();
    assert!(story.wait_for_step() > step);
    story.worker.cancel(JobId(1));
    let ended = story.wait(|event| matches!(event, Event::Training { news: TrainingNews::Ended(_), .. }));
    let Event::Training { news: TrainingNews::Ended(trained), .. } = ended else { panic!("{ended:?}") };
    assert_eq!(story.steps_done(), Some(trained.step), "stopped, it has saved");
}

#[test]
fn a_paused_run_takes_no_step_can_be_tried_and_saves_when_it_is_stopped() {
    let mut story = Story::begin();
    story.train(1, 1_000_000, false, false);
    story.wait_for_step();
    story.worker.pause(JobId(1), true);
    story.wait(|event| matches!(event, Event::Training { news: TrainingNews::Waits(true), .. }));
    story.send(2, TrainingTask::Write);
    let written = story.wait(|event| matches!(event, Event::Training { news: TrainingNews::Written(_), .. }));
    let Event::Training { news: TrainingNews::Written(folder), .. } = written else { panic!("{written:?}") };
    assert!(folder.join("model.safetensors").is_file() && folder.join("tokenizer.json").is_file());
    assert!(matches!(story.wait(closes(2)), Event::Done { .. }), "with no step between");
    assert_eq!(story.steps_done(), None);
    story.worker.cancel(JobId(1));
    assert!(matches!(story.wait(closes(1)), Event::Done { .. }));
    assert!(story.steps_done().is_some_and(|step| step > 0));
}

#[test]
fn a_run_is_not_replaced_unless_it_may_be_and_goes_on_where_it_was() {
    let mut story = Story::begin();
    story.train(1, 2, false, false);
    story.wait(closes(1));
    story.train(2, 2, false, false);
    let refused = loop {
        let event = story.worker.next_event().unwrap();
        if closes(2)(&event) {
            break event;
        }
    };
    assert!(matches!(&refused, Event::Failed { failure, .. } if matches!(**failure, Failure::Train(_))), "{refused:?}");
    let [run] = &runs(story.out.path().parent().unwrap())
        .into_iter()
        .filter(|run| run.folder == story.out.path())
        .collect::<Vec<_>>()[..]
    else {
        panic!("the run is found")
    };
    assert_eq!((run.lines.len(), run.steps, run.is_broken_off()), (2, Some(2), false));
    std::fs::write(story.out.path().join("notes.txt"), "mine").unwrap();
    story.train(3, 3, false, true);
    assert!(matches!(story.wait(closes(3)), Event::Done { .. }));
    assert_eq!(story.steps_done(), Some(3));
    assert!(story.out.path().join("notes.txt").is_file(), "nothing else is taken away");
    assert_eq!(hidden(story.out.path()), 0, "and nothing of the run before is left");
}

/// How many hidden names there are in a folder.
fn hidden(folder: &Path) -> usize {
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter(|name| name.to_string_lossy().starts_with('.')).count()
}

#[test]
fn a_run_is_still_there_where_the_one_that_was_to_replace_it_could_not_begin() {
    let mut story = Story::begin();
    let out = story.out.path().to_owned();
    std::fs::create_dir(out.join("last")).unwrap();
    std::fs::write(out.join("last/model.safetensors"), "hours of work").unwrap();
    std::fs::write(out.join("log.jsonl"), "its log").unwrap();
    let mut config = config(&out, 2);
    (config.data.streets, config.data.manifests) = (None, vec![out.join("gone.csv")]);
    story.send(1, TrainingTask::Train { config, resume: false, replaces: true });
    let refused = loop {
        let event = story.worker.next_event().unwrap();
        if closes(1)(&event) {
            break event;
        }
    };
    assert!(matches!(refused, Event::Failed { .. }), "{refused:?}");
    assert_eq!(std::fs::read_to_string(out.join("last/model.safetensors")).unwrap(), "hours of work");
    assert_eq!(std::fs::read_to_string(out.join("log.jsonl")).unwrap(), "its log");
    assert_eq!(hidden(&out), 0);
}

#[test]
fn a_run_that_cannot_fit_is_refused_with_what_to_lower() {
    let out = tempfile::tempdir().unwrap();
    let machine = |bytes| MachineMemory { all: Some(bytes), free: Some(bytes) };
    let mut config = config(out.path(), 10);
    config.schedule.batch = 64;
    assert!(dry_run(&config, false, machine(64 << 30)).unwrap().check().is_ok());
    let refused = dry_run(&config, false, machine(64 << 20)).unwrap().check().unwrap_err().to_string();
    assert!(refused.contains("CPU has 0.1 GB") && refused.contains("lower schedule.batch"), "{refused}");
}
