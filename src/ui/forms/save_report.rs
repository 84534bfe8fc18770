//! Where a report is saved.

use std::path::{Path, PathBuf};

use egui::Ui;

use super::{super::pictures::write_file, Browse, Form, Out, PathField, What, export_folder};
use crate::state::{Remark, State};

/// What a file of this name is to hold.
type Contents = Box<dyn FnOnce(&Path) -> String + Send>;

/// Where a report is saved.
pub struct SaveReport {
    path: PathField,
    explains: &'static str,
    contents: Contents,
}

impl SaveReport {
    /// Proposes `name` in the folder for exports; `explains` says what comes of which name.
    pub fn new(
        state: &State,
        name: &str,
        explains: &'static str,
        contents: impl FnOnce(&Path) -> String + Send + 'static,
    ) -> Self {
        let file = export_folder(state.settings().export_folder.as_deref()).join(name);
        Self { path: PathField::with("File", file), explains, contents: Box::new(contents) }
    }
}

impl Form for SaveReport {
    fn title(&self) -> String {
        "Save the report".to_owned()
    }

    fn button(&self) -> &'static str {
        "Save"
    }

    fn path(&mut self) -> Option<&mut PathField> {
        Some(&mut self.path)
    }

    fn below(&mut self, ui: &mut Ui) {
        ui.label(self.explains);
    }

    fn is_complete(&self) -> bool {
        self.path.path().is_some()
    }

    fn browse(&self) -> Option<Browse> {
        Some(Browse { title: "Save the report", what: What::Save(self.path.path()?) })
    }

    fn replaces(&self) -> Option<PathBuf> {
        self.path.path().filter(|path| path.exists())
    }

    fn finish(self: Box<Self>, out: &mut Out<'_>) {
        let Some(file) = self.path.path() else { return };
        let (contents, may_replace) = (self.contents, out.may_replace);
        let to = file.clone();
        out.write(&file, move || match write_file(&to, contents(&to).as_bytes(), may_replace) {
            Ok(()) => Remark::ReportWritten(to),
            Err(why) => Remark::NotWritten(to, why),
        });
    }
}
