//! What the answer rests on, what contradicts itself or must be kept in mind, and what the picture file says of itself.

use egui::{Grid, RichText, ScrollArea, Ui};

use super::{
    super::{View, theme, words},
    pieces::pieces_ui,
    problems::problems_ui,
    section,
    signs::SignsView,
    ticking::Ticking,
};
use crate::{
    picture::Preview,
    predict::FindingProblem,
    state::{Entry, Found},
};

/// Draws the evidence of the selected picture.
pub fn evidence_ui(view: &mut View<'_>, ui: &mut Ui, signs: &mut SignsView, ticking: &mut Ticking) {
    let Some(entry) = view.state.selected() else { return };
    ScrollArea::vertical().id_salt(("evidence", entry.key)).auto_shrink(false).show(ui, |ui| {
        ui.set_width(ui.available_width());
        if let Some(found) = entry.found() {
            let said_here = found.finding.problems.iter().filter(|problem| !is_said_elsewhere(problem, found));
            problems_ui(ui, said_here.map(words::problem));
        }
        head_ui(view, ui, entry, ticking);
        pieces_ui(view, ui, entry, signs);
        if let Ok(picture) = &entry.picture {
            metadata_ui(ui, picture);
            file_ui(ui, entry, picture);
        }
    });
}

/// Over the pieces: that they are being weighed, and where a clue is looked for to add to them.
fn head_ui(view: &mut View<'_>, ui: &mut Ui, entry: &Entry, ticking: &mut Ticking) {
    if entry.evidence().is_empty() && !entry.takes_evidence() {
        return;
    }
    if entry.is_ranking() {
        ui.label(RichText::new("Ranking anew …").small().weak());
    }
    ticking.ui(view, ui, entry);
}

/// Whether another part of the window says it: the head of the answer what is wrong with the file, the card in the answer's
/// place why there is none, and the strip below what the starter is worth or that a server has answered.
fn is_said_elsewhere(problem: &FindingProblem, found: &Found) -> bool {
    let is_withheld = found.finding.withheld.is_some();
    match problem {
        FindingProblem::File(_) | FindingProblem::SentTo(_) => true,
        FindingProblem::Withheld | FindingProblem::LocatabilityWithheld => is_withheld,
        FindingProblem::Caution(_) => found.by_starter,
        _ => false,
    }
}

fn metadata_ui(ui: &mut Ui, picture: &Preview) {
    let metadata = &picture.metadata;
    let mut rows: Vec<(&str, String)> = Vec::new();
    if let Some(gps) = metadata.gps {
        rows.push(("Position", words::coordinates(gps.lat, gps.lon)));
    }
    rows.extend(metadata.altitude_m.map(|metres| ("Altitude", format!("{metres:.0} m"))));
    rows.extend(metadata.heading_deg.map(|degrees| ("Heading", format!("{degrees:.0}°"))));
    rows.extend(metadata.taken.clone().map(|taken| ("Taken", taken)));
    rows.extend(metadata.camera.clone().map(|camera| ("Camera", camera)));
    section(ui, "In the picture file");
    if rows.is_empty() && metadata.fields.is_empty() {
        ui.label(RichText::new("No position, time or camera is stored in it.").weak());
        ui.add_space(theme::GAP);
        return;
    }
    grid_ui(ui, "metadata", rows.iter().map(|(name, value)| (*name, value.as_str())));
    if !metadata.fields.is_empty() {
        ui.collapsing(format!("All {} fields", metadata.fields.len()), |ui| {
            grid_ui(ui, "fields", metadata.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        });
    }
    ui.add_space(theme::GAP);
}

fn file_ui(ui: &mut Ui, entry: &Entry, picture: &Preview) {
    section(ui, "The file");
    let path = picture
        .path
        .as_ref()
        .map_or_else(|| "pasted or dropped without a path".to_owned(), |p| p.display().to_string());
    let size = format!("{} × {} px", picture.width, picture.height);
    let rows = [("Name", entry.name.as_str()), ("Path", &path), ("Size", &size), ("SHA-256", &picture.sha256)];
    grid_ui(ui, "file", rows.into_iter());
    if let Some(found) = entry.found() {
        let model = &found.finding.model;
        ui.add_space(theme::GAP);
        if found.finding.withheld.is_some() {
            section(ui, "Read by");
            grid_ui(ui, "model", [("Device", model.device.as_str())].into_iter());
            return;
        }
        section(ui, "Located by");
        let settings = &found.finding.settings;
        let sampling = if settings.temperature > 0.0 {
            format!("temperature {}, top-p {}, seed {}", settings.temperature, settings.top_p, model.seed)
        } else {
            format!("greedy, seed {}", model.seed)
        };
        let rows = [("Model", model.name.as_str()), ("Device", &model.device), ("Settings", &sampling)];
        grid_ui(ui, "model", rows.into_iter());
    }
}

fn grid_ui<'t>(ui: &mut Ui, name: &str, rows: impl Iterator<Item = (&'t str, &'t str)>) {
    let names = 84.0;
    let width = (ui.available_width() - names - theme::GAP_WIDE).max(80.0);
    Grid::new(name).num_columns(2).min_col_width(names).spacing([theme::GAP_WIDE, 3.0]).show(ui, |ui| {
        for (name, value) in rows {
            ui.label(RichText::new(name).weak());
            ui.scope(|ui| {
                ui.set_width(width);
                ui.add(egui::Label::new(value).wrap_mode(egui::TextWrapMode::Wrap));
            });
            ui.end_row();
        }
    });
}
