//! Two models on the same pictures: both findings stay, one of them is the answer, and what the user says holds for both.

use super::{
    ranking::{arica, located, rank, weigh},
    *,
};

fn other() -> ModelSource {
    ModelSource::Directory("/models/globe".into())
}

/// The model that locates each picture that the engine was asked to locate, with the picture's name.
fn asked(requests: &[Request]) -> Vec<(String, Option<ModelSource>)> {
    let locate = |request: &Request| match request {
        Request::Send(Command::Locate { picture, by, .. }) => Some((picture.name.clone(), by.clone())),
        _ => None,
    };
    requests.iter().filter_map(locate).collect()
}

/// The job of the one command to locate among the requests.
#[track_caller]
fn locating(requests: &[Request]) -> JobId {
    let locate = |request: &Request| match request {
        Request::Send(Command::Locate { job, .. }) => Some(*job),
        _ => None,
    };
    let jobs: Vec<JobId> = requests.iter().filter_map(locate).collect();
    assert_eq!(jobs.len(), 1, "{requests:?}");
    jobs[0]
}

fn country(state: &State, side: Side) -> Option<String> {
    let (_, run) = state.selected()?.run_of(side)?;
    run.found.finding.answer.as_ref()?.country.clone()
}

fn answer(state: &State) -> String {
    state.selected().unwrap().found().unwrap().finding.answer.clone().unwrap().country.unwrap()
}

/// A window in which the model in use says Chile of the picture looked at, and the other is asked: by this job.
fn comparing() -> (State, JobId) {
    let mut state = ready();
    let first = drop_three(&mut state);
    state.apply(found(first, "Chile"));
    state.apply(Event::Done { job: first });
    for job in cancelled_jobs(&state.perform(Action::Cancel)) {
        state.apply(Event::Cancelled { job });
    }
    let requests = state.perform(Action::Compare(other()));
    assert_eq!(asked(&requests), [("a.jpg".to_owned(), Some(other()))], "what the model in use has said stands");
    (state, locating(&requests))
}

fn ready_and_found(state: &mut State, job: JobId, country: &str) -> Vec<Request> {
    let model = ModelSummary { name: "globe".to_owned(), ..summary(false) };
    state.apply(Event::ModelReady { job, model: Box::new(model) });
    state.apply(found(job, country));
    state.apply(Event::Done { job })
}

#[test]
fn what_both_models_find_stands_side_by_side_and_the_answer_stays() {
    let (mut state, job) = comparing();
    assert_eq!(state.running().map(|(entry, progress)| (entry.name.as_str(), progress.job)), Some(("a.jpg", job)));
    state.apply(Event::Pictures { job, news: PictureNews::Token("Bolivia, ".to_owned()) });
    assert_eq!(state.selected().unwrap().reasoning_of(Side::Other), "Bolivia, ");
    ready_and_found(&mut state, job, "Peru");
    assert_eq!(Side::BOTH.map(|side| country(&state, side)), [Some("Chile".to_owned()), Some("Peru".to_owned())]);
    assert_eq!((answer(&state).as_str(), state.selected().unwrap().answers()), ("Chile", Some(Side::InUse)));
    let entry = state.selected().unwrap();
    assert!(entry.found().unwrap().by_starter && !entry.beside().unwrap().1.found.by_starter);
    assert_eq!(state.comparison().unwrap().model.as_ref().unwrap().name, "globe");
    assert_eq!(*state.model(), ModelState::Ready(summary(true)), "the one in use is another");

    let requests = state.perform(Action::LeaveComparison);
    let given_back =
        |request: &Request| matches!(request, Request::Send(Command::Unload { only: Some(it), .. }) if *it == other());
    assert!(matches!(requests.as_slice(), [request] if given_back(request)), "{requests:?}");
    assert!(state.comparison().is_none() && state.selected().unwrap().beside().is_none());
    assert_eq!(answer(&state), "Chile");
}

#[test]
fn further_pictures_are_located_with_both_and_a_failure_leaves_the_other_whole() {
    let (mut state, job) = comparing();
    ready_and_found(&mut state, job, "Peru");
    assert_eq!(state.n_unlocated(), 1);
    let requests = state.perform(Action::LocateRest);
    assert_eq!(asked(&requests), [("c.jpg".to_owned(), None)]);
    assert_eq!(state.n_waiting(), 1);
    let failed = Event::Failed { job: locating(&requests), failure: failure() };
    let requests = state.apply(failed);
    assert_eq!(asked(&requests), [("c.jpg".to_owned(), Some(other()))]);
    ready_and_found(&mut state, locating(&requests), "Spain");
    state.perform(Action::SelectBy(2));
    let entry = state.selected().unwrap();
    assert_eq!(entry.work_of(Side::InUse), &Work::Failed(NotLocated::Failed(failure())));
    assert_eq!((country(&state, Side::InUse), country(&state, Side::Other)), (None, Some("Spain".to_owned())));
    assert_eq!(answer(&state), "Spain", "it is all that there is");
    assert_eq!(state.n_unlocated(), 1, "with the model in use");

    let requests = state.perform(Action::Locate(entry_key(&state)));
    assert_eq!((asked(&requests).len(), state.n_waiting()), (1, 1), "with both again");
    let cancelled = state.perform(Action::Cancel);
    assert_eq!(cancelled_jobs(&cancelled).len(), 1);
    let entry = state.selected().unwrap();
    assert!(Side::BOTH.iter().all(|side| *entry.work_of(*side) == Work::Cancelled) && !state.can_cancel());
}

fn entry_key(state: &State) -> PictureKey {
    state.selected().unwrap().key
}

#[test]
fn leaving_stops_the_other_model_alone() {
    let (mut state, job) = comparing();
    state.perform(Action::LocateRest);
    let requests = state.perform(Action::LeaveComparison);
    assert_eq!(cancelled_jobs(&requests), [job]);
    assert_eq!(asked(&requests), [("c.jpg".to_owned(), None)], "what waits for the model in use goes on");
    state.apply(found(job, "Peru"));
    state.apply(Event::Cancelled { job });
    assert_eq!((answer(&state).as_str(), state.n_waiting()), ("Chile", 0));
}

#[test]
fn a_model_that_opens_after_its_comparison_was_stopped_is_not_the_one_in_use() {
    for stop in [Action::Cancel, Action::LeaveComparison] {
        let (mut state, job) = comparing();
        let is_left = matches!(stop, Action::LeaveComparison);
        state.perform(stop);
        state.apply(model_ready(job, other()));
        state.apply(Event::Cancelled { job });
        assert_eq!(*state.model(), ModelState::Ready(summary(true)));
        let is_open = state.comparison().map(|comparison| comparison.is_open);
        assert_eq!(is_open, (!is_left).then_some(true), "its memory can be given back");
    }
}

#[test]
fn a_model_in_use_that_does_not_open_does_not_keep_the_other_from_answering() {
    let mut state = State::new(Settings::default());
    let loading = sent_job(&state.perform(Action::ChooseModel(ModelSource::Directory("/gone".into()))));
    state.perform(Action::Compare(other()));
    let opening = sent_job(&state.perform(Action::Open(vec![PictureSource::Path("a.jpg".into())])));
    state.apply(Event::Pictures { job: opening, news: opened(picture("a.jpg", 1)) });
    let requests = state.apply(Event::Failed { job: loading, failure: failure() });
    assert_eq!(asked(&requests), [("a.jpg".to_owned(), Some(other()))]);
    let entry = &state.entries()[0];
    assert_eq!(entry.work, Work::Failed(NotLocated::NoModel(NoModel::Failed(failure()))));
    ready_and_found(&mut state, locating(&requests), "Peru");
    assert_eq!(answer(&state), "Peru");
    assert!(matches!(state.model(), ModelState::Failed(_)));
}

#[test]
fn where_both_do_not_fit_one_gives_way_and_what_waits_for_the_same_goes_together() {
    let (mut state, job) = comparing();
    state.apply(Event::GaveWay { job });
    assert_eq!(*state.model(), ModelState::Unloaded { model: summary(true), why: Unloading::GaveWay });
    ready_and_found(&mut state, job, "Peru");
    assert!(state.is_idle(), "the other's memory can be given back");
    let mut order = asked(&state.perform(Action::Locate(entry_key(&state))));
    state.perform(Action::LocateRest);
    while let Some((_, progress)) = state.running() {
        let job = progress.job;
        if order.last().is_some_and(|(_, by)| by.is_none()) && !state.model().holds_memory() {
            state.apply(Event::GaveWay { job });
            state.apply(Event::ModelReady { job, model: Box::new(summary(true)) });
            assert!(!state.comparison().unwrap().is_open && state.model().holds_memory());
        }
        state.apply(found(job, "Chile"));
        order.extend(asked(&state.apply(Event::Done { job })));
    }
    let by = |name: &str, by: Option<ModelSource>| (name.to_owned(), by);
    let expected = [by("a.jpg", Some(other())), by("c.jpg", Some(other())), by("a.jpg", None), by("c.jpg", None)];
    assert_eq!(order, expected, "the one that is open goes first");
    let [Request::Send(Command::Unload { only: None, .. })] = state.perform(Action::Unload(None))[..] else {
        panic!("both are unloaded")
    };
    assert!(!state.comparison().unwrap().is_open);
}

#[test]
fn a_model_is_not_compared_with_itself() {
    let mut state = ready();
    assert!(state.perform(Action::Compare(ModelSource::Starter)).is_empty() && state.comparison().is_none());
    assert_eq!(state.notices()[0].remark, Remark::NotCompared);
    let (mut state, _) = comparing();
    state.perform(Action::ChooseModel(other()));
    assert!(state.comparison().is_none(), "it is the one in use now");
    let (mut state, job) = comparing();
    ready_and_found(&mut state, job, "Peru");
    assert!(state.comparison().unwrap().is_open);
    state.perform(Action::ChoosePrecision(crate::model::Precision::EightBits));
    assert!(!state.comparison().unwrap().is_open, "all are let go before one is opened in other bits");
    state.perform(Action::OpenSession(Box::default()));
    assert!(state.comparison().is_none(), "other pictures, and nothing to compare");
}

/// As above, by evidence that can be changed; the same of the other model.
fn comparing_by_evidence() -> State {
    let (mut state, _) = located();
    let job = locating(&state.perform(Action::Compare(other())));
    state.apply(Event::Pictures { job, news: arica() });
    state.apply(Event::Done { job });
    state
}

fn cities(state: &State) -> [String; 2] {
    let first = |side| state.selected().unwrap().run_of(side).unwrap().1.found.finding.candidates[0].city.clone();
    Side::BOTH.map(first)
}

/// Does all the rankings that are asked for.
fn rank_all(state: &mut State, requests: Vec<Request>) -> usize {
    let rankings: Vec<Request> =
        requests.into_iter().filter(|request| matches!(request, Request::Send(Command::Rank { .. }))).collect();
    for ranking in &rankings {
        rank(state, std::slice::from_ref(ranking));
    }
    rankings.len()
}

#[test]
fn what_the_user_says_of_the_answer_holds_for_both_and_is_undone_for_both() {
    let mut state = comparing_by_evidence();
    assert_eq!(cities(&state), ["Arica", "Arica"]);
    let asked = weigh(&mut state, "model_city", false, 0.5);
    assert_eq!(rank_all(&mut state, asked), 2);
    assert_eq!(cities(&state), ["Santiago", "Santiago"]);
    let asked = state.perform(Action::Undo);
    assert_eq!(rank_all(&mut state, asked), 2);
    assert_eq!(cities(&state), ["Arica", "Arica"]);
    let key = entry_key(&state);
    let again = locating(&state.perform(Action::Locate(key)));
    weigh(&mut state, "model_city", false, 0.5);
    let asked = state.apply(Event::Pictures { job: again, news: arica() });
    rank_all(&mut state, asked);
    assert_eq!(cities(&state)[0], "Santiago", "a struck piece stays struck when it is located again");
}

#[test]
fn the_others_finding_is_taken_as_the_answer_undone_and_kept_in_the_session() {
    let mut state = comparing_by_evidence();
    let answers = |state: &State| state.selected().unwrap().answers();
    state.perform(Action::TakeAnswer(Side::Other));
    assert_eq!(answers(&state), Some(Side::Other));
    state.perform(Action::Undo);
    assert_eq!(answers(&state), Some(Side::InUse));
    let kept = state.session();
    assert_eq!((kept.pictures[0].answer, kept.pictures[0].runs.len()), (Some(0), 2), "the last run is not the answer");
    assert_eq!(kept.pictures[0].runs[0].seconds, Some(1.0));
    let read: Session = serde_json::from_str(&serde_json::to_string(&kept).unwrap()).unwrap();
    let mut again = State::new(Settings::default());
    again.perform(Action::OpenSession(Box::new(read)));
    assert_eq!(again.entries()[0].answer().map(|(number, _)| number), Some(0));

    state.perform(Action::Redo);
    assert_eq!(answers(&state), Some(Side::Other));
    let asked = weigh(&mut state, "model_city", false, 0.5);
    assert_eq!(rank_all(&mut state, asked), 2);
    assert_eq!(cities(&state), ["Santiago", "Santiago"]);
    assert_eq!(state.session().pictures[0].answer, None);
}
