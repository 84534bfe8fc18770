//! How the user wanted a table to be read, kept in the index, so that indexing it again does not ask.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use rusqlite::OptionalExtension as _;

use super::{error::IndexError, source::IndexSource, source::key_of, store::Index};
use crate::dataset::table::{ColumnChoice, Role, TableOptions};

impl Index {
    /// How this table was read when it was indexed last; none where nothing was said of it.
    pub fn table_options(&self, table: &Path) -> Result<Option<TableOptions>, IndexError> {
        let Some(key) = self.key_of_table(table)? else { return Ok(None) };
        let query = "SELECT columns, root FROM tables WHERE path = ?1";
        let kept: Option<(String, Option<String>)> =
            self.ask(|db| db.query_row(query, [key], |row| Ok((row.get(0)?, row.get(1)?))).optional())?;
        let root = self.root()?;
        Ok(kept.map(|(columns, from)| TableOptions {
            columns: choice_of(&columns),
            root: from.map(|from| root.join(from)),
        }))
    }

    /// The source as it was read before where nothing is said of it now; what is said now is kept for the next time.
    pub(super) fn with_table_options(&mut self, source: &IndexSource) -> Result<IndexSource, IndexError> {
        let IndexSource::Table(file, None) = source else { return Ok(source.clone()) };
        Ok(IndexSource::Table(file.clone(), self.table_options(file)?))
    }

    pub(super) fn keep_table_options(&mut self, source: &IndexSource) -> Result<(), IndexError> {
        let IndexSource::Table(file, Some(options)) = source else { return Ok(()) };
        let known = self.table_options(file)?;
        if known.unwrap_or_default() == *options {
            return Ok(());
        }
        let root = self.root()?;
        let from = options.root.as_deref().and_then(|from| key_of(&root, &whole(from)));
        let Some(key) = self.key_of_table(file)? else { return Ok(()) };
        let set = "INSERT INTO tables VALUES (?1, ?2, ?3) \
             ON CONFLICT (path) DO UPDATE SET columns = excluded.columns, root = excluded.root";
        self.ask(|db| db.execute(set, (key, text_of(&options.columns), from)).map(drop))
    }

    /// What the index calls a table, as it calls pictures; none where its name is not Unicode.
    fn key_of_table(&self, table: &Path) -> Result<Option<String>, IndexError> {
        Ok(key_of(&self.root()?, &whole(table)))
    }
}

fn whole(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_not_there| path.to_owned())
}

fn text_of(choice: &ColumnChoice) -> String {
    let by_name: BTreeMap<&str, Option<&str>> =
        choice.0.iter().map(|(role, column)| (role.name(), column.as_deref())).collect();
    serde_json::to_string(&by_name).unwrap_or_default() // names and texts always have a JSON form
}

/// What a later version of the program may have added is passed over.
fn choice_of(text: &str) -> ColumnChoice {
    let by_name: BTreeMap<String, Option<String>> = serde_json::from_str(text).unwrap_or_default();
    let known = by_name.into_iter().filter_map(|(name, column)| Some((Role::named(&name)?, column)));
    ColumnChoice(known.collect())
}
