//! The picture that has the cursor: larger, with all that the index knows of it.

use egui::{
    Align2, Color32, ColorImage, FontId, Grid, Rect, RichText, ScrollArea, Sense, TextureHandle, TextureOptions, Ui,
    pos2, vec2,
};

use super::{
    super::{View, background::Background, map::Drawn, textures::shrunk, theme, words},
    row::{file_name, size},
};
use crate::{
    dataset::{Row, RowId},
    picture::Picture,
    state::{Action, DatasetAction},
};

/// Longest side of the picture shown, in pixels.
const SIDE: u32 = 720;

/// Which picture: its row, and when its file was changed last.
type Key = (RowId, i64);

/// The picture shown, as it was decoded last.
pub struct Details {
    decoded: Drawn<Key, (Key, Option<ColorImage>)>,
    texture: Option<(Key, TextureHandle)>,
}

impl Details {
    /// Nothing yet.
    pub fn new() -> Self {
        Self { decoded: Drawn::new(), texture: None }
    }

    /// Draws picture and words.
    pub fn ui(&mut self, view: &mut View<'_>, ui: &mut Ui) {
        let dataset = view.state.dataset();
        let Some((place, row)) = dataset.selection().cursor().and_then(|at| Some((at, dataset.row(at)?))) else {
            ui.label(RichText::new("Click a picture, or a pin on the map, to see it here.").weak());
            ui.take_available_space();
            return;
        };
        ui.horizontal(|ui| {
            ui.add(egui::Label::new(RichText::new(file_name(row)).strong()).truncate());
        });
        ui.horizontal(|ui| {
            let open = ui.add_enabled(!row.is_gone(), egui::Button::new("Open to locate"));
            if open.on_hover_text("Open the selected pictures on the Pictures page (Enter)").clicked() {
                if !dataset.selection().holds(place) {
                    view.actions.push(Action::Dataset(DatasetAction::SelectRows(vec![place])));
                }
                view.actions.push(Action::OpenSelected);
            }
            let mark = if row.checked { "Take the mark off" } else { "Mark as checked" };
            if ui.button(mark).on_hover_text("For all selected pictures (Space)").clicked() {
                view.actions.push(Action::Dataset(DatasetAction::ToggleChecked));
            }
        });
        let width = ui.available_width();
        let shape = if row.height > 0 { row.width as f32 / row.height as f32 } else { 4.0 / 3.0 };
        let size = vec2(width, (width / shape).min((ui.available_height() - 110.0).max(60.0)));
        let (frame, _) = ui.allocate_exact_size(size, Sense::hover());
        self.picture_ui(view, ui, row, frame, shape);
        ScrollArea::vertical().id_salt("details").auto_shrink(false).show(ui, |ui| facts_ui(ui, row));
    }

    fn picture_ui(&mut self, view: &View<'_>, ui: &Ui, row: &Row, frame: Rect, shape: f32) {
        let key = (row.id, row.modified);
        ui.painter().rect_filled(frame, 2.0, theme::palette(ui).sunken);
        if row.width == 0 {
            return;
        }
        let file = view.state.dataset().file_of(row);
        let decoded = self.decoded.get(key, || {
            Background::start("terrasight-preview", ui.ctx(), move || {
                let picture = Picture::open(&file).inspect_err(|error| tracing::info!("{error}")).ok();
                (key, picture.map(|picture| shrunk(&picture.pixels, SIDE)))
            })
        });
        if let Some((made, Some(image))) = decoded
            && self.texture.as_ref().is_none_or(|(shown, _)| shown != made)
        {
            let texture = ui.ctx().load_texture("data set picture", image.clone(), TextureOptions::LINEAR);
            self.texture = Some((*made, texture));
        }
        if let Some((made, None)) = decoded
            && *made == key
        {
            let (font, color) = (FontId::proportional(12.0), theme::palette(ui).text_weak);
            ui.painter().text(frame.center(), Align2::CENTER_CENTER, "the file cannot be opened now", font, color);
            return;
        }
        let Some((_, texture)) = self.texture.as_ref().filter(|(shown, _)| *shown == key) else { return };
        let width = frame.width().min(frame.height() * shape);
        let place = Rect::from_center_size(frame.center(), vec2(width, width / shape));
        let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        ui.painter().image(texture.id(), place, whole, Color32::WHITE);
    }
}

fn facts_ui(ui: &mut Ui, row: &Row) {
    let palette = theme::palette(ui);
    if let Some(error) = &row.error {
        let color = if row.is_wrong() { palette.error } else { palette.text_weak };
        ui.label(RichText::new(words::trouble(error)).color(color));
    }
    let scored = row.scorer.as_ref().map(|scorer| format!(" ({scorer})")).unwrap_or_default();
    let locatability = row.locatability.map(|score| format!("{score:.3}{scored}"));
    let position = row.position.map(|at| {
        let source = row.position_source.map(|source| format!(" ({})", words::position_source(source)));
        let source = source.unwrap_or_default();
        format!("{}{source}", words::coordinates(at.lat, at.lon))
    });
    let country = row.country.map(|code| {
        let city = row.city.as_ref().map(|city| format!("{city}, ")).unwrap_or_default();
        format!("{city}{}", words::country(Some(code)))
    });
    let size = Some(size(row)).filter(|size| !size.is_empty());
    let size = size.map(|size| format!("{size} px, {}", bytes(row.bytes)));
    let path = Some(row.path.display().to_string());
    let checked = row.checked.then(|| "yes".to_owned());
    let facts = [
        ("Locatability", locatability),
        ("Place", country),
        ("Position", position),
        ("Taken", row.taken.clone()),
        ("Size", size),
        ("Checked", checked),
        ("File", path),
    ];
    Grid::new("facts").num_columns(2).min_row_height(16.0).spacing([10.0, 3.0]).show(ui, |ui| {
        for (name, value) in facts {
            let Some(value) = value else { continue };
            ui.label(RichText::new(name).small().color(palette.text_weak));
            ui.add(egui::Label::new(RichText::new(value).small()).wrap());
            ui.end_row();
        }
    });
}

/// A file's size: "830 kB", "2.4 MB".
fn bytes(n: u64) -> String {
    if n < 999_500 { format!("{:.0} kB", n as f64 / 1e3) } else { format!("{:.1} MB", n as f64 / 1e6) }
}
