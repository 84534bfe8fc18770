//! The pieces of evidence, each with a switch and how strongly it counts: what is struck stays listed.

use egui::{Checkbox, Color32, FontId, Id, RichText, Role, Slider, SliderClamping, Ui, UiBuilder, WidgetInfo};

use super::{
    super::{View, theme, words},
    mark::mark_ui,
    signs::SignsView,
};
use crate::{
    predict::{
        finding::{Evidence, EvidenceKind},
        statement::{Source, Statement},
    },
    state::{Action, Entry, PictureKey},
};

/// Width of the line on which the strength is set, in points.
const SLIDER: f32 = 70.0;
/// The steps in which the keyboard sets it.
const STEP: f64 = 0.05;

/// Draws the pieces of the run whose answer stands, or what was said before there is one; those of signs point out their
/// frames.
pub fn pieces_ui(view: &mut View<'_>, ui: &mut Ui, entry: &Entry, signs: &mut SignsView) {
    // What is the same for every picture comes last.
    let (prior, seen): (Vec<_>, Vec<_>) = entry.evidence().iter().partition(|piece| piece.kind == EvidenceKind::Prior);
    for evidence in seen.into_iter().filter(|evidence| !is_of_file_alone(evidence)) {
        // By its own name, so that it keeps the keyboard's focus when a line comes or goes above it.
        let named = UiBuilder::new().scope_id(Id::unique(("piece", &evidence.id)));
        let piece = ui.scope_builder(named, |ui| piece_ui(view, ui, entry, evidence)).response;
        if let (true, Source::Signs { signs: ids, .. }) = (ui.rect_contains_pointer(piece.rect), &evidence.source) {
            signs.point_at(ui, ids);
        }
    }
    for evidence in prior {
        ui.label(RichText::new(words::statement(&evidence.statement)).small().weak());
        ui.add_space(theme::GAP);
    }
}

/// Whether it counts for nothing and stands below already, in what the picture file says of itself.
fn is_of_file_alone(evidence: &Evidence) -> bool {
    evidence.weight() == 0.0 && matches!(evidence.statement, Statement::FileTaken(_) | Statement::FileCamera(_))
}

fn piece_ui(view: &mut View<'_>, ui: &mut Ui, entry: &Entry, evidence: &Evidence) {
    let accent = theme::palette(ui).accent;
    let name = words::evidence_kind(evidence.kind);
    let own_strength = entry.weighing().filter(|weighing| weighing.can_strike(&evidence.id));
    let own_strength = own_strength.and_then(|weighing| weighing.own_strength(&evidence.id));
    let source = words::source(&evidence.source);
    let is_beneath = ui.horizontal_wrapped(|ui| {
        mark_ui(ui, evidence.kind, evidence.on);
        if let Some(own_strength) = own_strength {
            switch_ui(view, ui, entry.key, evidence);
            if evidence.on {
                strength_ui(view, ui, entry.key, evidence, own_strength);
            }
        } else {
            ui.label(RichText::new(name).small().color(accent));
        }
        if entry.own().iter().any(|own| own.evidence.id == evidence.id) {
            drop_ui(view, ui, entry.key, evidence);
            share_ui(view, ui, evidence);
        }
        // Beneath what it says where it has no room: broken off here it would go on under the mark.
        let (weight, font) = (words::evidence_weight(evidence), FontId::proportional(theme::SMALL_SIZE));
        let whole = format!("{weight} · {source}");
        let width = ui.painter().layout_no_wrap(whole.clone(), font, Color32::PLACEHOLDER).size().x;
        let is_beneath = width > ui.available_size_before_wrap().x;
        ui.label(RichText::new(if is_beneath { weight } else { whole }).small().weak());
        is_beneath
    });
    let text = RichText::new(words::statement(&evidence.statement));
    ui.label(if evidence.on { text } else { text.strikethrough().weak() });
    if is_beneath.inner {
        ui.label(RichText::new(words::capital(&source)).small().weak());
    }
    ui.add_space(theme::GAP);
}

/// Takes a piece of the user's own away.
fn drop_ui(view: &mut View<'_>, ui: &mut Ui, key: PictureKey, evidence: &Evidence) {
    let name = format!("Remove: {}", words::statement(&evidence.statement));
    let cross = theme::small_button(ui, "×").on_hover_text("Take it away");
    cross.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    if cross.clicked() {
        view.actions.push(Action::DropPiece(key, evidence.id.clone()));
    }
}

/// Adds an area of the user's own to all other pictures.
fn share_ui(view: &mut View<'_>, ui: &mut Ui, evidence: &Evidence) {
    if evidence.kind != EvidenceKind::Region || view.state.entries().len() < 2 {
        return;
    }
    let name = format!("Use for all pictures: {}", words::statement(&evidence.statement));
    let all = theme::small_button(ui, "For all").on_hover_text("Use this area for all pictures that are open");
    all.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    if all.clicked() {
        view.actions.push(Action::SharePiece(evidence.id.clone()));
    }
}

/// What a piece is called aloud: of kinds with many pieces, what it says as well.
fn spoken_name(evidence: &Evidence) -> String {
    let kind = words::evidence_kind(evidence.kind);
    match evidence.kind {
        EvidenceKind::Sign | EvidenceKind::Clue | EvidenceKind::Hint => {
            format!("{kind}: {}", words::statement(&evidence.statement).trim_end_matches('.'))
        }
        _ => kind.to_owned(),
    }
}

fn switch_ui(view: &mut View<'_>, ui: &mut Ui, key: PictureKey, evidence: &Evidence) {
    let name = words::evidence_kind(evidence.kind);
    let (name, color) = if evidence.on {
        (name.to_owned(), theme::palette(ui).accent)
    } else {
        (format!("{name}, off"), theme::palette(ui).text_weak)
    };
    let mut on = evidence.on;
    let switch = ui.add(Checkbox::new(&mut on, RichText::new(name).small().color(color)));
    let spoken = spoken_name(evidence);
    let spoken = if evidence.on { spoken } else { format!("{spoken}, off") };
    switch.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, evidence.on, &spoken));
    if switch.on_hover_text("Whether it counts; the places are ranked anew").changed() {
        view.actions.push(Action::Weigh { key, id: evidence.id.clone(), on, strength: evidence.strength });
    }
}

/// A line to set the strength on; one drag is one edit.
fn strength_ui(view: &mut View<'_>, ui: &mut Ui, key: PictureKey, evidence: &Evidence, own_strength: f64) {
    let dragged_to = ui.scope_id().with(("strength", &evidence.id));
    let mut strength = ui.data(|data| data.get_temp::<f64>(dragged_to)).unwrap_or(evidence.strength);
    // By itself it would not go to the next line, but beyond the panel's edge.
    if ui.available_size_before_wrap().x < SLIDER {
        ui.end_row();
    }
    ui.spacing_mut().slider_width = SLIDER;
    let slider = Slider::new(&mut strength, 0.0..=1.0).step_by(STEP).show_value(false);
    // A strength between two steps stays as it is until the user sets another.
    let slider = slider.clamping(SliderClamping::Edits);
    let slider = theme::slider(ui, slider).on_hover_text("How strongly it counts; the places are ranked anew");
    let spoken = format!("Strength of {}", spoken_name(evidence));
    slider.widget_info(|| WidgetInfo::slider(true, strength, &spoken));
    if slider.dragged() {
        ui.data_mut(|data| data.insert_temp(dragged_to, strength));
        return;
    }
    ui.data_mut(|data| data.remove::<f64>(dragged_to));
    let is_changed = (slider.changed() || slider.drag_stopped()) && strength != evidence.strength;
    let is_own = evidence.strength == own_strength;
    if !is_own && theme::small_button(ui, "As found").on_hover_text("The strength that it was found with").clicked() {
        view.actions.push(Action::Weigh { key, id: evidence.id.clone(), on: true, strength: own_strength });
    } else if is_changed {
        view.actions.push(Action::Weigh { key, id: evidence.id.clone(), on: true, strength });
    }
}
