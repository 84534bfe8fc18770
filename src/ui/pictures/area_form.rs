//! An area that is typed, or loaded from a file: a middle and a radius, codes of countries, a path.

use std::path::{Path, PathBuf};

use egui::{TextEdit, Ui};

use super::super::{
    forms::{Browse, Form, Out, PathField, What},
    theme,
};
use crate::{
    geo::{LatLon, Region, country_codes, read_region},
    predict::{area::area_piece, statement::Area},
    state::{Action, PictureKey, Remark},
};

/// The endings of the files that are offered.
const AREAS: &[&str] = &["geojson", "json", "kml", "kmz"];

/// Whether a file holds areas, by its ending.
pub fn is_area_file(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    ending.is_some_and(|ending| AREAS.contains(&ending.as_str()))
}

/// What is to be done with the areas of a file, once it was read, for the picture that they were meant for: not for the window's
/// thread.
pub fn read(key: PictureKey, path: &Path, is_inside: bool) -> Action {
    match read_region(path) {
        Ok(region) => {
            let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
            Action::AddPiece(key, Box::new(area_piece(Area::Loaded { file, region }, is_inside)))
        }
        Err(error) => Action::Tell(Remark::AreaNotRead(error)),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Circle,
    Countries,
    File,
}

/// Which area, of which picture, and whether the picture was taken only there.
pub struct AreaForm {
    key: PictureKey,
    kind: Kind,
    is_inside: bool,
    middle: String,
    radius: String,
    codes: String,
    path: PathField,
}

impl AreaForm {
    /// An empty one, for this picture.
    pub fn new(key: PictureKey, is_inside: bool) -> Self {
        Self {
            key,
            kind: Kind::Circle,
            is_inside,
            middle: String::new(),
            radius: String::new(),
            codes: String::new(),
            path: PathField::new("Path of a GeoJSON, KML or KMZ file"),
        }
    }

    /// One that asks for a file.
    pub fn of_file(key: PictureKey, is_inside: bool) -> Self {
        Self { kind: Kind::File, ..Self::new(key, is_inside) }
    }

    /// The area that is typed, or what is wrong with it; none where it is not complete, or in a file.
    fn area(&self) -> Option<Result<Area, String>> {
        match self.kind {
            Kind::Circle if self.middle.trim().is_empty() || self.radius.trim().is_empty() => None,
            Kind::Countries if self.codes.trim().is_empty() => None,
            Kind::Circle => Some(circle(&self.middle, &self.radius)),
            Kind::Countries => Some(
                country_codes(&self.codes)
                    .map(Area::Countries)
                    .map_err(|why| format!("These are no countries: {why}.")),
            ),
            Kind::File => None,
        }
    }
}

fn circle(middle: &str, radius: &str) -> Result<Area, String> {
    let parts = middle.split([',', ' ']).filter(|part| !part.is_empty());
    let numbers: Vec<f64> = parts.map_while(|part| part.trim_end_matches('°').parse().ok()).collect();
    let centre = match numbers[..] {
        [lat, lon] => LatLon::new(lat, lon),
        _ => None,
    };
    let centre = centre.ok_or("The middle is a latitude and a longitude, such as 48.85, 2.35.")?;
    let km: f64 = radius.trim().trim_end_matches("km").trim_end().parse().map_err(|_| "The radius is a number.")?;
    Region::around(centre, km).map(Area::Drawn).map_err(|why| format!("This is no area: {why}."))
}

fn field_ui(ui: &mut Ui, name: &str, text: &mut String, hint: &str) {
    let label = ui.label(name);
    ui.add(TextEdit::singleline(text).hint_text(hint).desired_width(f32::INFINITY)).labelled_by(label.id);
}

impl Form for AreaForm {
    fn title(&self) -> String {
        "Where the picture was taken, or was not".to_owned()
    }

    fn button(&self) -> &'static str {
        "Add"
    }

    fn path(&mut self) -> Option<&mut PathField> {
        (self.kind == Kind::File).then_some(&mut self.path)
    }

    fn above(&mut self, ui: &mut Ui) {
        ui.horizontal(|ui| {
            theme::choice_value(ui, &mut self.is_inside, true, "Only there");
            theme::choice_value(ui, &mut self.is_inside, false, "Not there");
        });
        ui.add_space(theme::GAP);
        ui.horizontal(|ui| {
            for (kind, name) in
                [(Kind::Circle, "A circle"), (Kind::Countries, "Countries by code"), (Kind::File, "A file")]
            {
                theme::choice_value(ui, &mut self.kind, kind, name);
            }
        });
        ui.add_space(theme::GAP);
        match self.kind {
            Kind::Circle => {
                field_ui(ui, "Latitude and longitude of its middle", &mut self.middle, "48.85, 2.35");
                field_ui(ui, "Radius in kilometres", &mut self.radius, "50");
            }
            Kind::Countries => field_ui(ui, "Codes of countries", &mut self.codes, "FR, ES"),
            Kind::File => {}
        }
    }

    fn below(&mut self, ui: &mut Ui) {
        if let Some(Err(why)) = self.area() {
            ui.colored_label(theme::palette(ui).error, why);
        }
    }

    fn is_complete(&self) -> bool {
        match self.kind {
            Kind::File => self.path.path().is_some(),
            Kind::Circle | Kind::Countries => matches!(self.area(), Some(Ok(_))),
        }
    }

    fn browse(&self) -> Option<Browse> {
        (self.kind == Kind::File)
            .then_some(Browse { title: "Load areas", what: What::File("GeoJSON, KML and KMZ", AREAS) })
    }

    fn take(&mut self, paths: Vec<PathBuf>) -> bool {
        if let Some(path) = paths.into_iter().next() {
            self.path.set(path);
        }
        false
    }

    fn finish(self: Box<Self>, out: &mut Out<'_>) {
        match (self.area(), self.path.path()) {
            (Some(Ok(area)), _) => out.act(Action::AddPiece(self.key, Box::new(area_piece(area, self.is_inside)))),
            (None, Some(path)) if self.kind == Kind::File => {
                let (key, is_inside) = (self.key, self.is_inside);
                out.fetch(move || read(key, &path, is_inside));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_middle_is_typed_in_the_ways_that_maps_write_it() {
        for middle in ["48.85, 2.35", "48.85 2.35", "48.85,2.35", " 48.85°  2.35° "] {
            let Ok(Area::Drawn(region)) = circle(middle, "50 km") else { panic!("{middle}") };
            assert_eq!(region.bounding_circle(), (LatLon { lat: 48.85, lon: 2.35 }, 50.0));
        }
        assert!(circle("48.85", "50").unwrap_err().contains("a latitude and a longitude"));
        assert!(circle("98.85, 2", "50").unwrap_err().contains("a latitude and a longitude"));
        assert!(circle("8, 2", "x").unwrap_err().contains("a number"));
        assert!(circle("8, 2", "-3").unwrap_err().contains("-3 km"));
    }

    #[test]
    fn what_a_file_holds_is_for_the_picture_for_which_it_was_chosen() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.geojson");
        let ring = "[[0,0],[1,0],[1,1],[0,0]]";
        std::fs::write(&file, format!(r#"{{"type":"Polygon","coordinates":[{ring}]}}"#)).unwrap();
        let action = read(PictureKey(7), &file, true);
        assert!(matches!(action, Action::AddPiece(PictureKey(7), _)), "{action:?}");
    }

    #[test]
    fn files_of_areas_are_told_by_their_ending() {
        assert!(
            is_area_file(Path::new("a.GeoJSON"))
                && is_area_file(Path::new("/b/a.kml"))
                && is_area_file(Path::new("a.KMZ"))
        );
        assert!(!is_area_file(Path::new("a.jpg")) && !is_area_file(Path::new("kml")));
    }
}
