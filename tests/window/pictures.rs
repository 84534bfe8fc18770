//! How the window looks, against pictures kept beside these tests. Drawn by software Vulkan, because only that draws alike
//! on every machine.

use egui_kittest::SnapshotOptions;
use terrasight::state::{Action, ThemeChoice};

use super::script::{drop_files, settle_wholly, window};

/// Letters differ by a little between Mesa's versions; a panel that moved differs by far more.
fn tolerance() -> SnapshotOptions {
    SnapshotOptions::new().threshold(2.0).max_failed_pixels(400)
}

#[test]
#[ignore = "needs a Vulkan driver: run by .ci/run"]
fn an_empty_window() {
    let (mut window, _script) = window(|builder| builder.with_size([1100.0, 720.0]).wgpu());
    window.state_mut().perform(Action::SetTheme(ThemeChoice::Light));
    settle_wholly(&mut window);
    window.snapshot_options("empty", &tolerance());
}

#[test]
#[ignore = "needs a Vulkan driver: run by .ci/run"]
fn a_located_picture_in_a_wide_dark_window() {
    let (mut window, script) = window(|builder| builder.with_size([1920.0, 1080.0]).wgpu());
    window.state_mut().perform(Action::SetTheme(ThemeChoice::Dark));
    drop_files(&mut window, &["gps.jpg", "b.jpg"]);
    script.locate();
    settle_wholly(&mut window);
    window.snapshot_options("located wide dark", &tolerance());
}

#[test]
#[ignore = "needs a Vulkan driver: run by .ci/run"]
fn a_located_picture_in_a_small_light_window() {
    let (mut window, script) = window(|builder| builder.with_size([1100.0, 720.0]).wgpu());
    window.state_mut().perform(Action::SetTheme(ThemeChoice::Light));
    drop_files(&mut window, &["a.jpg"]);
    script.locate();
    settle_wholly(&mut window);
    window.snapshot_options("located small light", &tolerance());
}
