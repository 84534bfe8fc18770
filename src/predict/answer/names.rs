//! What a name that a model wrote comes to: whether it says one at all, whether it hedges, and which countries it leaves open.

use crate::geo::{Country, chief_places, country_called, country_named, fold};

/// The longest name that is kept, in characters.
const LONGEST: usize = 1000;

/// More names than this in one field are no answer.
const MOST_NAMES: usize = 8;

/// So many of a country's towns tell the names of its parts.
const TOWNS_THAT_TELL: usize = 500;

/// Words with which a name begins that is only supposed; longer ones before those that they begin with.
const HEDGES: [&str; 13] = [
    "most likely",
    "most probably",
    "very likely",
    "likely",
    "probably",
    "possibly",
    "potentially",
    "presumably",
    "perhaps",
    "maybe",
    "could be",
    "might be",
    "may be",
];

/// Words before a name that take nothing from it.
const PASSED: [&str; 2] = ["either", "somewhere in"];

/// Words that make of a name the statement that there is none, wherever they stand in it.
const REFUSING: [&str; 16] = [
    "not",
    "cannot",
    "cant",
    "unable",
    "unknown",
    "unclear",
    "unsure",
    "uncertain",
    "undetermined",
    "undeterminable",
    "unidentified",
    "unidentifiable",
    "unspecified",
    "indeterminate",
    "insufficient",
    "impossible",
];

/// Words with which only such a statement begins.
const REFUSING_FIRST: [&str; 8] = ["no", "none", "null", "nil", "tbd", "various", "multiple", "difficult"];

/// Words of which no name consists alone: "rural area", "a small town", "city name".
const GENERIC: [&str; 62] = [
    "a",
    "an",
    "any",
    "anywhere",
    "area",
    "beach",
    "big",
    "center",
    "centre",
    "central",
    "cities",
    "city",
    "coast",
    "coastal",
    "coastline",
    "country",
    "countryside",
    "desert",
    "district",
    "downtown",
    "generic",
    "highway",
    "historic",
    "historical",
    "industrial",
    "inland",
    "in",
    "island",
    "large",
    "local",
    "location",
    "major",
    "medium",
    "mountain",
    "mountainous",
    "mountains",
    "name",
    "near",
    "neighborhood",
    "neighbourhood",
    "of",
    "old",
    "or",
    "outskirts",
    "place",
    "region",
    "remote",
    "residential",
    "road",
    "rural",
    "sized",
    "small",
    "some",
    "somewhere",
    "street",
    "suburb",
    "suburban",
    "suburbs",
    "the",
    "town",
    "urban",
    "village",
];

/// Towns that are called so all the same.
const CALLED_SO: [&str; 2] = ["central coast", "road town"];

/// A name without the quotes, brackets and stars around it; none for the many ways of saying "I do not know".
pub(super) fn name(text: &str) -> Option<String> {
    let text: String = bare(text).chars().take(LONGEST).collect();
    let text = bare(&text);
    // What stands in brackets is a remark.
    let outside = text.split_once('(').map_or(text, |(outside, _)| outside);
    let key = fold(if outside.trim().is_empty() { text } else { outside });
    let is_refused = key.split(' ').any(|word| REFUSING.contains(&word))
        || key.split(' ').next().is_some_and(|first| REFUSING_FIRST.contains(&first))
        || matches!(key.as_str(), "n a" | "na");
    let is_code = text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase());
    let is_generic = !is_code
        && !CALLED_SO.contains(&key.as_str())
        && key.split(' ').all(|word| word.is_empty() || GENERIC.contains(&word));
    (!is_refused && !is_generic).then(|| text.to_owned())
}

/// A text without what stands around a name.
fn bare(text: &str) -> &str {
    let around = |c: char| {
        c.is_whitespace() || matches!(c, '"' | '\'' | '[' | ']' | '*' | '`' | '<' | '>' | '_' | ',' | ';' | ':')
    };
    let text = text.trim_matches(around);
    text.strip_suffix('.').filter(|rest| !rest.contains('.')).unwrap_or(text).trim()
}

/// The name itself, and whether it is only supposed: "Possibly Cusco" is Cusco.
pub fn unhedged(text: &str) -> (&str, bool) {
    let mut name = bare(text);
    let mut is_hedged = false;
    let begins = |name: &str, hedge: &str| {
        name.get(..hedge.len()).is_some_and(|start| start.eq_ignore_ascii_case(hedge))
            && name[hedge.len()..].starts_with([' ', ':', ','])
    };
    while let Some(hedge) = HEDGES.iter().chain(&PASSED).find(|hedge| begins(name, hedge)) {
        name = bare(&name[hedge.len()..]);
        is_hedged |= HEDGES.contains(hedge);
    }
    (name, is_hedged)
}

/// The name in a country's field that gives one, so that others can be scored in its place.
pub(super) fn only(text: &str) -> Option<&str> {
    let (text, _) = unhedged(text);
    name(text)?;
    if country_called(text).is_some() || parts(text).len() == 1 {
        return Some(text);
    }
    // "China (中国)", and not "Georgia (USA)".
    let outside = bare(text.split('(').next()?);
    let [country] = countries(text)[..] else { return None };
    (parts(outside).len() == 1 && country_named(outside)?.code == country.code).then_some(outside)
}

/// How a name follows the one before it.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Joint {
    /// "or", a slash, a semicolon.
    Or,
    /// A comma or a bracket, behind which a greater place may stand as well as another one.
    Comma,
}

/// The countries among which a country's field leaves the choice: one where it names one; none where it names no country that is
/// known, or something else beside one ("Spain or Catalonia").
pub fn countries(text: &str) -> Vec<&'static Country> {
    let (text, _) = unhedged(text);
    let parts = parts(text);
    if parts.len() > MOST_NAMES {
        return Vec::new();
    }
    // "Bosnia and Herzegovina" and "Congo (Kinshasa)" are names.
    if parts.len() == 1 || country_called(text).is_some() {
        return country_named(text).into_iter().collect();
    }
    let mut found: Vec<&'static Country> = Vec::new();
    let mut is_choice = false;
    let mut is_all = true;
    for (joint, part) in parts {
        let (name, _) = unhedged(part);
        is_choice |= joint == Joint::Or || name != bare(part);
        let Some(country) = country_named(name) else {
            is_all = false;
            continue;
        };
        add(&mut found, country, joint);
    }
    // "Bavaria, Germany" names one country, and "Spain or Catalonia" does not.
    if is_all || (!is_choice && found.len() == 1) { found } else { Vec::new() }
}

/// Adds a country to those among which an answer leaves the choice, each once. "Georgia, USA" lies in one country.
pub(super) fn add(found: &mut Vec<&'static Country>, country: &'static Country, joint: Joint) {
    if joint == Joint::Comma && found.last().is_some_and(|before| is_part_of(&before.name, country)) {
        found.pop();
    }
    if found.iter().all(|other| other.code != country.code) {
        found.push(country);
    }
}

/// The parts of a text, each with how it follows the one before.
fn parts(text: &str) -> Vec<(Joint, &str)> {
    let mut parts = Vec::new();
    for alternative in text.split(['/', ';', '|']).flat_map(|text| text.split(" or ")) {
        let mut joint = if parts.is_empty() { Joint::Comma } else { Joint::Or };
        for piece in alternative.split([',', '(', ')']).filter(|piece| !bare(piece).is_empty()) {
            let (first, piece) = match bare(piece).strip_prefix("or ") {
                Some(name) => (Joint::Or, name),
                None => (joint, piece),
            };
            joint = first;
            let is_called = country_called(unhedged(piece).0).is_some();
            let names = if is_called { vec![piece] } else { piece.split(" and ").collect() };
            for name in names {
                parts.push((joint, name));
                joint = Joint::Or;
            }
            joint = Joint::Comma;
        }
    }
    parts
}

/// Whether a name is that of a part of this country.
fn is_part_of(name: &str, country: &Country) -> bool {
    let name = fold(name);
    chief_places(country.code, TOWNS_THAT_TELL).iter().any(|town| fold(&town.place.region) == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, codes: &[&str]) {
        let found: Vec<&str> = countries(text).iter().map(|country| country.code.as_str()).collect();
        assert_eq!(found, codes, "{text}");
    }

    #[test]
    fn a_field_names_one_country_in_many_ways() {
        for (text, code) in [
            ("Peru", "PE"),
            ("Likely Brazil", "BR"),
            ("Most likely: Brazil", "BR"),
            ("Bosnia and Herzegovina", "BA"),
            ("United States of America (USA)", "US"),
            ("China (中国)", "CN"),
            ("Guinea (unclear)", "GN"),
            ("Bavaria, Germany", "DE"),
            ("Georgia, USA", "US"),
            ("Georgia (USA)", "US"),
        ] {
            check(text, &[code]);
        }
    }

    #[test]
    fn several_are_a_choice_and_what_is_no_country_none() {
        check("Spain or Portugal", &["ES", "PT"]);
        check("either Iran or Iraq", &["IR", "IQ"]);
        check("Austria/Germany", &["AT", "DE"]);
        check("Austria, Germany", &["AT", "DE"]);
        check("Austria (possibly Germany)", &["AT", "DE"]);
        check("Ireland (or UK)", &["IE", "GB"]);
        check("Trinidad and Tobago or Guyana", &["TT", "GY"]);
        check("Possibly Colombia, Ecuador, or Peru", &["CO", "EC", "PE"]);
        check("Spain or Catalonia", &[]);
        check("Peru, or elsewhere in the Andes", &[]);
        check("Europe", &[]);
        check("", &[]);
        check(&"Peru, ".repeat(200), &[]);
    }

    #[test]
    fn a_refusal_and_a_kind_of_place_are_no_names() {
        for text in [
            "Not determinable",
            "Cannot be told from this",
            "Not Germany",
            "Unknown, possibly Germany",
            "Unknown (perhaps in Texas)",
            "N/A",
            "NA",
            "none",
            "Various cities",
            "Insufficient information",
            "No specific city identified",
            "Urban area",
            "Rural",
            "Suburban",
            "Downtown",
            "Coastal city",
            "a small mountain town",
            "Any",
            "[city]",
            "",
        ] {
            assert_eq!(name(text), None, "{text}");
        }
        for text in
            ["Mexico City", "Cape Town", "Rural Hall", "Kami no yama", "Possibly Cusco", "(France)", "IN", "Road Town"]
        {
            assert_eq!(name(text).as_deref(), Some(text));
        }
    }

    #[test]
    fn the_name_alone_is_where_others_are_scored() {
        assert_eq!(only("Likely Brazil"), Some("Brazil"));
        assert_eq!(only("China (中国)"), Some("China"));
        assert_eq!(only("Bosnia and Herzegovina"), Some("Bosnia and Herzegovina"));
        for text in
            ["Georgia (USA)", "Spain or Portugal", "Austria (possibly Germany)", "Unknown", "Bavaria, Germany", ""]
        {
            assert_eq!(only(text), None, "{text}");
        }
    }

    #[test]
    fn a_hedge_is_told_from_the_name() {
        assert_eq!(unhedged("Possibly São Paulo"), ("São Paulo", true));
        assert_eq!(unhedged("most likely: Cusco."), ("Cusco", true));
        assert_eq!(unhedged("either Cusco or Puno"), ("Cusco or Puno", false));
        assert_eq!(unhedged("Likely"), ("Likely", false));
        assert_eq!(unhedged("Or Yehuda"), ("Or Yehuda", false));
        assert_eq!(unhedged("Éire"), ("Éire", false));
    }
}
