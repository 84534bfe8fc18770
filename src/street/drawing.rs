//! One drawing: weather, road, camera and light are chosen, the street is planned and drawn, and what can be read in it is
//! written down.

use image::{GrayImage, RgbImage};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{
    HEIGHT, WIDTH,
    backdrop::{self, Weather},
    buildings,
    camera::Camera,
    canvas::Canvas,
    clue::VisibleClue,
    finish, furniture,
    plan::{self, Item, Setting},
    plants,
    road::{self, Road},
    scene::SceneFacts,
    sight::{Note, visible_clues},
    signs,
    stage::{Light, Stage},
    vehicles,
};

/// A picture without its place.
#[derive(Debug, Clone)]
pub struct Drawing {
    /// The picture.
    pub pixels: RgbImage,
    /// ADE20K class index plus one; 0 where there is none.
    pub labels: GrayImage,
    /// What can really be read in it.
    pub clues: Vec<VisibleClue>,
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
fn any_light(rng: &mut ChaCha8Rng, facts: &SceneFacts, weather: Weather) -> Light {
    let from_noon: f32 = rng.random_range(0.0..std::f32::consts::TAU);
    let turn = if facts.northern { from_noon } else { from_noon + std::f32::consts::PI };
    let high: f32 = if weather == Weather::Dusk { rng.random_range(0.06..0.2) } else { rng.random_range(0.3..1.2) };
    let (sin, cos) = turn.sin_cos();
    let sun = [sin * high.cos(), high.sin(), cos * high.cos()];
    backdrop::light(weather, sun, rng.random_range(-1.0..1.0))
}

/// Draws one thing, and notes it where a clue may come of it.
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
