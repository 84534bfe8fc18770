//! Which file or folder is learned from, and how it is read: the columns of a table, the folder that paths start from.

use std::path::PathBuf;

use egui::{RichText, Ui};

use super::super::{
    forms::{Browse, Form, Found, Out, PathField, TableQuestions, What},
    theme, words,
};
use crate::{
    dataset::{Source, SourceKind, table::TableOptions},
    state::{Action, SourceAction, TrainingAction},
};

/// Endings of files that can be learned from.
const ENDINGS: &[&str] = &["csv", "tsv", "txt", "sqlite", "json", "jsonl", "parquet"];

/// One source, to be added or in the place of another; of a system's dialog also several.
pub(super) struct SourceForm {
    /// The number of the one that it replaces.
    replaces: Option<usize>,
    /// Whether a folder is looked for, or files.
    is_folder: bool,
    path: PathField,
    /// The path as it was in the frame before.
    before: Option<PathBuf>,
    /// What the source is, where a training file says so.
    kind: Option<SourceKind>,
    table: TableQuestions,
    /// More of them, which the system's dialog brought with the first.
    more: Vec<PathBuf>,
}

impl SourceForm {
    /// For a folder, or for files.
    pub(super) fn new(is_folder: bool) -> Self {
        let label =
            if is_folder { "Folder of pictures" } else { "Table (CSV), data set, or records as JSON or Parquet" };
        let (path, table) = (PathField::new(label), TableQuestions::new());
        Self { replaces: None, is_folder, path, before: None, kind: None, table, more: Vec::new() }
    }

    /// For the source of this number, to be read otherwise.
    pub(super) fn of(number: usize, source: &Source) -> Self {
        let options = TableOptions { columns: source.columns.clone(), root: source.root.clone() };
        let mut form = Self::new(source.path.is_dir());
        form.path.set(source.path.clone());
        form.table = TableQuestions::of(options);
        Self { replaces: Some(number), before: form.path.path(), kind: source.kind, ..form }
    }

    /// The source as it stands; a path that was typed counts from the folder that the program was started in.
    fn source(&self) -> Option<Source> {
        let path = std::path::absolute(self.path.path()?).ok()?;
        let TableOptions { columns, root } = self.table.table_options().unwrap_or_else(|| self.table.said());
        let root = root.and_then(|root| std::path::absolute(root).ok());
        Some(Source { path, kind: self.kind, columns, root })
    }

    /// What was said of another path does not hold for this one.
    fn follow(&mut self) {
        let path = self.path.path();
        if path != self.before {
            self.table.forget();
            self.more.clear();
            (self.before, self.kind) = (path, None);
        }
    }

    fn found_ui(&mut self, ui: &mut Ui) {
        let Some(path) = self.path.path() else { return };
        self.table.ask_to_learn(ui, path, self.kind);
        match self.table.found() {
            Some(Found::Folder(manifest)) => {
                let name = manifest.as_ref().and_then(|file| file.file_name()).map(|name| name.to_string_lossy());
                ui.label(words::folder_to_learn_from(name.as_deref()));
            }
            Some(Found::Examples(kind)) => {
                let kind = *kind;
                ui.label(format!("{}.", words::source_kind(kind)));
                if kind != SourceKind::Index {
                    self.table.root_ui(ui);
                }
            }
            Some(Found::Nothing) => {
                ui.label(RichText::new("There is nothing at this place.").color(theme::palette(ui).caution_text));
            }
            Some(Found::Table(_) | Found::List) | None => {}
        }
        self.table.ui(ui);
    }
}

impl Form for SourceForm {
    fn title(&self) -> String {
        if self.replaces.is_some() { "How this is read" } else { "Add what to learn from" }.to_owned()
    }

    fn button(&self) -> &'static str {
        if self.replaces.is_some() { "Read it so" } else { "Add" }
    }

    fn width(&self) -> f32 {
        if self.table.shows_columns() { 860.0 } else { 520.0 }
    }

    fn path(&mut self) -> Option<&mut PathField> {
        Some(&mut self.path)
    }

    fn below(&mut self, ui: &mut Ui) {
        self.follow();
        if !self.more.is_empty() {
            ui.label(format!("and {} more", words::count(self.more.len())));
        }
        self.found_ui(ui);
    }

    fn is_complete(&self) -> bool {
        let is_there = !matches!(self.table.found(), Some(Found::Nothing));
        self.path.path().is_some() && is_there && self.table.is_usable()
    }

    fn browse(&self) -> Option<Browse> {
        let title = "Choose what to learn from";
        let what = match (self.is_folder, self.replaces) {
            (true, _) => What::Folder,
            (false, None) => What::Files("Labelled pictures", ENDINGS),
            (false, Some(_)) => What::File("Labelled pictures", ENDINGS),
        };
        Some(Browse { title, what })
    }

    /// What the list shows of each tells whether there is more to ask.
    fn take(&mut self, paths: Vec<PathBuf>) -> bool {
        let mut paths = paths.into_iter();
        paths.next().into_iter().for_each(|path| self.path.set(path));
        self.follow();
        self.more = paths.collect();
        self.replaces.is_none()
    }

    fn finish(self: Box<Self>, out: &mut Out<'_>) {
        let Some(source) = self.source() else { return };
        let first = match self.replaces {
            Some(number) => SourceAction::Replace(number, source),
            None => SourceAction::Add(source),
        };
        let more = self.more.into_iter().map(|path| SourceAction::Add(Source::at(path)));
        for action in std::iter::once(first).chain(more) {
            out.act(Action::Training(TrainingAction::Source(action)));
        }
    }
}
