//! Models as files: what the window knows of them while they come, stop, fail and go.

use std::sync::Arc;

use super::*;
use crate::{
    hub::{Access, Catalogue, HubError, Keeper, Progress, Pulling, Token},
    state::{Action, Request, Settings, State},
    worker::Event,
};

const NAME: &str = "all-MiniLM-L6-v2";

fn stocked(shelf: Vec<Shelved>) -> State {
    let mut state = State::new(Settings::default());
    let tasks = tasks(state.perform(Action::Hub(HubAction::Look)));
    let [(job, HubTask::Look)] = tasks.as_slice() else { panic!("{tasks:?}") };
    stock(&mut state, *job, shelf);
    state
}

fn stock(state: &mut State, job: JobId, shelf: Vec<Shelved>) {
    let catalogue = Catalogue::shipped().clone();
    let stock =
        Stock { catalogue, problem: None, shelf, begun: Vec::new(), memories: Vec::new(), access: Access::default() };
    state.apply(Event::Hub { job, news: HubNews::Stock(Arc::new(stock)) });
    state.apply(Event::Done { job });
}

fn shelved() -> Shelved {
    Shelved {
        name: NAME.to_owned(),
        path: "/models/m".into(),
        keeper: Keeper::Own,
        bytes: 90,
        footprint: None,
        problem: None,
    }
}

fn tasks(requests: Vec<Request>) -> Vec<(JobId, HubTask)> {
    let task = |request| match request {
        Request::Send(Command::Hub { job, task }) => Some((job, task)),
        _ => None,
    };
    requests.into_iter().filter_map(task).collect()
}

fn act(state: &mut State, action: fn(String) -> HubAction) -> Vec<(JobId, HubTask)> {
    tasks(state.perform(Action::Hub(action(NAME.to_owned()))))
}

fn standing(state: &State) -> Standing {
    state.hub().model(NAME).unwrap().standing
}

fn pull(state: &mut State) -> JobId {
    let begun = act(state, HubAction::Pull);
    let [(job, HubTask::Pull { offer, .. })] = begun.as_slice() else { panic!("{begun:?}") };
    assert_eq!(offer.name, NAME);
    *job
}

#[test]
fn a_model_is_queued_comes_and_is_ready() {
    let mut state = stocked(Vec::new());
    assert_eq!(standing(&state), Standing::Absent);
    let job = pull(&mut state);
    assert!(standing(&state) == Standing::Queued && state.hub().is_fetching());
    assert!(act(&mut state, HubAction::Pull).is_empty(), "it is being fetched already");
    let progress = Progress { stage: Pulling::Fetching, done: 1, all: 2 };
    let underway = HubProgress { progress, bytes_a_second: None, seconds_left: None };
    state.apply(Event::Hub { job, news: HubNews::Progress(underway) });
    assert_eq!(standing(&state), Standing::Underway(underway));
    state.apply(Event::Hub { job, news: HubNews::Placed(format!("/models/{NAME}").into()) });
    assert_eq!(state.notices()[0].remark, Remark::ModelArrived(NAME.to_owned()));
    let looked = tasks(state.apply(Event::Done { job }));
    let [(look, HubTask::Look)] = looked.as_slice() else { panic!("{looked:?}") };
    stock(&mut state, *look, vec![shelved()]);
    assert!(standing(&state) == Standing::Ready && !state.hub().is_fetching());
}

#[test]
fn a_pause_keeps_what_has_come_and_a_cancel_forgets_it() {
    let mut state = stocked(Vec::new());
    let job = pull(&mut state);
    let requests = state.perform(Action::Hub(HubAction::Pause(NAME.to_owned())));
    assert!(matches!(requests.as_slice(), [Request::Cancel(stopped)] if *stopped == job));
    let then = tasks(state.apply(Event::Cancelled { job }));
    assert!(matches!(then.as_slice(), [(_, HubTask::Look)]), "{then:?}");
    assert_eq!(standing(&state), Standing::Paused);

    let job = pull(&mut state);
    act(&mut state, HubAction::Cancel);
    let then = tasks(state.apply(Event::Cancelled { job }));
    assert!(matches!(then.as_slice(), [(_, HubTask::Forget(name)), (_, HubTask::Look)] if name == NAME), "{then:?}");
    assert_eq!(standing(&state), Standing::Absent);
}

#[test]
fn the_one_switch_stops_fetching_and_lets_none_begin() {
    let mut state = stocked(Vec::new());
    let job = pull(&mut state);
    let requests = state.perform(Action::ForbidNetwork(true));
    assert!(matches!(requests.as_slice(), [Request::Cancel(stopped)] if *stopped == job));
    state.apply(Event::Cancelled { job });
    assert!(act(&mut state, HubAction::Pull).is_empty());
    assert_eq!(state.notices()[0].remark, Remark::NetworkForbidden);
    state.perform(Action::ForbidNetwork(false));
    pull(&mut state);
}

#[test]
fn a_failure_stands_at_its_model_until_it_is_tried_again() {
    let mut state = stocked(Vec::new());
    let job = pull(&mut state);
    let failure = Arc::new(Failure::from(HubError::NotThere("a".to_owned())));
    state.apply(Event::Failed { job, failure: Arc::clone(&failure) });
    assert!(standing(&state) == Standing::Failed(Arc::clone(&failure)));
    let told = |state: &State| state.notices().iter().map(|notice| notice.remark.clone()).collect::<Vec<_>>();
    assert_eq!(told(&state), [Remark::ModelsFailed(Arc::clone(&failure))], "who looks at another page is told");
    let job = pull(&mut state);
    state.perform(Action::Show(Page::MODELS));
    state.apply(Event::Failed { job, failure });
    assert_eq!(told(&state).len(), 1, "who looks at the models sees it there");
    pull(&mut state);
    assert_eq!(standing(&state), Standing::Queued);
}

#[test]
fn a_check_says_whether_the_files_are_sound_and_a_model_is_taken_away() {
    let mut state = stocked(vec![shelved()]);
    for (check, expected) in [
        (Check::Sound(3), Standing::Sound),
        (Check::Damaged(vec!["a".to_owned()]), Standing::Damaged(vec!["a".to_owned()])),
    ] {
        let begun = act(&mut state, HubAction::Verify);
        let [(job, HubTask::Verify(_))] = begun.as_slice() else { panic!("{begun:?}") };
        state.apply(Event::Hub { job: *job, news: HubNews::Checked(check) });
        state.apply(Event::Done { job: *job });
        assert_eq!(standing(&state), expected);
    }
    let begun = act(&mut state, HubAction::Remove);
    assert!(matches!(begun.as_slice(), [(_, HubTask::Remove(_)), (_, HubTask::Look)]), "{begun:?}");
    stock(&mut state, begun[1].0, Vec::new());
    assert_eq!(standing(&state), Standing::Absent);
}

#[test]
fn a_token_is_kept_for_the_server_that_is_asked_and_no_message_has_it() {
    let mut state = stocked(Vec::new());
    let token = Token::new("hf_secret").unwrap();
    let mirror = Some("https://mirror.example".to_owned());
    state.perform(Action::Hub(HubAction::SetMirror(mirror.clone())));
    let action = Action::Hub(HubAction::KeepToken(token.clone()));
    assert!(!format!("{action:?}").contains("secret"));
    let kept = tasks(state.perform(action));
    let [(_, HubTask::KeepToken { mirror: address, token: given }), (_, HubTask::Look)] = kept.as_slice() else {
        panic!("{kept:?}")
    };
    assert_eq!((address, given), (&mirror, &token));
    assert!(!format!("{kept:?} {:?}", state.settings()).contains("secret"));
    let forgotten = tasks(state.perform(Action::Hub(HubAction::ForgetToken)));
    let [(_, HubTask::ForgetToken { mirror: address }), (_, HubTask::Look)] = forgotten.as_slice() else {
        panic!("{forgotten:?}")
    };
    assert_eq!(address, &mirror);
}
