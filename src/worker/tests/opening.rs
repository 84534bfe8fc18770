//! Models that are opened beside one another and in turn, and what is told of it.

use super::*;
use crate::{hub::MachineMemory, model::LeftOut};

/// The real engine on a tiny random model, from whose folder files were taken away: that the architecture's own stood in is told.
#[test]
fn what_a_model_does_not_bring_is_told_when_it_is_open() {
    let whole = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/qwen2_5_vl/untied");
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(whole).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
    }
    let mut worker = Worker::start(|| {}).unwrap();
    let mut notes_of = |job| {
        let (source, device) = (ModelSource::Directory(folder.path().to_owned()), DeviceChoice::Cpu);
        worker.send(Command::LoadModel { job: JobId(job), source, device, precision: Precision::Full }).unwrap();
        let events = events_of(&mut worker, job);
        let ready = events.into_iter().find_map(|event| match event {
            Event::ModelReady { model, .. } => Some(model.notes),
            _ => None,
        });
        ready.expect("it opens")
    };
    assert_eq!(notes_of(1), []);
    std::fs::remove_file(folder.path().join("preprocessor_config.json")).unwrap();
    assert_eq!(notes_of(2), [ModelNote::LeftOut(vec![LeftOut::Preprocessor])]);
    // In the fixture it holds the chat template too.
    std::fs::remove_file(folder.path().join("tokenizer_config.json")).unwrap();
    let all = [LeftOut::TokenizerConfig, LeftOut::ChatTemplate, LeftOut::Preprocessor];
    assert_eq!(notes_of(3), [ModelNote::LeftOut(all.to_vec())]);
}

/// Locates a picture with the model chosen, or another; what is said of it.
fn locate_by(worker: &mut Worker, job: u64, picture: &Arc<Picture>, by: Option<ModelSource>) -> Vec<Event> {
    let settings = LocateSettings { max_new_tokens: 2, reads_signs: false, ..LocateSettings::default() };
    let (picture, segmenter, clues) = (Arc::clone(picture), ModelSource::Starter, Clues::with_own(&[]));
    worker.send(Command::Locate { job: JobId(job), by, picture, settings, segmenter, clues, encoder: None }).unwrap();
    events_of(worker, job)
}

/// What is told of memory while pictures are located with two tiny random models in turn: whether a model is read, and whether
/// another gives way.
fn read_in_turn(memory: fn() -> MachineMemory) -> Vec<(bool, bool)> {
    let worker = Worker::start_with(|| {}, move || LocatingEngine::with_memory(memory)).unwrap();
    let (mut worker, picture) = tiny_model_and_picture_in(worker);
    events_of(&mut worker, 1);
    let mut told = Vec::new();
    for (job, by) in
        [(2, Some(tiny("tied_sharded"))), (3, None), (4, Some(tiny("tied_sharded"))), (5, Some(tiny("tied_sharded")))]
    {
        let events = locate_by(&mut worker, job, &picture, by.clone());
        let found = events.iter().find_map(|event| match event {
            Event::Pictures { news: PictureNews::Found { finding, seconds, .. }, .. } => Some((finding, *seconds)),
            _ => None,
        });
        let (finding, seconds) = found.expect("it is located");
        assert_eq!(
            (finding.model.name.as_str(), seconds > 0.0),
            (if by.is_some() { "tied_sharded" } else { "untied" }, true)
        );
        let gives_way = |event: &Event| matches!(event, Event::GaveWay { .. });
        told.push((events.iter().any(is_read), events.iter().any(gives_way)));
    }
    told
}

#[test]
fn two_models_stay_open_where_both_fit_and_take_turns_where_they_do_not() {
    assert_eq!(
        read_in_turn(|| MachineMemory { all: Some(64 << 30), free: Some(32 << 30) }),
        [(true, false), (false, false), (false, false), (false, false)]
    );
    assert_eq!(
        read_in_turn(|| MachineMemory { all: Some(64 << 30), free: Some(0) }),
        [(true, true), (true, true), (true, true), (false, false)]
    );
}

/// The real engine, which does job 2 only once that was stopped, and says when it has come to it.
struct Late(LocatingEngine, SyncSender<()>);

impl Engine for Late {
    fn perform(&mut self, command: Command, job: &Job<'_>) -> Result<(), Stopped> {
        if job.id() == JobId(2) {
            self.1.send(()).expect("the test listens");
            while !job.is_cancelled() {
                std::thread::yield_now();
            }
        }
        self.0.perform(command, job)
    }
}

#[test]
fn a_model_whose_opening_was_stopped_is_not_kept() {
    let (say_begun, begun) = sync_channel(1);
    let worker = Worker::start_with(|| {}, || Late(LocatingEngine::default(), say_begun)).unwrap();
    let (mut worker, picture) = tiny_model_and_picture_in(worker);
    events_of(&mut worker, 1);
    let (source, device, precision) = (tiny("tied_sharded"), DeviceChoice::Cpu, Precision::Full);
    worker.send(Command::LoadModel { job: JobId(2), source, device, precision }).unwrap();
    begun.recv().unwrap();
    worker.cancel(JobId(2));
    let events = events_of(&mut worker, 2);
    assert!(matches!(events.last(), Some(Event::Cancelled { .. })), "{events:?}");
    assert!(!events.iter().any(is_read), "{events:?}");
    assert!(locate_by(&mut worker, 3, &picture, Some(tiny("tied_sharded"))).iter().any(is_read), "it was let go");
}

/// A model that cannot be opened leaves the one that is open where it is.
#[test]
fn another_model_that_does_not_open_takes_nothing_from_the_one_that_is_open() {
    let memory = || MachineMemory { all: Some(64 << 30), free: Some(0) };
    let worker = Worker::start_with(|| {}, move || LocatingEngine::with_memory(memory)).unwrap();
    let (mut worker, picture) = tiny_model_and_picture_in(worker);
    events_of(&mut worker, 1);
    let events = locate_by(&mut worker, 2, &picture, Some(tiny("missing")));
    assert!(matches!(events.last(), Some(Event::Failed { .. })), "{events:?}");
    assert!(!events.iter().any(|event| matches!(event, Event::GaveWay { .. })), "{events:?}");
    let events = locate_by(&mut worker, 3, &picture, None);
    assert!(matches!(events.last(), Some(Event::Done { .. })));
    assert!(!events.iter().any(is_read));
}

/// What was compared is chosen without being read again, and what is not compared any more is let go.
#[test]
fn the_other_model_is_chosen_as_it_lies_and_closed_when_it_is_left() {
    let (mut worker, picture) = tiny_model_and_picture();
    events_of(&mut worker, 1);
    locate_by(&mut worker, 2, &picture, Some(tiny("tied_sharded")));
    let is_read = |events: &[Event]| events.iter().any(is_read);
    worker.send(Command::Unload { job: JobId(3), only: Some(tiny("untied")) }).unwrap();
    events_of(&mut worker, 3);
    assert!(!is_read(&locate_by(&mut worker, 4, &picture, Some(tiny("tied_sharded")))), "the other stays");
    assert!(is_read(&locate_by(&mut worker, 5, &picture, None)), "that one has gone");
    let (device, precision) = (DeviceChoice::Cpu, Precision::Full);
    worker.send(Command::LoadModel { job: JobId(6), source: tiny("tied_sharded"), device, precision }).unwrap();
    let events = events_of(&mut worker, 6);
    assert!(!is_read(&events), "{events:?}");
    assert!(
        events.iter().any(|event| matches!(event, Event::ModelReady { model, .. } if model.name == "tied_sharded"))
    );
    assert!(is_read(&locate_by(&mut worker, 7, &picture, Some(tiny("untied")))), "the one before was let go");
}
