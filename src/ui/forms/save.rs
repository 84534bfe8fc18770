//! Where a file is saved: an answer, a picture with its colours, a report, a recipe.

use std::{
    io,
    path::{Path, PathBuf},
};

use egui::Ui;

use super::{Browse, Form, Out, PathField, What, export_folder};
use crate::{
    assets,
    state::{NotWritten, Remark, State},
};

/// What a file is to hold, and what there is to choose of it.
pub trait Contents: Send {
    /// Draws the choices; the path's ending follows them.
    fn above(&mut self, _ui: &mut Ui, _path: &mut PathField) {}
    /// All that a file of this name is to hold; or, in one line, why there is nothing to write.
    fn bytes(self: Box<Self>, file: &Path) -> Result<Vec<u8>, String>;
}

impl<F: FnOnce(&Path) -> Result<Vec<u8>, String> + Send> Contents for F {
    fn bytes(self: Box<Self>, file: &Path) -> Result<Vec<u8>, String> {
        self(file)
    }
}

/// Where a file is saved.
pub struct SaveForm {
    title: &'static str,
    path: PathField,
    explains: Option<&'static str>,
    contents: Box<dyn Contents>,
    written: fn(PathBuf) -> Remark,
}

impl SaveForm {
    /// A file of this name is proposed, in the folder for exports; `written` is what is said once it is there.
    pub fn new(
        state: &State,
        title: &'static str,
        name: impl AsRef<Path>,
        contents: impl Contents + 'static,
        written: fn(PathBuf) -> Remark,
    ) -> Self {
        let path = PathField::with("File", export_folder(state.settings().export_folder.as_deref()).join(name));
        Self { title, path, explains: None, contents: Box::new(contents), written }
    }

    /// With a sentence under the path.
    #[must_use]
    pub fn explained(self, explains: &'static str) -> Self {
        Self { explains: Some(explains), ..self }
    }
}

impl Form for SaveForm {
    fn title(&self) -> String {
        self.title.to_owned()
    }

    fn button(&self) -> &'static str {
        "Save"
    }

    fn path(&mut self) -> Option<&mut PathField> {
        Some(&mut self.path)
    }

    fn above(&mut self, ui: &mut Ui) {
        self.contents.above(ui, &mut self.path);
    }

    fn below(&mut self, ui: &mut Ui) {
        if let Some(explains) = self.explains {
            ui.label(explains);
        }
    }

    fn is_complete(&self) -> bool {
        self.path.path().is_some()
    }

    fn browse(&self) -> Option<Browse> {
        Some(Browse { title: self.title, what: What::Save(self.path.path()?) })
    }

    fn refusal(&self) -> Option<String> {
        let file = self.path.path()?;
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir())?;
        Some(format!("There is no folder {}: choose another place.", folder.display()))
    }

    fn replaces(&self) -> Option<PathBuf> {
        self.path.path().filter(|path| path.exists())
    }

    fn finish(self: Box<Self>, out: &mut Out<'_>) {
        let Some(file) = self.path.path() else { return };
        let (contents, written, may_replace) = (self.contents, self.written, out.may_replace);
        out.write(&file.clone(), move || {
            let bytes = contents.bytes(&file).map_err(NotWritten::Refused);
            match bytes.and_then(|bytes| write(&file, &bytes, may_replace)) {
                Ok(()) => written(file),
                Err(why) => Remark::NotWritten(file, why),
            }
        });
    }
}

/// Writes a file, whole or not at all. One that has come since the user was asked is not replaced either.
fn write(file: &Path, bytes: &[u8], may_replace: bool) -> Result<(), NotWritten> {
    let write = if may_replace { assets::write_whole } else { assets::write_new };
    write(file, bytes).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists if !may_replace => NotWritten::IsThere,
        _ => NotWritten::Refused(error.to_string()),
    })
}
