//! Trees, palms, cacti, conifers, hedges.

use super::{
    backdrop::{blob, rough_rim},
    camera::Spot,
    canvas::{Point, Rgb, Thing},
    shapes::facing,
    stage::{Stage, TO_CAMERA, class, mix, scaled},
};

/// Draws a plant of one of `scene::PLANTS` standing at a spot, so many metres tall.
pub fn draw(stage: &mut Stage, plant: &str, spot: Spot, tall: f32, thing: Thing) {
    let reach = if plant == "palm" { 1.4 } else { tall * 0.5 };
    stage.shadow(spot, tall * 0.8, reach);
    match plant {
        "palm" => palm(stage, spot, tall, thing),
        "cactus" => cactus(stage, spot, tall * 0.55, thing),
        "conifer" => conifer(stage, spot, tall, thing),
        _ => broadleaf(stage, spot, tall, thing),
    }
}

fn leaf_colour(stage: &mut Stage) -> Rgb {
    let green = mix([0.16, 0.3, 0.1], [0.36, 0.4, 0.14], stage.between(0.0, 1.0));
    stage.near_colour(green, 0.03)
}

/// Light and haze for foliage, which is lit from all around.
fn foliage(stage: &Stage, colour: Rgb, metres: f32) -> Rgb {
    stage.light.through(stage.light.on(colour, [stage.light.sun[0].signum() * 0.5, 0.8, -0.33]), metres)
}

fn broadleaf(stage: &mut Stage, spot: Spot, tall: f32, thing: Thing) {
    let bark = stage.near_colour([0.3, 0.24, 0.18], 0.05);
    stage.post(spot, tall * 0.5, [tall * 0.06, tall * 0.045], bark, class::TREE, thing);
    let Some((foot, metres)) = stage.camera.project(spot) else { return };
    let scale = stage.camera.focal / metres;
    let leaves = leaf_colour(stage);
    let (dark, mid, bright) = (scaled(leaves, 0.62), leaves, scaled(leaves, 1.3));
    let crown = [foot[0], foot[1] - tall * 0.68 * scale];
    let radius = tall * 0.3 * scale;
    let sunward = stage.light.sun[0].signum() * radius * 0.22;
    for (colour, count, size, shift) in [(dark, 5, 0.72, 0.0), (mid, 6, 0.52, 0.5), (bright, 6, 0.24, 1.0)] {
        let seen = foliage(stage, colour, metres);
        for _ in 0..count {
            let (dx, dy) = (stage.between(-0.6, 0.6) * radius, stage.between(-0.55, 0.5) * radius);
            let rim = rough_rim(stage, 14, 0.16);
            let at = [crown[0] + dx + sunward * shift, crown[1] + dy - radius * 0.18 * shift];
            let shape = blob(at, [radius * size, radius * size * 0.86], &rim);
            if shift < 1.0 {
                stage.canvas.fill(&shape, seen, class::TREE, thing);
            } else {
                stage.canvas.tint(&shape, seen, 0.7);
            }
        }
    }
}

fn conifer(stage: &mut Stage, spot: Spot, tall: f32, thing: Thing) {
    let bark = stage.near_colour([0.28, 0.21, 0.16], 0.04);
    stage.post(spot, tall * 0.3, [tall * 0.05, tall * 0.04], bark, class::TREE, thing);
    let Some((foot, metres)) = stage.camera.project(spot) else { return };
    let scale = stage.camera.focal / metres;
    let needles = scaled(leaf_colour(stage), 0.75);
    let tiers = 6;
    for tier in 0..tiers {
        let t = tier as f32 / tiers as f32;
        let (low, high) = (tall * (0.14 + 0.78 * t), tall * (0.14 + 0.78 * t + 0.26));
        let half = tall * 0.22 * (1.0 - t * 0.85) * scale * stage.between(0.9, 1.1);
        let seen = foliage(stage, scaled(needles, 0.8 + 0.3 * t), metres);
        let (y0, y1) = (foot[1] - low * scale, foot[1] - high * scale);
        let skirt: Vec<Point> = vec![
            [foot[0] - half, y0],
            [foot[0] - half * 0.4, y0 - half * 0.18],
            [foot[0], y0 + half * 0.06],
            [foot[0] + half * 0.45, y0 - half * 0.18],
            [foot[0] + half, y0],
            [foot[0], y1],
        ];
        stage.canvas.fill(&skirt, seen, class::TREE, thing);
        let lit = foliage(stage, scaled(needles, 1.25), metres);
        let side = stage.light.sun[0].signum();
        stage.canvas.tint(&[[foot[0] + side * half, y0], [foot[0] + side * half * 0.3, y0], [foot[0], y1]], lit, 0.35);
    }
}

fn palm(stage: &mut Stage, spot: Spot, tall: f32, thing: Thing) {
    let lean = stage.between(-0.08, 0.08) * tall;
    let bark = stage.near_colour([0.46, 0.38, 0.28], 0.05);
    let [x, y, z] = spot;
    let mut before = [x, y];
    for piece in 1..=5 {
        let t = piece as f32 / 5.0;
        let next = [x + lean * t * t, y + tall * 0.82 * t];
        let (w0, w1) = (0.19 - 0.014 * (piece - 1) as f32, 0.19 - 0.014 * piece as f32);
        let trunk = [
            [before[0] - w0, before[1], z],
            [before[0] + w0, before[1], z],
            [next[0] + w1, next[1], z],
            [next[0] - w1, next[1], z],
        ];
        stage.face(&trunk, scaled(bark, if piece % 2 == 0 { 0.92 } else { 1.0 }), TO_CAMERA, class::PALM, thing);
        before = next;
    }
    let Some((top, metres)) = stage.camera.project([before[0], before[1], z]) else { return };
    let scale = stage.camera.focal / metres;
    let leaves = leaf_colour(stage);
    let fronds = 11;
    for frond in 0..fronds {
        let angle = frond as f32 / fronds as f32 * std::f32::consts::TAU + stage.between(-0.15, 0.15);
        let length = tall * 0.3 * scale * stage.between(0.85, 1.15);
        let (sin, cos) = angle.sin_cos();
        let droop = 0.42 * length * (0.4 + cos.abs());
        let at = |t: f32, width: f32| -> Point {
            [
                top[0] + cos * length * t - sin * width,
                top[1] - sin.max(-0.3) * length * 0.6 * t + droop * t * t + cos.abs() * width,
            ]
        };
        let wide = length * 0.1;
        let leaf: Vec<Point> =
            vec![at(0.0, 0.0), at(0.3, -wide), at(0.65, -wide), at(1.0, 0.0), at(0.65, wide), at(0.3, wide)];
        let seen = foliage(stage, scaled(leaves, if sin > 0.0 { 1.15 } else { 0.7 }), metres);
        stage.canvas.fill(&leaf, seen, class::PALM, thing);
    }
}

fn cactus(stage: &mut Stage, spot: Spot, tall: f32, thing: Thing) {
    let green = stage.near_colour([0.26, 0.38, 0.2], 0.04);
    let [x, y, z] = spot;
    let thick = tall * 0.1;
    let trunk = |stage: &mut Stage, x: f32, low: f32, high: f32, thick: f32| {
        let column = [
            [x - thick, low, z],
            [x + thick, low, z],
            [x + thick, high - thick, z],
            [x + thick * 0.6, high, z],
            [x - thick * 0.6, high, z],
            [x - thick, high - thick, z],
        ];
        stage.face(&column, green, TO_CAMERA, class::PLANT, thing);
        for rib in [-0.5, 0.0, 0.5] {
            let at = x + rib * thick;
            stage.paint(&facing([at - 0.02, at + 0.02], [low, high], z), scaled(green, 0.6), TO_CAMERA, 0.6);
        }
    };
    trunk(stage, x, y, y + tall, thick);
    for (side, foot, top) in [(-1.0, 0.38, 0.75), (1.0, 0.5, 0.88)] {
        let arm = x + side * tall * 0.24;
        let bar = facing([x, arm], [y + tall * foot - thick, y + tall * foot + thick * 0.6], z);
        stage.face(&bar, scaled(green, 0.85), TO_CAMERA, class::PLANT, thing);
        trunk(stage, arm, y + tall * foot - thick, y + tall * top, thick * 0.75);
    }
}

/// A low bush.
pub fn bush(stage: &mut Stage, spot: Spot, tall: f32) {
    let Some((foot, metres)) = stage.camera.project(spot) else { return };
    let size = tall * stage.camera.focal / metres;
    let leaves = leaf_colour(stage);
    for (colour, shift) in [(scaled(leaves, 0.7), 0.0), (leaves, 0.35)] {
        let seen = foliage(stage, colour, metres);
        let rim = rough_rim(stage, 12, 0.2);
        let at = [foot[0] + stage.between(-0.2, 0.2) * size, foot[1] - size * (0.42 + 0.3 * shift)];
        let shape = blob(at, [size * (0.9 - shift), size * (0.55 - shift * 0.4)], &rim);
        stage.canvas.fill(&shape, seen, class::PLANT, Thing::NONE);
    }
}
