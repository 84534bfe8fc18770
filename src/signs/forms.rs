//! Postcodes, number plates and national phone numbers by their form, where few countries have it.

use std::{ops::Range, sync::LazyLock};

use super::{
    Text,
    clue::{ClueKind, Found},
    sources,
    tables::{codes, rows},
};
use crate::geo::{CountryCode, places_called};

pub(super) const TABLE: &str = include_str!("../../assets/knowledge/signs_forms.csv");

struct Form {
    kind: ClueKind,
    /// `#` a digit, `@` a capital, `%` a capital consonant, `?` a digit or capital, word by word; `*` is a town of one of the
    /// countries, in one word or more.
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
/// No name of a town has more words.
const LONGEST_TOWN: usize = 4;
/// "2024 BMW" is no plate: digits that may be a year of our time are none of a form, unless a town stands with them.
const YEARS: std::ops::RangeInclusive<u32> = 1900..=2099;

/// The forms in a reading. A plate is all of its reading; postcodes and numbers stand among other words. Of one kind the
/// form that takes most of the reading counts.
pub(super) fn find(reading: &Text<'_>) -> Vec<Found> {
    let is_around = |c: char| matches!(c, ',' | ';' | ':' | '!' | '.');
    let words: Vec<&str> = reading.text.split_whitespace().map(|word| word.trim_matches(is_around)).collect();
    // In French a colon has blanks on both sides, and nothing is left of it.
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    if words.len() > MOST_WORDS || !reading.text.contains(|c: char| c.is_ascii_digit()) {
        return Vec::new();
    }
    let all: Vec<Fitting> = [ClueKind::Postcode, ClueKind::Plate, ClueKind::Phone]
        .into_iter()
        .filter_map(|kind| longest(kind, &words))
        .collect();
    // The end of a phone number looks like a postcode.
    let is_whole =
        |part: &&Fitting| !all.iter().any(|whole| whole.at.len() > part.at.len() && whole.text.contains(&part.text));
    let found = |fitting: &Fitting| {
        let Form { kind, times, countries, source, .. } = fitting.form;
        Found::new(*kind, &fitting.text, countries).times(*times).source(source)
    };
    all.iter().filter(is_whole).map(found).collect()
}

/// A postcode by its form in a reading.
pub(super) struct Postcode {
    /// The places of its words, without the name of the town that stands with it.
    pub(super) at: Vec<usize>,
    /// The countries that have the form.
    pub(super) countries: &'static [CountryCode],
}

/// The postcode of few countries in these words.
pub(super) fn postcode_in(words: &[&str]) -> Option<Postcode> {
    let Fitting { form, at, town, .. } = longest(ClueKind::Postcode, words)?;
    Some(Postcode { at: at.filter(|word| !town.contains(word)).collect(), countries: &form.countries })
}

/// A form and the part of a reading that has it.
struct Fitting {
    form: &'static Form,
    /// Its words in the reading.
    at: Range<usize>,
    /// Those of them that name the town; empty where the form needs none.
    town: Range<usize>,
    text: String,
}

fn longest(kind: ClueKind, words: &[&str]) -> Option<Fitting> {
    let fitting = FORMS.iter().filter(|form| form.kind == kind).filter_map(|form| fitting(form, words));
    // Of equally long ones the first, as with `max_by` the last would be.
    fitting.reduce(|best, next| if next.text.len() > best.text.len() { next } else { best })
}

/// The first part of the reading that has the form.
fn fitting(form: &'static Form, words: &[&str]) -> Option<Fitting> {
    let starts = if form.kind == ClueKind::Plate { 0..1 } else { 0..words.len() };
    starts.filter_map(|start| fitting_at(form, words, start)).find(|fitting| {
        let is_all = fitting.at == (0..words.len());
        let is_year = fitting.town.is_empty() && is_year(&fitting.text);
        let is_possible = has_its_letters(form, &fitting.text) && !is_cut(form.kind, words, &fitting.at);
        !is_year && is_possible && (is_all || form.kind != ClueKind::Plate)
    })
}

/// The form at this word of the reading. A town takes as many words as its name has.
fn fitting_at(form: &'static Form, words: &[&str], start: usize) -> Option<Fitting> {
    let fit = |from: usize, forms: &[&str]| {
        words.get(from..from + forms.len()).is_some_and(|words| words.iter().zip(forms).all(|(w, f)| word_fits(w, f)))
    };
    let found = |town: Range<usize>, end: usize| {
        let at = start..end;
        Fitting { form, text: words[at.clone()].join(" "), at, town }
    };
    let Some(star) = form.words.iter().position(|word| *word == "*") else {
        let end = start + form.words.len();
        return fit(start, &form.words).then(|| found(end..end, end));
    };
    let (before, after) = (&form.words[..star], &form.words[star + 1..]);
    let from = start + star;
    let is_town = |town: &[&str]| {
        let starts_large = town.iter().any(|word| word.starts_with(char::is_uppercase));
        starts_large && places_called(&town.join(" ")).iter().any(|town| form.countries.contains(&town.place.country))
    };
    let mut ends = (1..=LONGEST_TOWN).rev().map(|count| from + count).filter(|end| *end <= words.len());
    let end = ends.find(|end| fit(start, before) && fit(*end, after) && is_town(&words[from..*end]))?;
    Some(found(from..end, end + after.len()))
}

/// Whether a postcode that is of Britain or Canada alone has letters that those are written with: "G7 2GO" and "R2D2C3" have the form
/// (Royal Mail, Programmers' Guide to the Postcode Address File; Canada Post, Addressing Guidelines).
fn has_its_letters(form: &Form, text: &str) -> bool {
    let [country] = form.countries[..] else { return true };
    if form.kind != ClueKind::Postcode {
        return true;
    }
    let letters = |text: &str, none_of: &str| !text.contains(|c| none_of.contains(c));
    match country.as_str() {
        "GB" => {
            let (area, rest) = text.split_at(text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len()));
            let unit = rest.rsplit(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or(rest);
            let is_area = match area.len() {
                1 => "BEGLMNSW".contains(area),
                _ => letters(&area[..1], "QVX") && letters(&area[1..], "IJZ"),
            };
            is_area && letters(unit, "CIKMOV")
        }
        "CA" => letters(text, "DFIOQU") && !text.starts_with(['W', 'Z']),
        _ => true,
    }
}

/// Whether a number goes on where another number stands beside it, and is then of another form.
fn is_cut(kind: ClueKind, words: &[&str], at: &Range<usize>) -> bool {
    let is_digits = |word: &&str| word.chars().all(|c| c.is_ascii_digit());
    let before = at.start.checked_sub(1).and_then(|before| words.get(before));
    kind == ClueKind::Phone
        && (before.is_some_and(|word| is_digits(word) || word.starts_with('+'))
            || words.get(at.end).is_some_and(is_digits))
}

/// Whether all digits of a text are those of a year.
fn is_year(text: &str) -> bool {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    digits.len() == 4 && digits.parse().is_ok_and(|number| YEARS.contains(&number))
}

fn word_fits(word: &str, form: &str) -> bool {
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
        check(find, "Beverly Hills, CA 90210", &[("Beverly Hills CA 90210", "US")]);
        check(find, "1000-205 Lisboa", &[("1000-205 Lisboa", "PT")]);
        for plain in
            ["12-345", "10-200 kg", "E40 EXIT", "A12", "90210", "1234 ab", "12345", "H3A", "Open 10-20", "5 - 7"]
        {
            check(find, plain, &[]);
        }
    }

    #[test]
    fn slogans_and_plates_of_the_form_have_letters_that_no_postcode_has() {
        for real in ["SW1A 1AA", "M1 1AE", "ZE1 0AA", "EC1A1BB"] {
            check(find, real, &[(real, "GB")]);
        }
        check(find, "K1A 0B1", &[("K1A 0B1", "CA")]);
        for plain in ["G7 2GO", "A1 2DO", "K9 4US", "U2 1DJ", "H2O 2GO", "A10 1AB", "R2D 2C3", "W1N 1A1"] {
            let found = find(&Text::typed(plain));
            assert!(found.iter().all(|found| found.kind != ClueKind::Postcode), "{plain}: {found:?}");
        }
    }

    /// "2024 US Open" has the form of a Dutch postcode, and a Polish one stands in "20-150 Personen".
    #[test]
    fn a_postcode_that_needs_a_town_needs_one_of_its_country() {
        check(find, "2513 AA Den Haag", &[("2513 AA Den Haag", "NL")]);
        check(find, "2024 HB Haarlem", &[("2024 HB Haarlem", "NL")]);
        for plain in [
            "2024 US Open",
            "2025 FA Cup",
            "2024 UK Tour",
            "Räume für 20-150 Personen",
            "ID 40213",
            "MA 12345",
            "PA 44120",
            "DE 10115 Berlin",
        ] {
            let found = find(&Text::typed(plain));
            assert!(found.iter().all(|found| found.kind != ClueKind::Postcode), "{plain}: {found:?}");
        }
    }

    #[test]
    fn a_letter_and_four_digits_tell_little_and_a_year_nothing() {
        let found = find(&Text::typed("UNIT B-1204"));
        assert!(found.iter().all(|found| found.times <= 3.0), "{found:?}");
        for plain in ["A-2024", "2024 BMW", "HT2024"] {
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
        check(find, "Tél : 01 42 68 53 00", &[("01 42 68 53 00", france)]);
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
