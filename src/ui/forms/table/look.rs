//! What is found out about a path before it is indexed or learned from, on a thread of its own: a table may lie on a slow disk.

use std::path::{Path, PathBuf};

use egui::Context;

use super::super::super::background::{Background, Polled};
use crate::dataset::{
    Index, IndexSource, ManifestError, Source, SourceKind, TableLook, manifest_in,
    table::{Role, TableOptions},
};

/// What is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// The path.
    pub source: PathBuf,
    /// How the table is to be read, where the user has said so.
    pub options: Option<TableOptions>,
    /// What it is for.
    pub wanted: Wanted,
}

/// What a path is for.
#[derive(Debug, Clone, PartialEq)]
pub enum Wanted {
    /// Its pictures are to be indexed.
    Pictures {
        /// The index, which may know how the table was read before.
        index: Option<PathBuf>,
        /// Whether a file that may be a list or a table is a table, where the user has said so.
        is_table: Option<bool>,
    },
    /// Its examples are to be learned from. It is told from its first bytes what it is, unless that is said.
    Examples(Option<SourceKind>),
}

/// What was found.
#[derive(Debug)]
pub enum Found {
    /// A folder, and the table in it that says where its pictures were taken.
    Folder(Option<PathBuf>),
    /// A table.
    Table(Box<TableFound>),
    /// A file with a path a line.
    List,
    /// Something with examples that is neither a folder nor a table.
    Examples(SourceKind),
    /// Nothing that is there.
    Nothing,
}

/// What was found out about a table.
#[derive(Debug)]
pub struct TableFound {
    /// How it was read.
    pub options: TableOptions,
    /// Whether its name tells that it is a table; otherwise it may be a list of paths.
    pub is_named_so: bool,
    /// Its first rows, and what is understood of them.
    pub look: Result<TableLook, ManifestError>,
}

/// All that a look has found.
struct Answer {
    found: Found,
    /// Whether the index is there that the question names.
    has_index: bool,
}

/// The latest question and what was found; one thread looks at a time.
#[derive(Default)]
pub struct Look {
    asked: Option<Question>,
    looking: Option<Background<Answer>>,
    answered: Option<(Question, Answer)>,
}

impl Look {
    /// Asks, unless that was asked already, and takes in what was found.
    pub fn ask(&mut self, ctx: &Context, question: Question) {
        if let Some(looking) = &self.looking {
            match (looking.poll(), self.asked.take()) {
                (Polled::Pending, asked) => {
                    self.asked = asked;
                    return;
                }
                (Polled::Ready(answer), asked) => self.answered = asked.map(|asked| (asked, answer)),
                (Polled::Lost, _) => {}
            }
            self.looking = None;
        }
        if self.answered.as_ref().is_some_and(|(answered, _)| *answered == question) {
            return;
        }
        // Of another table nothing is shown; what another choice makes of the same one stands until the answer comes.
        self.answered.take_if(|(answered, _)| answered.source != question.source);
        let asked = question.clone();
        self.looking = Some(Background::start("terrasight-table", ctx, move || answer(&question)));
        self.asked = Some(asked);
    }

    /// What was found about the source that was asked about last.
    pub fn found(&self) -> Option<&Found> {
        self.answered.as_ref().map(|(_, answer)| &answer.found)
    }

    /// Whether the index that was asked about last is there already.
    pub fn has_index(&self) -> bool {
        self.answered.as_ref().is_some_and(|(_, answer)| answer.has_index)
    }

    /// Whether an answer is on its way.
    pub fn is_looking(&self) -> bool {
        self.looking.is_some()
    }
}

fn answer(question: &Question) -> Answer {
    let has_index = matches!(&question.wanted, Wanted::Pictures { index: Some(index), .. } if index.is_file());
    Answer { found: found(question), has_index }
}

fn found(question: &Question) -> Found {
    match &question.wanted {
        Wanted::Pictures { index, is_table } => to_index(question, index.as_deref(), *is_table),
        Wanted::Examples(kind) => match (Source { kind: *kind, ..Source::at(&question.source) }).kind() {
            Ok(SourceKind::Folder) => Found::Folder(manifest_in(&question.source)),
            Ok(SourceKind::Table) => Found::Table(Box::new(table(question, None, true))),
            Ok(kind) if question.source.is_file() => Found::Examples(kind),
            Ok(_) | Err(_) => Found::Nothing,
        },
    }
}

fn to_index(question: &Question, index: Option<&Path>, said: Option<bool>) -> Found {
    match IndexSource::of(question.source.clone()) {
        IndexSource::Folder(folder) => Found::Folder(manifest_in(&folder)),
        _ if !question.source.is_file() => Found::Nothing,
        IndexSource::Table(..) => Found::Table(Box::new(table(question, index, true))),
        IndexSource::Records(file, _) => Source::at(file).kind().map_or(Found::Nothing, Found::Examples),
        IndexSource::List(_) if said == Some(false) => Found::List,
        IndexSource::List(_) => {
            let table = table(question, index, false);
            if said.is_some() || tells_columns(&table) { Found::Table(Box::new(table)) } else { Found::List }
        }
    }
}

fn table(question: &Question, index: Option<&Path>, is_named_so: bool) -> TableFound {
    let kept = || kept_options(index?, &question.source);
    let options = question.options.clone().or_else(kept).unwrap_or_default();
    let look = TableLook::at(&question.source, &options);
    TableFound { options, is_named_so, look }
}

/// Whether a file has columns of which one is called as those are that name pictures, which no list of paths has.
fn tells_columns(table: &TableFound) -> bool {
    let preview = table.look.as_ref().map(|look| &look.preview);
    preview.is_ok_and(|preview| preview.headers.len() > 1 && preview.columns.place(Role::Path).is_some())
}

/// How the index has read the table before. An index that cannot be opened says so when it is used.
fn kept_options(index: &Path, table: &Path) -> Option<TableOptions> {
    if !index.is_file() {
        return None;
    }
    Index::open(index).and_then(|index| index.table_options(table)).ok()?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_file_is_a_list_or_a_table_as_its_first_line_tells_or_the_user_says() {
        let folder = tempfile::tempdir().unwrap();
        let found = |text: &str, is_table| {
            let source = folder.path().join("a.txt");
            std::fs::write(&source, text).unwrap();
            found(&Question { source, options: None, wanted: Wanted::Pictures { index: None, is_table } })
        };
        let (list, table) = ("photos/a, b.jpg\nphotos/c.jpg\n", "file\tlat\tlon\na.jpg\t1\t2\n");
        for (text, said, expected) in [
            (list, None, false),
            (list, Some(true), true),
            (table, None, true),
            (table, Some(false), false),
            ("", None, false),
        ] {
            let found = found(text, said);
            assert_eq!(matches!(found, Found::Table(_)), expected, "{text:?}, {said:?}: {found:?}");
            assert_eq!(matches!(found, Found::List), !expected);
        }
    }

    #[test]
    fn what_is_to_be_learned_from_is_told_by_its_first_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let found = |name: &str, text: &str| {
            let source = folder.path().join(name);
            std::fs::write(&source, text).unwrap();
            found(&Question { source, options: None, wanted: Wanted::Examples(None) })
        };
        assert!(matches!(found("a.txt", "[{\"image\": \"a.jpg\"}]"), Found::Examples(SourceKind::Json)));
        assert!(matches!(found("b.txt", "where,y,x\na.jpg,1,2\n"), Found::Table(_)), "no list is learned from");
        let source = folder.path().join("gone");
        let nothing = super::found(&Question { source, options: None, wanted: Wanted::Examples(None) });
        assert!(matches!(nothing, Found::Nothing));
    }

    #[test]
    fn an_index_that_is_there_already_is_seen_by_the_look() {
        let folder = tempfile::tempdir().unwrap();
        let index = folder.path().join("a.sqlite");
        let has_index = || {
            let wanted = Wanted::Pictures { index: Some(index.clone()), is_table: None };
            answer(&Question { source: folder.path().to_owned(), options: None, wanted }).has_index
        };
        assert!(!has_index());
        std::fs::write(&index, "").unwrap();
        assert!(has_index());
    }
}
