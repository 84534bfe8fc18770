//! The little of HTML that reports are made of. What comes from outside (names of pictures, of models, of cities) is text and
//! never markup.

use std::fmt::{self, Display, Formatter, Write as _};

const STYLE: &str = "body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;color:#1c2126;background:#fff}\
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}\
table{border-collapse:collapse;font-variant-numeric:tabular-nums}th,td{text-align:left;padding:.2rem .8rem;border-bottom:1px solid #dfe3e6}\
thead th{border-bottom:2px solid #8a939b}tbody th{font-weight:400}\
svg{display:block;max-width:100%;height:auto}svg text{font:12px system-ui,sans-serif;fill:currentColor}\
.interval{stroke:#1c2126;stroke-width:1.5}.world{width:100%;stroke-width:.35}.sea{fill:#eef2f4;stroke:none}.coast{fill:none;stroke:#9aa6ae}\
.key{display:inline-block;width:.8em;height:.8em;margin:0 .4em 0 1em}pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#f4f6f7;padding:1rem}\
@media(prefers-color-scheme:dark){body{color:#e4e7ea;background:#15181b}th,td{border-color:#343a40}.interval{stroke:#fff}.sea{fill:#1e2428}.coast{stroke:#56626b}pre{background:#1e2226}}";

/// A text as it can stand between tags and in attributes.
pub(super) struct Escaped<T>(pub(super) T);

impl<T: Display> Display for Escaped<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for letter in self.0.to_string().chars() {
            match letter {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

/// A table: what stands over the columns, and rows whose first cell names them.
pub(super) fn table(head: &[String], rows: &[Vec<String>]) -> String {
    let cells = |tag: &str, cells: &[String]| -> String {
        cells.iter().map(|cell| format!("<{tag}>{}</{tag}>", Escaped(cell))).collect()
    };
    let row = |row: &Vec<String>| match row.split_first() {
        Some((name, values)) => format!("<tr><th scope=\"row\">{}</th>{}</tr>\n", Escaped(name), cells("td", values)),
        None => String::new(),
    };
    let rows: String = rows.iter().map(row).collect();
    format!("<table>\n<thead><tr>{}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n", cells("th", head))
}

/// A whole page: no script, and nothing is fetched.
pub(super) fn page(title: &str, contents: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <h1>{title}</h1>\n{contents}</body>\n</html>\n",
        title = Escaped(title),
    )
}

/// A heading with what stands under it.
pub(super) fn section(title: &str, contents: &str) -> String {
    format!("<section>\n<h2>{}</h2>\n{contents}</section>\n", Escaped(title))
}

/// A paragraph.
pub(super) fn paragraph(text: impl Display) -> String {
    format!("<p>{}</p>\n", Escaped(text))
}
