//! What a second model has found of the selected picture: diamonds beside the answer's circles, a line between the likeliest
//! places of both, and what the shapes stand for.

use egui::{Align2, Color32, FontId, Painter, Pos2, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::view::{Placement, nearest_copy, world_from};
use crate::{
    geo::LatLon,
    predict::finding::{Candidate, Finding},
    state::Entry,
    ui::{theme, words},
};

/// So many of its candidates are marked.
const MOST_MARKERS: usize = 5;
/// How large a diamond is from its middle to its corners, in points.
const REACH: f32 = 12.0;

/// By what the findings of two models are told apart, on the map and beside their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Of the answer.
    Circle,
    /// Of what it is compared with.
    Diamond,
}

impl Shape {
    /// Draws one.
    pub fn draw(self, ui: &Ui, painter: &Painter, at: Pos2, reach: f32) {
        let palette = theme::palette(ui);
        let ring = Stroke::new(1.5, Color32::WHITE);
        match self {
            Self::Circle => {
                painter.circle(at, reach, palette.accent, ring);
            }
            Self::Diamond => {
                let corners = [vec2(0.0, -reach), vec2(reach, 0.0), vec2(0.0, reach), vec2(-reach, 0.0)];
                let corners = corners.map(|corner| at + corner).to_vec();
                painter.add(egui::Shape::convex_polygon(corners, palette.map.compared, ring));
            }
        }
    }
}

/// The finding that a picture's answer is compared with.
pub fn finding(entry: &Entry) -> Option<&Finding> {
    entry.beside().map(|(_, run)| run.found.finding.as_ref())
}

/// Its likeliest place.
pub fn first(entry: &Entry) -> Option<LatLon> {
    finding(entry)?.candidates.first()?.position()
}

/// Draws the line, then the diamonds, the likeliest on top.
pub fn compared_ui(ui: &mut Ui, placement: &Placement, map: Rect, entry: &Entry) {
    let Some(finding) = finding(entry) else { return };
    let painter = ui.painter_at(map);
    let answer = entry.found().and_then(|found| found.finding.candidates.first()?.position());
    if let (Some(here), Some(there)) = (answer, first(entry)) {
        line(ui, &painter, placement, map, here, there);
    }
    for candidate in finding.candidates.iter().take(MOST_MARKERS).rev() {
        candidate_ui(ui, placement, map, candidate, &finding.model.name);
    }
}

/// A straight line on the map, the short way around.
fn line(ui: &Ui, painter: &Painter, placement: &Placement, map: Rect, here: LatLon, there: LatLon) {
    let from = placement.screen_from(world_from(here), nearest_copy(placement, world_from(here), map));
    let world = world_from(there);
    let copies = placement.copies.start() - 1..=placement.copies.end() + 1;
    let ends = copies.map(|copy| placement.screen_from(world, copy));
    let to = ends.min_by(|a, b| (a.x - from.x).abs().total_cmp(&(b.x - from.x).abs()));
    let stroke = Stroke::new(1.5, theme::palette(ui).map.compared);
    painter.extend(to.map(|to| egui::Shape::dashed_line(&[from, to], stroke, 3.0, 4.0)).into_iter().flatten());
}

fn candidate_ui(ui: &mut Ui, placement: &Placement, map: Rect, candidate: &Candidate, model: &str) {
    let Some(position) = candidate.position() else { return };
    let world = world_from(position);
    let main = nearest_copy(placement, world, map);
    let reach = if candidate.rank == 1 { REACH } else { 0.8 * REACH };
    for copy in placement.copies.clone() {
        let at = placement.screen_from(world, copy);
        let touch = Rect::from_center_size(at, vec2(2.0 * reach, 2.0 * reach));
        if !map.intersects(touch) {
            continue;
        }
        let id = ui.scope_id().with(("compared candidate", candidate.rank, copy));
        let response = ui.interact(touch.intersect(map), id, Sense::hover());
        let place = words::place_in_short(candidate);
        let spoken =
            format!("{model} on the map, {}: {place}, {}", candidate.rank, words::percent(candidate.probability));
        if copy == main {
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
        }
        let painter = ui.painter_at(map);
        Shape::Diamond.draw(ui, &painter, at, reach);
        let ink = theme::palette(ui).on_accent;
        let font = FontId::proportional(if candidate.rank == 1 { 12.0 } else { 10.0 });
        painter.text(at, Align2::CENTER_CENTER, candidate.rank.to_string(), font, ink);
        response.on_hover_text(format!("{spoken}\n{}", words::coordinates(candidate.lat, candidate.lon)));
    }
}

/// What the shapes stand for, under what the colours do.
pub fn legend(ui: &Ui, map: Rect, from: Pos2, entry: &Entry) {
    let (Some(answer), Some(other)) = (entry.found(), finding(entry)) else { return };
    let palette = theme::palette(ui);
    let rows = [(Shape::Circle, &answer.finding.model.name), (Shape::Diamond, &other.model.name)];
    for (row, (shape, name)) in rows.into_iter().enumerate() {
        let at = from + vec2(0.0, row as f32 * 18.0);
        let galley = theme::elided(ui, name.clone(), FontId::proportional(11.0), palette.map.town, 150.0);
        let plate = Rect::from_min_size(at, vec2(galley.size().x + 24.0, 17.0));
        let painter = ui.painter_at(map);
        painter.rect_filled(plate, 2.0, palette.map.halo.gamma_multiply(0.85));
        shape.draw(ui, &painter, pos2(plate.min.x + 9.0, plate.center().y), 5.0);
        painter.galley(pos2(plate.min.x + 20.0, plate.center().y - galley.size().y / 2.0), galley, palette.map.town);
        let spoken = match shape {
            Shape::Circle => format!("Circles on the map: {name}"),
            Shape::Diamond => format!("Diamonds on the map: {name}"),
        };
        let label = ui.interact(plate, ui.scope_id().with(("legend", row)), Sense::empty());
        label.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
    }
}

/// Where its markers stand.
pub fn marked(entry: &Entry) -> impl Iterator<Item = LatLon> {
    let candidates = finding(entry).into_iter().flat_map(|finding| finding.candidates.iter().take(MOST_MARKERS));
    candidates.filter_map(Candidate::position)
}
