//! The pieces of evidence that follow from signs. They are a function of the signs alone, so that a reading which the user
//! corrects tells what the corrected text tells.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use super::{
    evidence::{Likelihood, Piece, Spot},
    finding::{Evidence, EvidenceKind},
    sign::{MOST_SIGNS, Sign},
    statement::{Source, Statement, Town},
};
use crate::signs::{Bearing, Clue, ClueKind, NamedPlace, Text, clues};

/// Signs of one picture are not independent: a German restaurant has a German name, address and menu.
pub(super) const GROUP: &str = "signs";

/// The script of a picture's signs is a question of its own: what language, letters and words say, they say given the script,
/// so that theirs is a factor beside the script's and not a repetition of it.
pub(super) const SCRIPTS: &str = "scripts";

/// The longest id of a piece, in bytes.
const LONGEST_ID: usize = 100;

/// A script that was seen and not read, in one box alone that is smaller than this share of the picture, may be a logo.
const SMALL: f32 = 0.01;
/// It counts all the same where it was seen as surely as this.
const SURELY_SEEN: f64 = 0.95;

/// The answers for so many lists of signs are remembered: names are looked up among all towns of the world, and what the
/// user switches does not change the signs.
const MOST_REMEMBERED: usize = 8;

/// Signs, and what they tell.
type Told = (Vec<Sign>, Arc<[Piece]>);

/// What the signs that are on tell, as pieces of evidence.
pub fn pieces(signs: &[Sign]) -> Arc<[Piece]> {
    static REMEMBERED: Mutex<VecDeque<Told>> = Mutex::new(VecDeque::new());
    let remembered = || REMEMBERED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, pieces)) = remembered().iter().find(|(known, _)| known == signs) {
        return Arc::clone(pieces);
    }
    let pieces: Arc<[Piece]> = told(signs).into();
    let mut remembered = remembered();
    remembered.truncate(MOST_REMEMBERED - 1);
    remembered.push_front((signs.to_vec(), Arc::clone(&pieces)));
    pieces
}

/// The same, told anew and not remembered.
pub(super) fn told(signs: &[Sign]) -> Vec<Piece> {
    let on: Vec<&Sign> = signs.iter().filter(|sign| sign.on && !may_be_logo(sign, signs)).take(MOST_SIGNS).collect();
    let texts: Vec<Text<'_>> = on.iter().map(|sign| text_of(sign)).collect();
    clues(&texts).into_iter().filter_map(|clue| piece(clue, &on)).collect()
}

/// Whether a sign is a small thing that looks like a script and that no other sign of the picture bears out: the mark of a
/// camera maker was taken for Tifinagh.
fn may_be_logo(sign: &Sign, signs: &[Sign]) -> bool {
    let is_borne_out = || signs.iter().any(|other| other.on && other.id != sign.id && other.script == sign.script);
    sign.is_seen_only() && sign.share() < SMALL && sign.certainty() < SURELY_SEEN && !is_borne_out()
}

/// What a sign says: who types a text knows its letters, and what the reader saw in the box is of no matter any more.
fn text_of(sign: &Sign) -> Text<'_> {
    match sign.is_added || sign.read_as.is_some() {
        true => Text::typed(&sign.text),
        false => Text::read(&sign.text, sign.script, sign.certainty()),
    }
}

fn piece(clue: Clue, signs: &[&Sign]) -> Option<Piece> {
    let signs = || clue.readings.iter().filter_map(|reading| signs.get(*reading));
    let surest = signs().map(|sign| sign.certainty()).fold(0.0, f64::max);
    let mut id = format!("sign-{}-{}", clue.kind, clue.text.to_lowercase());
    id.truncate(id.floor_char_boundary(LONGEST_ID));
    let numbers: Vec<String> = signs().map(|sign| sign.id.clone()).collect();
    let region = signs().next().map(|sign| sign.region());
    let evidence = |statement, strength: f64, position| Evidence {
        id,
        kind: EvidenceKind::Sign,
        statement,
        source: Source::Signs { signs: numbers, facts: clue.source.to_owned() },
        strength: (strength * 1e4).round() / 1e4,
        on: true,
        region,
        position,
    };
    match clue.bearing {
        Bearing::Countries { countries, inside, outside } => {
            let said = Statement::Sign { clue: clue.kind, text: clue.text.clone(), countries: countries.clone() };
            let likelihood = Likelihood::Ratio { countries, inside, outside };
            let group = if clue.kind == ClueKind::Script { SCRIPTS } else { GROUP };
            Some(Piece { group: Some(group.to_owned()), ..Piece::new(evidence(said, surest, None), likelihood) })
        }
        Bearing::Places { places, share } => {
            let spot = |NamedPlace { place, part, away_km }| Spot { town: place, part, away_km };
            let spots: Vec<Spot> = places.into_iter().map(spot).collect();
            let nearest = spots.first()?;
            let first = &nearest.town.place;
            let (position, n_others) = (nearest.is_near().then_some(first.position), spots.len() - 1);
            let said = Statement::SignPlace { text: clue.text.clone(), town: Town::from(first), n_others };
            let piece = Piece::new(evidence(said, surest * share, position), Likelihood::Places(spots));
            Some(Piece { group: Some(GROUP.to_owned()), ..piece })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::Script;

    /// The likeliest spot of what a sign names, and whether a marker stands there.
    fn first_spot(text: &str) -> (Spot, bool) {
        let sign = Sign { id: "1".to_owned(), ..Sign::added([0.0, 0.0, 1.0, 1.0], text) };
        let named = told(&[sign]).into_iter().find(|piece| matches!(piece.likelihood, Likelihood::Places(_)));
        let piece = named.expect("the sign names a town");
        assert_eq!(piece.group.as_deref(), Some(GROUP), "{text}");
        let Likelihood::Places(spots) = &piece.likelihood else { panic!("{text}: no places") };
        (spots[0].clone(), piece.evidence.position.is_some())
    }

    #[test]
    fn a_town_that_a_sign_puts_far_away_has_no_marker() {
        let (near, is_marked) = first_spot("LYON 12 km");
        assert!(near.is_near() && is_marked, "{near:?}");
        let (far, is_marked) = first_spot("LYON 120 km");
        assert!(far.away_km == Some(120.0) && !far.is_near() && !is_marked, "{far:?}");
        let (of_phone, is_marked) = first_spot("+49 30 123456");
        assert!(of_phone.is_near() && is_marked, "{of_phone:?}");
    }

    /// A box in which Tifinagh was seen and nothing read.
    fn seen(id: &str, width: f32, score: f32) -> Sign {
        let sign = Sign::added([0.1, 0.1, 0.1 + width, 0.16], "");
        Sign { id: id.to_owned(), script: Some(Script::Tifinagh), score, is_added: false, ..sign }
    }

    #[test]
    fn a_script_that_was_seen_and_not_read_on_one_small_logo_tells_nothing() {
        assert!(told(&[seen("1", 0.068, 0.79)]).is_empty());
        assert!(!told(&[seen("1", 0.068, 0.97)]).is_empty(), "seen surely");
        assert!(!told(&[seen("1", 0.3, 0.79)]).is_empty(), "as large as a sign");
        assert!(!told(&[seen("1", 0.068, 0.79), seen("2", 0.068, 0.79)]).is_empty(), "two bear each other out");
        let struck = Sign { on: false, ..seen("2", 0.068, 0.79) };
        assert!(told(&[seen("1", 0.068, 0.79), struck]).is_empty());
    }
}
