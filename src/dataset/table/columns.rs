//! Which column of a table means what: as the user says, or else by its name.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    str::FromStr,
};

use serde::{Deserialize, Serialize};

use super::{
    degrees::{Axis, is_absent, parse_pair},
    names,
    role::Role,
};

/// Columns that the user names, or says that there is none; the others are told by their names. As a text:
/// `path=File,latitude=Y,longitude=X,city=`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ColumnChoice(pub BTreeMap<Role, Option<String>>);

/// How a table is to be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableOptions {
    /// Columns that the user names.
    pub columns: ColumnChoice,
    /// Where relative paths start from; the table's own folder where nothing is said.
    pub root: Option<PathBuf>,
}

impl TableOptions {
    /// Where the relative paths of this table start from.
    pub fn root_of<'a>(&'a self, file: &'a Path) -> &'a Path {
        self.root.as_deref().or(file.parent()).unwrap_or(Path::new(""))
    }
}

impl ColumnChoice {
    /// Whether nothing was said.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<ColumnChoice> for String {
    fn from(choice: ColumnChoice) -> Self {
        let part =
            |(role, column): (&Role, &Option<String>)| format!("{}={}", role.name(), column.as_deref().unwrap_or(""));
        choice.0.iter().map(part).collect::<Vec<_>>().join(",")
    }
}

impl TryFrom<String> for ColumnChoice {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl FromStr for ColumnChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut chosen = BTreeMap::new();
        for part in text.split(',') {
            let known = || Role::ALL.map(Role::name).join(", ");
            let (name, column) = part
                .split_once('=')
                .ok_or_else(|| format!("'{part}' names no column; give path=NAME,latitude=NAME,longitude=NAME"))?;
            let role = Role::named(name.trim())
                .ok_or_else(|| format!("'{name}' is nothing that a column can be; these are: {}", known()))?;
            let column = Some(column.trim().to_owned()).filter(|column| !column.is_empty());
            if chosen.insert(role, column).is_some() {
                return Err(format!("'{name}' is named twice"));
            }
        }
        Ok(Self(chosen))
    }
}

/// Where each role stands in a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns {
    places: BTreeMap<Role, usize>,
    /// Columns that look like a position and are not used.
    pub unused_positions: Vec<usize>,
}

impl Columns {
    /// Tells the columns of a table by the user's choice, their names and the first rows. The error is the name that the
    /// user gave and the table does not have.
    pub(in crate::dataset) fn of(
        headers: &[String],
        rows: &[Vec<String>],
        choice: &ColumnChoice,
    ) -> Result<Self, String> {
        let mut places = BTreeMap::new();
        for (role, name) in choice.0.iter().filter_map(|(role, name)| Some((role, name.as_ref()?))) {
            let same = |header: &&String| *header == name;
            let alike = |header: &&String| names::plain(header) == names::plain(name);
            let found = headers.iter().find(same).or_else(|| headers.iter().find(alike)).ok_or_else(|| name.clone())?;
            let place = headers.iter().position(|header| header == found).ok_or_else(|| name.clone())?;
            places.insert(*role, place);
        }
        let plain: Vec<String> = headers.iter().map(|header| names::plain(header)).collect();
        for role in Role::ALL {
            let ranked = plain.iter().enumerate().filter_map(|(place, name)| Some((names::rank(role, name)?, place)));
            let free = ranked.filter(|(_, place)| !places.values().any(|taken| taken == place));
            if let (false, Some((_, place))) = (choice.0.contains_key(&role), free.min()) {
                places.insert(role, place);
            }
        }
        let is_pair = places.contains_key(&Role::Latitude) && places.contains_key(&Role::Longitude);
        let holds_pair = |place: &usize| values(rows, *place).all(|value| parse_pair(value).is_ok());
        if (is_pair && !choice.0.contains_key(&Role::Position))
            || !places
                .get(&Role::Position)
                .is_some_and(|place| choice.0.contains_key(&Role::Position) || holds_pair(place))
        {
            places.remove(&Role::Position);
        }
        let mut columns = Self { places, unused_positions: Vec::new() };
        columns.unused_positions = (0..headers.len())
            .filter(|place| !columns.is_used(*place))
            .filter(|place| names::speaks_of_position(&headers[*place]) && looks_like_degrees(rows, *place))
            .collect();
        Ok(columns)
    }

    /// The place of a role's column.
    pub fn place(&self, role: Role) -> Option<usize> {
        self.places.get(&role).copied()
    }

    /// What a column is used as.
    pub fn role(&self, place: usize) -> Option<Role> {
        let half = |role: &Role| matches!(role, Role::Latitude | Role::Longitude) && !self.has_position();
        self.places.iter().find(|(role, at)| **at == place && !half(role)).map(|(role, _)| *role)
    }

    /// Whether positions can be read.
    pub fn has_position(&self) -> bool {
        let has = |role| self.places.contains_key(&role);
        has(Role::Position) || (has(Role::Latitude) && has(Role::Longitude))
    }

    fn is_used(&self, place: usize) -> bool {
        self.role(place).is_some()
    }
}

fn values(rows: &[Vec<String>], place: usize) -> impl Iterator<Item = &str> {
    rows.iter().filter_map(move |row| row.get(place)).map(String::as_str).filter(|value| !is_absent(value))
}

/// Whether every value is of degrees (or of a pair), and one at least no whole number, as counts and numbers of bins are.
fn looks_like_degrees(rows: &[Vec<String>], place: usize) -> bool {
    let is_degrees = |value: &str| {
        Axis::Latitude.parse(value, None).is_ok()
            || Axis::Longitude.parse(value, None).is_ok()
            || parse_pair(value).is_ok()
    };
    values(rows, place).all(is_degrees) && values(rows, place).any(|value| value.parse::<i64>().is_err())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(headers: &str, row: &str, choice: &str) -> Result<Columns, String> {
        let split = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
        let choice = if choice.is_empty() { ColumnChoice::default() } else { choice.parse().unwrap() };
        Columns::of(&split(headers), &[split(row)], &choice)
    }

    fn places(headers: &str, row: &str) -> [Option<usize>; 3] {
        let columns = columns(headers, row, "").unwrap();
        [Role::Path, Role::Latitude, Role::Longitude].map(|role| columns.place(role))
    }

    #[test]
    fn columns_are_told_by_their_names() {
        assert_eq!(places("path,latitude,longitude", "a,1.5,2.5"), [Some(0), Some(1), Some(2)]);
        assert_eq!(places("SourceFile,GPSLatitude,GPSLongitude", "a,1.5,2.5"), [Some(0), Some(1), Some(2)]);
        assert_eq!(places("Lng,Lat,Image Path", "2.5,1.5,a"), [Some(2), Some(1), Some(0)]);
        assert_eq!(places("id,lat,lon,file_name", "7,1.5,2.5,a"), [Some(3), Some(1), Some(2)]);
        assert_eq!(places("id,latitude,longitude,lon_bin", "7,1.5,2.5,3"), [Some(0), Some(1), Some(2)]);
        assert_eq!(places("a,b,c", "x,1.5,2.5"), [None; 3]);
        let both = columns("path,coordinates", "a,48.5 2.5", "").unwrap();
        assert!(both.has_position() && both.place(Role::Position) == Some(1));
        assert!(!columns("path,position", "a,left", "").unwrap().has_position(), "a word is no pair of degrees");
    }

    #[test]
    fn what_looks_like_a_position_and_is_not_used_is_known() {
        let unused = |headers: &str, row: &str| columns(headers, row, "").unwrap().unused_positions;
        assert_eq!(unused("path,lat,lon,pred_lat,lat_bin", "a,1.5,2.5,1.6,3"), [3]);
        assert_eq!(unused("path,lat,lon,pred_lon", "a,1.5,2.5,120.6"), [3], "no latitude, and degrees all the same");
        assert_eq!(unused("path,latitude,note", "a,1.5,x"), [1], "half a position is none");
        assert_eq!(unused("path,latitude,longitude,lat", "a,1.5,2.5,NaN"), [] as [usize; 0]);
    }

    #[test]
    fn the_user_chooses() {
        let chosen = columns("path,other,lat,lon,y", "a,b,1.5,2.5,3.5", "path=other,latitude=Y").unwrap();
        assert_eq!((chosen.place(Role::Path), chosen.place(Role::Latitude)), (Some(1), Some(4)));
        assert_eq!((chosen.role(0), chosen.unused_positions.clone()), (None, vec![2]));
        assert_eq!(columns("path,lat", "a,1.5", "longitude=lon"), Err("lon".to_owned()));
        let without = columns("path,lat,lon,city", "a,1.5,2.5,Rome", "city=").unwrap();
        assert_eq!(
            (without.place(Role::City), without.place(Role::Latitude)),
            (None, Some(1)),
            "no column is a choice"
        );
        for wrong in ["path", "path=a,path=b", "colour=c"] {
            assert!(wrong.parse::<ColumnChoice>().is_err(), "{wrong}");
        }
    }
}
