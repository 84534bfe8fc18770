//! Degrees as people write them: `48.8566`, `48,8566`, `48° 51' 24" N`, `48 deg 51' 24.00" N`, `N 48:51:24`.

use super::problem::RowProblem;

/// Which way degrees count, and how far they may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dataset) enum Axis {
    /// To the north, at most 90.
    Latitude,
    /// To the east, at most 180.
    Longitude,
}

/// What stands in a cell that has no value, as spreadsheets, databases and Python write it.
pub(in crate::dataset) fn is_absent(text: &str) -> bool {
    let words = ["", "nan", "null", "none", "na", "n/a", "#n/a", "<na>", "-", "nil", "undefined", "\\n"];
    words.contains(&text.trim().to_ascii_lowercase().as_str())
}

impl Axis {
    fn most(self) -> u16 {
        match self {
            Self::Latitude => 90,
            Self::Longitude => 180,
        }
    }

    /// Whether a letter or word names this axis's positive side; none where it names neither of its sides. `O` is west in
    /// French and east in German, so it tells nothing.
    fn side(self, word: &str) -> Option<bool> {
        let is = |letter: &str, name: &str| word.eq_ignore_ascii_case(letter) || word.eq_ignore_ascii_case(name);
        match self {
            Self::Latitude if is("N", "north") => Some(true),
            Self::Latitude if is("S", "south") => Some(false),
            Self::Longitude if is("E", "east") => Some(true),
            Self::Longitude if is("W", "west") => Some(false),
            _ => None,
        }
    }

    /// The degrees of a cell. `reference` is what a column of references (`N`, `South`) says of the same row.
    pub(in crate::dataset) fn parse(self, text: &str, reference: Option<&str>) -> Result<f64, RowProblem> {
        let text = text.trim().replace('\u{2212}', "-"); // a minus as typesetters write it
        let wrong = || RowProblem::NotDegrees(text.clone());
        // A small `s` is seconds after minutes, and otherwise might be the south: then it tells nothing.
        let (mut numbers, mut side, mut has_minutes) = (Vec::new(), None, false);
        for token in tokens(&text) {
            if token.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | ',')) {
                numbers.push(number(token).ok_or_else(wrong)?);
            } else if let Some(named) = self.side(token).filter(|_| token != "s") {
                if side.replace(named).is_some() {
                    return Err(wrong());
                }
            } else if !is_unit(token) || (token == "s" && !has_minutes) {
                return Err(wrong());
            }
            has_minutes |= matches!(token, "m" | "min" | "minutes" | "'" | "′");
        }
        let is_sexagesimal = numbers.iter().skip(1).all(|part| (0.0..60.0).contains(part) && part.is_sign_positive());
        let (1..=3, true) = (numbers.len(), is_sexagesimal) else { return Err(wrong()) };
        let whole = numbers[0].abs();
        if numbers.len() > 1 && whole.fract() != 0.0 {
            return Err(wrong());
        }
        let sizes = numbers.iter().skip(1).zip([60.0, 3600.0]);
        let degrees = sizes.fold(whole, |degrees, (part, size)| degrees + part / size);
        let is_negative = numbers[0].is_sign_negative();
        let named = reference.map(str::trim).filter(|word| !is_absent(word));
        let side = match (side, named) {
            (None, Some(word)) => Some(self.side(word).ok_or_else(|| RowProblem::NoSide(word.to_owned()))?),
            (side, _) => side,
        };
        // A value that is negative already says all there is to say.
        let degrees = if is_negative || side == Some(false) { -degrees } else { degrees };
        let most = self.most();
        if degrees.abs() <= f64::from(most) { Ok(degrees) } else { Err(RowProblem::OffEarth { text, most }) }
    }
}

/// Latitude and longitude in one cell: `48.85, 2.35`, `48.85 2.35`, `48,85; 2,35`, `48° 51' N, 2° 21' E`.
pub(in crate::dataset) fn parse_pair(text: &str) -> Result<[f64; 2], RowProblem> {
    let text = text.trim().trim_matches(['(', ')', '[', ']']).trim();
    let wrong = || RowProblem::NoPair(text.to_owned());
    let pair = ["; ", ";", ", ", ",", " "].iter().find_map(|separator| {
        // `48,5` is one number with a decimal comma, or two whole ones: nobody can tell.
        if *separator == "," && !text.contains('.') {
            return None;
        }
        let mut parts = text.split(separator).map(str::trim).filter(|part| !part.is_empty());
        let pair = [parts.next()?, parts.next()?];
        parts.next().is_none().then_some(pair)
    });
    let [latitude, longitude] = pair.ok_or_else(wrong)?;
    Ok([Axis::Latitude.parse(latitude, None)?, Axis::Longitude.parse(longitude, None)?])
}

/// Numbers, words, and signs such as `°`.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let kind = |c: char| match c {
        '0'..='9' | '+' | '-' | '.' | ',' => 0,
        c if c.is_alphabetic() => 1,
        c if c.is_whitespace() => 2,
        _ => 3,
    };
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let first = kind(rest.chars().next()?);
        let end = rest.find(|c| kind(c) != first).unwrap_or(rest.len());
        let (token, left) = rest.split_at(end);
        rest = left;
        Some(token)
    })
}

/// A decimal number with a point or a comma.
fn number(token: &str) -> Option<f64> {
    let point = match (token.matches(',').count(), token.contains('.')) {
        (0, _) => token.to_owned(),
        (1, false) => token.replace(',', "."),
        _ => return None,
    };
    point.parse().ok()
}

fn is_unit(token: &str) -> bool {
    let words = ["d", "deg", "degree", "degrees", "m", "min", "minutes", "s", "sec", "seconds", ":"];
    words.contains(&token)
        || token.chars().all(|c| matches!(c, '°' | 'º' | '˚' | '\'' | '"' | '′' | '″' | '’' | '”' | '´'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degrees_are_read_as_they_are_written() {
        let near = |text: &str, axis: Axis, expected: f64| {
            let degrees = axis.parse(text, None).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert!((degrees - expected).abs() < 1e-9, "{text}: {degrees}");
        };
        let paris = 48.0 + 51.0 / 60.0 + 24.0 / 3600.0;
        for text in ["48° 51' 24\" N", "48 deg 51' 24.00\" N", "N 48:51:24", "48 51 24", "48°51′24″N", "48d51m24,0s N"]
        {
            near(text, Axis::Latitude, paris);
        }
        near(" +48.8566 ", Axis::Latitude, 48.8566);
        near("48,8566", Axis::Latitude, 48.8566);
        near("48.8566°", Axis::Latitude, 48.8566);
        near("33.9 S", Axis::Latitude, -33.9);
        near("\u{2212}33.9", Axis::Latitude, -33.9);
        near("-0 30 0", Axis::Latitude, -0.5);
        near("-33.9 S", Axis::Latitude, -33.9);
        near("70°40'W", Axis::Longitude, -(70.0 + 40.0 / 60.0));
        near("180", Axis::Longitude, 180.0);
    }

    #[test]
    fn what_is_no_degrees_is_refused() {
        for text in
            ["", "east", "48 E", "48.5 30", "48 61", "1 2 3 4", "1.234,5", "48 O", "1e400", "48 N S", "inf", "33.9 s"]
        {
            assert!(Axis::Latitude.parse(text, None).is_err(), "{text}");
        }
        let off = Axis::Latitude.parse("95.1", None).unwrap_err();
        assert_eq!(off.to_string(), "95.1 lies outside -90 to 90");
        assert!(Axis::Longitude.parse("180.5", None).is_err());
    }

    #[test]
    fn a_column_of_references_gives_the_side() {
        assert_eq!(Axis::Latitude.parse("33.5", Some("S")), Ok(-33.5));
        assert_eq!(Axis::Latitude.parse("-33.5", Some("South")), Ok(-33.5));
        assert_eq!(Axis::Longitude.parse("70.5", Some("")), Ok(70.5));
        assert!(Axis::Longitude.parse("70.5", Some("N")).is_err());
    }

    #[test]
    fn pairs_have_many_separators() {
        for text in ["48.5, 2.25", "48.5 2.25", "48,5; 2,25", "(48.5,2.25)", "48° 30' N, 2° 15' E"] {
            assert_eq!(parse_pair(text), Ok([48.5, 2.25]), "{text}");
        }
        for text in ["48.5", "48,5", "48,5,2,25", "somewhere", "2.25, 148.5, 3"] {
            assert!(parse_pair(text).is_err(), "{text}");
        }
    }

    #[test]
    fn absent_values_have_many_words() {
        assert!(["NaN", "nan", " ", "NULL", "None", "N/A", "-"].into_iter().all(is_absent));
        assert!(!["0", "Nan Province", "S"].into_iter().any(is_absent));
    }
}
