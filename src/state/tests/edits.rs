//! What the user does to a case is undone and done again, and a session comes back.

use super::*;
use crate::geo::{Cell, LatLon};

fn names(state: &State) -> Vec<&str> {
    state.entries().iter().map(|entry| entry.name.as_str()).collect()
}

#[test]
fn what_was_taken_out_comes_back_to_its_place_with_what_was_found() {
    let mut state = ready();
    let job = drop_three(&mut state);
    state.apply(found(job, "Chile"));
    state.apply(Event::Done { job });
    let key = state.entries()[0].key;
    state.perform(Action::Remove(key));
    assert_eq!(names(&state), ["b.txt", "c.jpg"]);
    state.perform(Action::Undo);
    assert_eq!((names(&state), state.selected().unwrap().key), (vec!["a.jpg", "b.txt", "c.jpg"], key));
    assert!(state.entries()[0].found().is_some());
    assert!(state.can_redo());
    state.perform(Action::Redo);
    assert_eq!(names(&state), ["b.txt", "c.jpg"]);
    state.perform(Action::Undo);
    assert_eq!(names(&state).len(), 3, "what was done again is undone again");
}

#[test]
fn pictures_that_were_opened_together_go_together_and_no_more_come() {
    let mut state = ready();
    drop_three(&mut state);
    let opening = sent_job(&state.perform(Action::Open(vec![PictureSource::Path("more".into())])));
    state.apply(Event::Pictures { job: opening, news: opened(picture("d.jpg", 4)) });
    assert_eq!(cancelled_jobs(&state.perform(Action::Undo)), [opening], "the folder is not read to its end");
    state.apply(Event::Pictures { job: opening, news: opened(picture("e.jpg", 5)) });
    assert_eq!(names(&state), ["a.jpg", "b.txt", "c.jpg"]);
    state.perform(Action::Undo);
    assert!(state.entries().is_empty() && !state.can_undo());
    state.perform(Action::Redo);
    state.perform(Action::Redo);
    assert_eq!(names(&state), ["a.jpg", "b.txt", "c.jpg", "d.jpg"]);
}

#[test]
fn a_choice_is_undone_and_another_edit_ends_what_can_be_done_again() {
    let mut state = ready();
    drop_three(&mut state);
    state.perform(Action::ChooseCandidate(3));
    state.perform(Action::ChooseCandidate(3));
    state.perform(Action::Undo);
    assert_eq!(state.selected().unwrap().chosen_rank, 1, "the same again is no edit");
    state.perform(Action::ChooseCandidate(2));
    assert!(!state.can_redo());
    state.perform(Action::SelectBy(1));
    state.perform(Action::Undo);
    assert_eq!(state.entries()[0].chosen_rank, 1, "looking is no edit");
}

#[test]
fn edits_can_be_kept_as_text() {
    let edits = [
        Edit::Pictures(PicturesEdit::Restore(vec![(PictureKey(3), 0)])),
        Edit::Dataset(DatasetEdit::Check { file: "a.sqlite".into(), ids: vec![1, 2], checked: true }),
    ];
    let text = serde_json::to_string(&edits).unwrap();
    assert_eq!(serde_json::from_str::<[Edit; 2]>(&text).unwrap(), edits);
}

/// A window with two located pictures that have files; the second is looked at, and its second candidate.
fn two_with_files() -> State {
    let mut state = ready();
    for (name, shade) in [("a.jpg", 1), ("b.jpg", 2)] {
        let opening = sent_job(&state.perform(Action::Open(vec![PictureSource::Path(name.into())])));
        let open = Arc::new(Picture { path: Some(name.into()), ..Picture::clone(&picture(name, shade)) });
        let job = sent_job(&state.apply(Event::Pictures { job: opening, news: opened(open) }));
        state.apply(Event::Done { job: opening });
        state.apply(found(job, "Chile"));
        state.apply(Event::Done { job });
    }
    state.perform(Action::ChooseCandidate(2));
    state
}

#[test]
fn a_session_comes_back_and_nothing_is_located_anew() {
    let session = two_with_files().session();
    let text = serde_json::to_string(&session).unwrap();
    let mut state = ready();
    let opening = sent_job(&state.perform(Action::OpenSession(serde_json::from_str(&text).unwrap())));
    assert_eq!(names(&state), ["a.jpg", "b.jpg"]);
    let looked_at = state.selected().unwrap();
    assert_eq!((looked_at.name.as_str(), looked_at.chosen_rank), ("b.jpg", 2));
    assert_eq!(looked_at.found().unwrap().finding.answer, finding("Chile").answer);

    let open = Arc::new(Picture { path: Some("a.jpg".into()), ..Picture::clone(&picture("a.jpg", 1)) });
    assert!(state.apply(Event::Pictures { job: opening, news: opened(open) }).is_empty());
    assert!(state.entries()[0].picture.is_ok() && state.notices().is_empty());
    let gone = PictureNews::Failed { name: "b.jpg".to_owned(), path: Some("b.jpg".into()), failure: failure() };
    state.apply(Event::Pictures { job: opening, news: gone });
    state.apply(Event::Done { job: opening });
    assert_eq!(state.entries()[1].picture.as_ref().unwrap_err(), &NotOpen::Failed(failure()));
    assert!(state.entries()[1].found().is_some(), "what was found stays");
    assert_eq!(state.session(), session, "and is kept again");
}

#[test]
fn a_picture_that_could_not_be_opened_stays_in_its_session() {
    let mut state = ready();
    let opening = sent_job(&state.perform(Action::Open(vec![PictureSource::Path("gone.jpg".into())])));
    let gone = PictureNews::Failed { name: "gone.jpg".to_owned(), path: Some("gone.jpg".into()), failure: failure() };
    state.apply(Event::Pictures { job: opening, news: gone });
    state.apply(Event::Done { job: opening });
    let session = state.session();
    assert_eq!(session.pictures.len(), 1);
    let mut again = ready();
    again.perform(Action::OpenSession(Box::new(session)));
    assert_eq!(names(&again), ["gone.jpg"]);
}

#[test]
fn the_cells_of_a_surface_come_back_as_small_as_they_were() {
    let mut state = two_with_files();
    let lyon = LatLon::new(45.75, 4.85).unwrap();
    let wide = Cell::containing(LatLon::new(0.0, 20.0).unwrap()).unwrap();
    let small: Vec<Cell> = Cell::containing(lyon).unwrap().parts().flat_map(Cell::parts).collect();
    let cells = small.iter().map(|cell| (*cell, 0.01)).chain([(wide, 0.5)]);
    let surface = Surface::from_weights(cells);
    let mut session = state.session();
    let kept = |surface: &Surface| surface.cells.iter().map(|(cell, _)| *cell).collect::<Vec<_>>();
    let run = &mut session.pictures[1].runs[0];
    run.cells = surface.cells.iter().map(|(cell, p)| [cell.centre().lat, cell.centre().lon, f64::from(*p)]).collect();
    run.sizes = surface.cells.iter().map(|(cell, _)| cell.size()).collect();
    state.perform(Action::OpenSession(Box::new(session.clone())));
    let found = state.entries()[1].found().unwrap();
    assert_eq!(kept(&found.surface), kept(&surface));
    assert_eq!(state.session().pictures[1].runs[0].sizes, session.pictures[1].runs[0].sizes, "and are kept again");
    session.pictures[1].runs[0].sizes.clear();
    state.perform(Action::OpenSession(Box::new(session)));
    let wide = state.entries()[1].found().unwrap().surface.cells.len();
    assert!(wide < small.len() / 2, "of an earlier version they are wide: {wide}");
}

#[test]
fn a_file_that_changed_since_is_said() {
    let session = two_with_files().session();
    let mut state = ready();
    let opening = sent_job(&state.perform(Action::OpenSession(Box::new(session))));
    let other = Arc::new(Picture { path: Some("a.jpg".into()), ..Picture::clone(&picture("a.jpg", 9)) });
    state.apply(Event::Pictures { job: opening, news: opened(other) });
    assert_eq!(state.notices()[0].remark, Remark::HasChanged("a.jpg".to_owned()));
    state.perform(Action::Cancel);
    assert_eq!(state.entries()[1].picture.as_ref().unwrap_err(), &NotOpen::NotReturned);
}

#[test]
fn what_a_later_version_has_added_is_carried_along() {
    let text = r#"{"version":1,"pictures":[],"hints":["not Russia"]}"#;
    let session: Session = serde_json::from_str(text).unwrap();
    assert_eq!(session.rest["hints"][0], "not Russia");
    assert!(serde_json::to_string(&session).unwrap().contains("not Russia"));
}
