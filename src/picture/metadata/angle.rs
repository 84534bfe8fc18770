//! Latitudes and longitudes in the spellings that XMP and other texts use.

/// Degrees, positive towards north and east. Read are `54,59.38N` and `54,59,22.8N` (XMP specification, part 2, GPS
/// coordinate), `54° 59' 22.8" N`, `+54.9897`, fractions (`54/1 59/1 228/10`), with the letter in the text or apart;
/// none where it is no angle up to `most`, or has minutes and neither letter nor sign.
pub(super) fn read(text: &str, reference: Option<&str>, letters: [char; 2], most: f64) -> Option<f64> {
    let text = text.trim().to_ascii_uppercase();
    let letter = text.chars().find(char::is_ascii_alphabetic).or_else(|| {
        let word = reference?.trim().to_ascii_uppercase();
        word.chars().next()
    });
    if letter.is_some_and(|letter| !letters.contains(&letter)) {
        return None;
    }
    let is_number = |c: char| c.is_ascii_digit() || matches!(c, '.' | '/' | '-' | '+');
    let parts: Vec<&str> = text.split(|c| !is_number(c)).filter(|part| !part.is_empty()).collect();
    let numbers: Vec<Option<f64>> = parts.iter().map(|part| number(part)).collect();
    let (first, rest) = numbers.split_first()?;
    let degrees = (*first)?;
    let mut angle = degrees.abs();
    let mut unit = 1.0;
    for part in rest {
        unit /= 60.0;
        // Seconds of 0/0 are how cameras leave them open.
        angle += part.unwrap_or(0.0) * unit;
    }
    let minutes_fit = rest.iter().flatten().all(|part| (0.0..=60.0).contains(part));
    let negative = parts[0].starts_with('-');
    let signed = negative || parts[0].starts_with('+') || rest.is_empty();
    if rest.len() > 2 || !minutes_fit || angle > most || letter.is_none() && !signed {
        return None;
    }
    // A sign and a letter can say the same twice.
    Some(if negative || letter == Some(letters[1]) { -angle } else { angle })
}

/// A number or a fraction; none of one over zero.
pub(super) fn number(text: &str) -> Option<f64> {
    let number = match text.trim().split_once('/') {
        Some((above, below)) => above.trim().parse::<f64>().ok()? / below.trim().parse::<f64>().ok()?,
        None => text.trim().parse().ok()?,
    };
    number.is_finite().then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_latitude_is_read() {
        let latitude = |text, reference| read(text, reference, ['N', 'S'], 90.0);
        let near = |found: Option<f64>, degrees: f64| found.is_some_and(|found| (found - degrees).abs() < 1e-6);
        for (text, reference, degrees) in [
            ("54,59.38N", None, 54.989_667),
            ("54,59.38s", None, -54.989_667),
            ("54,59,22.8N", None, 54.989_667),
            ("54° 59' 22.8\" S", None, -54.989_667),
            ("54.989667", None, 54.989_667),
            ("+54.989667", None, 54.989_667),
            ("-54.989667", None, -54.989_667),
            ("-54.989667", Some("S"), -54.989_667),
            ("54.989667", Some("South"), -54.989_667),
            ("54/1 59/1 228/10", Some("N"), 54.989_667),
            ("54/1,59/1,228/10", Some("S"), -54.989_667),
            ("54/1 5938/100 0/0", Some("N"), 54.989_667),
            ("0,0.5N", None, 0.5 / 60.0),
        ] {
            assert!(near(latitude(text, reference), degrees), "{text}: {:?}", latitude(text, reference));
        }
        for text in ["54,59.38", "54,59.38E", "95,0N", "54,61N", "N", "", "54,1,2,3N", "0/0 0/0 0/0", "north"] {
            assert_eq!(latitude(text, None), None, "{text}");
        }
    }
}
