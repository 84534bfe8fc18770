//! What a user does with a data set, what the threads say, and what is shown then.

use super::*;
use crate::{
    dataset::{
        IndexProgress, IndexSource, IndexSummary, Trouble,
        export::{ExportForm, ExportSummary},
    },
    geo::{LatLon, Region},
    state::{Action, Page, Settings, State},
    worker::{Event, Failure},
};

/// Something that went wrong.
fn failure() -> Arc<Failure> {
    Arc::new(Failure::Inside("the index is in use".to_owned()))
}

/// Scores 0.0, 0.1 .. 0.9 and back to 0.0; France, Chile and nowhere in turn; every tenth cannot be read.
fn row(id: RowId) -> Row {
    let failed = id % 10 == 9;
    Row {
        id,
        path: format!("day{}/street_{id:03}.jpg", id % 2).into(),
        width: if failed { 0 } else { 640 },
        height: if failed { 0 } else { 480 },
        position: LatLon::new(40.0 + id as f64 / 10.0, 2.0),
        country: ["FR", "CL"].get(id as usize % 3).map(|code| code.parse().unwrap()),
        locatability: (!failed).then_some((id % 10) as f64 / 10.0),
        error: failed.then(|| Trouble::Unread("not a picture".to_owned())),
        revision: 1,
        ..Row::default()
    }
}

fn sent(requests: &[Request]) -> (JobId, PathBuf, DatasetTask) {
    let [Request::Send(Command::Dataset { job, file, task })] = requests else { panic!("{requests:?}") };
    (*job, file.clone(), task.clone())
}

fn act(state: &mut State, action: DatasetAction) -> Vec<Request> {
    state.perform(Action::Dataset(action))
}

fn say(state: &mut State, job: JobId, news: DatasetNews) {
    assert!(state.apply(Event::Dataset { job, news }).is_empty());
}

/// A window with an index of thirty pictures.
fn thirty() -> State {
    let mut state = State::new(Settings::default());
    let (job, file, task) = sent(&act(&mut state, DatasetAction::Open("/sets/a.sqlite".into())));
    assert!(matches!(task, DatasetTask::Open) && file == Path::new("/sets/a.sqlite"));
    assert!(state.dataset().file().is_none() && state.dataset().opening().is_some());
    say(&mut state, job, DatasetNews::All { root: "/sets/a".into(), rows: (0..30).map(row).collect() });
    state.apply(Event::Done { job });
    assert!(state.dataset().opening().is_none());
    state
}

fn shown(state: &State) -> Vec<RowId> {
    let dataset = state.dataset();
    dataset.listing().shown().iter().map(|at| dataset.row(*at).unwrap().id).collect()
}

fn selected(state: &State) -> Vec<u32> {
    (0..1000).filter(|row| state.dataset().selection().holds(*row)).collect()
}

fn filter(state: &mut State, change: impl FnOnce(&mut Filter)) {
    let mut filter = state.dataset().filter().clone();
    change(&mut filter);
    act(state, DatasetAction::SetFilter(filter));
}

#[test]
fn an_index_opens_and_is_remembered() {
    let state = thirty();
    assert_eq!(shown(&state).len(), 30);
    assert_eq!(state.dataset().file_of(&state.dataset().rows()[3]), Path::new("/sets/a/day1/street_003.jpg"));
    assert_eq!(state.settings().last_index.as_deref(), Some(Path::new("/sets/a.sqlite")));
    assert_eq!(state.dataset().listing().n_errors(), 3);
}

#[test]
fn an_index_that_cannot_be_opened_leaves_the_one_before() {
    let mut state = thirty();
    let (job, ..) = sent(&act(&mut state, DatasetAction::Open("/sets/b.sqlite".into())));
    state.apply(Event::Failed { job, failure: failure() });
    assert_eq!(state.dataset().file(), Some(Path::new("/sets/a.sqlite")));
    assert_eq!(state.notices()[0].remark, Remark::DatasetFailed(failure()));
    assert_eq!(shown(&state).len(), 30);
}

#[test]
fn rows_come_while_indexing_and_nothing_jumps() {
    let mut state = State::new(Settings::default());
    let source = IndexSource::Folder("/sets/a".into());
    let file = PathBuf::from("/sets/a.terrasight.sqlite");
    let (job, _, task) = sent(&act(&mut state, DatasetAction::Index(source.clone(), file.clone())));
    assert!(matches!(task, DatasetTask::Index { source: of, .. } if of == source));
    say(&mut state, job, DatasetNews::All { root: PathBuf::new(), rows: Vec::new() });
    assert_eq!(state.dataset().file(), Some(file.as_path()));
    let root = PathBuf::from("/sets/a");
    say(&mut state, job, DatasetNews::Changed { root: root.clone(), rows: (0..5).map(row).collect() });
    act(&mut state, DatasetAction::SortBy(Column::Locatability));
    act(&mut state, DatasetAction::SortBy(Column::Locatability));
    assert_eq!(shown(&state), [4, 3, 2, 1, 0]);
    act(&mut state, DatasetAction::Go(1, Extend::No));
    say(&mut state, job, DatasetNews::Changed { root, rows: (5..8).map(row).collect() });
    assert_eq!(shown(&state), [4, 3, 2, 1, 0, 5, 6, 7], "what comes stands at the end");
    assert_eq!(selected(&state), [3]);

    let progress = IndexProgress { found: 30, done: 8, ..IndexProgress::default() };
    say(&mut state, job, DatasetNews::Progress(progress.clone()));
    assert_eq!(state.dataset().indexing().unwrap().progress.as_ref(), Some(&progress));
    let pause = act(&mut state, DatasetAction::Pause(true));
    assert!(matches!(pause[..], [Request::Pause(paused, true)] if paused == job));
    assert!(state.dataset().indexing().unwrap().is_paused);
    let resume = act(&mut state, DatasetAction::Pause(false));
    assert!(matches!(resume[..], [Request::Pause(_, false)]));
    let stop = act(&mut state, DatasetAction::StopIndexing);
    assert!(matches!(stop[..], [Request::Cancel(stopped)] if stopped == job));
    let summary = IndexSummary { found: 30, done: 8, seconds: 2.0, cancelled: true, ..IndexSummary::default() };
    say(&mut state, job, DatasetNews::Indexed(summary.clone()));
    state.apply(Event::Cancelled { job });
    assert!(state.dataset().indexing().is_none());
    assert_eq!(state.notices()[0].remark, Remark::Indexed(summary));
    assert_eq!(shown(&state), [7, 6, 5, 4, 3, 2, 1, 0], "it is sorted once nothing more comes");
}

#[test]
fn what_an_ended_job_still_says_changes_nothing() {
    let mut state = thirty();
    let source = IndexSource::Folder("/sets/a".into());
    let (job, ..) = sent(&act(&mut state, DatasetAction::Index(source.clone(), "/sets/a.sqlite".into())));
    let again = act(&mut state, DatasetAction::Index(source, "/sets/c.sqlite".into()));
    assert!(matches!(again[..], [Request::Cancel(old), Request::Send(_)] if old == job));
    say(&mut state, job, DatasetNews::All { root: "/x".into(), rows: Vec::new() });
    say(&mut state, job, DatasetNews::Changed { root: "/x".into(), rows: vec![row(77)] });
    state.apply(Event::Cancelled { job });
    assert_eq!(shown(&state).len(), 30);
    assert!(state.dataset().indexing().is_some());
}

#[test]
fn filters_and_their_counts_agree() {
    let mut state = thirty();
    filter(&mut state, |filter| filter.score = ScoreFilter::AtLeast);
    assert_eq!(shown(&state).len(), 15, "0.4 .. 0.8, three of each");
    assert_eq!(state.dataset().listing().parted_at(0.4), (12, 15), "counts are those without the filter on scores");
    filter(&mut state, |filter| filter.threshold = 0.7);
    assert_eq!(shown(&state).len(), 6);
    filter(&mut state, |filter| filter.score = ScoreFilter::Below);
    assert_eq!(shown(&state).len(), 21);
    filter(&mut state, |filter| filter.score = ScoreFilter::Between(0.1, 0.2));
    assert_eq!(shown(&state), [1, 2, 11, 12, 21, 22]);
    filter(&mut state, |filter| filter.score = ScoreFilter::Missing);
    assert_eq!(shown(&state), [9, 19, 29]);

    filter(&mut state, |filter| *filter = Filter::default());
    let listing = state.dataset().listing();
    assert_eq!(listing.countries().iter().map(|(_, n)| *n).collect::<Vec<_>>(), [10, 10, 10]);
    assert_eq!(listing.histogram(10), [3, 3, 3, 3, 3, 3, 3, 3, 3, 0]);
    let france = Some("FR".parse().unwrap());
    filter(&mut state, |filter| {
        filter.countries.insert(france);
        filter.text = "STREET_02 day0".to_owned();
    });
    assert_eq!(shown(&state), [24], "21 and 27 are of the other day");
    filter(&mut state, |filter| *filter = Filter { only_errors: true, ..Filter::default() });
    assert_eq!(shown(&state), [9, 19, 29]);
}

#[test]
fn a_threshold_without_an_exact_form_parts_as_it_reads() {
    for percent in 0..=100 {
        let score = f64::from(percent) / 100.0;
        assert_eq!(filter::step_of(score), percent as usize * 10, "{score}");
    }
    assert_eq!(filter::step_of(0.3999), 399);
}

#[test]
fn a_column_sorts_up_then_down_then_not_at_all() {
    let mut state = thirty();
    act(&mut state, DatasetAction::SortBy(Column::Locatability));
    assert_eq!(shown(&state)[..4], [0, 10, 20, 1]);
    assert_eq!(shown(&state)[27..], [9, 19, 29], "what has no value stands at the end");
    act(&mut state, DatasetAction::SortBy(Column::Locatability));
    assert_eq!(shown(&state)[..3], [8, 18, 28]);
    assert_eq!(shown(&state)[27..], [9, 19, 29], "either way");
    act(&mut state, DatasetAction::SortBy(Column::Locatability));
    assert!(state.dataset().sort().is_none() && shown(&state)[..3] == [0, 1, 2]);
}

#[test]
fn clicks_and_keys_select_as_in_any_list() {
    let mut state = thirty();
    act(&mut state, DatasetAction::Go(3, Extend::No));
    act(&mut state, DatasetAction::Go(6, Extend::Range));
    assert_eq!(selected(&state), [3, 4, 5, 6]);
    act(&mut state, DatasetAction::Go(1, Extend::Range));
    assert_eq!(selected(&state), [1, 2, 3], "from where the range began");
    act(&mut state, DatasetAction::Go(9, Extend::Toggle));
    act(&mut state, DatasetAction::Go(2, Extend::Toggle));
    assert_eq!(selected(&state), [1, 3, 9]);
    act(&mut state, DatasetAction::Move(1, false));
    assert_eq!(selected(&state), [3]);
    act(&mut state, DatasetAction::Move(2, true));
    assert_eq!(selected(&state), [3, 4, 5]);
    act(&mut state, DatasetAction::Move(isize::MAX, false));
    assert_eq!(selected(&state), [29]);
    act(&mut state, DatasetAction::Move(isize::MIN, false));
    assert_eq!(selected(&state), [0]);
    act(&mut state, DatasetAction::SelectAll);
    assert_eq!(state.dataset().selection().len(), 30);
    filter(&mut state, |filter| filter.score = ScoreFilter::AtLeast);
    assert_eq!(state.dataset().selection().len(), 15, "what is not shown is not selected");
}

#[test]
fn a_lasso_selects_what_is_shown_inside() {
    let mut state = thirty();
    filter(&mut state, |filter| filter.only_errors = true);
    let corners = [(39.0, 1.0), (39.0, 3.0), (42.0, 3.0), (42.0, 1.0)];
    let corners: Vec<LatLon> = corners.map(|(lat, lon)| LatLon { lat, lon }).into();
    let region = Region::within(corners).unwrap();
    act(&mut state, DatasetAction::SelectWithin(region.clone(), false));
    assert_eq!(selected(&state), [9, 19]);
    act(&mut state, DatasetAction::SelectRows(vec![29]));
    act(&mut state, DatasetAction::SelectWithin(region, true));
    assert_eq!(selected(&state), [9, 19, 29]);
}

#[test]
fn marks_are_set_at_once_and_taken_back_where_the_index_refuses() {
    let mut state = thirty();
    filter(&mut state, |filter| filter.checked = Checked::No);
    act(&mut state, DatasetAction::Go(4, Extend::No));
    let (job, _, task) = sent(&act(&mut state, DatasetAction::ToggleChecked));
    assert!(matches!(task, DatasetTask::Check { ids, checked: true } if ids == [4]));
    assert_eq!(shown(&state).len(), 29);
    assert_eq!(selected(&state), [5], "the next one to look at takes its place");
    state.apply(Event::Failed { job, failure: failure() });
    assert_eq!(shown(&state).len(), 30);
    assert_eq!(state.notices()[0].remark, Remark::DatasetFailed(failure()));

    filter(&mut state, |filter| filter.checked = Checked::Any);
    act(&mut state, DatasetAction::SelectAll);
    let (_, _, task) = sent(&act(&mut state, DatasetAction::ToggleChecked));
    assert!(matches!(task, DatasetTask::Check { ids, checked: true } if ids.len() == 30));
    let (_, _, task) = sent(&act(&mut state, DatasetAction::ToggleChecked));
    assert!(matches!(task, DatasetTask::Check { ids, checked: false } if ids.len() == 30));
}

#[test]
fn duplicates_are_searched_for_when_asked_for_and_stand_together() {
    let mut state = thirty();
    let wanted = Filter { only_duplicates: true, ..Filter::default() };
    let (job, _, task) = sent(&act(&mut state, DatasetAction::SetFilter(wanted)));
    assert!(matches!(task, DatasetTask::FindDuplicates) && state.dataset().task().is_some());
    assert!(shown(&state).is_empty());
    say(&mut state, job, DatasetNews::Duplicates(vec![vec![2, 20], vec![5, 7, 11]]));
    state.apply(Event::Done { job });
    assert_eq!(shown(&state), [2, 20, 5, 7, 11]);
    assert_eq!(state.dataset().group_of(7), Some(2));
    assert!(state.dataset().task().is_none());
}

#[test]
fn a_filter_whose_search_was_stopped_is_let_go() {
    let mut state = thirty();
    let wanted = Filter { only_duplicates: true, ..Filter::default() };
    let (job, ..) = sent(&act(&mut state, DatasetAction::SetFilter(wanted.clone())));
    let stop = act(&mut state, DatasetAction::StopTask);
    assert!(matches!(stop[..], [Request::Cancel(stopped)] if stopped == job));
    state.apply(Event::Cancelled { job });
    assert_eq!((shown(&state).len(), state.dataset().filter().only_duplicates), (30, false));
    sent(&act(&mut state, DatasetAction::SetFilter(wanted))); // and can be asked for again
}

/// Opens another index, in which the same numbers are other pictures.
fn open_another(state: &mut State) {
    let (job, ..) = sent(&act(state, DatasetAction::Open("/sets/b.sqlite".into())));
    say(state, job, DatasetNews::All { root: "/sets/b".into(), rows: (0..30).map(row).collect() });
    state.apply(Event::Done { job });
}

#[test]
fn late_news_for_another_index_change_nothing() {
    let mut state = thirty();
    let wanted = Filter { only_duplicates: true, ..Filter::default() };
    let (search, ..) = sent(&act(&mut state, DatasetAction::SetFilter(wanted)));
    let (fetch, ..) = sent(&act(&mut state, DatasetAction::FetchThumbnails(vec![1, 2])));
    open_another(&mut state);
    assert!(!state.dataset().is_fetching(), "thumbnails of the new index can be asked for");
    say(&mut state, fetch, DatasetNews::Thumbnails(vec![Thumbnail { id: 1, pixels: None }]));
    assert!(state.dataset().fetched().is_empty());
    say(&mut state, search, DatasetNews::Duplicates(vec![vec![2, 20]]));
    state.apply(Event::Done { job: search });
    assert_eq!((state.dataset().group_of(2), shown(&state).len()), (None, 30));

    let mut state = thirty();
    act(&mut state, DatasetAction::Go(4, Extend::No));
    let (mark, ..) = sent(&act(&mut state, DatasetAction::ToggleChecked));
    open_another(&mut state);
    act(&mut state, DatasetAction::Go(4, Extend::No));
    act(&mut state, DatasetAction::ToggleChecked);
    state.apply(Event::Failed { job: mark, failure: failure() });
    assert!(state.dataset().rows()[4].checked, "the mark in the other index stays");
    assert_eq!(state.notices()[0].remark, Remark::DatasetFailed(failure()));
}

#[test]
fn thumbnails_are_fetched_one_batch_at_a_time() {
    let mut state = thirty();
    let (job, _, task) = sent(&act(&mut state, DatasetAction::FetchThumbnails(vec![1, 2])));
    assert!(matches!(task, DatasetTask::Thumbnails(ids) if ids == [1, 2]));
    assert!(act(&mut state, DatasetAction::FetchThumbnails(vec![3])).is_empty());
    let before = Arc::clone(state.dataset().fetched());
    say(&mut state, job, DatasetNews::Thumbnails(vec![Thumbnail { id: 1, pixels: None }]));
    state.apply(Event::Done { job });
    assert!(!Arc::ptr_eq(&before, state.dataset().fetched()) && !state.dataset().is_fetching());
}

#[test]
fn enter_opens_what_is_selected_on_the_other_page() {
    let mut state = thirty();
    state.perform(Action::Show(Page::DATASET));
    act(&mut state, DatasetAction::Go(2, Extend::No));
    act(&mut state, DatasetAction::Go(3, Extend::Range));
    let requests = state.perform(Action::OpenSelected);
    let [Request::Send(Command::OpenPictures { sources, .. })] = &requests[..] else { panic!("{requests:?}") };
    let path = |name: &str| crate::worker::PictureSource::Path(Path::new("/sets/a").join(name));
    assert_eq!(sources[..], [path("day0/street_002.jpg"), path("day1/street_003.jpg")]);
    assert_eq!(state.settings().page, Page::PICTURES);
}

#[test]
fn an_export_says_how_it_ended() {
    let mut state = thirty();
    let (form, out) = (ExportForm::Csv, "/out.csv".into());
    let export = DatasetAction::Export { ids: vec![4], form, out, replaces: false };
    let (job, ..) = sent(&act(&mut state, export.clone()));
    say(&mut state, job, DatasetNews::Fraction(0.5));
    assert_eq!(state.dataset().task().unwrap().fraction, Some(0.5));
    assert!(act(&mut state, export).is_empty(), "one thing at a time");
    let summary = ExportSummary { written: 1, ..ExportSummary::default() };
    say(&mut state, job, DatasetNews::Exported(summary.clone(), "/out.csv".into()));
    state.apply(Event::Done { job });
    assert!(state.dataset().task().is_none());
    assert_eq!(state.notices().last().unwrap().remark, Remark::Exported(summary, "/out.csv".into()));
}
