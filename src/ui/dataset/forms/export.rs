//! What is exported of a data set, and how.

use std::path::{Path, PathBuf};

use egui::{ComboBox, Ui};

use super::super::super::{
    forms::{Browse, Form, Out, PathField, What, export_folder},
    words,
};
use crate::{
    dataset::{
        RowId,
        export::{ExportForm, Stage, Transfer},
    },
    state::{Action, DatasetAction, State},
};

/// What is exported, and how.
pub struct ExportSetForm {
    path: PathField,
    ids: Vec<RowId>,
    n_errors: usize,
    is_selection: bool,
    form: ExportForm,
}

/// The forms, the one for most first.
const FORMS: [ExportForm; 7] = [
    ExportForm::Folder(Transfer::Copy),
    ExportForm::Folder(Transfer::Link),
    ExportForm::Csv,
    ExportForm::Parquet,
    ExportForm::GeoParquet,
    ExportForm::QwenVl(Stage::Reasoning),
    ExportForm::QwenVl(Stage::Location),
];

impl ExportSetForm {
    /// What is selected, or else what is shown; pictures that could not be read are left out.
    pub fn of(state: &State) -> Self {
        let dataset = state.dataset();
        let rows: Vec<_> = dataset.rows_to_export().filter_map(|row| dataset.row(row)).collect();
        let whole = rows.iter().filter(|row| row.error.is_none());
        let ids: Vec<RowId> = whole.map(|row| row.id).collect();
        let n_errors = rows.len() - ids.len();
        let index = dataset.file().and_then(Path::file_name).unwrap_or("dataset".as_ref()).to_string_lossy();
        let name = index.trim_end_matches(".sqlite").trim_end_matches(".terrasight");
        let file = export_folder(state.settings().export_folder.as_deref()).join(format!("{name}-export"));
        let form = ExportForm::Folder(Transfer::Copy);
        let is_selection = !dataset.selection().is_empty();
        Self { path: PathField::with(line_for(form), file), ids, n_errors, is_selection, form }
    }
}

/// How the files of a form end.
fn ending(form: ExportForm) -> &'static str {
    match form {
        ExportForm::Folder(_) => "",
        ExportForm::Csv => "csv",
        ExportForm::Parquet | ExportForm::GeoParquet => "parquet",
        ExportForm::QwenVl(_) => "json",
    }
}

/// What the line for the path is called.
fn line_for(form: ExportForm) -> &'static str {
    if matches!(form, ExportForm::Folder(_)) { "New folder" } else { "New file" }
}

impl Form for ExportSetForm {
    fn title(&self) -> String {
        "Export pictures".to_owned()
    }

    fn button(&self) -> &'static str {
        "Export"
    }

    fn path(&mut self) -> Option<&mut PathField> {
        Some(&mut self.path)
    }

    /// What is exported, and the choice of form; the path's ending follows it.
    fn above(&mut self, ui: &mut Ui) {
        let which = if self.is_selection { "selected" } else { "shown" };
        let mut text = match self.ids.len() {
            1 => format!("1 {which} picture is exported"),
            n => format!("{} {which} pictures are exported", words::count(n)),
        };
        if self.n_errors > 0 {
            text += &format!("; {} more could not be read and are left out", words::count(self.n_errors));
        }
        ui.label(text + ".");
        let before = self.form;
        let label = ui.label("As");
        ComboBox::from_id_salt("export form")
            .selected_text(words::export_form(self.form))
            .width(ui.available_width())
            .show_ui(ui, |ui| {
                for form in FORMS {
                    ui.selectable_value(&mut self.form, form, words::export_form(form));
                }
            })
            .response
            .labelled_by(label.id);
        if self.form != before {
            self.path.rename(line_for(self.form));
            self.path.follow_ending(ending(before), ending(self.form));
        }
    }

    fn is_complete(&self) -> bool {
        self.path.path().is_some()
    }

    fn browse(&self) -> Option<Browse> {
        Some(Browse { title: "Export pictures", what: What::Save(self.path.path()?) })
    }

    /// A folder that is there already counts when something is in it.
    fn replaces(&self) -> Option<PathBuf> {
        let is_empty = |folder: &Path| folder.read_dir().is_ok_and(|mut files| files.next().is_none());
        self.path.path().filter(|path| path.exists() && !is_empty(path))
    }

    fn finish(self: Box<Self>, out: &mut Out<'_>) {
        let Some(path) = self.path.path() else { return };
        if let Some(folder) = path.parent() {
            out.act(Action::ExportedTo(folder.to_owned()));
        }
        let replaces = out.may_replace;
        out.act(Action::Dataset(DatasetAction::Export { ids: self.ids, form: self.form, out: path, replaces }));
    }
}
