//! The world from Natural Earth, drawn with nothing from the network: land, coasts and borders as shapes that stay on the
//! graphics device, and names where they fit.

use egui::{Pos2, Rect, emath::TSTransform, pos2};
use walkers::{Canvas, Drawable, Drawables, Layer, Line, Projector, Text};

use super::view::{Placement, world_from};
use crate::{
    geo::{
        borders::{Borders, Detail, LineKind, Polygon, borders, labels},
        countries,
    },
    ui::theme::MapPalette,
};

/// From this zoom on the fine shapes are drawn.
pub const FINE_FROM_ZOOM: f64 = 3.0;
/// Names are the dearest part of a frame, so there are never more.
const MOST_NAMES: usize = 48;
/// A country's name is written where the country is at least this wide, in points.
const LEAST_WIDTH_FOR_NAME: f32 = 42.0;

/// Land, coasts and borders in the colours of a theme, in world units. Takes 10 to 200 ms: not for the window's thread.
pub fn shapes(detail: Detail, palette: &MapPalette) -> Drawables {
    let Borders { shapes, lines } = borders(detail);
    let mut drawables: Vec<Drawable> = Vec::new();
    for polygon in shapes.iter().flat_map(|shape| &shape.polygons) {
        let ring = |points: &[crate::geo::LatLon]| {
            points.iter().map(|point| <(f32, f32)>::from(world_from(*point)).into()).collect::<Vec<_>>()
        };
        let holes: Vec<_> = polygon.holes.iter().map(|hole| ring(hole)).collect();
        match walkers::tessellate_polygon(&ring(&polygon.outer), &holes, palette.land) {
            Ok(mesh) => drawables.push(Drawable::Fill(mesh)),
            Err(error) => tracing::warn!("a piece of land is left out of the map: {error}"),
        }
    }
    drawables.push(Drawable::Lines(
        lines
            .iter()
            .filter(|line| line.kind != LineKind::Within)
            .map(|line| Line {
                points: line.points.iter().map(|point| world_from(*point)).collect(),
                width: 0.8,
                color: if line.kind == LineKind::Coast { palette.coast } else { palette.border },
                dasharray: Vec::new(),
            })
            .collect(),
    ));
    Drawables::new(drawables)
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

struct Name {
    text: String,
    at: Pos2,
    /// In world units.
    width: f32,
}

/// The names of countries and towns.
pub struct Names {
    /// The widest first.
    countries: Vec<Name>,
    /// In the order of [`labels`].
    towns: Vec<Pos2>,
}

impl Names {
    /// Looks up where each name stands.
    pub fn new() -> Self {
        let coarse = borders(Detail::Coarse);
        let mut names: Vec<Name> = countries()
            .iter()
            .filter_map(|country| {
                let shape = coarse.shapes.iter().find(|shape| shape.country == Some(country.code))?;
                let width = shape.polygons.iter().map(width_of).fold(0.0, f32::max);
                Some(Name { text: country.name.clone(), at: world_from(country.centre), width })
            })
            .collect();
        names.sort_by(|a, b| b.width.total_cmp(&a.width));
        Self { countries: names, towns: labels().iter().map(|label| world_from(label.position)).collect() }
    }
}

/// How wide a piece of land is, in world units; a long thin one counts less.
fn width_of(polygon: &Polygon) -> f32 {
    let box_ = Rect::from_two_pos(world_from(polygon.low), world_from(polygon.high));
    (box_.width() * box_.height()).sqrt().min(box_.width())
}

/// Writes the names that fit; where they would overlap the map drops the later ones.
pub struct NameLayer<'a> {
    /// Where they stand.
    pub names: &'a Names,
    /// In which colours.
    pub palette: &'a MapPalette,
}

impl Layer for NameLayer<'_> {
    fn draw(&mut self, canvas: &mut Canvas, projector: &Projector<'_>) {
        let (placement, zoom) = (Placement::of(projector), projector.zoom());
        let view = projector.clip_rect().shrink(8.0);
        let order = canvas.z_order();
        let mut n_left = MOST_NAMES;
        let mut write = |at: Pos2, text: &str, size: f32, color| {
            for copy in placement.copies.clone() {
                let on_screen = placement.screen_from(at, copy);
                if n_left > 0 && view.contains(on_screen) {
                    n_left -= 1;
                    let text = Text::new(on_screen, text.to_owned(), size, color, 0.0);
                    canvas.add_text(order, text.with_halo(self.palette.halo, 1.2).with_padding(3.0));
                }
            }
        };
        // The further in, the less a country's name says and the more a town's does.
        if zoom < 6.5 {
            for name in &self.names.countries {
                if name.width * placement.scale < LEAST_WIDTH_FOR_NAME {
                    break;
                }
                let size = if name.width * placement.scale > 160.0 { 13.5 } else { 11.5 };
                write(name.at, &name.text, size, self.palette.country);
            }
        }
        for (label, at) in labels().iter().zip(&self.names.towns) {
            if f64::from(label.min_zoom) > zoom - 0.7 {
                break;
            }
            let above = pos2(at.x, at.y - 6.0 / placement.scale);
            write(above, &label.name, if label.capital { 11.5 } else { 10.5 }, self.palette.town);
        }
    }
}
