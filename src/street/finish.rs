//! What happens to the picture between the scene and the file: grain of surfaces, rain, lens, exposure, noise.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::{backdrop::Weather, stage::class};

/// How dull the picture comes out.
#[derive(Debug, Clone, Copy)]
pub struct Finish {
    pub exposure: f32,
    pub contrast: f32,
    pub saturation: f32,
    pub vignette: f32,
    /// Standard deviation of the sensor's noise in grey levels, about.
    pub noise: f32,
    pub blurred: bool,
}

impl Finish {
    /// A camera's mood on one day.
    pub fn any(rng: &mut ChaCha8Rng, weather: Weather) -> Self {
        let dim = if weather == Weather::Dusk { 0.9 } else { 1.0 };
        Self {
            exposure: dim * rng.random_range(0.82..1.14),
            contrast: rng.random_range(0.84..1.12),
            saturation: rng.random_range(0.72..1.15),
            vignette: rng.random_range(0.0..0.28),
            noise: rng.random_range(0.8..5.0),
            blurred: rng.random::<f32>() < 0.18,
        }
    }
}

/// Applies it to RGB bytes; `labels` are class indices plus one.
pub fn apply(pixels: &mut [u8], labels: &[u8], width: usize, finish: &Finish, weather: Weather, rng: &mut ChaCha8Rng) {
    let height = labels.len() / width;
    let mut state: u32 = rng.random::<u32>() | 1;
    let mut noise = move || -> f32 {
        // xorshift32: two halves make a triangular distribution of variance 1/6, times 2.45 gives 1.
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        ((state & 0xffff) as f32 + (state >> 16) as f32) / 65536.0 - 1.0
    };
    let grain: Vec<f32> = (0..width * (height / 2 + 1)).map(|_| noise()).collect();
    for y in 0..height {
        let dy = y as f32 / height as f32 - 0.5;
        for x in 0..width {
            let at = y * width + x;
            let dx = x as f32 / width as f32 - 0.5;
            let lens = finish.exposure * (1.0 - finish.vignette * (dx * dx + dy * dy) * 2.0);
            let rough = match labels[at].wrapping_sub(1) {
                class::GRASS | class::EARTH | class::FIELD => 0.1,
                class::ROAD | class::SIDEWALK => 0.045,
                class::TREE | class::PALM | class::PLANT => 0.13,
                class::BUILDING | class::HOUSE | class::WALL => 0.03,
                class::HILL | class::MOUNTAIN => 0.03,
                _ => 0.0,
            };
            let texture = 1.0 + rough * (grain[(y / 2) * width + x] + 0.6 * noise());
            let pixel = &mut pixels[at * 3..at * 3 + 3];
            let grey = (f32::from(pixel[0]) + 2.0 * f32::from(pixel[1]) + f32::from(pixel[2])) / 4.0;
            let speck = finish.noise * 2.45 * noise();
            for part in pixel {
                let value = grey + (f32::from(*part) - grey) * finish.saturation;
                let value =
                    ((value * texture - 118.0) * finish.contrast + 118.0) * lens + speck + finish.noise * noise();
                *part = value.clamp(0.0, 255.0) as u8;
            }
        }
    }
    if weather == Weather::Rain {
        rain(pixels, width, height, rng);
    }
    if finish.blurred {
        blur(pixels, width, height);
    }
}

fn rain(pixels: &mut [u8], width: usize, height: usize, rng: &mut ChaCha8Rng) {
    for _ in 0..130 {
        let (x, y) = (rng.random_range(0..width), rng.random_range(0..height));
        let length = rng.random_range(5..16);
        for step in 0..length {
            let (x, y) = (x + step / 5, y + step);
            if x < width && y < height {
                for part in &mut pixels[(y * width + x) * 3..][..3] {
                    *part = part.saturating_add(((215 - i32::from(*part)) / 5).max(0) as u8);
                }
            }
        }
    }
}

/// A 3 x 3 binomial filter, rows then columns.
fn blur(pixels: &mut [u8], width: usize, height: usize) {
    for (stride, count) in [(3, width), (3 * width, height)] {
        let lines = width * height / count;
        for line in 0..lines {
            let start = if stride == 3 { line * width * 3 } else { line * 3 };
            for part in 0..3 {
                let mut before = pixels[start + part];
                for i in 0..count {
                    let at = start + i * stride + part;
                    let here = pixels[at];
                    let after = pixels[if i + 1 < count { at + stride } else { at }];
                    pixels[at] = ((u32::from(before) + 2 * u32::from(here) + u32::from(after) + 2) / 4) as u8;
                    before = here;
                }
            }
        }
    }
}
