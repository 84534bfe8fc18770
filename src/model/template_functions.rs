//! The functions that transformers adds to Jinja for chat templates, where the template engine has none of its own.

use std::{
    fmt::Write,
    time::{SystemTime, UNIX_EPOCH},
};

use minijinja::{
    Error, ErrorKind,
    value::{Kwargs, Value, ValueKind},
};

/// Values nested deeper than this are not written.
const MAX_DEPTH: usize = 64;

/// Python's `json.dumps(value, ensure_ascii=False)`, with its optional `indent`.
#[expect(clippy::needless_pass_by_value, reason = "a filter takes its named arguments so")]
pub fn to_json(value: &Value, options: Kwargs) -> Result<Value, Error> {
    let indent: Option<usize> = options.get("indent")?;
    // Others of Python's arguments change nothing that a chat template relies on.
    let _: (Option<Value>, Option<Value>, Option<Value>) =
        (options.get("ensure_ascii")?, options.get("separators")?, options.get("sort_keys")?);
    options.assert_all_used()?;
    let mut json = String::new();
    write_json(&mut json, value, indent, 0)?;
    Ok(Value::from_safe_string(json))
}

fn write_json(json: &mut String, value: &Value, indent: Option<usize>, depth: usize) -> Result<(), Error> {
    if depth > MAX_DEPTH {
        return Err(Error::new(ErrorKind::InvalidOperation, "tojson: nested too deep"));
    }
    match value.kind() {
        ValueKind::Undefined | ValueKind::None => json.push_str("null"),
        ValueKind::Bool => json.push_str(if value.is_true() { "true" } else { "false" }),
        ValueKind::Number => json.push_str(&value.to_string()),
        ValueKind::Map => {
            let keys = value.try_iter()?.collect::<Vec<_>>();
            write_items(json, ['{', '}'], keys.len(), indent, depth, |json, at| {
                json.push_str(&quoted(&keys[at].to_string()));
                json.push_str(": ");
                write_json(json, &value.get_item(&keys[at])?, indent, depth + 1)
            })?;
        }
        ValueKind::Seq | ValueKind::Iterable => {
            let items = value.try_iter()?.collect::<Vec<_>>();
            write_items(json, ['[', ']'], items.len(), indent, depth, |json, at| {
                write_json(json, &items[at], indent, depth + 1)
            })?;
        }
        _ => json.push_str(&quoted(&value.to_string())),
    }
    Ok(())
}

fn write_items(
    json: &mut String,
    [open, close]: [char; 2],
    n_items: usize,
    indent: Option<usize>,
    depth: usize,
    mut write_item: impl FnMut(&mut String, usize) -> Result<(), Error>,
) -> Result<(), Error> {
    json.push(open);
    for at in 0..n_items {
        if at > 0 {
            json.push_str(if indent.is_some() { "," } else { ", " });
        }
        new_line(json, indent, depth + 1);
        write_item(json, at)?;
    }
    if n_items > 0 {
        new_line(json, indent, depth);
    }
    json.push(close);
    Ok(())
}

fn new_line(json: &mut String, indent: Option<usize>, depth: usize) {
    if let Some(indent) = indent {
        json.push('\n');
        json.extend(std::iter::repeat_n(' ', indent.min(16) * depth));
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
/// The first of January 1970 was a Thursday.
const WEEKDAYS: [&str; 7] = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];

/// Python's `strftime` at a moment in UTC, for the codes that templates use; an unknown code stays as it is written.
pub fn format_time(format: &str, moment: SystemTime) -> String {
    let seconds = moment.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil_date(days);
    let (month_name, weekday) = (MONTHS[month as usize - 1], WEEKDAYS[(days % 7) as usize]);
    let mut text = String::new();
    let mut characters = format.chars();
    while let Some(character) = characters.next() {
        if character != '%' {
            text.push(character);
            continue;
        }
        let written = match characters.next() {
            Some('Y') => write!(text, "{year}"),
            Some('y') => write!(text, "{:02}", year % 100),
            Some('m') => write!(text, "{month:02}"),
            Some('d') => write!(text, "{day:02}"),
            Some('B') => write!(text, "{month_name}"),
            Some('b') => write!(text, "{}", &month_name[..3]),
            Some('A') => write!(text, "{weekday}"),
            Some('a') => write!(text, "{}", &weekday[..3]),
            Some('H') => write!(text, "{:02}", second / 3600),
            Some('M') => write!(text, "{:02}", second / 60 % 60),
            Some('S') => write!(text, "{:02}", second % 60),
            Some('%') => write!(text, "%"),
            Some(other) => write!(text, "%{other}"),
            None => write!(text, "%"),
        };
        written.expect("writing to a string does not fail");
    }
    text
}

/// Year, month and day of a day counted from the first of January 1970 (Howard Hinnant's `civil_from_days`).
fn civil_date(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn dates_as_python_writes_them() {
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        assert_eq!(format_time("%A %d %B %Y %H:%M:%S", at(0)), "Thursday 01 January 1970 00:00:00");
        assert_eq!(format_time("%d %b %Y %%", at(1_709_164_799)), "28 Feb 2024 %");
        assert_eq!(format_time("%a %Y-%m-%d %y %Q", at(1_709_164_800)), "Thu 2024-02-29 24 %Q");
        assert_eq!(format_time("%m/%d", at(4_107_542_399)), "02/28");
        assert_eq!(format_time("%m/%d %", at(4_107_542_400)), "03/01 %");
    }
}
