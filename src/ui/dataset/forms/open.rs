//! Which index to open.

use std::path::PathBuf;

use super::super::super::forms::{Browse, Form, Out, PathField, What};
use crate::state::{Action, DatasetAction};

/// Which index to open.
pub struct OpenForm(PathField);

impl OpenForm {
    /// One that is to be named.
    pub fn new() -> Self {
        Self(PathField::new("Index file (.sqlite)"))
    }
}

impl Form for OpenForm {
    fn title(&self) -> String {
        "Open an index".to_owned()
    }

    fn button(&self) -> &'static str {
        "Open"
    }

    fn path(&mut self) -> Option<&mut PathField> {
        Some(&mut self.0)
    }

    fn is_complete(&self) -> bool {
        self.0.path().is_some()
    }

    fn browse(&self) -> Option<Browse> {
        Some(Browse { title: "Open an index", what: What::File("Indexes", &["sqlite"]) })
    }

    fn take(&mut self, paths: Vec<PathBuf>) -> bool {
        paths.into_iter().take(1).for_each(|path| self.0.set(path));
        true
    }

    fn finish(self: Box<Self>, out: &mut Out<'_>) {
        let Some(file) = self.0.path() else { return };
        out.act(Action::Dataset(DatasetAction::Open(file)));
    }
}
