//! Probability spread over the cells of the world, and how wide it lies.

use super::{Cell, LatLon};

/// Cells with less than this are left out of a surface.
const LEAST: f64 = 1e-7;

/// Probabilities over cells: their sum is 1, the cell where most lies on a square kilometre first. Cells not listed have
/// none, and none lies within another.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Surface {
    /// Each cell with its probability.
    pub cells: Vec<(Cell, f32)>,
    /// The middle of each, which is asked for by every candidate.
    centres: Vec<LatLon>,
}

/// A surface as it lies around a point.
#[derive(Debug, Clone, Default)]
pub struct Around(Vec<Span>);

impl Surface {
    /// A surface of these cells, which come in its order.
    pub fn of(cells: Vec<(Cell, f32)>) -> Self {
        let centres = cells.iter().map(|(cell, _)| cell.centre()).collect();
        Self { cells, centres }
    }

    /// A surface from weights in any unit; several weights for one cell add up. Empty where no weight is above zero.
    pub fn from_weights(weights: impl IntoIterator<Item = (Cell, f64)>) -> Self {
        let mut cells: Vec<(Cell, f64)> = weights.into_iter().filter(|(_, w)| w.is_finite() && *w > 0.0).collect();
        cells.sort_unstable_by_key(|(cell, _)| *cell);
        cells.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        let sum: f64 = cells.iter().map(|(_, w)| w).sum();
        cells.retain(|(_, w)| *w >= sum * LEAST);
        let kept: f64 = cells.iter().map(|(_, w)| w).sum();
        let mut cells: Vec<(f64, Cell, f32)> =
            cells.into_iter().map(|(cell, w)| (w / cell.area_km2(), cell, (w / kept) as f32)).collect();
        cells.sort_by(|a, b| b.0.total_cmp(&a.0));
        Self::of(cells.into_iter().map(|(_, cell, share)| (cell, share)).collect())
    }

    /// How much lies on a square kilometre of a cell, over what lies on one of the likeliest cell.
    pub fn strength(&self, (cell, probability): (Cell, f32)) -> f32 {
        let density = |(cell, p): (Cell, f32)| f64::from(p) / cell.area_km2();
        self.cells.first().map_or(0.0, |peak| (density((cell, probability)) / density(*peak)) as f32)
    }

    /// The smallest area of whole cells, where most lies on a square kilometre first, that holds the share `p` of the probability.
    pub fn cells_covering(&self, p: f64) -> &[(Cell, f32)] {
        let mut sum = 0.0;
        let enough = self.cells.iter().position(|(_, share)| {
            sum += f64::from(*share);
            sum >= p
        });
        enough.map_or(self.cells.as_slice(), |last| &self.cells[..=last])
    }

    /// The probability of the cells that stand before the one that holds a point; none where no cell holds it.
    pub fn before(&self, point: LatLon) -> Option<f64> {
        let at = self.at_point(point)?;
        Some(self.cells[..at].iter().map(|(_, share)| f64::from(*share)).sum())
    }

    /// How much lies on a square kilometre at a point.
    pub fn density_at(&self, point: LatLon) -> f64 {
        self.at_point(point).map_or(0.0, |at| f64::from(self.cells[at].1) / self.cells[at].0.area_km2())
    }

    /// The number of the cell that holds a point.
    fn at_point(&self, point: LatLon) -> Option<usize> {
        let around: Vec<Cell> = Cell::all_around(point).collect();
        self.cells.iter().position(|(cell, _)| around.contains(cell))
    }

    /// The middle of the likeliest cell.
    pub fn peak(&self) -> Option<LatLon> {
        self.centres.first().copied()
    }

    /// The surface as it lies around a point.
    pub fn around(&self, point: LatLon) -> Around {
        Around(self.parts().map(|(cell, middle, share)| span(cell, middle.distance_km(point), share)).collect())
    }

    /// The share of the probability that lies within a radius of a point, evenly spread over each cell.
    pub fn share_within_km(&self, point: LatLon, km: f64) -> f64 {
        // Most cells are seen to be farther by their latitude alone.
        let near = self.parts().filter(|(cell, middle, _)| point.is_within_km(*middle, km + cell.radius_km()));
        let spans = near.map(|(cell, middle, share)| span(cell, middle.distance_km(point), share));
        spans.map(|span| span.2 * share_within(span, km)).sum()
    }

    /// Each cell with its middle and its probability.
    fn parts(&self) -> impl Iterator<Item = (Cell, LatLon, f32)> {
        self.cells.iter().zip(&self.centres).map(|((cell, share), middle)| (*cell, *middle, *share))
    }
}

impl Around {
    /// The radius in kilometres that holds the share `p` (0 if there are no cells). Within a cell the probability is taken to
    /// lie evenly over a disc of a cell's mean area, so the radius is never finer than the cells allow: with everything in one
    /// cell, half lies within about 45 km of its centre.
    pub fn radius_km(&self, p: f64) -> f64 {
        let within = |km: f64| -> f64 { self.0.iter().map(|span| span.2 * share_within(*span, km)).sum() };
        let (mut low, mut high) = (0.0, self.0.iter().map(|span| span.1).fold(0.0, f64::max));
        for _ in 0..30 {
            let middle = f64::midpoint(low, high);
            if within(middle) < p { low = middle } else { high = middle }
        }
        high
    }
}

/// How near and how far a cell reaches from a point in kilometres, and its probability.
type Span = (f64, f64, f64);

fn span(cell: Cell, distance_km: f64, share: f32) -> Span {
    ((distance_km - cell.radius_km()).max(0.0), distance_km + cell.radius_km(), f64::from(share))
}

/// The part of a disc, seen from a point, that lies nearer than `km`: none at its near edge, all at its far edge, growing
/// with the area swept between.
fn share_within((near, far, _): Span, km: f64) -> f64 {
    let swept = (km * km - near * near) / (far * far - near * near).max(f64::MIN_POSITIVE);
    swept.clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(lat: f64, lon: f64) -> Cell {
        Cell::containing(LatLon::new(lat, lon).unwrap()).unwrap()
    }

    #[test]
    fn weights_become_sorted_probabilities() {
        let (paris, tokyo) = (cell(48.9, 2.4), cell(35.7, 139.7));
        let surface =
            Surface::from_weights([(tokyo, 1.0), (paris, 2.0), (paris, 1.0), (tokyo, f64::NAN), (tokyo, -1.0)]);
        assert_eq!(surface.cells, vec![(paris, 0.75), (tokyo, 0.25)]);
        assert_eq!(surface.cells_covering(0.5).len(), 1);
        assert_eq!(surface.cells_covering(0.9).len(), 2);
        assert!(Surface::from_weights([]).cells.is_empty());
    }

    #[test]
    fn the_area_that_covers_a_share_is_the_smallest() {
        // As much in each, so the smaller cells come first: 11,062 km² in Paris, 14,586 in Cairo, 14,922 in Sydney.
        let (paris, cairo, sydney) = (cell(48.9, 2.4), cell(30.04, 31.24), cell(-33.87, 151.21));
        let surface = Surface::from_weights([(sydney, 1.0), (cairo, 1.0), (paris, 1.0)]);
        assert_eq!(surface.cells.iter().map(|(cell, _)| *cell).collect::<Vec<_>>(), [paris, cairo, sydney]);
        // Sydney has a little more, but on more land.
        let surface = Surface::from_weights([(sydney, 1.1), (cairo, 0.5), (paris, 1.0)]);
        let area = |cells: &[Cell]| cells.iter().map(|cell| cell.area_km2()).sum::<f64>();
        let covering: Vec<Cell> = surface.cells_covering(0.35).iter().map(|(cell, _)| *cell).collect();
        assert_eq!(covering, [paris]);
        assert!(area(&covering) < area(&[sydney]) && surface.before(cell(-33.87, 151.21).centre()) > Some(0.35));
        assert!((surface.density_at(paris.centre()) * 2.6 * 11_062.0 - 1.0).abs() < 1e-3);
    }

    #[test]
    fn the_radius_reaches_the_second_place_only_when_it_must() {
        let surface = Surface::from_weights([(cell(48.9, 2.4), 3.0), (cell(35.7, 139.7), 1.0)]);
        let around = surface.around(surface.peak().unwrap());
        assert!(around.radius_km(0.5) < 80.0);
        assert!((9_000.0..10_000.0).contains(&around.radius_km(0.9)));
    }

    #[test]
    fn a_single_cell_is_a_disc() {
        let home = cell(10.0, 10.0);
        let surface = Surface::from_weights([(home, 1.0)]);
        // Seen from a degree north, its disc reaches from 48 to 174 km: (60^2 - 48^2) / (174^2 - 48^2) of it.
        let north = LatLon::new(home.centre().lat + 1.0, home.centre().lon).unwrap();
        let share = surface.share_within_km(north, 60.0);
        assert!((share - 0.045).abs() < 0.005 && surface.share_within_km(north, 45.0) == 0.0, "{share}");
        let half = surface.around(home.centre()).radius_km(0.5);
        assert!((half - home.radius_km() * 0.5f64.sqrt()).abs() < 0.5, "{half}");
        assert!(Surface::default().around(north).radius_km(0.5).abs() < f64::EPSILON);
    }
}
