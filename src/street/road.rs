//! The carriageway, its lines, kerbs and sidewalks.

use super::{
    canvas::{Rgb, Thing},
    scene::SceneFacts,
    shapes::{alongside, lying},
    stage::{Stage, UP, class, scaled},
};

/// What the road is like here, measured from its middle in metres.
#[derive(Debug, Clone, Copy)]
pub struct Road {
    /// Half the carriageway.
    pub half: f32,
    /// Width of the sidewalk behind the kerb; 0 where there is none.
    pub sidewalk: f32,
    /// Whether the paint of the lines is worn to this share, 0 to 1 (fresh).
    pub paint: f32,
    pub has_centre_line: bool,
    pub has_edge_line: bool,
    pub solid_centre: bool,
}

/// The lines that were drawn, to be asked about.
#[derive(Debug, Clone, Copy)]
pub struct Lines {
    pub centre: Thing,
    pub edge: Thing,
}

const FAR: f32 = 170.0;
const NEAR: f32 = 1.2;

fn line_colour(style: &str) -> Rgb {
    if style.contains("yellow") { [0.95, 0.72, 0.08] } else { [0.93, 0.93, 0.92] }
}

/// Draws road and sidewalks.
pub fn draw(stage: &mut Stage, road: &Road, facts: &SceneFacts) -> Lines {
    let asphalt = stage.between(0.2, 0.42);
    let warm = stage.between(-0.015, 0.03);
    let asphalt: Rgb = [asphalt + warm, asphalt, asphalt - warm];
    if road.sidewalk > 0.0 {
        let slabs = stage.near_colour([0.6, 0.58, 0.55], 0.08);
        for side in [-1.0, 1.0] {
            let (inner, outer) = (side * road.half, side * (road.half + road.sidewalk));
            stage.strip([inner, outer], 0.12, [NEAR, FAR], slabs, class::SIDEWALK, Thing::NONE);
        }
    }
    stage.strip([-road.half, road.half], 0.0, [NEAR, FAR], asphalt, class::ROAD, Thing::NONE);
    wear(stage, road, asphalt);
    if road.sidewalk > 0.0 {
        kerbs(stage, road);
    }
    let (centre, edge) = (stage.canvas.begin_thing(), stage.canvas.begin_thing());
    if road.has_edge_line {
        let colour = worn(line_colour(facts.edge_line), asphalt, road.paint);
        let dashes = if facts.edge_line.contains("dashes") { Some([1.2, 1.6]) } else { None };
        for side in [-1.0, 1.0] {
            let at = side * (road.half - 0.28);
            line(stage, [at - 0.09, at + 0.09], dashes, colour, edge);
        }
    }
    if road.has_centre_line {
        let colour = worn(line_colour(facts.centre_line), asphalt, road.paint);
        if road.solid_centre {
            line(stage, [-0.22, -0.07], None, colour, centre);
            line(stage, [0.07, 0.22], None, colour, centre);
        } else {
            line(stage, [-0.1, 0.1], Some([3.0, 3.2]), colour, centre);
        }
    }
    Lines { centre, edge }
}

fn worn(paint: Rgb, asphalt: Rgb, left: f32) -> Rgb {
    super::stage::mix(asphalt, paint, left)
}

/// A painted line; `dashes` are the lengths of paint and gap in metres.
fn line(stage: &mut Stage, sides: [f32; 2], dashes: Option<[f32; 2]>, colour: Rgb, thing: Thing) {
    let Some([paint, gap]) = dashes else {
        stage.strip(sides, 0.01, [NEAR, FAR * 0.7], colour, class::ROAD, thing);
        return;
    };
    let mut z = NEAR + stage.between(0.0, paint + gap);
    while z < 90.0 {
        let [a, b] = sides;
        let end = z + paint;
        stage.face(&lying([a, b], 0.01, [z, end]), colour, UP, class::ROAD, thing);
        z = end + gap;
    }
}

/// Tyre tracks, patches and cracks.
fn wear(stage: &mut Stage, road: &Road, asphalt: Rgb) {
    let track = scaled(asphalt, stage.between(0.82, 0.97));
    for lane in [-1.0, 1.0] {
        for wheel in [0.3, 0.72] {
            let x = lane * road.half * wheel;
            let mut z = NEAR;
            while z < 60.0 {
                let next = z * 1.5 + 0.6;
                stage.paint(&lying([x - 0.22, x + 0.22], 0.0, [z, next]), track, UP, 0.5);
                z = next;
            }
        }
    }
    for _ in 0..stage.between(0.0, 5.0) as usize {
        let (x, z) = (stage.between(-road.half, road.half * 0.7), stage.between(4.0, 40.0));
        let (w, l) = (stage.between(0.4, 1.8), stage.between(0.8, 5.0));
        let shade = scaled(asphalt, stage.between(0.75, 1.2));
        stage.paint(&lying([x, x + w], 0.0, [z, z + l]), shade, UP, 0.7);
    }
}

fn kerbs(stage: &mut Stage, road: &Road) {
    let stone = stage.near_colour([0.66, 0.65, 0.63], 0.05);
    for side in [-1.0f32, 1.0] {
        let x = side * road.half;
        let mut z = NEAR;
        while z < 80.0 {
            let next = z * 1.4 + 0.6;
            let face = alongside(x, [0.0, 0.12], [z, next]);
            stage.face(&face, scaled(stone, 0.8), [-side, 0.0, 0.0], class::SIDEWALK, Thing::NONE);
            let top = x + side * 0.16;
            let rim = lying([x, top], 0.121, [z, next]);
            stage.face(&rim, stone, UP, class::SIDEWALK, Thing::NONE);
            z = next;
        }
    }
}
