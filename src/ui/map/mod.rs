//! The world map: never blank (Natural Earth is drawn without the network), with the probability, the candidates and the
//! picture file's own position upon it. Online tiles come under them only while the user has them switched on.

mod markers;
mod online;
mod surface;
mod view;
mod world;

use std::{path::PathBuf, sync::Arc};

use egui::{
    Align2, Button, EventFilter, FontId, Key, Mesh, Rect, Response, Role, Shape, Stroke, StrokeKind, Ui, Vec2,
    WidgetInfo, pos2, vec2,
};
use walkers::{Drawables, Map, MapMemory, Projector, lat_lon};

pub use online::HOST;
use online::{ATTRIBUTION, OnlineTiles};
use view::{Fit, Placement};
use world::{NameLayer, Names, WorldLayer};

use super::{
    View,
    background::{Background, Outcome},
    theme::{self, MapPalette},
};
use crate::{
    geo::{LatLon, Surface, borders::Detail},
    predict::finding::Candidate,
    state::PictureKey,
};

/// Closest look without online tiles: the shapes show nothing finer.
const MOST_ZOOM_OFFLINE: f64 = 9.0;
/// Closest look with them.
const MOST_ZOOM_ONLINE: f64 = 18.0;
/// How far the wheel turns for one step of zoom.
const WHEEL_POINTS_A_STEP: f64 = 90.0;
/// A finding is never looked at closer than this at first: the model does not know streets.
const MOST_ZOOM_FITTED: f64 = 6.0;

/// Something drawn once in the background and kept until what it was drawn from changes.
struct Drawn<Key, T> {
    key: Option<Key>,
    coming: Option<(Key, Background<T>)>,
    shapes: Option<T>,
}

impl<Key: PartialEq, T: Send + 'static> Drawn<Key, T> {
    const fn new() -> Self {
        Self { key: None, coming: None, shapes: None }
    }

    /// The shapes for this key, or those of the key before until they are there.
    fn get(&mut self, key: Key, start: impl FnOnce() -> Background<T>) -> Option<&T> {
        if let Some((_, coming)) = &self.coming {
            match coming.poll() {
                Outcome::Pending => {}
                Outcome::Ready(shapes) => {
                    self.shapes = Some(shapes);
                    self.key = self.coming.take().map(|(key, _)| key);
                }
                Outcome::Lost => self.key = self.coming.take().map(|(key, _)| key),
            }
        }
        if self.coming.is_none() && self.key.as_ref() != Some(&key) {
            self.coming = Some((key, start()));
        }
        self.shapes.as_ref()
    }
}

/// How the map is looked at, and what is drawn for it.
pub struct MapPanel {
    memory: MapMemory,
    coarse: Drawn<bool, Drawables>,
    fine: Drawn<bool, Drawables>,
    surface: Drawn<(usize, bool), Option<Drawables>>,
    names: Drawn<(), Names>,
    tiles: OnlineTiles,
    tile_cache: Option<PathBuf>,
    fitted_to: Option<(PictureKey, usize)>,
    chosen: Option<usize>,
    pending_fit: Option<Vec<LatLon>>,
}

impl MapPanel {
    /// The whole world; tiles, when they are switched on, are kept in this folder.
    pub fn new(tile_cache: Option<PathBuf>) -> Self {
        let mut memory = MapMemory::default();
        // Below every allowed zoom, so that the first frame shows as much of the world as fits.
        let _in_range = memory.set_zoom(0.0);
        memory.center_at(lat_lon(20.0, 10.0));
        Self {
            memory,
            coarse: Drawn::new(),
            fine: Drawn::new(),
            surface: Drawn::new(),
            names: Drawn::new(),
            tiles: OnlineTiles::Off,
            tile_cache,
            fitted_to: None,
            chosen: None,
            pending_fit: None,
        }
    }

    /// What the status line says about the network.
    pub fn network_status(&self) -> String {
        self.tiles.status()
    }

    /// Draws the map in the space that is left.
    pub fn ui(&mut self, view: &mut View<'_>, ui: &mut Ui) {
        let dark = ui.visuals().dark_mode;
        let palette = &theme::palette_of(dark).map;
        let area = ui.available_rect_before_wrap();
        self.tiles.set(ui.ctx(), view.state.settings().network.tiles_allowed(), self.tile_cache.as_deref());
        self.follow(view, area.size());
        let online = matches!(self.tiles, OnlineTiles::On(_));
        let most_zoom = if online { MOST_ZOOM_ONLINE } else { MOST_ZOOM_OFFLINE };
        view::hold(&mut self.memory, area.size(), most_zoom);

        ui.painter().rect_filled(area, 0.0, palette.sea);
        let state = view.state;
        let entry = state.selected();
        let found = entry.and_then(|entry| entry.found.as_ref());
        let coarse = self.coarse.get(dark, || draw_world(ui, Detail::Coarse, palette));
        let mut world = coarse;
        if self.memory.zoom() >= world::FINE_FROM_ZOOM {
            world = self.fine.get(dark, || draw_world(ui, Detail::Fine, palette)).or(world);
        }
        let key = (found.map_or(0, |found| Arc::as_ptr(&found.surface).addr()), dark);
        let shapes = self.surface.get(key, || draw_surface(ui, found.map(|found| Arc::clone(&found.surface)), palette));
        let names = self.names.get((), || Background::start("terrasight-names", ui.ctx(), Names::new));

        let mut map = Map::new(None, &mut self.memory, lat_lon(20.0, 10.0)).zoom_gesture(false).panning(false);
        if let Some(world) = world {
            map = map.with_layer(WorldLayer(world), 1.0);
        }
        if let OnlineTiles::On(tiles) = &mut self.tiles {
            map = map.with_layer(tiles.as_mut() as &mut dyn walkers::Tiles, 1.0);
        }
        if let Some(Some(shapes)) = shapes {
            map = map.with_layer(WorldLayer(shapes), 1.0);
        }
        if let (Some(names), false) = (names, online) {
            map = map.with_layer(NameLayer { names, palette }, 1.0);
        }
        let mut go_to = None;
        let shown = map.show(ui, |ui, _response, projector, _memory| {
            if let Some(entry) = entry {
                markers::markers_ui(view, ui, &Placement::of(projector), area, entry);
            }
            legend(ui, projector, found.is_some(), online);
            let fit_to = found.map(|found| markers::worth_seeing(&found.finding));
            go_to = buttons_ui(ui, area, fit_to);
        });
        shown.response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, "World map"));
        match go_to {
            Some(Go::By(steps)) => self.zoom_by(steps),
            Some(Go::To(points)) => self.pending_fit = Some(points),
            None => {}
        }
        self.wheel(ui, &shown.response);
        self.keys(ui, &shown.response);
    }

    /// Goes where the selected picture's finding lies when it is new, and to a candidate that was chosen out of view.
    fn follow(&mut self, view: &View<'_>, size: Vec2) {
        let Some(entry) = view.state.selected() else { return };
        let identity = entry.found.as_ref().map_or(0, |found| Arc::as_ptr(&found.finding).addr());
        if self.fitted_to != Some((entry.key, identity)) {
            self.fitted_to = Some((entry.key, identity));
            self.chosen = Some(entry.chosen_rank);
            let points = match &entry.found {
                Some(found) => markers::worth_seeing(&found.finding),
                None => markers::gps(entry).into_iter().collect(),
            };
            self.pending_fit = (!points.is_empty()).then_some(points);
        } else if self.chosen != Some(entry.chosen_rank) {
            self.chosen = Some(entry.chosen_rank);
            if let Some(position) = entry.chosen().and_then(Candidate::position)
                && !self.is_in_view(position, size)
            {
                self.memory.center_at(lat_lon(position.lat, position.lon));
            }
        }
        if let Some(Fit { middle, zoom }) =
            self.pending_fit.take().and_then(|points| view::fit(&points, size, MOST_ZOOM_FITTED))
        {
            // Within the map's range by construction.
            let _in_range = self.memory.set_zoom(zoom);
            self.memory.center_at(lat_lon(middle.lat, middle.lon));
        }
    }

    fn is_in_view(&self, position: LatLon, size: Vec2) -> bool {
        let map = Rect::from_min_size(pos2(0.0, 0.0), size);
        let projector = Projector::new(map, &walkers::MercatorProjection, &self.memory, lat_lon(0.0, 0.0));
        let (placement, at) = (Placement::of(&projector), view::world_from(position));
        placement.copies.clone().any(|copy| map.shrink(16.0).contains(placement.screen_from(at, copy)))
    }

    /// Wheel, pinch and double click zoom around the pointer. (walkers' own wheel depends on how long a frame takes.)
    fn wheel(&mut self, ui: &Ui, response: &Response) {
        let Some(pointer) = response.hover_pos().filter(|_| response.contains_pointer()) else { return };
        let (wheel, pinch) = ui.input(|input| (input.smooth_scroll_delta().y, input.zoom_delta()));
        let click = if response.double_clicked() { 1.0 } else { 0.0 };
        let steps = f64::from(wheel) / WHEEL_POINTS_A_STEP + f64::from(pinch).log2() + click;
        if steps == 0.0 {
            return;
        }
        let under = |memory: &MapMemory| {
            let middle = memory.detached().unwrap_or(lat_lon(0.0, 0.0));
            let projector = Projector::new(response.rect, &walkers::MercatorProjection, memory, middle);
            (projector.unproject(pointer.to_vec2()), projector)
        };
        let (fixed, _) = under(&self.memory);
        self.zoom_by(steps);
        view::hold(&mut self.memory, response.rect.size(), MOST_ZOOM_ONLINE);
        let (_, projector) = under(&self.memory);
        let away = projector.project(fixed) - pointer.to_vec2();
        self.memory.center_at(projector.unproject(response.rect.center().to_vec2() + away));
        ui.request_repaint();
    }

    fn zoom_by(&mut self, steps: f64) {
        // The next frame holds it in bounds.
        let _in_range = self.memory.set_zoom((self.memory.zoom() + steps).clamp(0.0, 20.0));
    }

    /// Arrows, plus and minus while the map has the focus.
    fn keys(&mut self, ui: &mut Ui, response: &Response) {
        if response.clicked() {
            response.request_focus();
        }
        if !response.has_focus() {
            return;
        }
        let arrows = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
        let accent = theme::palette(ui).accent;
        ui.painter().rect_stroke(response.rect.shrink(1.0), 0.0, Stroke::new(1.5, accent), StrokeKind::Inside);
        let pressed = |key: Key| f32::from(ui.input(|input| input.num_presses(key)).min(8) as u8);
        let steps = pressed(Key::Plus) + pressed(Key::Equals) - pressed(Key::Minus);
        if steps != 0.0 {
            self.zoom_by(f64::from(steps) * 0.5);
        }
        let by =
            vec2(pressed(Key::ArrowRight) - pressed(Key::ArrowLeft), pressed(Key::ArrowDown) - pressed(Key::ArrowUp));
        if by != Vec2::ZERO
            && let Some(at) = self.memory.detached()
        {
            let projector = Projector::new(response.rect, &walkers::MercatorProjection, &self.memory, at);
            self.memory.center_at(projector.unproject(response.rect.center().to_vec2() + by * 60.0));
        }
    }
}

fn draw_world(ui: &Ui, detail: Detail, palette: &'static MapPalette) -> Background<Drawables> {
    Background::start("terrasight-world", ui.ctx(), move || world::shapes(detail, palette))
}

fn draw_surface(ui: &Ui, surface: Option<Arc<Surface>>, palette: &'static MapPalette) -> Background<Option<Drawables>> {
    Background::start("terrasight-surface", ui.ctx(), move || {
        surface.and_then(|surface| surface::shapes(&surface, palette))
    })
}

/// What a button over the map asks for.
enum Go {
    By(f64),
    To(Vec<LatLon>),
}

fn buttons_ui(ui: &mut Ui, map: Rect, fit_to: Option<Vec<LatLon>>) -> Option<Go> {
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
    if button(ui, "Fit", "Fit the map to the result", fit_to.is_some()) {
        go = fit_to.map(Go::To);
    }
    go
}

/// Scale, what the colours mean, and whom the map is from.
fn legend(ui: &Ui, projector: &Projector<'_>, has_surface: bool, online: bool) {
    let palette = &theme::palette(ui).map;
    let (map, painter) = (projector.clip_rect(), ui.painter_at(projector.clip_rect()));
    let small = FontId::proportional(11.0);
    let write = |at, align: Align2, text: String| {
        let galley = painter.layout_no_wrap(text, small.clone(), palette.town);
        let rect = align.anchor_size(at, galley.size());
        painter.rect_filled(rect.expand2(vec2(4.0, 1.0)), 2.0, palette.halo.gamma_multiply(0.85));
        painter.galley(rect.min, galley, palette.town);
    };
    let credit = if online { ATTRIBUTION } else { "Natural Earth, drawn offline" };
    write(map.right_bottom() - vec2(8.0, 6.0), Align2::RIGHT_BOTTOM, credit.to_owned());

    let middle = projector.unproject(map.center().to_vec2());
    let metres_per_point = 1.0 / f64::from(projector.scale_pixel_per_meter(middle)).max(1e-9);
    let (km, length) = view::scale_bar(metres_per_point / 1000.0, 110.0);
    let from = map.left_bottom() + vec2(12.0, -10.0);
    let stroke = Stroke::new(2.0, palette.town);
    painter.line_segment([from, from + vec2(length, 0.0)], stroke);
    let text = if km >= 1.0 { super::words::kilometres(km) } else { format!("{:.0} m", km * 1000.0) };
    write(from + vec2(0.0, -4.0), Align2::LEFT_BOTTOM, text);

    if has_surface {
        let ramp = Rect::from_min_size(map.left_top() + vec2(12.0, 28.0), vec2(110.0, 8.0));
        let mut mesh = Mesh::default();
        for step in 0..=16u32 {
            let t = step as f32 / 16.0;
            let x = ramp.min.x + t * ramp.width();
            let color = surface::color_of(10f32.powf(2.0 * t - 2.0), palette);
            mesh.colored_vertex(pos2(x, ramp.min.y), color);
            mesh.colored_vertex(pos2(x, ramp.max.y), color);
            if step > 0 {
                let at = 2 * step;
                mesh.add_triangle(at - 2, at - 1, at);
                mesh.add_triangle(at - 1, at, at + 1);
            }
        }
        painter.rect_filled(ramp.expand2(vec2(4.0, 4.0)), 2.0, palette.halo.gamma_multiply(0.85));
        painter.add(Shape::mesh(mesh));
        write(map.left_top() + vec2(12.0, 8.0), Align2::LEFT_TOP, "probability, low to high".to_owned());
    }
}
