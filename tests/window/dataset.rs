//! The page for data sets as its users meet it.

use std::{path::PathBuf, sync::Arc};

use egui::{Key, Modifiers};
use egui_kittest::{Harness, kittest::Queryable as _};
use image::{Rgb, RgbImage};
use terrasight::{
    app::TerrasightApp,
    dataset::{IndexError, IndexProgress, IndexSource, Row, RowId, Trouble, export::ExportSummary},
    geo::LatLon,
    state::{Action, DatasetAction, Extend, Page},
    worker::{DatasetNews, DatasetTask, Event, Failure, Thumbnail},
};

use super::{
    fetching,
    script::{Dropped, Script, settle, window},
};

/// Street views around four towns, every thirteenth unreadable, every seventh without a score.
pub fn row(id: RowId) -> Row {
    let towns = [
        (48.86, 2.35, "FR", "Paris"),
        (-33.45, -70.66, "CL", "Santiago"),
        (35.68, 139.69, "JP", "Tokyo"),
        (-36.85, 174.76, "NZ", "Auckland"),
    ];
    let (lat, lon, country, city) = towns[id as usize % towns.len()];
    let spread = |factor: i64| ((id * factor) % 1009) as f64 / 1009.0 - 0.5;
    let failed = id % 13 == 12;
    let score = 0.5 + 0.45 * (spread(31) + spread(57) + 0.6 * spread(411));
    Row {
        id,
        path: format!("{}/street_{id:06}.jpg", city.to_lowercase()).into(),
        bytes: 180_000 + (id as u64 * 977) % 400_000,
        width: if failed { 0 } else { 1024 },
        height: if failed { 0 } else { 768 },
        taken: Some(format!("2025-{:02}-{:02} 14:{:02}:11", 1 + id % 12, 1 + id % 28, id % 60)),
        position: LatLon::new(lat + 3.0 * spread(17), lon + 4.0 * spread(23)),
        country: country.parse().ok(),
        city: (id % 3 > 0).then(|| city.to_owned()),
        locatability: (!failed && id % 7 > 0).then_some(score.clamp(0.0, 1.0)),
        scorer: Some("starter segmenter".to_owned()),
        error: failed.then(|| Trouble::Unread("not a picture; JPEG, PNG and others can be read".to_owned())),
        revision: 1,
        ..Row::default()
    }
}

/// A small picture in a colour of its own.
fn thumbnail(id: RowId) -> RgbImage {
    let shade = (id * 53 % 200) as u8;
    RgbImage::from_fn(128, 96, |x, y| {
        if y < 48 {
            Rgb([150, 190, 225])
        } else if (x as i32 - 64).abs() < (y as i32 - 44) {
            Rgb([90, 90, 96])
        } else {
            Rgb([60 + shade / 2, 140, 50 + shade / 3])
        }
    })
}

/// What the reader makes of them.
pub fn thumbnails(ids: &[RowId]) -> Vec<Thumbnail> {
    let picture = |id: &RowId| Thumbnail { id: *id, pixels: (id % 13 != 12).then(|| Arc::new(thumbnail(*id))) };
    ids.iter().map(picture).collect()
}

/// Says what the index's threads would to all that was asked of them lately.
pub fn answer(window: &mut Harness<'_, TerrasightApp>, script: &Script) {
    loop {
        let tasks = script.take_tasks();
        if tasks.is_empty() {
            return;
        }
        for (job, _, task) in tasks {
            if let DatasetTask::Thumbnails(ids) = task {
                script.say(Event::Dataset { job, news: DatasetNews::Thumbnails(thumbnails(&ids)) });
            }
            script.say(Event::Done { job });
        }
        settle(window);
    }
}

/// The page with an index of so many pictures open.
pub fn opened(window: &mut Harness<'_, TerrasightApp>, script: &Script, n_rows: RowId) {
    window.state_mut().perform(Action::Show(Page::DATASET));
    let file = PathBuf::from("/sets/streets.terrasight.sqlite");
    window.state_mut().perform(Action::Dataset(DatasetAction::Open(file)));
    let (job, ..) = script.take_tasks().pop().expect("an index was to be opened");
    let rows = (0..n_rows).map(row).collect();
    script.say(Event::Dataset { job, news: DatasetNews::All { root: "/sets/streets".into(), rows } });
    script.say(Event::Done { job });
    settle(window);
    answer(window, script);
}

/// An index opened whose pictures have no score, since the segmenter knows drawn streets only.
fn open_unscored(window: &mut Harness<'_, TerrasightApp>, script: &Script, count: RowId) {
    window.state_mut().perform(Action::Show(Page::DATASET));
    window.state_mut().perform(Action::Dataset(DatasetAction::Open("/a.sqlite".into())));
    let (job, ..) = script.take_tasks().pop().expect("an index was to be opened");
    let error = Some(Trouble::Unscored("it is no drawing".to_owned()));
    let rows = (0..count).map(|id| Row { locatability: None, error: error.clone(), ..row(id) }).collect();
    script.say(Event::Dataset { job, news: DatasetNews::All { root: "/a".into(), rows } });
    script.say(Event::Done { job });
    settle(window);
    answer(window, script);
}

#[test]
fn that_a_scorer_knows_no_photographs_is_said_once_and_is_no_error() {
    let (mut window, script) = window(|builder| builder);
    open_unscored(&mut window, &script, 3);
    assert!(window.query_all_by_label_contains("with errors").next().is_none());
    assert!(window.query_all_by_label_contains("it is no drawing").next().is_none());
    window.get_by_label("3 pictures have no score: the segmenter in use knows drawn streets only.");
    window.get_by_label("Get a segmenter").click();
    settle(&mut window);
    assert_eq!(window.state().state().settings().page, Page::MODELS);
}

#[test]
fn the_button_that_gets_a_segmenter_keeps_its_words_in_a_line() {
    let (mut window, script) = window(|builder| builder.with_size([1280.0, 720.0]));
    fetching::stock(&script, Vec::new());
    settle(&mut window);
    open_unscored(&mut window, &script, 62);
    let button = window.get_by_label_contains("Get SegFormer").rect();
    assert!(button.width() > 100.0 && button.height() < 30.0, "{button}");
}

fn n_selected(window: &Harness<'_, TerrasightApp>) -> usize {
    window.state().state().dataset().selection().len()
}

#[test]
fn two_pages_by_tab_and_by_key() {
    let (mut window, _script) = window(|builder| builder);
    window.get_by_label("Where was this photograph taken?");
    window.get_by_label("Dataset page").click();
    settle(&mut window);
    window.get_by_label("A folder of street views, seen at once");
    window.key_press_modifiers(Modifiers::COMMAND, Key::Num1);
    settle(&mut window);
    window.get_by_label("Where was this photograph taken?");
    window.key_press_modifiers(Modifiers::COMMAND, Key::Num2);
    settle(&mut window);
    window.get_by_label("A folder of street views, seen at once");
    window.key_press(Key::F1);
    settle(&mut window);
    window.get_by_label("Mark what is selected as checked, or take the mark off");
}

#[test]
fn a_dropped_folder_is_indexed_and_its_pictures_appear() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut window, script) = window(|builder| builder);
    window.state_mut().perform(Action::Show(Page::DATASET));
    window.input_mut().dropped_files.push(Arc::new(Dropped(folder.path().to_owned())));
    settle(&mut window);
    assert!(script.take_tasks().is_empty(), "nothing is written before the user has said where");
    window.get_by_label("Index").click();
    settle(&mut window);
    let (job, file, task) = script.take_tasks().pop().expect("the folder was to be indexed");
    assert!(matches!(task, DatasetTask::Index { source: IndexSource::Folder(path), .. } if path == folder.path()));
    assert_eq!(file.extension().expect("an ending"), "sqlite");
    assert_ne!(file.parent(), folder.path().parent(), "it is not put beside the pictures unasked");
    window.get_by_label("Looking for pictures …");
    let say = |news| script.say(Event::Dataset { job, news });
    say(DatasetNews::All { root: PathBuf::new(), rows: Vec::new() });
    say(DatasetNews::Changed { root: folder.path().into(), rows: (0..40).map(row).collect() });
    let progress =
        IndexProgress { found: 1000, done: 40, rate: 16.0, seconds_left: Some(60.0), ..IndexProgress::default() };
    say(DatasetNews::Progress(progress));
    settle(&mut window);
    window.get_by_label("40 of 1,000 · 16 a second · 60 s left");
    window.get_by_label("40 of 40 shown");
    window.get_by_label_contains("street_000001.jpg, locatability");
    window.get_by_label("Pause").click();
    settle(&mut window);
    assert_eq!(script.paused(), [(job, true)]);
    window.get_by_label("Resume").click();
    settle(&mut window);
    window.get_by_label("Stop").click();
    settle(&mut window);
    assert_eq!(script.cancelled(), [job]);
    assert!(window.query_by_label("Pause").is_none());
}

#[test]
fn a_folder_is_indexed_into_a_file_of_ones_choice() {
    let (mut window, script) = window(|builder| builder);
    window.get_by_label("Dataset page").click();
    settle(&mut window);
    // No system's dialog answers here, so the path is typed.
    window.key_press_modifiers(Modifiers::COMMAND, Key::O);
    settle(&mut window);
    window.get_by_label("Folder, table (CSV), records (JSON, JSONL, Parquet), or list of files");
    window
        .get_by_label("Folder, table (CSV), records (JSON, JSONL, Parquet), or list of files")
        .type_text("/sets/streets");
    settle(&mut window);
    window.get_by_label("Index").click();
    settle(&mut window);
    let (_, file, _) = script.take_tasks().pop().expect("the folder was to be indexed");
    assert_eq!(file.file_name().expect("a name"), "streets.terrasight.sqlite");
    assert_ne!(file.parent(), Some("/sets".as_ref()), "it is not put beside the pictures unasked");
}

#[test]
fn the_list_is_sifted_sorted_and_marked() {
    let (mut window, script) = window(|builder| builder);
    opened(&mut window, &script, 200);
    window.get_by_label("200 of 200 shown");
    window.get_by_label("Only errors (15)").click();
    settle(&mut window);
    window.get_by_label("15 of 200 shown");
    window.get_by_label("Show all").click();
    settle(&mut window);
    window.get_by_label("Japan: 50").click();
    settle(&mut window);
    window.get_by_label("50 of 200 shown");
    window.get_by_label("Sort by Locatability").click();
    settle(&mut window);
    window.get_by_label("Sort by Locatability, ascending").click();
    settle(&mut window);
    window.get_by_label("Sort by Locatability, descending");
    window.get_by_role_and_label(egui::Role::TextInput, "Words in the path").focus();
    settle(&mut window);
    window.get_by_role_and_label(egui::Role::TextInput, "Words in the path").type_text("no such words");
    settle(&mut window);
    window.get_by_label("No picture passes the filters.");
    window.get_by_label("Show all pictures").click();
    settle(&mut window);
    window.get_by_label("200 of 200 shown");
}

#[test]
fn the_list_is_gone_through_by_keyboard_alone() {
    let (mut window, script) = window(|builder| builder);
    opened(&mut window, &script, 200);
    window.key_press(Key::ArrowDown);
    settle(&mut window);
    assert_eq!(n_selected(&window), 1);
    window.key_press_modifiers(Modifiers::SHIFT, Key::ArrowDown);
    settle(&mut window);
    assert_eq!(n_selected(&window), 2);
    window.key_press(Key::Space);
    settle(&mut window);
    let marks = script.take_tasks().into_iter().find_map(|(_, _, task)| match task {
        DatasetTask::Check { ids, checked } => Some((ids, checked)),
        _ => None,
    });
    assert_eq!(marks, Some((vec![0, 1], true)));
    window.key_press(Key::End);
    settle(&mut window);
    answer(&mut window, &script);
    window.get_by_label_contains("street_000199.jpg, ");
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    settle(&mut window);
    window.get_by_label("200 of 200 shown · 200 selected");
    window.get_by_label("Grid").click();
    settle(&mut window);
    window.key_press(Key::Home);
    settle(&mut window);
    answer(&mut window, &script);
    window.get_by_label("Pictures: 200 shown, 1 selected");
    window.key_press(Key::Enter);
    settle(&mut window);
    assert_eq!(window.state().state().settings().page, Page::PICTURES);
    assert_eq!(window.state().state().selected().expect("it was opened").name, "street_000000.jpg");
}

#[test]
fn under_a_form_the_list_does_nothing_with_keys() {
    let (mut window, script) = window(|builder| builder);
    opened(&mut window, &script, 40);
    window.key_press(Key::ArrowDown);
    settle(&mut window);
    script.take_tasks();
    window.key_press_modifiers(Modifiers::COMMAND, Key::E);
    settle(&mut window);
    window.get_by_label("As").click();
    settle(&mut window);
    window.get_by_label("GeoParquet, for maps").click();
    settle(&mut window);
    for key in [Key::Space, Key::ArrowDown, Key::Enter] {
        window.key_press(key);
        settle(&mut window);
    }
    assert!(window.state().state().entries().is_empty(), "nothing was opened");
    assert!(!script.take_tasks().iter().any(|(_, _, task)| matches!(task, DatasetTask::Check { .. })));
    assert_eq!(n_selected(&window), 1);
    assert_eq!(window.state().state().settings().page, Page::DATASET);
}

#[test]
fn the_threshold_moves_by_key_and_parts_the_scores() {
    let (mut window, script) = window(|builder| builder);
    opened(&mut window, &script, 200);
    window.get_by_label("Threshold in the histogram of locatability").focus();
    window.key_press(Key::ArrowRight);
    settle(&mut window);
    let threshold = window.state().state().dataset().filter().threshold;
    assert!((threshold - 0.41).abs() < 1e-9, "{threshold}");
    window.get_by_label_contains("0.41 or more: ").click();
    settle(&mut window);
    let dataset = window.state().state().dataset();
    assert_eq!(dataset.listing().shown().len(), dataset.listing().parted_at(0.41).1);
    window.get_by_label("Back to 0.4, the paper's");
}

#[test]
fn samples_stand_on_the_map_and_a_pin_shows_its_picture() {
    let (mut window, script) = window(|builder| builder);
    opened(&mut window, &script, 4);
    settle(&mut window);
    window.get_by_label("street_000001.jpg on the map");
    window.get_by_label("street_000001.jpg on the map").click();
    settle(&mut window);
    window.get_by_label("4 of 4 shown · 1 selected");
    window.get_by_label("Open to locate").click();
    settle(&mut window);
    assert_eq!(window.state().state().selected().expect("it was opened").name, "street_000001.jpg");
}

#[test]
fn a_lasso_selects_the_samples_inside() {
    let (mut window, script) = window(|builder| builder);
    opened(&mut window, &script, 40);
    settle(&mut window);
    window.get_by_label("Lasso: select what it encloses");
    window.get_by_label("Lasso: select what it encloses").click();
    settle(&mut window);
    let map = window.get_by_label("Map of the samples").rect().shrink(30.0);
    window.drag_at(map.left_top());
    window.run_ok();
    for corner in [map.center_top(), map.center(), map.center_bottom(), map.left_bottom()] {
        window.hover_at(corner);
        window.run_ok();
    }
    window.drop_at(map.left_bottom());
    settle(&mut window);
    let n_half = n_selected(&window);
    assert!(n_half > 0 && n_half < 40, "{n_half} of 40 lie in the map's western half");
    window.key_press(Key::Escape);
    settle(&mut window);
}

#[test]
fn what_is_shown_is_exported_in_a_form_of_ones_choice() {
    let (mut window, script) = window(|builder| builder);
    opened(&mut window, &script, 100);
    window.key_press_modifiers(Modifiers::COMMAND, Key::E);
    settle(&mut window);
    window.get_by_label("Pictures: 93 shown; 7 more could not be read and are left out.");
    window.get_by_label("As").click();
    settle(&mut window);
    window.get_by_label("GeoParquet, for maps").click();
    settle(&mut window);
    window.get_by_label("Export").click();
    settle(&mut window);
    let (job, _, task) = script.take_tasks().pop().expect("rows were to be exported");
    let DatasetTask::Export { ids, out, .. } = task else { panic!("{task:?}") };
    assert_eq!((ids.len(), out.file_name().expect("a name")), (93, "streets-export.parquet".as_ref()));
    assert_ne!(out.parent(), Some("/sets".as_ref()), "it is not put beside the index unasked");
    let summary = ExportSummary { written: 93, ..ExportSummary::default() };
    script.say(Event::Dataset { job, news: DatasetNews::Exported(summary, "/out.parquet".into()) });
    script.say(Event::Done { job });
    settle(&mut window);
    window.get_by_label("93 pictures were exported to /out.parquet.");
}

#[test]
fn with_a_filter_on_all_that_is_shown_is_exported_unless_the_selected_are_asked_for() {
    let (mut window, script) = window(|builder| builder);
    opened(&mut window, &script, 100);
    let mut filter = window.state().state().dataset().filter().clone();
    filter.countries.insert("JP".parse().ok());
    window.state_mut().perform(Action::Dataset(DatasetAction::SetFilter(filter)));
    window.state_mut().perform(Action::Dataset(DatasetAction::Go(0, Extend::No)));
    settle(&mut window);
    let n_exported = |window: &mut Harness<'_, TerrasightApp>, choice: Option<&str>| {
        window.key_press_modifiers(Modifiers::COMMAND, Key::E);
        settle(window);
        if let Some(choice) = choice {
            window.get_by_label(choice).click();
            settle(window);
        }
        window.get_by_label("Export").click();
        settle(window);
        let (job, _, task) = script.take_tasks().pop().expect("rows were to be exported");
        let DatasetTask::Export { ids, .. } = task else { panic!("{task:?}") };
        script.say(Event::Done { job });
        settle(window);
        ids.len()
    };
    assert_eq!(n_exported(&mut window, None), 23, "what the filter has left");
    assert_eq!(n_exported(&mut window, Some("1 selected")), 1);
}

#[test]
fn what_cannot_be_opened_says_why() {
    let (mut window, script) = window(|builder| builder);
    window.state_mut().perform(Action::Show(Page::DATASET));
    let file = PathBuf::from("/sets/a.txt");
    window.state_mut().perform(Action::Dataset(DatasetAction::Open(file)));
    settle(&mut window);
    window.get_by_label("Opening /sets/a.txt …");
    let (job, ..) = script.take_tasks().pop().expect("it was to be opened");
    let failure = Arc::new(Failure::Index(IndexError::Locked("/sets/a.txt".into())));
    script.say(Event::Failed { job, failure });
    settle(&mut window);
    window.get_by_label("/sets/a.txt: the index is in use by another program; wait until that is done");
    window.get_by_label("A folder of street views, seen at once");
}
