//! What the user does to a case is undone and done again, and a session comes back.

use super::*;

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

/// Three pictures, of which the first was located: its key, and whether what was found of it is still held.
fn located(state: &mut State) -> (PictureKey, impl Fn() -> bool + use<>) {
    let job = drop_three(state);
    state.apply(found(job, "Chile"));
    state.apply(Event::Done { job });
    let entry = &state.entries()[0];
    let finding = Arc::downgrade(&entry.found().unwrap().finding);
    (entry.key, move || finding.upgrade().is_some())
}

#[test]
fn a_picture_that_was_taken_out_is_let_go_when_nothing_brings_it_back() {
    let mut state = ready();
    let (key, is_held) = located(&mut state);
    state.perform(Action::Remove(key));
    for edit in 1..200 {
        state.perform(Action::ChooseCandidate(2 + edit % 2));
    }
    assert!(is_held(), "its removal can still be undone");
    state.perform(Action::ChooseCandidate(2));
    assert!(!is_held());
    while state.can_undo() {
        state.perform(Action::Undo);
    }
    assert_eq!(names(&state), ["b.txt", "c.jpg"]);
}

#[test]
fn what_could_be_done_again_is_let_go_with_the_next_edit() {
    let mut state = ready();
    let (_, is_held) = located(&mut state);
    state.perform(Action::Undo);
    assert!(state.entries().is_empty() && is_held(), "it can be opened again");
    let opening = sent_job(&state.perform(Action::Open(vec![PictureSource::Path("more".into())])));
    state.apply(Event::Pictures { job: opening, news: opened(picture("d.jpg", 4)) });
    assert!(!state.can_redo() && !is_held());
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
fn what_was_still_being_opened_does_not_come_into_another_session() {
    let mut state = ready();
    let opening = sent_job(&state.perform(Action::Open(vec![PictureSource::Path("folder".into())])));
    state.apply(Event::Pictures { job: opening, news: opened(picture("a.jpg", 1)) });
    let requests = state.perform(Action::OpenSession(Box::new(two_with_files().session())));
    assert!(cancelled_jobs(&requests).contains(&opening), "{requests:?}");
    let returning = sent_job(&requests);
    assert!(state.apply(Event::Pictures { job: opening, news: opened(picture("c.jpg", 3)) }).is_empty());
    assert_eq!(names(&state), ["a.jpg", "b.jpg"]);

    let requests = state.perform(Action::OpenSession(Box::default()));
    assert_eq!(cancelled_jobs(&requests), [returning], "the files of the next session do not wait for these");
    state.apply(Event::Pictures { job: returning, news: opened(in_file("a.jpg", "a.jpg", 1)) });
    assert!(state.entries().is_empty() && state.openings().is_empty() && state.session().pictures.is_empty());
    state.perform(Action::Undo);
    assert_eq!(state.entries()[0].picture.as_ref().unwrap_err(), &NotOpen::NotReturned);
}

/// A picture that lies in this file.
fn in_file(name: &str, path: &str, shade: u8) -> Arc<Picture> {
    Arc::new(Picture { path: Some(path.into()), ..Picture::clone(&picture(name, shade)) })
}

#[test]
fn a_picture_that_did_not_come_back_is_opened_again_in_its_place() {
    let mut state = ready();
    state.perform(Action::OpenSession(Box::new(two_with_files().session())));
    state.perform(Action::Cancel);
    let opening = sent_job(&state.perform(Action::Open(vec![PictureSource::Path("moved".into())])));
    let news = opened(in_file("a.jpg", "moved/a.jpg", 1));
    assert!(state.apply(Event::Pictures { job: opening, news }).is_empty(), "it was located");
    let [a, b] = state.entries() else { panic!("{:?}", names(&state)) };
    assert!(a.picture.is_ok() && a.found().is_some() && state.pixels(a.key).is_some());
    assert_eq!((a.path.as_deref(), state.selected().unwrap().key), (Some("moved/a.jpg".as_ref()), a.key));
    assert!(b.picture.is_err() && state.notices().is_empty());

    let gone = PictureNews::Failed { name: "b.jpg".to_owned(), path: Some("b.jpg".into()), failure: failure() };
    state.apply(Event::Pictures { job: opening, news: gone });
    assert_eq!(
        (names(&state).len(), state.entries()[1].picture.as_ref().unwrap_err()),
        (2, &NotOpen::Failed(failure()))
    );
    state.apply(Event::Pictures { job: opening, news: opened(in_file("b.jpg", "b.jpg", 9)) });
    assert!(names(&state).len() == 2 && state.entries()[1].picture.is_ok());
    assert_eq!(state.notices()[0].remark, Remark::HasChanged("b.jpg".to_owned()));
    state.apply(Event::Pictures { job: opening, news: opened(in_file("b.jpg", "b.jpg", 9)) });
    assert_eq!(state.notices()[1].remark, Remark::IsOpen("b.jpg".to_owned()), "nothing is wrong with it any more");
}

#[test]
fn a_picture_whose_file_was_moved_is_read_from_where_it_lies_now() {
    let mut state = ready();
    let opening = sent_job(&state.perform(Action::Open(vec![PictureSource::Path("a.jpg".into())])));
    let news = PictureNews::Opened { preview: Arc::new(Preview::of(&in_file("a.jpg", "a.jpg", 1))), picture: None };
    let reading = sent_job(&state.apply(Event::Pictures { job: opening, news }));
    state.apply(Event::Failed { job: reading, failure: failure() });
    assert!(state.entries()[0].unreadable.is_some());
    let requests = state.apply(Event::Pictures { job: opening, news: opened(in_file("a.jpg", "moved/a.jpg", 1)) });
    let entry = &state.entries()[0];
    assert_eq!((entry.unreadable.as_ref(), entry.path.as_deref()), (None, Some("moved/a.jpg".as_ref())));
    assert!(matches!(requests.as_slice(), [Request::Send(Command::Locate { .. })]), "it was not yet: {requests:?}");
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
