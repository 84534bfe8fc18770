//! The model's memory is given back when nobody needs it, and the model opened again when somebody does.

use super::*;

/// A window whose model is open and has nothing to do.
fn idle() -> State {
    let mut state = State::new(Settings::default());
    let loading = sent_job(&state.perform(Action::ChooseModel(ModelSource::Starter)));
    assert!(!state.is_idle(), "it is being opened");
    state.apply(Event::ModelReady { job: loading, model: Box::new(summary(true)) });
    state.apply(Event::Done { job: loading });
    assert!(state.is_idle());
    state
}

fn unload(state: &mut State, after_minutes: Option<u32>) -> JobId {
    let requests = state.perform(Action::Unload(after_minutes));
    let [Request::Send(Command::Unload { job, only: None })] = requests.as_slice() else { panic!("{requests:?}") };
    *job
}

#[test]
fn what_is_unloaded_says_so_and_is_open_again_once_it_was_needed() {
    let mut state = idle();
    let job = unload(&mut state, Some(15));
    assert!(!state.is_idle() && state.perform(Action::Unload(Some(15))).is_empty(), "it is being done");
    state.apply(Event::Done { job });
    let unloaded = ModelState::Unloaded { model: summary(true), why: Unloading::Unneeded(15) };
    assert_eq!(*state.model(), unloaded);
    assert!(!state.is_idle() && state.perform(Action::Unload(None)).is_empty(), "there is nothing to give back");

    let opening = sent_job(&state.perform(Action::Open(vec![PictureSource::Path("a.jpg".into())])));
    let requests = state.apply(Event::Pictures { job: opening, news: opened(picture("a.jpg", 1)) });
    let locating = sent_job(&requests);
    assert!(matches!(requests.as_slice(), [Request::Send(Command::Locate { .. })]), "{requests:?}");
    state.apply(Event::Stage { job: locating, stage: JobStage::ReadingModel, fraction: None });
    assert_eq!(state.running().and_then(|(_, progress)| progress.stage), Some(JobStage::ReadingModel));
    assert_eq!(*state.model(), unloaded);
    state.apply(Event::ModelReady { job: locating, model: Box::new(summary(true)) });
    assert_eq!(*state.model(), ModelState::Ready(summary(true)));
}

#[test]
fn a_picture_that_comes_while_it_is_unloaded_finds_it_open() {
    let mut state = idle();
    let job = unload(&mut state, None);
    let opening = sent_job(&state.perform(Action::Open(vec![PictureSource::Path("a.jpg".into())])));
    let locating = sent_job(&state.apply(Event::Pictures { job: opening, news: opened(picture("a.jpg", 1)) }));
    state.apply(Event::Done { job });
    state.apply(Event::ModelReady { job: locating, model: Box::new(summary(true)) });
    assert_eq!(*state.model(), ModelState::Ready(summary(true)));
}

#[test]
fn nothing_is_unloaded_while_a_picture_is_located_or_waits() {
    let mut state = idle();
    let opening = sent_job(&state.perform(Action::Open(vec![PictureSource::Path("a.jpg".into())])));
    assert!(state.perform(Action::Unload(Some(15))).is_empty());
    let locating = sent_job(&state.apply(Event::Pictures { job: opening, news: opened(picture("a.jpg", 1)) }));
    state.apply(Event::Done { job: opening });
    assert!(state.perform(Action::Unload(Some(15))).is_empty());
    state.apply(Event::Cancelled { job: locating });
    assert!(state.is_idle());
}

#[test]
fn a_choice_that_does_not_open_goes_back_to_the_model_that_was_unloaded() {
    let mut state = idle();
    let job = unload(&mut state, Some(5));
    state.apply(Event::Done { job });
    let other = sent_job(&state.perform(Action::ChooseModel(ModelSource::Directory("/models/broken".into()))));
    let failure = Arc::new(Failure::Inside("no".to_owned()));
    let requests = state.apply(Event::Failed { job: other, failure });
    assert!(
        matches!(requests.as_slice(), [Request::Send(Command::LoadModel { source: ModelSource::Starter, .. })]),
        "{requests:?}"
    );
}
