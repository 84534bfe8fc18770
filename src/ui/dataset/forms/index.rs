//! What is to be indexed, and into which file. A table shows what is understood of it, and is asked about where it does not
//! tell; a table in a folder of pictures is offered.

use std::path::{Path, PathBuf};

use egui::{RichText, Ui};

use super::{
    super::super::{
        forms::{Browse, Form, Out, PathField, What},
        theme, words,
    },
    columns::{ColumnChooser, understood_ui},
    look::{Found, Look, Question, TableFound},
};
use crate::{
    assets,
    dataset::IndexSource,
    state::{Action, DatasetAction},
};

/// Where the index of a source lies unless somebody says otherwise: beside it where one is already, else where the program
/// keeps its files, so that nothing is put beside pictures unasked.
fn index_for(source: &Path) -> Option<PathBuf> {
    let beside = source.with_file_name(assets::index_name(source));
    if beside.is_file() { Some(beside) } else { assets::index_place(source).ok() }
}

/// What is to be indexed, and into which file.
pub struct IndexForm {
    source: PathField,
    index: PathField,
    /// The source as it was in the frame before.
    before: Option<PathBuf>,
    /// The index's file that was proposed.
    proposed: Option<PathBuf>,
    look: Look,
    chooser: ColumnChooser,
    /// Whether a file that may be a list or a table is a table, where the user has said so.
    is_table: Option<bool>,
    /// Whether the columns are shown although all is clear, or not although it is not.
    shows_columns: Option<bool>,
}

fn index_field() -> PathField {
    PathField::unfocused("Index file")
}

impl IndexForm {
    /// For a source that is to be named.
    pub fn new() -> Self {
        Self {
            source: PathField::new("Folder, CSV table, or list of files"),
            index: index_field(),
            before: None,
            proposed: None,
            look: Look::default(),
            chooser: ColumnChooser::new(),
            is_table: None,
            shows_columns: None,
        }
    }

    /// For this source.
    pub fn of(source: PathBuf) -> Self {
        let mut form = Self::new();
        form.set(source);
        form
    }

    fn set(&mut self, source: PathBuf) {
        self.source.set(source);
        self.follow();
    }

    /// What is about the source follows it; the user's own words for the index's file are left alone.
    fn follow(&mut self) {
        let source = self.source.path();
        if source == self.before {
            return;
        }
        (self.chooser, self.is_table, self.shows_columns) = (ColumnChooser::new(), None, None);
        if self.index.path() == self.proposed {
            self.proposed = source.as_deref().and_then(index_for);
            match &self.proposed {
                Some(file) => self.index.set(file.clone()),
                None => self.index = index_field(),
            }
        }
        self.before = source;
    }

    fn table(&self) -> Option<&TableFound> {
        match self.look.found()? {
            Found::Table(table) => Some(table),
            Found::Folder(_) | Found::List | Found::Nothing => None,
        }
    }

    fn shows_columns(&self) -> bool {
        let is_unclear = |table: &TableFound| {
            table.look.as_ref().is_ok_and(|look| look.understood.is_err() || !look.preview.unclear().is_empty())
        };
        self.table().is_some_and(|table| self.shows_columns.unwrap_or_else(|| is_unclear(table)))
    }

    /// What is to be known of the source before it is indexed; the form stays open where it was unclear until all is chosen.
    fn found_ui(&mut self, ui: &mut Ui) {
        let Some(source) = self.source.path() else { return };
        let (index, options, is_table) = (self.index.path(), self.chooser.chosen(), self.is_table);
        let question = Question { source, index, options, is_table };
        self.look.ask(ui.ctx(), question);
        let shows_columns = self.shows_columns();
        match self.look.found() {
            Some(Found::Folder(Some(manifest))) => {
                let manifest = manifest.clone();
                let name = manifest.file_name().unwrap_or_default().to_string_lossy().into_owned();
                ui.horizontal_wrapped(|ui| {
                    ui.label(format!("This folder has {name}, which says where its pictures were taken."));
                    if ui.button(format!("Use {name}")).clicked() {
                        self.set(manifest);
                    }
                });
            }
            Some(Found::Table(table)) => {
                if !table.is_named_so {
                    list_or_table_ui(ui, true, &mut self.is_table);
                }
                understood_ui(ui, table, &mut self.chooser);
                if shows_columns {
                    self.chooser.ui(ui, table);
                    // What was opened because something was unclear stays open while it is being chosen.
                    self.shows_columns = Some(true);
                } else if ui
                    .button("Columns…")
                    .on_hover_text("See the first rows, and say what each column means")
                    .clicked()
                {
                    self.shows_columns = Some(true);
                }
            }
            Some(Found::List) => list_or_table_ui(ui, false, &mut self.is_table),
            Some(Found::Folder(None) | Found::Nothing) => {}
            None if self.look.is_looking() => {
                ui.label(RichText::new("Looking at it …").weak());
            }
            None => {}
        }
        ui.add_space(theme::GAP);
    }
}

impl Form for IndexForm {
    fn title(&self) -> String {
        "Index pictures".to_owned()
    }

    fn button(&self) -> &'static str {
        "Index"
    }

    fn width(&self) -> f32 {
        if self.shows_columns() { 860.0 } else { 520.0 }
    }

    fn path(&mut self) -> Option<&mut PathField> {
        Some(&mut self.source)
    }

    fn below(&mut self, ui: &mut Ui) {
        self.follow();
        self.found_ui(ui);
        self.index.ui(ui);
        let text = if self.index.path().is_some_and(|file| file.is_file()) {
            "This index is there already: what has not changed is left alone, the rest is read."
        } else {
            "The pictures stay as they are; what is found out about them goes into this file."
        };
        ui.label(RichText::new(text).small().weak());
    }

    /// A table must be understood, in part at least.
    fn is_complete(&self) -> bool {
        let Some(source) = self.source.path() else { return false };
        let is_usable = |table: &TableFound| {
            let understood = table.look.as_ref().ok().and_then(|look| look.understood.as_ref().ok());
            understood.is_some_and(|understood| understood.n_rows > understood.bad.len())
        };
        let can_be_used = match self.look.found() {
            Some(Found::Table(table)) => is_usable(table),
            Some(Found::Folder(_) | Found::List | Found::Nothing) => true,
            // What may be a table is looked at first.
            None => !source.is_file(),
        };
        self.index.path().is_some() && can_be_used
    }

    fn browse(&self) -> Option<Browse> {
        Some(Browse { title: "Index a folder of pictures", what: What::Folder })
    }

    fn take(&mut self, paths: Vec<PathBuf>) -> bool {
        paths.into_iter().take(1).for_each(|path| self.set(path));
        false
    }

    fn finish(self: Box<Self>, out: &mut Out<'_>) {
        let Some((source, file)) = self.source.path().zip(self.index.path()) else { return };
        let source = match self.table() {
            Some(table) => {
                let options = self.chooser.chosen().unwrap_or_else(|| table.options.clone());
                IndexSource::Table(source, Some(options))
            }
            None => IndexSource::of(source),
        };
        out.act(Action::Dataset(DatasetAction::Index(source, file)));
    }
}

/// Asks what a file is that may be a list of paths or a table.
fn list_or_table_ui(ui: &mut Ui, is_table: bool, said: &mut Option<bool>) {
    ui.horizontal(|ui| {
        for choice in [false, true] {
            if ui.radio(is_table == choice, words::list_or_table(choice)).clicked() {
                *said = Some(choice);
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_lies_beside_its_folder_only_where_it_does_already() {
        let sets = tempfile::tempdir().unwrap();
        let folder = sets.path().join("streets");
        let place = index_for(&folder).unwrap();
        assert!(
            place.starts_with(assets::home().unwrap()) && place.ends_with("streets.terrasight.sqlite"),
            "{place:?}"
        );
        let beside = sets.path().join("streets.terrasight.sqlite");
        std::fs::write(&beside, "").unwrap();
        assert_eq!(index_for(&folder), Some(beside));
    }
}
