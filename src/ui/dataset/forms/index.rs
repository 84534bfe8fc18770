//! What is to be indexed, and into which file. A table is asked about where it does not tell; a table in a folder of pictures
//! is offered.

use std::path::{Path, PathBuf};

use egui::{RichText, Ui};

use super::super::super::{
    forms::{Browse, Form, Found, Out, PathField, TableQuestions, What},
    theme,
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
    table: TableQuestions,
}

fn index_field() -> PathField {
    PathField::unfocused("Index file")
}

impl IndexForm {
    /// For a source that is to be named.
    pub fn new() -> Self {
        Self {
            source: PathField::new("Folder, table (CSV), records (JSON, JSONL, Parquet), or list of files"),
            index: index_field(),
            before: None,
            proposed: None,
            table: TableQuestions::new(),
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
        self.table.forget();
        if self.index.path() == self.proposed {
            self.proposed = source.as_deref().and_then(index_for);
            match &self.proposed {
                Some(file) => self.index.set(file.clone()),
                None => self.index = index_field(),
            }
        }
        self.before = source;
    }

    /// What is to be known of the source before it is indexed.
    fn found_ui(&mut self, ui: &mut Ui) {
        let Some(source) = self.source.path() else { return };
        self.table.ask_to_index(ui, source, self.index.path());
        if let Some(Found::Folder(Some(manifest))) = self.table.found() {
            let manifest = manifest.clone();
            let name = manifest.file_name().unwrap_or_default().to_string_lossy().into_owned();
            ui.horizontal_wrapped(|ui| {
                ui.label(format!("This folder has {name}, which says where its pictures were taken."));
                if ui.button(format!("Use {name}")).clicked() {
                    self.set(manifest);
                }
            });
        }
        self.table.ui(ui);
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
        if self.table.shows_columns() { 860.0 } else { 520.0 }
    }

    fn path(&mut self) -> Option<&mut PathField> {
        Some(&mut self.source)
    }

    fn below(&mut self, ui: &mut Ui) {
        self.follow();
        self.found_ui(ui);
        self.index.ui(ui);
        let text = if self.table.has_index() {
            "This index is there already: what has not changed is left alone, the rest is read."
        } else {
            "The pictures stay as they are; what is found out about them goes into this file."
        };
        ui.label(RichText::new(text).small().weak());
    }

    fn is_complete(&self) -> bool {
        self.source.path().is_some() && self.index.path().is_some() && self.table.is_usable()
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
        let source = match self.table.table_options() {
            Some(options) => IndexSource::Table(source, Some(options)),
            None => IndexSource::of(source),
        };
        out.act(Action::Dataset(DatasetAction::Index(source, file)));
    }
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
