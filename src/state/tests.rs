//! Courses of events as plain data: what the user does, what the engine says, and what must stand in the window then.

mod changes;
mod comparing;
mod early;
mod edits;
mod pixels;
mod ranking;
mod server;
mod talk;
mod unloading;

use std::sync::Arc;

use image::{Rgb, RgbImage};

use super::*;
use crate::{
    geo::Surface,
    model::{ComputeKind, Footprint, PictureTokens, Placed, Purpose},
    picture::{Picture, Preview},
    predict::{
        answer::Answer,
        finding::{CredibleKm, FileFacts, Finding, ModelUsed, PictureId, ProbabilityKind, SettingsUsed},
    },
    worker::{Busy, Command, Failure, JobStage, Measured, ModelSource, ModelSummary, PictureNews},
};

fn picture(name: &str, shade: u8) -> Arc<Picture> {
    Arc::new(Picture::from_rgb(name, RgbImage::from_pixel(4, 3, Rgb([shade, 0, 0]))))
}

/// A picture that comes with its pixels.
fn opened(picture: Arc<Picture>) -> PictureNews {
    PictureNews::Opened { preview: Arc::new(Preview::of(&picture)), picture: Some(picture) }
}

fn summary(is_starter: bool) -> ModelSummary {
    ModelSummary {
        source: if is_starter { ModelSource::Starter } else { ModelSource::Directory("/models/globe".into()) },
        name: "a model".to_owned(),
        directory: "somewhere".into(),
        device: "CPU".to_owned(),
        precision: "f32".to_owned(),
        parameters: 1,
        bytes: 4,
        picture_tokens: PictureTokens { usual: 1280, most: 16_384 },
        placed: Some(placed()),
        measured: Measured::default(),
        is_starter,
        converses: !is_starter,
        notes: Vec::new(),
    }
}

/// That a model that converses is open.
fn model_ready(job: JobId, source: ModelSource) -> Event {
    Event::ModelReady { job, model: Box::new(ModelSummary { source, ..summary(false) }) }
}

/// Of a model whose memory nobody reckons.
fn placed() -> Placed {
    let footprint = Footprint {
        purpose: Purpose::Locate,
        architecture: "Qwen2_5_VLForConditionalGeneration",
        bytes: 4,
        parameters: 1,
        shape: None,
    };
    Placed { footprint, kind: ComputeKind::Cpu }
}

fn finding(country: &str) -> Finding {
    Finding {
        picture: PictureId {
            path: "a.jpg".to_owned(),
            sha256: String::new(),
            width: 4,
            height: 3,
            metadata: FileFacts::default(),
        },
        model: ModelUsed {
            name: "a model".to_owned(),
            sha256: None,
            adapters: Vec::new(),
            device: "CPU".to_owned(),
            precision: "f16".to_owned(),
            seed: 0,
        },
        settings: SettingsUsed {
            prompt: String::new(),
            max_new_tokens: 1,
            temperature: 0.0,
            top_p: 1.0,
            picture_tokens: 1280,
            reads_signs: Some(true),
        },
        segmenter: None,
        encoder: None,
        program: String::new(),
        made_at: String::new(),
        answer: Some(Answer { country: Some(country.to_owned()), city: None, reasons: Vec::new() }),
        withheld: None,
        reasons: Default::default(),
        reasoning: String::new(),
        reasoning_tokens: Vec::new(),
        candidates: Vec::new(),
        credible_km: CredibleKm { p50: 1.0, p90: 2.0 },
        probability_kind: ProbabilityKind::Raw,
        calibrated_on: None,
        credible_cells: Default::default(),
        countries: Vec::new(),
        evidence: Vec::new(),
        signs: Vec::new(),
        locatability: None,
        problems: Vec::new(),
    }
}

fn found(job: JobId, country: &str) -> Event {
    let surface = Arc::new(Surface::default());
    Event::Pictures {
        job,
        news: PictureNews::Found { finding: Box::new(finding(country)), surface, weighing: None, seconds: 1.0 },
    }
}

/// Something that went wrong.
fn failure() -> Arc<Failure> {
    Arc::new(Failure::Inside("the device is gone".to_owned()))
}

/// A window whose model is open.
fn ready() -> State {
    let mut state = State::new(Settings::default());
    let job = sent_job(&state.perform(Action::ChooseModel(ModelSource::Starter)));
    state.apply(Event::ModelReady { job, model: Box::new(summary(true)) });
    assert!(state.apply(Event::Done { job }).is_empty());
    state
}

/// The job of the one command among the requests.
#[track_caller]
fn sent_job(requests: &[Request]) -> JobId {
    let sent: Vec<_> =
        requests.iter().filter_map(|r| if let Request::Send(c) = r { Some(c.job()) } else { None }).collect();
    assert_eq!(sent.len(), 1, "{requests:?}");
    sent[0]
}

fn cancelled_jobs(requests: &[Request]) -> Vec<JobId> {
    requests.iter().filter_map(|r| if let Request::Cancel(job) = r { Some(*job) } else { None }).collect()
}

/// Drops two good pictures and a bad one; answers the job that locates the first.
fn drop_three(state: &mut State) -> JobId {
    let sources = ["a.jpg", "b.txt", "c.jpg"].map(|name| PictureSource::Path(name.into()));
    let opening = sent_job(&state.perform(Action::Open(sources.to_vec())));
    let locating = sent_job(&state.apply(Event::Pictures { job: opening, news: opened(picture("a.jpg", 1)) }));
    let news = PictureNews::Failed { name: "b.txt".to_owned(), path: Some("b.txt".into()), failure: failure() };
    assert!(state.apply(Event::Pictures { job: opening, news }).is_empty());
    assert!(state.apply(Event::Pictures { job: opening, news: opened(picture("c.jpg", 2)) }).is_empty());
    assert_eq!(state.openings().len(), 1);
    state.apply(Event::Done { job: opening });
    assert!(state.openings().is_empty());
    locating
}

#[test]
fn dropped_pictures_are_located_one_after_another_and_a_bad_one_fails_alone() {
    let mut state = ready();
    let first = drop_three(&mut state);
    assert_eq!(state.selected().unwrap().name, "a.jpg");
    assert_eq!(state.entries()[1].picture.as_ref().unwrap_err(), &NotOpen::Failed(failure()));
    assert_eq!((state.running().unwrap().1.job, state.n_waiting()), (first, 1));

    state.apply(Event::Stage { job: first, stage: JobStage::Reasoning, fraction: Some(0.5) });
    assert_eq!(state.running().unwrap().1.stage, Some(JobStage::Reasoning));
    state.apply(Event::Pictures { job: first, news: PictureNews::Token("The road ".to_owned()) });
    state.apply(Event::Pictures { job: first, news: PictureNews::Token("is wet.".to_owned()) });
    assert_eq!(state.entries()[0].reasoning, "The road is wet.");
    state.apply(found(first, "Chile"));
    let second = sent_job(&state.apply(Event::Done { job: first }));
    assert_eq!(state.entries()[0].work, Work::Idle);
    assert!(state.entries()[0].found().unwrap().by_starter);

    state.apply(Event::Pictures { job: second, news: PictureNews::Token("Snow.".to_owned()) });
    assert_eq!(state.entries()[2].reasoning, "Snow.");
    assert!(state.apply(Event::Failed { job: second, failure: failure() }).is_empty());
    assert_eq!(state.entries()[2].work, Work::Failed(NotLocated::Failed(failure())));
    assert!(!state.can_cancel());
}

#[test]
fn cancelling_stops_all_and_what_comes_late_changes_nothing() {
    let mut state = ready();
    let job = drop_three(&mut state);
    assert_eq!(cancelled_jobs(&state.perform(Action::Cancel)), [job]);
    state.apply(Event::Pictures { job, news: PictureNews::Token("late".to_owned()) });
    state.apply(found(job, "Chile"));
    assert!(state.apply(Event::Cancelled { job }).is_empty());
    assert!(state.entries()[0].found().is_none() && state.entries()[0].reasoning.is_empty());
    assert_eq!([&state.entries()[0].work, &state.entries()[2].work], [&Work::Cancelled, &Work::Cancelled]);

    let key = state.entries()[0].key;
    assert_ne!(sent_job(&state.perform(Action::Locate(key))), job);
}

#[test]
fn a_finding_stays_until_a_later_run_finds_something_else() {
    let mut state = ready();
    let job = drop_three(&mut state);
    state.apply(found(job, "Chile"));
    state.apply(Event::Done { job });
    state.perform(Action::Cancel);
    let key = state.entries()[0].key;
    let again = sent_job(&state.perform(Action::Locate(key)));
    let country = |state: &State| state.entries()[0].found().unwrap().finding.answer.clone().unwrap().country.unwrap();
    assert_eq!(country(&state), "Chile");
    state.apply(found(again, "Peru"));
    assert_eq!(country(&state), "Peru");
}

#[test]
fn another_model_takes_over_what_runs() {
    let mut state = ready();
    let old = drop_three(&mut state);
    let requests = state.perform(Action::ChooseModel(ModelSource::Directory("/models/globe".into())));
    assert_eq!(cancelled_jobs(&requests), [old]);
    let loading = sent_job(&requests);
    assert_eq!(state.n_waiting(), 2);
    assert!(state.apply(Event::Cancelled { job: old }).is_empty(), "nothing starts before the model is open");
    state.apply(Event::Stage { job: loading, stage: JobStage::ReadingModel, fraction: Some(0.25) });
    assert_eq!(*state.model(), ModelState::Loading { job: loading, fraction: Some(0.25) });
    sent_job(&state.apply(Event::ModelReady { job: loading, model: Box::new(summary(false)) }));
    assert_eq!(state.running().unwrap().0.name, "a.jpg");
}

#[test]
fn a_model_that_cannot_be_opened_is_tried_again_when_there_is_use_for_it_and_nothing_waits_for_ever() {
    let mut state = State::new(Settings::default());
    let job = sent_job(&state.perform(Action::ChooseModel(ModelSource::Directory("/gone".into()))));
    let why = NoModel::Failed(failure());
    state.apply(Event::Failed { job, failure: failure() });
    assert_eq!(*state.model(), ModelState::Failed(why.clone()));

    let requests = state.perform(Action::Open(vec![PictureSource::Path("a.jpg".into())]));
    let [Request::Send(opening), Request::Send(retry)] = &requests[..] else { panic!("{requests:?}") };
    assert!(matches!(retry, Command::LoadModel { .. }));
    let news = opened(picture("a.jpg", 1));
    assert!(state.apply(Event::Pictures { job: opening.job(), news }).is_empty());
    assert_eq!(state.entries()[0].work, Work::Waiting);
    assert!(state.apply(Event::Failed { job: retry.job(), failure: failure() }).is_empty());
    let not_located = Work::Failed(NotLocated::NoModel(why));
    assert_eq!((&state.entries()[0].work, state.n_waiting()), (&not_located, 0));
    let news = opened(picture("b.jpg", 2));
    assert!(state.apply(Event::Pictures { job: opening.job(), news }).is_empty(), "not once for each picture");
    assert_eq!(state.entries()[1].work, not_located);

    let key = state.entries()[1].key;
    assert!(matches!(state.perform(Action::Locate(key))[..], [Request::Send(Command::LoadModel { .. })]));
}

#[test]
fn a_choice_that_does_not_open_is_not_kept() {
    let mut state = ready();
    let running = drop_three(&mut state);
    let requests = state.perform(Action::ChooseModel(ModelSource::Directory("/gone".into())));
    assert_eq!(cancelled_jobs(&requests), [running]);
    let failed = Event::Failed { job: sent_job(&requests), failure: failure() };
    let requests = state.apply(failed);
    let [Request::Send(Command::LoadModel { job, source: ModelSource::Starter, .. })] = requests[..] else {
        panic!("{requests:?}")
    };
    assert_eq!(state.settings().model, ModelSource::Starter);
    assert_eq!(state.notices()[0].remark, Remark::ModelNotTaken(NoModel::Failed(failure())));
    assert_eq!(state.n_waiting(), 2, "they wait for it");
    sent_job(&state.apply(Event::ModelReady { job, model: Box::new(summary(true)) }));
}

#[test]
fn what_esc_stopped_goes_on_when_asked() {
    let mut state = ready();
    drop_three(&mut state);
    assert_eq!(state.n_unlocated(), 0, "they are about to be");
    state.perform(Action::Cancel);
    assert_eq!(state.n_unlocated(), 2);
    let job = sent_job(&state.perform(Action::LocateRest));
    state.apply(found(job, "Chile"));
    state.apply(Event::Done { job });
    state.perform(Action::Cancel);
    assert_eq!(state.n_unlocated(), 1, "one is located");
}

#[test]
fn removing_the_picture_that_runs_stops_it_and_the_next_begins() {
    let mut state = ready();
    let job = drop_three(&mut state);
    let key = state.selected().unwrap().key;
    let requests = state.perform(Action::Remove(key));
    assert_eq!(cancelled_jobs(&requests), [job]);
    assert_ne!(sent_job(&requests), job);
    assert_eq!(state.selected().unwrap().name, "b.txt");
    assert_eq!(state.running().unwrap().0.name, "c.jpg");
}

#[test]
fn the_same_picture_twice_is_shown_once() {
    let mut state = ready();
    drop_three(&mut state);
    let opening = sent_job(&state.perform(Action::Open(vec![PictureSource::Path("copy.jpg".into())])));
    state.apply(Event::Pictures { job: opening, news: opened(picture("a.jpg", 1)) });
    assert_eq!(state.entries().len(), 3);
    assert_eq!(state.notices()[0].remark, Remark::IsOpen("a.jpg".to_owned()));
}

#[test]
fn what_the_engine_did_not_take_is_said_and_lost_alone() {
    let mut state = ready();
    let job = drop_three(&mut state);
    let next = sent_job(&state.perform(Action::NotSent(job, Busy)));
    let failure = Arc::new(Failure::Busy(Busy));
    assert_eq!(state.entries()[0].work, Work::Failed(NotLocated::Failed(failure)));
    assert_eq!(state.running().unwrap().1.job, next);
}

#[test]
fn selection_walks_the_strip_and_stops_at_its_ends() {
    let mut state = ready();
    drop_three(&mut state);
    for (places, name) in [(1, "b.txt"), (5, "c.jpg"), (-1, "b.txt"), (-9, "a.jpg")] {
        state.perform(Action::SelectBy(places));
        assert_eq!(state.selected().unwrap().name, name);
    }
}

#[test]
fn a_model_that_never_stops_writing_does_not_fill_the_memory() {
    let mut state = ready();
    let job = drop_three(&mut state);
    for _ in 0..40 {
        state.apply(Event::Pictures { job, news: PictureNews::Token("é".repeat(10_000)) });
    }
    assert!(state.entries()[0].reasoning.len() <= 256 << 10);
}

#[test]
fn no_tile_is_fetched_where_the_network_is_forbidden() {
    let mut state = State::new(Settings::default());
    assert!(!state.settings().network.tiles_allowed());
    state.perform(Action::ShowMapTiles(true));
    assert!(state.settings().network.tiles_allowed());
    state.perform(Action::ForbidNetwork(true));
    assert!(!state.settings().network.tiles_allowed());
}
