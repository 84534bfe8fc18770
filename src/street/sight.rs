//! What of the drawn things can really be read: large enough once the picture is halved for a model, and not hidden.

use super::{
    canvas::{SeenThings, Thing},
    clue::{ClueKind, VisibleClue},
    road::{Lines, Road},
    scene::SceneFacts,
    signs::{TrafficSign, WordBoard, no_entry_look},
    stage::Stage,
    vehicles::VehicleThings,
};

/// What was drawn of the things that clues may be made of.
pub enum Note {
    Word { thing: Thing, board: WordBoard, letters: f32 },
    Sign { thing: Thing, sign: TrafficSign },
    Vehicle { things: VehicleThings, oncoming: bool, parked: bool },
    Pole(Thing),
    Post(Thing),
    Plant(Thing, &'static str),
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
    /// Height and pixels of a pole, and of a roadside post.
    pub const POLE: [u32; 2] = [100, 600];
    pub const POST: [u32; 2] = [28, 110];
    /// Pixels of a plant.
    pub const PLANT: u32 = 1200;
}

/// The clues that can be read, those of the nearest things first.
pub fn visible_clues(
    stage: &Stage,
    facts: &SceneFacts,
    road: &Road,
    lines: &Lines,
    notes: &[Note],
) -> Vec<VisibleClue> {
    let seen = stage.canvas.seen();
    let mut clues = Vec::new();
    let mut add = |kind: ClueKind, value: &str, text: Option<&str>, bbox: [u32; 4]| {
        let clue = VisibleClue::new(kind, value, text.map(str::to_owned), bbox);
        let known = clues
            .iter()
            .any(|other: &VisibleClue| other.kind == clue.kind && other.value == clue.value && other.text == clue.text);
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
                let plain = matches!(plate.ground, "blue" | "red" | "yellow");
                let least = if plain { legible::PLATE } else { legible::BANDED_PLATE };
                if look.bounds[2] >= least && look.share > 0.85 {
                    add(kind, &format!("{} {}", plate.ground, plate.shape), None, look.bounds);
                }
            }
            Note::Pole(thing) => {
                let look = seen.of(*thing);
                if look.bounds[3] > legible::POLE[0] && look.pixels > legible::POLE[1] {
                    add(ClueKind::Pole, facts.pole, None, look.bounds);
                }
            }
            Note::Post(thing) => {
                let look = seen.of(*thing);
                if look.bounds[3] > legible::POST[0] && look.pixels > legible::POST[1] && look.share > 0.8 {
                    add(ClueKind::RoadsidePost, facts.roadside_post, None, look.bounds);
                }
            }
            Note::Plant(thing, plant) => {
                let look = seen.of(*thing);
                if look.pixels > legible::PLANT {
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
        TrafficSign::NoEntry => add(ClueKind::NoEntrySign, no_entry_look(facts.no_entry_sign), None, look.bounds),
    }
}
