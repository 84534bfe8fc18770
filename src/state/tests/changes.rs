//! What would change the places is asked for once a ranking, and only of the picture that is looked at.

use super::{
    ranking::{located, rank, weigh},
    *,
};
use crate::{
    knowledge::clues::{ClueRecord, Clues, shipped},
    predict::{Finding, Weighing, change::Change},
};

type Asked = (JobId, Arc<Finding>, Arc<Weighing>, Arc<Clues>);

fn asked(requests: &[Request]) -> Vec<Asked> {
    let asked = |request: &Request| match request {
        Request::Send(Command::Change { job, finding, weighing, clues }) => {
            Some((*job, Arc::clone(finding), Arc::clone(weighing), Arc::clone(clues)))
        }
        _ => None,
    };
    requests.iter().filter_map(asked).collect()
}

fn changes(state: &State) -> Vec<bool> {
    let found = state.selected().unwrap().found().unwrap();
    found.finding.candidates.iter().map(|candidate| candidate.change.is_some()).collect()
}

fn say(state: &mut State, job: JobId, at: usize) {
    state.apply(Event::Pictures { job, news: PictureNews::Change { at, change: Change::default() } });
}

#[test]
fn it_is_asked_for_once_and_again_when_the_places_are_ranked_anew() {
    let (mut state, requests) = located();
    let [(job, finding, ..)] = asked(&requests).try_into().unwrap();
    assert!(Arc::ptr_eq(&finding, &state.selected().unwrap().found().unwrap().finding));
    assert!(asked(&state.perform(Action::SelectBy(0))).is_empty(), "once is enough");
    let surface = Arc::clone(&state.selected().unwrap().found().unwrap().surface);
    say(&mut state, job, 1);
    say(&mut state, job, 1000);
    assert_eq!(changes(&state)[..3], [false, true, false]);
    let after = state.selected().unwrap().found().unwrap();
    assert!(Arc::ptr_eq(&surface, &after.surface), "the map need not be drawn or fitted anew");
    assert!(asked(&state.apply(Event::Done { job })).is_empty());

    let struck = weigh(&mut state, "model_city", false, 0.5);
    assert_eq!((cancelled_jobs(&struck), asked(&struck).len()), (vec![job], 0), "the places are about to be others");
    say(&mut state, job, 0);
    let requests = rank(&mut state, &struck);
    assert!(!changes(&state).contains(&true), "what comes late is of other places");
    let [(again, ..)] = asked(&requests).try_into().unwrap();
    assert_ne!(again, job);
    state.apply(Event::Failed { job: again, failure: Arc::new(Failure::Misdirected) });
    assert!(asked(&state.perform(Action::SelectBy(0))).is_empty(), "what failed is not tried for ever");
}

#[test]
fn of_a_picture_that_is_looked_at_no_longer_it_is_not_waited_for() {
    let (mut state, requests) = located();
    let [(first, ..)] = asked(&requests).try_into().unwrap();
    let opening = sent_job(&state.perform(Action::Open(vec![PictureSource::Path("b.jpg".into())])));
    let requests = state.apply(Event::Pictures { job: opening, news: opened(picture("b.jpg", 2)) });
    assert_eq!(cancelled_jobs(&requests), [first]);
    let [(again, ..)] = asked(&state.perform(Action::SelectBy(-1))).try_into().unwrap();
    (0..changes(&state).len()).for_each(|at| say(&mut state, again, at));
    assert!(cancelled_jobs(&state.perform(Action::SelectBy(1))).is_empty(), "it has come");
    assert!(asked(&state.perform(Action::SelectBy(-1))).is_empty(), "it is known");
}

#[test]
fn clues_of_the_users_own_are_a_reason_to_ask_again() {
    let (mut state, requests) = located();
    let [(job, .., clues)] = asked(&requests).try_into().unwrap();
    let own = ClueRecord { id: "own-kiosk".to_owned(), ..shipped()[0].clone() };
    let requests = state.perform(Action::PutClue(Box::new(own)));
    let [(.., with_own)] = asked(&requests).try_into().unwrap();
    assert_eq!(cancelled_jobs(&requests), [job]);
    assert!(clues.record("own-kiosk").is_none() && with_own.record("own-kiosk").is_some());
}

#[test]
fn what_is_known_is_kept_with_the_session() {
    let (mut state, requests) = located();
    let job = asked(&requests)[0].0;
    (0..changes(&state).len()).for_each(|at| say(&mut state, job, at));
    let text = serde_json::to_string(&state.session()).unwrap();
    let mut again = ready();
    let requests = again.perform(Action::OpenSession(serde_json::from_str(&text).unwrap()));
    assert!(!changes(&again).contains(&false) && asked(&requests).is_empty());
}
