//! What the file says of itself, at the head of the answer: where, when, with what. A place can be clicked to see it on the
//! map.

use egui::{RichText, Ui, vec2};

use super::{
    super::{background::Background, map::Drawn, theme, words},
    problems::problems_ui,
    section,
};
use crate::{
    geo::{LatLon, country, town_at},
    picture::{HeadingReference, Preview},
    state::{Entry, PictureKey},
};

/// Width of the names.
const NAMES: f32 = 64.0;
/// Nearer than this one is in a town, not so far from it.
const IN_TOWN_KM: f64 = 3.0;

/// What has been looked up about the file's position.
pub struct Facts {
    near: Drawn<PictureKey, (PictureKey, Option<String>)>,
}

impl Facts {
    /// Nothing yet.
    pub const fn new() -> Self {
        Self { near: Drawn::new() }
    }

    /// Draws what the file says, if it says anything, and what is wrong with it; the position, where it was clicked.
    pub fn ui(&mut self, ui: &mut Ui, entry: &Entry) -> Option<LatLon> {
        let picture = entry.picture.as_ref().ok()?;
        let metadata = &picture.metadata;
        let rows = rows(picture);
        problems_ui(ui, metadata.problems.iter().map(words::file_problem));
        if metadata.gps.is_none() && rows.is_empty() {
            return None;
        }
        let mut clicked = None;
        section(ui, "The file says");
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            if let Some(gps) = metadata.gps {
                row_ui(ui, "Place", |ui| {
                    let link = ui.link(words::coordinates(gps.lat, gps.lon));
                    if link.on_hover_text("Show it on the map").clicked() {
                        clicked = Some(gps);
                    }
                });
                if let Some(near) = self.near(ui, entry.key, gps) {
                    row_ui(ui, "", |ui| ui.label(near));
                }
            }
            for (name, value) in rows {
                row_ui(ui, name, |ui| ui.label(value));
            }
        });
        ui.add_space(theme::GAP_WIDE);
        clicked
    }

    /// The town that the position is in or near, once it has been looked up.
    fn near(&mut self, ui: &Ui, key: PictureKey, position: LatLon) -> Option<&str> {
        let found =
            self.near.get(key, || Background::start("terrasight-near", ui.ctx(), move || (key, near(position))));
        found.filter(|(of, _)| *of == key).and_then(|(_, near)| near.as_deref())
    }
}

/// A name and what it has to say, in as many lines as it needs.
fn row_ui<R>(ui: &mut Ui, name: &str, value: impl FnOnce(&mut Ui) -> R) {
    ui.horizontal_top(|ui| {
        ui.allocate_ui(vec2(NAMES, 0.0), |ui| {
            ui.set_width(NAMES);
            ui.label(RichText::new(name).weak());
        });
        ui.vertical(value);
    });
}

fn rows(picture: &Preview) -> Vec<(&'static str, String)> {
    let metadata = &picture.metadata;
    let mut rows = Vec::new();
    rows.extend(metadata.taken.clone().map(|taken| ("Taken", taken)));
    rows.extend(metadata.gps_time.clone().map(|time| ("GPS time", time)));
    rows.extend(metadata.camera.clone().map(|camera| ("Camera", camera)));
    let north = match metadata.heading_reference {
        Some(HeadingReference::Magnetic) => ", by the compass",
        Some(HeadingReference::True) => ", from true north",
        None => "",
    };
    rows.extend(metadata.heading_deg.map(|degrees| ("Looking", words::heading(degrees) + north)));
    rows.extend(metadata.altitude_m.map(|metres| ("Altitude", words::metres(metres))));
    rows
}

/// "in Lyon, France"; "12 km from Lyon, France".
fn near(position: LatLon) -> Option<String> {
    let town = town_at(position)?;
    let name =
        country(town.country).map_or_else(|| town.name.clone(), |country| format!("{}, {}", town.name, country.name));
    let km = position.distance_km(town.position);
    Some(if km < IN_TOWN_KM { format!("in {name}") } else { format!("{} from {name}", words::kilometres(km)) })
}
