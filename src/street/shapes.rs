//! Simple flat shapes in the street's metres.

use super::camera::Spot;

/// An upright rectangle across the road, as the camera sees it: from lower left, counter-clockwise.
pub fn facing([left, right]: [f32; 2], [low, high]: [f32; 2], z: f32) -> [Spot; 4] {
    [[left, low, z], [right, low, z], [right, high, z], [left, high, z]]
}

/// An upright rectangle along the road.
pub fn alongside(x: f32, [low, high]: [f32; 2], [near, far]: [f32; 2]) -> [Spot; 4] {
    [[x, low, near], [x, high, near], [x, high, far], [x, low, far]]
}

/// A rectangle lying at some height.
pub fn lying([left, right]: [f32; 2], y: f32, [near, far]: [f32; 2]) -> [Spot; 4] {
    [[left, y, near], [right, y, near], [right, y, far], [left, y, far]]
}

/// An upright board around its centre, turned about the vertical: from lower left, counter-clockwise.
pub fn board(centre: Spot, [width, height]: [f32; 2], turn: f32) -> [Spot; 4] {
    let (sin, cos) = turn.sin_cos();
    let at = |right: f32, up: f32| [centre[0] + right * cos, centre[1] + up, centre[2] + right * sin];
    let (w, h) = (width / 2.0, height / 2.0);
    [at(-w, -h), at(w, -h), at(w, h), at(-w, h)]
}

/// A round or many-cornered plate facing the camera; angles run counter-clockwise from the right, in radians.
pub fn disc([x, y, z]: Spot, [rx, ry]: [f32; 2], corners: usize, first_angle: f32) -> Vec<Spot> {
    let step = std::f32::consts::TAU / corners as f32;
    let corner = |i: usize| {
        let (sin, cos) = (first_angle + i as f32 * step).sin_cos();
        [x + rx * cos, y + ry * sin, z]
    };
    (0..corners).map(corner).collect()
}
