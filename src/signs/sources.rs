//! Where the rows of tables come from: each names its sources by the keys of `signs_sources.csv`.

use super::tables::rows;

pub(super) const TABLE: &str = include_str!("../../assets/knowledge/signs_sources.csv");

/// The sources of a row with their licences, as a clue says them.
pub(super) fn described(keys: &str) -> String {
    let named = |key: &str| {
        let row = rows::<4>(TABLE).into_iter().find(|[known, ..]| *known == key);
        row.map_or_else(|| key.to_owned(), |[_, name, _, licence]| format!("{name} ({licence})"))
    };
    let all: Vec<String> = keys.split(' ').map(named).collect();
    format!("{}; strength judged", all.join(", "))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Every row of a table names sources that are known.
    #[track_caller]
    pub(in crate::signs) fn check_sources(table: &'static str, column: usize) {
        let known: Vec<&str> = rows::<4>(TABLE).into_iter().map(|[key, ..]| key).collect();
        for line in table.lines().skip(1) {
            let keys = line.split(',').nth(column).unwrap();
            assert!(keys.split(' ').all(|key| known.contains(&key)), "{line}");
        }
    }

    #[test]
    fn a_row_names_its_sources_with_licence() {
        assert_eq!(
            described("faker libpostal"),
            "Faker 40.63.0 (MIT), libpostal's dictionaries by way of libpostal-sys 0.1.1 (MIT); strength judged"
        );
    }

    /// Each source has a licence and an address; what is by general knowledge says so.
    #[test]
    fn the_table_is_sound() {
        for [key, name, address, licence] in rows::<4>(TABLE) {
            assert!(!name.is_empty() && !licence.is_empty(), "{key}");
            assert!(address.starts_with("http") || (key == "own" && address == "-"), "{key}");
        }
    }
}
