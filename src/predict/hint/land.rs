//! Countries and parts of the world: "not Russia", "somewhere in Spain or Portugal", "in the Balkans".

use std::ops::Range;

use super::{
    sentence::{Segment, Word},
    tone,
};
use crate::{
    geo::{CountryCode, countries_of_division, country, country_called, country_named},
    knowledge::world_region,
};

/// The most words of a country's name that are looked at.
const LONGEST: usize = 6;
/// Names of fewer letters are not forgiven a slip.
const LEAST_FORGIVEN: usize = 6;
/// Names of so few letters are taken only as the user writes codes: in capitals.
const CODE_LENGTH: usize = 3;

/// Countries that a segment names together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lands {
    /// By the order in which they are named.
    pub(super) countries: Vec<CountryCode>,
    /// The part of the world, where one was named and nothing else.
    pub(super) area: Option<String>,
}

impl Lands {
    /// With what another segment adds.
    pub(super) fn join(&mut self, other: Self) {
        self.area = None;
        self.countries
            .extend(other.countries.into_iter().filter(|code| !self.countries.contains(code)).collect::<Vec<_>>());
    }
}

/// The lands that a segment says the place to be in, or not to be in; what names them is marked as understood.
pub(super) fn lands(segment: &mut Segment) -> Option<Lands> {
    let mut found: Option<Lands> = None;
    let mut at = 0;
    while at < segment.words.len() {
        let Some((range, named)) = named_at(segment, at).filter(|(range, _)| is_meant(segment, range.start)) else {
            at += 1;
            continue;
        };
        segment.take(range.clone());
        at = range.end;
        match &mut found {
            Some(lands) => lands.join(named),
            None => found = Some(named),
        }
    }
    found
}

/// The countries that any words of a question name, wherever they stand in it.
pub(super) fn asked_about(segment: &Segment) -> Option<CountryCode> {
    (0..segment.words.len()).find_map(|at| match named_at(segment, at)?.1 {
        Lands { countries, area: None } => countries.first().copied(),
        Lands { .. } => None,
    })
}

/// The longest name that begins with a word.
fn named_at(segment: &Segment, at: usize) -> Option<(Range<usize>, Lands)> {
    let most = (segment.words.len() - at).min(LONGEST);
    (1..=most).rev().find_map(|length| {
        let range = at..at + length;
        if segment.taken[range.clone()].iter().any(|taken| *taken) {
            return None;
        }
        Some((range.clone(), called(&segment.words[range])?))
    })
}

fn called(words: &[Word]) -> Option<Lands> {
    let name = words.iter().map(|word| word.plain.as_str()).collect::<Vec<_>>().join(" ");
    if name.len() <= CODE_LENGTH && !words.iter().all(|word| word.is_upper) {
        return None;
    }
    if let Some(region) = world_region(&name) {
        return Some(Lands { countries: region.countries.clone(), area: Some(region.name.clone()) });
    }
    let found = country_called(&name).or_else(|| match words {
        [one] if one.plain.len() == 2 && one.is_upper => country(one.plain.to_uppercase().parse().ok()?),
        [one] if is_forgiven(one) => country_named(&one.plain),
        _ => None,
    });
    // "Normandy" is a part of France before it is a town in Missouri.
    let is_capital =
        words.first().is_some_and(|word| word.is_capital) && words.last().is_some_and(|word| word.is_capital);
    let of_division = || if is_capital { countries_of_division(&name) } else { Vec::new() };
    let countries = found.map_or_else(of_division, |found| vec![found.code]);
    (!countries.is_empty()).then_some(Lands { countries, area: None })
}

/// Whether a word may be a country's name with a slip: a long one with a capital. A people's or a language's name is none.
fn is_forgiven(word: &Word) -> bool {
    let of_a_people = ["ian", "ans", "ese", "ish", "ean"].iter().any(|end| word.plain.ends_with(end));
    word.plain.len() >= LEAST_FORGIVEN && word.is_capital && !of_a_people
}

/// Whether the words before a name say that it is the place: "in Spain" and not "a flag of Spain".
fn is_meant(segment: &Segment, at: usize) -> bool {
    let mut before = segment.words[..at].iter().rev().map(|word| word.plain.as_str());
    let before = before.find(|word| !tone::is_word(word, "beside_a_land"));
    let is_listed = at > 0 && segment.taken[at - 1];
    before.is_none_or(|word| tone::is_word(word, "before_a_land")) || is_listed
}

#[cfg(test)]
mod tests {
    use super::{super::sentence::sentences, *};

    #[track_caller]
    fn check(text: &str, right: &str) {
        let mut segment = sentences(text)[0].segments().remove(0);
        let found = lands(&mut segment).map_or(Vec::new(), |lands| lands.countries);
        assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "), right, "{text}");
    }

    #[test]
    fn lands_that_are_meant() {
        check("not Russia", "RU");
        check("in Spain Portugal", "ES PT");
        check("Somewhere in spain or portugal", "ES PT");
        check("neither Spain nor Portugal", "ES PT");
        check("it is in the United States of America", "US");
        check("in the UK", "GB");
        check("in northern Norway", "NO");
        check("it could be in Côte d'Ivoire", "CI");
        check("not RU", "RU");
        check("in Germny", "DE");
        check("somewhere in Benelux", "BE LU NL");
        check("it is in Deutschland", "DE");
        check("somewhere in Normandy", "FR");
        check("in Punjab", "IN PK");
        check("in the Centre", "");
    }

    #[test]
    fn a_part_of_the_world_is_no_more_one_when_a_country_joins_it() {
        let of = |text: &str| lands(&mut sentences(text)[0].segments()[0]).unwrap();
        let (alone, joined) = (of("in Benelux"), of("in Benelux or Germany"));
        assert!(alone.area.is_some() && joined.area.is_none());
        assert_eq!(joined.countries.len(), alone.countries.len() + 1);
    }

    #[test]
    fn names_that_are_no_place_of_the_picture() {
        for text in [
            "the flag of Spain",
            "a car and no tree",
            "Romanian plates",
            "it is in la ville",
            "so is it",
            "tourists of Japan",
            "us too",
            "in us",
        ] {
            check(text, "");
        }
    }
}
