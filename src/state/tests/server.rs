//! A server in the model's place: for one session, as long as the network is allowed, and never gone back to by itself.

use super::*;
use crate::server::Server;

fn server() -> ModelSource {
    Server::at("http://10.0.0.7:8000/v1#qwen").unwrap().into()
}

fn globe() -> ModelSource {
    ModelSource::Directory("globe".into())
}

fn choose(state: &mut State, source: ModelSource) -> JobId {
    let job = sent_job(&state.perform(Action::ChooseModel(source.clone())));
    state.apply(model_ready(job, source));
    state.apply(Event::Done { job });
    job
}

/// The models that are to be opened.
fn opening(requests: &[Request]) -> Vec<ModelSource> {
    let source = |request: &Request| match request {
        Request::Send(Command::LoadModel { source, .. }) => Some(source.clone()),
        _ => None,
    };
    requests.iter().filter_map(source).collect()
}

#[test]
fn it_is_left_for_the_model_of_this_machine_with_the_session_and_where_the_network_is_forbidden() {
    for leave in [Action::ForbidNetwork(true), Action::OpenRecent(None), Action::OpenSession(Box::default())] {
        let mut state = State::new(Settings::default());
        choose(&mut state, globe());
        choose(&mut state, server());
        assert_eq!((&state.settings().model, state.settings().model_here()), (&server(), &globe()));
        let picture = sent_job(&state.perform(Action::Open(vec![PictureSource::Path("a.jpg".into())])));
        let locating =
            sent_job(&state.apply(Event::Pictures { job: picture, news: opened(super::picture("a.jpg", 1)) }));
        let requests = state.perform(leave);
        assert_eq!(opening(&requests), [globe()]);
        assert!(cancelled_jobs(&requests).contains(&locating), "its answer is not waited for");
        assert_eq!(state.settings().model, globe());
        assert_eq!(state.settings().server.as_deref(), Some("http://10.0.0.7:8000/v1#qwen"), "it is proposed again");
    }
}

#[test]
fn it_is_not_taken_where_the_network_is_forbidden() {
    let mut state = ready();
    state.perform(Action::ForbidNetwork(true));
    assert!(opening(&state.perform(Action::ChooseModel(server()))).is_empty());
    assert_eq!(state.settings().model, ModelSource::Starter);
    assert_eq!(state.notices().len(), 1);
}

#[test]
fn a_choice_that_does_not_open_goes_back_to_this_machine_and_not_to_a_server() {
    let mut state = State::new(Settings::default());
    choose(&mut state, globe());
    choose(&mut state, server());
    let job = sent_job(&state.perform(Action::ChooseModel(ModelSource::Directory("broken".into()))));
    let requests = state.apply(Event::Failed { job, failure: failure() });
    assert_eq!(opening(&requests), [globe()]);

    let job = choose(&mut state, globe());
    let asked = sent_job(&state.perform(Action::ChooseModel(server())));
    assert_ne!(job, asked);
    let requests = state.apply(Event::Failed { job: asked, failure: failure() });
    assert_eq!(opening(&requests), [globe()], "a server that does not answer");
    assert_eq!(state.settings().model_here(), &globe());
}

/// Its memory is the server's.
#[test]
fn it_is_not_unloaded() {
    let mut state = State::new(Settings::default());
    let job = sent_job(&state.perform(Action::ChooseModel(server())));
    let model = Box::new(ModelSummary { source: server(), placed: None, ..summary(false) });
    state.apply(Event::ModelReady { job, model });
    state.apply(Event::Done { job });
    assert!(!state.is_idle());
    assert!(state.perform(Action::Unload(Some(15))).is_empty());
    assert!(matches!(state.model(), ModelState::Ready(_)));
}
