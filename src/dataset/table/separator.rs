//! What parts the cells of a table.

use csv::{ByteRecord, ReaderBuilder};

use super::{names, role::Role, text::text_of};

/// The signs that part cells, and what the table's first line is if it only names the sign (`sep=;`, for Excel).
const SIGNS: &[u8] = b",;\t|";

/// How many rows are looked at.
const ROWS: usize = 20;

/// How a table is parted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Separator {
    /// The sign.
    pub sign: u8,
    /// How many bytes at the beginning are no table but name the sign.
    pub skipped: usize,
}

/// Tells the separator by the beginning of a table: the one by which the most columns have known names, the rows are as long
/// as the header, and the most columns are there.
pub(super) fn separator_of(head: &[u8], is_whole: bool) -> Separator {
    if let Some(named) = named(head) {
        return named;
    }
    let score = |sign: u8| {
        let mut rows = rows(head, sign);
        if !is_whole && rows.len() > 1 {
            rows.pop(); // it may be cut off
        }
        let Some((header, rows)) = rows.split_first() else { return (0, 0, 0) };
        let is_known =
            |role: &&Role| header.iter().any(|name| names::rank(**role, &names::plain(&text_of(name))).is_some());
        let n_known = Role::ALL.iter().filter(is_known).count();
        let n_alike = if header.len() > 1 { rows.iter().filter(|row| row.len() == header.len()).count() } else { 0 };
        (n_known, n_alike, header.len())
    };
    // Of equals `max_by_key` takes the last.
    let sign = SIGNS.iter().rev().copied().max_by_key(|sign| score(*sign)).unwrap_or(b',');
    Separator { sign, skipped: 0 }
}

fn named(head: &[u8]) -> Option<Separator> {
    let end = head.iter().position(|byte| *byte == b'\n')? + 1;
    let line = head[..end].trim_ascii_end();
    let sign = line.strip_prefix(b"sep=").or_else(|| line.strip_prefix(b"SEP="));
    match (sign, head[..end].ends_with(b"\t\n") || head[..end].ends_with(b"\t\r\n")) {
        (Some([sign]), _) if SIGNS.contains(sign) => Some(Separator { sign: *sign, skipped: end }),
        (Some([]), true) => Some(Separator { sign: b'\t', skipped: end }),
        _ => None,
    }
}

fn rows(head: &[u8], sign: u8) -> Vec<ByteRecord> {
    let reader = ReaderBuilder::new().has_headers(false).flexible(true).delimiter(sign).from_reader(head);
    reader.into_byte_records().take(ROWS).filter_map(Result::ok).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_separator_is_told() {
        for (text, sign) in [
            ("path,latitude,longitude\na.jpg,\"48,8\",\"2,3\"\n", b','),
            ("path;latitude;longitude\na.jpg;48,8;2,3\n", b';'),
            ("path\tlatitude\tlongitude\na.jpg\t48,8\t2,3\n", b'\t'),
            ("a|b|c\n1|2,5|3,5\n4|5,5|6,5\n", b'|'),
            ("path\na,b.jpg\n", b','),
        ] {
            assert_eq!(separator_of(text.as_bytes(), true), Separator { sign, skipped: 0 }, "{text}");
        }
        assert_eq!(separator_of(b"sep=;\r\npath;lat,lon\r\n", true), Separator { sign: b';', skipped: 7 });
    }
}
