//! The tables in `assets/knowledge/signs_*.csv`.

use crate::geo::CountryCode;

/// The rows of a table that the program holds, its head left out; `N` is how many columns it has.
pub(super) fn rows<const N: usize>(table: &'static str) -> Vec<[&'static str; N]> {
    // No cell of these tables is quoted: they hold codes, words and signs.
    let row = |line: &'static str| {
        let mut cells = line.split(',');
        std::array::from_fn(|_| cells.next().unwrap_or_default())
    };
    table.lines().skip(1).map(row).collect()
}

/// The countries in a cell.
pub(super) fn codes(cell: &str) -> Vec<CountryCode> {
    cell.split(' ').filter_map(|code| code.parse().ok()).collect()
}

/// The countries in a cell `DE:91 CH:76`, where each stands with the percentage of its people.
pub(super) fn codes_with_shares(cell: &str) -> Vec<CountryCode> {
    cell.split(' ').filter_map(|part| part.split(':').next()?.parse().ok()).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::geo::country;

    /// Every row of a table is whole, and every code one of the program's countries.
    #[track_caller]
    pub(in crate::signs) fn check_table(table: &'static str, columns: usize, codes_at: usize) {
        let lines: Vec<&str> = table.lines().skip(1).collect();
        assert!(!lines.is_empty());
        for line in lines {
            let cells: Vec<&str> = line.split(',').collect();
            assert!(cells.len() == columns && !cells.contains(&"") && !line.contains('"'), "{line}");
            for code in cells[codes_at].split(' ') {
                let code = code.split(':').next().unwrap();
                assert!(code.parse::<CountryCode>().ok().and_then(country).is_some(), "{code}: {line}");
            }
        }
    }

    /// No strength in this column of a table is more than a judged one may be, or none.
    #[track_caller]
    pub(in crate::signs) fn check_strengths(table: &'static str, column: usize) {
        for line in table.lines().skip(1) {
            let times: f64 = line.split(',').nth(column).unwrap().parse().unwrap();
            assert!(times > 1.0 && times <= super::super::MOST_FACTOR, "{line}");
        }
    }
}
