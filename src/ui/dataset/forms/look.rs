//! What is found out about a source before it is indexed, on a thread of its own: a table may lie on a slow disk.

use std::path::{Path, PathBuf};

use egui::Context;

use super::super::super::background::{Background, Outcome};
use crate::dataset::{
    Index, IndexSource, Understood, manifest_in,
    table::{TableOptions, TablePreview},
};

/// What is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// What is to be indexed.
    pub source: PathBuf,
    /// The index, which may know how the table was read before.
    pub index: Option<PathBuf>,
    /// How the table is to be read, where the user has said so.
    pub options: Option<TableOptions>,
}

/// What was found.
#[derive(Debug)]
pub enum Found {
    /// A folder, and the table in it that says where its pictures were taken.
    Folder(Option<PathBuf>),
    /// A table.
    Table(Box<TableFound>),
    /// A list of files, or nothing that is there.
    Other,
}

/// What was found out about a table; the errors are a line each.
#[derive(Debug)]
pub struct TableFound {
    /// How it was read.
    pub options: TableOptions,
    /// Its first rows.
    pub preview: Result<TablePreview, String>,
    /// What is understood of them.
    pub understood: Result<Understood, String>,
}

/// The latest question and what was found; one thread looks at a time.
#[derive(Default)]
pub struct Look {
    asked: Option<Question>,
    looking: Option<Background<Found>>,
    found: Option<(Question, Found)>,
}

impl Look {
    /// Asks, unless that was asked already, and takes in what was found.
    pub fn ask(&mut self, ctx: &Context, question: Question) {
        if let Some(looking) = &self.looking {
            match (looking.poll(), self.asked.take()) {
                (Outcome::Pending, asked) => {
                    self.asked = asked;
                    return;
                }
                (Outcome::Ready(found), asked) => self.found = asked.map(|asked| (asked, found)),
                (Outcome::Lost, _) => {}
            }
            self.looking = None;
        }
        if self.found.as_ref().is_some_and(|(answered, _)| *answered == question) {
            return;
        }
        // Of another table nothing is shown; what another choice makes of the same one stands until the answer comes.
        self.found.take_if(|(answered, _)| answered.source != question.source);
        let asked = question.clone();
        self.looking = Some(Background::start("terrasight-table", ctx, move || answer(&question)));
        self.asked = Some(asked);
    }

    /// What was found about the source that was asked about last.
    pub fn found(&self) -> Option<&Found> {
        self.found.as_ref().map(|(_, found)| found)
    }

    /// Whether an answer is on its way.
    pub fn is_looking(&self) -> bool {
        self.looking.is_some()
    }
}

fn answer(question: &Question) -> Found {
    let source = match &question.options {
        Some(options) => IndexSource::with(question.source.clone(), options.clone()),
        None => IndexSource::of(question.source.clone()),
    };
    match source {
        IndexSource::Folder(folder) => Found::Folder(manifest_in(&folder)),
        IndexSource::Table(file, options) if file.is_file() => {
            let kept = || kept_options(question.index.as_deref()?, &file);
            let options = if question.options.is_some() { options } else { kept().unwrap_or(options) };
            let preview = TablePreview::of(&file, &options.columns).map_err(|error| error.to_string());
            let understood = Understood::of(&file, &options).map_err(|error| error.to_string());
            Found::Table(Box::new(TableFound { options, preview, understood }))
        }
        IndexSource::Table(..) | IndexSource::List(_) => Found::Other,
    }
}

/// How the index has read the table before. An index that cannot be opened says so when it is used.
fn kept_options(index: &Path, table: &Path) -> Option<TableOptions> {
    if !index.is_file() {
        return None;
    }
    Index::open(index).and_then(|index| index.table_options(table)).ok()?
}
