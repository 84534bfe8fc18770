//! The window's icon: a pin over a globe, drawn from its formula so that no file is needed.

use egui::IconData;

const SIDE: u32 = 64;
const SEA: [u8; 3] = [20, 99, 165];
const GRID: [u8; 3] = [120, 178, 226];
const PIN: [u8; 3] = [233, 72, 84];
const HOLE: [u8; 3] = [255, 255, 255];

/// The icon, 64 pixels square.
pub fn icon() -> IconData {
    let pixel = |at: u32| colour((at % SIDE) as f32 + 0.5, (at / SIDE) as f32 + 0.5);
    IconData { rgba: (0..SIDE * SIDE).flat_map(pixel).collect(), width: SIDE, height: SIDE }
}

/// The colour at a point, the sharp edges softened over one pixel.
fn colour(x: f32, y: f32) -> [u8; 4] {
    let cover = |inside: f32| (inside + 0.5).clamp(0.0, 1.0);
    let (gx, gy) = (x - 32.0, y - 35.0);
    let globe = cover(26.0 - gx.hypot(gy));
    // Meridians are ellipses through the poles; their half-width follows the height.
    let half = (1.0 - (gy / 26.0).powi(2)).max(0.0).sqrt();
    let meridian = [0.0, 14.0].map(|width| (gx.abs() - width * half).abs()).into_iter().fold(f32::MAX, f32::min);
    let parallel = [0.0, 13.0].map(|height| (gy.abs() - height).abs()).into_iter().fold(f32::MAX, f32::min);
    let grid = cover(1.0 - meridian.min(parallel));
    let mut rgb = mix(SEA, GRID, grid);
    // The pin: a disc that narrows to its point at (32, 44).
    let (px, py) = (x - 32.0, y - 20.0);
    let narrowing = if (0.0..24.0).contains(&py) { 13.0 * (1.0 - py / 24.0) - px.abs() } else { -1.0 };
    let pin = cover((13.0 - px.hypot(py)).max(narrowing));
    rgb = mix(rgb, mix(PIN, HOLE, cover(5.0 - px.hypot(py))), pin);
    let [r, g, b] = rgb;
    [r, g, b, (255.0 * globe.max(pin)) as u8]
}

fn mix(a: [u8; 3], b: [u8; 3], share: f32) -> [u8; 3] {
    std::array::from_fn(|channel| (f32::from(a[channel]) * (1.0 - share) + f32::from(b[channel]) * share) as u8)
}
