//! The world map: never blank (Natural Earth is drawn without the network), with the probability, the candidates and the
//! picture file's own position upon it. Online tiles come under them only while the user has them switched on.

mod areas;
mod basemap;
mod compared;
mod drawing;
mod drawn;
mod ground;
mod identity;
mod markers;
mod names;
mod online;
mod surface;
mod tool;
mod toolbar;
mod view;
mod world;

use std::sync::Arc;

use egui::{Align2, Button, FontId, Pos2, Rect, Response, Role, Sense, Stroke, Ui, Vec2, WidgetInfo, vec2};
use walkers::{Drawables, Projector};

use areas::Areas;
pub use basemap::{Basemap, Look, MOST_ZOOM_OFFLINE, Shown};
pub use compared::Shape;
use drawing::Drawing;
pub use drawing::takes_area;
pub use drawn::Drawn;
pub use identity::Identity;
pub use markers::gps;
use online::ATTRIBUTION;
pub use online::HOST;
pub use tool::Tool;
pub use view::{Placement, nearest_copy, world_from};

use super::{
    View,
    background::Background,
    theme::{self, MapPalette},
};
use crate::{
    geo::{LatLon, Surface},
    predict::finding::Candidate,
    state::{Entry, PictureKey},
};

/// A finding is never looked at closer than this at first: the model does not know streets.
const MOST_ZOOM_FITTED: f64 = 6.0;

/// From this width on the pointer's coordinates stand beside the scale, not above it.
const WIDTH_FOR_COORDINATES: f32 = 480.0;

/// How the map of the selected picture is looked at, and what is drawn for it.
pub struct MapPanel {
    look: Look,
    surface: Drawn<(Option<Identity<Surface>>, bool), Option<Drawables>>,
    areas: Areas,
    /// The tool in hand.
    pub drawing: Drawing,
    fitted_to: Option<(PictureKey, [Option<Identity<Surface>>; 2])>,
    chosen: Option<usize>,
    pending_fit: Option<Vec<LatLon>>,
}

impl MapPanel {
    /// The whole world.
    pub fn new() -> Self {
        Self {
            look: Look::new(),
            surface: Drawn::new(),
            areas: Areas::new(),
            drawing: Drawing::new(),
            fitted_to: None,
            chosen: None,
            pending_fit: None,
        }
    }

    /// Draws the map in the space that is left.
    pub fn ui(&mut self, view: &mut View<'_>, ui: &mut Ui, base: &mut Basemap) {
        let dark = ui.visuals().dark_mode;
        let palette = &theme::palette_of(dark).map;
        let area = ui.available_rect_before_wrap();
        self.follow(view, area.size());

        let state = view.state;
        let entry = state.selected().filter(|_| !view.is_veiled);
        let found = entry.and_then(|entry| entry.found());
        let key = (found.map(|found| Identity::of(&found.surface)), dark);
        let shapes = self.surface.get(key, || draw_surface(ui, found.map(|found| Arc::clone(&found.surface)), palette));
        let evidence = entry.map_or(&[][..], Entry::evidence);
        let areas = self.areas.shapes(ui, entry.map(|entry| entry.key), evidence, &self.drawing.picking());
        let shapes: Vec<&Drawables> = shapes.and_then(Option::as_ref).into_iter().chain(areas).collect();
        let marked = entry.map(markers::marked).unwrap_or_default();
        let has_scale = found.is_some_and(|found| !found.finding.candidates.is_empty());
        let shown = Shown {
            name: "World map",
            marked: &marked,
            covered: if has_scale { surface_scale_at(area) } else { Rect::NOTHING },
            network: state.settings().network,
            shapes: &shapes,
            most_zoom_offline: MOST_ZOOM_OFFLINE,
            drags: !matches!(self.drawing.tool(), Some(Tool::Circle(_))),
            double_click_zooms: self.drawing.tool().is_none(),
        };
        let worth_seeing = entry.map(markers::worth_seeing).filter(|points| !points.is_empty());
        let (mut go_to, mut clicked) = (None, None);
        let drawing = &mut self.drawing;
        self.look.ui(base, &shown, ui, |ui, response, projector, online| {
            if let Some(entry) = entry {
                let can_click = drawing.tool().is_none();
                clicked = markers::markers_ui(view, ui, &Placement::of(projector), area, entry, can_click);
            }
            legend(ui, response, projector, online);
            copy_menu(response, projector);
            let below_scale = surface_scale_at(area).left_bottom() + vec2(8.0, 4.0);
            entry.into_iter().for_each(|entry| compared::legend(ui, area, below_scale, entry));
            if let Some(found) = found.filter(|_| has_scale) {
                surface_legend(ui, area, super::words::surface_scale(found.finding.probability_kind));
            }
            go_to = buttons_ui(ui, area, "Fit the map to the result", worth_seeing.is_some());
            drawing.ui(view, ui, response, projector);
            toolbar::toolbar_ui(view, ui, area, drawing);
        });
        if let Some(position) = clicked {
            self.go_to(position);
        }
        match go_to {
            Some(Go::By(steps)) => self.look.zoom_by(steps),
            Some(Go::Fit) => self.pending_fit = worth_seeing,
            None => {}
        }
    }

    /// Puts this in the middle.
    pub fn go_to(&mut self, position: LatLon) {
        self.look.center_at(position);
    }

    /// Goes where the selected picture's finding lies when it is new, and to a candidate that was chosen out of view. Where
    /// nothing is known the world is seen: another picture's place would be taken for this one's.
    fn follow(&mut self, view: &View<'_>, size: Vec2) {
        if view.is_veiled && self.fitted_to.take().is_some() {
            // Where it looked at would give the answer away.
            (self.look, self.pending_fit) = (Look::new(), None);
        }
        let Some(entry) = view.state.selected().filter(|_| !view.is_veiled) else { return };
        let beside = entry.beside().map(|(_, run)| &run.found);
        // What would change the places is told of a finding afterwards; its surface stays as it is.
        let surfaces = [entry.found(), beside].map(|found| found.map(|found| Identity::of(&found.surface)));
        let shown = Some((entry.key, surfaces));
        if self.fitted_to != shown {
            self.fitted_to = shown;
            self.chosen = Some(entry.chosen_rank);
            let points = markers::worth_seeing(entry);
            if points.is_empty() {
                self.look = Look::new();
            }
            self.pending_fit = (!points.is_empty()).then_some(points);
        } else if self.chosen != Some(entry.chosen_rank) {
            self.chosen = Some(entry.chosen_rank);
            if let Some(position) = entry.chosen().and_then(Candidate::position)
                && !self.look.is_in_view(position, size)
            {
                self.look.center_at(position);
            }
        }
        if let Some(points) = self.pending_fit.take() {
            self.look.fit(&points, size, MOST_ZOOM_FITTED);
        }
    }
}

fn draw_surface(ui: &Ui, surface: Option<Arc<Surface>>, palette: &'static MapPalette) -> Background<Option<Drawables>> {
    Background::start("terrasight-surface", ui.ctx(), move || {
        surface.and_then(|surface| surface::shapes(&surface, palette))
    })
}

/// Coordinates to take along: the secondary button offers those under it.
fn copy_menu(response: &Response, projector: &Projector<'_>) {
    let id = response.id.with("copied point");
    if response.secondary_clicked()
        && let Some(point) = response.interact_pointer_pos().and_then(|at| point_at(projector, at))
    {
        response.ctx.data_mut(|data| data.insert_temp(id, point));
    }
    response.context_menu(|ui| {
        let Some(point) = ui.data(|data| data.get_temp::<LatLon>(id)) else { return };
        let text = format!("{:.5}, {:.5}", point.lat, point.lon);
        if ui.button(format!("Copy {text}")).clicked() {
            ui.ctx().copy_text(text);
            ui.close();
        }
    });
}

/// What a button over the map asks for.
pub enum Go {
    /// So many steps closer.
    By(f64),
    /// Where all that is marked can be seen.
    Fit,
}

/// The buttons at the upper right corner; the last has the name given.
pub fn buttons_ui(ui: &mut Ui, map: Rect, fit_name: &str, can_fit: bool) -> Option<Go> {
    let mut go = None;
    let mut at = map.right_top() + vec2(-52.0, 8.0);
    let mut button = |ui: &mut Ui, text: &str, name: &str, enabled: bool| {
        let rect = Rect::from_min_size(at, vec2(44.0, 26.0));
        at.y += 30.0;
        let response = ui.add_enabled_ui(enabled, |ui| ui.put(rect, Button::new(text))).inner;
        response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, name));
        response.on_hover_text(name).clicked()
    };
    if button(ui, "+", "Zoom the map in", true) {
        go = Some(Go::By(1.0));
    }
    if button(ui, "−", "Zoom the map out", true) {
        go = Some(Go::By(-1.0));
    }
    if button(ui, "Fit", fit_name, can_fit) {
        go = Some(Go::Fit);
    }
    go
}

/// Small words on the map, on a ground that lets them be read; they are moved where its edge would cut them.
fn write(ui: &Ui, map: Rect, at: Pos2, align: Align2, text: String) -> Rect {
    let (palette, painter) = (&theme::palette(ui).map, ui.painter_at(map));
    let galley = painter.layout_no_wrap(text, FontId::proportional(11.0), palette.town);
    let rect = align.anchor_size(at, galley.size());
    let within = map.shrink2(vec2(6.0, 3.0));
    let most = (within.max - rect.size()).max(within.min);
    let rect = Rect::from_min_size(rect.min.clamp(within.min, most), rect.size());
    painter.rect_filled(rect.expand2(vec2(4.0, 1.0)), 2.0, palette.halo.gamma_multiply(0.85));
    painter.galley(rect.min, galley, palette.town);
    rect
}

/// The scale, whom the map is from, and where the pointer is.
pub fn legend(ui: &Ui, response: &Response, projector: &Projector<'_>, online: bool) {
    let map = projector.clip_rect();
    if let Some(point) = response.hover_pos().and_then(|pointer| point_at(projector, pointer)) {
        let beside_scale = map.width() >= WIDTH_FOR_COORDINATES;
        let at = map.left_bottom() + if beside_scale { vec2(150.0, -6.0) } else { vec2(12.0, -32.0) };
        let text = super::words::coordinates(point.lat, point.lon);
        let rect = write(ui, map, at, Align2::LEFT_BOTTOM, text.clone());
        let label = ui.interact(rect, ui.scope_id().with("pointer"), Sense::empty());
        label.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("Pointer at {text}")));
    }
    let credit = if online { ATTRIBUTION } else { "Natural Earth, drawn offline" };
    write(ui, map, map.right_bottom() - vec2(8.0, 6.0), Align2::RIGHT_BOTTOM, credit.to_owned());

    let middle = projector.unproject(map.center().to_vec2());
    let metres_per_point = 1.0 / f64::from(projector.scale_pixel_per_meter(middle)).max(1e-9);
    let (km, length) = view::scale_bar(metres_per_point / 1000.0, 110.0);
    let from = map.left_bottom() + vec2(12.0, -10.0);
    let stroke = Stroke::new(2.0, theme::palette(ui).map.town);
    ui.painter_at(map).line_segment([from, from + vec2(length, 0.0)], stroke);
    let text = if km >= 1.0 { super::words::kilometres(km) } else { format!("{:.0} m", km * 1000.0) };
    write(ui, map, from + vec2(0.0, -4.0), Align2::LEFT_BOTTOM, text);
}

/// The point of the Earth under a point of the screen; none beyond the edge of the map.
pub fn point_at(projector: &Projector<'_>, at: Pos2) -> Option<LatLon> {
    let position = projector.unproject(at.to_vec2());
    LatLon::new(position.y(), position.x())
}

/// Where the scale of the probability stands, with its words and the two circles.
fn surface_scale_at(map: Rect) -> Rect {
    Rect::from_min_size(map.left_top(), vec2(150.0, 78.0))
}

/// What the colours of the probability mean, and the two circles.
fn surface_legend(ui: &Ui, map: Rect, words: &str) {
    let (palette, painter) = (&theme::palette(ui).map, ui.painter_at(map));
    let ramp = Rect::from_min_size(map.left_top() + vec2(12.0, 28.0), vec2(110.0, 8.0));
    let plate = Rect::from_min_size(map.left_top() + vec2(6.0, 5.0), vec2(124.0, 71.0));
    painter.rect_filled(plate, 3.0, palette.halo.gamma_multiply(0.85));
    theme::ramp(&painter, ramp, 16, |share| surface::color_of(10f32.powf(2.0 * share - 2.0), palette));
    write(ui, map, map.left_top() + vec2(12.0, 8.0), Align2::LEFT_TOP, words.to_owned());
    for (row, (is_half, share)) in [(true, "half within"), (false, "nine tenths within")].into_iter().enumerate() {
        let at = ramp.left_top() + vec2(0.0, 15.0 + 17.0 * row as f32);
        let rect = write(ui, map, at, Align2::LEFT_TOP, format!("{CIRCLE_SIGN}{share}"));
        let line = [rect.left_center(), rect.left_center() + vec2(18.0, 0.0)];
        markers::circle_line(ui, &painter, &line, is_half);
        let spoken = match is_half {
            true => "Whole circle on the map: half within",
            false => "Dashed circle on the map: nine tenths within",
        };
        let label = ui.interact(rect, ui.scope_id().with(("circle", row)), Sense::empty());
        label.widget_info(|| WidgetInfo::labeled(Role::Label, true, spoken));
    }
}

/// Room for a piece of a circle's line before what the circle means.
const CIRCLE_SIGN: &str = "         ";
