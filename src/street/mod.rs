//! The drawn street world: perspective pictures of streets from a seed, each with its place, labels, visible clues and
//! reasons. The facts come from `knowledge`; the drawing never learns which country it draws.

mod backdrop;
mod buildings;
mod bulk;
mod camera;
mod canvas;
pub mod clue;
mod finish;
mod furniture;
mod lettering;
pub mod observer;
mod plan;
mod plants;
mod road;
pub mod scene;
mod signs;
mod stage;
mod vehicles;

use image::{GrayImage, RgbImage};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

pub use self::{
    bulk::draw_many,
    clue::{ClueKind, VisibleClue},
    scene::SceneFacts,
};
use self::{
    backdrop::Weather,
    camera::Camera,
    canvas::{Canvas, SeenThings, Thing},
    plan::{Item, Setting},
    road::{Lines, Road},
    signs::TrafficSign,
    stage::Stage,
};
use crate::{
    geo::{CountryCode, LatLon},
    knowledge::{self, ade20k},
};

/// Width of a drawn street in pixels.
pub const WIDTH: u32 = 448;
/// Height of a drawn street in pixels.
pub const HEIGHT: u32 = 336;
/// Seeds from here on are for evaluation alone, those below for training and tuning.
pub const FIRST_EVALUATION_SEED: u64 = 1_000_000;

/// A drawn street and all that is known about it.
#[derive(Debug, Clone)]
pub struct StreetPicture {
    pub seed: u64,
    pub place: LatLon,
    pub country: CountryCode,
    pub city: String,
    pub pixels: RgbImage,
    /// ADE20K class index plus one; 0 where there is none.
    pub labels: GrayImage,
    /// What can really be read in the picture.
    pub clues: Vec<VisibleClue>,
    /// One to three short sentences, the most telling clue first.
    pub reasons: Vec<String>,
    /// The paper's score, from the true labels.
    pub locatability: f64,
}

/// A picture without its place.
#[derive(Debug, Clone)]
pub struct Drawing {
    pub pixels: RgbImage,
    pub labels: GrayImage,
    pub clues: Vec<VisibleClue>,
}

/// Draws the street of a seed: the same bytes for the same seed.
pub fn draw(seed: u64) -> StreetPicture {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(1);
    let countries = knowledge::countries();
    let country = &countries[rng.random_range(0..countries.len())];
    let cities = knowledge::cities_of(country.code);
    let city = &cities[rng.random_range(0..cities.len())];
    let drawing = draw_scene(&SceneFacts::of(country, city), seed);
    let locatability = knowledge::locatability(&ade20k::shares(drawing.labels.as_raw()));
    StreetPicture {
        seed,
        place: city.position,
        country: country.code,
        city: city.name.clone(),
        reasons: clue::reasons(&drawing.clues),
        pixels: drawing.pixels,
        labels: drawing.labels,
        clues: drawing.clues,
        locatability,
    }
}

/// Draws what the facts say; nothing but the facts and the seed can show in the picture.
pub fn draw_scene(facts: &SceneFacts, seed: u64) -> Drawing {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(2);
    let weather = any_weather(&mut rng);
    let setting = any_setting(&mut rng);
    let road = any_road(&mut rng, setting);
    let camera = any_camera(&mut rng, facts, &road);
    let light = any_light(&mut rng, facts, weather);
    let mut stage = Stage { camera, light, canvas: Canvas::new(WIDTH, HEIGHT), rng };

    backdrop::sky(&mut stage, weather);
    let (ground, kind) = backdrop::ground_colour(&mut stage, facts.climate);
    backdrop::hills(&mut stage, ground);
    backdrop::ground(&mut stage, ground, kind);
    let lines = road::draw(&mut stage, &road, facts);
    let items = plan::street(&mut stage, facts, road, setting);
    let mut notes = Vec::new();
    for item in &items {
        draw_item(&mut stage, item, facts, &mut notes);
    }
    let clues = visible_clues(&stage, facts, &road, &lines, &notes);

    let Stage { canvas, mut rng, .. } = stage;
    let (mut pixels, labels) = canvas.into_parts();
    let finish = finish::Finish::any(&mut rng, weather);
    finish::apply(&mut pixels, &labels, WIDTH as usize, &finish, weather, &mut rng);
    let size = "a canvas has the size it was made with";
    Drawing {
        pixels: RgbImage::from_raw(WIDTH, HEIGHT, pixels).expect(size),
        labels: GrayImage::from_raw(WIDTH, HEIGHT, labels).expect(size),
        clues,
    }
}

fn any_weather(rng: &mut ChaCha8Rng) -> Weather {
    match rng.random_range(0..100) {
        0..=39 => Weather::Clear,
        40..=64 => Weather::Cloudy,
        65..=79 => Weather::Overcast,
        80..=87 => Weather::Rain,
        88..=91 => Weather::Fog,
        _ => Weather::Dusk,
    }
}

fn any_setting(rng: &mut ChaCha8Rng) -> Setting {
    match rng.random_range(0..100) {
        0..=41 => Setting::Town,
        42..=72 => Setting::Suburb,
        _ => Setting::Country,
    }
}

fn any_road(rng: &mut ChaCha8Rng, setting: Setting) -> Road {
    let sidewalk = match setting {
        Setting::Town => rng.random_range(2.0..3.6),
        Setting::Suburb if rng.random::<f32>() < 0.6 => rng.random_range(1.4..2.4),
        _ => 0.0,
    };
    Road {
        half: rng.random_range(2.8..3.7),
        sidewalk,
        paint: rng.random_range(0.55..1.0),
        has_centre_line: rng.random::<f32>() < 0.88,
        has_edge_line: rng.random::<f32>() < if setting == Setting::Town { 0.3 } else { 0.75 },
        solid_centre: rng.random::<f32>() < 0.3,
    }
}

fn any_camera(rng: &mut ChaCha8Rng, facts: &SceneFacts, road: &Road) -> Camera {
    let own = facts.own_side();
    let x = match rng.random_range(0..100) {
        0..=69 => own * road.half * 0.5 + rng.random_range(-0.4..0.4),
        70..=89 => own * (road.half + rng.random_range(0.3..1.2)),
        _ => -own * (road.half + rng.random_range(0.3..1.2)),
    };
    Camera {
        x,
        height: rng.random_range(1.5..2.5),
        focal: rng.random_range(300.0..380.0),
        // Towards the middle of the road from wherever one stands.
        yaw: rng.random_range(-0.14..0.14) - 0.018 * x,
        horizon: rng.random_range(138.0..182.0),
        centre: WIDTH as f32 / 2.0,
        bend: if rng.random::<f32>() < 0.5 { 0.0 } else { rng.random_range(-0.0022..0.0022) },
    }
}

/// Sun and sky. The street runs anywhere and the hour is any, so that the sun can stand on any side; at the same heading
/// and hour it stands opposite in the other hemisphere.
fn any_light(rng: &mut ChaCha8Rng, facts: &SceneFacts, weather: Weather) -> stage::Light {
    let from_noon: f32 = rng.random_range(0.0..std::f32::consts::TAU);
    let turn = if facts.northern { from_noon } else { from_noon + std::f32::consts::PI };
    let high: f32 = if weather == Weather::Dusk { rng.random_range(0.06..0.2) } else { rng.random_range(0.3..1.2) };
    let (sin, cos) = turn.sin_cos();
    let sun = [sin * high.cos(), high.sin(), cos * high.cos()];
    backdrop::light(weather, sun, rng.random_range(-1.0..1.0))
}

/// What was drawn of the things that clues may be made of.
enum Note {
    Word { thing: Thing, board: signs::WordBoard, letters: f32 },
    Sign { thing: Thing, sign: TrafficSign },
    Vehicle { things: vehicles::VehicleThings, oncoming: bool, parked: bool },
    Pole(Thing),
    Post(Thing),
    Plant(Thing, &'static str),
}

fn draw_item(stage: &mut Stage, item: &Item, facts: &SceneFacts, notes: &mut Vec<Note>) {
    match item {
        Item::Building(building) => buildings::draw(stage, building),
        Item::Plant { plant, spot, tall } => {
            let thing = stage.canvas.begin_thing();
            plants::draw(stage, plant, *spot, *tall, thing);
            notes.push(Note::Plant(thing, plant));
        }
        Item::Bush { spot, tall } => plants::bush(stage, *spot, *tall),
        Item::Pole(spot) => {
            let thing = stage.canvas.begin_thing();
            furniture::pole(stage, facts.pole, *spot, thing);
            notes.push(Note::Pole(thing));
        }
        Item::Wires(from, to) => furniture::wires(stage, *from, *to),
        Item::Post(spot) => {
            let thing = stage.canvas.begin_thing();
            furniture::roadside_post(stage, facts.roadside_post, *spot, thing);
            notes.push(Note::Post(thing));
        }
        Item::Lamp { side, spot } => furniture::lamp(stage, *side, *spot),
        Item::Fence { x, reach, solid } => furniture::fence(stage, *x, *reach, *solid),
        Item::Person(spot) => furniture::person(stage, *spot),
        Item::Vehicle { vehicle, parked } => {
            let plate = if vehicle.oncoming { facts.plate_front } else { facts.plate_rear };
            let things = vehicles::draw(stage, vehicle, plate);
            notes.push(Note::Vehicle { things, oncoming: vehicle.oncoming, parked: *parked });
        }
        Item::Board(board) => {
            let thing = signs::word_board(stage, board, facts);
            let letters = board.em * 0.72 * stage.camera.pixels_per_metre(board.centre[2]);
            notes.push(Note::Word { thing, board: board.clone(), letters });
        }
        Item::Sign { sign, centre, across } => {
            let thing = signs::traffic_sign(stage, *sign, *centre, *across, facts);
            notes.push(Note::Sign { thing, sign: *sign });
        }
    }
}

/// The least sizes, in pixels of the full picture, at which a clue can be read after it is halved for a model.
mod legible {
    /// Height of capitals.
    pub const LETTERS: f32 = 14.0;
    /// Pixels of a line's paint.
    pub const LINE: u32 = 160;
    /// Width of a vehicle's nearer end.
    pub const VEHICLE: u32 = 26;
    /// Width of a plate whose ground has one colour, and of one with a band.
    pub const PLATE: u32 = 24;
    pub const BANDED_PLATE: u32 = 32;
    /// Height of a traffic sign, and of one with a word on it.
    pub const SIGN: u32 = 28;
    pub const STOP: u32 = 44;
}

fn visible_clues(stage: &Stage, facts: &SceneFacts, road: &Road, lines: &Lines, notes: &[Note]) -> Vec<VisibleClue> {
    let seen = stage.canvas.seen();
    let mut clues = Vec::new();
    let mut add = |kind: ClueKind, value: &str, text: Option<&str>, bbox: [u32; 4]| {
        let clue = VisibleClue::new(kind, value, text.map(str::to_owned), bbox);
        let known = clues.iter().any(|other: &VisibleClue| {
            other.kind == clue.kind && other.value == clue.value && other.text == clue.text
        });
        if !known {
            clues.push(clue);
        }
    };
    for note in notes.iter().rev() {
        match note {
            Note::Word { thing, board, letters } => {
                let look = seen.of(*thing);
                if look.share > 0.8 && *letters >= legible::LETTERS {
                    add(ClueKind::Word, &board.language.code, Some(board.word), look.bounds);
                }
                if board.direction && look.share > 0.6 {
                    add(ClueKind::DirectionSign, facts.direction_sign, None, look.bounds);
                }
            }
            Note::Sign { thing, sign } => sign_clue(&seen, *thing, *sign, facts, &mut add),
            Note::Vehicle { things, oncoming, parked } => {
                let look = seen.of(things.end);
                if !parked && look.bounds[2] >= legible::VEHICLE && look.share > 0.3 {
                    let side = if facts.drives_left { "left" } else { "right" };
                    add(ClueKind::DrivingSide, side, None, look.bounds);
                }
                let plate = if *oncoming { facts.plate_front } else { facts.plate_rear };
                let kind = if *oncoming { ClueKind::PlateFront } else { ClueKind::PlateRear };
                let look = seen.of(things.plate);
                if look.bounds[2] >= legible::BANDED_PLATE
                    || (look.bounds[2] >= legible::PLATE && matches!(plate.ground, "blue" | "red" | "yellow"))
                {
                    if look.share > 0.85 {
                        add(kind, &format!("{} {}", plate.ground, plate.shape), None, look.bounds);
                    }
                }
            }
            Note::Pole(thing) => {
                let look = seen.of(*thing);
                if look.bounds[3] > 100 && look.pixels > 600 {
                    add(ClueKind::Pole, facts.pole, None, look.bounds);
                }
            }
            Note::Post(thing) => {
                let look = seen.of(*thing);
                if look.bounds[3] > 28 && look.pixels > 110 && look.share > 0.8 {
                    add(ClueKind::RoadsidePost, facts.roadside_post, None, look.bounds);
                }
            }
            Note::Plant(thing, plant) => {
                let look = seen.of(*thing);
                if look.pixels > 1200 {
                    add(ClueKind::Plant, plant, None, look.bounds);
                }
            }
        }
    }
    if road.has_centre_line && seen.of(lines.centre).pixels >= legible::LINE {
        add(ClueKind::CentreLine, facts.centre_line, None, seen.of(lines.centre).bounds);
    }
    if road.has_edge_line && seen.of(lines.edge).pixels >= legible::LINE {
        add(ClueKind::EdgeLine, facts.edge_line, None, seen.of(lines.edge).bounds);
    }
    clues
}

fn sign_clue(
    seen: &SeenThings,
    thing: Thing,
    sign: TrafficSign,
    facts: &SceneFacts,
    add: &mut impl FnMut(ClueKind, &str, Option<&str>, [u32; 4]),
) {
    let look = seen.of(thing);
    // Two plates make a sign, the rim and the ground on it, so that a whole one shows little more than half of both.
    let least = if sign == TrafficSign::Stop { legible::STOP } else { legible::SIGN };
    if look.bounds[3] < least || look.share < 0.42 {
        return;
    }
    match sign {
        TrafficSign::Warning => add(ClueKind::WarningSign, facts.warning_sign, None, look.bounds),
        TrafficSign::Stop => add(ClueKind::StopWord, facts.stop_word, Some(facts.stop_word), look.bounds),
        TrafficSign::Speed(limit) => add(ClueKind::SpeedSign, facts.speed_sign, Some(limit), look.bounds),
        TrafficSign::NoEntry => add(ClueKind::NoEntrySign, signs::no_entry_look(facts.no_entry_sign), None, look.bounds),
    }
}
