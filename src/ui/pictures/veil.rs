//! The answer hidden from a class: it is to look for itself, then see the clues one by one, and the answer last.

use egui::{Button, RichText, Ui};

use super::{
    super::{View, theme},
    reasoning::reasons_ui,
};
use crate::{
    predict::reason::{About, Reasons},
    state::{Entry, PictureKey},
};

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
        let reasons = match (answer, entry.found()) {
            (Some(answer), Some(found)) => weakest_first(&answer.reasons, &found.finding.reasons),
            _ => Vec::new(),
        };
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

/// Reasons by how much they give away: those that name no record of the knowledge first, then the records by their factors, and
/// what stands on a sign last.
fn weakest_first(reasons: &[String], claimed: &Reasons) -> Vec<String> {
    let gives_away = |number: usize| {
        let of_claim = |about: &About| match about {
            About::Clue { record, is_so, .. } => record.factor(*is_so).ln().abs(),
            About::Sign(_) => f64::INFINITY,
            About::Unknown => 0.0,
        };
        claimed.of_reason(number).map(|(_, claim)| of_claim(&claim.about)).fold(0.0, f64::max)
    };
    let mut order: Vec<(f64, &String)> =
        reasons.iter().enumerate().map(|(n, reason)| (gives_away(n), reason)).collect();
    order.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    order.into_iter().map(|(_, reason)| reason.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        knowledge::clues::shipped_clues,
        predict::reason::{Claim, Verdict},
    };

    #[test]
    fn clues_are_shown_from_the_one_that_gives_least_away() {
        let mut records: Vec<_> = shipped_clues().records().to_vec();
        records.sort_by(|a, b| a.factor(true).ln().abs().total_cmp(&b.factor(true).ln().abs()));
        let about = |record: usize| {
            let record = Box::new(records[record].clone());
            About::Clue { record, is_so: true, cosine: None }
        };
        let abouts = [About::Sign("Nairobi".to_owned()), about(records.len() - 1), about(0), About::Unknown];
        let claim = |(reason, about)| Claim {
            reason,
            text: String::new(),
            about,
            pointed: Vec::new(),
            verdict: Verdict::NotChecked,
            places: Vec::new(),
        };
        let claims = Reasons { claims: abouts.into_iter().enumerate().map(claim).collect(), ..Reasons::default() };
        let reasons = ["a sign", "strong", "weak", "unknown"].map(str::to_owned);
        assert_eq!(weakest_first(&reasons, &claims), ["unknown", "weak", "strong", "a sign"]);
    }
}
