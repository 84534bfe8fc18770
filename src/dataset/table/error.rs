//! Why a table cannot be used, a line each.

use std::path::PathBuf;

use super::{problem::RowProblem, role::Role};

/// Why a manifest, or any table of pictures, cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// The file cannot be read.
    #[error("cannot read the table {}: {cause}", file.display())]
    Unreadable {
        /// The table.
        file: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// The file is no table.
    #[error("{} is not a CSV table: {reason}", file.display())]
    NotCsv {
        /// The table.
        file: PathBuf,
        /// Why not.
        reason: String,
    },
    /// A column that must be there is not, or cannot be told.
    #[error("{0} has no column '{1}'; it has: {found}; say which it is (columns: {1}=NAME)", file.display(), column.name())]
    MissingColumn {
        /// The table.
        file: PathBuf,
        /// What the column is to mean.
        column: Role,
        /// The columns it has.
        found: String,
    },
    /// A column that the user named is not there.
    #[error("{} has no column '{column}' (it has: {found})", file.display())]
    NoSuchColumn {
        /// The table.
        file: PathBuf,
        /// The column's name.
        column: String,
        /// The columns it has.
        found: String,
    },
    /// No row can be used.
    #[error("{}, {first}{}", file.display(), and_more(*n_rows))]
    NoGoodRow {
        /// The table.
        file: PathBuf,
        /// What is wrong with the first row.
        first: BadRow,
        /// How many rows there are.
        n_rows: usize,
    },
    /// Some rows cannot be used, where all of them must be.
    #[error("{}, {first}; rows that cannot be used: {n}; mend or remove them", file.display())]
    BadRows {
        /// The table.
        file: PathBuf,
        /// What is wrong with the first of them.
        first: BadRow,
        /// How many there are.
        n: usize,
    },
    /// There is a header and nothing below it.
    #[error("{} lists no pictures", file.display())]
    Empty {
        /// The table.
        file: PathBuf,
    },
}

fn and_more(n_rows: usize) -> String {
    if n_rows > 1 { format!("; none of its {n_rows} rows can be used") } else { String::new() }
}

/// A row of a table that cannot be used; the others are. Lines count from 1 with the header, as an editor shows them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}{}: {problem}", in_column(column.as_deref()))]
pub struct BadRow {
    /// The line in the file.
    pub line: u64,
    /// The column, as the table calls it; none where the whole row is wrong.
    pub column: Option<String>,
    /// What is wrong.
    pub problem: RowProblem,
}

fn in_column(column: Option<&str>) -> String {
    column.map(|column| format!(", column '{column}'")).unwrap_or_default()
}
