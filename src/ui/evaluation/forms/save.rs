//! Where the report of an evaluation is saved, and in which form.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use egui::Ui;

use super::super::super::{
    forms::{Browse, Form, Out, PathField, What, export_folder},
    pictures::write_file,
};
use crate::{
    export,
    state::{Remark, State},
    worker::Evaluated,
};

/// Where a report is saved.
pub(in crate::ui::evaluation) struct SaveForm {
    path: PathField,
    evaluated: Arc<Evaluated>,
}

impl SaveForm {
    pub(in crate::ui::evaluation) fn new(state: &State, evaluated: &Arc<Evaluated>) -> Self {
        let folder = evaluated.folder.file_name().unwrap_or("report".as_ref()).to_string_lossy();
        let file = export_folder(state.settings().export_folder.as_deref()).join(format!("evaluation {folder}.html"));
        Self { path: PathField::with("File", file), evaluated: Arc::clone(evaluated) }
    }
}

/// What a file of this name holds.
fn written(evaluated: &Evaluated, file: &Path) -> String {
    if file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json")) {
        export::evaluation::json(&evaluated.report)
    } else {
        export::evaluation::page(evaluated)
    }
}

impl Form for SaveForm {
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
        ui.label("A name that ends in .html makes a page for reading, which needs nothing beside itself; one in .json the figures for programs. Both say all that it takes to repeat the evaluation.");
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
        let (evaluated, may_replace) = (self.evaluated, out.may_replace);
        let to = file.clone();
        out.write(&file, move || match write_file(&to, written(&evaluated, &to).as_bytes(), may_replace) {
            Ok(()) => Remark::ReportWritten(to),
            Err(why) => Remark::NotWritten(to, why),
        });
    }
}
