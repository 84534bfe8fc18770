//! How the window looks, against pictures kept beside these tests. Drawn by software Vulkan, because only that draws alike
//! on every machine.

use egui::{Modifiers, Theme};
use egui_kittest::{SnapshotOptions, kittest::Queryable as _};

use super::script::{drop_files, settle, window};

/// Letters differ by a little between Mesa's versions; a panel that moved differs by far more.
fn tolerance() -> SnapshotOptions {
    SnapshotOptions::new().threshold(2.0).max_failed_pixels(400)
}

#[test]
#[ignore = "needs a Vulkan driver: run by .ci/run"]
fn an_empty_window() {
    let (mut window, _script) = window(|builder| builder.with_size([1100.0, 720.0]).with_theme(Theme::Light).wgpu());
    window.snapshot_options("empty", &tolerance());
}

#[test]
#[ignore = "needs a Vulkan driver: run by .ci/run"]
fn a_located_picture_in_a_wide_dark_window() {
    let (mut window, script) = window(|builder| builder.with_size([1920.0, 1080.0]).with_theme(Theme::Dark).wgpu());
    drop_files(&mut window, &["gps.jpg", "b.jpg"]);
    script.locate();
    settle(&mut window);
    window.snapshot_options("located wide dark", &tolerance());
}

#[test]
#[ignore = "needs a Vulkan driver: run by .ci/run"]
fn a_located_picture_in_a_small_light_window() {
    let (mut window, script) = window(|builder| builder.with_size([1100.0, 720.0]).with_theme(Theme::Light).wgpu());
    drop_files(&mut window, &["a.jpg"]);
    script.locate();
    settle(&mut window);
    window.get_by_label("Candidates").click_modifiers(Modifiers::NONE);
    settle(&mut window);
    window.remove_cursor();
    settle(&mut window);
    window.snapshot_options("located small light", &tolerance());
}
