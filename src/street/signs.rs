//! Signs: word boards, direction signs, and the traffic signs that differ between countries.

use super::{
    camera::Spot,
    canvas::{Rgb, Thing},
    lettering::{Lettering, kept_lettering, lettering},
    scene::SceneFacts,
    shapes::{self, disc, facing},
    stage::{Stage, TO_CAMERA, class, scaled},
};
use crate::knowledge::Language;

const RED: Rgb = [0.8, 0.07, 0.09];
const YELLOW: Rgb = [0.98, 0.78, 0.08];
const WHITE: Rgb = [0.96, 0.96, 0.95];
const BLACK: Rgb = [0.05, 0.05, 0.06];

/// Grounds and inks of shop signs: any country may have any of them.
const SHOP_COLOURS: [(Rgb, Rgb); 12] = [
    (WHITE, BLACK),
    (WHITE, [0.75, 0.08, 0.1]),
    (WHITE, [0.08, 0.2, 0.55]),
    (WHITE, [0.06, 0.4, 0.18]),
    ([0.72, 0.08, 0.1], WHITE),
    ([0.1, 0.24, 0.58], WHITE),
    ([0.07, 0.38, 0.2], WHITE),
    ([0.96, 0.8, 0.15], BLACK),
    ([0.12, 0.12, 0.14], [0.97, 0.85, 0.3]),
    ([0.92, 0.88, 0.78], [0.32, 0.16, 0.08]),
    ([0.95, 0.5, 0.1], WHITE),
    ([0.35, 0.12, 0.36], WHITE),
];

/// How a board is held up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mount {
    /// On one or two posts standing on the ground.
    Posts,
    /// On the arm of a mast beside the road.
    Hung,
}

/// A board with a word.
#[derive(Debug, Clone)]
pub struct WordBoard {
    pub centre: Spot,
    pub turn: f32,
    /// Size of the em in metres.
    pub em: f32,
    pub language: &'static Language,
    pub word: &'static str,
    /// Whether it is a direction sign, whose ground is a fact of the country.
    pub direction: bool,
    pub colours: usize,
    pub mount: Mount,
    /// Where the mast of a hung board stands, measured from the road's middle.
    pub support: f32,
}

impl WordBoard {
    /// The word's outline.
    pub fn lettering(&self) -> &'static Lettering {
        kept_lettering(&self.language.font, self.word)
    }

    /// Width and height in metres.
    pub fn size(&self) -> [f32; 2] {
        let [wide, tall] = self.lettering().size();
        let arrow = if self.direction { 0.9 } else { 0.0 };
        [(wide + 0.7 + arrow) * self.em, (tall.max(0.72) + 0.5) * self.em]
    }
}

/// How many colourings of shop signs there are.
pub fn shop_colours() -> usize {
    SHOP_COLOURS.len()
}

/// Draws a board with its word.
pub fn word_board(stage: &mut Stage, board: &WordBoard, facts: &SceneFacts) -> Thing {
    let size = board.size();
    let (ground, ink) =
        if board.direction { direction_colours(facts) } else { SHOP_COLOURS[board.colours % SHOP_COLOURS.len()] };
    let [x, y, z] = board.centre;
    let steel = stage.near_colour([0.45, 0.46, 0.48], 0.06);
    match board.mount {
        Mount::Posts => {
            stage.shadow([x, 0.0, z], y + size[1] / 2.0, size[0] * 0.8);
            for at in [-0.32, 0.32] {
                let foot = [x + at * size[0], 0.0, z + 0.04];
                stage.post(foot, y, [0.09, 0.09], steel, class::POLE, Thing::NONE);
            }
        }
        Mount::Hung => {
            let side = if x < 0.0 { -1.0 } else { 1.0 };
            let top = y + size[1] * 0.5;
            let foot = side * board.support;
            let (from, to) = (x - side * size[0] * 0.5, foot);
            for bar in [top, top + 0.3] {
                let beam = facing([from, to], [bar, bar + 0.09], z + 0.06);
                stage.face(&beam, steel, TO_CAMERA, class::POLE, Thing::NONE);
            }
            if foot.abs() > x.abs() {
                stage.post([foot, 0.0, z + 0.06], top + 0.45, [0.26, 0.2], steel, class::POLE, Thing::NONE);
            }
        }
    }
    let thing = stage.canvas.begin_thing();
    let back = shapes::board([x, y, z + 0.05], [size[0] + 0.06, size[1] + 0.06], board.turn);
    stage.face(&back, scaled(ground, 0.45), TO_CAMERA, class::SIGNBOARD, Thing::NONE);
    let face = shapes::board(board.centre, size, board.turn);
    stage.face(&face, ground, TO_CAMERA, class::SIGNBOARD, thing);
    if board.direction {
        border(stage, board, size, ink);
    }
    let shift = if board.direction { -0.45 * board.em } else { 0.0 };
    let text = shapes::board([x + shift * board.turn.cos(), y, z + shift * board.turn.sin() - 0.01], size, board.turn);
    stage.letters(board.lettering(), &text, board.em, ink, 1.0);
    thing
}

fn direction_colours(facts: &SceneFacts) -> (Rgb, Rgb) {
    match facts.direction_sign {
        "green" => ([0.03, 0.38, 0.2], WHITE),
        "white" => (WHITE, BLACK),
        "yellow" => (YELLOW, BLACK),
        _ => ([0.06, 0.23, 0.6], WHITE),
    }
}

/// A thin rim and an arrow at the right.
fn border(stage: &mut Stage, board: &WordBoard, [wide, tall]: [f32; 2], ink: Rgb) {
    let [x, y, z] = board.centre;
    let (w, h, thick) = (wide / 2.0 * 0.97, tall / 2.0 * 0.93, 0.05 * board.em.max(0.3));
    let (sin, cos) = board.turn.sin_cos();
    let at = |right: f32, up: f32| -> Spot { [x + right * cos, y + up, z + right * sin - 0.005] };
    for (x0, y0, x1, y1) in
        [(-w, h - thick, w, h), (-w, -h, w, -h + thick), (-w, -h, -w + thick, h), (w - thick, -h, w, h)]
    {
        stage.paint(&[at(x0, y0), at(x1, y0), at(x1, y1), at(x0, y1)], ink, TO_CAMERA, 1.0);
    }
    let e = board.em;
    let tip = w - 0.22 * e;
    stage.paint(
        &[
            at(tip - 0.75 * e, -0.07 * e),
            at(tip - 0.3 * e, -0.07 * e),
            at(tip - 0.3 * e, 0.07 * e),
            at(tip - 0.75 * e, 0.07 * e),
        ],
        ink,
        TO_CAMERA,
        1.0,
    );
    stage.paint(&[at(tip - 0.38 * e, -0.26 * e), at(tip, 0.0), at(tip - 0.38 * e, 0.26 * e)], ink, TO_CAMERA, 1.0);
}

/// The traffic signs that tell countries apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrafficSign {
    Warning,
    Stop,
    /// With the number on it.
    Speed(&'static str),
    NoEntry,
}

/// The limits that are drawn, by unit; each is as likely as the others.
pub fn speed_limits(unit: &str) -> [&'static str; 4] {
    if unit == "mph" { ["25", "30", "35", "45"] } else { ["30", "40", "50", "60"] }
}

/// What a no-entry sign of this style is drawn as: words on it are too small to be drawn.
pub fn no_entry_look(style: &str) -> &str {
    if matches!(style, "yellow" | "arrow") { style } else { "default" }
}

/// Draws a traffic sign so many metres across, its middle at `centre`, on a post.
pub fn traffic_sign(stage: &mut Stage, sign: TrafficSign, centre: Spot, across: f32, facts: &SceneFacts) -> Thing {
    let [x, y, z] = centre;
    stage.shadow([x, 0.0, z], y, 0.3);
    stage.post([x, 0.0, z + 0.03], y, [0.09, 0.09], [0.5, 0.51, 0.53], class::POLE, Thing::NONE);
    let thing = stage.canvas.begin_thing();
    let r = across / 2.0;
    match sign {
        TrafficSign::Warning => warning(stage, [x, y, z], r, facts.warning_sign, thing),
        TrafficSign::Stop => stop(stage, [x, y, z], r, facts, thing),
        TrafficSign::Speed(limit) => speed(stage, [x, y, z], r, facts, limit, thing),
        TrafficSign::NoEntry => no_entry(stage, [x, y, z], r, facts.no_entry_sign, thing),
    }
    thing
}

fn plate(stage: &mut Stage, spots: &[Spot], colour: Rgb, thing: Thing) {
    stage.face(spots, colour, TO_CAMERA, class::SIGNBOARD, thing);
}

fn warning(stage: &mut Stage, [x, y, z]: Spot, r: f32, style: &str, thing: Thing) {
    let corner = std::f32::consts::FRAC_PI_2;
    let mark = |stage: &mut Stage, low: f32| {
        let bar = [
            [x - 0.07 * r, low + 0.3 * r, z - 0.02],
            [x + 0.07 * r, low + 0.3 * r, z - 0.02],
            [x + 0.1 * r, low + 0.78 * r, z - 0.02],
            [x - 0.1 * r, low + 0.78 * r, z - 0.02],
        ];
        stage.paint(&bar, BLACK, TO_CAMERA, 1.0);
        stage.paint(&disc([x, low + 0.17 * r, z - 0.02], [0.09 * r, 0.09 * r], 8, 0.0), BLACK, TO_CAMERA, 1.0);
    };
    if style == "yellow-diamond" {
        plate(stage, &disc([x, y, z], [r, r], 4, corner), BLACK, thing);
        plate(stage, &disc([x, y, z - 0.01], [r * 0.92, r * 0.92], 4, corner), YELLOW, thing);
        mark(stage, y - 0.45 * r);
        return;
    }
    let (rim, ground) = match style {
        "yellow-triangle" => (RED, YELLOW),
        "black-yellow-triangle" => (BLACK, YELLOW),
        _ => (RED, WHITE),
    };
    let middle = [x, y - 0.14 * r, z];
    plate(stage, &disc(middle, [r * 1.12, r * 1.12], 3, corner), rim, thing);
    plate(stage, &disc([x, middle[1], z - 0.01], [r * 0.72, r * 0.72], 3, corner), ground, thing);
    mark(stage, y - 0.5 * r);
}

fn stop(stage: &mut Stage, [x, y, z]: Spot, r: f32, facts: &SceneFacts, thing: Thing) {
    let word = kept_lettering(facts.stop_font, facts.stop_word);
    let [wide, tall] = word.size();
    if facts.stop_shape == "triangle" {
        let down = -std::f32::consts::FRAC_PI_2;
        let middle = [x, y + 0.2 * r, z];
        plate(stage, &disc(middle, [r * 1.3, r * 1.3], 3, down), WHITE, thing);
        plate(stage, &disc([x, middle[1], z - 0.01], [r * 1.2, r * 1.2], 3, down), RED, thing);
        let em = (1.3 * r / wide.max(0.1)).min(0.7 * r / tall.max(0.1));
        stage.letters(word, &shapes::board([x, y + 0.45 * r, z - 0.02], [2.0 * r, r], 0.0), em, WHITE, 1.0);
        return;
    }
    let turn = std::f32::consts::PI / 8.0;
    plate(stage, &disc([x, y, z], [r, r], 8, turn), WHITE, thing);
    plate(stage, &disc([x, y, z - 0.01], [r * 0.93, r * 0.93], 8, turn), RED, thing);
    let em = (1.55 * r / wide.max(0.1)).min(0.95 * r / tall.max(0.1));
    stage.letters(word, &shapes::board([x, y, z - 0.02], [2.0 * r, r], 0.0), em, WHITE, 1.0);
}

fn speed(stage: &mut Stage, [x, y, z]: Spot, r: f32, facts: &SceneFacts, limit: &str, thing: Thing) {
    let number = lettering("latin", limit);
    if facts.speed_sign == "white-rectangle" {
        plate(stage, &shapes::board([x, y, z], [1.6 * r, 2.1 * r], 0.0), BLACK, thing);
        plate(stage, &shapes::board([x, y, z - 0.01], [1.48 * r, 1.98 * r], 0.0), WHITE, thing);
        for (word, up) in [("SPEED", 0.72), ("LIMIT", 0.38)] {
            let board = shapes::board([x, y + up * r, z - 0.02], [1.4 * r, 0.3 * r], 0.0);
            stage.letters(&lettering("latin", word), &board, 0.38 * r, BLACK, 1.0);
        }
        stage.letters(&number, &shapes::board([x, y - 0.4 * r, z - 0.02], [1.4 * r, r], 0.0), 1.1 * r, BLACK, 1.0);
        return;
    }
    let ground = if facts.speed_sign == "yellow-ring" { YELLOW } else { WHITE };
    plate(stage, &disc([x, y, z], [r, r], 24, 0.0), RED, thing);
    plate(stage, &disc([x, y, z - 0.01], [r * 0.76, r * 0.76], 24, 0.0), ground, thing);
    stage.letters(&number, &shapes::board([x, y, z - 0.02], [r, r], 0.0), 0.9 * r, BLACK, 1.0);
}

fn no_entry(stage: &mut Stage, [x, y, z]: Spot, r: f32, style: &str, thing: Thing) {
    if style == "arrow" {
        plate(stage, &disc([x, y, z], [r, r], 24, 0.0), RED, thing);
        plate(stage, &disc([x, y, z - 0.01], [r * 0.8, r * 0.8], 24, 0.0), WHITE, thing);
        let up = |dx: f32, dy: f32| [x + dx * r, y + dy * r, z - 0.02];
        stage.paint(&[up(-0.09, -0.5), up(0.09, -0.5), up(0.09, 0.2), up(-0.09, 0.2)], BLACK, TO_CAMERA, 1.0);
        stage.paint(&[up(-0.28, 0.12), up(0.28, 0.12), up(0.0, 0.55)], BLACK, TO_CAMERA, 1.0);
        stage.paint(&[up(-0.62, 0.5), up(-0.5, 0.62), up(0.62, -0.5), up(0.5, -0.62)], RED, TO_CAMERA, 1.0);
        return;
    }
    let bar = if style == "yellow" { YELLOW } else { WHITE };
    plate(stage, &disc([x, y, z], [r, r], 24, 0.0), bar, thing);
    plate(stage, &disc([x, y, z - 0.01], [r * 0.94, r * 0.94], 24, 0.0), RED, thing);
    stage.paint(&shapes::board([x, y, z - 0.02], [1.4 * r, 0.36 * r], 0.0), bar, TO_CAMERA, 1.0);
}
