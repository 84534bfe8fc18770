//! Houses along the road: boxes with windows, doors, shop fronts and roofs.

use super::{
    camera::Spot,
    canvas::{Rgb, Thing},
    shapes::{alongside, facing},
    stage::{Stage, TO_CAMERA, UP, class, mix, scaled},
};

/// A building beside the road.
#[derive(Debug, Clone, Copy)]
pub struct Building {
    /// -1 left of the road, +1 right.
    pub side: f32,
    /// Distance of its front from the road's middle in metres.
    pub front: f32,
    /// Along the road, from and to.
    pub reach: [f32; 2],
    pub depth: f32,
    pub floors: usize,
    pub pitched: bool,
    pub colour: Rgb,
    pub roof_colour: Rgb,
    pub has_shop: bool,
    /// A house of its own rather than one in a row.
    pub detached: bool,
}

const FLOOR: f32 = 3.1;

/// Draws the faces that can be seen from the road.
pub fn draw(stage: &mut Stage, building: &Building) {
    let Building { side, front, reach: [near, far], depth, floors, colour, .. } = *building;
    let height = floors as f32 * FLOOR + 0.4;
    let (x, back) = (side * front, side * (front + depth));
    let kind = if building.detached { class::HOUSE } else { class::BUILDING };
    let to_road: Spot = [-side, 0.0, 0.0];
    if building.pitched {
        pitched_roof(stage, building, height);
    }
    let end = facing([x, back], [0.0, height], near);
    stage.face(&end, scaled(colour, 0.94), TO_CAMERA, kind, Thing::NONE);
    let facade = alongside(x, [0.0, height], [near, far]);
    stage.face(&facade, colour, to_road, kind, Thing::NONE);
    // Grime at the foot, light at the eaves.
    let foot = alongside(x, [0.0, 0.7], [near, far]);
    stage.paint(&foot, scaled(colour, 0.6), to_road, 0.5);
    if near < 85.0 {
        windows(stage, building);
    }
    if !building.pitched {
        let rim = alongside(x, [height - 0.35, height], [near, far]);
        stage.paint(&rim, scaled(colour, 0.75), to_road, 0.8);
        let rim = facing([x, back], [height - 0.35, height], near);
        stage.paint(&rim, scaled(colour, 0.75), TO_CAMERA, 0.8);
    }
}

fn pitched_roof(stage: &mut Stage, building: &Building, height: f32) {
    let Building { side, front, reach: [near, far], depth, roof_colour, detached, .. } = *building;
    let (x, back) = (side * (front - 0.35), side * (front + depth));
    let ridge = side * (front + depth / 2.0);
    let top = height + depth * 0.33;
    let slope = [
        [x, height - 0.1, near - 0.3],
        [ridge, top, near - 0.3],
        [ridge, top, far + 0.3],
        [x, height - 0.1, far + 0.3],
    ];
    stage.face(
        &slope,
        roof_colour,
        [-side * 0.55, 0.83, 0.0],
        if detached { class::HOUSE } else { class::BUILDING },
        Thing::NONE,
    );
    // Rows of tiles.
    for row in 1..5 {
        let t = row as f32 / 5.0;
        let at = |t: f32| [x + (ridge - x) * t, height - 0.1 + (top - height + 0.1) * t];
        let ([xa, ya], [xb, yb]) = (at(t), at(t + 0.03));
        stage.paint(
            &[[xa, ya, near], [xb, yb, near], [xb, yb, far], [xa, ya, far]],
            scaled(roof_colour, 0.7),
            UP,
            0.35,
        );
    }
    let gable = [[side * front, height, near], [back, height, near], [ridge, top, near]];
    stage.face(&gable, scaled(building.colour, 0.92), TO_CAMERA, class::BUILDING, Thing::NONE);
}

/// Where windows, doors and shop fronts go.
fn windows(stage: &mut Stage, building: &Building) {
    let Building { side, front, reach: [near, far], depth, floors, colour, .. } = *building;
    let to_road: Spot = [-side, 0.0, 0.0];
    let x = side * (front - 0.02);
    let glass = mix([0.16, 0.19, 0.24], stage.light.haze, stage.between(0.05, 0.45));
    let frame = if stage.chance(0.5) { [0.9, 0.89, 0.86] } else { scaled(colour, 0.55) };
    let bays = (((far - near) / stage.between(2.4, 3.6)) as usize).clamp(1, 7);
    let bay = (far - near) / bays as f32;
    let (wide, tall) = (bay * stage.between(0.36, 0.6), FLOOR * stage.between(0.4, 0.62));
    for floor in 0..floors {
        let foot = floor as f32 * FLOOR + 0.9;
        if floor == 0 && building.has_shop {
            shop_front(stage, building, to_road, glass);
            continue;
        }
        for slot in 0..bays {
            let z = near + (slot as f32 + 0.5) * bay;
            let rim = alongside(x, [foot - 0.1, foot + tall + 0.1], [z - wide / 2.0 - 0.1, z + wide / 2.0 + 0.1]);
            let pane = alongside(x, [foot, foot + tall], [z - wide / 2.0, z + wide / 2.0]);
            if near < 40.0 {
                stage.paint(&rim, frame, to_road, 0.9);
            }
            let shine = scaled(glass, if (slot * 7 + floor * 5) % 4 == 0 { 1.35 } else { 1.0 });
            stage.face(&pane, shine, to_road, class::WINDOW, Thing::NONE);
        }
    }
    if !building.has_shop {
        let z = near + bay * 0.5 + bay * (bays / 2) as f32 * 0.9;
        let door = alongside(x, [0.0, 2.2], [z - 0.55, z + 0.55]);
        let paint = stage.near_colour([0.35, 0.24, 0.18], 0.15);
        stage.face(&door, paint, to_road, class::DOOR, Thing::NONE);
    }
    if near > 6.0 && near < 50.0 {
        end_windows(stage, building, glass, depth);
    }
}

fn end_windows(stage: &mut Stage, building: &Building, glass: Rgb, depth: f32) {
    let Building { side, front, reach: [near, _], floors, .. } = *building;
    for floor in 0..floors {
        let foot = floor as f32 * FLOOR + 1.0;
        for slot in 0..2 {
            let x = side * (front + depth * (0.28 + 0.42 * slot as f32));
            let z = near - 0.02;
            let pane = facing([x - 0.55, x + 0.55], [foot, foot + 1.3], z);
            stage.face(&pane, glass, TO_CAMERA, class::WINDOW, Thing::NONE);
        }
    }
}

fn shop_front(stage: &mut Stage, building: &Building, to_road: Spot, glass: Rgb) {
    let Building { side, front, reach: [near, far], .. } = *building;
    let x = side * (front - 0.02);
    let (from, to) = (near + 0.5, far - 0.5);
    let pane = alongside(x, [0.4, 2.5], [from, to]);
    stage.face(&pane, scaled(glass, 1.15), to_road, class::WINDOW, Thing::NONE);
    let awning = stage.near_colour([0.5, 0.42, 0.38], 0.3);
    let out = side * (front - 1.1);
    let cloth = [[x, 3.0, from], [out, 2.5, from], [out, 2.5, to], [x, 3.0, to]];
    stage.face(&cloth, awning, [-side * 0.4, 0.9, 0.0], class::AWNING, Thing::NONE);
    let mut z = from;
    while z < to {
        let stripe = [[x, 3.0, z], [out, 2.5, z], [out, 2.5, (z + 0.4).min(to)], [x, 3.0, (z + 0.4).min(to)]];
        stage.paint(&stripe, [0.92, 0.9, 0.86], UP, 0.7);
        z += 0.9;
    }
}
