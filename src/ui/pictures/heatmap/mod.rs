//! How locatable the picture is and where on it that comes from: colours over the picture, the outline of the class under
//! the pointer, and the list of what the score is made of.

mod parts;
mod renderer;

use egui::{Color32, Painter, Pos2, Rect, Response, Ui};

pub use renderer::install;

use super::{
    super::{Ask, View, theme, words},
    export::colours_form,
};
use crate::{
    knowledge::ade20k::{self, ClassWeights},
    locatability::{ClassPart, ColorMap, Heatmap},
    state::Locatable,
};

/// Classes whose regions are tinted on the picture, and their colour.
#[derive(Debug, Default)]
pub struct Tint {
    /// Their numbers, from 0.
    pub classes: Vec<usize>,
    /// How much of the picture it covers is its opacity.
    pub color: Color32,
}

/// How the score is looked at.
#[derive(Debug, Default)]
pub struct HeatmapView {
    /// Whether the colours and the list are shown.
    pub is_shown: bool,
    /// Colours and opacity.
    pub heatmap: Heatmap,
    /// The class that is looked at: under the pointer, on the picture or in the list.
    outlined: Option<usize>,
}

impl HeatmapView {
    /// Lays the colours over the picture, which lies in `rect`, where they are shown, and a tint over the regions of some
    /// classes; names the class under the pointer.
    pub fn over_picture(
        &mut self,
        ui: &Ui,
        painter: &Painter,
        rect: Rect,
        response: &Response,
        (found, tint): (&Locatable, &Tint),
    ) {
        let pointer = response.hover_pos().filter(|_| self.is_shown);
        let pointed = pointer.and_then(|pointer| class_at(found, rect, pointer));
        self.outlined = pointed.or(self.outlined.take());
        let mut palette = if self.is_shown { self.heatmap.palette(&ClassWeights::default()) } else { [[0; 4]; 256] };
        for class in &tint.classes {
            palette[class + 1] = tint.color.to_srgba_unmultiplied();
        }
        if self.is_shown || !tint.classes.is_empty() {
            let outlined = tint.classes.iter().copied().chain(self.outlined);
            painter.add(renderer::shape(&found.labels, palette, outlined, rect, ui.ctx().viewport_rect()));
        }
        let part = pointed.and_then(|class| found.score.classes.iter().find(|part| part.class == class));
        if let Some(part) = part {
            response.clone().on_hover_ui_at_pointer(|ui| {
                ui.strong(part.name());
                ui.label(in_words(part));
            });
        }
    }

    /// The score, how the colours are to be, and the list.
    pub fn ui(&mut self, view: &mut View<'_>, ui: &mut Ui, found: &Locatable) {
        let outlined = self.outlined.take();
        ui.horizontal(|ui| {
            ui.strong(format!("Locatability {:.2}", found.score.locatability)).on_hover_text(format!(
                "The share of each class of things in the picture, times what that class tells of a place, added up. \
                 Segmented by {}.",
                found.segmenter
            ));
            ui.weak(format!("Above {} a street view usually tells its place", ade20k::THRESHOLD));
        });
        ui.add_space(theme::GAP);
        ui.horizontal_wrapped(|ui| {
            let label = ui.label("Colours");
            let choice = egui::ComboBox::from_id_salt("heatmap colours").selected_text(self.heatmap.colors.name());
            let choice = choice.show_ui(ui, |ui| {
                for colors in ColorMap::ALL {
                    ui.selectable_value(&mut self.heatmap.colors, colors, colors.name());
                }
            });
            choice.response.labelled_by(label.id);
            let label = ui.label("Opacity");
            let slider = egui::Slider::new(&mut self.heatmap.opacity, 0.0..=1.0).show_value(false);
            theme::slider(ui, slider).labelled_by(label.id);
            parts::legend_ui(ui, self.heatmap.colors);
            if ui.button("Save…").on_hover_text("Save the picture with its colours as PNG").clicked() {
                let form = colours_form(view.state, self.heatmap);
                view.asks.extend(form.map(|form| Ask::Show(Box::new(form))));
            }
        });
        ui.add_space(theme::GAP);
        self.outlined = parts::list_ui(ui, &found.score, self.heatmap.colors, outlined);
    }
}

/// The class that lies under a point of the window.
fn class_at(found: &Locatable, rect: Rect, pointer: Pos2) -> Option<usize> {
    if !rect.contains(pointer) {
        return None;
    }
    let labels = &found.labels;
    let place = (pointer - rect.min) / rect.size();
    let column = ((place.x * labels.width as f32) as usize).min(labels.width as usize - 1);
    let row = ((place.y * labels.height as f32) as usize).min(labels.height as usize - 1);
    let label = labels.labels.get(row * labels.width as usize + column)?;
    usize::from(*label).checked_sub(1)
}

fn in_words(part: &ClassPart) -> String {
    format!("{} of the picture × weight {:.2} = {:.3}", words::percent(part.share), part.weight, part.contribution)
}
