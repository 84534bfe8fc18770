//! The functions that transformers adds to Jinja for chat templates, where the template engine has none of its own.

use std::time::SystemTime;

use jiff::{
    Timestamp,
    fmt::strtime::{BrokenDownTime, Config},
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

/// Python's `strftime` at a moment in UTC, for the codes that templates use; an unknown code stays as it is written.
pub fn format_time(format: &str, moment: SystemTime) -> String {
    let written = Timestamp::try_from(moment)
        .and_then(|moment| BrokenDownTime::from(moment).to_string_with_config(&Config::new().lenient(true), format));
    written.unwrap_or_else(|_beyond_the_calendar| format.to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn dates_as_python_writes_them() {
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        assert_eq!(format_time("%A %d %B %Y %H:%M:%S", at(0)), "Thursday 01 January 1970 00:00:00");
        assert_eq!(format_time("%d %b %Y %%", at(1_709_164_799)), "28 Feb 2024 %");
        assert_eq!(format_time("%a %Y-%m-%d %y %E", at(1_709_164_800)), "Thu 2024-02-29 24 %E");
        assert_eq!(format_time("%m/%d", at(4_107_542_399)), "02/28");
        assert_eq!(format_time("%m/%d %", at(4_107_542_400)), "03/01 %");
    }
}
