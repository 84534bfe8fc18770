//! What a user's hands do to the window, and whether something is said in it.

use std::{fs, path::PathBuf};

use egui::{Key, Modifiers, Role};
use egui_kittest::{Harness, kittest::Queryable as _};
use tempfile::TempDir;
use terrasight::app::TerrasightApp;

use super::script::settle;

pub type Window = Harness<'static, TerrasightApp>;

pub fn click(window: &mut Window, name: &str) {
    window.get_by_label(name).click();
    settle(window);
}

pub fn press(window: &mut Window, key: Key) {
    window.key_press(key);
    settle(window);
}

pub fn type_into(window: &mut Window, field: &str, text: &str) {
    window.get_by_label(field).focus();
    settle(window);
    window.get_by_label(field).type_text(text);
    settle(window);
}

pub fn undo(window: &mut Window) {
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    settle(window);
}

/// Chooses a column of a table in the field of this name.
pub fn choose(window: &mut Window, field: &str, column: &str) {
    window.get_by_role_and_label(Role::ComboBox, field).click();
    settle(window);
    // The column's heading stands over the first rows too.
    window.get_all_by_label(column).last().expect("the column can be chosen").click();
    settle(window);
}

/// A folder with two pictures, `a.png` and `b.png`, and this table, whose place is given too.
pub fn two_pictures(table: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["a.png", "b.png"] {
        image::RgbImage::new(8, 8).save(folder.path().join(name)).expect("a picture");
    }
    let file = folder.path().join("places.csv");
    fs::write(&file, table).expect("a table");
    (folder, file)
}

/// Whether a text is said somewhere in the window.
pub fn is_said(window: &Window, text: &str) -> bool {
    window.query_all_by_label_contains(text).next().is_some()
}
