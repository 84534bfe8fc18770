//! The tables in `assets/knowledge/signs_*.csv`.

/// The rows of a table that the program holds, its head left out; `N` is how many columns it has.
pub(super) fn rows<const N: usize>(table: &'static str) -> Vec<[&'static str; N]> {
    // No cell of these tables is quoted: they hold codes, words and signs.
    let row = |line: &'static str| {
        let mut cells = line.split(',');
        std::array::from_fn(|_| cells.next().unwrap_or_default())
    };
    table.lines().skip(1).map(row).collect()
}

/// The codes in a cell.
pub(super) fn codes(cell: &'static str) -> Vec<&'static str> {
    cell.split(' ').filter(|code| !code.is_empty()).collect()
}
