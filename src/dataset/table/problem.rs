//! What is wrong with a row of a table, or with a cell of it.

/// What is wrong with a row, or with a cell of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowProblem {
    /// A cell is not of degrees.
    #[error("'{0}' is not a number of degrees")]
    NotDegrees(String),
    /// A cell is to name a side of the Earth and does not.
    #[error("'{0}' is no side of the Earth")]
    NoSide(String),
    /// Degrees beyond the Earth.
    #[error("{text} lies outside -{most} to {most}")]
    OffEarth {
        /// The cell.
        text: String,
        /// How far degrees may go.
        most: u16,
    },
    /// A cell is to hold latitude and longitude and does not.
    #[error("'{0}' is no pair of latitude and longitude")]
    NoPair(String),
    /// There is half a position.
    #[error("there is none, though there is a longitude")]
    NoLatitude,
    /// There is half a position.
    #[error("there is none, though there is a latitude")]
    NoLongitude,
    /// There is no position where one must be.
    #[error("there is no position")]
    NoPosition,
    /// A cell is not of a number.
    #[error("'{0}' is not a number")]
    NotNumber(String),
    /// A score that is none.
    #[error("{0} lies outside 0 to 1")]
    NoScore(String),
    /// A list that is begun and cannot be read, for what its reader says.
    #[error("not a JSON array such as [\"..\", \"..\"]: {0}")]
    NotList(String),
    /// No picture is named.
    #[error("no file is named")]
    NoFile,
    /// Several pictures have the name that stands for a path.
    #[error("several pictures are called '{0}'; write the path of the one that is meant, with its ending")]
    Ambiguous(String),
    /// A path leads where no relative path may.
    #[error("'{0}' leaves the folder that paths start from; write an absolute path if that is meant")]
    LeavesFolder(String),
    /// The row is too long to be one.
    #[error("it is longer than a row can be, and nothing from there on is read; a quotation mark may not be closed")]
    TooLong,
    /// The row has more cells, or fewer, than there are columns.
    #[error("it has {n_cells} cells, the header {n_columns}")]
    CellCount {
        /// Of the row.
        n_cells: usize,
        /// Of the header.
        n_columns: usize,
    },
    /// The row cannot be read, for what its reader says.
    #[error("{0}")]
    NotRead(String),
}
