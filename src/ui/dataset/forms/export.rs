//! What is exported of a data set, and how.

use std::path::{Path, PathBuf};

use egui::{ComboBox, Ui};

use super::super::super::{
    forms::{Browse, Form, Out, PathField, What, export_folder},
    words,
};
use crate::{
    dataset::{
        Row, RowId,
        export::{ExportForm, Stage, Transfer},
    },
    state::{Action, DatasetAction, State},
};

/// What is exported, and how.
pub struct ExportSetForm {
    path: PathField,
    shown: Pictures,
    /// Those of them that are selected, where any are.
    selected: Option<Pictures>,
    takes_selected: bool,
    form: ExportForm,
}

/// Pictures that can be exported, and how many cannot: those that could not be read.
struct Pictures {
    ids: Vec<RowId>,
    n_errors: usize,
}

impl Pictures {
    fn of<'r>(rows: impl Iterator<Item = &'r Row>) -> Self {
        let (whole, errors): (Vec<_>, Vec<_>) = rows.partition(|row| row.error.is_none());
        Self { ids: whole.into_iter().map(|row| row.id).collect(), n_errors: errors.len() }
    }

    /// "71 shown", "1,064 selected; 2 more could not be read and are left out".
    fn said(&self, which: &str) -> String {
        let errors = match self.n_errors {
            0 => String::new(),
            n => format!("; {} more could not be read and are left out", words::count(n)),
        };
        format!("{} {which}{errors}", words::count(self.ids.len()))
    }
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
    /// What is shown or what is selected of it, which is asked; pictures that could not be read are left out. One is selected by
    /// looking at it, so what a filter has left goes first.
    pub fn of(state: &State) -> Self {
        let dataset = state.dataset();
        let listed = dataset.listing().shown().iter().copied();
        let shown = Pictures::of(listed.clone().filter_map(|row| dataset.row(row)));
        let chosen = listed.filter(|row| dataset.selection().holds(*row));
        let selected = Pictures::of(chosen.filter_map(|row| dataset.row(row)));
        let selected = Some(selected).filter(|selected| selected.ids.len() + selected.n_errors > 0);
        let takes_selected = selected.is_some() && dataset.filter().shows_all();
        let index = dataset.file().and_then(Path::file_name).unwrap_or("dataset".as_ref()).to_string_lossy();
        let name = index.trim_end_matches(".sqlite").trim_end_matches(".terrasight");
        let file = export_folder(state.settings().export_folder.as_deref()).join(format!("{name}-export"));
        let form = ExportForm::Folder(Transfer::Copy);
        Self { path: PathField::with(line_for(form), file), shown, selected, takes_selected, form }
    }

    fn pictures(&self) -> &Pictures {
        self.selected.as_ref().filter(|_| self.takes_selected).unwrap_or(&self.shown)
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
        match &self.selected {
            Some(selected) => {
                ui.label("Pictures");
                ui.radio_value(&mut self.takes_selected, false, self.shown.said("shown"));
                ui.radio_value(&mut self.takes_selected, true, selected.said("selected"));
            }
            None => {
                ui.label(format!("Pictures: {}.", self.shown.said("shown")));
            }
        }
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
        self.path.path().is_some() && !self.pictures().ids.is_empty()
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
        let ids = self.pictures().ids.clone();
        out.act(Action::Dataset(DatasetAction::Export { ids, form: self.form, out: path, replaces }));
    }
}
