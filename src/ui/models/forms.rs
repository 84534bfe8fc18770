//! What is asked before a model is brought in or deleted, or another server is asked.

use std::path::PathBuf;

use egui::{TextEdit, Ui};

use super::super::{
    forms::{Browse, Form, Out, PathField, What},
    words,
};
use crate::{
    hub::{HOST, Hub, Shelved},
    state::{Action, HubAction, State},
};

/// Brings in a model from a folder.
pub(super) struct ImportForm {
    path: PathField,
}

impl ImportForm {
    pub(super) fn new() -> Self {
        Self { path: PathField::new("Folder of a model (config.json or GGUF files)") }
    }

    /// For this folder.
    pub(super) fn of(folder: PathBuf) -> Self {
        let mut form = Self::new();
        form.path.set(folder);
        form
    }
}

impl Form for ImportForm {
    fn title(&self) -> String {
        "Import a model".to_owned()
    }

    fn button(&self) -> &'static str {
        "Import"
    }

    fn path(&mut self) -> Option<&mut PathField> {
        Some(&mut self.path)
    }

    fn is_complete(&self) -> bool {
        self.path.path().is_some()
    }

    fn browse(&self) -> Option<Browse> {
        Some(Browse { title: "Choose a model folder", what: What::Folder })
    }

    fn take(&mut self, paths: Vec<PathBuf>) -> bool {
        paths.into_iter().next().into_iter().for_each(|path| self.path.set(path));
        true
    }

    fn finish(self: Box<Self>, out: &mut Out<'_>) {
        if let Some(folder) = self.path.path() {
            out.act(Action::Hub(HubAction::Import(folder)));
        }
    }
}

/// Asks before a model is deleted.
pub(super) struct RemoveForm {
    name: String,
    bytes: u64,
}

impl RemoveForm {
    pub(super) fn new(model: &Shelved) -> Self {
        Self { name: model.name.clone(), bytes: model.bytes }
    }
}

impl Form for RemoveForm {
    fn title(&self) -> String {
        "Delete this model?".to_owned()
    }

    fn button(&self) -> &'static str {
        "Delete"
    }

    fn path(&mut self) -> Option<&mut PathField> {
        None
    }

    fn above(&mut self, ui: &mut Ui) {
        ui.label(format!(
            "{} and its {} leave this machine. It can be fetched again.",
            self.name,
            words::bytes(self.bytes)
        ));
    }

    fn is_complete(&self) -> bool {
        true
    }

    fn finish(self: Box<Self>, out: &mut Out<'_>) {
        out.act(Action::Hub(HubAction::Remove(self.name)));
    }
}

/// Asks for the server that models come from.
pub(super) struct MirrorForm {
    address: String,
}

impl MirrorForm {
    pub(super) fn new(state: &State) -> Self {
        Self { address: state.settings().mirror.clone().unwrap_or_default() }
    }

    fn is_sound(&self) -> bool {
        self.address.trim().is_empty() || Hub::at(&self.address, None).is_ok()
    }
}

impl Form for MirrorForm {
    fn title(&self) -> String {
        "Where models come from".to_owned()
    }

    fn button(&self) -> &'static str {
        "Keep"
    }

    fn path(&mut self) -> Option<&mut PathField> {
        None
    }

    fn above(&mut self, ui: &mut Ui) {
        ui.label(format!("Models come from {HOST}. A mirror is a server that answers as it does; leave this empty for the hub itself."));
        let label = ui.label("Address of a mirror");
        let line = TextEdit::singleline(&mut self.address).hint_text("https://").desired_width(f32::INFINITY);
        ui.add(line).labelled_by(label.id);
        if !self.is_sound() {
            ui.label("An address begins with https://");
        }
        ui.label("A token that was given for another server is not shown to this one.");
    }

    fn is_complete(&self) -> bool {
        self.is_sound()
    }

    fn finish(self: Box<Self>, out: &mut Out<'_>) {
        out.act(Action::Hub(HubAction::SetMirror(Some(self.address.trim().to_owned()))));
    }
}
