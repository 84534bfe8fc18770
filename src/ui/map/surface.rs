//! The probability over the world's cells as a translucent layer: the likelier a cell against the likeliest, the stronger
//! its colour.

use egui::{Color32, lerp};
use walkers::{Drawable, Drawables, Mesh, Vertex};

use super::view::world_from;
use crate::{
    geo::{LatLon, Surface},
    ui::theme::MapPalette,
};

/// Cells beyond this share of the probability are left out: they would tint the whole world.
const SHARE_DRAWN: f64 = 0.98;
/// Cells this much less likely than the likeliest are left out, because they could not be seen.
const LEAST_OF_PEAK: f32 = 0.01;
/// No surface costs more than this many cells to draw.
const MOST_CELLS: usize = 12_000;

/// The cells as shapes in world units, or none where nothing would be seen. Not for the window's thread.
pub fn shapes(surface: &Surface, palette: &MapPalette) -> Option<Drawables> {
    let mut mesh = Mesh::default();
    for (cell, probability) in surface.cells_covering(SHARE_DRAWN).iter().take(MOST_CELLS) {
        let strength = surface.strength((*cell, *probability));
        if strength < LEAST_OF_PEAK {
            break;
        }
        push_cell(&mut mesh, cell.centre(), &cell.boundary(), color_of(strength, palette));
    }
    (!mesh.is_empty()).then(|| Drawables::new(vec![Drawable::Fill(mesh)]))
}

/// The colour of a cell, `strength` being its probability over the likeliest cell's, square kilometre by square kilometre.
pub fn color_of(strength: f32, palette: &MapPalette) -> Color32 {
    // By powers of ten, from the least that is drawn to the peak: where one cell dominates, the others are still seen.
    let t = (1.0 - strength.max(LEAST_OF_PEAK).log10() / LEAST_OF_PEAK.log10()).clamp(0.0, 1.0);
    palette.unlikely.lerp_to_gamma(palette.likely, t).gamma_multiply(lerp(0.5..=0.8, t))
}

/// Adds a cell as a fan around its middle; longitudes run on across the antimeridian.
fn push_cell(mesh: &mut Mesh, centre: LatLon, boundary: &[LatLon], color: Color32) {
    let Ok(first) = u32::try_from(mesh.vertices.len()) else { return };
    let near = |lon: f64| centre.lon + (lon - centre.lon + 180.0).rem_euclid(360.0) - 180.0;
    mesh.vertices.push(Vertex { position: world_from(centre), color });
    for corner in boundary {
        let corner = LatLon { lat: corner.lat, lon: near(corner.lon) };
        mesh.vertices.push(Vertex { position: world_from(corner), color });
    }
    let n_corners = boundary.len() as u32;
    for corner in 0..n_corners {
        mesh.indices.extend([first, first + 1 + corner, first + 1 + (corner + 1) % n_corners]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{geo::Cell, ui::theme};

    #[test]
    fn a_cell_at_the_antimeridian_is_not_drawn_across_the_world() {
        let cell = Cell::containing(LatLon::new(-17.0, 179.99).unwrap()).unwrap();
        let mut mesh = Mesh::default();
        push_cell(&mut mesh, cell.centre(), &cell.boundary(), Color32::RED);
        let xs = mesh.vertices.iter().map(|vertex| vertex.position.x);
        let width = xs.clone().fold(0.0, f32::max) - xs.fold(f32::INFINITY, f32::min);
        assert!(width < 3.0, "{width}");
        assert_eq!(mesh.indices.len() / 3, cell.boundary().len());
    }

    #[test]
    fn the_likelier_the_stronger_and_faint_cells_are_left_out() {
        let palette = &theme::palette_of(false).map;
        assert!(color_of(0.1, palette).a() < color_of(1.0, palette).a());
        let cells: Vec<Cell> = Cell::all().take(3).collect();
        let surface = Surface::of(vec![(cells[0], 0.9), (cells[1], 0.099), (cells[2], 0.001)]);
        assert!(shapes(&surface, palette).is_some());
        assert!(shapes(&Surface::default(), palette).is_none());
    }
}
