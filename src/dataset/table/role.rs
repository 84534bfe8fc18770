//! What the columns of a table can mean.

/// What a column can mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The picture's file.
    Path,
    /// Degrees to the north.
    Latitude,
    /// Degrees to the east.
    Longitude,
    /// Latitude and longitude in one cell.
    Position,
    /// `N` or `S` beside a latitude without a sign.
    LatitudeReference,
    /// `E` or `W` beside a longitude without a sign.
    LongitudeReference,
    /// A country's code or name.
    Country,
    /// A city's name.
    City,
    /// A score from 0 to 1.
    Locatability,
    /// A JSON list, or a text.
    Clues,
    /// A JSON list of texts, or one text.
    Reasons,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 11] = [
        Self::Path,
        Self::Latitude,
        Self::Longitude,
        Self::Position,
        Self::LatitudeReference,
        Self::LongitudeReference,
        Self::Country,
        Self::City,
        Self::Locatability,
        Self::Clues,
        Self::Reasons,
    ];

    /// The name that this program's own tables give such a column, and by which a [`ColumnChoice`](super::ColumnChoice) calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Latitude => "latitude",
            Self::Longitude => "longitude",
            Self::Position => "position",
            Self::LatitudeReference => "latitude_ref",
            Self::LongitudeReference => "longitude_ref",
            Self::Country => "country_code",
            Self::City => "city",
            Self::Locatability => "locatability",
            Self::Clues => "clues",
            Self::Reasons => "reasons",
        }
    }

    /// The role of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}
