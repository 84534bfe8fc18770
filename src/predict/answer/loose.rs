//! Reads JSON, Python dictionaries and what lies between, as models write them: either kind of quote, apostrophes inside
//! text, missing or trailing commas, bare words, and an end in the middle. It never fails; what cannot be read is left out.

use std::ops::Range;

/// How deep brackets may nest; deeper ones are passed over.
const DEEPEST: usize = 16;

/// How many opening braces are tried.
const MOST_TRIES: usize = 64;

/// A value with its strings still as the model wrote them.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Text(Text),
    List(Vec<Value>),
    Object(Vec<(String, Value)>),
}

/// A string or a bare word.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Text {
    pub(super) text: String,
    /// Where it stands in what was read, without its quotes, in characters.
    pub(super) at: Range<usize>,
    /// Whether its end was there.
    pub(super) whole: bool,
}

impl Text {
    /// All of a text.
    pub(super) fn of(text: &str, whole: bool) -> Self {
        Self { text: text.to_owned(), at: 0..text.chars().count(), whole }
    }
}

/// An object and whether its end was there.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Found {
    pub(super) fields: Vec<(String, Value)>,
    pub(super) whole: bool,
    /// What stands before it, from the end of the object before.
    pub(super) lead: String,
}

/// All outermost objects in a text, in order.
pub(super) fn objects(text: &str) -> Vec<Found> {
    let chars: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let (mut from, mut before) = (0, 0);
    for _ in 0..MOST_TRIES {
        let Some(open) = chars[from..].iter().position(|c| *c == '{') else { break };
        let mut reader = Reader { chars: &chars, at: from + open, cut: false };
        let fields = reader.object(0);
        // A brace that opens no object is a word of the sentence: look just behind it.
        let (start, end) = (from + open, reader.at.min(chars.len()));
        from = if fields.is_empty() { start + 1 } else { end };
        if !fields.is_empty() {
            found.push(Found { fields, whole: !reader.cut, lead: chars[before..start].iter().collect() });
            before = end;
        }
    }
    found
}

/// One value, such as the list in `reasons: ['a', 'b']`, and whether it had its end.
pub(super) fn value(text: &str) -> (Value, bool) {
    let chars: Vec<char> = text.chars().collect();
    let mut reader = Reader { chars: &chars, at: 0, cut: false };
    let value = reader.value(0);
    (value, !reader.cut)
}

struct Reader<'a> {
    chars: &'a [char],
    at: usize,
    /// The text ended inside something.
    cut: bool,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn skip(&mut self, unwanted: impl Fn(char) -> bool) {
        while self.peek().is_some_and(&unwanted) {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Value {
        self.skip(char::is_whitespace);
        match self.peek() {
            Some('{') => Value::Object(self.object(depth + 1)),
            Some(open @ ('[' | '(')) => Value::List(self.list(if open == '[' { ']' } else { ')' }, depth + 1)),
            Some(open) if closing_quote(open).is_some() => Value::Text(self.quoted(false)),
            _ => Value::Text(self.bare(|c| matches!(c, ',' | '}' | ']' | '\n'))),
        }
    }

    /// Steps over what separates entries and says whether there is no further one: the closing bracket, which is taken,
    /// or the end of a text that was cut off.
    fn ended(&mut self, close: char) -> bool {
        self.skip(|c| c.is_whitespace() || matches!(c, ',' | ';'));
        let next = self.peek();
        self.cut |= next.is_none();
        self.at += usize::from(next == Some(close));
        next.is_none_or(|c| c == close)
    }

    fn object(&mut self, depth: usize) -> Vec<(String, Value)> {
        let mut fields = Vec::new();
        self.at += 1;
        if depth >= DEEPEST {
            return fields;
        }
        loop {
            if self.ended('}') {
                break;
            }
            let quoted = self.peek().is_some_and(|c| closing_quote(c).is_some());
            let key =
                if quoted { self.quoted(true) } else { self.bare(|c| matches!(c, ':' | '=' | ',' | '}' | '{' | '\n')) };
            self.skip(char::is_whitespace);
            if !matches!(self.peek(), Some(':' | '=' | '：')) {
                self.cut |= self.peek().is_none();
                // Not a key: an object that had some fields goes on behind it, a brace without any is given up.
                if fields.is_empty() || self.peek().is_none() {
                    break;
                }
                self.at += usize::from(!matches!(self.peek(), Some('}' | ',')));
                continue;
            }
            self.at += 1;
            let value = self.value(depth);
            fields.push((key.text, value));
        }
        fields
    }

    fn list(&mut self, close: char, depth: usize) -> Vec<Value> {
        let mut items = Vec::new();
        self.at += 1;
        if depth >= DEEPEST {
            return items;
        }
        loop {
            // Without its own bracket a list ends with what it stands in.
            if self.ended(close) || self.peek() == Some('}') {
                break;
            }
            let before = self.at;
            let item = self.value(depth);
            if self.at == before {
                self.at += 1;
            } else {
                items.push(item);
            }
        }
        items
    }

    /// A string from its opening quote. The same quote ends it only where something that may follow a string stands behind
    /// it; elsewhere it is an apostrophe.
    fn quoted(&mut self, is_key: bool) -> Text {
        let close = self.peek().and_then(closing_quote).unwrap_or('"');
        self.at += 1;
        let start = self.at;
        let mut text = String::new();
        while let Some(c) = self.peek() {
            self.at += 1;
            match c {
                '\\' => self.escape(&mut text),
                _ if c == close && self.ends_here(is_key) => {
                    return Text { text, at: start..self.at - 1, whole: true };
                }
                _ => text.push(c),
            }
        }
        self.cut = true;
        Text { text, at: start..self.at, whole: false }
    }

    fn escape(&mut self, text: &mut String) {
        let Some(c) = self.peek() else { return };
        self.at += 1;
        match c {
            'n' | 'r' => text.push('\n'),
            't' => text.push('\t'),
            'u' => {
                if let Some(letter) = self.unicode_escape() {
                    text.push(letter);
                }
            }
            _ => text.push(c),
        }
    }

    /// The letter of `\uXXXX`, or of two of them that are halves of one.
    fn unicode_escape(&mut self) -> Option<char> {
        let first = self.four_digits()?;
        if !(0xd800..0xdc00).contains(&first) {
            return char::from_u32(first);
        }
        if self.chars.get(self.at..self.at + 2) != Some(&['\\', 'u']) {
            return None;
        }
        self.at += 2;
        let second = self.four_digits()?.checked_sub(0xdc00).filter(|half| *half < 0x400)?;
        char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + second)
    }

    fn four_digits(&mut self) -> Option<u32> {
        let digits: String = self.chars.get(self.at..self.at + 4)?.iter().collect();
        let number = u32::from_str_radix(&digits, 16).ok()?;
        self.at += 4;
        Some(number)
    }

    /// Whether a closing quote just read ends its string, by what stands behind it.
    fn ends_here(&self, is_key: bool) -> bool {
        let ahead = |from: usize| {
            let rest = self.chars.get(from..).unwrap_or_default();
            let gap = rest.iter().take(200).take_while(|c| c.is_whitespace()).count();
            (rest.get(gap).copied(), from + gap, rest[..gap].contains(&'\n'))
        };
        let (next, at, broke_line) = ahead(self.at);
        match next {
            None | Some('}' | ']' | ')') => true,
            Some(':' | '=' | '：') => is_key,
            Some(',' | ';') => {
                let (after, at, broke_line) = ahead(at + 1);
                broke_line
                    || after.is_none_or(|c| matches!(c, '}' | ']' | '{' | '[') || closing_quote(c).is_some())
                    || self.key_at(at)
            }
            // A comma was forgotten.
            Some(c) if closing_quote(c).is_some() => broke_line || self.key_at(at + 1),
            Some('`') => true,
            Some(_) => broke_line,
        }
    }

    /// Whether a short word and a colon stand here.
    fn key_at(&self, at: usize) -> bool {
        let rest = self.chars.get(at..).unwrap_or_default();
        let word = rest.iter().take(40).take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '-')).count();
        word > 0 && rest[word..].iter().find(|c| closing_quote(**c).is_none() && !c.is_whitespace()) == Some(&':')
    }

    fn bare(&mut self, ends: impl Fn(char) -> bool) -> Text {
        let start = self.at;
        self.skip(|c| !ends(c));
        let whole = self.peek().is_some();
        self.cut |= !whole;
        let text: String = self.chars[start..self.at].iter().collect();
        Text { text: text.trim().to_owned(), at: start..self.at, whole }
    }
}

fn closing_quote(open: char) -> Option<char> {
    match open {
        '"' => Some('"'),
        '\'' => Some('\''),
        '“' | '”' => Some('”'),
        '‘' | '’' => Some('’'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A string that has its end, wherever it stands.
    fn text(text: &str) -> Value {
        Value::Text(Text { text: text.to_owned(), at: 0..0, whole: true })
    }

    /// The value as if all of it stood at the beginning.
    fn moved(value: &Value) -> Value {
        match value {
            Value::Text(text) => Value::Text(Text { at: 0..0, ..text.clone() }),
            Value::List(items) => Value::List(items.iter().map(moved).collect()),
            Value::Object(fields) => Value::Object(of_fields(fields)),
        }
    }

    fn of_fields(fields: &[(String, Value)]) -> Vec<(String, Value)> {
        fields.iter().map(|(key, value)| (key.clone(), moved(value))).collect()
    }

    #[test]
    fn python_and_json_read_alike() {
        let expected = vec![
            ("country".to_owned(), text("Ivory Coast")),
            ("reasons".to_owned(), Value::List(vec![text("the driver's side"), text("red soil")])),
        ];
        for source in [
            r#"{"country": "Ivory Coast", "reasons": ["the driver's side", "red soil"]}"#,
            "{'country': 'Ivory Coast', 'reasons': ['the driver's side', 'red soil']}",
            "so: {'country': 'Ivory Coast' 'reasons': ['the driver\\'s side', 'red soil',],} indeed",
            "{country: Ivory Coast, reasons: [the driver's side, red soil]}",
        ] {
            let found = objects(source);
            assert_eq!(found.len(), 1, "{source}");
            assert_eq!((of_fields(&found[0].fields), found[0].whole), (expected.clone(), true), "{source}");
        }
    }

    #[test]
    fn typographers_quotes_are_quotes() {
        let found = objects("{‘country’: ‘Chile’, “city”: “Arica”}");
        let expected = [("country".to_owned(), text("Chile")), ("city".to_owned(), text("Arica"))];
        assert_eq!((of_fields(&found[0].fields), found[0].whole), (expected.to_vec(), true));
    }

    #[test]
    fn a_missing_end_is_noticed() {
        let found = objects("{'country': 'Peru', 'reasons': ['high plain', 'lla");
        assert!(!found[0].whole);
        let Value::List(reasons) = moved(&found[0].fields[1].1) else { panic!("no list") };
        let cut = Value::Text(Text { text: "lla".to_owned(), at: 0..0, whole: false });
        assert_eq!(reasons, [text("high plain"), cut]);
    }

    #[test]
    fn a_value_knows_where_it_stands() {
        for source in [
            "é {'country': 'Côte d\\u0027Ivoire'}",
            "é {country: Côte d\\u0027Ivoire}",
            "é {a: [“Côte d\\u0027Ivoire”]}",
        ] {
            let mut value = objects(source).remove(0).fields.remove(0).1;
            if let Value::List(items) = &mut value {
                value = items.remove(0);
            }
            let Value::Text(text) = value else { panic!("{source}") };
            let there: String = source.chars().skip(text.at.start).take(text.at.len()).collect();
            assert_eq!(there.trim(), "Côte d\\u0027Ivoire", "{source}");
        }
    }

    #[test]
    fn what_stands_between_objects_leads_the_next() {
        let leads: Vec<String> = objects("So: {a: b}, {c: d} or {e: f}").into_iter().map(|found| found.lead).collect();
        assert_eq!(leads, ["So: ", ", ", " or "]);
    }

    #[test]
    fn escapes_are_letters() {
        assert_eq!(moved(&value(r#""Z\u00fcrich \ud83d\ude00 \"x\"""#).0), text("Zürich 😀 \"x\""));
        assert_eq!(moved(&value(r#""\ud83d bad \u12""#).0), text(" bad 12"));
    }

    #[test]
    fn depth_is_bounded() {
        for open in ["{a:", "[", "{", "({["] {
            objects(&open.repeat(20_000));
            value(&open.repeat(20_000));
        }
    }
}
