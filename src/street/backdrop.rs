//! Sky, clouds, far hills and the ground.

use super::{
    canvas::{Point, Rgb, Thing},
    stage::{Light, Stage, class, mix, scaled},
};
use crate::knowledge::Climate;

/// What the sky does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    Clear,
    Cloudy,
    Overcast,
    Rain,
    Fog,
    Dusk,
}

/// Light by weather; `sun` is the way to the sun.
pub fn light(weather: Weather, sun: [f32; 3], warmth: f32) -> Light {
    let (sun_colour, ambient, haze, haze_per_metre): (Rgb, Rgb, Rgb, f32) = match weather {
        Weather::Clear => ([0.62, 0.57, 0.48], [0.52, 0.55, 0.6], [0.72, 0.8, 0.9], 0.004),
        Weather::Cloudy => ([0.45, 0.43, 0.38], [0.58, 0.6, 0.62], [0.76, 0.8, 0.85], 0.005),
        Weather::Overcast => ([0.08, 0.08, 0.08], [0.78, 0.79, 0.8], [0.78, 0.79, 0.8], 0.007),
        Weather::Rain => ([0.0; 3], [0.64, 0.66, 0.69], [0.62, 0.65, 0.68], 0.013),
        Weather::Fog => ([0.0; 3], [0.76, 0.77, 0.78], [0.8, 0.81, 0.82], 0.035),
        Weather::Dusk => ([0.22, 0.13, 0.07], [0.36, 0.35, 0.42], [0.5, 0.42, 0.45], 0.007),
    };
    let warm: Rgb = [1.0 + 0.08 * warmth, 1.0, 1.0 - 0.1 * warmth];
    let tinted = |colour: Rgb| std::array::from_fn(|part| colour[part] * warm[part]);
    Light { sun, sun_colour: tinted(sun_colour), ambient: tinted(ambient), haze: tinted(haze), haze_per_metre }
}

/// Grass or bare ground by climate: mild differences, with a wide spread within each.
pub fn ground_colour(stage: &mut Stage, climate: Climate) -> (Rgb, u8) {
    let green = [0.33, 0.42, 0.2];
    let dry = [0.55, 0.49, 0.33];
    let earth = [0.56, 0.46, 0.34];
    let (base, class) = match climate {
        Climate::Tropical => {
            if stage.chance(0.7) {
                (green, class::GRASS)
            } else {
                (earth, class::EARTH)
            }
        }
        Climate::Dry => {
            if stage.chance(0.7) {
                (earth, class::EARTH)
            } else {
                (dry, class::GRASS)
            }
        }
        Climate::Temperate | Climate::Continental => {
            if stage.chance(0.6) {
                (green, class::GRASS)
            } else {
                (dry, class::GRASS)
            }
        }
    };
    (stage.near_colour(base, 0.08), class)
}

/// Fills the frame with sky from its top down to the horizon and the ground below it.
pub fn sky(stage: &mut Stage, weather: Weather) {
    let (top, low): (Rgb, Rgb) = match weather {
        Weather::Clear => ([0.27, 0.48, 0.8], [0.72, 0.82, 0.92]),
        Weather::Cloudy => ([0.4, 0.56, 0.8], [0.78, 0.84, 0.9]),
        Weather::Overcast => ([0.68, 0.7, 0.73], [0.82, 0.83, 0.84]),
        Weather::Rain => ([0.47, 0.5, 0.54], [0.64, 0.66, 0.69]),
        Weather::Fog => ([0.74, 0.75, 0.77], [0.81, 0.82, 0.83]),
        Weather::Dusk => ([0.2, 0.22, 0.36], [0.78, 0.52, 0.4]),
    };
    let (top, low) = (stage.near_colour(top, 0.05), stage.near_colour(low, 0.04));
    let (width, height) = stage.canvas.size();
    let horizon = stage.camera.horizon;
    for y in 0..height {
        let t = (y as f32 / horizon.max(1.0)).min(1.0);
        let colour = mix(top, low, t.powf(1.4));
        for x in 0..width {
            stage.canvas.set(x, y, colour, class::SKY);
        }
    }
    sun(stage, weather);
    clouds(stage, weather);
}

fn sun(stage: &mut Stage, weather: Weather) {
    let [x, y, z] = stage.light.sun;
    if z < 0.2 || !matches!(weather, Weather::Clear | Weather::Cloudy | Weather::Dusk) {
        return;
    }
    let far = 5000.0;
    let bend = stage.camera.bend;
    stage.camera.bend = 0.0;
    let centre = stage.camera.project([x * far, y * far, z * far]);
    stage.camera.bend = bend;
    if let Some((centre, _)) = centre {
        for (radius, strength) in [(70.0, 0.06), (42.0, 0.1), (24.0, 0.22), (11.0, 1.0)] {
            stage.canvas.tint(&blob(centre, [radius, radius], &[1.0; 24]), [1.0, 0.97, 0.86], strength);
        }
    }
}

fn clouds(stage: &mut Stage, weather: Weather) {
    let (count, strength, colour): (usize, f32, Rgb) = match weather {
        Weather::Clear => (stage.between(0.0, 4.0) as usize, 0.25, [0.97; 3]),
        Weather::Cloudy => (stage.between(5.0, 10.0) as usize, 0.3, [0.95; 3]),
        Weather::Overcast => (8, 0.1, [0.6; 3]),
        Weather::Rain => (8, 0.12, [0.36; 3]),
        Weather::Fog => (0, 0.0, [0.8; 3]),
        Weather::Dusk => (4, 0.18, [0.6, 0.42, 0.42]),
    };
    let horizon = stage.camera.horizon;
    for _ in 0..count {
        let (x, y) = (stage.between(-30.0, 478.0), stage.between(-10.0, horizon * 0.85));
        let size = stage.between(18.0, 60.0) * (1.2 - y / horizon.max(1.0) * 0.7);
        for _ in 0..6 {
            let centre = [x + stage.between(-1.3, 1.3) * size, y + stage.between(-0.16, 0.16) * size];
            let radii = [size * stage.between(0.4, 0.9), size * stage.between(0.12, 0.26)];
            let rim = rough_rim(stage, 16, 0.12);
            stage.canvas.tint(&blob(centre, radii, &rim), colour, strength);
        }
    }
}

/// Radii around 1 for a [`blob`].
pub fn rough_rim(stage: &mut Stage, corners: usize, roughness: f32) -> Vec<f32> {
    (0..corners).map(|_| stage.between(1.0 - roughness, 1.0 + roughness)).collect()
}

/// An ellipse in pixels whose rim is stretched by the given factors.
pub fn blob([x, y]: Point, [rx, ry]: [f32; 2], rim: &[f32]) -> Vec<Point> {
    let step = std::f32::consts::TAU / rim.len() as f32;
    let corner = |(i, stretch): (usize, &f32)| {
        let (sin, cos) = (i as f32 * step).sin_cos();
        [x + rx * cos * stretch, y + ry * sin * stretch]
    };
    rim.iter().enumerate().map(corner).collect()
}

/// Far hills: one or two soft ridges above the horizon.
pub fn hills(stage: &mut Stage, ground: Rgb) {
    let ridges = if stage.chance(0.35) {
        0
    } else if stage.chance(0.6) {
        1
    } else {
        2
    };
    let horizon = stage.camera.horizon;
    for ridge in (0..ridges).rev() {
        let tall = if ridge == 1 { stage.between(14.0, 55.0) } else { stage.between(4.0, 22.0) };
        let (kind, distance): (u8, f32) = if ridge == 1 { (class::MOUNTAIN, 260.0) } else { (class::HILL, 120.0) };
        let colour = stage.near_colour(mix(ground, [0.24, 0.32, 0.22], 0.6), 0.04);
        let lit = scaled(stage.light.on(colour, [0.3, 0.8, -0.4]), 0.9);
        let seen = stage.light.through(lit, distance.min(1.6 / stage.light.haze_per_metre));
        let waves: Vec<(f32, f32, f32)> = (0..4)
            .map(|i| {
                (
                    stage.between(0.5, 1.0) / (i + 1) as f32,
                    stage.between(0.006, 0.012) * (i + 1) as f32,
                    stage.between(0.0, 6.3),
                )
            })
            .collect();
        let mut outline: Vec<Point> = vec![[-10.0, horizon + 6.0]];
        for step in 0..=48 {
            let x = -8.0 + step as f32 * 9.7;
            let wave: f32 = waves.iter().map(|(size, speed, shift)| size * (x * speed + shift).sin()).sum();
            outline.push([x, horizon - tall * (0.55 + 0.4 * wave).max(0.05)]);
        }
        outline.push([460.0, horizon + 6.0]);
        stage.canvas.fill(&outline, seen, kind, Thing::NONE);
    }
}

/// The open ground on both sides, from the camera to the horizon.
pub fn ground(stage: &mut Stage, colour: Rgb, kind: u8) {
    let (width, height) = stage.canvas.size();
    let horizon = stage.camera.horizon;
    let rows = 26;
    let lit = stage.light.on(colour, super::stage::UP);
    for row in 0..rows {
        let place = |row: f32| horizon + (height as f32 - horizon) * (row / rows as f32).powf(1.8);
        let (y0, y1) = (place(row as f32), place(row as f32 + 1.0));
        let metres = stage.camera.focal * stage.camera.height / ((y0 + y1) / 2.0 - horizon).max(0.8);
        let seen = stage.light.through(lit, metres.min(400.0));
        let polygon = [[-1.0, y0 - 0.5], [width as f32 + 1.0, y0 - 0.5], [width as f32 + 1.0, y1], [-1.0, y1]];
        stage.canvas.fill(&polygon, seen, kind, Thing::NONE);
    }
    // Patches of other growth and bare soil.
    for _ in 0..14 {
        let (x, z) = (stage.between(-40.0, 40.0), stage.between(6.0, 80.0));
        let (rx, rz) = (stage.between(1.0, 5.0), stage.between(0.6, 3.0));
        let shade = stage.near_colour(colour, 0.1);
        let rim: Vec<[f32; 3]> = (0..10)
            .map(|i| {
                let (sin, cos) = (i as f32 * 0.628).sin_cos();
                [x + rx * cos * stage.between(0.7, 1.2), 0.0, z + rz * sin * stage.between(0.7, 1.2)]
            })
            .collect();
        stage.paint(&rim, shade, super::stage::UP, 0.55);
    }
}
