//! What the file says of itself, at the head of the answer: where, when, with what. A place can be clicked to see it on the
//! map.

use egui::{Grid, RichText, Ui};

use super::{
    super::{theme, words},
    section,
};
use crate::{geo::LatLon, picture::Picture};

/// Draws it, if the file says anything; the position, where it was clicked.
pub fn facts_ui(ui: &mut Ui, picture: &Picture) -> Option<LatLon> {
    let metadata = &picture.metadata;
    let mut rows: Vec<(&str, String)> = Vec::new();
    rows.extend(metadata.taken.clone().map(|taken| ("Taken", taken)));
    rows.extend(metadata.camera.clone().map(|camera| ("Camera", camera)));
    rows.extend(metadata.heading_deg.map(|degrees| ("Looking", words::heading(degrees))));
    rows.extend(metadata.altitude_m.map(|metres| ("Altitude", format!("{metres:.0} m"))));
    if metadata.gps.is_none() && rows.is_empty() {
        return None;
    }
    let mut clicked = None;
    section(ui, "The file says");
    Grid::new("facts").num_columns(2).min_row_height(18.0).spacing([theme::GAP_WIDE, 2.0]).show(ui, |ui| {
        if let Some(gps) = metadata.gps {
            ui.label(RichText::new("Place").weak());
            let link = ui.link(words::coordinates(gps.lat, gps.lon));
            if link.on_hover_text("Show it on the map").clicked() {
                clicked = Some(gps);
            }
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
