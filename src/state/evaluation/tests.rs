//! What becomes of evaluations in the state.

use std::{path::PathBuf, sync::Arc};

use crate::{
    eval::{Answered, Answerer, EvalConfig, Report},
    state::{Action, EvaluationAction, Remark, Request, Settings, State},
    worker::{
        Command, Comparison, Evaluated, EvaluationNews, EvaluationProgress, EvaluationTask, Event, Failure, JobId,
        KeptEvaluation,
    },
};

fn config(folder: &str) -> EvalConfig {
    toml::from_str(&format!("out = {folder:?}\n[data]\nstreets = {{ seed = 1000000, count = 5 }}")).unwrap()
}

fn report(folder: &str) -> Report {
    let answered = Answered { answerer: Answerer::default(), rows: Vec::new() };
    Report::new(config(folder), None, String::new(), &[answered])
}

fn evaluated(folder: &str) -> Arc<Evaluated> {
    Arc::new(Evaluated::new(folder.into(), report(folder), vec![Vec::new()]))
}

fn kept(folder: &str, is_finished: bool) -> KeptEvaluation {
    let report = is_finished.then(|| Arc::new(report(folder)));
    KeptEvaluation { folder: folder.into(), config: config(folder), report }
}

/// What is asked of the worker.
fn asked(requests: &[Request]) -> Vec<(JobId, EvaluationTask)> {
    let task = |request: &Request| match request {
        Request::Send(Command::Evaluation { job, task }) => Some((*job, task.clone())),
        _ => None,
    };
    requests.iter().filter_map(task).collect()
}

fn act(state: &mut State, action: EvaluationAction) -> Vec<(JobId, EvaluationTask)> {
    asked(&state.perform(Action::Evaluation(action)))
}

fn hear(state: &mut State, job: JobId, news: EvaluationNews) {
    state.apply(Event::Evaluation { job, news });
}

fn shown(state: &State) -> Vec<PathBuf> {
    state.evaluation().shown().map(|evaluated| evaluated.folder.clone()).collect()
}

#[test]
fn one_runs_at_a_time_and_is_shown_when_it_is_done() {
    let mut state = State::new(Settings::default());
    let begun = act(&mut state, EvaluationAction::Run(Box::new(config("all/a"))));
    let [(job, EvaluationTask::Run { place: None, .. })] = begun.as_slice() else { panic!("{begun:?}") };
    assert!(act(&mut state, EvaluationAction::Run(Box::new(config("all/b")))).is_empty());
    assert!(state.notices().iter().any(|notice| notice.remark == Remark::EvaluationBusy));
    let progress =
        EvaluationProgress { model: 0, done: 1, all: 5, failed: 0, picture: String::new(), seconds_left: None };
    hear(&mut state, *job, EvaluationNews::Progress(progress.clone()));
    assert_eq!(state.evaluation().running().unwrap().progress, Some(progress));
    hear(&mut state, *job, EvaluationNews::Opened(evaluated("all/a")));
    let closing = asked(&state.apply(Event::Done { job: *job }));
    assert!(state.evaluation().running().is_none());
    assert_eq!(shown(&state), [PathBuf::from("all/a")]);
    assert!(matches!(closing.as_slice(), [(_, EvaluationTask::List(all))] if all == std::path::Path::new("all")));
}

#[test]
fn a_stopped_one_is_over_when_its_job_is() {
    let mut state = State::new(Settings::default());
    let (job, _) = act(&mut state, EvaluationAction::Run(Box::new(config("all/a")))).remove(0);
    let requests = state.perform(Action::Evaluation(EvaluationAction::Stop));
    assert!(matches!(requests.as_slice(), [Request::Cancel(stopped)] if *stopped == job));
    assert!(state.evaluation().running().unwrap().is_stopping);
    state.apply(Event::Cancelled { job });
    assert!(state.evaluation().running().is_none() && state.notices().is_empty());
}

#[test]
fn two_are_looked_at_side_by_side() {
    let mut state = State::new(Settings::default());
    let (look, _) = act(&mut state, EvaluationAction::Look("all".into())).remove(0);
    let all = vec![kept("c", false), kept("b", true), kept("a", true)];
    hear(&mut state, look, EvaluationNews::Kept(all));
    assert!(act(&mut state, EvaluationAction::Show("c".into())).is_empty(), "it was broken off");
    for (folder, action) in [("a", EvaluationAction::Show("a".into())), ("b", EvaluationAction::Compare("b".into()))] {
        let mut opening = act(&mut state, action);
        if folder == "b" {
            let (job, compare) = opening.pop().unwrap();
            let EvaluationTask::Compare(first, second) = compare else { panic!("{compare:?}") };
            let comparison = Comparison { folders: [first, second], differences: None };
            assert_eq!(comparison.folders, [PathBuf::from("a"), PathBuf::from("b")]);
            assert!(state.evaluation().is_comparing());
            hear(&mut state, job, EvaluationNews::Compared(comparison.clone()));
            state.apply(Event::Done { job });
            assert!(!state.evaluation().is_comparing());
            assert_eq!(state.evaluation().comparison(), Some(&comparison));
        }
        let [(job, EvaluationTask::Open(opened))] = opening.as_slice() else { panic!("{opening:?}") };
        assert_eq!(opened, std::path::Path::new(folder));
        hear(&mut state, *job, EvaluationNews::Opened(evaluated(folder)));
        state.apply(Event::Done { job: *job });
    }
    assert_eq!(shown(&state), [PathBuf::from("a"), PathBuf::from("b")]);
    assert!(act(&mut state, EvaluationAction::Compare("b".into())).is_empty(), "it is read already");
    assert_eq!((shown(&state), state.evaluation().comparison()), (vec![PathBuf::from("a")], None));
    let removed = act(&mut state, EvaluationAction::Remove { folder: "a".into(), all: "all".into() });
    assert!(matches!(removed.as_slice(), [(_, EvaluationTask::Remove(_)), (_, EvaluationTask::List(_))]));
    assert!(shown(&state).is_empty());
}

#[test]
fn a_comparison_that_comes_to_nothing_is_not_waited_for_and_can_be_asked_for_again() {
    let mut state = State::new(Settings::default());
    let (look, _) = act(&mut state, EvaluationAction::Look("all".into())).remove(0);
    hear(&mut state, look, EvaluationNews::Kept(vec![kept("b", true), kept("a", true)]));
    act(&mut state, EvaluationAction::Show("a".into()));
    let compares = |asked: Vec<(JobId, EvaluationTask)>| {
        asked.into_iter().find_map(|(job, task)| matches!(task, EvaluationTask::Compare(..)).then_some(job))
    };
    let job = compares(act(&mut state, EvaluationAction::Compare("b".into()))).unwrap();
    let failure = Arc::new(Failure::Inside("its table is damaged".to_owned()));
    state.apply(Event::Failed { job, failure });
    assert!(!state.evaluation().is_comparing() && state.evaluation().comparison().is_none());
    act(&mut state, EvaluationAction::Compare("b".into()));
    assert!(compares(act(&mut state, EvaluationAction::Compare("b".into()))).is_some());
    assert!(state.evaluation().is_comparing());
}
