//! Cars, vans and lorries, with their number plates.

use super::{
    camera::Spot,
    canvas::{Rgb, Thing},
    lettering::lettering,
    scene::Plate,
    shapes::{self, alongside, facing, lying},
    stage::{Stage, TO_CAMERA, UP, class, mix, scaled},
};
use rand::Rng;

/// A vehicle on the road; its nearer end stands at `z`.
#[derive(Debug, Clone, Copy)]
pub struct Vehicle {
    pub x: f32,
    pub z: f32,
    /// Whether it comes towards the camera.
    pub oncoming: bool,
    pub kind: VehicleKind,
    pub colour: Rgb,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VehicleKind {
    Car,
    Van,
    Lorry,
}

/// The parts of a vehicle that are asked about.
#[derive(Debug, Clone, Copy)]
pub struct VehicleThings {
    pub end: Thing,
    pub plate: Thing,
}

struct Shape {
    width: f32,
    length: f32,
    belt: f32,
    top: f32,
    /// How far the cabin is set in at the nearer end, and at the farther one.
    slope: [f32; 2],
    class: u8,
}

fn shape(kind: VehicleKind, oncoming: bool) -> Shape {
    match kind {
        VehicleKind::Car => Shape {
            width: 1.78,
            length: 4.2,
            belt: 0.92,
            top: 1.47,
            slope: if oncoming { [1.45, 0.5] } else { [0.35, 1.5] },
            class: class::CAR,
        },
        VehicleKind::Van => {
            Shape { width: 1.95, length: 4.9, belt: 1.15, top: 2.05, slope: [0.25, 0.25], class: class::VAN }
        }
        VehicleKind::Lorry => {
            Shape { width: 2.4, length: 7.5, belt: 1.5, top: 3.1, slope: [0.05, 0.05], class: class::TRUCK }
        }
    }
}

/// Draws a vehicle with this plate at its nearer end.
pub fn draw(stage: &mut Stage, vehicle: &Vehicle, plate: Plate) -> VehicleThings {
    let Vehicle { x, z, oncoming, kind, colour } = *vehicle;
    let form = shape(kind, oncoming);
    let half = form.width / 2.0;
    shadow_under(stage, x, z, &form);
    let end = stage.canvas.begin_thing();
    let to_camera_side = if stage.camera.x + stage.camera.bend * -z * z < x { -1.0 } else { 1.0 };
    side(stage, vehicle, &form, to_camera_side, end);

    // Roof, bonnet or boot, then the nearer end.
    let inset = 0.16;
    let (z0, z1) = (z + form.slope[0], z + form.length - form.slope[1]);
    let roof = lying([x - half + inset, x + half - inset], form.top, [z0, z1]);
    stage.face(&roof, colour, UP, form.class, end);
    let deck = lying([x - half, x + half], form.belt, [z, z0]);
    stage.face(&deck, colour, [0.0, 0.95, -0.3], form.class, end);
    let pane = [
        [x - half + 0.05, form.belt, z0 - 0.3 * form.slope[0]],
        [x + half - 0.05, form.belt, z0 - 0.3 * form.slope[0]],
        [x + half - inset, form.top, z0],
        [x - half + inset, form.top, z0],
    ];
    stage.face(&pane, colour, TO_CAMERA, form.class, end);
    let glass = mix([0.12, 0.14, 0.17], stage.light.haze, 0.25);
    let up = (form.top - form.belt) * 0.12;
    let window = [
        [x - half + 0.16, form.belt + up, z0 - 0.28 * form.slope[0]],
        [x + half - 0.16, form.belt + up, z0 - 0.28 * form.slope[0]],
        [x + half - inset - 0.09, form.top - up, z0 - 0.02],
        [x - half + inset + 0.09, form.top - up, z0 - 0.02],
    ];
    if kind != VehicleKind::Lorry || oncoming {
        stage.paint(&window, glass, TO_CAMERA, 1.0);
    }
    let body = facing([x - half, x + half], [0.3, form.belt], z);
    stage.face(&body, scaled(colour, 0.97), TO_CAMERA, form.class, end);
    let bumper = facing([x - half, x + half], [0.26, 0.48], z);
    stage.paint(&bumper, scaled(mix(colour, [0.12; 3], 0.65), 0.9), TO_CAMERA, 1.0);
    lights(stage, vehicle, &form);
    for wheel in [-1.0, 1.0] {
        let at = x + wheel * (half - 0.2);
        let tyre = [[at - 0.12, 0.0, z + 0.1], [at + 0.12, 0.0, z + 0.1], [at + 0.12, 0.3, z], [at - 0.12, 0.3, z]];
        stage.face(&tyre, [0.06; 3], TO_CAMERA, form.class, end);
    }
    let plate = number_plate(stage, [x, if oncoming { 0.52 } else { 0.7 }, z - 0.02], plate);
    VehicleThings { end, plate }
}

fn shadow_under(stage: &mut Stage, x: f32, z: f32, form: &Shape) {
    let half = form.width / 2.0 + 0.1;
    let [sx, sy, _] = stage.light.sun;
    let shift = -sx / sy.max(0.35) * 1.1 * stage.light.sun_colour[1].min(1.0);
    let (left, right) = (x - half + shift.min(0.0), x + half + shift.max(0.0));
    let dark = lying([left, right], 0.01, [z - 0.15, z + form.length]);
    stage.paint(&dark, [0.02, 0.02, 0.03], UP, 0.55);
}

/// The long side that the camera sees.
fn side(stage: &mut Stage, vehicle: &Vehicle, form: &Shape, to_side: f32, thing: Thing) {
    let Vehicle { x, z, colour, .. } = *vehicle;
    let at = x + to_side * form.width / 2.0;
    let normal: Spot = [to_side, 0.0, 0.0];
    let far = z + form.length;
    let body = alongside(at, [0.3, form.belt], [z, far]);
    stage.face(&body, colour, normal, form.class, thing);
    let top = at - to_side * 0.16;
    let (z0, z1) = (z + form.slope[0], far - form.slope[1]);
    let cabin = [
        [at, form.belt, z + 0.6 * form.slope[0]],
        [top, form.top, z0],
        [top, form.top, z1],
        [at, form.belt, far - 0.4 * form.slope[1]],
    ];
    stage.face(&cabin, colour, normal, form.class, thing);
    if vehicle.kind != VehicleKind::Lorry {
        let glass = mix([0.1, 0.12, 0.15], stage.light.haze, 0.2);
        let (low, high) = (form.belt + 0.06, form.top - 0.08);
        let pane = [
            [at, low, z + 0.75 * form.slope[0] + 0.2],
            [top, high, z0 + 0.15],
            [top, high, z1 - 0.15],
            [at, low, far - 0.6 * form.slope[1] - 0.2],
        ];
        stage.paint(&pane, glass, normal, 1.0);
        let pillar = (z0 + z1) / 2.0;
        stage.paint(
            &[[at, low, pillar], [top, high, pillar], [top, high, pillar + 0.1], [at, low, pillar + 0.1]],
            colour,
            normal,
            1.0,
        );
    }
    for wheel in [z + 0.8, far - 0.8] {
        let rim = |radius: f32| -> Vec<Spot> {
            (0..14)
                .map(|i| {
                    let (sin, cos) = (i as f32 * std::f32::consts::TAU / 14.0).sin_cos();
                    [at + to_side * 0.01, 0.33 + radius * sin, wheel + radius * cos]
                })
                .collect()
        };
        stage.face(&rim(0.34), [0.05; 3], normal, form.class, thing);
        stage.paint(&rim(0.19), [0.55; 3], normal, 1.0);
    }
}

fn lights(stage: &mut Stage, vehicle: &Vehicle, form: &Shape) {
    let Vehicle { x, z, oncoming, .. } = *vehicle;
    let half = form.width / 2.0;
    let colour = if oncoming { [0.97, 0.96, 0.88] } else { [0.78, 0.05, 0.05] };
    for lamp in [-1.0, 1.0] {
        let at = x + lamp * (half - 0.22);
        let (low, high) = if oncoming { (0.6, 0.78) } else { (0.62, 0.88) };
        let shape = facing([at - 0.17, at + 0.17], [low, high], z - 0.01);
        let (points, metres) = stage.camera.polygon(&shape);
        // Lamps shine by themselves.
        let seen = stage.light.through(scaled(colour, 0.95), metres * 0.5);
        stage.canvas.tint(&points, seen, 1.0);
    }
    if oncoming {
        let grille = facing([x - 0.5, x + 0.5], [0.58, 0.76], z - 0.01);
        stage.paint(&grille, [0.08; 3], TO_CAMERA, 0.9);
    }
}

/// Draws the plate half as large again as real ones, so that a picture of this size can show it.
fn number_plate(stage: &mut Stage, spot: Spot, plate: Plate) -> Thing {
    let thing = stage.canvas.begin_thing();
    let (width, height) = if plate.shape == "tall" { (0.56, 0.3) } else { (0.82, 0.2) };
    let ground: Rgb = match plate.ground.split('-').next() {
        Some("yellow") => [0.98, 0.8, 0.1],
        Some("blue") => [0.1, 0.22, 0.62],
        Some("red") => [0.75, 0.08, 0.1],
        _ => [0.96, 0.96, 0.95],
    };
    let dark_ground = matches!(plate.ground, "blue" | "red");
    let board = shapes::board(spot, [width, height], 0.0);
    let rim = shapes::board([spot[0], spot[1], spot[2] + 0.005], [width + 0.05, height + 0.05], 0.0);
    stage.paint(&rim, [0.1; 3], TO_CAMERA, 1.0);
    stage.face(&board, ground, [0.0, 0.3, -0.95], class::PLATE, thing);
    let blue = [0.05, 0.2, 0.68];
    let [x, y, z] = spot;
    let (left, right) = (x - width / 2.0, x + width / 2.0);
    let (low, high) = (y - height / 2.0, y + height / 2.0);
    let mut text = [left, right, low, high];
    let band = |stage: &mut Stage, from: f32, to: f32, low: f32, high: f32| {
        stage.paint(&facing([from, to], [low, high], z), blue, [0.0, 0.3, -0.95], 1.0);
    };
    let wide = width * 0.14;
    if plate.ground.ends_with("-band") || plate.ground.ends_with("-both") {
        band(stage, left, left + wide, low, high);
        text[0] += wide;
    }
    if plate.ground.ends_with("-both") {
        band(stage, right - wide, right, low, high);
        text[1] -= wide;
    }
    if plate.ground.ends_with("-top") {
        band(stage, left, right, high - height * 0.32, high);
        text[3] -= height * 0.32;
    }
    characters(stage, text, z, if dark_ground { [0.95; 3] } else { [0.08; 3] });
    thing
}

/// Letters and digits of no real vehicle.
fn characters(stage: &mut Stage, [left, right, low, high]: [f32; 4], z: f32, ink: Rgb) {
    let letters: String = (0..6)
        .map(|at| {
            if at < 2 {
                stage.rng.random_range(b'A'..=b'Z') as char
            } else {
                stage.rng.random_range(b'0'..=b'9') as char
            }
        })
        .collect();
    if stage.camera.pixels_per_metre(z) * (right - left) < 16.0 {
        return;
    }
    let word = lettering("latin", &letters);
    let [wide, tall] = word.size();
    let em = ((right - left) * 0.88 / wide.max(0.1)).min((high - low) * 0.68 / tall.max(0.1));
    let board = shapes::board([(left + right) / 2.0, (low + high) / 2.0, z - 0.005], [right - left, high - low], 0.0);
    stage.letters(&word, &board, em, ink, 0.9);
}
