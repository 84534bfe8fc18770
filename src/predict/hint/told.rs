//! What a sign says by the user's word: "the sign says Apotheke", or a text in quotes. It goes where the texts that the
//! reader reads go.

use super::{
    sentence::{Sentence, Word},
    tone,
};

/// The pairs of quotes.
const QUOTES: [(char, char); 7] =
    [('"', '"'), ('“', '”'), ('„', '“'), ('«', '»'), ('‘', '’'), ('「', '」'), ('\'', '\'')];

/// The text that a sign says.
pub(super) fn text<'a>(sentence: &Sentence<'a>) -> Option<&'a str> {
    if let Some(whole) = quoted(sentence.text).filter(|whole| whole.len() + 8 > sentence.text.len()) {
        return Some(whole);
    }
    let is = |word: &&Word, heading| tone::is_word(&word.plain, heading);
    let says = sentence.words.iter().position(|word| is(&word, "says"))?;
    let is_by_a_sign = sentence.words[..says].iter().any(|word| is(&word, "signs"));
    let behind = sentence.text.get(sentence.words[says].at.end..).unwrap_or_default();
    let said = quoted(behind).unwrap_or(behind).trim_matches(|c: char| c.is_whitespace() || ":,.\"'".contains(c));
    (is_by_a_sign && !said.is_empty()).then_some(said)
}

/// What stands between the first pair of quotes.
fn quoted(text: &str) -> Option<&str> {
    let (start, open) = text.char_indices().find(|(at, c)| {
        // An apostrophe inside a word opens nothing.
        QUOTES.iter().any(|(open, _)| open == c) && !text[..*at].ends_with(char::is_alphanumeric)
    })?;
    let inside = &text[start + open.len_utf8()..];
    let (_, close) = QUOTES.iter().find(|(other, _)| *other == open)?;
    let end = inside.rfind(*close).or_else(|| inside.rfind('”'))?;
    Some(&inside[..end])
}

#[cfg(test)]
mod tests {
    use super::{super::sentence::sentences, *};

    #[track_caller]
    fn check(written: &str, right: Option<&str>) {
        assert_eq!(sentences(written).first().and_then(text), right, "{written}");
    }

    #[test]
    fn what_a_sign_says() {
        check("the sign says Apotheke", Some("Apotheke"));
        check("The sign says: \"Wyjście\"", Some("Wyjście"));
        check("a shop's board reads Farmacia Central", Some("Farmacia Central"));
        check("auf dem Schild steht Bäckerei", Some("Bäckerei"));
        check("«Аптека»", Some("Аптека"));
        check("it says www.shop.pl", Some("www.shop.pl"));
        check("my friend says so", None);
        check("he said so", None);
        check("they drive on the left", None);
        check("the sign says", None);
        check("\"", None);
    }
}
