//! Cells of tables that spreadsheets open: no text is taken for a formula. A text that would begin one gets an apostrophe in
//! front, as spreadsheets themselves mark text.

/// A text as a cell.
pub fn text_cell(text: &str) -> String {
    if begins_formula(text) { format!("'{text}") } else { text.to_owned() }
}

/// A path as a cell; it stays the same path.
pub fn path_cell(path: &str) -> String {
    if begins_formula(path) { format!("./{path}") } else { path.to_owned() }
}

/// The text of a cell, without the apostrophe that [`text_cell`] or a spreadsheet has put in front.
pub fn text_of_cell(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|text| begins_formula(text)).unwrap_or(cell)
}

fn begins_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_begins_a_formula_and_each_is_read_back() {
        for text in ["=1", "+1", "-1", "@a", "\t=1", "\r=1"] {
            assert_eq!((text_cell(text), path_cell(text)), (format!("'{text}"), format!("./{text}")));
        }
        for text in ["=1", "a", "'tis", "", "a=1"] {
            assert_eq!(text_of_cell(&text_cell(text)), text);
        }
        assert_eq!(path_cell("a.jpg"), "a.jpg");
    }
}
