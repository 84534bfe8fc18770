//! The clues that a finished picture really shows.

use serde::Serialize;

/// What kind of thing a clue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClueKind {
    /// A word on a sign; the value is its language.
    Word,
    /// The word on a stop sign.
    StopWord,
    /// The number plate at the back of a vehicle.
    PlateRear,
    /// The number plate at the front of a vehicle.
    PlateFront,
    /// The side that traffic keeps to.
    DrivingSide,
    /// The line between the two directions.
    CentreLine,
    /// The line at the edge of the carriageway.
    EdgeLine,
    /// Shape and colours of a warning sign.
    WarningSign,
    /// Shape and colours of a speed limit; the text is the limit.
    SpeedSign,
    /// The look of a no-entry sign.
    NoEntrySign,
    /// The ground colour of a direction sign.
    DirectionSign,
    /// The look of the posts beside the road.
    RoadsidePost,
    /// What utility poles are made of.
    Pole,
    /// The kind of tree that grows here.
    Plant,
}

/// Something in the picture that speaks for some countries and against others.
#[derive(Debug, Clone, PartialEq)]
pub struct VisibleClue {
    /// What kind of thing it is.
    pub kind: ClueKind,
    /// What it is, in the words of the knowledge tables; a language's code for words.
    pub value: String,
    /// What is written on it.
    pub text: Option<String>,
    /// x, y, width, height in pixels of the picture.
    pub bbox: [u32; 4],
    /// The clue as a short sentence of a closed list.
    pub fact: String,
}

impl VisibleClue {
    /// A clue with its sentence.
    pub fn new(kind: ClueKind, value: &str, text: Option<String>, bbox: [u32; 4]) -> Self {
        Self { kind, value: value.to_owned(), text, bbox, fact: sentence(kind, value) }
    }
}

/// The sentence for a clue; every sentence that a reason can be is made here.
pub fn sentence(kind: ClueKind, value: &str) -> String {
    match kind {
        ClueKind::Word => match crate::knowledge::language(value) {
            Some(language) if language.owns_its_script() => format!("{} script on a sign", language.script),
            Some(language) => format!("{} on a sign", language.name),
            None => "words on a sign".to_owned(),
        },
        ClueKind::StopWord => format!("stop sign says {value}"),
        ClueKind::PlateRear => format!("{} rear plate", plate_words(value)),
        ClueKind::PlateFront => format!("{} front plate", plate_words(value)),
        ClueKind::DrivingSide => format!("traffic keeps {value}"),
        ClueKind::CentreLine => format!("{value} centre line"),
        ClueKind::EdgeLine => format!("{value} edge line"),
        ClueKind::WarningSign => format!("{} warning sign", value.replace('-', " ")),
        ClueKind::SpeedSign => format!("{} speed sign", value.replace('-', " ")),
        ClueKind::NoEntrySign => match value {
            "default" => "red no entry sign".to_owned(),
            _ => format!("no entry sign with {value}"),
        },
        ClueKind::DirectionSign => format!("{value} direction sign"),
        ClueKind::RoadsidePost => format!("roadside post with {}", value.replace('-', " ")),
        ClueKind::Pole => format!("{value} pole"),
        ClueKind::Plant => match value {
            "cactus" => "cactus".to_owned(),
            "broadleaf" => "broadleaf trees".to_owned(),
            _ => format!("{value} trees"),
        },
    }
}

/// Every sentence that any picture can give as a reason, sorted.
pub fn all_sentences() -> Vec<String> {
    use ClueKind::*;
    let mut all = std::collections::BTreeSet::new();
    let mut say = |kind: ClueKind, value: &str| {
        all.insert(sentence(kind, value));
    };
    for country in crate::knowledge::countries() {
        country.languages.value.iter().for_each(|part| say(Word, &part.code));
        let plate = |ground: &str| format!("{ground} {}", country.plate_shape.value);
        say(StopWord, &country.stop_word.value);
        say(PlateRear, &plate(&country.plate_rear.value));
        say(PlateFront, &plate(&country.plate_front.value));
        say(DrivingSide, &country.driving_side.value);
        say(CentreLine, &country.centre_line.value);
        say(EdgeLine, &country.edge_line.value);
        say(WarningSign, &country.warning_sign.value);
        say(SpeedSign, &country.speed_sign.value);
        say(NoEntrySign, super::signs::no_entry_look(&country.no_entry_sign.value));
        say(DirectionSign, &country.direction_sign.value);
        say(RoadsidePost, &country.roadside_post.value);
        say(Pole, &country.pole.value);
    }
    super::scene::PLANTS.iter().for_each(|plant| say(Plant, plant));
    all.into_iter().collect()
}

/// `white-blue-band long` as `long white blue band`.
fn plate_words(value: &str) -> String {
    match value.rsplit_once(' ') {
        Some((ground, shape)) => format!("{shape} {}", ground.replace('-', " ")),
        None => value.replace('-', " "),
    }
}
