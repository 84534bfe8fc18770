//! Answers in lines such as `country: [France]` or `**City:** Lyon`, several fields of which may share a line; reasons may also be
//! bullets below their key.

use std::ops::Range;

use super::{
    draft::{Draft, Key, add_reasons, key_named, offset},
    loose::{self, Text, Value},
};

/// A key within a line is looked for in so much of what follows a comma, in bytes.
const LONGEST_KEY: usize = 40;

/// A name that stands below its key has no more words.
const LONGEST_NAME: usize = 6;

/// The answer in the lines of `part`, where they speak of a place, and whether they have their end.
pub(super) fn read<'t>(mut draft: Draft<'t>, part: &str, is_whole: bool) -> Option<(Draft<'t>, bool)> {
    let end = draft.text.trim_end().len();
    let (mut open, mut is_below) = (None, false);
    let (mut is_closed, mut says_country) = (is_whole, false);
    for line in part.split(['\n', '。']) {
        let bare = line
            .trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '-' | '*' | '#' | '>' | '•' | '"' | '\''));
        let mut fields = fields(bare);
        if fields.is_empty() && !bare.starts_with("```") {
            match open {
                Some(Key::Reasons) if heading(line).is_none() => {
                    add_reasons(&mut draft.answer, &Value::Text(Text::of(bare, true)));
                }
                // "### Country" and its name in the line below.
                Some(kind) if is_below && is_short(bare) => {
                    let key = match kind {
                        Key::Country => "country",
                        Key::City => "city",
                        Key::Location | Key::Reasons => "location",
                    };
                    fields.push((kind, key, bare));
                }
                _ => {}
            }
        }
        if let Some(kind) = heading(line) {
            (open, is_below) = (Some(kind), true);
            continue;
        }
        is_below &= bare.is_empty();
        for (kind, key, rest) in fields {
            open = Some(kind);
            let rest = rest.trim_matches(|c: char| c.is_whitespace() || c == '*');
            says_country |= kind == Key::Country && !rest.is_empty();
            if rest.starts_with('[') {
                let (value, ended) = loose::value(rest);
                is_closed &= ended;
                draft.take(key, &value, rest, 0);
            } else if !rest.is_empty() {
                let breaks_off = !is_whole && offset(draft.text, rest) + rest.len() >= end;
                let rest = unquoted(rest);
                draft.take(key, &Value::Text(Text::of(rest, !breaks_off)), rest, 0);
            }
        }
    }
    let names_place = says_country || draft.answer.country.is_some() || draft.answer.city.is_some();
    names_place.then_some((draft, is_closed))
}

/// The fields of a line, each with the meaning of its key, the key and what follows it.
fn fields(line: &str) -> Vec<(Key, &str, &str)> {
    let mut fields = Vec::new();
    let mut rest = line;
    while let Some((key, value)) = rest.split_once([':', '：', '=']) {
        // "The plates are Italian. Country: Italy"
        let key = key.rsplit(['.', '!', '?']).next().unwrap_or(key);
        let Some(kind) = key_named(key) else { break };
        let next = if kind == Key::Reasons { None } else { next_key(value) };
        let (value, behind) = next.map_or((value, ""), |at| (&value[..at.start], &value[at.end..]));
        fields.push((kind, key, value));
        rest = behind;
    }
    fields
}

/// Whether a line is no more than a name, and no sentence.
fn is_short(line: &str) -> bool {
    !line.is_empty() && line.split_whitespace().count() <= LONGEST_NAME && !line.trim_end().ends_with('.')
}

/// The key that is all that a line says: "### Country", "**City:**".
fn heading(line: &str) -> Option<Key> {
    let is_mark = |c: char| c.is_whitespace() || matches!(c, '#' | '*' | ':' | '：');
    let key = line.trim().trim_matches(is_mark);
    if line.trim().len() > key.len() { key_named(key) } else { None }
}

/// Where a comma, a space or the like stands before another known key.
fn next_key(text: &str) -> Option<Range<usize>> {
    let leads_key = |at: &Range<usize>| {
        let ahead = &text[at.end..];
        let near = &ahead[..ahead.floor_char_boundary(LONGEST_KEY)];
        near.split_once([':', '：', '=']).is_some_and(|(key, _)| key_named(key).is_some())
    };
    let stops = text.match_indices([',', ';', '|', ' ', '，', '；']);
    stops.map(|(at, stop)| at..at + stop.len()).find(leads_key)
}

fn unquoted(text: &str) -> &str {
    let text = text.trim_end_matches(',');
    let inside = |quote| text.strip_prefix(quote).and_then(|rest: &str| rest.strip_suffix(quote));
    inside('"').or_else(|| inside('\'')).unwrap_or(text)
}
