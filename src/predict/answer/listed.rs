//! Guesses in a list, each with its share: "1. Chile (60%)", "- Lisbon, Portugal: 70 %". The one with the greatest share is the answer.

use super::{
    conclusion,
    sentence::{Word, sentences, words},
};

/// The guess with the greatest share, where several lines are each no more than a name and its share.
pub(super) fn likeliest(text: &str) -> Option<&str> {
    let guesses: Vec<(&str, f64)> = text.lines().filter_map(guess).collect();
    let greatest = guesses.iter().map(|(_, share)| *share).fold(0.0, f64::max);
    // Of two that are as likely none is chosen.
    let mut best = guesses.iter().filter(|(_, share)| *share == greatest);
    let first = best.next().filter(|_| guesses.len() > 1 && best.next().is_none());
    first.map(|(name, _)| *name)
}

/// The name and the share of a line that holds nothing else: "Chile (60%)", "Lima, Peru: probability 0.6".
fn guess(line: &str) -> Option<(&str, f64)> {
    let is_number = |c: char| c.is_ascii_digit() || c == '.';
    let line = line.trim_start_matches(|c: char| !c.is_alphabetic());
    let end = line.rfind(|c: char| c.is_ascii_digit())? + 1;
    let name = line[..end].trim_end_matches(is_number);
    let share: f64 = line[name.len()..end].parse().ok()?;
    let behind = line[end..].trim_start();
    let is_share = behind.starts_with('%') || (share <= 1.0 && line[name.len()..end].contains('.'));
    let bare = |name: &'_ str| name.trim_end_matches(|c: char| !c.is_alphanumeric()).len();
    let mut name = &name[..bare(name)];
    for word in ["probability", "confidence", "likelihood", "chance"] {
        name = name.strip_suffix(word).map_or(name, |name| &name[..bare(name)]);
    }
    let read: Vec<Vec<Word<'_>>> = sentences(name).map(words).collect();
    let is_all = !behind.chars().any(char::is_alphanumeric);
    (is_share && is_all && conclusion::is_bare(&read)).then_some((name, share))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_share_is_the_answer_and_of_equal_ones_none() {
        for (text, right) in [
            ("1. Chile (60%)\n2. Argentina (30%)", Some("Chile")),
            ("- Porto, Portugal: 20 %\n- **Lisbon, Portugal** - 70.5%\n", Some("Lisbon, Portugal")),
            ("1. **Bulgaria** – 55%\n2. **Serbia** – 25 %", Some("Bulgaria")),
            ("1. Vientiane, Laos (probability: 0.3)\n2. Hanoi, Vietnam (probability: 0.6)", Some("Hanoi, Vietnam")),
            ("Chile 50%\nPeru 50%", None),
            ("Chile 1990\nPeru 2020", None),
            ("Chile (60%)", None),
            ("60% of the signs are in Spanish\nThe sky covers 40% of it\n100%\n%", None),
            ("", None),
        ] {
            assert_eq!(likeliest(text), right, "{text}");
        }
    }
}
