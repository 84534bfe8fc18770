//! The names on the map, written where they fit: countries while they are whole in view, towns as one comes closer, and
//! the gazetteer's small towns at the closest looks.

use egui::{Pos2, Rect, pos2, vec2};
use walkers::{Canvas, Layer, Projector, Text};

use super::{
    point_at,
    view::{Placement, world_from},
};
use crate::{
    geo::{
        LatLon,
        borders::{Detail, Polygon, borders, labels},
        countries, small_places_between,
    },
    ui::theme::MapPalette,
};

/// Names are the dearest part of a frame, so there are never more.
const MOST_NAMES: usize = 48;
/// A country's name is written where the country is at least this wide, in points.
const LEAST_WIDTH_FOR_NAME: f32 = 42.0;
/// How wide a letter is on average, in parts of its height.
const LETTER_WIDTH: f32 = 0.5;
/// How far a marker reaches, in points.
const MARKER_RADIUS: f32 = 10.0;
/// From this zoom on a town says more than the country it lies in.
const TOWNS_ALONE_FROM_ZOOM: f64 = 6.5;
/// From this zoom on there is room for the gazetteer's small towns.
pub const SMALL_TOWNS_FROM_ZOOM: f64 = 8.0;

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
    small: SmallTowns,
}

/// The small towns around the view, looked up anew when it reaches into other square degrees.
#[derive(Default)]
struct SmallTowns {
    /// Southern, western, northern and eastern edge in whole degrees.
    degrees: Option<[i32; 4]>,
    towns: Vec<(String, Pos2)>,
}

impl SmallTowns {
    fn look_up(&mut self, low: LatLon, high: LatLon) {
        let degrees = [low.lat, low.lon, high.lat, high.lon].map(|degree| degree.floor() as i32);
        if self.degrees != Some(degrees) {
            self.degrees = Some(degrees);
            let places = small_places_between(low, high);
            self.towns = places.into_iter().map(|place| (place.name, world_from(place.position))).collect();
        }
    }
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
        Self {
            countries: names,
            towns: labels().iter().map(|label| world_from(label.position)).collect(),
            small: SmallTowns::default(),
        }
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
    pub names: &'a mut Names,
    /// In which colours.
    pub palette: &'a MapPalette,
    /// Where markers stand.
    pub marked: &'a [LatLon],
    /// Where none is written, in points.
    pub covered: Rect,
}

/// The room that a name takes, in points.
fn room_of(text: &str, at: Pos2, size: f32) -> Rect {
    Rect::from_center_size(at, vec2(text.chars().count() as f32 * size * LETTER_WIDTH, size))
}

/// Where to write a name, in points: above a marker that would lie on it, and nowhere if another lies there too.
fn clear_of(markers: &[Pos2], at: Pos2, text: &str, size: f32) -> Option<Pos2> {
    let half = room_of(text, at, size).expand(MARKER_RADIUS).size() / 2.0;
    let covering =
        |at: Pos2| markers.iter().find(|marker| (marker.x - at.x).abs() < half.x && (marker.y - at.y).abs() < half.y);
    let Some(marker) = covering(at) else { return Some(at) };
    let above = pos2(at.x, marker.y - half.y - 1.0);
    covering(above).is_none().then_some(above)
}

impl Layer for NameLayer<'_> {
    fn draw(&mut self, canvas: &mut Canvas, projector: &Projector<'_>) {
        let (placement, zoom) = (Placement::of(projector), projector.zoom());
        if zoom >= SMALL_TOWNS_FROM_ZOOM {
            let map = projector.clip_rect();
            let corners = (point_at(projector, map.left_bottom()), point_at(projector, map.right_top()));
            if let (Some(low), Some(high)) = corners {
                self.names.small.look_up(low, high);
            }
        }
        let view = projector.clip_rect().shrink(8.0);
        let order = canvas.z_order();
        let mut n_left = MOST_NAMES;
        let markers: Vec<Pos2> = placement
            .copies
            .clone()
            .flat_map(|copy| self.marked.iter().map(move |at| (copy, world_from(*at))))
            .map(|(copy, at)| placement.screen_from(at, copy))
            .collect();
        let mut write = |at: Pos2, text: &str, size: f32, color| {
            for copy in placement.copies.clone() {
                let Some(on_screen) = clear_of(&markers, placement.screen_from(at, copy), text, size) else { continue };
                let is_covered = self.covered.intersects(room_of(text, on_screen, size));
                if n_left > 0 && view.contains(on_screen) && !is_covered {
                    n_left -= 1;
                    let text = Text::new(on_screen, text.to_owned(), size, color, 0.0);
                    canvas.add_text(order, text.with_halo(self.palette.halo, 1.2).with_padding(3.0));
                }
            }
        };
        // The further in, the less a country's name says and the more a town's does.
        if zoom < TOWNS_ALONE_FROM_ZOOM {
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
        if zoom >= SMALL_TOWNS_FROM_ZOOM {
            for (name, at) in &self.names.small.towns {
                write(*at, name, 10.0, self.palette.country);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_under_a_marker_is_written_above_it() {
        let markers = [pos2(100.0, 100.0), pos2(104.0, 80.0)];
        let name = |n_markers: usize, at: Pos2| clear_of(&markers[..n_markers], at, "Nairobi", 11.5);
        let above = name(1, pos2(95.0, 94.0)).unwrap();
        assert!(above.x == 95.0 && above.y + 11.5 / 2.0 <= 100.0 - MARKER_RADIUS, "{above}");
        assert_eq!(name(2, pos2(95.0, 94.0)), None, "another lies above");
        for clear in [pos2(95.0, 60.0), pos2(160.0, 100.0)] {
            assert_eq!(name(1, clear), Some(clear));
        }
    }
}
