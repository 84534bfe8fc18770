//! Camera, light and canvas together: what every drawn thing is drawn with.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::{
    camera::{Camera, Spot},
    canvas::{Canvas, Class, Point, Rgb, Thing},
    lettering::Lettering,
    shapes::lying,
};

/// ADE20K classes that streets are made of.
pub mod class {
    pub const WALL: u8 = 0;
    pub const BUILDING: u8 = 1;
    pub const SKY: u8 = 2;
    pub const TREE: u8 = 4;
    pub const ROAD: u8 = 6;
    pub const WINDOW: u8 = 8;
    pub const GRASS: u8 = 9;
    pub const SIDEWALK: u8 = 11;
    pub const PERSON: u8 = 12;
    pub const EARTH: u8 = 13;
    pub const DOOR: u8 = 14;
    pub const MOUNTAIN: u8 = 16;
    pub const PLANT: u8 = 17;
    pub const CAR: u8 = 20;
    pub const HOUSE: u8 = 25;
    pub const FIELD: u8 = 29;
    pub const FENCE: u8 = 32;
    pub const SIGNBOARD: u8 = 43;
    pub const HILL: u8 = 68;
    pub const PALM: u8 = 72;
    pub const TRUCK: u8 = 83;
    pub const STREETLIGHT: u8 = 87;
    pub const AWNING: u8 = 86;
    pub const POLE: u8 = 93;
    pub const VAN: u8 = 102;
    pub const PLATE: u8 = 142;
}

/// Sun, sky light and haze.
#[derive(Debug, Clone, Copy)]
pub struct Light {
    /// Towards the sun, unit length; x and z as the road's, y up.
    pub sun: Spot,
    pub sun_colour: Rgb,
    pub ambient: Rgb,
    pub haze: Rgb,
    /// Share of light lost per metre.
    pub haze_per_metre: f32,
}

impl Light {
    /// A surface's colour in this light.
    pub fn on(&self, colour: Rgb, normal: Spot) -> Rgb {
        let facing: f32 = (0..3).map(|axis| normal[axis] * self.sun[axis]).sum::<f32>().max(0.0);
        std::array::from_fn(|part| colour[part] * (self.ambient[part] + self.sun_colour[part] * facing))
    }

    /// How much of a thing at this distance in metres still shows through the haze, 0 to 1.
    pub fn clearness(&self, metres: f32) -> f32 {
        (-self.haze_per_metre * metres).exp()
    }

    /// A colour seen through so many metres of haze.
    pub fn through(&self, colour: Rgb, metres: f32) -> Rgb {
        mix(self.haze, colour, self.clearness(metres))
    }
}

/// `a` where `t` is 0, `b` where it is 1.
pub fn mix(a: Rgb, b: Rgb, t: f32) -> Rgb {
    std::array::from_fn(|part| a[part] + (b[part] - a[part]) * t)
}

/// A colour made darker (below 1) or lighter.
pub fn scaled(colour: Rgb, by: f32) -> Rgb {
    colour.map(|part| (part * by).clamp(0.0, 1.0))
}

pub const UP: Spot = [0.0, 1.0, 0.0];
pub const TO_CAMERA: Spot = [0.0, 0.0, -1.0];

/// What drawn things are drawn with.
pub struct Stage {
    pub camera: Camera,
    pub light: Light,
    pub canvas: Canvas,
    pub rng: ChaCha8Rng,
}

impl Stage {
    /// A flat face in its light; `normal` points out of it.
    pub fn face(&mut self, spots: &[Spot], colour: Rgb, normal: Spot, class: Class, thing: Thing) {
        let (points, depth) = self.camera.polygon(spots);
        if points.len() >= 3 {
            let seen = self.light.through(self.light.on(colour, normal), depth);
            self.canvas.fill(&points, seen, class, thing);
        }
    }

    /// Paint on a face that does not change its class: a stain, a window bar, a shadow.
    pub fn paint(&mut self, spots: &[Spot], colour: Rgb, normal: Spot, strength: f32) {
        let (points, depth) = self.camera.polygon(spots);
        if points.len() >= 3 {
            let seen = self.light.through(self.light.on(colour, normal), depth);
            self.canvas.tint(&points, seen, strength);
        }
    }

    /// A strip on the ground from `near` to `far` metres along the road, between two distances from its middle; cut
    /// into pieces so that it can bend and fade.
    pub fn strip(
        &mut self,
        sides: [f32; 2],
        height: f32,
        [near, far]: [f32; 2],
        colour: Rgb,
        class: Class,
        thing: Thing,
    ) {
        let mut z = near;
        while z < far {
            let next = (z * 1.35 + 0.6).min(far);
            let [a, b] = sides;
            let spots = lying([a, b], height, [z, next + 0.02]);
            self.face(&spots, colour, UP, class, thing);
            z = next;
        }
    }

    /// Letters on a board: the middle of their ink at the middle of the board, `em` metres large.
    pub fn letters(&mut self, letters: &Lettering, board: &[Spot; 4], em: f32, colour: Rgb, strength: f32) {
        let [low_left, low_right, _, up_left] = *board;
        let along = |from: Spot, to: Spot| -> Spot {
            let length = (0..3).map(|axis| (to[axis] - from[axis]).powi(2)).sum::<f32>().sqrt().max(1e-6);
            std::array::from_fn(|axis| (to[axis] - from[axis]) / length)
        };
        let (right, up) = (along(low_left, low_right), along(low_left, up_left));
        let middle: Spot = std::array::from_fn(|axis| (board[0][axis] + board[2][axis]) / 2.0);
        let [x0, y0, x1, y1] = letters.ink;
        let spot = |point: &Point| -> Spot {
            let (dx, dy) = ((point[0] - (x0 + x1) / 2.0) * em, (point[1] - (y0 + y1) / 2.0) * em);
            std::array::from_fn(|axis| middle[axis] + right[axis] * dx + up[axis] * dy)
        };
        let place = |contour: &Vec<Point>| -> Vec<Point> {
            contour.iter().filter_map(|point| self.camera.project(spot(point)).map(|(seen, _)| seen)).collect()
        };
        let contours: Vec<Vec<Point>> = letters.contours.iter().map(place).collect();
        let depth = self.camera.project(middle).map_or(1.0, |(_, depth)| depth);
        let seen = self.light.through(self.light.on(colour, TO_CAMERA), depth);
        self.canvas.tint_shape(&contours, seen, strength);
    }

    /// A thin upright post; its two sides catch the light differently.
    pub fn post(&mut self, [x, y, z]: Spot, height: f32, width: [f32; 2], colour: Rgb, class: Class, thing: Thing) {
        let [low, high] = [width[0] / 2.0, width[1] / 2.0];
        let spots = [[x - low, y, z], [x + low, y, z], [x + high, y + height, z], [x - high, y + height, z]];
        self.face(&spots, colour, TO_CAMERA, class, thing);
        let side = if self.light.sun[0] > 0.0 { -1.0 } else { 1.0 };
        let dark = [[x, y, z], [x + side * low, y, z], [x + side * high, y + height, z], [x, y + height, z]];
        self.paint(&dark, [0.0; 3], UP, 0.25);
    }

    /// The shadow that an upright thing throws on the ground.
    pub fn shadow(&mut self, [x, _, z]: Spot, height: f32, width: f32) {
        let [sx, sy, sz] = self.light.sun;
        let strength = 0.42 * self.light.sun_colour[1].min(1.0);
        if strength < 0.06 || sy < 0.1 {
            return;
        }
        let reach = (height / sy).min(14.0);
        let (dx, dz) = (-sx * reach, -sz * reach);
        let (wx, wz) = if dx.abs() > dz.abs() { (0.0, width / 2.0) } else { (width / 2.0, 0.0) };
        let spots = [
            [x - wx, 0.02, z - wz],
            [x + wx, 0.02, z + wz],
            [x + dx + wx, 0.02, z + dz + wz],
            [x + dx - wx, 0.02, z + dz - wz],
        ];
        self.paint(&spots, [0.03, 0.03, 0.05], UP, strength);
    }

    /// A number between two bounds.
    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        self.rng.random_range(low..high)
    }

    /// True in this share of cases.
    pub fn chance(&mut self, share: f32) -> bool {
        self.rng.random::<f32>() < share
    }

    /// A colour a little off the given one.
    pub fn near_colour(&mut self, colour: Rgb, spread: f32) -> Rgb {
        let all = self.rng.random_range(-spread..spread);
        colour.map(|part| (part + all + self.rng.random_range(-spread..spread) * 0.4).clamp(0.0, 1.0))
    }
}
