//! What every map of the window has: the world under it, drawn once for all of them, and how one moves over it by pointer,
//! wheel and keys.

use std::path::PathBuf;

use egui::{
    Context, DragPanButtons, EventFilter, Key, Rect, Response, Role, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2,
    vec2,
};
use walkers::{Drawables, Map, MapMemory, Projector, lat_lon};

use super::{
    drawn::Drawn,
    ground::Ground,
    names::{NameLayer, Names},
    online::OnlineTiles,
    view::{self, Fit, Placement},
    world::WorldLayer,
};
use crate::{
    geo::LatLon,
    state::Network,
    ui::{background::Background, shortcuts, theme},
};

/// Closest look without online tiles: the shapes show nothing finer.
pub const MOST_ZOOM_OFFLINE: f64 = 10.0;
/// Closest look with them.
const MOST_ZOOM_ONLINE: f64 = 18.0;
/// How far the wheel turns for one step of zoom.
const WHEEL_POINTS_A_STEP: f64 = 90.0;

/// The world under every map: land and borders, names, and the tiles while they are switched on.
pub struct Basemap {
    ground: Ground,
    names: Drawn<(), Names>,
    tiles: OnlineTiles,
    tile_cache: Option<PathBuf>,
}

impl Basemap {
    /// Nothing drawn yet; tiles, when they are switched on, are kept in this folder.
    pub fn new(tile_cache: Option<PathBuf>) -> Self {
        Self { ground: Ground::new(), names: Drawn::new(), tiles: OnlineTiles::Off, tile_cache }
    }

    /// Opens or closes connections as the user has it, whatever page is looked at, and says how it stands.
    pub fn obey(&mut self, ctx: &Context, network: Network) -> String {
        self.tiles.set(ctx, network.tiles_allowed(), self.tile_cache.as_deref());
        self.tiles.status()
    }
}

/// What one map shows this frame.
pub struct Shown<'a> {
    /// Its name for screen readers.
    pub name: &'a str,
    /// What may be fetched.
    pub network: Network,
    /// Shapes in world units over the land and under the names, each over the one before.
    pub shapes: &'a [&'a Drawables],
    /// Closest look where there are no tiles.
    pub most_zoom_offline: f64,
    /// Where markers stand: a name that would lie under one is written above it.
    pub marked: &'a [LatLon],
    /// What is drawn over a corner of the map, where no name is written.
    pub covered: Rect,
    /// Whether dragging with the first button moves the map.
    pub drags: bool,
    /// Whether a double click looks closer.
    pub double_click_zooms: bool,
}

/// Where one map is looked at, and how closely.
pub struct Look {
    memory: MapMemory,
}

impl Look {
    /// The whole world.
    pub fn new() -> Self {
        let mut memory = MapMemory::default();
        // Below every allowed zoom, so that the first frame shows as much of the world as fits.
        let _in_range = memory.set_zoom(0.0);
        memory.center_at(lat_lon(20.0, 10.0));
        Self { memory }
    }

    /// How closely.
    pub fn zoom(&self) -> f64 {
        self.memory.zoom()
    }

    /// Looks so closely.
    pub fn zoom_by(&mut self, steps: f64) {
        // The next frame holds it in bounds.
        let _in_range = self.memory.set_zoom((self.memory.zoom() + steps).clamp(0.0, 20.0));
    }

    /// Puts a point into the middle.
    pub fn center_at(&mut self, point: LatLon) {
        self.memory.center_at(lat_lon(point.lat, point.lon));
    }

    /// Shows all points in a map of this size, no closer than `most_zoom`.
    pub fn fit(&mut self, points: &[LatLon], size: Vec2, most_zoom: f64) {
        if let Some(Fit { middle, zoom }) = view::fit(points, size, most_zoom) {
            // Within the map's range by construction.
            let _in_range = self.memory.set_zoom(zoom);
            self.center_at(middle);
        }
    }

    /// Whether a point can be seen in a map of this size.
    pub fn is_in_view(&self, position: LatLon, size: Vec2) -> bool {
        let map = Rect::from_min_size(pos2(0.0, 0.0), size);
        let projector = Projector::new(map, &walkers::MercatorProjection, &self.memory, lat_lon(0.0, 0.0));
        let (placement, at) = (Placement::of(&projector), view::world_from(position));
        placement.copies.clone().any(|copy| map.shrink(16.0).contains(placement.screen_from(at, copy)))
    }

    /// Draws the map in the space that is left, with `contents` over it; those are told whether tiles are shown.
    pub fn ui(
        &mut self,
        base: &mut Basemap,
        shown: &Shown<'_>,
        ui: &mut Ui,
        contents: impl FnOnce(&mut Ui, &Response, &Projector<'_>, bool),
    ) {
        let dark = ui.visuals().dark_mode;
        let palette = &theme::palette_of(dark).map;
        let area = ui.available_rect_before_wrap();
        base.obey(ui.ctx(), shown.network);
        let online = matches!(base.tiles, OnlineTiles::On(_));
        view::hold(&mut self.memory, area.size(), if online { MOST_ZOOM_ONLINE } else { shown.most_zoom_offline });

        ui.painter().rect_filled(area, 0.0, palette.sea);
        let zoom = self.memory.zoom();
        let has_tiles = base.tiles.has_come(self.memory.detached(), zoom);
        let names = base.names.get_mut((), || Background::start("terrasight-names", ui.ctx(), Names::new));

        let mut map = Map::new(None, &mut self.memory, lat_lon(20.0, 10.0)).zoom_gesture(false).panning(false);
        if !shown.drags {
            map = map.drag_pan_buttons(DragPanButtons::SECONDARY | DragPanButtons::MIDDLE);
        }
        for shapes in base.ground.shapes(ui, zoom) {
            map = map.with_layer(WorldLayer(shapes), 1.0);
        }
        if let OnlineTiles::On(tiles) = &mut base.tiles {
            map = map.with_layer(tiles.as_mut() as &mut dyn walkers::Tiles, 1.0);
        }
        for shapes in shown.shapes {
            map = map.with_layer(WorldLayer(shapes), 1.0);
        }
        if let (Some(names), false) = (names, has_tiles) {
            map = map.with_layer(NameLayer { names, palette, marked: shown.marked, covered: shown.covered }, 1.0);
        }
        let map = map.show(ui, |ui, response, projector, _memory| contents(ui, response, projector, online));
        map.response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, shown.name));
        self.wheel(ui, &map.response, shown.double_click_zooms);
        self.keys(ui, &map.response);
    }

    /// Wheel, pinch and double click zoom around the pointer. (walkers' own wheel depends on how long a frame takes.)
    fn wheel(&mut self, ui: &Ui, response: &Response, double_click_zooms: bool) {
        let Some(pointer) = response.hover_pos().filter(|_| response.contains_pointer()) else { return };
        let (wheel, pinch) = ui.input(|input| (input.smooth_scroll_delta().y, input.zoom_delta()));
        let click = if double_click_zooms && response.double_clicked() { 1.0 } else { 0.0 };
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
        let pressed = |key: Key| f32::from(shortcuts::presses(ui, key).min(8) as u8);
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
