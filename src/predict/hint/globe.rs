//! Halves and caps of the globe: "in the southern hemisphere", "north of 60 degrees", "it was winter in July".

use std::ops::Range;

use super::{sentence::Segment, tone};
use crate::geo::{EARTH_RADIUS_KM, LatLon, Region};

/// A season that a month had: the tropics have none, so it says less than a plain statement.
const SEASON: f64 = 0.8;

/// A part of the globe from a pole to a latitude.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cap {
    /// The latitude at which it ends, degrees north.
    pub(super) latitude: f64,
    /// Whether it holds the north pole.
    pub(super) is_north: bool,
    /// How it was said.
    pub(super) by: CapBy,
    /// How much of the sentence's strength it has.
    pub(super) share: f64,
}

/// How a cap was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CapBy {
    /// A hemisphere.
    Half,
    /// A latitude.
    Latitude,
    /// The season of a month, from 1, and whether it was winter.
    Season(u8, bool),
}

impl Cap {
    /// As a region: all that lies so near to its pole.
    pub(super) fn region(&self) -> Option<Region> {
        let (pole, degrees) = if self.is_north { (90.0, 90.0 - self.latitude) } else { (-90.0, 90.0 + self.latitude) };
        Region::around(LatLon::new(pole, 0.0)?, degrees.to_radians() * EARTH_RADIUS_KM).ok()
    }
}

/// The part of the globe that a segment speaks of; what names it is marked as understood.
pub(super) fn cap(segment: &mut Segment) -> Option<Cap> {
    half(segment).or_else(|| season(segment)).or_else(|| latitude(segment))
}

fn half(segment: &mut Segment) -> Option<Cap> {
    let find = |heading| tone::find(&segment.plain(), heading);
    let (range, is_north) = match find("southern_half") {
        Some(range) => (range, false),
        None => (find("northern_half")?, true),
    };
    segment.take(range);
    Some(Cap { latitude: 0.0, is_north, by: CapBy::Half, share: 1.0 })
}

/// "it was winter", with no month: it says nothing of the place by itself, but may be at odds with the file's date.
pub(super) fn season_alone(segment: &mut Segment) -> Option<bool> {
    let (range, is_winter) = named_season(segment)?;
    let words = segment.plain();
    // "a summer house" names no season.
    let is_alone = |at: usize| range.contains(&at) || tone::is_filler(words[at]) || tone::is_word(words[at], "not");
    if !(0..words.len()).all(is_alone) {
        return None;
    }
    segment.take(range);
    Some(is_winter)
}

/// The season that a segment names, and whether it is winter.
pub(super) fn named_season(segment: &Segment) -> Option<(Range<usize>, bool)> {
    let words = segment.plain();
    match tone::find(&words, "winter") {
        Some(range) => Some((range, true)),
        None => tone::find(&words, "summer").map(|range| (range, false)),
    }
}

/// Whether a month is of the northern half's winter or summer, where it is and the season is this.
pub(in crate::predict) fn is_north_in(month: u8, is_winter: bool) -> Option<bool> {
    match month {
        6..=8 => Some(!is_winter),
        12 | 1 | 2 => Some(is_winter),
        _ => None,
    }
}

/// "winter in July": June to August and December to February only, since the others are no one's winter or summer.
fn season(segment: &mut Segment) -> Option<Cap> {
    let words = segment.plain();
    let months: Vec<usize> = (0..words.len()).filter(|at| tone::is_word(words[*at], "months")).collect();
    let &[month_at] = months.as_slice() else { return None };
    let month = tone::phrases("months").iter().position(|month| month[0] == words[month_at])? + 1;
    let (season, is_winter) = named_season(segment)?;
    let month = u8::try_from(month).ok()?;
    let is_north = is_north_in(month, is_winter)?;
    segment.take(season);
    segment.take(month_at..month_at + 1);
    let by = CapBy::Season(month, is_winter);
    Some(Cap { latitude: 0.0, is_north, by, share: SEASON })
}

/// "north of 60 degrees", "below 30 degrees south". A latitude without a half of the globe is a northern one. "Above 30 degrees"
/// alone is how warm it was.
fn latitude(segment: &mut Segment) -> Option<Cap> {
    let words = segment.plain();
    let number_at = words.iter().position(|word| word.parse::<f64>().is_ok())?;
    let degrees = words[number_at].parse::<f64>().ok().filter(|degrees| (0.0..90.0).contains(degrees))?;
    let start = number_at.saturating_sub(2);
    let direction =
        words[start..number_at].iter().position(|word| ["north", "south", "above", "below"].contains(word))?;
    let word = words[start + direction];
    let is_north = ["north", "above"].contains(&word);
    let behind: Vec<&str> = words[number_at + 1..].iter().take(3).copied().collect();
    let is_latitude = |word: &&str| ["latitude", "parallel"].contains(word);
    let is_degrees = |word: &&str| is_latitude(word) || ["degree", "degrees", "deg"].contains(word);
    let is_half = |word: &&str| ["north", "south", "n", "s", "northern", "southern"].contains(word);
    let half = behind.iter().find(|word| is_half(word));
    let n_behind = behind.iter().take_while(|word| is_degrees(word) || is_half(word)).count();
    // "below 10 degrees north of Oslo" is as warm or cold as "below 10 degrees".
    let is_side = behind[..n_behind].iter().any(is_half) && behind.get(n_behind) != Some(&"of");
    let is_weather = ["above", "below"].contains(&word) && !is_side && !behind.iter().any(is_latitude);
    if is_weather || half.is_none() && !behind.iter().any(is_degrees) {
        return None;
    }
    let is_southern = half.is_some_and(|half| half.starts_with('s'));
    segment.take(start + direction..number_at + 1 + n_behind);
    let latitude = if is_southern { -degrees } else { degrees };
    Some(Cap { latitude, is_north, by: CapBy::Latitude, share: 1.0 })
}

#[cfg(test)]
mod tests {
    use super::{super::sentence::sentences, *};

    #[track_caller]
    fn check(text: &str, right: Option<(f64, bool)>) {
        let sentence = &sentences(text)[0];
        let found = cap(&mut sentence.segments()[0]);
        assert_eq!(found.map(|cap| (cap.latitude, cap.is_north)), right, "{text}");
    }

    #[test]
    fn parts_of_the_globe() {
        check("we were in the southern hemisphere", Some((0.0, false)));
        check("in the northern hemisphere", Some((0.0, true)));
        check("north of 60 degrees", Some((60.0, true)));
        check("north of 60°N", Some((60.0, true)));
        check("south of 60 degrees", Some((60.0, false)));
        check("below 30 degrees south", Some((-30.0, false)));
        check("above 30 degrees of latitude", Some((30.0, true)));
        check("above the 60 parallel", Some((60.0, true)));
        check("it was winter in July", Some((0.0, false)));
        check("summer in January", Some((0.0, false)));
        check("summer in August", Some((0.0, true)));
        for text in ["winter in April", "winter", "north of 100 degrees", "north of 5 houses", "60 degrees", "in July"]
        {
            check(text, None);
        }
    }

    #[test]
    fn how_warm_it_was_is_no_latitude() {
        for text in [
            "it was above 30 degrees",
            "below 10 degrees",
            "above 30 degrees Celsius",
            "below 10 degrees in north Finland",
            "below 10 degrees north of Oslo",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn a_cap_holds_what_lies_beyond_its_latitude() {
        let at = |lat, lon| LatLon::new(lat, lon).unwrap();
        let region = |latitude, is_north| Cap { latitude, is_north, by: CapBy::Half, share: 1.0 }.region().unwrap();
        for lon in [-180.0, -77.0, 0.0, 179.9] {
            assert!(region(60.0, true).contains(at(60.1, lon)) && !region(60.0, true).contains(at(59.9, lon)));
            assert!(region(0.0, false).contains(at(-0.1, lon)) && !region(0.0, false).contains(at(0.1, lon)));
            assert!(region(-30.0, true).contains(at(-29.9, lon)) && !region(-30.0, true).contains(at(-30.1, lon)));
        }
    }
}
