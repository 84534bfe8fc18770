//! Times as files write them, as people write them.

use jiff::civil::DateTime;

/// What a text that should be a time is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reading {
    /// `2024-05-31 14:03:09`, with ` +02:00` where the text says so.
    Time(String),
    /// The zeros and blanks of a camera whose clock was never set.
    Unset,
    /// No date.
    Nonsense,
}

/// `2024:05:31 14:03:09` (Exif 2.3, 4.6.5), and what others write in its place: ISO 8601 with `T`, fractions, `Z` and
/// offsets, underscores, a date alone.
pub(super) fn read(text: &str, offset: Option<&str>) -> Reading {
    let text = text.trim_matches(|c: char| c == '\0' || c.is_whitespace());
    if text.chars().all(|c| matches!(c, '0' | ':' | '-' | ' ' | 'T' | '/')) {
        return Reading::Unset;
    }
    parsed(text, offset).map_or(Reading::Nonsense, Reading::Time)
}

fn parsed(text: &str, offset: Option<&str>) -> Option<String> {
    // The offset's hours are no seconds.
    let (text, offset_behind) = split_offset(text);
    let mut digits = text.split(|c: char| !c.is_ascii_digit());
    let mut number = |length: std::ops::RangeInclusive<usize>| {
        let part = digits.next()?;
        if length.contains(&part.len()) { part.parse::<i16>().ok() } else { None }
    };
    let (year, month, day) = (number(4..=4)?, number(1..=2)?, number(1..=2)?);
    let date = (year, i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    if year == 0 {
        return None;
    }
    let Some(hour) = number(1..=2) else {
        let date = DateTime::new(date.0, date.1, date.2, 0, 0, 0, 0).ok()?;
        return Some(date.strftime("%Y-%m-%d").to_string());
    };
    let (minute, second) = (number(1..=2)?, number(1..=2).unwrap_or(0));
    let part = |number: i16| i8::try_from(number).ok();
    // A leap second is shown as the second before it.
    let time = DateTime::new(date.0, date.1, date.2, part(hour)?, part(minute)?, part(second.min(59))?, 0).ok()?;
    let offset = offset.and_then(offset_of).or(offset_behind);
    Some(format!("{}{}", time.strftime("%Y-%m-%d %H:%M:%S"), offset.unwrap_or_default()))
}

/// Date and time of day, and the offset that follows them.
fn split_offset(text: &str) -> (&str, Option<String>) {
    /// As long as a date is, which may have hyphens.
    const DATE: usize = 10;
    let start = text.get(DATE..).and_then(|clock| clock.find(['Z', '+', '-'])).map(|at| DATE + at);
    match start.and_then(|at| Some((&text[..at], offset_of(&text[at..])?))) {
        Some((before, offset)) => (before, Some(offset)),
        None => (text, None),
    }
}

/// ` +02:00` of `+02:00`, `+0200`, `+2:00` and `Z`.
fn offset_of(text: &str) -> Option<String> {
    let text = text.trim();
    if text == "Z" {
        return Some(" +00:00".to_owned());
    }
    let sign = text.chars().next().filter(|c| matches!(c, '+' | '-'))?;
    let digits: String = text[1..].chars().filter(|c| *c != ':').collect();
    if !(3..=4).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = digits.split_at(digits.len() - 2);
    let (hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours <= 14 && minutes < 60).then(|| format!(" {sign}{hours:02}:{minutes:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_cameras_and_programs_write_them() {
        let time = |text: &str| Reading::Time(text.to_owned());
        for (text, offset, expected) in [
            ("2024:05:31 14:03:09", None, time("2024-05-31 14:03:09")),
            ("2024:05:31 14:03:09\0", Some("+02:00"), time("2024-05-31 14:03:09 +02:00")),
            ("2024-05-31T14:03:09.120-0330", None, time("2024-05-31 14:03:09 -03:30")),
            ("2024-05-31T14:03:09Z", None, time("2024-05-31 14:03:09 +00:00")),
            ("2024-05-31T14:03+01:00", None, time("2024-05-31 14:03:00 +01:00")),
            ("2024-05-31T14:03-0330", None, time("2024-05-31 14:03:00 -03:30")),
            ("2024-05-31T14:03+01:00", Some("+02:00"), time("2024-05-31 14:03:00 +02:00")),
            ("2024-05-31T14:03Z", None, time("2024-05-31 14:03:00 +00:00")),
            ("2024-05-31+01:00", None, time("2024-05-31")),
            ("2024-05-31 14-03-09", None, time("2024-05-31 14:03:09")),
            ("2024_05_31_14_03_09_123", None, time("2024-05-31 14:03:09")),
            ("2024-05-31", None, time("2024-05-31")),
            ("2024:05:31 14:03:60", Some("   :  "), time("2024-05-31 14:03:59")),
            ("0000:00:00 00:00:00", None, Reading::Unset),
            ("    :  :     :  :  ", Some("+02:00"), Reading::Unset),
            ("2023:02:29 14:03:09", None, Reading::Nonsense),
            ("2024:13:31 14:03:09", None, Reading::Nonsense),
            ("2024:05:31 25:03:09", None, Reading::Nonsense),
            ("yesterday", None, Reading::Nonsense),
        ] {
            assert_eq!(read(text, offset), expected, "{text}");
        }
    }
}
