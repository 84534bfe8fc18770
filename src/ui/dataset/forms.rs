//! What is asked on the page of data sets: which folder to index, which index to open, what to export and how.

use std::path::{Path, PathBuf};

use egui::{ComboBox, RichText, Ui};

use super::super::{
    forms::{Browse, Form, Out, PathField, What, export_folder},
    words,
};
use crate::{
    dataset::{
        IndexSource, RowId,
        export::{ExportForm, Stage, Transfer},
    },
    state::{Action, DatasetAction, State},
};

/// How a file of an index ends.
const INDEX_ENDING: &str = ".terrasight.sqlite";

/// Where the index of a folder lies unless somebody says otherwise: beside the folder where one is already, else where
/// exports go, so that nothing is put beside pictures unasked.
fn index_for(source: &Path, export_folder: &Path) -> PathBuf {
    let mut name = source.file_name().unwrap_or(source.as_os_str()).to_owned();
    name.push(INDEX_ENDING);
    let beside = source.with_file_name(&name);
    if beside.is_file() { beside } else { export_folder.join(name) }
}

/// What is to be indexed, and into which file.
pub struct IndexForm {
    source: PathField,
    index: PathField,
    export_folder: PathBuf,
    /// The source that the index's file was proposed for, and what was proposed.
    proposed: Option<(PathBuf, PathBuf)>,
}

impl IndexForm {
    /// For a source that is to be named.
    pub fn new(state: &State) -> Self {
        let export_folder = export_folder(state.settings().export_folder.as_deref());
        let source = PathField::new("Folder, CSV table, or list of files");
        Self { source, index: PathField::unfocused("Index file"), export_folder, proposed: None }
    }

    /// For this source.
    pub fn of(state: &State, source: PathBuf) -> Self {
        let mut form = Self::new(state);
        form.source.set(source);
        form.propose();
        form
    }

    /// Lets the index's file follow the source; the user's own words are left alone.
    fn propose(&mut self) {
        let source = self.source.path();
        if self.proposed.as_ref().map(|(source, _)| source) == source.as_ref() {
            return;
        }
        let is_own = self.index.path() != self.proposed.as_ref().map(|(_, file)| file.clone());
        let Some(source) = source.filter(|_| !is_own) else { return };
        let file = index_for(&source, &self.export_folder);
        self.index.set(file.clone());
        self.proposed = Some((source, file));
    }
}

impl Form for IndexForm {
    fn title(&self) -> String {
        "Index pictures".to_owned()
    }

    fn button(&self) -> &'static str {
        "Index"
    }

    fn path(&mut self) -> Option<&mut PathField> {
        Some(&mut self.source)
    }

    fn below(&mut self, ui: &mut Ui) {
        self.propose();
        self.index.ui(ui);
        let text = if self.index.path().is_some_and(|file| file.is_file()) {
            "This index is there already: what has not changed is left alone, the rest is read."
        } else {
            "The pictures stay as they are; what is found out about them goes into this file."
        };
        ui.label(RichText::new(text).small().weak());
    }

    fn is_complete(&self) -> bool {
        self.source.path().is_some() && self.index.path().is_some()
    }

    fn browse(&self) -> Option<Browse> {
        Some(Browse { title: "Index a folder of pictures", what: What::Folder })
    }

    fn take(&mut self, paths: Vec<PathBuf>) -> bool {
        paths.into_iter().take(1).for_each(|path| self.source.set(path));
        self.propose();
        false
    }

    fn finish(self: Box<Self>, out: &mut Out<'_>) {
        let Some((source, file)) = self.source.path().zip(self.index.path()) else { return };
        out.act(Action::Dataset(DatasetAction::Index(IndexSource::of(source), file)));
    }
}

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

/// What is exported, and how.
pub struct ExportSetForm {
    path: PathField,
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

    fn take(&mut self, paths: Vec<PathBuf>) -> bool {
        paths.into_iter().take(1).for_each(|path| self.path.set(path));
        false
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_lies_beside_its_folder_only_where_it_does_already() {
        let sets = tempfile::tempdir().unwrap();
        let (folder, documents) = (sets.path().join("streets"), Path::new("/documents"));
        assert_eq!(index_for(&folder, documents), documents.join("streets.terrasight.sqlite"));
        let beside = sets.path().join("streets.terrasight.sqlite");
        std::fs::write(&beside, "").unwrap();
        assert_eq!(index_for(&folder, documents), beside);
    }
}
