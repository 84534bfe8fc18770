//! A reading cut at its blanks.

/// The parts of a reading between blanks, without the punctuation around them.
pub(super) fn tokens(reading: &str) -> impl Iterator<Item = &str> {
    let is_around = |c: char| matches!(c, ',' | ';' | ':' | '!' | '?' | '(' | ')' | '"' | '\'' | '.');
    reading.split_whitespace().map(move |token| token.trim_matches(is_around)).filter(|token| !token.is_empty())
}
