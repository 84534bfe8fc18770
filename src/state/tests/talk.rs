//! The conversation with the model: one question at a time, kept with the session, and stopped when its picture or its
//! model goes.

use super::*;
use crate::{
    predict::{
        converse::{Conversation, News, Spoken},
        evidence::{Likelihood, Piece},
        finding::{Evidence, EvidenceKind},
    },
    server::Server,
    state::{Asked, Ending, TalkAction, Turn},
};

/// A window with a model that converses and a picture that it has located.
fn located() -> (State, PictureKey) {
    let mut state = State::new(Settings::default());
    let job = sent_job(&state.perform(Action::ChooseModel(ModelSource::Directory("globe".into()))));
    state.apply(model_ready(job, ModelSource::Directory("globe".into())));
    state.apply(Event::Done { job });
    let opening = sent_job(&state.perform(Action::Open(vec![PictureSource::Path("a.jpg".into())])));
    let mut picture = Picture::clone(&picture("a.jpg", 1));
    picture.path = Some("a.jpg".into());
    let locating = sent_job(&state.apply(Event::Pictures { job: opening, news: opened(Arc::new(picture)) }));
    state.apply(Event::Done { job: opening });
    let mut found = finding("Chile");
    found.settings.prompt = "Where?".to_owned();
    (found.reasoning, found.reasoning_tokens) = ("Chile.".to_owned(), vec![1, 2]);
    let surface = Arc::new(Surface::default());
    let news = PictureNews::Found { finding: Box::new(found), surface, weighing: None, seconds: 1.0 };
    state.apply(Event::Pictures { job: locating, news });
    state.apply(Event::Done { job: locating });
    let key = state.selected().unwrap().key;
    (state, key)
}

fn ask(state: &mut State, key: PictureKey, question: &str) -> Vec<Request> {
    let model = Some(Asked::new(News::default(), question));
    let turn = Turn { said: question.to_owned(), model, ..Turn::default() };
    state.perform(Action::Talk(key, TalkAction::Said(Box::new(turn))))
}

fn asked_for(requests: &[Request]) -> (JobId, Arc<Conversation>) {
    match requests {
        [Request::Send(Command::Converse { job, conversation, .. })] => (*job, Arc::clone(conversation)),
        other => panic!("{other:?}"),
    }
}

fn spoken(job: JobId, text: &str) -> Event {
    let spoken =
        Spoken { model: "m".to_owned(), sha256: Some("0a".to_owned()), text: text.to_owned(), tokens: vec![3] };
    Event::Pictures { job, news: PictureNews::Spoken { spoken, is_whole: true } }
}

fn endings(state: &State) -> Vec<Option<Ending>> {
    let turns = &state.selected().unwrap().talk;
    turns.iter().map(|turn| turn.model.as_ref().unwrap().ending.clone()).collect()
}

#[test]
fn one_question_is_answered_after_the_other_and_the_second_knows_the_first() {
    let (mut state, key) = located();
    let (first, conversation) = asked_for(&ask(&mut state, key, "left?"));
    let opening = conversation.opening.as_ref().unwrap();
    assert_eq!((opening.asked.as_str(), opening.spoken.tokens.as_slice()), ("Where?", &[1, 2][..]));
    assert_eq!((conversation.turns.len(), conversation.asked.as_str()), (0, "left?"));
    assert!(ask(&mut state, key, "poles?").is_empty(), "the model is at the first");
    assert!(state.can_cancel());
    state.apply(spoken(first, "Yes."));
    let (second, conversation) = asked_for(&state.apply(Event::Done { job: first }));
    assert_eq!(endings(&state), [Some(Ending::Whole), None]);
    assert_eq!((conversation.turns.len(), conversation.asked.as_str()), (1, "poles?"));
    assert_eq!((conversation.turns[0].asked.as_str(), conversation.turns[0].spoken.tokens[0]), ("left?", 3));
    state.apply(Event::Failed { job: second, failure: failure() });
    assert_eq!(endings(&state)[1], Some(Ending::Failed(failure().to_string())));
    assert!(!state.can_cancel());
}

#[test]
fn a_conversation_comes_back_with_its_session_and_old_sessions_have_none() {
    let (mut state, key) = located();
    let (job, _) = asked_for(&ask(&mut state, key, "left?"));
    state.apply(spoken(job, "Yes."));
    state.apply(Event::Done { job });
    let hint = Turn { said: "not Chile".to_owned(), pieces: vec!["hint-not-cl".to_owned()], ..Turn::default() };
    state.perform(Action::Talk(key, TalkAction::Said(Box::new(hint))));
    ask(&mut state, key, "poles?"); // is not answered before the window closes
    let text = serde_json::to_string(&state.session()).unwrap();

    let mut again = ready();
    again.perform(Action::OpenSession(serde_json::from_str(&text).unwrap()));
    let talk = &again.entries()[0].talk;
    assert_eq!(talk[..2], state.entries()[0].talk[..2]);
    assert_eq!(talk[0].model.as_ref().unwrap().spoken.tokens, [3]);
    assert_eq!(talk[2].model.as_ref().unwrap().ending, Some(Ending::Stopped));
    let found = &again.entries()[0].runs[0].found.finding;
    assert_eq!(found.reasoning_tokens, [1, 2]);

    let mut old: serde_json::Value = serde_json::from_str(&text).unwrap();
    old["pictures"][0].as_object_mut().unwrap().remove("talk").unwrap();
    let session: Session = serde_json::from_value(old).unwrap();
    assert!(session.pictures[0].talk.is_empty() && session.pictures[0].rest.is_empty());
}

#[test]
fn a_server_hears_the_users_words_and_not_what_is_known_beside_the_picture() {
    let (mut state, key) = located();
    let news = News::since([], &["The file says 12.3, 45.6.".to_owned()]);
    let say = |state: &mut State| {
        let model = Some(Asked::new(news.clone(), "left?"));
        state.perform(Action::Talk(
            key,
            TalkAction::Said(Box::new(Turn { said: "left?".to_owned(), model, ..Turn::default() })),
        ))
    };
    let (job, conversation) = asked_for(&say(&mut state));
    assert!(conversation.asked.contains("12.3"), "a model of this machine is told");
    state.apply(spoken(job, "Yes."));
    state.apply(Event::Done { job });
    let server = ModelSource::from(Server::at("http://10.0.0.7:8000/v1#qwen").unwrap());
    let job = sent_job(&state.perform(Action::ChooseModel(server.clone())));
    state.apply(model_ready(job, server));
    state.apply(Event::Done { job });
    let (_, conversation) = asked_for(&say(&mut state));
    let asked = [conversation.turns[0].asked.as_str(), conversation.asked.as_str()];
    assert_eq!(asked, ["left?", "left?"]);
}

#[test]
fn what_is_gone_back_behind_removed_or_of_another_model_is_stopped() {
    let (mut state, key) = located();
    let (job, _) = asked_for(&ask(&mut state, key, "left?"));
    assert_eq!(cancelled_jobs(&state.perform(Action::GoBack(key, 0))), [job]);
    assert!(state.selected().unwrap().talk.is_empty());
    assert!(ask(&mut state, key, "poles?").is_empty(), "the engine is at the other until that has closed");
    let (job, _) = asked_for(&state.apply(Event::Cancelled { job }));

    let requests = state.perform(Action::ChooseModel(ModelSource::Starter));
    assert_eq!(cancelled_jobs(&requests), [job]);
    state.apply(spoken(job, "Wo"));
    let loading = sent_job(&requests);
    state.apply(Event::Cancelled { job });
    let stopped = state.selected().unwrap().talk[0].model.clone().unwrap();
    assert_eq!((stopped.ending, stopped.spoken.text.as_str()), (Some(Ending::Stopped), "Wo"), "its words stay");
    state.apply(model_ready(loading, ModelSource::Starter));
    state.apply(Event::Done { job: loading });

    let (job, _) = asked_for(&ask(&mut state, key, "signs?"));
    assert_eq!(cancelled_jobs(&state.perform(Action::Remove(key))), [job]);
    state.apply(Event::Cancelled { job });
    state.perform(Action::Undo);
    assert_eq!(endings(&state)[1], Some(Ending::Stopped));
}

#[test]
fn going_back_is_undone_and_done_again_with_the_evidence_that_came_of_the_turns() {
    let (mut state, _) = ranking::located();
    let key = state.selected().unwrap().key;
    for country in ["PE", "BO"] {
        let mut evidence = Evidence::quoted(&format!("Not in {country}."), EvidenceKind::Hint, 0.9);
        evidence.id = format!("hint-not-{country}");
        let countries = vec![country.parse().unwrap()];
        let turn = Turn { said: country.to_owned(), pieces: vec![evidence.id.clone()], ..Turn::default() };
        let piece = Piece::new(evidence, Likelihood::Ratio { countries, inside: 0.1, outside: 1.0 });
        state.perform(Action::Talk(key, TalkAction::Said(Box::new(turn))));
        state.perform(Action::AddPiece(key, Box::new(piece)));
    }
    let said = |state: &State| {
        let entry = state.selected().unwrap();
        let turns: Vec<String> = entry.talk.iter().map(|turn| turn.said.clone()).collect();
        let own: Vec<String> = entry.own().iter().map(|own| own.evidence.id.clone()).collect();
        (turns.concat(), own.concat())
    };
    let (both, one) = (said(&state), ("PE".to_owned(), "hint-not-PE".to_owned()));
    assert_eq!(both, ("PEBO".to_owned(), "hint-not-PEhint-not-BO".to_owned()));
    state.perform(Action::GoBack(key, 1));
    assert_eq!(said(&state), one);
    state.perform(Action::Undo);
    assert_eq!(said(&state), both, "one step takes all of it back");
    state.perform(Action::Redo);
    assert_eq!(said(&state), one);
    state.perform(Action::Undo);
    state.perform(Action::GoBack(key, 2));
    state.perform(Action::Undo);
    assert_eq!(
        said(&state),
        (both.0, one.1),
        "from behind the last turn there is nothing to go back to: the edit before is undone"
    );
}

#[test]
fn an_answer_that_was_gone_back_behind_comes_back_stopped_and_what_was_said_since_stays() {
    let (mut state, key) = located();
    let (job, _) = asked_for(&ask(&mut state, key, "left?"));
    state.apply(spoken(job, "Yes."));
    state.apply(Event::Done { job });
    let (job, _) = asked_for(&ask(&mut state, key, "poles?"));
    state.perform(Action::GoBack(key, 0));
    state.apply(Event::Cancelled { job });
    state.perform(Action::Talk(key, TalkAction::Said(Box::new(Turn { said: "hm".to_owned(), ..Turn::default() }))));
    state.perform(Action::Undo);
    let talk = &state.selected().unwrap().talk;
    let turns: Vec<&str> = talk.iter().map(|turn| turn.said.as_str()).collect();
    assert_eq!(turns, ["left?", "poles?", "hm"]);
    let ending = |at: usize| talk[at].model.as_ref().unwrap().ending.clone();
    assert_eq!((ending(0), ending(1)), (Some(Ending::Whole), Some(Ending::Stopped)));
}

#[test]
fn a_question_waits_for_the_model_that_is_being_opened() {
    let (mut state, key) = located();
    let loading = sent_job(&state.perform(Action::ChooseModel(ModelSource::Directory("other".into()))));
    assert!(ask(&mut state, key, "left?").is_empty());
    let (_, conversation) = asked_for(&state.apply(model_ready(loading, ModelSource::Directory("other".into()))));
    assert_eq!(conversation.asked, "left?");
}
