//! What the file says of itself, at the head of the answer: where, when, with what. A place can be clicked to see it on the
//! map.

use egui::{Grid, RichText, Ui};

use super::{
    super::{background::Background, map::Drawn, theme, words},
    evidence::problems_ui,
    section,
};
use crate::{
    geo::{LatLon, country, nearest_place},
    picture::Picture,
    state::{Entry, PictureKey},
};

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
        problems_ui(ui, &metadata.problems);
        if metadata.gps.is_none() && rows.is_empty() {
            return None;
        }
        let mut clicked = None;
        section(ui, "The file says");
        Grid::new("facts").num_columns(2).min_row_height(18.0).spacing([theme::GAP_WIDE, 2.0]).show(ui, |ui| {
            if let Some(gps) = metadata.gps {
                ui.label(RichText::new("Place").weak());
                ui.horizontal_wrapped(|ui| {
                    let link = ui.link(words::coordinates(gps.lat, gps.lon));
                    if link.on_hover_text("Show it on the map").clicked() {
                        clicked = Some(gps);
                    }
                    if let Some(near) = self.near(ui, entry.key, gps) {
                        ui.label(near);
                    }
                });
                ui.end_row();
            }
            for (name, value) in rows {
                ui.label(RichText::new(name).weak());
                ui.add(egui::Label::new(value).wrap());
                ui.end_row();
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

fn rows(picture: &Picture) -> Vec<(&'static str, String)> {
    let metadata = &picture.metadata;
    let mut rows = Vec::new();
    rows.extend(metadata.taken.clone().map(|taken| ("Taken", taken)));
    rows.extend(metadata.camera.clone().map(|camera| ("Camera", camera)));
    rows.extend(metadata.heading_deg.map(|degrees| ("Looking", words::heading(degrees))));
    rows.extend(metadata.altitude_m.map(|metres| ("Altitude", format!("{metres:.0} m"))));
    rows
}

/// "in Lyon, France"; "12 km from Lyon, France".
fn near(position: LatLon) -> Option<String> {
    let town = nearest_place(position)?;
    let name =
        country(town.country).map_or_else(|| town.name.clone(), |country| format!("{}, {}", town.name, country.name));
    let km = position.distance_km(town.position);
    Some(if km < IN_TOWN_KM { format!("in {name}") } else { format!("{} from {name}", words::kilometres(km)) })
}
