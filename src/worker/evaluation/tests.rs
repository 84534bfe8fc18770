//! Evaluations by the worker: the real engine on tiny random models, and an engine that answers as the test wants.

use std::{
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, SyncSender, sync_channel},
};

use super::{folder::Folder, *};
use crate::{
    eval::{Answer, EvalConfig, EvalError, Measure},
    knowledge::clues::Clues,
    worker::{
        Command, Event, Failure, JobId, LocatingEngine, ModelSource, Worker,
        job::{Engine, Job, Stopped},
    },
};

fn tiny(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/qwen2_5_vl").join(name)
}

/// Two drawn streets, asked of these models in two tokens each.
fn config(out: &Path, models: &[PathBuf]) -> EvalConfig {
    let models: String = models.iter().map(|folder| format!("[[model]]\nfolder = {folder:?}\n")).collect();
    let text = format!(
        "out = {out:?}\n{models}[data]\nstreets = {{ seed = 1000000, count = 2 }}\nthumbnail_streets = 0\n\
         [generation]\nmax_new_tokens = 2\nreads_signs = false\n"
    );
    toml::from_str(&text).unwrap()
}

fn run(worker: &mut Worker, job: u64, config: EvalConfig) {
    let (config, segmenter, clues) = (Box::new(config), ModelSource::Starter, Clues::with_own(&[]));
    let task = EvaluationTask::Run { config, segmenter, clues, encoder: None, place: Some(Default::default()) };
    worker.send(Command::Evaluation { job: JobId(job), task }).unwrap();
}

/// What is said of a job, to its end.
fn heard(worker: &mut Worker, job: u64) -> Vec<Event> {
    let mut events = Vec::new();
    loop {
        let event = worker.next_event().expect("the threads run");
        let closes = event.closes_job();
        if event.job() == JobId(job) {
            events.push(event);
            if closes {
                return events;
            }
        }
    }
}

fn opened(events: &[Event]) -> &Evaluated {
    let opened = events.iter().find_map(|event| match event {
        Event::Evaluation { news: EvaluationNews::Opened(evaluated), .. } => Some(evaluated),
        _ => None,
    });
    opened.unwrap_or_else(|| panic!("it came to its end: {events:?}"))
}

#[test]
fn two_models_answer_the_same_pictures_once_and_are_reported_with_all_it_takes_to_repeat_it() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("all/one");
    let config = config(&out, &[tiny("untied"), tiny("tied_sharded")]);
    let mut worker = Worker::start(|| {}).unwrap();
    run(&mut worker, 1, config.clone());
    let events = heard(&mut worker, 1);
    let first = opened(&events);
    let report = &first.report;
    assert_eq!(report.models.iter().map(|model| model.name.as_str()).collect::<Vec<_>>(), ["untied", "tied_sharded"]);
    for model in &report.models {
        let answerer = &model.answerer;
        assert!(answerer.model.sha256.is_some() && !answerer.model.device.is_empty() && answerer.segmenter.is_some());
        assert!(!answerer.settings.prompt.is_empty() && answerer.settings.max_new_tokens == 2 && !answerer.with_signs);
        // Random weights name no country, so no place is made of what they write.
        assert!(model.figures.contains_key(&Measure::GeoScore) && model.failed.is_empty());
    }
    assert_eq!((report.pictures, report.differences.len(), first.errors.len()), (2, 1, 2));
    // Pictures of an evaluation are no pictures of the window's.
    assert!(!events.iter().any(|event| matches!(event, Event::Pictures { .. } | Event::Stage { .. })));

    run(&mut worker, 2, config.clone());
    let events = heard(&mut worker, 2);
    let again = opened(&events);
    assert!(!events.iter().any(|event| matches!(event, Event::Evaluation { news: EvaluationNews::Progress(_), .. })));
    assert_eq!((&again.report.models, &again.errors), (&report.models, &first.errors), "nobody was asked again");

    let all = folder.path().join("all");
    worker.send(Command::Evaluation { job: JobId(3), task: EvaluationTask::List(all.clone()) }).unwrap();
    let listed = heard(&mut worker, 3);
    let [Event::Evaluation { news: EvaluationNews::Kept(kept), .. }, Event::Done { .. }] = listed.as_slice() else {
        panic!("{listed:?}")
    };
    assert_eq!(kept.iter().map(|kept| (&kept.folder, kept.report.is_some())).collect::<Vec<_>>(), [(&out, true)]);
    worker.send(Command::Evaluation { job: JobId(4), task: EvaluationTask::Open(out.clone()) }).unwrap();
    let events = heard(&mut worker, 4);
    let read = opened(&events);
    assert_eq!((&read.errors, &read.report.config), (&first.errors, &config));

    std::fs::write(out.join("mine.txt"), "notes").unwrap();
    worker.send(Command::Evaluation { job: JobId(5), task: EvaluationTask::Remove(out.clone()) }).unwrap();
    heard(&mut worker, 5);
    let left: Vec<_> = std::fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["mine.txt"], "what it did not write stays");
}

#[test]
fn a_model_that_cannot_be_opened_is_told_before_any_has_answered() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("r");
    let mut worker = Worker::start(|| {}).unwrap();
    let gone = folder.path().join("none");
    let mut mistyped = config(&out, &[tiny("untied"), tiny("untied")]);
    mistyped.models[1].adapters = vec![gone.clone()];
    for (job, config) in [(1, config(&out, &[tiny("untied"), gone])), (2, mistyped)] {
        run(&mut worker, job, config);
        let events = heard(&mut worker, job);
        let Some(Event::Failed { failure, .. }) = events.last() else { panic!("{events:?}") };
        assert!(matches!(**failure, Failure::Model(_)), "{failure}");
        assert!(!events.iter().any(|event| matches!(event, Event::Evaluation { .. })), "{events:?}");
        assert!(!out.exists(), "and the folder can be used once it is mended");
    }
}

#[test]
fn a_folder_belongs_to_one_evaluation() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("r");
    let begun = config(&out, &["a".into()]);
    Folder::claim(&begun, None).unwrap();
    Folder::claim(&begun, None).unwrap();
    let differs = |config: &EvalConfig, sha256: Option<&str>, part: &str| {
        let error = Folder::claim(config, sha256.map(str::to_owned)).err().map(|error| error.to_string());
        assert!(error.as_ref().is_some_and(|error| error.contains(&format!("'{part}' differs"))), "{part}: {error:?}");
    };
    differs(&config(&out, &["b".into()]), None, "model");
    differs(&begun, Some("abc"), "what the list of pictures says");
    let mut other = begun.clone();
    other.data.jpeg_quality = 50;
    differs(&other, None, "data");
    other = begun.clone();
    other.generation.seed = 7;
    differs(&other, None, "generation");
    // Intervals may be drawn anew.
    other = begun;
    other.bootstrap.seed = 7;
    Folder::claim(&other, None).unwrap();
    assert!(matches!(Folder::open(&out), Err(EvalError::NotFinished(_))));
}

#[test]
fn a_model_that_has_changed_does_not_answer_for_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(&folder.path().join("r"), &[tiny("untied")]);
    let mut worker = Worker::start(|| {}).unwrap();
    run(&mut worker, 1, config.clone());
    heard(&mut worker, 1);
    // One answer is missing, and the model was another one then.
    let (results, model) = (config.out.join("results-1.csv"), config.out.join("model-1.json"));
    let rows = std::fs::read_to_string(&results).unwrap();
    std::fs::write(&results, rows.lines().take(2).map(|line| format!("{line}\n")).collect::<String>()).unwrap();
    let text = std::fs::read_to_string(&model).unwrap();
    let sha256 = |text: &str| {
        serde_json::from_str::<serde_json::Value>(text).unwrap()["model"]["sha256"].as_str().unwrap().to_owned()
    };
    std::fs::write(&model, text.replace(&sha256(&text), "another")).unwrap();
    run(&mut worker, 2, config);
    let events = heard(&mut worker, 2);
    let Some(Event::Failed { failure, .. }) = events.last() else { panic!("{events:?}") };
    assert!(failure.to_string().contains("the model's files"), "{failure}");
}

#[test]
fn old_answers_are_not_given_out_as_those_of_a_model_that_has_changed() {
    let folder = tempfile::tempdir().unwrap();
    let copy = |from: PathBuf, name: &str| {
        let target = folder.path().join(name);
        std::fs::create_dir_all(&target).unwrap();
        for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
            // What the engine has open stays as it was.
            let file = target.join(entry.file_name());
            let _not_there_yet = std::fs::remove_file(&file);
            std::fs::copy(entry.path(), file).unwrap();
        }
        target
    };
    let lora = |name: &str| tiny("untied").join("../../lora/untied").join(name);
    let (model, adapter) = (copy(tiny("untied"), "model"), copy(lora("first"), "adapter"));
    let mut config = config(&folder.path().join("r"), std::slice::from_ref(&model));
    config.models[0].adapters = vec![adapter];
    let mut worker = Worker::start(|| {}).unwrap();
    let mut ends = |job: u64| {
        run(&mut worker, job, config.clone());
        heard(&mut worker, job).pop().unwrap()
    };
    assert!(matches!(ends(1), Event::Done { .. }) && matches!(ends(2), Event::Done { .. }), "nothing has changed");
    // Every picture has its answer, so nobody would be asked; it was trained on.
    copy(lora("last"), "adapter");
    let Event::Failed { failure, .. } = ends(3) else { panic!("another adapter's figures") };
    assert!(failure.to_string().contains("its adapters"), "{failure}");
    copy(lora("first"), "adapter");
    std::fs::write(model.join("generation_config.json"), "{}").unwrap();
    let Event::Failed { failure, .. } = ends(4) else { panic!("another model's figures") };
    assert!(failure.to_string().contains("the model's files"), "{failure}");
    std::fs::remove_dir_all(&model).unwrap();
    let Event::Failed { failure, .. } = ends(5) else { panic!("no model's figures") };
    assert!(failure.to_string().contains(&model.display().to_string()), "{failure}");
}

/// Answers as it is told, once for every word from the test; it says when it has begun.
struct Told {
    begun: SyncSender<()>,
    say: Receiver<Result<Answer, Failure>>,
}

impl Engine for Told {
    fn perform(&mut self, command: Command, job: &Job<'_>) -> Result<(), Stopped> {
        let Command::Answer { question, .. } = &command else { return Ok(()) };
        self.begun.send(()).expect("the test listens");
        loop {
            if job.shall_end() && !job.is_cancelled() {
                return Err(Stopped::GaveWay(Box::new(command)));
            }
            job.check()?;
            if let Ok(answer) = self.say.try_recv() {
                let _unwanted = question.answer.send(answer);
                return Ok(());
            }
        }
    }
}

fn told() -> (Worker, Receiver<()>, SyncSender<Result<Answer, Failure>>) {
    let (begun, begins) = sync_channel(8);
    let (says, say) = sync_channel(8);
    let worker = Worker::start_with(|| {}, move || Told { begun, say }).unwrap();
    (worker, begins, says)
}

fn no_place() -> Result<Answer, Failure> {
    let error = crate::predict::LocateError::Model(crate::model::ModelError::Cancelled);
    Err(Failure::Locate { picture: "it".to_owned(), error })
}

#[test]
fn what_the_user_waits_for_goes_before_a_picture_that_is_being_answered() {
    let folder = tempfile::tempdir().unwrap();
    let (mut worker, begins, says) = told();
    run(&mut worker, 1, config(&folder.path().join("r"), &[tiny("untied")]));
    begins.recv().unwrap();
    // The engine is in the middle of the first picture and has no answer for it.
    worker.send(Command::Unload { job: JobId(2), only: None }).unwrap();
    assert!(matches!(heard(&mut worker, 2).as_slice(), [Event::Done { .. }]));
    begins.recv().unwrap();
    (0..2).for_each(|_| says.send(no_place()).unwrap());
    let events = heard(&mut worker, 1);
    assert!(opened(&events).report.models[0].failed.len() == 2, "pictures fail alone");
}

#[test]
fn the_engine_gives_way_within_a_picture() {
    /// Lets something come that the user waits for when the first answer has begun.
    struct Interrupted(LocatingEngine, SyncSender<&'static str>, bool);
    impl Engine for Interrupted {
        fn perform(&mut self, command: Command, job: &Job<'_>) -> Result<(), Stopped> {
            let is_first = matches!(command, Command::Answer { .. }) && !std::mem::replace(&mut self.2, true);
            if is_first {
                job.want_for_test();
            }
            let done = self.0.perform(command, job);
            let said = match &done {
                Err(Stopped::GaveWay(_)) => "gave way",
                Ok(()) => "done",
                Err(_) => "stopped",
            };
            self.1.send(said).expect("the test listens");
            done
        }
        fn recover(&mut self) {}
    }
    let folder = tempfile::tempdir().unwrap();
    let (says, said) = sync_channel(64);
    let mut worker = Worker::start_with(|| {}, move || Interrupted(LocatingEngine::default(), says, false)).unwrap();
    run(&mut worker, 1, config(&folder.path().join("r"), &[tiny("untied")]));
    let events = heard(&mut worker, 1);
    assert_eq!(opened(&events).report.pictures, 2);
    // The engine says of its last command that it is done after the evaluation has ended.
    assert_eq!(said.iter().take(4).collect::<Vec<_>>(), ["gave way", "done", "done", "done"]);
}

#[test]
fn an_evaluation_that_is_stopped_keeps_what_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(&folder.path().join("r"), &[tiny("untied")]);
    let (mut worker, begins, says) = told();
    run(&mut worker, 1, config.clone());
    says.send(no_place()).unwrap();
    begins.recv().unwrap();
    begins.recv().unwrap();
    worker.cancel(JobId(1));
    assert!(matches!(heard(&mut worker, 1).last(), Some(Event::Cancelled { .. })));
    let rows = crate::eval::read_results(&config.out.join("results-1.csv")).unwrap();
    assert_eq!(rows.len(), 1);
}

#[test]
fn a_model_that_cannot_be_opened_ends_it_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let mut worker = Worker::start(|| {}).unwrap();
    run(&mut worker, 1, config(&folder.path().join("r"), &["/no/such/model".into()]));
    let events = heard(&mut worker, 1);
    let Some(Event::Failed { failure, .. }) = events.last() else { panic!("{events:?}") };
    assert!(failure.to_string().contains("/no/such/model") && !failure.to_string().contains('\n'), "{failure}");
    let mut config = config(&folder.path().join("s"), &[tiny("untied")]);
    config.models[0].adapters = vec!["an/adapter".into()];
    run(&mut worker, 2, config);
    let events = heard(&mut worker, 2);
    let Some(Event::Failed { failure, .. }) = events.last() else { panic!("{events:?}") };
    assert!(failure.to_string().contains("an/adapter"), "{failure}");
}
