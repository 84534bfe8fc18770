//! The samples on the map: clusters that come apart as one looks closer, and a lasso that selects what it encloses.

use std::{path::PathBuf, sync::Arc};

use egui::{
    Align2, Color32, CursorIcon, FontId, Modifiers, PointerButton, Pos2, Rect, Response, Role, Sense, Shape, Stroke,
    Ui, WidgetInfo, pos2, vec2,
};
use walkers::Projector;

use super::{
    super::{
        View,
        background::Background,
        map::{self, Basemap, Drawn, Go, Look, Placement, Shown, nearest_copy},
        shortcuts, theme, words,
    },
    clusters::{self, Cluster},
    row::file_name,
};
use crate::{
    geo::{LatLon, Region},
    state::{Action, DatasetAction, DatasetState},
};

/// Closest look without tiles: samples of one town come apart, over land that shows no more.
const MOST_ZOOM_OFFLINE: f64 = 13.0;
/// Samples are never looked at closer than this at first.
const MOST_ZOOM_FITTED: f64 = 10.0;
/// More pins than this are never in view where cells lie 60 points apart; it bounds a frame all the same.
const MOST_DRAWN: usize = 400;
/// A lasso's corners lie at least so far from each other.
const LASSO_STEP: f32 = 3.0;

/// What the clusters were gathered from: the listing, about how many were shown, and the resolution.
type Key = (u64, Growth, u8);
/// How many samples there are, in steps of a fiftieth.
type Growth = u32;

/// How the map of the samples is looked at.
pub struct SamplesMap {
    look: Look,
    clusters: Drawn<Key, Arc<Vec<Cluster>>>,
    fitted_to: Option<(PathBuf, Growth)>,
    /// Whether the user has moved it since the data set was opened.
    is_moved: bool,
    is_lasso_on: bool,
    lasso: Vec<Pos2>,
}

impl SamplesMap {
    /// The whole world.
    pub fn new() -> Self {
        Self {
            look: Look::new(),
            clusters: Drawn::new(),
            fitted_to: None,
            is_moved: false,
            is_lasso_on: false,
            lasso: Vec::new(),
        }
    }

    /// Draws the map in the space that is left.
    pub fn ui(&mut self, view: &mut View<'_>, ui: &mut Ui, base: &mut Basemap) {
        let map = ui.available_rect_before_wrap();
        let clusters = self.gathered(view, ui);
        self.follow(view, map, &clusters);
        let lassoes = self.is_lasso_on || !self.lasso.is_empty() || ui.input(|input| input.modifiers.shift);
        let shown = Shown {
            covered: Rect::NOTHING,
            marked: &[],
            name: "Map of the samples",
            network: view.state.settings().network,
            shapes: &[],
            most_zoom_offline: MOST_ZOOM_OFFLINE,
            drags: !lassoes,
            double_click_zooms: true,
        };
        let (lasso, mut go_to, mut zoom_to) = (&mut self.lasso, None, None);
        let mut is_lasso_on = self.is_lasso_on;
        let mut is_moved = false;
        let zoom = self.look.zoom();
        self.look.ui(base, &shown, ui, |ui, response, projector, online| {
            let placement = Placement::of(projector);
            let wheel = ui.input(|input| input.smooth_scroll_delta().y != 0.0);
            is_moved = response.dragged() || response.has_focus() || wheel && response.contains_pointer();
            zoom_to = clusters_ui(view, ui, &placement, map, &clusters, zoom);
            cursor_ui(view, ui, &placement, map);
            map::legend(ui, response, projector, online);
            if lassoes {
                lasso_ui(view, ui, response, projector, lasso);
            }
            go_to = map::buttons_ui(ui, map, "Fit the map to the samples", !clusters.is_empty());
            is_lasso_on = lasso_button(ui, map, is_lasso_on);
        });
        self.is_lasso_on = is_lasso_on;
        self.is_moved |= is_moved || matches!(go_to, Some(Go::By(_))) || zoom_to.is_some();
        match go_to {
            Some(Go::By(steps)) => self.look.zoom_by(steps),
            Some(Go::Fit) => self.fit(map, &clusters),
            None => {}
        }
        if let Some(middle) = zoom_to {
            self.look.center_at(middle);
            self.look.zoom_by(1.5);
        }
    }

    /// Ends the lasso, if there is one.
    pub fn end_lasso(&mut self) {
        (self.is_lasso_on, self.lasso) = (false, Vec::new());
    }

    /// The clusters for what is shown now, or those before until they are there.
    fn gathered(&mut self, view: &View<'_>, ui: &Ui) -> Arc<Vec<Cluster>> {
        let dataset = view.state.dataset();
        let resolution = clusters::resolution_for(self.look.zoom());
        // While pictures come, the map may be behind by a fiftieth.
        let key = (dataset.listing().version(), growth(dataset), resolution);
        let gathered = self.clusters.get(key, || {
            let sample = |row: &u32| Some((*row, dataset.row(*row)?.position?));
            let samples: Vec<(u32, LatLon)> = dataset.listing().shown().iter().filter_map(sample).collect();
            Background::start("terrasight-clusters", ui.ctx(), move || {
                Arc::new(clusters::gathered(&samples, resolution))
            })
        });
        gathered.map_or_else(Arc::default, Arc::clone)
    }

    /// Shows all samples of a data set that was opened, and more of them as they come, until the user moves the map.
    fn follow(&mut self, view: &View<'_>, map: Rect, clusters: &[Cluster]) {
        let dataset = view.state.dataset();
        let Some(file) = dataset.file().filter(|_| !clusters.is_empty()) else { return };
        let is_other = self.fitted_to.as_ref().is_none_or(|(fitted, _)| fitted != file);
        self.is_moved &= !is_other;
        let now = growth(dataset);
        if is_other || !self.is_moved && self.fitted_to.as_ref().is_some_and(|(_, then)| *then < now) {
            self.fitted_to = Some((file.to_owned(), now));
            self.fit(map, clusters);
        }
    }

    fn fit(&mut self, map: Rect, clusters: &[Cluster]) {
        let points: Vec<LatLon> = clusters.iter().map(|cluster| cluster.middle).collect();
        self.look.fit(&points, map.size(), MOST_ZOOM_FITTED);
    }
}

fn growth(dataset: &DatasetState) -> Growth {
    ((dataset.listing().shown().len() + 1) as f64).log(1.02) as Growth
}

/// Draws the clusters in view; one that is to be looked at closer is returned.
fn clusters_ui(
    view: &mut View<'_>,
    ui: &mut Ui,
    placement: &Placement,
    map: Rect,
    clusters: &[Cluster],
    zoom: f64,
) -> Option<LatLon> {
    let mut zoom_to = None;
    let mut n_left = MOST_DRAWN;
    for copy in placement.copies.clone() {
        let corner = placement.corner(copy).x;
        let edge = |x: f32| clusters::world_x(x, corner, placement.scale);
        for cluster in clusters::between(clusters, edge(map.min.x), edge(map.max.x)) {
            let at = placement.screen_from(cluster.at, copy);
            if !map.contains(at) || n_left == 0 {
                continue;
            }
            n_left -= 1;
            let is_main = copy == nearest_copy(placement, cluster.at, map);
            if cluster_ui(view, ui, at, map, cluster, copy, is_main) {
                if cluster.rows.len() > 1 && zoom < MOST_ZOOM_OFFLINE - 0.1 {
                    zoom_to = Some(cluster.middle);
                } else {
                    view.actions.push(Action::Dataset(DatasetAction::SelectRows(cluster.rows.clone())));
                }
            }
        }
    }
    zoom_to
}

/// Draws a cluster; whether it was clicked.
fn cluster_ui(view: &View<'_>, ui: &mut Ui, at: Pos2, map: Rect, cluster: &Cluster, copy: i32, is_main: bool) -> bool {
    let palette = theme::palette(ui);
    let dataset = view.state.dataset();
    let n = cluster.rows.len();
    let radius = if n == 1 { 5.0 } else { 9.0 + 2.5 * (n as f32).log10() };
    let touch = Rect::from_center_size(at, vec2(2.0, 2.0) * radius.max(9.0));
    let Some(&first) = cluster.rows.first() else { return false };
    let id = ui.scope_id().with(("cluster", first, n, copy));
    // Whether one of many is selected is not worth asking each frame.
    let is_selected = n == 1 && dataset.selection().holds(first);
    let response = ui.interact(touch.intersect(map), id, Sense::CLICK).on_hover_cursor(CursorIcon::PointingHand);
    let mut spoken = match dataset.row(first).filter(|_| n == 1) {
        Some(row) => format!("{} on the map", file_name(row)),
        None => {
            format!("{} pictures near {}", words::count(n), words::coordinates(cluster.middle.lat, cluster.middle.lon))
        }
    };
    if !is_main {
        spoken += " (again)";
    }
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_selected, &spoken));
    let (fill, ink) = if is_selected {
        (palette.accent, palette.on_accent)
    } else {
        (palette.map.candidate, palette.map.on_candidate)
    };
    let painter = ui.painter_at(map);
    let ring = if response.hovered() { palette.accent } else { Color32::WHITE };
    painter.circle(at, radius, fill, Stroke::new(1.5, ring));
    if n > 1 {
        painter.text(at, Align2::CENTER_CENTER, clusters::short_count(n), FontId::proportional(10.5), ink);
    }
    response.on_hover_text(spoken).clicked()
}

/// A ring around the place of the picture that has the cursor.
fn cursor_ui(view: &View<'_>, ui: &Ui, placement: &Placement, map: Rect) {
    let dataset = view.state.dataset();
    let row = dataset.selection().cursor().and_then(|row| dataset.row(row));
    let Some(position) = row.and_then(|row| row.position) else { return };
    let accent = theme::palette(ui).accent;
    for copy in placement.copies.clone() {
        let at = placement.screen_from(map::world_from(position), copy);
        ui.painter_at(map).circle_stroke(at, 12.0, Stroke::new(2.5, accent));
    }
}

/// Draws the lasso along the pointer, and selects what it encloses when it is let go.
fn lasso_ui(view: &mut View<'_>, ui: &Ui, response: &Response, projector: &Projector<'_>, lasso: &mut Vec<Pos2>) {
    ui.set_cursor_icon(CursorIcon::Crosshair);
    if response.drag_started_by(PointerButton::Primary) {
        lasso.clear();
        lasso.extend(ui.input(|input| input.pointer.press_origin()));
    }
    if response.dragged_by(PointerButton::Primary)
        && let Some(at) = response.interact_pointer_pos()
        && lasso.last().is_none_or(|last| last.distance(at) > LASSO_STEP)
    {
        lasso.push(at);
    }
    if lasso.len() > 1 {
        let accent = theme::palette(ui).accent;
        let painter = ui.painter_at(response.rect);
        painter.add(Shape::line(lasso.clone(), Stroke::new(2.0, accent)));
        painter.extend(Shape::dashed_line(&[lasso[lasso.len() - 1], lasso[0]], Stroke::new(1.2, accent), 5.0, 4.0));
    }
    if response.drag_stopped() {
        let corner = |at: &Pos2| {
            let at = projector.unproject(at.to_vec2());
            LatLon { lat: at.y(), lon: at.x() }
        };
        let corners: Vec<LatLon> = lasso.drain(..).map(|at| corner(&at)).collect();
        if let Ok(region) = Region::within(corners) {
            let adds = ui.input(|input| input.modifiers.command);
            view.actions.push(Action::Dataset(DatasetAction::SelectWithin(region, adds)));
        }
    }
}

fn lasso_button(ui: &mut Ui, map: Rect, is_on: bool) -> bool {
    let rect = Rect::from_min_size(pos2(map.max.x - 64.0, map.min.y + 104.0), vec2(56.0, 26.0));
    let response = ui.put(rect, egui::Button::new("Lasso").selected(is_on));
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_on, "Lasso: select what it encloses"));
    let held = |modifiers, press| shortcuts::with(modifiers, press, ui.ctx());
    let (drag, adds) = (held(Modifiers::SHIFT, "drag"), held(Modifiers::COMMAND, "drag"));
    let text =
        format!("Draw around samples to select them ({drag} does so at any time; {adds} adds to what is selected)");
    if response.on_hover_text(text).clicked() { !is_on } else { is_on }
}
