//! What is asked before a data set is indexed or exported.

use std::path::{Path, PathBuf};

use egui::{ComboBox, RichText, TextEdit, Ui};

use super::super::words;
use crate::{
    dataset::{
        IndexSource, RowId,
        export::{ExportForm, Stage, Transfer},
    },
    state::{Action, DatasetAction, DatasetState},
};

/// Where the index of a folder lies unless somebody says otherwise: beside it, under its name.
pub fn index_beside(source: &Path) -> PathBuf {
    let mut name = source.file_name().unwrap_or(source.as_os_str()).to_owned();
    name.push(".terrasight.sqlite");
    source.with_file_name(name)
}

/// The index's file, asked for beside what is to be indexed.
#[derive(Default)]
pub struct IndexForm {
    file: String,
    /// The source that `file` was proposed for; the user's own words are left alone.
    proposed_for: Option<String>,
}

impl IndexForm {
    /// Draws the line for the index's file.
    pub fn ui(&mut self, ui: &mut Ui, source: &str) {
        let path = super::typed_path(source);
        let proposed = |source: &str| super::typed_path(source).map(|path| index_beside(&path).display().to_string());
        let is_own = self.proposed_for.as_deref().and_then(proposed).unwrap_or_default() != self.file;
        if self.proposed_for.as_deref() != Some(source) && !is_own {
            self.file = proposed(source).unwrap_or_default();
            self.proposed_for = Some(source.to_owned());
        }
        let name = ui.label("Index file");
        ui.add(TextEdit::singleline(&mut self.file).desired_width(f32::INFINITY)).labelled_by(name.id);
        let exists = super::typed_path(&self.file).is_some_and(|file| file.is_file());
        let text = match path {
            Some(_) if exists => "This index is there already: what has not changed is left alone, the rest is read.",
            _ => "The pictures stay as they are; what is found out about them goes into this file.",
        };
        ui.label(RichText::new(text).small().weak());
    }

    /// What is to be done with a source.
    pub fn action(&self, source: PathBuf) -> Option<Action> {
        let file = super::typed_path(&self.file)?;
        Some(Action::Dataset(DatasetAction::Index(IndexSource::of(source), file)))
    }
}

/// What is exported, and how.
pub struct ExportSetForm {
    ids: Vec<RowId>,
    n_errors: usize,
    is_selection: bool,
    form: ExportForm,
}

/// The forms with what each is good for.
const FORMS: &[(ExportForm, &str)] = &[
    (ExportForm::Folder(Transfer::Copy), "Folder with copies of the pictures, and a CSV table"),
    (ExportForm::Folder(Transfer::Link), "Folder with hard links to the pictures, and a CSV table"),
    (ExportForm::Csv, "CSV table, which evaluate and train read"),
    (ExportForm::Parquet, "Parquet, for DuckDB, Spark and Ray"),
    (ExportForm::GeoParquet, "GeoParquet, for maps"),
    (ExportForm::QwenVl(Stage::Reasoning), "Training conversations: country and reasons (JSON)"),
    (ExportForm::QwenVl(Stage::Location), "Training conversations: country and city (JSON)"),
];

impl ExportSetForm {
    /// What is selected, or else what is shown; pictures that could not be read are left out.
    pub fn of(dataset: &DatasetState) -> Self {
        let rows: Vec<_> = dataset.rows_to_export().filter_map(|row| dataset.row(row)).collect();
        let whole = rows.iter().filter(|row| row.error.is_none());
        let ids: Vec<RowId> = whole.map(|row| row.id).collect();
        let n_errors = rows.len() - ids.len();
        let form = ExportForm::Folder(Transfer::Copy);
        Self { ids, n_errors, is_selection: !dataset.selection().is_empty(), form }
    }

    /// What the result may be called, beside the index.
    pub fn proposed_path(&self, dataset: &DatasetState) -> PathBuf {
        let index = dataset.file().unwrap_or(Path::new("dataset"));
        let name = index.file_name().unwrap_or_default().to_string_lossy();
        let name = name.trim_end_matches(".sqlite").trim_end_matches(".terrasight");
        index.with_file_name(format!("{name}-export{}", self.ending()))
    }

    fn ending(&self) -> &'static str {
        match self.form {
            ExportForm::Folder(_) => "",
            ExportForm::Csv => ".csv",
            ExportForm::Parquet | ExportForm::GeoParquet => ".parquet",
            ExportForm::QwenVl(_) => ".json",
        }
    }

    /// Draws what is exported and the choice of form; the path's ending follows it.
    pub fn ui(&mut self, ui: &mut Ui, path: &mut String) {
        let which = if self.is_selection { "selected" } else { "shown" };
        let mut text = match self.ids.len() {
            1 => format!("1 {which} picture is exported"),
            n => format!("{} {which} pictures are exported", words::count(n)),
        };
        if self.n_errors > 0 {
            text += &format!("; {} more could not be read and are left out", words::count(self.n_errors));
        }
        ui.label(text + ".");
        let before = self.ending();
        let name_of = |form| FORMS.iter().find(|(other, _)| *other == form).map_or("", |(_, name)| *name);
        let label = ui.label("As");
        ComboBox::from_id_salt("export form")
            .selected_text(name_of(self.form))
            .width(ui.available_width())
            .show_ui(ui, |ui| {
                for (form, name) in FORMS {
                    ui.selectable_value(&mut self.form, *form, *name);
                }
            })
            .response
            .labelled_by(label.id);
        let after = self.ending();
        if before != after
            && let Some(stem) = path.strip_suffix(before)
        {
            *path = format!("{stem}{after}");
        }
    }

    /// Whether the result is a folder.
    pub fn is_folder(&self) -> bool {
        matches!(self.form, ExportForm::Folder(_))
    }

    /// What is to be done.
    pub fn action(self, out: PathBuf) -> Action {
        Action::Dataset(DatasetAction::Export { ids: self.ids, form: self.form, out })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_lies_beside_what_it_is_of() {
        assert_eq!(index_beside(Path::new("/sets/streets")), Path::new("/sets/streets.terrasight.sqlite"));
        assert_eq!(index_beside(Path::new("/sets/all.csv")), Path::new("/sets/all.csv.terrasight.sqlite"));
    }
}
