//! The same few pictures, answered again and again while the model learns.

use std::collections::HashMap;

use egui::{Frame, Label, RichText, Role, Sense, TextureHandle, TextureOptions, Ui, WidgetInfo, vec2};

use super::super::{
    textures::{draw_fitted, shrunk},
    theme, words,
};
use crate::state::{Probed, Running};

/// Width of a picture with its answers, in points.
const WIDTH: f32 = 172.0;
/// Around them.
const MARGIN: f32 = 6.0;
/// Height of its picture.
const HEIGHT: f32 = 104.0;

/// The pictures as textures, by name.
#[derive(Default)]
pub struct Textures {
    by_name: HashMap<String, TextureHandle>,
}

impl Textures {
    /// Draws the pictures of a run.
    pub fn ui(&mut self, ui: &mut Ui, running: &Running) {
        self.by_name.retain(|name, _| running.probes.iter().any(|probed| probed.probe.name == *name));
        if running.probes.is_empty() {
            return;
        }
        ui.add_space(theme::GAP);
        ui.label(RichText::new("The same pictures, answered again and again").strong());
        let wide = WIDTH + 2.0 * MARGIN + ui.spacing().item_spacing.x;
        let a_row = (ui.available_width() / wide).floor().max(1.0) as usize;
        for row in running.probes.chunks(a_row) {
            ui.horizontal(|ui| row.iter().for_each(|probed| self.probe_ui(ui, probed)));
        }
    }

    fn probe_ui(&mut self, ui: &mut Ui, probed: &Probed) {
        let palette = theme::palette(ui);
        let probe = &probed.probe;
        let ctx = ui.ctx().clone();
        let texture = self.by_name.entry(probe.name.clone()).or_insert_with(|| {
            let image = shrunk(&probe.pixels, 2 * WIDTH as u32);
            ctx.load_texture(format!("probe {}", probe.name), image, TextureOptions::LINEAR)
        });
        let texture = texture.clone();
        Frame::new().fill(palette.raised).inner_margin(MARGIN).corner_radius(theme::CORNER).show(ui, |ui| {
            ui.vertical(|ui| {
                ui.set_width(WIDTH);
                let (area, response) = ui.allocate_exact_size(vec2(WIDTH, HEIGHT), Sense::hover());
                draw_fitted(ui.painter(), area, &texture);
                let truth = words::truth(&probe.truth);
                response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("{}: {truth}", probe.name)));
                ui.add(Label::new(RichText::new(truth).strong()).truncate());
                let Some((step, said)) = probed.answers.last() else {
                    ui.label(RichText::new("not answered yet").weak());
                    return;
                };
                let all = probed.answers.iter().map(|(step, said)| format!("Step {step}: {said}"));
                let all = all.collect::<Vec<_>>().join("\n");
                for (part, is_right) in words::probe_answer(said, &probe.truth) {
                    let (mark, colour) = match is_right {
                        Some(true) => ("✔ ", palette.map.gps),
                        Some(false) => ("✖ ", palette.text),
                        None => ("", palette.text),
                    };
                    let part = RichText::new(format!("{mark}{part}")).color(colour);
                    ui.add(Label::new(part).truncate()).on_hover_text(&all);
                }
                let first = probed.answers.first().filter(|(first, _)| first < step);
                let before = first.map_or_else(
                    || format!("at step {step}"),
                    |(first, said)| {
                        let parts = words::probe_answer(said, &probe.truth).into_iter().map(|(part, _)| part);
                        format!("step {first}: {}", parts.collect::<Vec<_>>().join(", "))
                    },
                );
                ui.add(Label::new(RichText::new(before).small().weak()).truncate());
            });
        });
    }
}
