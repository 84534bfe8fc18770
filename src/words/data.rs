//! What is wrong with data to learn from, and what to do about it.

use super::{
    count, file_problem,
    grammar::{are, counted},
    kilometres, metres,
    places::country_name,
};
use crate::train::data::{About, Case, Cleaned, Fault, Found, Report};

/// Names and texts of strangers are shown without what would move the cursor, and not longer than this.
const LONGEST: usize = 160;

/// How many examples have a fault: "12 examples: the picture is not there".
pub fn fault(fault: Fault, count_of: usize) -> String {
    let what = match fault {
        Fault::Unread => "that cannot be read",
        Fault::OffEarth => "with degrees that no place on the Earth has",
        Fault::MissingPicture => "whose picture is not there",
        Fault::UnreadPicture => "whose picture cannot be opened",
        Fault::NoCountry => "of which nobody says in which country",
        Fault::NoPosition => "of which nobody says where exactly",
        Fault::CutPicture => "whose picture is cut or damaged",
        Fault::Exchanged => "with latitude and longitude exchanged",
        Fault::WrongSide => "with a minus that is missing or too much",
        Fault::OtherCountry => "in another country than is named",
        Fault::Zeros => "at 0, 0",
        Fault::AtSea => "at sea",
        Fault::Twice => "that are listed twice",
        Fault::SameBytes => "with the same file as another",
        Fault::LooksAlike => "that look like another",
        Fault::TestPicture => "whose picture is in the test data",
        Fault::NearTest => "taken near a picture of the test data",
        Fault::NoAnswer => "answers that name no country",
        Fault::CutAnswer => "answers that break off",
        Fault::OtherAnswer => "whose last answer names another country",
        Fault::LongAnswer => "with an answer longer than is learned",
        Fault::NoPlaceNamed => "whose texts name no place",
        Fault::NoReasons => "that give no reasons",
    };
    let of = match fault {
        Fault::NoAnswer | Fault::CutAnswer => "",
        _ if count_of == 1 => "example ",
        _ => "examples ",
    };
    format!("{} {of}{what}", count(count_of))
}

/// What cleaning left: "3 of 8 texts name a place, 5 examples had no other".
pub fn cleaned_texts(Cleaned { texts, kept, dropped }: Cleaned) -> String {
    let name = if texts == 1 { "names" } else { "name" };
    format!(
        "{} of {} {name} a place, {} had no other",
        count(kept),
        counted(texts, "text"),
        counted(dropped, "example")
    )
}

/// What to do about a fault.
pub fn fault_advice(fault: Fault) -> &'static str {
    match fault {
        Fault::Unread => "mend these in the source, or take them out",
        Fault::OffEarth => "look whether latitude and longitude are exchanged; --columns says which is which",
        Fault::MissingPicture => {
            "say where the paths start from (--root, or root in the training file), or get the pictures"
        }
        Fault::UnreadPicture => "get these files again, or save them as JPEG or PNG",
        Fault::NoCountry => "add a column with the country, or with the place",
        Fault::NoPosition => {
            "add the position where it is known: without it no distance is kept from what is held back and from the test"
        }
        Fault::CutPicture => "get these files again: part of each picture would be learned as grey",
        Fault::Exchanged => "say which column is which: --columns latitude=A,longitude=B",
        Fault::WrongSide => "look at the signs of the degrees, or at a column that says N, S, E or W",
        Fault::OtherCountry => "look which of the two is right; the country that is named is what is learned",
        Fault::Zeros => "leave the place empty where it is not known",
        Fault::AtSea => "look whether latitude and longitude are exchanged or a minus is missing",
        Fault::Twice => "take one of each out, or it is learned twice as strongly",
        Fault::SameBytes => "take one of each out, or it is learned twice as strongly",
        Fault::LooksAlike => {
            "look at them side by side, and take one of each out ('dataset export --no-duplicates' does)"
        }
        Fault::TestPicture => "take them out, or the test measures memory",
        Fault::NearTest => "take them out, or the test measures memory; --apart says how near is too near",
        Fault::NoAnswer => "such answers teach no place; take them out where they are not meant",
        Fault::CutAnswer => "let them end, or the model learns to break off",
        Fault::OtherAnswer => "look which of the two is right",
        Fault::LongAnswer => "raise schedule.max_answer_tokens, or shorten them: what is beyond it is not learned",
        Fault::NoPlaceNamed => "leave them out as the paper does (clean = true in the training file)",
        Fault::NoReasons => {
            "name the column or field (--columns reasons=NAME): the stage 'reasoning' leaves these out, and 'full' and \
             'correction' teach to give none"
        }
    }
}

/// One example with a fault.
pub fn fault_case(Case { name, about }: &Case) -> String {
    let name = plain(name);
    match about {
        About::Nothing => name,
        About::Said(said) if said.starts_with(&name) => plain(said),
        About::Said(said) => format!("{name}: {}", plain(said)),
        About::Pixels(problem) => format!("{name}: {}", file_problem(problem)),
        About::Countries { named, lies_in } => {
            let lies_in = lies_in.map_or("no country".to_owned(), country_name);
            format!("{name}: {} is named, and it is {lies_in}", country_name(*named))
        }
        About::Like(other) => format!("{name}: like {}", plain(other)),
        About::Near { other, km } if *km < 1.0 => format!("{name}: {} from {}", metres(1000.0 * km), plain(other)),
        About::Near { other, km } => format!("{name}: {} from {}", kilometres(*km), plain(other)),
        About::Tokens(n) => format!("{name}: {} tokens", count(*n)),
    }
}

/// How many examples there are, and how many of them nothing can be learned from.
pub fn data_counts(report: &Report) -> String {
    let mut text = format!("{}, {} of no use", counted(report.examples, "example"), count(report.unusable()));
    if report.test > 0 {
        text.push_str(&format!("; {} in the test data", count(report.test)));
    }
    if report.opened > 0 {
        text.push_str(&format!("; {} opened", counted(report.opened, "picture")));
    }
    text
}

/// Why a run is refused.
pub fn data_refusal(worst: Fault, found: &Found, report: &Report) -> String {
    let example = found.first.first().map_or_else(String::new, |case| format!(" (the first: {})", fault_case(case)));
    format!(
        "{} of {} {} of no use, most of all {}{example}; {}",
        count(report.unusable()),
        counted(report.examples, "example"),
        are(report.unusable()),
        fault(worst, found.count),
        fault_advice(worst)
    )
}

fn plain(text: &str) -> String {
    let is_odd = |c: char| {
        c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let mut short: String = text.chars().take(LONGEST).map(|c| if is_odd(c) { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(LONGEST).is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_strangers_move_no_cursor() {
        let case = Case { name: "a\u{1b}[2J\n\u{202e}b.jpg".to_owned(), about: About::Said("c\rd".repeat(100)) };
        let said = fault_case(&case);
        assert!(said.starts_with("a\u{fffd}[2J\u{fffd}\u{fffd}b.jpg: c\u{fffd}d"), "{said}");
        assert!(!said.contains(char::is_control) && said.ends_with('…') && said.chars().count() < 200, "{said}");
    }

    #[test]
    fn counts_and_distances_are_said_as_people_say_them() {
        assert_eq!(fault(Fault::MissingPicture, 1), "1 example whose picture is not there");
        assert_eq!(fault(Fault::NoAnswer, 2000), "2,000 answers that name no country");
        let report = |examples, opened| {
            let mut report = Report::default();
            (report.examples, report.opened) = (examples, opened);
            report
        };
        assert_eq!(data_counts(&report(1, 1)), "1 example, 0 of no use; 1 picture opened");
        assert_eq!(data_counts(&report(2000, 2)), "2,000 examples, 0 of no use; 2 pictures opened");
        let near = |km| fault_case(&Case { name: "a".to_owned(), about: About::Near { other: "b".to_owned(), km } });
        assert_eq!([near(0.0421), near(12.3)], ["a: 42 m from b", "a: 12 km from b"].map(str::to_owned));
    }
}
