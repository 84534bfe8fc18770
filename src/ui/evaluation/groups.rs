//! Country accuracy by how much of the place can be read and by continent: bars with their intervals, and the numbers beside
//! them.

use std::sync::Arc;

use egui::{Grid, Rect, RichText, Sense, Stroke, Ui, pos2, vec2};

use super::{
    super::{pictures, theme, words},
    figures::{ROW, heads, heads_ui, models},
};
use crate::{
    eval::{ModelReport, metrics::Share},
    worker::Evaluated,
};

/// Length of a bar for all, in points.
const BAR: f32 = 110.0;

/// Draws both.
pub(super) fn groups_ui(ui: &mut Ui, shown: &[Arc<Evaluated>]) {
    group_ui(ui, shown, "Country by locatability", |model| {
        let bands = model.by_locatability.iter();
        bands.map(|band| (format!("{:.1} to {:.1}", band.from, band.to), band.country)).collect()
    });
    group_ui(ui, shown, "Country by continent", |model| {
        model.by_continent.iter().map(|land| (land.name.clone(), land.country)).collect()
    });
}

fn group_ui(ui: &mut Ui, shown: &[Arc<Evaluated>], title: &str, of: impl Fn(&ModelReport) -> Vec<(String, Share)>) {
    let found: Vec<Vec<(String, Share)>> = models(shown).map(of).collect();
    let mut names: Vec<&String> = found.iter().flatten().map(|(name, _)| name).collect();
    names.sort();
    names.dedup();
    if names.is_empty() {
        return;
    }
    ui.add_space(theme::GAP_WIDE);
    pictures::section(ui, title);
    Grid::new(title).min_row_height(ROW).spacing(vec2(18.0, 4.0)).show(ui, |ui| {
        heads_ui(ui, &heads(shown));
        for name in names {
            ui.label(name);
            for groups in &found {
                match groups.iter().find(|(group, _)| group == name) {
                    Some((_, share)) => bar_ui(ui, share),
                    None => {
                        ui.label(RichText::new("no pictures").weak());
                    }
                }
            }
            ui.end_row();
        }
    });
}

/// A bar with its interval, and its number.
fn bar_ui(ui: &mut Ui, share: &Share) {
    let palette = theme::palette(ui);
    ui.horizontal(|ui| {
        let (track, response) = ui.allocate_exact_size(vec2(BAR, 12.0), Sense::hover());
        let x = |part: f64| track.min.x + track.width() * part as f32;
        let painter = ui.painter();
        painter.rect_filled(track, 2.0, palette.sunken);
        painter.rect_filled(Rect::from_min_max(track.min, pos2(x(share.share), track.max.y)), 2.0, palette.accent);
        let ink = Stroke::new(1.5, palette.text);
        painter.hline(x(share.low)..=x(share.high), track.center().y, ink);
        for end in [share.low, share.high] {
            painter.vline(x(end), track.center().y - 3.0..=track.center().y + 3.0, ink);
        }
        response.on_hover_text(words::share(share));
        ui.label(format!("{:.1} %, of {}", 100.0 * share.share, words::count(share.of)));
    });
}
