//! What a table, or any other source of labelled pictures, says of a picture.

use serde::{Deserialize, Serialize};

use super::table::{Axis, Columns, Role, RowProblem, is_absent, parse_pair, text_of_cell};
use crate::geo::{self, CountryCode, LatLon};

/// The one code of a country that is also a word for no value.
const NAMIBIA: &str = "NA";

/// What is said of a picture, each part of it only where it is said.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Label {
    /// Where it was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<LatLon>,
    /// The country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<CountryCode>,
    /// The city.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// How much of the place can be read from the picture, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locatability: Option<f64>,
    /// What can be seen of the place, as it was written (text, or an object with more about the clue).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub clues: Vec<serde_json::Value>,
    /// Why it is this place, a sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
}

/// The column and what is wrong with its value.
pub(super) type Problem = (Role, RowProblem);

impl Label {
    /// Reads the cells of a row. A country that nobody knows is left out: the rest of the row is none the worse for it.
    pub(super) fn of(cells: &[String], columns: &Columns) -> Result<Self, Problem> {
        let said = |role: Role| Some(cells.get(columns.place(role)?)?.trim());
        let cell = |role: Role| said(role).filter(|text| !is_absent(text));
        let position = if columns.has_position() { position(&cell)? } else { None };
        let of_country = said(Role::Country).filter(|text| !is_absent(text) || is_namibia(text, cells, position));
        Ok(Self {
            position,
            country: of_country.and_then(country),
            city: cell(Role::City).map(|city| text_of_cell(city).to_owned()),
            locatability: cell(Role::Locatability).map(locatability).transpose()?,
            clues: list(Role::Clues, cell(Role::Clues), serde_json::Value::String)?,
            reasons: list(Role::Reasons, cell(Role::Reasons), |text| text)?,
        })
    }

    /// Why it is this place: the reasons, or where none are given the clues that are written as text. Sets such as MG-Geo's Clue
    /// part call their reasons so.
    pub fn told_reasons(&self) -> Vec<String> {
        if !self.reasons.is_empty() {
            return self.reasons.clone();
        }
        self.clues.iter().filter_map(|clue| clue.as_str()).map(str::to_owned).collect()
    }

    /// From the JSON that an index keeps.
    pub(super) fn from_json(json: Option<&str>) -> Self {
        json.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
    }

    /// As JSON; none where nothing is said.
    pub(super) fn to_json(&self) -> Option<String> {
        // Labels have text keys and finite numbers, so they always have a JSON form.
        if *self == Self::default() { None } else { serde_json::to_string(self).ok() }
    }
}

fn position<'a>(cell: &impl Fn(Role) -> Option<&'a str>) -> Result<Option<LatLon>, Problem> {
    if let Some(pair) = cell(Role::Position) {
        let [latitude, longitude] = parse_pair(pair).map_err(|problem| (Role::Position, problem))?;
        return Ok(LatLon::new(latitude, longitude));
    }
    let degrees = |role: Role, axis: Axis, reference: Role| {
        let parse = |text| axis.parse(text, cell(reference)).map_err(|problem| (role, problem));
        cell(role).map(parse).transpose()
    };
    let latitude = degrees(Role::Latitude, Axis::Latitude, Role::LatitudeReference)?;
    let longitude = degrees(Role::Longitude, Axis::Longitude, Role::LongitudeReference)?;
    match (latitude, longitude) {
        (Some(latitude), Some(longitude)) => Ok(LatLon::new(latitude, longitude)),
        (None, None) => Ok(None),
        (None, Some(_)) => Err((Role::Latitude, RowProblem::NoLatitude)),
        (Some(_), None) => Err((Role::Longitude, RowProblem::NoLongitude)),
    }
}

/// Whether the `NA` of a row's country is Namibia's code. It is also how R writes that there is no value: then it
/// stands in other cells as well, or the row's position lies elsewhere.
fn is_namibia(text: &str, cells: &[String], position: Option<LatLon>) -> bool {
    let lies_elsewhere = || position.and_then(geo::country_at).is_some_and(|country| country.code.as_str() != NAMIBIA);
    text == NAMIBIA && cells.iter().filter(|cell| cell.trim() == NAMIBIA).count() == 1 && !lies_elsewhere()
}

/// By its code of two or three letters, or by its name.
fn country(text: &str) -> Option<CountryCode> {
    let by_code = || text.to_ascii_uppercase().parse().ok().filter(|code| geo::country(*code).is_some());
    let by_long_code = || geo::countries().iter().find(|country| country.iso3.eq_ignore_ascii_case(text));
    let by_name = || by_long_code().or_else(|| geo::country_called(text)).map(|country| country.code);
    by_code().or_else(by_name)
}

pub(super) fn locatability(text: &str) -> Result<f64, Problem> {
    let problem = match text.replace(',', ".").parse::<f64>() {
        Ok(score) if (0.0..=1.0).contains(&score) => return Ok(score),
        Ok(_) => RowProblem::NoScore(text.to_owned()),
        Err(_) => RowProblem::NotNumber(text.to_owned()),
    };
    Err((Role::Locatability, problem))
}

/// A JSON array, or a text that stands for a list of itself.
fn list<T: serde::de::DeserializeOwned>(
    role: Role,
    text: Option<&str>,
    alone: impl Fn(String) -> T,
) -> Result<Vec<T>, Problem> {
    match text {
        None => Ok(Vec::new()),
        Some(text) if text.starts_with('[') => {
            serde_json::from_str(text).map_err(|error| (role, RowProblem::NotList(error.to_string())))
        }
        Some(text) => Ok(vec![alone(text.to_owned())]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::table::ColumnChoice;

    #[test]
    fn namibia_is_told_from_a_cell_without_a_value() {
        let country = |row: &str| {
            let cells = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
            let headers = cells("path,country,city,latitude,longitude");
            let columns = Columns::of(&headers, &[cells(row)], &ColumnChoice::default()).unwrap();
            Label::of(&cells(row), &columns).unwrap().country.map(|code| code.to_string())
        };
        let namibia = Some("NA".to_owned());
        assert_eq!(country("a.jpg,NA,Windhoek,,"), namibia);
        assert_eq!(country("a.jpg,NA,,-22.57,17.08"), namibia);
        assert_eq!(country("a.jpg,NA,Paris,48.86,2.35"), None, "as R writes it");
        assert_eq!(country("a.jpg,NA,NA,,"), None, "as R writes it");
        assert_eq!(country("a.jpg,na,Windhoek,,"), None);
        assert_eq!(country("a.jpg,Namibia,NA,NA,NA"), namibia);
    }
}
