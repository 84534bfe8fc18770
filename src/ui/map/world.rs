//! The world from Natural Earth, drawn with nothing from the network: land, coasts and borders as shapes that stay on the
//! graphics device, lakes, rivers and inner borders as one comes closer. Names are written by `names.rs`.

use egui::{Color32, emath::TSTransform};
use walkers::{Canvas, Drawable, Drawables, Layer, Line, Projector};

use super::view::{Placement, world_from};
use crate::{
    geo::{
        LatLon,
        borders::{Borders, Detail, LineKind, borders},
        waters::{Course, waters},
    },
    ui::theme::MapPalette,
};

/// From this zoom on the fine shapes are drawn.
pub const FINE_FROM_ZOOM: f64 = 3.0;
/// From this zoom on the finest.
pub const FINEST_FROM_ZOOM: f64 = 6.0;
/// Lakes, rivers and inner borders come in groups: from the first zoom on, those that Natural Earth shows up to the second.
pub const WATERS: [(f64, f32); 3] = [(3.0, 4.0), (5.0, 5.7), (6.5, f32::INFINITY)];

/// Land, coasts and borders in the colours of a theme, in world units. Takes 10 ms to a second: not for the window's thread.
pub fn shapes(detail: Detail, palette: &MapPalette) -> Drawables {
    let Borders { shapes, lines } = borders(detail);
    let mut drawables: Vec<Drawable> = Vec::new();
    for polygon in shapes.iter().flat_map(|shape| &shape.polygons) {
        drawables.extend(filled(&polygon.outer, &polygon.holes, palette.land));
    }
    let drawn = lines.iter().filter(|line| line.kind != LineKind::Within);
    let color = |kind| if kind == LineKind::Coast { palette.coast } else { palette.border };
    drawables.push(Drawable::Lines(drawn.map(|line| line_of(&line.points, 0.8, color(line.kind))).collect()));
    Drawables::new(drawables)
}

/// One group of [`WATERS`] in the colours of a theme, in world units. Takes up to 200 ms: not for the window's thread.
pub fn water_shapes(group: usize, palette: &MapPalette) -> Drawables {
    let from = if group == 0 { f32::NEG_INFINITY } else { WATERS[group - 1].1 };
    let is_in = |min_zoom: f32| min_zoom > from && min_zoom <= WATERS[group].1;
    let all = waters();
    let lines = |courses: &[Course], width, color| -> Vec<Line> {
        let shown = courses.iter().filter(|course| is_in(course.min_zoom));
        shown.map(|course| line_of(&course.points, width, color)).collect()
    };
    let mut drawables = vec![
        Drawable::Lines(lines(&all.inner_borders, 0.6, palette.border)),
        Drawable::Lines(lines(&all.rivers, 0.7, palette.coast)),
    ];
    for lake in all.lakes.iter().filter(|lake| is_in(lake.min_zoom)) {
        drawables.extend(filled(&lake.outer, &lake.islands, palette.sea));
    }
    Drawables::new(drawables)
}

pub(super) fn filled(outer: &[LatLon], holes: &[Vec<LatLon>], color: Color32) -> Option<Drawable> {
    let ring = |points: &[LatLon]| {
        points.iter().map(|point| <(f32, f32)>::from(world_from(*point)).into()).collect::<Vec<_>>()
    };
    let holes: Vec<_> = holes.iter().map(|hole| ring(hole)).collect();
    match walkers::tessellate_polygon(&ring(outer), &holes, color) {
        Ok(mesh) => Some(Drawable::Fill(mesh)),
        Err(error) => {
            tracing::warn!("a shape is left out of the map: {error}");
            None
        }
    }
}

pub(super) fn line_of(points: &[LatLon], width: f32, color: Color32) -> Line {
    Line { points: points.iter().map(|point| world_from(*point)).collect(), width, color, dasharray: Vec::new() }
}

/// Shapes in world units, drawn on every copy of the world in view.
pub struct WorldLayer<'a>(pub &'a Drawables);

impl Layer for WorldLayer<'_> {
    fn draw(&mut self, canvas: &mut Canvas, projector: &Projector<'_>) {
        let placement = Placement::of(projector);
        for copy in placement.copies.clone() {
            let transform = TSTransform::new(placement.corner(copy), placement.scale);
            canvas.add_drawables(self.0.clone().with_transform(transform));
        }
    }
}
