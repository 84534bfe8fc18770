//! What stands beside the road: utility poles with their wires, roadside posts, street lamps, fences.

use super::{
    camera::Spot,
    canvas::{Rgb, Thing},
    shapes::{alongside, disc, facing, lying},
    stage::{Stage, TO_CAMERA, UP, class, scaled},
};

/// A utility pole of `wood`, `concrete` or `metal`.
pub fn pole(stage: &mut Stage, material: &str, spot: Spot, thing: Thing) {
    let (colour, width): (Rgb, [f32; 2]) = match material {
        "concrete" => ([0.68, 0.67, 0.64], [0.42, 0.26]),
        "metal" => ([0.42, 0.46, 0.5], [0.2, 0.13]),
        _ => ([0.36, 0.25, 0.16], [0.32, 0.24]),
    };
    let colour = stage.near_colour(colour, 0.03);
    stage.shadow(spot, 8.0, width[0]);
    stage.post(spot, 8.4, width, colour, class::POLE, thing);
    let [x, y, z] = spot;
    match material {
        // Holes cast into the shaft, as in much of Europe and Asia.
        "concrete" => {
            for hole in 0..9 {
                let foot = y + 1.0 + hole as f32 * 0.75;
                let slot = facing([x - 0.05, x + 0.05], [foot, foot + 0.3], z);
                stage.paint(&slot, scaled(colour, 0.45), TO_CAMERA, 0.8);
            }
        }
        "metal" => {
            let band = facing([x - 0.1, x + 0.1], [y, y + 0.9], z);
            stage.paint(&band, scaled(colour, 0.6), TO_CAMERA, 0.9);
        }
        _ => {
            for grain in [0.3, 0.6] {
                let at = x - 0.16 + 0.32 * grain;
                stage.paint(
                    &[[at, y, z], [at + 0.03, y, z], [at + 0.02, y + 8.0, z], [at, y + 8.0, z]],
                    scaled(colour, 0.6),
                    TO_CAMERA,
                    0.5,
                );
            }
        }
    }
    for arm in [7.6, 8.05] {
        let bar = facing([x - 1.0, x + 1.0], [y + arm, y + arm + 0.12], z);
        stage.face(&bar, scaled(colour, 0.8), TO_CAMERA, class::POLE, thing);
    }
}

/// Wires between two poles, sagging.
pub fn wires(stage: &mut Stage, from: Spot, to: Spot) {
    for (offset, high) in [(-0.9, 7.7), (0.0, 8.2), (0.9, 7.7)] {
        let pieces = 7;
        let at = |piece: usize| -> Spot {
            let t = piece as f32 / pieces as f32;
            let sag = 0.9 * 4.0 * t * (1.0 - t);
            [from[0] + (to[0] - from[0]) * t + offset, high - sag, from[2] + (to[2] - from[2]) * t]
        };
        for piece in 0..pieces {
            let ends = (stage.camera.project(at(piece)), stage.camera.project(at(piece + 1)));
            if let (Some(([x0, y0], metres)), Some(([x1, y1], _))) = ends {
                let thick = (0.035 * stage.camera.focal / metres).clamp(0.35, 1.2);
                let seen = stage.light.through([0.12, 0.12, 0.13], metres);
                stage.canvas.tint(&[[x0, y0], [x1, y1], [x1, y1 + thick], [x0, y0 + thick]], seen, 0.8);
            }
        }
    }
}

/// A roadside post about a metre high.
pub fn roadside_post(stage: &mut Stage, style: &str, [x, y, z]: Spot, thing: Thing) {
    let white = [0.92, 0.92, 0.9];
    let (body, band): (Rgb, Option<Rgb>) = match style {
        "black-band" => (white, Some([0.06, 0.06, 0.07])),
        "red-band" => (white, Some([0.8, 0.1, 0.08])),
        "black-white" => ([0.08, 0.08, 0.09], Some(white)),
        _ => ([0.55, 0.55, 0.55], None),
    };
    stage.shadow([x, y, z], 1.0, 0.14);
    stage.post([x, y, z], 1.05, [0.19, 0.17], body, class::POLE, thing);
    if let Some(colour) = band {
        let paint = [[x - 0.09, y + 0.62, z], [x + 0.09, y + 0.7, z], [x + 0.09, y + 0.96, z], [x - 0.09, y + 0.88, z]];
        stage.paint(&paint, colour, TO_CAMERA, 1.0);
    }
}

/// A street lamp leaning over the road.
pub fn lamp(stage: &mut Stage, side: f32, spot: Spot) {
    let grey = stage.near_colour([0.5, 0.52, 0.54], 0.05);
    stage.shadow(spot, 7.0, 0.15);
    stage.post(spot, 7.2, [0.18, 0.11], grey, class::STREETLIGHT, Thing::NONE);
    let [x, y, z] = spot;
    let tip = x - side * 1.7;
    let arm = [[x, y + 7.1, z], [x, y + 7.25, z], [tip, y + 7.5, z], [tip, y + 7.38, z]];
    stage.face(&arm, grey, TO_CAMERA, class::STREETLIGHT, Thing::NONE);
    let head = [[tip - 0.4, y + 7.3, z], [tip + 0.4, y + 7.3, z], [tip + 0.25, y + 7.5, z], [tip - 0.25, y + 7.5, z]];
    stage.face(&head, scaled(grey, 0.8), TO_CAMERA, class::STREETLIGHT, Thing::NONE);
}

/// A fence or low wall along the road.
pub fn fence(stage: &mut Stage, x: f32, [near, far]: [f32; 2], solid: bool) {
    let paint = if solid { [0.6, 0.56, 0.5] } else { [0.42, 0.33, 0.25] };
    let colour = stage.near_colour(paint, 0.1);
    let out = [-x.signum(), 0.0, 0.0];
    if solid {
        let wall = alongside(x, [0.0, 1.1], [near, far]);
        stage.face(&wall, colour, out, class::WALL, Thing::NONE);
        let cap = lying([x, x + 0.25 * x.signum()], 1.1, [near, far]);
        stage.face(&cap, scaled(colour, 1.15), UP, class::WALL, Thing::NONE);
        return;
    }
    for rail in [0.45, 0.85] {
        let bar = alongside(x, [rail, rail + 0.09], [near, far]);
        stage.face(&bar, colour, out, class::FENCE, Thing::NONE);
    }
    let mut z = near;
    while z < far.min(60.0) {
        stage.face(&alongside(x, [0.0, 1.05], [z, z + 0.1]), colour, out, class::FENCE, Thing::NONE);
        z += 1.8;
    }
}

/// A pedestrian, seen from the front or the back.
pub fn person(stage: &mut Stage, [x, y, z]: Spot) {
    let coat = stage.near_colour([0.4, 0.36, 0.38], 0.3);
    let legs = stage.near_colour([0.18, 0.19, 0.24], 0.1);
    let skin = super::stage::mix([0.42, 0.28, 0.2], [0.85, 0.68, 0.56], stage.between(0.0, 1.0));
    stage.shadow([x, y, z], 1.7, 0.4);
    let part = |stage: &mut Stage, half: [f32; 2], low: f32, high: f32, colour: Rgb| {
        let shape = [
            [x - half[0], y + low, z],
            [x + half[0], y + low, z],
            [x + half[1], y + high, z],
            [x - half[1], y + high, z],
        ];
        stage.face(&shape, colour, TO_CAMERA, class::PERSON, Thing::NONE);
    };
    part(stage, [0.16, 0.19], 0.0, 0.85, legs);
    part(stage, [0.23, 0.2], 0.8, 1.45, coat);
    let head = disc([x, y + 1.6, z], [0.11, 0.14], 10, 0.0);
    stage.face(&head, skin, TO_CAMERA, class::PERSON, Thing::NONE);
}
