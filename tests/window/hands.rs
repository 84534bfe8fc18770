//! What a user's hands do to the window, and whether something is said in it.

use egui::{Key, Modifiers};
use egui_kittest::{Harness, kittest::Queryable as _};
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

/// Whether a text is said somewhere in the window.
pub fn is_said(window: &Window, text: &str) -> bool {
    window.query_all_by_label_contains(text).next().is_some()
}
