//! Where a file of text is saved: a report or a recipe.

use std::path::{Path, PathBuf};

use egui::Ui;

use super::{super::pictures::write_file, Browse, Form, Out, PathField, What, export_folder};
use crate::state::{NotWritten, Remark, State};

/// What a file of this name is to hold; or, in one line, why there is nothing to write.
type Contents = Box<dyn FnOnce(&Path) -> Result<String, String> + Send>;

/// Where a file of text is saved.
pub struct SaveText {
    title: &'static str,
    path: PathField,
    explains: &'static str,
    written: fn(PathBuf) -> Remark,
    contents: Contents,
}

impl SaveText {
    /// Saves a report: `name` is proposed in the folder for exports; `explains` says what comes of which name.
    pub fn report(
        state: &State,
        name: &str,
        explains: &'static str,
        contents: impl FnOnce(&Path) -> String + Send + 'static,
    ) -> Self {
        let contents: Contents = Box::new(move |file| Ok(contents(file)));
        Self {
            title: "Save the report",
            path: proposed(state, name),
            explains,
            written: Remark::ReportWritten,
            contents,
        }
    }

    /// Saves a recipe likewise.
    pub fn recipe(
        state: &State,
        name: &str,
        explains: &'static str,
        contents: impl FnOnce() -> Result<String, String> + Send + 'static,
    ) -> Self {
        let contents: Contents = Box::new(move |_| contents());
        Self {
            title: "Save the recipe",
            path: proposed(state, name),
            explains,
            written: Remark::RecipeWritten,
            contents,
        }
    }
}

fn proposed(state: &State, name: &str) -> PathField {
    PathField::with("File", export_folder(state.settings().export_folder.as_deref()).join(name))
}

impl Form for SaveText {
    fn title(&self) -> String {
        self.title.to_owned()
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
        Some(Browse { title: self.title, what: What::Save(self.path.path()?) })
    }

    fn replaces(&self) -> Option<PathBuf> {
        self.path.path().filter(|path| path.exists())
    }

    fn finish(self: Box<Self>, out: &mut Out<'_>) {
        let Some(file) = self.path.path() else { return };
        let (contents, written, may_replace) = (self.contents, self.written, out.may_replace);
        let to = file.clone();
        out.write(&file, move || {
            let text = contents(&to).map_err(NotWritten::Refused);
            match text.and_then(|text| write_file(&to, text.as_bytes(), may_replace)) {
                Ok(()) => written(to),
                Err(why) => Remark::NotWritten(to, why),
            }
        });
    }
}
