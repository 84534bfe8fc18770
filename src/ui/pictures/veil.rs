//! The answer hidden from a class: it is to look for itself, then see the clues one by one, and the answer last.

use egui::{Button, RichText, Ui};

use super::{
    super::{View, theme},
    reasoning::reasons_ui,
};
use crate::state::{Entry, PictureKey};

/// What is hidden, and how much of it has been shown.
#[derive(Default)]
pub struct Veil {
    /// Whether answers are hidden.
    pub is_on: bool,
    /// The picture whose answer was shown all the same.
    lifted: Option<PictureKey>,
    /// The picture whose clues are being shown, and how many.
    clues: Option<(PictureKey, usize)>,
}

impl Veil {
    /// Whether the answer to this picture is hidden now.
    pub fn hides(&self, picture: PictureKey) -> bool {
        self.is_on && self.lifted != Some(picture)
    }

    /// Draws what stands in the answer's place.
    pub fn ui(&mut self, view: &View<'_>, ui: &mut Ui, entry: &Entry) {
        let answer = entry.found().and_then(|found| found.finding.answer.as_ref());
        let reasons: &[String] = answer.map_or(&[], |answer| &answer.reasons);
        let n_shown = self.clues.filter(|(picture, _)| *picture == entry.key).map_or(0, |(_, n)| n).min(reasons.len());
        ui.label(RichText::new("Where is this?").size(theme::PLACE_SIZE));
        if entry.found().is_none() {
            let is_coming =
                entry.is_busy() || view.state.running().is_some_and(|(running, _)| running.key == entry.key);
            ui.label(if is_coming {
                "The answer is on its way, and stays hidden."
            } else {
                "It has not been located yet."
            });
            return;
        }
        ui.label(RichText::new("The answer is hidden, here and on the map.").weak());
        ui.add_space(theme::GAP);
        reasons_ui(ui, &reasons[..n_shown]);
        ui.add_space(theme::GAP);
        ui.horizontal(|ui| {
            if n_shown < reasons.len() {
                let name = format!("Show clue {} of {}", n_shown + 1, reasons.len());
                if ui.button(name).clicked() {
                    self.clues = Some((entry.key, n_shown + 1));
                }
            }
            let palette = theme::palette(ui);
            let show = Button::new(RichText::new("Show the answer").color(palette.on_accent)).fill(palette.accent);
            if ui.add(show).clicked() {
                self.lifted = Some(entry.key);
            }
        });
    }
}
