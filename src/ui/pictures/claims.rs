//! The reasons of the answer with what was found of each: a mark and a word for every clue that they name. Pointing at one
//! frames its place in the picture, or tints the regions where the segmenter saw such things, and a click keeps it so.

use egui::{
    Color32, CornerRadius, Painter, Pos2, Rect, RichText, Role, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo, pos2,
    vec2,
};

use super::{
    super::{theme, words},
    heatmap::Tint,
};
use crate::{
    knowledge::ade20k,
    predict::reason::{Claim, Reasons, Verdict},
    state::{Entry, PictureKey},
};

/// Side of a verdict's mark, in points.
const MARK: f32 = 12.0;
/// No more frames than this are drawn of one claim.
const MOST_FRAMES: usize = 24;

/// How the claims of a picture's reasons are looked at.
#[derive(Default)]
pub struct ClaimsView {
    of: Option<PictureKey>,
    /// The one that is pointed at in this frame.
    pointed: Option<usize>,
    /// The one that the list points at, for the next frame.
    pointing: Option<usize>,
    /// The one that was clicked.
    chosen: Option<usize>,
}

impl ClaimsView {
    fn look_at(&mut self, entry: &Entry) {
        if self.of != Some(entry.key) {
            *self = Self { of: Some(entry.key), ..Self::default() };
        }
    }

    /// Draws the reasons, numbered, each with its claims.
    pub fn list_ui(&mut self, ui: &mut Ui, entry: &Entry, said: &[String], reasons: &Reasons) {
        self.look_at(entry);
        for (number, reason) in said.iter().enumerate() {
            ui.horizontal_top(|ui| {
                ui.label(RichText::new(format!("{}.", number + 1)).weak());
                ui.vertical(|ui| {
                    ui.label(reason);
                    ui.spacing_mut().item_spacing.y = 2.0;
                    for (at, claim) in words::claims(reasons, number) {
                        let is_region = !regions(entry, claim).is_empty();
                        self.claim_ui(ui, (at, claim), claim.text == reason.trim(), is_region);
                    }
                });
            });
        }
    }

    /// A claim in a line: its mark, the part of the reason unless that is the whole, and what was found of it.
    fn claim_ui(&mut self, ui: &mut Ui, (at, claim): (usize, &Claim), is_whole: bool, is_region: bool) {
        let palette = theme::palette(ui);
        let is_lit = self.chosen == Some(at) || self.pointed == Some(at);
        let color = color(ui, &claim.verdict);
        let found = words::verdict(claim);
        let text = if is_whole { found.clone() } else { format!("{}: {found}", claim.text) };
        let width = (ui.available_width() - MARK - 10.0).max(40.0);
        let font = egui::TextStyle::Small.resolve(ui.style());
        let galley = ui.painter().layout(text, font, if is_lit { palette.text } else { palette.text_weak }, width);
        let size = vec2(ui.available_width(), galley.size().y.max(MARK) + 4.0);
        let (row, line) = ui.allocate_exact_size(size, Sense::click());
        let name = format!("Clue {}: {found}", claim.text);
        line.widget_info(|| WidgetInfo::selected(Role::Button, true, self.chosen == Some(at), &name));
        let painter = ui.painter();
        if is_lit {
            painter.rect_filled(row, CornerRadius::same(theme::CORNER), palette.accent_faint);
        }
        let middle = pos2(row.min.x + 2.0 + MARK / 2.0, row.min.y + 2.0 + MARK / 2.0);
        painter.extend(mark(&claim.verdict, Rect::from_center_size(middle, vec2(MARK, MARK)), color));
        painter.galley(pos2(row.min.x + MARK + 8.0, row.min.y + 2.0), galley, palette.text);
        if line.hovered() || line.has_focus() {
            if self.pointed != Some(at) {
                ui.request_repaint();
            }
            self.pointing = Some(at);
        }
        let line = line.on_hover_ui(|ui| hover_ui(ui, claim, is_region));
        if line.clicked() {
            self.chosen = if self.chosen == Some(at) { None } else { Some(at) };
        }
    }

    /// The regions of the claim that is pointed at or was clicked; to be asked once a frame, before the frames are drawn.
    pub fn tint(&mut self, entry: &Entry) -> Tint {
        self.look_at(entry);
        self.pointed = self.pointing.take();
        self.lit(entry).map_or_else(Tint::default, |(_, claim)| Tint {
            classes: regions(entry, claim),
            color: theme::SIGN_LIT.gamma_multiply(if is_sure(claim) { 0.5 } else { 0.25 }),
        })
    }

    /// The claim that is pointed at or was clicked, and its place among all.
    fn lit<'e>(&self, entry: &'e Entry) -> Option<(usize, &'e Claim)> {
        let at = self.pointed.or(self.chosen)?;
        Some((at, entry.found()?.finding.reasons.claims.get(at)?))
    }

    /// Frames the places of that claim on the picture, which lies in `rect`; those that are regions are tinted instead.
    pub fn frames_ui(&self, ui: &Ui, painter: &Painter, rect: Rect, entry: &Entry) {
        let Some((at, claim)) = self.lit(entry) else { return };
        let is_region = !regions(entry, claim).is_empty();
        for (number, [left, top, right, bottom]) in claim.places.iter().take(MOST_FRAMES).copied().enumerate() {
            let corner = |x: f32, y: f32| -> Pos2 { rect.min + rect.size() * vec2(x, y) };
            let place = Rect::from_two_pos(corner(left, top), corner(right, bottom));
            if !is_region {
                frame(painter, place, is_sure(claim));
            }
            // For who does not see the picture, and for what looks for it by its name.
            let id = ui.scope_id().with(("claim", at, number));
            let frame = ui.interact(place.intersect(painter.clip_rect()), id, Sense::hover());
            let name = format!("Clue {} ({} the picture)", claim.text, if is_region { "a region of" } else { "on" });
            frame.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
        }
    }
}

fn is_sure(claim: &Claim) -> bool {
    matches!(claim.verdict, Verdict::OnSigns(_) | Verdict::Shown(_))
}

/// The classes of the things that a claim is about, where its places are theirs and the picture's label map is at hand.
fn regions(entry: &Entry, claim: &Claim) -> Vec<usize> {
    let (Some(found), Some(record)) = (entry.found(), claim.record()) else { return Vec::new() };
    let is_of_signs = matches!(claim.verdict, Verdict::OnSigns(_)) || !claim.pointed.is_empty();
    if entry.locatable.is_none() || is_of_signs || claim.places.is_empty() {
        return Vec::new();
    }
    let things = found.finding.reasons.things.iter().flatten().map(|thing| thing.class.as_str());
    let seen: Vec<&str> = things.filter(|class| record.classes.iter().any(|other| other == class)).collect();
    (0..ade20k::CLASSES).filter(|class| seen.contains(&ade20k::short_name(*class))).collect()
}

/// A frame; a dashed one where such a thing would be.
fn frame(painter: &Painter, place: Rect, is_sure: bool) {
    painter.rect_filled(place, 0.0, theme::SIGN_LIT.gamma_multiply(if is_sure { 0.22 } else { 0.1 }));
    painter.rect_stroke(place, 0.0, Stroke::new(4.5, theme::SIGN_GROUND), StrokeKind::Middle);
    let line = Stroke::new(2.5, theme::SIGN_LIT);
    if is_sure {
        painter.rect_stroke(place, 0.0, line, StrokeKind::Middle);
    } else {
        let path = [place.left_top(), place.right_top(), place.right_bottom(), place.left_bottom(), place.left_top()];
        painter.extend(Shape::dashed_line(&path, line, 6.0, 5.0));
    }
}

/// What is known of the clue, and what its frames mean.
fn hover_ui(ui: &mut Ui, claim: &Claim, is_region: bool) {
    ui.strong(words::verdict(claim));
    if let Some(cosine) = claim.cosine() {
        ui.label(format!(
            "It does not name the clue; the sentence encoder takes it to mean it (likeness {cosine:.2})."
        ));
    }
    if let Some(record) = claim.record() {
        ui.label(words::clue(record));
        ui.label(RichText::new(words::clue_source(record)).small().weak());
    }
    let where_it_is = match (claim.places.is_empty(), claim.pointed.is_empty(), &claim.verdict) {
        (true, ..) => "It has no place in the picture.",
        (false, false, _) => "The model says that it is in the frame.",
        (false, true, Verdict::Shown(_)) if is_region => "Its region is tinted in the picture.",
        (false, true, _) if is_region => "Such a thing would be in the tinted region.",
        (false, true, Verdict::OnSigns(_) | Verdict::Shown(_)) => "It is framed in the picture.",
        (false, true, _) => "Such a thing would be in the frame.",
    };
    ui.label(RichText::new(where_it_is).small().weak());
}

fn color(ui: &Ui, verdict: &Verdict) -> Color32 {
    let palette = theme::palette(ui);
    match verdict {
        Verdict::OnSigns(_) | Verdict::Shown(_) => palette.map.gps,
        Verdict::NotFound => palette.caution_text,
        Verdict::NotChecked => palette.text_weak,
        Verdict::Contradicts(_) => palette.error,
    }
}

/// A tick, a cross, an open ring, or a triangle with a stroke in it: told apart without their colours.
fn mark(verdict: &Verdict, square: Rect, color: Color32) -> Vec<Shape> {
    let stroke = Stroke::new(1.8, color);
    let at = |x: f32, y: f32| square.lerp_inside(vec2(x, y));
    let line = |points: &[Pos2]| Shape::line(points.to_vec(), stroke);
    match verdict {
        Verdict::OnSigns(_) | Verdict::Shown(_) => vec![line(&[at(0.1, 0.55), at(0.4, 0.85), at(0.9, 0.15)])],
        Verdict::NotFound => vec![line(&[at(0.15, 0.15), at(0.85, 0.85)]), line(&[at(0.85, 0.15), at(0.15, 0.85)])],
        Verdict::NotChecked => {
            vec![Shape::circle_stroke(square.center(), 0.35 * square.width(), Stroke::new(1.4, color))]
        }
        Verdict::Contradicts(_) => vec![
            Shape::closed_line(vec![at(0.5, 0.05), at(1.0, 0.92), at(0.0, 0.92)], Stroke::new(1.4, color)),
            line(&[at(0.5, 0.35), at(0.5, 0.62)]),
            Shape::circle_filled(at(0.5, 0.77), 1.1, color),
        ],
    }
}
