//! Evidence is struck and taken back: what is shown fits together at every moment, and the last wish wins.

use super::*;
use crate::{
    geo::{LatLon, Surface},
    predict::{
        Weighing,
        evidence::{Heard, MetadataHeard, gather},
    },
};

/// A window with one picture that was located by evidence; what was asked of the engine then.
pub(super) fn located() -> (State, Vec<Request>) {
    let mut state = ready();
    let opening = sent_job(&state.perform(Action::Open(vec![PictureSource::Path("a.jpg".into())])));
    let open = Arc::new(Picture { path: Some("a.jpg".into()), ..Picture::clone(&picture("a.jpg", 1)) });
    let job = sent_job(&state.apply(Event::Pictures { job: opening, news: opened(open) }));
    state.apply(Event::Done { job: opening });
    let requests = state.apply(Event::Pictures { job, news: arica() });
    state.apply(Event::Done { job });
    (state, requests)
}

/// What is found of a picture by evidence.
pub(super) fn arica() -> PictureNews {
    let answer = Answer { country: Some("Chile".to_owned()), city: Some("Arica".to_owned()), reasons: Vec::new() };
    let scores = [("CL".parse().unwrap(), -0.5), ("PE".parse().unwrap(), -1.0)];
    let metadata = MetadataHeard { gps: LatLon::new(-33.4, -70.6), ..MetadataHeard::default() };
    let heard = Heard { model: "m", answer: &answer, country_scores: &scores, metadata: &metadata, is_trusted: false };
    let pieces = gather(&heard).0;
    let text = serde_json::json!({ "pieces": pieces, "is_trusted": true, "n_before": 0, "n_after": 0 });
    let weighing: Arc<Weighing> = Arc::new(serde_json::from_value(text).unwrap());
    let evidence = weighing.pieces.iter().map(|piece| piece.evidence.clone()).collect();
    let (finding, surface) = weighing.ranked(&Finding { evidence, ..finding("Chile") });
    let (finding, surface) = (Box::new(finding), Arc::new(surface));
    PictureNews::Found { finding, surface, weighing: Some(weighing), seconds: 1.0 }
}

pub(super) fn weigh(state: &mut State, id: &str, on: bool, strength: f64) -> Vec<Request> {
    let key = state.selected().unwrap().key;
    state.perform(Action::Weigh { key, id: id.to_owned(), on, strength })
}

/// Whether a ranking is among the requests.
pub(super) fn asks_to_rank(requests: &[Request]) -> bool {
    requests.iter().any(|request| matches!(request, Request::Send(Command::Rank { .. })))
}

/// Does what the ranking thread does with the one command to rank among the requests; what is asked of it then.
#[track_caller]
pub(super) fn rank(state: &mut State, requests: &[Request]) -> Vec<Request> {
    let command = requests.iter().find_map(|request| match request {
        Request::Send(Command::Rank { job, finding, weighing }) => Some((*job, finding, weighing)),
        _ => None,
    });
    let Some((job, finding, weighing)) = command else { panic!("{requests:?}") };
    let (finding, surface) = weighing.ranked(finding);
    let news = PictureNews::Ranked { finding: Box::new(finding), surface: Arc::new(surface) };
    let requests = state.apply(Event::Pictures { job, news });
    state.apply(Event::Done { job });
    requests
}

fn first(state: &State) -> &str {
    let found = state.selected().unwrap().found().unwrap();
    found.finding.candidates.first().map_or("", |first| &first.city)
}

fn surface(state: &State) -> Surface {
    Surface::clone(&state.selected().unwrap().found().unwrap().surface)
}

fn is_on(state: &State, id: &str) -> bool {
    let (_, run) = state.selected().unwrap().answer().unwrap();
    run.evidence().iter().find(|piece| piece.id == id).unwrap().on
}

#[test]
fn a_strike_changes_the_places_and_is_undone_and_done_again() {
    let (mut state, _) = located();
    let before = (surface(&state), state.selected().unwrap().found().unwrap().finding.clone());
    assert_eq!(first(&state), "Arica");
    let asked = weigh(&mut state, "model_city", false, 0.5);
    assert!(!is_on(&state, "model_city"), "the switch obeys at once");
    assert!(state.selected().unwrap().found().unwrap().finding.evidence.iter().all(|piece| piece.on));
    assert_eq!(first(&state), "Arica", "the places wait for the ranking");
    rank(&mut state, &asked);
    assert_eq!(first(&state), "Santiago");
    assert!(!state.selected().unwrap().answer().unwrap().1.is_ranking());

    let asked = state.perform(Action::Undo);
    rank(&mut state, &asked);
    let found = state.selected().unwrap().found().unwrap();
    assert_eq!((Surface::clone(&found.surface), found.finding.clone()), before, "to the bit");
    let asked = state.perform(Action::Redo);
    rank(&mut state, &asked);
    assert!(first(&state) == "Santiago" && !is_on(&state, "model_city"));
}

#[test]
fn of_several_strikes_the_last_one_wins_and_what_comes_late_changes_nothing() {
    let (mut state, _) = located();
    let one = weigh(&mut state, "model_city", false, 0.5);
    let two = weigh(&mut state, "model_countries", false, 0.99);
    assert_eq!(cancelled_jobs(&two).len(), 1, "the first ranking is not wanted any more");
    rank(&mut state, &one);
    assert_eq!(first(&state), "Arica");
    rank(&mut state, &two);
    assert!(!is_on(&state, "model_city") && !is_on(&state, "model_countries"));
    assert_ne!(first(&state), "Arica");

    let back = weigh(&mut state, "model_city", true, 0.5);
    let nothing = weigh(&mut state, "model_city", false, 0.5);
    assert_eq!(cancelled_jobs(&nothing), [sent_job(&back)]);
    assert!(!asks_to_rank(&nothing), "it is as it stands");
}

#[test]
fn what_cannot_be_struck_stays_and_the_same_again_is_no_edit() {
    let (mut state, _) = located();
    for (id, on, strength) in [("prior", false, 1.0), ("nobody", false, 1.0), ("model_city", true, 0.5)] {
        assert!(weigh(&mut state, id, on, strength).is_empty(), "{id}");
    }
    let key = state.selected().unwrap().key;
    state.perform(Action::Undo);
    assert!(state.entries().iter().all(|entry| entry.key != key), "the last edit was to open it");
}

#[test]
fn a_ranking_that_fails_leaves_what_was_found_and_its_switches() {
    let (mut state, _) = located();
    let job = sent_job(&weigh(&mut state, "model_city", false, 0.5));
    state.apply(Event::Failed { job, failure: failure() });
    assert!(is_on(&state, "model_city") && first(&state) == "Arica");
    assert_eq!(state.notices()[0].remark, Remark::NotRanked(failure()));
}

#[test]
fn a_ranking_that_was_not_taken_is_asked_for_again_when_another_has_ended() {
    let (mut state, _) = located();
    let asked = weigh(&mut state, "model_city", false, 0.5);
    let requests = state.perform(Action::NotSent(sent_job(&asked), Busy));
    assert!(requests.is_empty() && state.perform(Action::SelectBy(0)).is_empty(), "not for ever and ever");
    assert!(!is_on(&state, "model_city") && state.selected().unwrap().is_ranking() && state.notices().is_empty());
    let [other] = cancelled_jobs(&asked)[..] else { panic!("{asked:?}") };
    let asked = state.apply(Event::Cancelled { job: other });
    rank(&mut state, &asked);
    assert_eq!(first(&state), "Santiago");
}

#[test]
fn strikes_come_back_with_the_session_and_can_be_taken_back() {
    let (mut state, _) = located();
    let asked = weigh(&mut state, "model_city", false, 0.5);
    rank(&mut state, &asked);
    let text = serde_json::to_string(&state.session()).unwrap();
    let mut state = ready();
    state.perform(Action::OpenSession(serde_json::from_str(&text).unwrap()));
    assert!(first(&state) == "Santiago" && !is_on(&state, "model_city"));
    let asked = weigh(&mut state, "model_city", true, 0.5);
    rank(&mut state, &asked);
    assert_eq!(first(&state), "Arica");
}

#[test]
fn a_session_without_pieces_still_reads_and_nothing_in_it_can_be_struck() {
    let (state, _) = located();
    let mut session = serde_json::to_value(state.session()).unwrap();
    session["pictures"][0]["runs"][0].as_object_mut().unwrap().remove("weighing").unwrap();
    let mut old = ready();
    old.perform(Action::OpenSession(serde_json::from_value(session.clone()).unwrap()));
    assert_eq!(first(&old), "Arica");
    assert!(weigh(&mut old, "model_city", false, 0.5).is_empty());

    let mut wrong = serde_json::to_value(state.session()).unwrap();
    wrong["pictures"][0]["runs"][0]["weighing"]["pieces"][1]["evidence"]["strength"] = 9e9.into();
    let mut state = ready();
    state.perform(Action::OpenSession(serde_json::from_value(wrong).unwrap()));
    assert!(weigh(&mut state, "model_city", false, 0.5).is_empty(), "what a file says wrongly is not weighed");
}
