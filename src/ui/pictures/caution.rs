//! The line under an answer that is always in sight: that the starter knows drawn streets only, or that a server has answered.

use egui::{Frame, Margin, Panel, RichText, Ui};

use super::{
    super::{View, words},
    problems::problems_ui,
};
use crate::{
    predict::FindingProblem,
    state::{Action, Page},
};

/// Draws the line at the foot, where there is one to draw. What a server has answered stands out; that a model knows drawn streets
/// only is always said of them, and stands back.
pub fn caution_ui(view: &mut View<'_>, ui: &mut Ui) {
    let (drawings_only, sent) = (knows_drawings_only(view), sent(view));
    if drawings_only.is_none() && sent.is_none() {
        return;
    }
    let room = Frame::new().inner_margin(Margin { top: 4, ..Margin::ZERO });
    let strip = Panel::bottom("caution").resizable(false).show_separator_line(false).frame(room);
    strip.show(ui, |ui| match (sent, drawings_only) {
        (None, Some(name)) => drawings_only_ui(view, ui, &name),
        (sent, _) => problems_ui(ui, sent),
    });
}

/// That a model knows drawn streets only, and the way to one for photographs.
pub(super) fn drawings_only_ui(view: &mut View<'_>, ui: &mut Ui, name: &str) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.label(RichText::new(format!("{name} knows drawn streets only:")).small().weak());
        let remedy = ui.link(RichText::new("choose a model for photographs").small());
        if remedy.on_hover_text("The Models page fetches one that fits this machine").clicked() {
            view.actions.push(Action::Show(Page::MODELS));
        }
    });
}

/// The model whose answer stands, or is being written, where that is the starter or was trained from it.
fn knows_drawings_only(view: &View<'_>) -> Option<String> {
    let entry = view.state.selected()?;
    let Some(found) = entry.found() else {
        let in_use = view.state.model().summary().filter(|model| model.is_starter && entry.picture.is_ok());
        return in_use.map(|model| model.name.clone());
    };
    let answers = found.by_starter && found.finding.withheld.is_none();
    answers.then(|| words::model_used(&found.finding.model))
}

/// That the picture was sent to a server, whose answer stands.
fn sent(view: &View<'_>) -> Option<String> {
    let found = view.state.selected()?.found()?;
    let sent = found.finding.problems.iter().find(|problem| matches!(problem, FindingProblem::SentTo(_)));
    sent.map(words::problem)
}
