//! `--within` and `--exclude`: what whoever asks knows of where pictures were taken.

use std::path::{Path, PathBuf};

use clap::Args;

use super::Failure;
use crate::{
    geo::{CountryCode, country_codes, read_region},
    predict::{area::area_piece, evidence::Piece, statement::Area},
};

/// Where the pictures were taken, as far as it is known.
#[derive(Debug, Default, Args)]
pub(super) struct AreaArguments {
    /// They were taken only there: a GeoJSON, KML or KMZ file, or codes of countries such as FR,ES; each further one narrows it
    #[arg(long, value_name = "FILE|CODES", value_parser = named)]
    within: Vec<Named>,
    /// They were not taken there
    #[arg(long, value_name = "FILE|CODES", value_parser = named)]
    exclude: Vec<Named>,
}

/// An area as it is named on the command line.
#[derive(Debug, Clone, PartialEq)]
enum Named {
    File(PathBuf),
    Countries(Vec<CountryCode>),
}

/// A file where there is one or the text can only be a path, else codes.
fn named(text: &str) -> Result<Named, String> {
    let path = Path::new(text);
    if path.exists() || path.extension().is_some() || text.contains(std::path::MAIN_SEPARATOR) {
        return Ok(Named::File(path.to_owned()));
    }
    country_codes(text)
        .map(Named::Countries)
        .map_err(|error| format!("{error}; give a GeoJSON, KML or KMZ file, or codes of countries such as FR,ES"))
}

impl Named {
    fn area(&self) -> Result<Area, Failure> {
        match self {
            Self::Countries(codes) => Ok(Area::Countries(codes.clone())),
            Self::File(path) => {
                let region = read_region(path).map_err(Failure::new)?;
                let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
                Ok(Area::Loaded { file, region })
            }
        }
    }
}

impl AreaArguments {
    /// The files that are read for them.
    pub(super) fn files(&self) -> impl Iterator<Item = PathBuf> {
        self.within.iter().chain(&self.exclude).filter_map(|named| match named {
            Named::File(path) => Some(path.clone()),
            Named::Countries(_) => None,
        })
    }

    /// The pieces of evidence that they are, numbered; the files are read.
    pub(super) fn pieces(&self) -> Result<Vec<Piece>, Failure> {
        let areas =
            self.within.iter().map(|named| (named, true)).chain(self.exclude.iter().map(|named| (named, false)));
        (1..)
            .zip(areas)
            .map(|(number, (named, is_inside))| {
                let mut piece = area_piece(named.area()?, is_inside);
                piece.evidence.id = format!("own-region-{number}");
                Ok(piece)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_codes_are_told_apart_and_unknown_codes_are_named() {
        assert_eq!(named("a/b.kml"), Ok(Named::File("a/b.kml".into())));
        assert_eq!(named("area.geojson"), Ok(Named::File("area.geojson".into())));
        assert_eq!(named("fr,ES"), Ok(Named::Countries(["FR", "ES"].map(|code| code.parse().unwrap()).into())));
        assert!(named("FR,QX").unwrap_err().starts_with("no country has the code QX;"));
        assert!(named("Atlantis").unwrap_err().contains("'Atlantis' is not a country code"));
        assert!(named(",").unwrap_err().contains("names no country"));
    }

    #[test]
    fn each_area_is_a_piece_of_its_own() {
        let countries = |code: &str| Named::Countries(vec![code.parse().unwrap()]);
        let arguments =
            AreaArguments { within: vec![countries("FR")], exclude: vec![countries("RU"), countries("CN")] };
        let pieces = arguments.pieces().unwrap();
        assert_eq!(
            pieces.iter().map(|piece| piece.evidence.id.as_str()).collect::<Vec<_>>(),
            ["own-region-1", "own-region-2", "own-region-3"]
        );
        let missing = AreaArguments { within: vec![Named::File("/nowhere/a.kml".into())], exclude: vec![] };
        assert!(missing.pieces().is_err());
    }
}
