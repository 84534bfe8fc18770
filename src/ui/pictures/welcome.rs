//! What stands in the window while no picture is open: how to begin, and six drawn streets to begin with.

use egui::{
    Button, Color32, ColorImage, CornerRadius, Frame, Margin, RichText, Role, ScrollArea, Sense, Stroke, StrokeKind,
    TextureHandle, TextureOptions, Ui, WidgetInfo, pos2, vec2,
};

use super::{
    super::{
        Ask, View,
        advice::advice_ui,
        background::{Background, Polled},
        textures::color_image,
        theme,
    },
    forms::OpenForm,
    keys,
};
use crate::{
    assets,
    state::Action,
    worker::{ModelSource, PictureSource},
};

/// Size of a sample's picture, in points.
const SAMPLE: egui::Vec2 = vec2(152.0, 114.0);

/// The samples' pictures, once they are decoded.
#[derive(Default)]
pub struct Welcome {
    decoding: Option<Background<Vec<Option<ColorImage>>>>,
    textures: Vec<Option<TextureHandle>>,
}

impl Welcome {
    /// Draws the words and the samples.
    pub fn ui(&mut self, view: &mut View<'_>, ui: &mut Ui) {
        self.take_textures(ui);
        let room = Frame::new().inner_margin(Margin::symmetric(theme::PADDING, 0));
        let area = ScrollArea::vertical().auto_shrink(false);
        area.show(ui, |ui| room.show(ui, |ui| self.contents_ui(view, ui)));
    }

    fn contents_ui(&mut self, view: &mut View<'_>, ui: &mut Ui) {
        let samples = assets::samples();
        let columns = if ui.available_width() > 3.0 * (SAMPLE.x + 12.0) + 24.0 { 3 } else { 2 };
        let rows = samples.len().div_ceil(columns) as f32;
        let height = 210.0 + rows * (SAMPLE.y + 12.0);
        ui.add_space(((ui.available_height() - height) / 2.0).max(8.0));
        ui.vertical_centered(|ui| {
            ui.label(RichText::new("Where was this photograph taken?").size(theme::PLACE_SIZE));
            ui.add_space(theme::GAP);
            let (open, paste) = (ui.ctx().format_shortcut(&keys::OPEN), ui.ctx().format_shortcut(&keys::PASTE));
            ui.label(format!("Drop photographs here, or press {open}. {paste} pastes one."));
            ui.label(
                RichText::new(match &view.state.settings().model {
                    ModelSource::Server(server) => format!("Each picture is sent to {}, which answers.", server.host()),
                    _ => "Nothing leaves this machine.".to_owned(),
                })
                .weak(),
            );
            ui.add_space(theme::GAP_WIDE);
            let palette = theme::palette(ui);
            let open = RichText::new("Open photographs…").color(palette.on_accent);
            if ui.add(Button::new(open).fill(palette.accent)).clicked() {
                view.asks.push(Ask::Browse(Box::new(OpenForm::new())));
            }
            ui.add_space(theme::GAP);
            advice_ui(view, ui, false);
        });
        if samples.is_empty() {
            return;
        }
        ui.add_space(theme::GAP_WIDE);
        ui.vertical_centered(|ui| {
            ui.label(RichText::new("Or begin with a drawn street, which the starter model knows:").weak());
        });
        ui.add_space(theme::GAP);
        let left = (ui.available_width() - columns as f32 * (SAMPLE.x + 12.0) + 12.0).max(0.0) / 2.0;
        ui.spacing_mut().item_spacing.y = 12.0;
        for (row, several) in samples.chunks(columns).enumerate() {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 12.0;
                ui.add_space(left);
                for (column, sample) in several.iter().enumerate() {
                    let place = row * columns + column;
                    if self.sample_ui(ui, place) {
                        let bytes = sample.bytes.to_vec();
                        let source = PictureSource::Bytes { name: sample.name.to_owned(), bytes };
                        view.actions.push(Action::Open(vec![source]));
                    }
                }
            });
        }
    }

    fn sample_ui(&self, ui: &mut Ui, place: usize) -> bool {
        let palette = theme::palette(ui);
        let (rect, response) = ui.allocate_exact_size(SAMPLE, Sense::click());
        let name = format!("Locate drawn street {}", place + 1);
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
        ui.painter().rect_filled(rect, CornerRadius::same(theme::CORNER), palette.sunken);
        if let Some(Some(texture)) = self.textures.get(place) {
            let whole = egui::Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
            ui.painter().image(texture.id(), rect, whole, Color32::WHITE);
        }
        let lit = response.hovered() || response.has_focus();
        let stroke = Stroke::new(if lit { 2.0 } else { 1.0 }, if lit { palette.accent } else { palette.line });
        ui.painter().rect_stroke(rect, CornerRadius::same(theme::CORNER), stroke, StrokeKind::Outside);
        response.on_hover_text(name).clicked()
    }

    /// Decodes the samples in the background, once.
    fn take_textures(&mut self, ui: &Ui) {
        let decoding = self.decoding.get_or_insert_with(|| Background::start("terrasight-samples", ui.ctx(), decode));
        if let Polled::Ready(images) = decoding.poll() {
            let texture = |image: ColorImage| ui.ctx().load_texture("sample", image, TextureOptions::LINEAR);
            self.textures = images.into_iter().map(|image| image.map(texture)).collect();
        }
    }
}

fn decode() -> Vec<Option<ColorImage>> {
    let size = (2.0 * SAMPLE.x, 2.0 * SAMPLE.y);
    let picture = |sample: &assets::EmbeddedFile| {
        let picture = image::load_from_memory(sample.bytes).ok()?;
        Some(color_image(&picture.thumbnail(size.0 as u32, size.1 as u32).to_rgb8()))
    };
    assets::samples().iter().map(picture).collect()
}
