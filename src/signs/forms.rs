//! Postcodes, number plates and national phone numbers by their form, where few countries have it.

use std::sync::LazyLock;

use super::{
    Text,
    clue::{ClueKind, Found},
    sources,
    tables::{codes, rows},
};
use crate::geo::CountryCode;

pub(super) const TABLE: &str = include_str!("../../assets/knowledge/signs_forms.csv");

struct Form {
    kind: ClueKind,
    /// `#` a digit, `@` a capital, `%` a capital consonant, `?` a digit or capital, `*` a word with a capital; word by word.
    words: Vec<&'static str>,
    times: f64,
    countries: Vec<CountryCode>,
    source: String,
}

static FORMS: LazyLock<Vec<Form>> = LazyLock::new(|| rows::<5>(TABLE).into_iter().filter_map(form_of).collect());

fn form_of([kind, form, times, countries, keys]: [&'static str; 5]) -> Option<Form> {
    let kind = match kind {
        "postcode" => ClueKind::Postcode,
        "plate" => ClueKind::Plate,
        "phone" => ClueKind::Phone,
        _ => return None,
    };
    let (words, source) = (form.split(' ').collect(), sources::described(keys));
    Some(Form { kind, words, times: times.parse().ok()?, countries: codes(countries), source })
}

/// A reading of more words holds no address.
const MOST_WORDS: usize = 16;

/// The forms in a reading. A plate is all of its reading; postcodes and numbers stand among other words. Of one kind the
/// form that takes most of the reading counts.
pub(super) fn find(reading: &Text<'_>) -> Vec<Found> {
    let is_around = |c: char| matches!(c, ',' | ';' | ':' | '!' | '.');
    let words: Vec<&str> = reading.text.split_whitespace().map(|word| word.trim_matches(is_around)).collect();
    if words.len() > MOST_WORDS || !reading.text.contains(|c: char| c.is_ascii_digit()) {
        return Vec::new();
    }
    let all: Vec<Fitting> = [ClueKind::Postcode, ClueKind::Plate, ClueKind::Phone]
        .into_iter()
        .filter_map(|kind| longest(kind, &words))
        .collect();
    // The end of a phone number looks like a postcode.
    let is_whole =
        |part: &&Fitting| !all.iter().any(|whole| whole.words > part.words && whole.text.contains(&part.text));
    let found = |fitting: &Fitting| {
        let Form { kind, times, countries, source, .. } = fitting.form;
        Found::new(*kind, &fitting.text, countries).times(*times).source(source)
    };
    all.iter().filter(is_whole).map(found).collect()
}

/// The places of the words that are a postcode by its form, without the name of the town that stands with it.
pub(super) fn postcode_in(words: &[&str]) -> Vec<usize> {
    let Some((form, at)) = longest(ClueKind::Postcode, words).map(|fitting| (fitting.form, fitting.at)) else {
        return Vec::new();
    };
    (at..).zip(&form.words).filter(|(_, word)| **word != "*").map(|(at, _)| at).collect()
}

/// A form and the part of a reading that has it.
struct Fitting {
    form: &'static Form,
    /// Its first word in the reading.
    at: usize,
    /// How many words of the reading it takes.
    words: usize,
    text: String,
}

fn longest(kind: ClueKind, words: &[&str]) -> Option<Fitting> {
    let fitting = FORMS.iter().filter(|form| form.kind == kind).filter_map(|form| {
        let at = place_of(form, words)?;
        let taken = form.words.len();
        Some(Fitting { form, at, words: taken, text: words[at..at + taken].join(" ") })
    });
    // Of equally long ones the first, as with `max_by` the last would be.
    fitting.reduce(|best, next| if next.text.len() > best.text.len() { next } else { best })
}

/// Where in the reading the form begins.
fn place_of(form: &Form, words: &[&str]) -> Option<usize> {
    let fits = |window: &[&str]| window.iter().zip(&form.words).all(|(word, form)| word_fits(word, form));
    if form.kind == ClueKind::Plate {
        return (words.len() == form.words.len() && fits(words)).then_some(0);
    }
    // A number goes on where another number stands beside it, and is then of another form.
    let is_digits = |word: Option<&&str>| word.is_some_and(|word| word.chars().all(|c| c.is_ascii_digit()));
    words.windows(form.words.len()).enumerate().find_map(|(at, window)| {
        let is_cut = form.kind == ClueKind::Phone
            && (at.checked_sub(1).is_some_and(|before| is_digits(words.get(before)) || words[before].starts_with('+'))
                || is_digits(words.get(at + window.len())));
        (fits(window) && !is_cut).then_some(at)
    })
}

fn word_fits(word: &str, form: &str) -> bool {
    if form == "*" {
        let starts_large = word.chars().next().is_some_and(char::is_uppercase);
        return starts_large && word.chars().count() >= 3 && word.chars().all(|c| c.is_alphabetic() || c == '-');
    }
    let (mut letters, mut wanted) = (word.chars(), form.chars());
    loop {
        match (letters.next(), wanted.next()) {
            (None, None) => return true,
            (Some(letter), Some(wanted)) if letter_fits(letter, wanted) => {}
            _ => return false,
        }
    }
}

fn letter_fits(letter: char, wanted: char) -> bool {
    match wanted {
        '#' => letter.is_ascii_digit(),
        '@' => letter.is_ascii_uppercase(),
        '%' => letter.is_ascii_uppercase() && !matches!(letter, 'A' | 'E' | 'I' | 'O' | 'U' | 'Q'),
        '?' => letter.is_ascii_digit() || letter.is_ascii_uppercase(),
        _ => letter == wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signs::{
        sources::tests::check_sources,
        tables::tests::{check_strengths, check_table},
        tests::check,
    };

    #[test]
    fn postcodes_tell() {
        check(find, "London SW1A 1AA", &[("SW1A 1AA", "GB")]);
        check(find, "Montréal, QC H3A 1B9", &[("H3A 1B9", "CA")]);
        check(find, "D-12345 Berlin", &[("D-12345", "DE")]);
        check(find, "〒100-0005", &[("〒100-0005", "JP")]);
        check(find, "CEP 01310-100", &[("01310-100", "BR")]);
        check(find, "00-950 Warszawa", &[("00-950 Warszawa", "PL")]);
        check(find, "1012 AB Amsterdam", &[("1012 AB Amsterdam", "NL")]);
        check(find, "Dublin D02 X285", &[("D02 X285", "IE")]);
        check(find, "Beverly Hills, CA 90210", &[("CA 90210", "US")]);
        check(find, "1000-205 Lisboa", &[("1000-205 Lisboa", "PT")]);
        for plain in
            ["12-345", "10-200 kg", "E40 EXIT", "A12", "90210", "1234 ab", "12345", "H3A", "Open 10-20", "5 - 7"]
        {
            check(find, plain, &[]);
        }
    }

    #[test]
    fn plates_tell_where_they_are_all_of_a_reading() {
        check(find, "AB12 CDE", &[("AB12 CDE", "GB")]);
        check(find, "AB-123-CD", &[("AB-123-CD", "FR GE")]);
        check(find, "1234 BCD", &[("1234 BCD", "ES")]);
        check(find, "KA 01 AB 1234", &[("KA 01 AB 1234", "IN")]);
        check(find, "51F-123.45", &[("51F-123.45", "VN")]);
        check(find, "1-ABC-234", &[("1-ABC-234", "BE")]);
        for plain in ["Model AB12 CDE", "2024 SUE", "12 OCT 25", "ABC 123", "MP3 128", "ab-123-cd", "USB 3.0", "24 AUG"]
        {
            check(find, plain, &[]);
        }
    }

    #[test]
    fn national_phone_numbers_tell_where_their_form_is_rare() {
        let france = "EH FR GF GP MA MC MQ RE YT";
        check(find, "Tél. 01 42 68 53 00", &[("01 42 68 53 00", france)]);
        check(find, "Tel: (11) 91234-5678", &[("(11) 91234-5678", "BR")]);
        check(find, "03-1234-5678", &[("03-1234-5678", "JP KR TW")]);
        check(find, "8 (495) 123-45-67", &[("8 (495) 123-45-67", "BY KZ RU")]);
        check(find, "020 7946 0958", &[("020 7946 0958", "GB")]);
        assert!(find(&Text::typed("(212) 555-0123"))[0].countries.len() > 20);
        for plain in ["030 1234567", "+33 01 42 68 53 00", "12 34 56", "01 02 03 04 05 06", "2020 7946 0958", "1-2-3"] {
            check(find, plain, &[]);
        }
    }

    #[test]
    fn the_table_is_sound() {
        check_table(TABLE, 5, 3);
        check_sources(TABLE, 4);
        check_strengths(TABLE, 2);
        assert_eq!(FORMS.len(), TABLE.lines().count() - 1);
    }
}
