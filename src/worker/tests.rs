//! The life of a job, with an engine that has no model.

mod opening;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
    mpsc::{Receiver, SyncSender, sync_channel},
};

use image::{Rgb, RgbImage};
use serde_json::json;

use super::*;
use crate::{
    knowledge::clues::Clues,
    model::{DeviceChoice, Precision},
    picture::Picture,
    predict::{
        FindingProblem, LocateSettings,
        converse::{Conversation, Exchange, Spoken},
    },
    server::stand_in::{Answer, StandIn, chile, end, plain},
};

/// Does what the folder's name says.
struct ScriptedEngine {
    recovered: Arc<AtomicUsize>,
    /// Tells the test that a job is running, so that it can be cancelled while it is.
    running: SyncSender<()>,
}

impl Engine for ScriptedEngine {
    fn perform(&mut self, command: Command, job: &Job<'_>) -> Result<(), Stopped> {
        let Command::LoadModel { source: ModelSource::Directory(folder), .. } = command else { return Ok(()) };
        match folder.clone().to_string_lossy().as_ref() {
            "panic" => panic!("the ground gave way\nsecond line"),
            "fail" => Err(Failure::NoPicture(folder).into()),
            "wait" => {
                self.running.send(()).expect("the test listens");
                loop {
                    job.check()?;
                    job.stage(JobStage::Reasoning, Some(0.5));
                    job.tell(PictureNews::Token("on and on".to_owned()));
                }
            }
            _ => {
                job.tell(PictureNews::Token("done".to_owned()));
                Ok(())
            }
        }
    }

    fn recover(&mut self) {
        self.recovered.fetch_add(1, Ordering::SeqCst);
    }
}

struct Story {
    worker: Worker,
    recovered: Arc<AtomicUsize>,
    woken: Arc<AtomicUsize>,
    running: Receiver<()>,
}

fn begin() -> Story {
    let (recovered, woken) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (for_engine, for_wake) = (Arc::clone(&recovered), Arc::clone(&woken));
    let (say_running, running) = sync_channel(8);
    let wake = move || {
        for_wake.fetch_add(1, Ordering::SeqCst);
    };
    let worker =
        Worker::start_with(wake, move || ScriptedEngine { recovered: for_engine, running: say_running }).unwrap();
    Story { worker, recovered, woken, running }
}

fn job(number: u64, script: &str) -> Command {
    let source = ModelSource::Directory(script.into());
    Command::LoadModel { job: JobId(number), source, device: DeviceChoice::Cpu, precision: Precision::Full }
}

/// Whether a model was read for this: one that was just opened has measured nothing yet. That it is being read is said too, but what
/// a job is at is told only as far as there is time to hear it.
fn is_read(event: &Event) -> bool {
    matches!(event, Event::ModelReady { model, .. } if model.measured.seconds_to_first_token.is_none())
}

/// All events of a job, the closing one last.
fn events_of(worker: &mut Worker, number: u64) -> Vec<Event> {
    let mut events = Vec::new();
    loop {
        let event = worker.next_event().expect("the engine runs");
        let closes = event.closes_job();
        if event.job() == JobId(number) {
            events.push(event);
            if closes {
                return events;
            }
        }
    }
}

#[test]
fn jobs_close_in_order_and_each_event_wakes() {
    let mut story = begin();
    story.worker.send(job(1, "ok")).unwrap();
    story.worker.send(job(2, "fail")).unwrap();
    let first = events_of(&mut story.worker, 1);
    assert!(
        matches!(first.as_slice(), [Event::Pictures { news: PictureNews::Token(text), .. }, Event::Done { .. }] if text == "done")
    );
    let second = events_of(&mut story.worker, 2);
    let failure = Failure::NoPicture("fail".into());
    assert!(matches!(second.as_slice(), [Event::Failed { failure: why, .. }] if **why == failure));
    drop(story.worker);
    assert_eq!(story.woken.load(Ordering::SeqCst), 3);
}

#[test]
fn a_panic_fails_its_job_alone() {
    let mut story = begin();
    story.worker.send(job(1, "panic")).unwrap();
    story.worker.send(job(2, "ok")).unwrap();
    let failed = events_of(&mut story.worker, 1);
    let failure = Failure::Inside("the ground gave way".to_owned());
    assert!(matches!(failed.as_slice(), [Event::Failed { failure: why, .. }] if **why == failure), "{failed:?}");
    assert!(matches!(events_of(&mut story.worker, 2).last(), Some(Event::Done { .. })));
    assert_eq!(story.recovered.load(Ordering::SeqCst), 1);
}

#[test]
fn running_and_waiting_jobs_can_be_cancelled() {
    let mut story = begin();
    story.worker.send(job(1, "wait")).unwrap();
    story.worker.send(job(2, "ok")).unwrap();
    story.running.recv().unwrap();
    story.worker.cancel(JobId(2));
    story.worker.cancel(JobId(1));
    // The one that has not begun ends at once, before the one that runs.
    assert!(matches!(events_of(&mut story.worker, 2).as_slice(), [Event::Cancelled { .. }]));
    assert!(matches!(events_of(&mut story.worker, 1).last(), Some(Event::Cancelled { .. })));
    assert!(!story.worker.is_busy());
}

#[test]
fn a_job_that_is_stopped_before_it_began_closes_while_another_runs() {
    let mut story = begin();
    story.worker.send(job(1, "wait")).unwrap();
    story.running.recv().unwrap();
    story.worker.send(job(2, "ok")).unwrap();
    story.worker.cancel(JobId(2));
    assert!(matches!(events_of(&mut story.worker, 2).as_slice(), [Event::Cancelled { .. }]));
    assert!(story.worker.is_busy(), "the other one runs");
    story.worker.cancel(JobId(1));
    assert!(matches!(events_of(&mut story.worker, 1).last(), Some(Event::Cancelled { .. })));
}

#[test]
fn too_many_commands_are_refused_and_never_waited_for() {
    let mut story = begin();
    story.worker.send(job(0, "wait")).unwrap();
    story.running.recv().unwrap();
    let accepted =
        (1..2 * queue::COMMANDS as u64).take_while(|&number| story.worker.send(job(number, "ok")).is_ok()).count();
    assert_eq!(accepted, queue::COMMANDS);
}

#[test]
fn dropping_ends_a_running_job_even_when_its_events_fill_the_channel() {
    let mut story = begin();
    story.worker.send(job(1, "wait")).unwrap();
    story.running.recv().unwrap();
    while story.woken.load(Ordering::SeqCst) < EVENTS {
        std::thread::yield_now();
    }
    drop(story.worker);
    // The engine goes when its thread ends, which dropping the worker waits for only briefly.
    while Arc::strong_count(&story.recovered) > 1 {
        std::thread::yield_now();
    }
}

#[test]
fn a_picture_that_cannot_be_opened_fails_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (empty, missing) = (folder.path().join("empty.jpg"), folder.path().join("missing.jpg"));
    std::fs::write(&empty, b"").unwrap();
    let pixels = RgbImage::from_pixel(4, 3, Rgb([10, 20, 30]));
    let mut story = begin();
    let sources = vec![
        PictureSource::Path(empty),
        PictureSource::Path(missing),
        PictureSource::Pixels { name: "pasted".to_owned(), pixels },
    ];
    story.worker.send(Command::OpenPictures { job: JobId(5), sources, pixel_bytes: 0 }).unwrap();
    let events = events_of(&mut story.worker, 5);
    let failed =
        events.iter().filter(|event| matches!(event, Event::Pictures { news: PictureNews::Failed { .. }, .. })).count();
    let opened =
        events.iter().filter(|event| matches!(event, Event::Pictures { news: PictureNews::Opened { .. }, .. })).count();
    assert_eq!((failed, opened), (2, 1));
    assert!(matches!(events.last(), Some(Event::Done { .. })));
}

/// The real engine on a tiny random model: its words come as tokens and then whole, and a model that cannot converse says so.
#[test]
fn a_model_answers_in_a_conversation_and_one_that_cannot_says_so() {
    let mut worker = Worker::start(|| {}).unwrap();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/qwen2_5_vl/untied");
    let load = |job, source| Command::LoadModel {
        job: JobId(job),
        source,
        device: DeviceChoice::Cpu,
        precision: Precision::Full,
    };
    let pixels = RgbImage::from_fn(112, 84, |x, y| Rgb([(x * 2) as u8, (y * 3) as u8, 7]));
    let picture = Arc::new(Picture::from_rgb("a.jpg", pixels));
    let settings = LocateSettings { max_new_tokens: 5, ..LocateSettings::default() };
    let ask = |job, turns: Vec<Exchange>| {
        let conversation = Arc::new(Conversation { opening: None, turns, asked: "Where?".to_owned() });
        Command::Converse { job: JobId(job), picture: Arc::clone(&picture), conversation, settings }
    };
    worker.send(load(1, ModelSource::Directory(folder))).unwrap();
    let mut turns = Vec::new();
    for job in [2, 3] {
        worker.send(ask(job, turns.clone())).unwrap();
        let events = events_of(&mut worker, job);
        let (mut streamed, mut spoken) = (String::new(), None);
        for event in &events {
            match event {
                Event::Pictures { news: PictureNews::Token(text), .. } => streamed.push_str(text),
                Event::Pictures { news: PictureNews::Spoken { spoken: all, is_whole }, .. } => {
                    spoken = Some((all.clone(), *is_whole));
                }
                _ => {}
            }
        }
        let (spoken, is_whole) = spoken.expect("it has answered");
        assert!(matches!(events.last(), Some(Event::Done { .. })));
        assert!(spoken.text.starts_with(&streamed) && spoken.sha256.is_some(), "{spoken:?}");
        assert_eq!((spoken.tokens.len(), is_whole), (5, false), "it would go on");
        turns.push(Exchange { asked: "Where?".to_owned(), spoken });
    }
    worker.send(load(4, ModelSource::Starter)).unwrap();
    worker.send(ask(5, Vec::new())).unwrap();
    let events = events_of(&mut worker, 5);
    assert!(
        matches!(events.last(), Some(Event::Failed { failure, .. }) if matches!(**failure, Failure::CannotConverse(_))),
        "{events:?}"
    );
}

/// The real engine with a server in the model's place: it locates a picture, answers in a conversation about it, goes wrong in a
/// line, and is left while it is waited for.
#[test]
fn a_server_answers_in_the_models_place() {
    let unable = Answer::Whole(500, json!({ "error": { "message": "out of memory" } }));
    let answers = [
        Answer::Stream(chile()),
        Answer::Stream(vec![plain("Dry hills."), end("stop")]),
        unable,
        Answer::StreamThenSilence(vec![plain("Ch")]),
    ];
    let local = StandIn::answering(answers);
    let mut worker = Worker::start(|| {}).unwrap();
    let source = ModelSource::from(local.server.clone());
    worker
        .send(Command::LoadModel { job: JobId(1), source, device: DeviceChoice::Cpu, precision: Precision::Full })
        .unwrap();
    let Event::ModelReady { model, .. } = &events_of(&mut worker, 1)[1] else { panic!("no model") };
    let host = local.server.host();
    assert_eq!((model.name.clone(), model.converses), (format!("a-model at {host}"), true));
    assert_eq!(model.notes, [ModelNote::Elsewhere(host.clone())], "to this machine nobody else hears");

    let picture = Arc::new(Picture::from_rgb("a.jpg", RgbImage::from_pixel(64, 48, Rgb([90, 120, 60]))));
    let settings = LocateSettings { reads_signs: false, ..LocateSettings::default() };
    let locate = |job| Command::Locate {
        job: JobId(job),
        by: None,
        picture: Arc::clone(&picture),
        settings,
        segmenter: ModelSource::Starter,
        clues: Clues::with_own(&[]),
        encoder: None,
    };
    worker.send(locate(2)).unwrap();
    let events = events_of(&mut worker, 2);
    let found = events.iter().find_map(|event| match event {
        Event::Pictures { news: PictureNews::Found { finding, .. }, .. } => Some(finding),
        _ => None,
    });
    let found = found.expect("it is located");
    assert_eq!(found.candidates[0].country, "Chile");
    assert!(found.problems.contains(&FindingProblem::SentTo(host)), "{:?}", found.problems);

    let opening = Exchange {
        asked: found.settings.prompt.clone(),
        spoken: Spoken { model: found.model.name.clone(), text: found.reasoning.clone(), ..Spoken::default() },
    };
    let conversation = Arc::new(Conversation { opening: Some(opening), turns: Vec::new(), asked: "Why?".to_owned() });
    let talk = |job| Command::Converse {
        job: JobId(job),
        picture: Arc::clone(&picture),
        conversation: Arc::clone(&conversation),
        settings,
    };
    worker.send(talk(3)).unwrap();
    let spoken = events_of(&mut worker, 3).into_iter().find_map(|event| match event {
        Event::Pictures { news: PictureNews::Spoken { spoken, is_whole }, .. } => Some((spoken, is_whole)),
        _ => None,
    });
    let said = Spoken { model: model.name.clone(), text: "Dry hills.".to_owned(), ..Spoken::default() };
    assert_eq!(spoken, Some((said, true)));
    let asked = local.take_asked().pop().unwrap();
    assert_eq!(asked.body["messages"].as_array().unwrap().len(), 3, "with the question by which it was located");

    worker.send(talk(4)).unwrap();
    let events = events_of(&mut worker, 4);
    let Some(Event::Failed { failure, .. }) = events.last() else { panic!("{events:?}") };
    assert!(failure.to_string().contains("out of memory"), "{failure}");
    worker.send(locate(5)).unwrap();
    loop {
        match worker.next_event().unwrap() {
            Event::Pictures { news: PictureNews::Token(_), .. } => worker.cancel(JobId(5)),
            event if event.closes_job() => {
                break assert!(matches!(event, Event::Cancelled { job: JobId(5) }), "{event:?}");
            }
            _ => {}
        }
    }
}

/// The real engine, which opens a tiny random model in job 1, and something for it to see.
fn tiny_model_and_picture() -> (Worker, Arc<Picture>) {
    tiny_model_and_picture_in(Worker::start(|| {}).unwrap())
}

fn tiny(name: &str) -> ModelSource {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/qwen2_5_vl").join(name);
    ModelSource::Directory(folder)
}

fn tiny_model_and_picture_in(mut worker: Worker) -> (Worker, Arc<Picture>) {
    let source = tiny("untied");
    worker
        .send(Command::LoadModel { job: JobId(1), source, device: DeviceChoice::Cpu, precision: Precision::Full })
        .unwrap();
    let pixels = RgbImage::from_fn(112, 84, |x, y| Rgb([(x * 2) as u8, (y * 3) as u8, 7]));
    let picture = Arc::new(Picture::from_rgb("a.jpg", pixels));
    (worker, picture)
}

/// The real engine on a tiny random model: as many tokens as were asked for, noted in the finding, and what they took is told.
#[test]
fn a_picture_is_seen_in_as_many_tokens_as_were_asked_for() {
    let (mut worker, picture) = tiny_model_and_picture();
    for (job, picture_tokens) in [(2, Some(4)), (3, None)] {
        let settings = LocateSettings { max_new_tokens: 2, picture_tokens, ..LocateSettings::default() };
        let (job, picture) = (JobId(job), Arc::clone(&picture));
        worker
            .send(Command::Locate {
                job,
                by: None,
                picture,
                settings,
                segmenter: ModelSource::Starter,
                clues: Clues::with_own(&[]),
                encoder: None,
            })
            .unwrap();
        let (mut bounds, mut seconds, mut found) = (None, None, None);
        for event in events_of(&mut worker, job.0) {
            match event {
                Event::ModelReady { model, .. } => {
                    (bounds, seconds) = (Some(model.picture_tokens), model.measured.seconds_a_picture_token);
                }
                Event::Pictures { news: PictureNews::Found { finding, .. }, .. } => found = Some(finding),
                _ => {}
            }
        }
        let (bounds, found) = (bounds.expect("it is told what was measured"), found.expect("it is located"));
        assert!(seconds.is_some_and(|seconds| seconds > 0.0));
        assert_eq!(found.settings.picture_tokens, picture_tokens.unwrap_or(bounds.usual));
    }
}

/// The real engine on a tiny random model: what was unloaded is opened again by the next picture, and says so.
#[test]
fn what_was_unloaded_is_opened_again_when_it_is_needed() {
    let (mut worker, picture) = tiny_model_and_picture();
    events_of(&mut worker, 1);
    let mut names = Vec::new();
    for (job, is_unloaded) in [(2, false), (3, true)] {
        if is_unloaded {
            worker.send(Command::Unload { job: JobId(10), only: None }).unwrap();
            assert!(matches!(events_of(&mut worker, 10).as_slice(), [Event::Done { .. }]));
        }
        let (picture, clues) = (Arc::clone(&picture), Clues::with_own(&[]));
        let settings = LocateSettings { max_new_tokens: 2, reads_signs: false, ..LocateSettings::default() };
        let (job, segmenter) = (JobId(job), ModelSource::Starter);
        worker.send(Command::Locate { job, by: None, picture, settings, segmenter, clues, encoder: None }).unwrap();
        let events = events_of(&mut worker, job.0);
        assert_eq!(events.iter().any(is_read), is_unloaded, "{events:?}");
        let mut ready = events.iter().filter_map(|event| match event {
            Event::ModelReady { model, .. } => Some(model),
            _ => None,
        });
        let model = ready.next_back().expect("it is told what was measured");
        assert!(model.measured.tokens_a_second().is_some() && model.measured.seconds_to_first_token.is_some());
        names.push(model.name.clone());
    }
    assert_eq!(names[0], names[1], "it is the model that was chosen");
}
