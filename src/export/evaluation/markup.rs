//! The little of HTML that a report is made of. What comes from outside (names of pictures, of models, of cities) is text and
//! never markup.

use std::fmt::{self, Display, Formatter, Write as _};

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

/// A heading with what stands under it.
pub(super) fn section(title: &str, contents: &str) -> String {
    format!("<section>\n<h2>{}</h2>\n{contents}</section>\n", Escaped(title))
}

/// A paragraph.
pub(super) fn paragraph(text: impl Display) -> String {
    format!("<p>{}</p>\n", Escaped(text))
}
