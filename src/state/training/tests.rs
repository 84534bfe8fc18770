//! A run in the window's state: begun, heard of, paused, tried, stopped, failed.

use super::*;
use crate::{
    dataset::{Source, SourceKind},
    state::{Action, Settings, State},
    train::{LogLine, Plan, StepReport, TrainError, TrainEvent, Trained, Validation, data::SourceLook},
    worker::{Event, OpenedRun},
};

fn config() -> Box<TrainConfig> {
    let text = "out = \"/runs/a\"\nstage = \"full\"\n[model]\nbase = \"/models/b\"\n[data]\n\
                streets = { seed = 0, count = 9 }\n[schedule]\nsteps = 4\nbatch = 1\nlearning_rate = 0.1\n";
    Box::new(toml::from_str(text).unwrap())
}

fn state() -> State {
    State::new(Settings::default())
}

fn act(state: &mut State, action: TrainingAction) -> Vec<Request> {
    state.perform(Action::Training(action))
}

fn sent(requests: &[Request]) -> Vec<(JobId, TrainingTask)> {
    let task = |request: &Request| match request {
        Request::Send(Command::Training { job, task }) => Some((*job, task.clone())),
        _ => None,
    };
    requests.iter().filter_map(task).collect()
}

fn start(state: &mut State) -> JobId {
    let start = TrainingAction::Start { config: config(), resume: false, replaces: false };
    sent(&act(state, start))[0].0
}

fn say(state: &mut State, job: JobId, news: TrainingNews) -> Vec<Request> {
    state.apply(Event::Training { job, news })
}

fn step(step: u64) -> TrainingNews {
    let report = StepReport {
        step,
        steps: 4,
        loss: 1.0 / step as f64,
        learning_rate: 0.1,
        grad_norm: 1.0,
        tokens_per_s: 10.0,
        pictures_per_s: 2.0,
        seconds_left: 3.0,
    };
    TrainingNews::Said(TrainEvent::Stepped(report))
}

fn look(step: u64, loss: f64) -> TrainingNews {
    let look = Validation { step, loss, country_accuracy: 0.5, median_km: Some(900.0), pictures: 8 };
    TrainingNews::Said(TrainEvent::Validated(look))
}

fn opened() -> TrainingNews {
    let plan =
        Plan { parameters: 9, learning: 9, pictures: 8, held_back: 1, steps: 4, done: 0, device: "CPU".to_owned() };
    TrainingNews::Opened(Box::new(OpenedRun { plan, lines: Vec::new(), probes: Vec::new() }))
}

#[test]
fn a_run_is_heard_from_its_opening_to_its_end_and_then_there_is_one_more_on_the_disk() {
    let mut state = state();
    act(&mut state, TrainingAction::Look("/runs".into()));
    let job = start(&mut state);
    for news in [opened(), look(0, 2.0), step(1), step(2), look(2, 1.5)] {
        say(&mut state, job, news);
    }
    let running = state.training().running().unwrap();
    assert_eq!(
        running.lines.iter().map(|line| (line.step, line.loss.is_some(), line.val_loss)).collect::<Vec<_>>(),
        [(0, false, Some(2.0)), (1, true, None), (2, true, Some(1.5))],
        "the curves begin with what was seen before the first step"
    );
    let (before, after) = running.before_and_after().unwrap();
    assert_eq!((before.loss, after.loss), (2.0, 1.5));
    assert!(!state.is_idle(), "the engine is at work");
    let trained = Trained { step: 4, steps: 4, last: "/runs/a/last".into(), best: None };
    say(&mut state, job, TrainingNews::Ended(trained.clone()));
    let asked = state.apply(Event::Done { job });
    assert_eq!(state.training().running().unwrap().outcome, Some(Outcome::Ended(trained)));
    assert!(matches!(&sent(&asked)[..], [(_, TrainingTask::Runs(folder))] if folder == Path::new("/runs")));
}

#[test]
fn a_run_that_goes_on_is_held_against_what_its_first_stretch_saw() {
    let mut state = state();
    let job = start(&mut state);
    let TrainingNews::Opened(mut opened) = opened() else { panic!("a run was opened") };
    let TrainingNews::Said(TrainEvent::Stepped(report)) = step(1) else { panic!("a step was told") };
    let line = LogLine { val_loss: Some(3.0), val_country_accuracy: Some(0.1), ..LogLine::of(&report, 1) };
    opened.lines = vec![line];
    for news in [TrainingNews::Opened(opened), step(2), look(2, 1.0)] {
        say(&mut state, job, news);
    }
    let (before, after) = state.training().running().unwrap().before_and_after().unwrap();
    assert_eq!(((before.step, before.loss), (after.step, after.loss)), ((1, 3.0), (2, 1.0)));
}

#[test]
fn one_run_goes_on_at_a_time_and_can_wait_and_be_stopped() {
    let mut state = state();
    let job = start(&mut state);
    let again = TrainingAction::Start { config: config(), resume: false, replaces: false };
    assert!(act(&mut state, again).is_empty());
    assert_eq!(state.notices()[0].remark, Remark::RunGoesOn);
    assert!(matches!(act(&mut state, TrainingAction::Pause(true))[..], [Request::Pause(of, true)] if of == job));
    assert!(state.training().running().unwrap().is_paused);
    assert!(matches!(act(&mut state, TrainingAction::Stop)[..], [Request::Cancel(of)] if of == job));
    state.apply(Event::Cancelled { job });
    assert!(!state.training().goes_on());
    assert!(act(&mut state, TrainingAction::Pause(true)).is_empty());
    start(&mut state);
}

#[test]
fn the_model_is_tried_in_the_middle_and_is_then_the_one_in_use() {
    let mut state = state();
    let job = start(&mut state);
    say(&mut state, job, opened());
    let [(writing, TrainingTask::Write)] = sent(&act(&mut state, TrainingAction::Try))[..] else { panic!() };
    assert!(act(&mut state, TrainingAction::Try).is_empty(), "it is being written");
    say(&mut state, writing, TrainingNews::Written("/runs/a/tried".into()));
    state.apply(Event::Done { job: writing });
    assert_eq!(state.settings().model, ModelSource::Directory("/runs/a/tried".into()));
    let told = |before| Remark::ModelTried { run: "a".to_owned(), step: 0, before };
    assert_eq!(state.notices()[0].remark, told(Some(ModelSource::Starter)), "and it is said");
    let [(again, TrainingTask::Write)] = sent(&act(&mut state, TrainingAction::Try))[..] else { panic!() };
    say(&mut state, again, TrainingNews::Written("/runs/a/tried".into()));
    state.apply(Event::Done { job: again });
    assert_eq!(state.notices()[1].remark, told(None), "which is of the same run");
    assert!(state.training().goes_on() && !state.training().is_writing());
}

#[test]
fn an_adapter_is_used_on_its_base_and_on_those_before_it() {
    let mut config = config();
    assert_eq!(model_of(&config, Path::new("/x")), ModelSource::Directory("/x".into()));
    config.model.parameters = Parameters::Lora;
    config.lora.on = vec!["/stage1".into()];
    let source = model_of(&config, Path::new("/x"));
    assert_eq!(source.base(), &ModelSource::Directory("/models/b".into()));
    assert_eq!(source.loras(), [LoraChoice::whole("/stage1".into()), LoraChoice::whole("/x".into())]);
}

#[test]
fn a_run_that_cannot_begin_says_why_and_so_does_one_that_is_reckoned() {
    let mut state = state();
    let nothing = || Arc::new(Failure::Train(TrainError::NothingToLearn { pictures: 1, share: 0.5 }));
    let job = start(&mut state);
    state.apply(Event::Failed { job, failure: nothing() });
    assert_eq!(state.training().running().unwrap().outcome, Some(Outcome::Failed(nothing())));
    let dry = TrainingAction::DryRun { config: config(), resume: false };
    let first = sent(&act(&mut state, dry.clone()))[0].0;
    let requests = act(&mut state, dry);
    assert!(matches!(requests[0], Request::Cancel(job) if job == first), "the question before is let go");
    let job = sent(&requests)[0].0;
    state.apply(Event::Cancelled { job: first });
    assert!(state.training().is_reckoning());
    state.apply(Event::Failed { job, failure: nothing() });
    assert_eq!(state.training().reckoned(), Some(Err(&*nothing())));
}

fn source(state: &mut State, action: SourceAction) -> Vec<(JobId, TrainingTask)> {
    sent(&act(state, TrainingAction::Source(action)))
}

/// The job of the one look that is asked for, and at which path.
#[track_caller]
fn look_asked(asked: &[(JobId, TrainingTask)]) -> (JobId, PathBuf) {
    let [(job, TrainingTask::LookAt(source))] = asked else { panic!("{asked:?}") };
    (*job, source.path.clone())
}

fn seen(pictures: usize) -> SourceLook {
    SourceLook { kind: SourceKind::Table, examples: pictures, pictures, unusable: 0, faults: Vec::new() }
}

fn pictures_of(state: &State) -> Vec<Option<usize>> {
    let pictures =
        |learned: &Learned| learned.found.as_ref().map(|found| found.as_ref().map_or(0, |look| look.pictures));
    state.training().sources().iter().map(pictures).collect()
}

#[test]
fn sources_are_looked_at_one_after_the_other_and_one_that_fails_says_why_beside_the_others() {
    let mut state = state();
    let (first, path) = look_asked(&source(&mut state, SourceAction::Add(Source::at("/a.csv"))));
    assert_eq!(path, Path::new("/a.csv"));
    assert!(source(&mut state, SourceAction::Add(Source::at("/b"))).is_empty(), "one at a time");
    assert!(source(&mut state, SourceAction::Add(Source::at("/a.csv"))).is_empty());
    assert_eq!(pictures_of(&state), [None, None], "what is there already is not learned twice");
    let (second, path) = look_asked(&sent(&say(&mut state, first, TrainingNews::LookedAt(seen(7)))));
    assert_eq!(path, Path::new("/b"));
    assert!(state.apply(Event::Done { job: first }).is_empty());
    let why = Arc::new(Failure::RunsAlready);
    assert!(sent(&state.apply(Event::Failed { job: second, failure: Arc::clone(&why) })).is_empty());
    assert_eq!(pictures_of(&state), [Some(7), Some(0)]);
    assert_eq!(state.training().sources()[1].found, Some(Err(why)));
    assert!(state.notices().is_empty(), "it is said at the source");
}

#[test]
fn a_source_is_read_otherwise_removed_and_looked_at_again() {
    let mut state = state();
    let (job, _) = look_asked(&source(&mut state, SourceAction::Set(vec![Source::at("/a.csv"), Source::at("/b.csv")])));
    // What is found of a source that is read otherwise by now is not said of it.
    let otherwise = Source { columns: "path=where".parse().unwrap(), ..Source::at("/a.csv") };
    assert!(source(&mut state, SourceAction::Replace(0, otherwise.clone())).is_empty());
    let asked = sent(&say(&mut state, job, TrainingNews::LookedAt(seen(7))));
    assert!(matches!(&asked[..], [(_, TrainingTask::LookAt(source))] if *source == otherwise), "{asked:?}");
    assert_eq!(pictures_of(&state), [None, None]);
    let (job, path) = look_asked(&sent(&say(&mut state, asked[0].0, TrainingNews::LookedAt(seen(8)))));
    assert_eq!(path, Path::new("/b.csv"));
    assert!(source(&mut state, SourceAction::Remove(1)).is_empty());
    assert!(source(&mut state, SourceAction::Remove(1)).is_empty(), "there is none of this number");
    assert!(sent(&say(&mut state, job, TrainingNews::LookedAt(seen(9)))).is_empty());
    assert_eq!(pictures_of(&state), [Some(8)]);
    let asked = sent(&act(&mut state, TrainingAction::Look("/runs".into())));
    assert!(matches!(&asked[..], [(_, TrainingTask::Runs(_)), (_, TrainingTask::LookAt(_))]), "{asked:?}");
    assert_eq!(pictures_of(&state), [None], "its file may be another by now");
    state.apply(Event::Cancelled { job: asked[1].0 });
    look_asked(&source(&mut state, SourceAction::Add(Source::at("/c"))));
}
