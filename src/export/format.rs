//! The formats of an answer, for the window and the command line.

use clap::ValueEnum;

use super::{csv, geojson, json, kml, text};
use crate::predict::finding::Outcome;

/// In which format answers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "lower")]
pub enum Format {
    /// For reading.
    Text,
    /// All of the finding.
    Json,
    /// The candidates as points.
    GeoJson,
    /// The candidates as placemarks.
    Kml,
    /// One row a candidate.
    Csv,
}

impl Format {
    /// All of them, the one for reading first.
    pub const ALL: [Self; 5] = [Self::Text, Self::Json, Self::GeoJson, Self::Kml, Self::Csv];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "Text",
            Self::Json => "JSON",
            Self::GeoJson => "GeoJSON",
            Self::Kml => "KML",
            Self::Csv => "CSV",
        }
    }

    /// How its files end.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Text => "txt",
            Self::Json => "json",
            Self::GeoJson => "geojson",
            Self::Kml => "kml",
            Self::Csv => "csv",
        }
    }

    /// These outcomes in it; for reading, those that found something.
    pub fn written(self, outcomes: &[Outcome]) -> String {
        let found = outcomes.iter().filter_map(|outcome| match outcome {
            Outcome::Found(finding) => Some(&**finding),
            Outcome::Failed(_) => None,
        });
        match self {
            Self::Text => text(found),
            Self::Json => json(outcomes),
            Self::GeoJson => geojson(outcomes),
            Self::Kml => kml(outcomes),
            Self::Csv => csv(outcomes),
        }
    }
}
