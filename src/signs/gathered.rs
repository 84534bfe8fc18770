//! Clues put together, so that nothing is counted twice: ten words of one language are no ten pieces of evidence.

use super::clue::{Bearing, Clue, Found};
use crate::geo::CountryCode;

/// The most clues of one picture; a wall of signs says no more.
pub(super) const MOST_CLUES: usize = 200;

/// The longest text that a clue repeats, in characters.
const LONGEST_TEXT: usize = 60;

/// The clues so far, in the order in which they were met.
#[derive(Debug, Default)]
pub(super) struct Gathered(Vec<Clue>);

impl Gathered {
    /// Takes in what was seen in the readings at `places`. Readings that tell the same of the same countries are one clue, as
    /// strong as the strongest of them.
    pub(super) fn add(&mut self, places: &[usize], found: Found) {
        let Found { kind, text, countries, times, source } = found;
        for clue in self.0.iter_mut().filter(|clue| clue.kind == kind) {
            let Bearing::Countries { countries: known, inside, .. } = &mut clue.bearing else { continue };
            if *known == countries {
                *inside = inside.max(times);
                join(&mut clue.readings, places);
                return;
            }
        }
        self.push(Clue {
            kind,
            text: shortened(&text),
            readings: places.to_vec(),
            bearing: Bearing::Countries { countries, inside: times, outside: 1.0 },
            source,
        });
    }

    /// Takes in a clue as it is.
    pub(super) fn push(&mut self, clue: Clue) {
        if self.0.len() < MOST_CLUES {
            self.0.push(clue);
        }
    }

    /// All of them. One that speaks for the countries of another of its kind and for more says nothing new, and its
    /// readings go to that other.
    pub(super) fn finish(self) -> Vec<Clue> {
        let narrower = |wide: &Clue| {
            let is_narrower = |clue: &&Clue| clue.kind == wide.kind && is_part(countries(clue), countries(wide));
            self.0
                .iter()
                .filter(is_narrower)
                .min_by_key(|clue| countries(clue).len())
                .map(|clue| countries(clue).to_vec())
        };
        let homes: Vec<Option<Vec<CountryCode>>> = self.0.iter().map(narrower).collect();
        let (mut kept, mut wide) = (Vec::new(), Vec::new());
        for (clue, home) in self.0.into_iter().zip(homes) {
            match home {
                Some(home) => wide.push((clue, home)),
                None => kept.push(clue),
            }
        }
        for (clue, home) in wide {
            let own = kept.iter_mut().find(|other| other.kind == clue.kind && countries(other) == home);
            if let Some(own) = own {
                join(&mut own.readings, &clue.readings);
            }
        }
        kept
    }
}

fn countries(clue: &Clue) -> &[CountryCode] {
    match &clue.bearing {
        Bearing::Countries { countries, .. } => countries,
        Bearing::Places { .. } => &[],
    }
}

/// Whether the one list is a true part of the other.
fn is_part(part: &[CountryCode], whole: &[CountryCode]) -> bool {
    !part.is_empty() && part.len() < whole.len() && part.iter().all(|code| whole.contains(code))
}

fn join(readings: &mut Vec<usize>, more: &[usize]) {
    readings.extend(more);
    readings.sort_unstable();
    readings.dedup();
}

fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(LONGEST_TEXT).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
