//! What is said of a picture before it is located, of all pictures at once, and what holds when one is located anew.

use super::{
    ranking::{arica, asks_to_rank, rank, weigh},
    *,
};
use crate::{
    geo::LatLon,
    geo::Region,
    predict::{area::area_piece, finding::Evidence, statement::Area},
};

/// A window with pictures that wait for the engine; the job of the first of them.
fn unlocated(names: &[&str]) -> (State, JobId) {
    let mut state = ready();
    let sources = names.iter().map(|name| PictureSource::Path((*name).into())).collect();
    let opening = sent_job(&state.perform(Action::Open(sources)));
    let mut jobs = Vec::new();
    for (shade, name) in (1..).zip(names) {
        let open = Arc::new(Picture { path: Some((*name).into()), ..Picture::clone(&picture(name, shade)) });
        jobs.extend(state.apply(Event::Pictures { job: opening, news: opened(open) }));
    }
    state.apply(Event::Done { job: opening });
    (state, sent_job(&jobs))
}

/// Around Lima, far from Arica.
fn add_lima(state: &mut State) -> Vec<Request> {
    let region = Region::around(LatLon::new(-12.05, -77.04).unwrap(), 300.0).unwrap();
    let key = state.selected().unwrap().key;
    state.perform(Action::AddPiece(key, Box::new(area_piece(Area::Drawn(region), true))))
}

fn locate(state: &mut State, job: JobId) -> Vec<Request> {
    let asked = state.apply(Event::Pictures { job, news: arica() });
    state.apply(Event::Done { job });
    asked
}

fn locate_anew(state: &mut State) -> Vec<Request> {
    let key = state.selected().unwrap().key;
    let job = sent_job(&state.perform(Action::Locate(key)));
    locate(state, job)
}

fn evidence<'s>(state: &'s State, id: &str) -> &'s Evidence {
    state.selected().unwrap().evidence().iter().find(|piece| piece.id == id).unwrap()
}

fn first(state: &State) -> &str {
    &state.selected().unwrap().found().unwrap().finding.candidates[0].city
}

const LIMA: &str = "own-region-1";

#[test]
fn an_area_waits_for_the_first_run_and_is_weighed_with_it() {
    let (mut state, job) = unlocated(&["a.jpg"]);
    assert!(add_lima(&mut state).is_empty(), "there is nothing to rank yet");
    assert!(evidence(&state, LIMA).on && state.selected().unwrap().own().len() == 1);
    let asked = locate(&mut state, job);
    assert_eq!(first(&state), "Arica", "what was found stands until it is weighed");
    rank(&mut state, &asked);
    assert_eq!((first(&state), state.selected().unwrap().own().len()), ("Lima", 1));
    let asked = state.perform(Action::Undo);
    rank(&mut state, &asked);
    assert_eq!((first(&state), state.selected().unwrap().own().len()), ("Arica", 0));
    let asked = state.perform(Action::Redo);
    rank(&mut state, &asked);
    assert_eq!(first(&state), "Lima");
}

#[test]
fn what_is_said_early_is_struck_weakened_undone_and_kept_in_the_session() {
    let (mut state, _) = unlocated(&["a.jpg"]);
    add_lima(&mut state);
    state.perform(Action::Undo);
    assert!(state.selected().unwrap().evidence().is_empty() && state.selected().unwrap().own().is_empty());
    state.perform(Action::Redo);
    weigh(&mut state, LIMA, true, 0.4);
    weigh(&mut state, LIMA, false, 0.4);
    state.perform(Action::Undo);
    assert_eq!((evidence(&state, LIMA).on, evidence(&state, LIMA).strength), (true, 0.4));

    let text = serde_json::to_string(&state.session()).unwrap();
    let mut state = ready();
    let opening = sent_job(&state.perform(Action::OpenSession(serde_json::from_str(&text).unwrap())));
    let open = Arc::new(Picture { path: Some("a.jpg".into()), ..Picture::clone(&picture("a.jpg", 1)) });
    state.apply(Event::Pictures { job: opening, news: opened(open) });
    state.apply(Event::Done { job: opening });
    assert_eq!(evidence(&state, LIMA).strength, 0.4);
    let asked = locate_anew(&mut state);
    rank(&mut state, &asked);
    let lima = evidence(&state, LIMA);
    assert_eq!((lima.on, lima.strength), (true, 0.4), "the strength is the one that was set");
    assert_eq!(state.selected().unwrap().weighing().unwrap().own_strength(LIMA), Some(1.0));

    let wrong = text.replace("\"strength\":1.0", "\"strength\":9.0");
    assert_ne!(wrong, text);
    let mut state = ready();
    state.perform(Action::OpenSession(serde_json::from_str(&wrong).unwrap()));
    assert!(state.selected().unwrap().evidence().is_empty(), "what a file says wrongly is not weighed");
}

#[test]
fn switches_and_strengths_hold_when_a_picture_is_located_anew() {
    let (mut state, job) = unlocated(&["a.jpg"]);
    locate(&mut state, job);
    let asked = add_lima(&mut state);
    rank(&mut state, &asked);
    for (id, on, strength) in [(LIMA, false, 1.0), ("model_city", true, 0.25), ("model_countries", false, 0.99)] {
        let asked = weigh(&mut state, id, on, strength);
        rank(&mut state, &asked);
    }
    let asked = locate_anew(&mut state);
    rank(&mut state, &asked);
    let set = |id: &str| (evidence(&state, id).on, evidence(&state, id).strength);
    assert_eq!([set(LIMA), set("model_city"), set("model_countries")], [(false, 1.0), (true, 0.25), (false, 0.99)]);
    let finding = &state.selected().unwrap().found().unwrap().finding;
    assert_eq!(finding.probability_kind, ProbabilityKind::Edited);
    assert_eq!(state.selected().unwrap().runs.len(), 2);
}

#[test]
fn located_anew_without_an_edit_nothing_is_ranked_again() {
    let (mut state, job) = unlocated(&["a.jpg"]);
    locate(&mut state, job);
    assert!(!asks_to_rank(&locate_anew(&mut state)));
}

/// A window with so many pictures that were located by evidence; the first is looked at.
fn all_located(n: usize) -> State {
    let names: Vec<String> = (0..n).map(|n| format!("{n}.jpg")).collect();
    let (mut state, mut job) = unlocated(&names.iter().map(String::as_str).collect::<Vec<_>>());
    loop {
        state.apply(Event::Pictures { job, news: arica() });
        match state.apply(Event::Done { job })[..] {
            [Request::Send(Command::Locate { job: next, .. })] => job = next,
            _ => return state,
        }
    }
}

#[test]
fn an_area_for_many_pictures_is_ranked_a_few_at_a_time_and_none_goes_without() {
    let n = 20;
    let mut state = all_located(n);
    let asked = add_lima(&mut state);
    rank(&mut state, &asked);
    let is_rank = |request: &Request| matches!(request, Request::Send(Command::Rank { .. }));
    let mut asked: Vec<Request> = state.perform(Action::SharePiece(LIMA.to_owned()));
    asked.retain(is_rank);
    assert!(state.entries().iter().all(|entry| entry.own().len() == 1));
    assert!(asked.len() > 1 && asked.len() < n / 2, "{}", asked.len());
    assert!(!asks_to_rank(&weigh(&mut state, "model_city", false, 0.5)), "the thread has enough");
    let (most, mut n_ranked) = (asked.len(), 0);
    while let Some(next) = asked.pop() {
        let requests = rank(&mut state, &[next]);
        asked.extend(requests.into_iter().filter(is_rank));
        assert!(asked.len() <= most);
        n_ranked += 1;
        if n_ranked == 1 {
            let looked_at = &state.selected().unwrap().answer().unwrap().1;
            let Some(Request::Send(Command::Rank { finding, .. })) = asked.last() else { panic!("{asked:?}") };
            assert_eq!(finding.evidence, looked_at.evidence(), "the picture looked at goes first");
        }
    }
    assert_eq!(n_ranked, n);
    let is_lima = |entry: &Entry| !entry.is_ranking() && entry.found().unwrap().finding.candidates[0].city == "Lima";
    assert!(state.entries().iter().all(is_lima));
}

#[test]
fn evidence_that_comes_late_is_of_the_picture_that_it_was_meant_for() {
    let (mut state, _) = unlocated(&["a.jpg", "b.jpg"]);
    let region = Region::around(LatLon::new(-12.05, -77.04).unwrap(), 300.0).unwrap();
    let lima = Box::new(area_piece(Area::Drawn(region), true));
    let keys = [0, 1].map(|at: usize| state.entries()[at].key);
    state.perform(Action::SelectBy(1));
    state.perform(Action::AddPiece(keys[0], lima.clone()));
    let n_own = |state: &State| state.entries().iter().map(|entry| entry.own().len()).collect::<Vec<_>>();
    assert_eq!((n_own(&state), state.selected().unwrap().key), (vec![1, 0], keys[1]));
    state.perform(Action::Undo);
    assert_eq!((n_own(&state), state.selected().unwrap().key), (vec![0, 0], keys[0]), "what is undone is shown");
    state.perform(Action::Remove(keys[0]));
    state.perform(Action::AddPiece(keys[0], lima));
    assert_eq!(n_own(&state), [0], "a picture that has gone has no evidence");
}

#[test]
fn an_area_is_used_for_all_pictures_and_that_is_one_edit() {
    let (mut state, job) = unlocated(&["a.jpg", "b.jpg", "c.jpg"]);
    let asked = state.apply(Event::Pictures { job, news: arica() });
    assert!(!asks_to_rank(&asked));
    add_lima(&mut state);
    weigh(&mut state, LIMA, true, 0.7);
    let keys: Vec<PictureKey> = state.entries().iter().map(|entry| entry.key).collect();
    state.perform(Action::Select(keys[1]));
    add_lima(&mut state);
    state.perform(Action::Select(keys[0]));

    state.perform(Action::SharePiece(LIMA.to_owned()));
    let n_own = |state: &State| state.entries().iter().map(|entry| entry.own().len()).collect::<Vec<_>>();
    assert_eq!(n_own(&state), [1, 1, 1], "who has it already is left alone");
    assert_eq!(state.entries()[2].own()[0].evidence.strength, 0.7);
    assert_eq!(state.selected().unwrap().key, keys[0]);
    state.perform(Action::SharePiece(LIMA.to_owned()));
    state.perform(Action::Undo);
    assert_eq!(n_own(&state), [1, 1, 0], "to share it again is no edit");
    state.perform(Action::Redo);
    assert_eq!(n_own(&state), [1, 1, 1]);
}
