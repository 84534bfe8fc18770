//! What is marked on the map: ranked candidates, the credible circles around the first, and the position that the picture
//! file itself states.

use egui::{
    Align2, Color32, CursorIcon, FontId, Painter, Pos2, Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo, vec2,
};

use super::{
    compared,
    view::{Placement, circle, nearest_copy, world_from},
};
use crate::{
    geo::LatLon,
    predict::finding::{Candidate, Finding},
    state::{Action, Entry},
    ui::{View, theme, words},
};

/// More markers than this would hide the map.
const MOST_MARKERS: usize = 10;
/// A circle beyond this radius says no more than that nothing is known, and looks like something else in Mercator.
const MOST_RADIUS_KM: f64 = 4000.0;

/// Candidates this much less likely than the first are not worth zooming out for.
const LEAST_OF_FIRST: f64 = 0.3;

/// The position that the picture file states, if it does.
pub fn gps(entry: &Entry) -> Option<LatLon> {
    entry.picture.as_ref().ok()?.metadata.gps
}

/// Where markers stand for this picture.
pub fn marked(entry: &Entry) -> Vec<LatLon> {
    let candidates = entry.found().into_iter().flat_map(|found| found.finding.candidates.iter().take(MOST_MARKERS));
    let candidates = candidates.filter_map(Candidate::position);
    gps(entry).into_iter().chain(candidates).chain(compared::marked(entry)).collect()
}

/// What a view of this picture should show: the position in the file, where another model says, the likeliest candidates, and half of the probability
/// around the first.
pub fn worth_seeing(entry: &Entry) -> Vec<LatLon> {
    let mut points: Vec<LatLon> = gps(entry).into_iter().chain(compared::first(entry)).collect();
    let Some(finding) = entry.found().map(|found| &found.finding) else { return points };
    let Some(least) = finding.candidates.first().map(|first| first.probability * LEAST_OF_FIRST) else {
        return points;
    };
    let likely = finding.candidates.iter().take(5).filter(|candidate| candidate.probability >= least);
    points.extend(likely.filter_map(Candidate::position));
    if let Some(first) = finding.candidates.first().and_then(Candidate::position) {
        let radius = finding.credible_km.p50.clamp(1.0, MOST_RADIUS_KM / 2.0);
        points.extend(circle(first, radius).iter().step_by(24).filter_map(|point| LatLon::new(point.lat, point.lon)));
    }
    points
}

/// Draws the circles, then the markers over them, the chosen one on top; the position in the file comes back when it is
/// clicked.
/// While something is drawn upon the map, no click is theirs.
pub fn markers_ui(
    view: &mut View<'_>,
    ui: &mut Ui,
    placement: &Placement,
    map: Rect,
    entry: &Entry,
    can_click: bool,
) -> Option<LatLon> {
    let painter = ui.painter_at(map);
    let sense = if can_click { Sense::click() } else { Sense::hover() };
    compared::compared_ui(ui, placement, map, entry);
    if let Some(found) = entry.found() {
        let finding = &found.finding;
        if let Some(first) = finding.candidates.first().and_then(Candidate::position) {
            circles(ui, &painter, placement, first, finding);
        }
        let chosen = entry.chosen().map(|candidate| candidate.rank);
        let shown = finding.candidates.iter().take(MOST_MARKERS);
        // The likeliest over the less likely, and the chosen one over all.
        for candidate in shown.clone().rev().filter(|candidate| Some(candidate.rank) != chosen) {
            candidate_ui(view, ui, placement, map, candidate, false, sense);
        }
        if let Some(candidate) = entry.chosen() {
            candidate_ui(view, ui, placement, map, candidate, true, sense);
        }
    }
    gps(entry).filter(|position| gps_ui(ui, placement, map, *position, sense))
}

fn circles(ui: &Ui, painter: &Painter, placement: &Placement, middle: LatLon, finding: &Finding) {
    for (radius_km, is_half) in [(finding.credible_km.p50, true), (finding.credible_km.p90, false)] {
        if !(1.0..MOST_RADIUS_KM).contains(&radius_km) {
            continue;
        }
        let points: Vec<Pos2> = circle(middle, radius_km).into_iter().map(world_from).collect();
        // A circle may stick out of its own copy of the world into the next.
        for copy in placement.copies.start() - 1..=placement.copies.end() + 1 {
            let line: Vec<Pos2> = points.iter().map(|at| placement.screen_from(*at, copy)).collect();
            circle_line(ui, painter, &line, is_half);
        }
    }
}

/// A piece of a circle's line: whole around half of the belief, dashed around nine tenths.
pub fn circle_line(ui: &Ui, painter: &Painter, line: &[Pos2], is_half: bool) {
    let color = theme::palette(ui).accent;
    if is_half {
        painter.add(Shape::line(line.to_vec(), Stroke::new(1.6, color)));
    } else {
        painter.extend(Shape::dashed_line(line, Stroke::new(1.2, color), 6.0, 5.0));
    }
}

fn candidate_ui(
    view: &mut View<'_>,
    ui: &mut Ui,
    placement: &Placement,
    map: Rect,
    candidate: &Candidate,
    is_chosen: bool,
    sense: Sense,
) {
    let Some(position) = candidate.position() else { return };
    let palette = theme::palette(ui);
    let world = world_from(position);
    let main = nearest_copy(placement, world, map);
    let radius = if is_chosen { 12.0 } else { 9.0 };
    let (fill, ink) =
        if is_chosen { (palette.accent, palette.on_accent) } else { (palette.map.candidate, palette.map.on_candidate) };
    for copy in placement.copies.clone() {
        let at = placement.screen_from(world, copy);
        let touch = Rect::from_center_size(at, vec2(24.0, 24.0));
        if !map.intersects(touch) {
            continue;
        }
        let id = ui.scope_id().with(("candidate", candidate.rank, copy));
        let response = ui.interact(touch.intersect(map), id, sense).on_hover_cursor(CursorIcon::PointingHand);
        let spoken = format!(
            "Candidate {} on the map: {}, {}",
            candidate.rank,
            words::place_in_short(candidate),
            words::percent(candidate.probability)
        );
        if copy == main {
            response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_chosen, &spoken));
        } else {
            response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{spoken} (again)")));
        }
        if response.clicked() {
            view.actions.push(Action::ChooseCandidate(candidate.rank));
        }
        let ring = if response.has_focus() { palette.accent } else { Color32::WHITE };
        let painter = ui.painter_at(map);
        painter.circle(at, radius, fill, Stroke::new(1.5, ring));
        let font = FontId::proportional(if is_chosen { 13.0 } else { 11.0 });
        painter.text(at, Align2::CENTER_CENTER, candidate.rank.to_string(), font, ink);
        response.on_hover_text(format!(
            "{}. {}\n{} · {}",
            candidate.rank,
            words::place(candidate),
            words::percent(candidate.probability),
            words::coordinates(candidate.lat, candidate.lon)
        ));
    }
}

/// A square, so that it is not taken for a candidate even where colours cannot be told apart.
/// Whether it was clicked.
fn gps_ui(ui: &mut Ui, placement: &Placement, map: Rect, position: LatLon, sense: Sense) -> bool {
    let (palette, painter) = (theme::palette(ui), ui.painter_at(map));
    let (world, mut is_clicked) = (world_from(position), false);
    for copy in placement.copies.clone() {
        let at = placement.screen_from(world, copy);
        let square = Rect::from_center_size(at, vec2(34.0, 18.0));
        if !map.intersects(square) {
            continue;
        }
        painter.rect_filled(square, 3.0, palette.map.gps);
        painter.text(at, Align2::CENTER_CENTER, "GPS", FontId::proportional(11.0), palette.on_accent);
        let response = ui.interact(square.intersect(map), ui.scope_id().with(("gps", copy)), sense);
        let text = format!("Position in the picture file: {}", words::coordinates(position.lat, position.lon));
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &text));
        is_clicked |= response.on_hover_cursor(CursorIcon::PointingHand).on_hover_text(text).clicked();
    }
    is_clicked
}
