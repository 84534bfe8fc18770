//! The areas that the user has drawn, loaded or picked, as shapes on the map: filled and outlined where the picture was taken
//! only there, in another colour and dashed where it was not taken there.

use egui::{Color32, Ui};
use walkers::{Drawable, Drawables, Line};

use super::{
    drawn::Drawn,
    tool::straight,
    world::{filled, line_of},
};
use crate::{
    geo::{
        CountryCode, LatLon, Region,
        borders::{Detail, borders},
    },
    predict::{
        finding::Evidence,
        statement::{Area, Statement},
    },
    state::PictureKey,
    ui::{background::Background, theme},
};

/// How strongly an area is filled.
const FILL: f32 = 0.22;
/// Width of its outline, in points.
const OUTLINE: f32 = 2.0;

/// What the shapes were drawn for: the picture, the pieces that are on, the countries being picked and whether they are the
/// only ones, and the theme.
type Key = (Option<PictureKey>, Vec<(String, bool)>, Vec<CountryCode>, bool, bool);

/// The shapes of the areas, drawn in the background.
pub struct Areas(Drawn<Key, Option<Drawables>>);

/// Countries that are being picked, and whether they are to be the only ones.
pub struct Picking<'a> {
    pub countries: &'a [CountryCode],
    pub is_inside: bool,
}

impl Areas {
    /// None yet.
    pub const fn new() -> Self {
        Self(Drawn::new())
    }

    /// The shapes for these pieces of a picture's evidence that are on, and for what is being picked.
    pub fn shapes(
        &mut self,
        ui: &Ui,
        picture: Option<PictureKey>,
        evidence: &[Evidence],
        picking: &Picking<'_>,
    ) -> Option<&Drawables> {
        let dark = ui.visuals().dark_mode;
        let shown: Vec<(&str, &Area, bool)> = evidence.iter().filter_map(area_of).collect();
        let ids = shown.iter().map(|(id, _, is_inside)| ((*id).to_owned(), *is_inside)).collect();
        let key = (picture, ids, picking.countries.to_vec(), picking.is_inside, dark);
        let drawn = self.0.get(key, || {
            let mut areas: Vec<(Area, bool)> =
                shown.iter().map(|(_, area, inside)| ((*area).clone(), *inside)).collect();
            if !picking.countries.is_empty() {
                areas.push((Area::Countries(picking.countries.to_vec()), picking.is_inside));
            }
            Background::start("terrasight-areas", ui.ctx(), move || shapes_of(&areas, dark))
        });
        drawn.and_then(Option::as_ref)
    }
}

/// The area that a piece speaks of, if it counts.
fn area_of(evidence: &Evidence) -> Option<(&str, &Area, bool)> {
    match &evidence.statement {
        Statement::Area { area, is_inside } if evidence.on => Some((&evidence.id, area, *is_inside)),
        _ => None,
    }
}

/// The colour of an area.
pub fn color_of(is_inside: bool, dark: bool) -> Color32 {
    let palette = theme::palette_of(dark);
    if is_inside { palette.accent } else { palette.error }
}

fn shapes_of(areas: &[(Area, bool)], dark: bool) -> Option<Drawables> {
    let (mut drawables, mut lines) = (Vec::new(), Vec::new());
    for (area, is_inside) in areas {
        let color = color_of(*is_inside, dark);
        let polygons = match area {
            Area::Drawn(region) | Area::Loaded { region, .. } => region_polygons(region),
            Area::Countries(codes) => country_polygons(codes),
        };
        for (outer, holes) in &polygons {
            drawables.extend(filled(outer, holes, color.gamma_multiply(FILL)));
            for ring in std::iter::once(outer).chain(holes) {
                lines.extend(outlines(ring).into_iter().map(|points| outline(&points, color, *is_inside)));
            }
        }
    }
    if drawables.is_empty() && lines.is_empty() {
        return None;
    }
    drawables.push(Drawable::Lines(lines));
    Some(Drawables::new(drawables))
}

/// An outer line and its holes.
type Rings = (Vec<LatLon>, Vec<Vec<LatLon>>);

/// The polygons of a region, with points enough that edges which are straight in degrees lie where they should.
fn region_polygons(region: &Region) -> Vec<Rings> {
    let points = |ring: Vec<[f64; 2]>| -> Vec<LatLon> {
        let corners: Vec<LatLon> = ring.iter().map(|[lon, lat]| LatLon { lat: *lat, lon: *lon }).collect();
        corners
            .first()
            .copied()
            .into_iter()
            .chain(corners.windows(2).flat_map(|edge| straight(edge[0], edge[1])))
            .collect()
    };
    let rings = |rings: Vec<Vec<[f64; 2]>>| {
        let mut rings = rings.into_iter().map(points);
        Some((rings.next()?, rings.collect()))
    };
    region.flat_polygons().filter_map(rings).collect()
}

fn country_polygons(codes: &[CountryCode]) -> Vec<Rings> {
    let shapes = borders(Detail::Fine).shapes.iter();
    let picked = shapes.filter(|shape| shape.country.is_some_and(|country| codes.contains(&country)));
    picked.flat_map(|shape| &shape.polygons).map(|polygon| (polygon.outer.clone(), polygon.holes.clone())).collect()
}

/// The parts of a ring that are no edge of the flat map: there an area is cut, but does not end.
fn outlines(ring: &[LatLon]) -> Vec<Vec<LatLon>> {
    let is_seam =
        |a: LatLon, b: LatLon| (a.lon == b.lon && a.lon.abs() == 180.0) || (a.lat == b.lat && a.lat.abs() == 90.0);
    let mut parts: Vec<Vec<LatLon>> = vec![Vec::new()];
    for (&from, &to) in ring.iter().zip(ring.iter().skip(1).chain(ring.first())) {
        if is_seam(from, to) {
            parts.push(Vec::new());
        } else if let Some(part) = parts.last_mut() {
            if part.is_empty() {
                part.push(from);
            }
            part.push(to);
        }
    }
    parts.retain(|part| part.len() > 1);
    parts
}

fn outline(points: &[LatLon], color: Color32, is_inside: bool) -> Line {
    let dasharray = if is_inside { Vec::new() } else { vec![4.0, 3.0] };
    Line { dasharray, ..line_of(points, OUTLINE, color) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_area_is_not_outlined_where_the_map_is_cut() {
        let corners = [(-20.0, 175.0), (-20.0, 185.0), (-10.0, 185.0), (-10.0, 175.0)];
        let region = Region::within(corners.map(|(lat, lon)| LatLon { lat, lon }).into()).unwrap();
        let polygons = region_polygons(&region);
        assert_eq!(polygons.len(), 2);
        for (outer, _) in &polygons {
            assert!(outer.iter().any(|at| at.lon.abs() == 180.0));
            let parts = outlines(outer);
            assert!(
                parts
                    .iter()
                    .flat_map(|part| part.windows(2))
                    .all(|edge| edge[0].lon.abs() < 180.0 || edge[1].lon.abs() < 180.0)
            );
        }
    }

    #[test]
    fn what_is_struck_is_not_drawn() {
        let mut piece = crate::predict::area::area_piece(Area::Countries(vec!["FR".parse().unwrap()]), true).evidence;
        assert!(area_of(&piece).is_some());
        piece.on = false;
        assert!(area_of(&piece).is_none());
        assert!(shapes_of(&[], false).is_none());
        assert!(shapes_of(&[(Area::Countries(vec!["FR".parse().unwrap()]), true)], false).is_some());
    }
}
