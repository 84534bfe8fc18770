//! The line under an answer that is always in sight: that the starter knows drawn streets only, or that a server has answered.

use egui::{Frame, Margin, Panel, RichText, Stroke, Ui};

use super::super::{View, theme, words};
use crate::{
    predict::FindingProblem,
    state::{Action, Page},
    worker::ModelSource,
};

/// The plain words under every answer of the starter, up to the link that leads to other models.
const STARTER_CAUTION: &str = "The starter knows drawn streets only:";
/// The same of a model that was trained from it.
const TRAINED_CAUTION: &str =
    "The model that answers knows drawn streets only, as the starter that it was trained from:";

/// Which model to get.
pub(super) const FOR_PHOTOGRAPHS: &str =
    "A Qwen2.5-VL checkpoint such as GLOBE-Qwen2.5VL-7B, in a folder as the model hub serves it.";

/// Draws the line at the foot, where there is one to draw.
pub fn caution_ui(view: &mut View<'_>, ui: &mut Ui) {
    let (is_by_starter, sent) = (is_by_starter(view), sent(view));
    if !is_by_starter && sent.is_none() {
        return;
    }
    let palette = theme::palette(ui);
    let room = Frame::new().inner_margin(Margin { top: 8, ..Margin::ZERO });
    let strip = Panel::bottom("caution").resizable(false).show_separator_line(false).frame(room);
    let frame = Frame::new()
        .fill(palette.caution_fill)
        .stroke(Stroke::new(1.0, palette.caution_line))
        .corner_radius(theme::CORNER)
        .inner_margin(Margin::symmetric(10, 6));
    strip.show(ui, |ui| {
        frame.show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing.x = 4.0;
                if let Some(sent) = sent {
                    ui.label(RichText::new(sent).color(palette.caution_text));
                    return;
                }
                let is_starter = *view.state.settings().model.base() == ModelSource::Starter;
                let caution = if is_starter { STARTER_CAUTION } else { TRAINED_CAUTION };
                ui.label(RichText::new(caution).color(palette.caution_text));
                let remedy = RichText::new("choose a model for photographs").underline().color(palette.caution_text);
                if ui.link(remedy).on_hover_text("The Models page fetches one that fits this machine").clicked() {
                    view.actions.push(Action::Show(Page::MODELS));
                }
            });
        });
    });
}

/// Whether the answer that stands, or is being written, is the starter's.
fn is_by_starter(view: &View<'_>) -> bool {
    let Some(entry) = view.state.selected() else { return false };
    let in_use = view.state.model().summary().is_some_and(|model| model.is_starter);
    entry.found().map_or(in_use && entry.picture.is_ok(), |found| found.by_starter && found.finding.withheld.is_none())
}

/// That the picture was sent to a server, whose answer stands.
fn sent(view: &View<'_>) -> Option<String> {
    let found = view.state.selected()?.found()?;
    let sent = found.finding.problems.iter().find(|problem| matches!(problem, FindingProblem::SentTo(_)));
    sent.map(words::problem)
}
