//! How the window looks, against pictures kept beside these tests. Drawn by software Vulkan, because only that draws alike
//! on every machine.

use egui_kittest::{SnapshotOptions, kittest::Queryable as _};
use terrasight::{
    dataset::{IndexProgress, IndexSource},
    state::{Action, DatasetAction, Extend, ThemeChoice},
    worker::{DatasetNews, Event},
};

use super::{
    dataset::{answer, opened},
    script::{drop_files, settle, window},
};

/// Letters differ by a little between Mesa's versions; a panel that moved differs by far more.
fn tolerance() -> SnapshotOptions {
    SnapshotOptions::new().threshold(2.0).max_failed_pixels(400)
}

#[test]
#[ignore = "needs a Vulkan driver: run by .ci/run"]
fn an_empty_window() {
    let (mut window, _script) = window(|builder| builder.with_size([1100.0, 720.0]).wgpu());
    window.state_mut().perform(Action::SetTheme(ThemeChoice::Light));
    settle(&mut window);
    window.snapshot_options("empty", &tolerance());
}

#[test]
#[ignore = "needs a Vulkan driver: run by .ci/run"]
fn a_located_picture_in_a_wide_dark_window() {
    let (mut window, script) = window(|builder| builder.with_size([1920.0, 1080.0]).wgpu());
    window.state_mut().perform(Action::SetTheme(ThemeChoice::Dark));
    drop_files(&mut window, &["gps.jpg", "b.jpg"]);
    script.locate();
    settle(&mut window);
    window.snapshot_options("located wide dark", &tolerance());
}

#[test]
#[ignore = "needs a Vulkan driver: run by .ci/run"]
fn a_located_picture_in_a_small_light_window() {
    let (mut window, script) = window(|builder| builder.with_size([1100.0, 720.0]).wgpu());
    window.state_mut().perform(Action::SetTheme(ThemeChoice::Light));
    drop_files(&mut window, &["a.jpg"]);
    script.locate();
    settle(&mut window);
    window.snapshot_options("located small light", &tolerance());
}

#[test]
#[ignore = "needs a Vulkan driver: run by .ci/run"]
fn a_data_set_in_a_light_window() {
    let (mut window, script) = window(|builder| builder.with_size([1280.0, 820.0]).wgpu());
    window.state_mut().perform(Action::SetTheme(ThemeChoice::Light));
    opened(&mut window, &script, 1234);
    window.state_mut().perform(Action::Dataset(DatasetAction::Go(3, Extend::No)));
    window.state_mut().perform(Action::Dataset(DatasetAction::Go(5, Extend::Range)));
    settle(&mut window);
    answer(&mut window, &script);
    settle(&mut window);
    window.snapshot_options("dataset table light", &tolerance());
}

#[test]
#[ignore = "needs a Vulkan driver: run by .ci/run"]
fn a_data_set_as_a_grid_in_the_dark_while_it_is_indexed() {
    let (mut window, script) = window(|builder| builder.with_size([1280.0, 820.0]).wgpu());
    window.state_mut().perform(Action::SetTheme(ThemeChoice::Dark));
    opened(&mut window, &script, 1234);
    window.get_by_label("Grid").click();
    settle(&mut window);
    answer(&mut window, &script);
    let source = IndexSource::Folder("/sets/streets".into());
    let file = "/sets/streets.terrasight.sqlite".into();
    window.state_mut().perform(Action::Dataset(DatasetAction::Index(source, file)));
    let (job, ..) = script.take_tasks().pop().expect("the folder was to be indexed");
    let progress = IndexProgress {
        found: 100_000,
        done: 1234,
        failed: 94,
        rate: 83.4,
        seconds_left: Some(1184.0),
        current: "/sets/streets/paris/street_001234.jpg".into(),
        ..IndexProgress::default()
    };
    script.say(Event::Dataset { job, news: DatasetNews::Progress(progress) });
    settle(&mut window);
    answer(&mut window, &script);
    settle(&mut window);
    window.snapshot_options("dataset grid dark", &tolerance());
}

#[test]
#[ignore = "needs a Vulkan driver: run by .ci/run"]
fn an_empty_page_for_data_sets() {
    let (mut window, _script) = window(|builder| builder.with_size([1100.0, 720.0]).wgpu());
    window.state_mut().perform(Action::SetTheme(ThemeChoice::Light));
    window.get_by_label("Dataset page").click();
    settle(&mut window);
    window.snapshot_options("dataset empty", &tolerance());
}
