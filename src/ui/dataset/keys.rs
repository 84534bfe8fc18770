//! The keys of the page of data sets.

use egui::{Key, KeyboardShortcut, Modifiers};

use super::{
    super::{
        Ask,
        shortcuts::{Shortcut, command, command_shift, undoes},
    },
    DatasetPage,
    forms::{ExportSetForm, IndexForm, OpenForm},
};

pub const INDEX: KeyboardShortcut = command(Key::O);
pub const OPEN: KeyboardShortcut = command_shift(Key::O);
pub const EXPORT: KeyboardShortcut = command(Key::E);

/// What each key does. What concerns the list is done by the list while the keyboard is on it or on nothing.
pub const TABLE: &[Shortcut<DatasetPage>] = &[
    Shortcut::always(&[INDEX], "Index a folder, a CSV table or a list", |_, view, _, _| {
        view.asks.push(Ask::Browse(Box::new(IndexForm::new())));
    }),
    Shortcut::always(&[OPEN], "Open an index", |_, view, _, _| {
        view.asks.push(Ask::Browse(Box::new(OpenForm::new())));
    }),
    Shortcut::elsewhere(Modifiers::NONE, "Up, Down, Page Up, Page Down", "The picture before, the picture after"),
    Shortcut::elsewhere(Modifiers::NONE, "Home, End", "The first picture, the last picture"),
    Shortcut::elsewhere(Modifiers::SHIFT, "these", "Select all pictures between"),
    Shortcut::elsewhere(Modifiers::COMMAND, "click", "Add a picture to what is selected"),
    Shortcut::elsewhere(Modifiers::SHIFT, "click", "Add all pictures up to it"),
    Shortcut::elsewhere(Modifiers::COMMAND, "A", "Select all that is shown"),
    Shortcut::elsewhere(Modifiers::NONE, "Space", "Mark what is selected as checked, or take the mark off"),
    Shortcut::elsewhere(Modifiers::NONE, "Enter", "Open what is selected on the page of pictures"),
    undoes("Undo what was opened, removed, chosen or marked; with Shift, do it again"),
    Shortcut::always(&[EXPORT], "Export what is selected, or else what is shown", |_, view, _, _| {
        view.asks.push(Ask::Show(Box::new(ExportSetForm::of(view.state))));
    }),
    Shortcut::elsewhere(Modifiers::SHIFT, "drag on the map", "Select the samples inside"),
    Shortcut::elsewhere(Modifiers::NONE, "Left, Right on the histogram", "Move the threshold"),
];
