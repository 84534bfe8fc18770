//! What a form asks about a path that may be a table: what is found there, which column means what, and where paths start
//! from. It is the same whether pictures are to be indexed or learned from.

mod columns;
mod look;

use std::path::PathBuf;

use egui::{RichText, Ui};

use super::super::{theme, words};
use crate::dataset::{
    SourceKind,
    table::{Role, TableOptions},
};
use columns::{ColumnChooser, understood_ui};
pub use look::Found;
use look::{Look, Question, TableFound, Wanted};

/// Said where a table has neither.
const NO_PLACE: &str =
    "Nothing says yet where these pictures were taken: choose the latitude and the longitude, or the country.";

/// What was found at a path, and what the user has said of it.
pub struct TableQuestions {
    look: Look,
    chooser: ColumnChooser,
    /// Whether a file that may be a list or a table is a table, where the user has said so.
    is_table: Option<bool>,
    /// Whether the columns are shown although all is clear, or not although it is not.
    shows_columns: Option<bool>,
    /// Whether nothing can be done with a table that does not say where its pictures were taken.
    needs_places: bool,
}

impl TableQuestions {
    /// Nothing said.
    pub fn new() -> Self {
        Self {
            look: Look::default(),
            chooser: ColumnChooser::new(),
            is_table: None,
            shows_columns: None,
            needs_places: false,
        }
    }

    /// The columns said before; they are shown.
    pub fn of(options: TableOptions) -> Self {
        Self { chooser: ColumnChooser::of(options), shows_columns: Some(true), ..Self::new() }
    }

    /// Forgets what was said, because it is about another path.
    pub fn forget(&mut self) {
        (self.chooser, self.is_table, self.shows_columns) = (ColumnChooser::new(), None, None);
    }

    /// Asks what there is to index; the index may know how the table was read before.
    pub fn ask_to_index(&mut self, ui: &Ui, source: PathBuf, index: Option<PathBuf>) {
        let wanted = Wanted::Pictures { index, is_table: self.is_table };
        self.look.ask(ui.ctx(), Question { source, options: self.chooser.chosen(), wanted });
    }

    /// Asks what there is to learn from.
    pub fn ask_to_learn(&mut self, ui: &Ui, source: PathBuf, kind: Option<SourceKind>) {
        let wanted = Wanted::Examples(kind);
        self.needs_places = true;
        self.look.ask(ui.ctx(), Question { source, options: self.chooser.chosen(), wanted });
    }

    /// What was found at the path that was asked about last.
    pub fn found(&self) -> Option<&Found> {
        self.look.found()
    }

    /// Whether the index that was asked about is there already.
    pub fn has_index(&self) -> bool {
        self.look.has_index()
    }

    /// How the table is to be read, where it is one.
    pub fn table_options(&self) -> Option<TableOptions> {
        self.table().map(|table| self.chooser.chosen().unwrap_or_else(|| table.options.clone()))
    }

    /// What the user has said of columns and paths, be it of a table or not.
    pub fn said(&self) -> TableOptions {
        self.chooser.chosen().unwrap_or_default()
    }

    /// Whether the columns are shown, which need room.
    pub fn shows_columns(&self) -> bool {
        let is_unclear = |table: &TableFound| {
            table.look.as_ref().is_ok_and(|look| look.understood.is_err() || !look.preview.unclear().is_empty())
        };
        let is_asked = |table: &TableFound| is_unclear(table) || self.lacks_places(table);
        self.table().is_some_and(|table| self.shows_columns.unwrap_or_else(|| is_asked(table)))
    }

    /// Whether neither a position nor a country can be read in a table that must have one.
    fn lacks_places(&self, table: &TableFound) -> bool {
        let columns = table.look.as_ref().map(|look| &look.preview.columns);
        let has_place = columns.is_ok_and(|columns| columns.has_position() || columns.place(Role::Country).is_some());
        self.needs_places && !has_place
    }

    /// Whether what was found can be used, once it was looked at. A table must be understood, in part at least.
    pub fn is_usable(&self) -> bool {
        let is_understood = |table: &TableFound| {
            let understood = table.look.as_ref().ok().and_then(|look| look.understood.as_ref().ok());
            understood.is_some_and(|understood| understood.n_rows > understood.bad.len())
        };
        match self.found() {
            Some(Found::Table(table)) => is_understood(table) && !self.lacks_places(table),
            Some(Found::Folder(_) | Found::List | Found::Examples(_) | Found::Nothing) => true,
            None => false,
        }
    }

    /// Draws what is known of a table or a list, and what is asked about it. What was opened because something was unclear
    /// stays open until all is chosen.
    pub fn ui(&mut self, ui: &mut Ui) {
        let shows_columns = self.shows_columns();
        let is_understood = |table: &TableFound| table.look.as_ref().is_ok_and(|look| look.understood.is_ok());
        let lacks_places = self.table().is_some_and(|table| is_understood(table) && self.lacks_places(table));
        match self.look.found() {
            Some(Found::Table(table)) => {
                if !table.is_named_so {
                    list_or_table_ui(ui, true, &mut self.is_table);
                }
                understood_ui(ui, table, &mut self.chooser);
                if lacks_places {
                    ui.label(RichText::new(NO_PLACE).color(theme::palette(ui).caution_text));
                }
                if shows_columns {
                    self.chooser.ui(ui, table);
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
            Some(Found::Folder(_) | Found::Examples(_) | Found::Nothing) => {}
            None if self.look.is_looking() => {
                ui.label(RichText::new("Looking at it …").weak());
            }
            None => {}
        }
    }

    /// Draws the line for the folder that the paths of records start from, which have no table.
    pub fn root_ui(&mut self, ui: &mut Ui) {
        self.chooser.root.rename("Folder that paths start from (empty: the file's own)");
        self.chooser.root_ui(ui, &TableOptions::default());
    }

    fn table(&self) -> Option<&TableFound> {
        match self.look.found()? {
            Found::Table(table) => Some(table),
            Found::Folder(_) | Found::List | Found::Examples(_) | Found::Nothing => None,
        }
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
