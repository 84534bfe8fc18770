//! Pictures by what is true of them: how much of the place can be read, and on which continent it lies. Shares of few pictures
//! have Wilson's intervals, since drawing three right ones anew gives three right ones.

use serde::{Deserialize, Serialize};

use super::{
    metrics::{Share, median},
    results::ResultRow,
};
use crate::geo;

/// The edges of the bands by locatability. GeoReasoner trains on pictures above 0.4.
const LOCATABILITY_EDGES: [f64; 6] = [0.0, 0.2, 0.3, 0.4, 0.5, 1.0];

/// A band of locatability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// From here on.
    pub from: f64,
    /// Up to here (the last band includes it).
    pub to: f64,
    /// How often the likeliest country is right within it.
    pub country: Share,
    /// The median distance, of those with a place.
    pub median_km: Option<f64>,
}

/// A part of the world.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Continent {
    /// As Natural Earth calls it.
    pub name: String,
    /// How often the likeliest country is right in it.
    pub country: Share,
    /// The median distance, of those with a place.
    pub median_km: Option<f64>,
}

/// The bands that have pictures.
pub fn bands(rows: &[ResultRow]) -> Vec<Band> {
    let last = LOCATABILITY_EDGES[LOCATABILITY_EDGES.len() - 1];
    let band = |edge: &[f64]| {
        let (from, to) = (edge[0], edge[1]);
        let inside = |value: f64| value >= from && (value < to || (to == last && value <= to));
        let (country, median_km) = of(rows.iter().filter(|row| row.locatability.is_some_and(inside)));
        Band { from, to, country, median_km }
    };
    LOCATABILITY_EDGES.windows(2).map(band).filter(|band| band.country.of > 0).collect()
}

/// The continents that have pictures, by name.
pub fn continents(rows: &[ResultRow]) -> Vec<Continent> {
    let on = |row: &ResultRow| row.true_country.and_then(geo::country).map(|country| country.continent.as_str());
    let mut names: Vec<&str> = rows.iter().filter_map(on).collect();
    names.sort_unstable();
    names.dedup();
    let continent = |name: &str| {
        let (country, median_km) = of(rows.iter().filter(|row| on(row) == Some(name)));
        Continent { name: name.to_owned(), country, median_km }
    };
    names.into_iter().map(continent).collect()
}

/// Country accuracy, of those whose country is known, and the median distance.
fn of<'a>(rows: impl Iterator<Item = &'a ResultRow> + Clone) -> (Share, Option<f64>) {
    let known = rows.clone().filter_map(|row| row.true_country.map(|truth| row.likeliest_country == Some(truth)));
    (Share::of(known), median(&rows.filter_map(|row| row.distance_km).collect::<Vec<_>>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_on_an_edge_belongs_to_the_band_above_and_the_last_band_has_its_end() {
        let row = |locatability| ResultRow {
            locatability: Some(locatability),
            true_country: "FR".parse().ok(),
            ..ResultRow::default()
        };
        let rows = [0.4, 0.2, 1.0, 0.0].map(row);
        let found: Vec<(f64, f64, usize)> =
            bands(&rows).iter().map(|band| (band.from, band.to, band.country.of)).collect();
        assert_eq!(found, [(0.0, 0.2, 1), (0.2, 0.3, 1), (0.4, 0.5, 1), (0.5, 1.0, 1)]);
    }
}
