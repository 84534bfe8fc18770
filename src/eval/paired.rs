//! Two evaluations held against each other: where they are of the same pictures, the models of the one differ from those of the
//! other by figures with intervals, as two models of one evaluation do.

use std::collections::HashMap;

use super::{
    Bootstrap, Outcome,
    report::{Difference, figures},
    results::ResultRow,
};

/// How each model of the second evaluation differs from each of the first, of each of which there are rows for its pictures;
/// none where these are not the same pictures.
pub fn differences_between(
    first: &[Vec<ResultRow>],
    second: &[Vec<ResultRow>],
    bootstrap: Bootstrap,
) -> Option<Vec<Difference>> {
    let order = first.first()?;
    let of = |rows: &Vec<ResultRow>| -> Option<Vec<Outcome>> {
        Some(in_order(rows, order)?.into_iter().map(Outcome::of).collect())
    };
    let outcomes = first.iter().chain(second).map(of).collect::<Option<Vec<_>>>()?;
    let resampled = bootstrap.resample(&outcomes);
    let pairs = (0..first.len()).flat_map(|one| (0..second.len()).map(move |other| (one, other)));
    let difference = |(one, other)| Difference {
        first: one,
        second: other,
        figures: figures(|measure| resampled.difference(one, first.len() + other, measure)),
    };
    Some(pairs.map(difference).collect())
}

/// The rows in the order of these; none where they are of other pictures.
fn in_order<'a>(rows: &'a [ResultRow], order: &[ResultRow]) -> Option<Vec<&'a ResultRow>> {
    let by_name: HashMap<&str, &ResultRow> = rows.iter().map(|row| (row.picture.as_str(), row)).collect();
    let like = |like: &ResultRow| by_name.get(like.picture.as_str()).copied().filter(|row| is_same_picture(row, like));
    if rows.len() == order.len() { order.iter().map(like).collect() } else { None }
}

/// A picture that failed has no hash.
fn is_same_picture(one: &ResultRow, other: &ResultRow) -> bool {
    let place = |row: &ResultRow| (row.true_latitude, row.true_longitude);
    place(one) == place(other) && one.sha256.as_ref().zip(other.sha256.as_ref()).is_none_or(|(one, other)| one == other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::Measure;

    /// Forty pictures, of which the first so many are right.
    fn rows(n_right: usize) -> Vec<ResultRow> {
        let row = |at: usize| ResultRow {
            picture: format!("{at}.jpg"),
            sha256: Some(format!("{at}")),
            true_latitude: Some(at as f64),
            true_longitude: Some(0.0),
            true_country: "FR".parse().ok(),
            likeliest_country: if at < n_right { "FR" } else { "BE" }.parse().ok(),
            ..ResultRow::default()
        };
        (0..40).map(row).collect()
    }

    #[test]
    fn the_same_pictures_are_paired_in_whatever_order_they_come() {
        let mut second = rows(30);
        second.reverse();
        let found = differences_between(&[rows(10), rows(30)], &[second], Bootstrap::default()).unwrap();
        let [one, other] = found.as_slice() else { panic!("a pair for each: {found:?}") };
        assert_eq!([(one.first, one.second), (other.first, other.second)], [(0, 0), (1, 0)]);
        let country = one.figures[&Measure::Country];
        assert!((country.value - 0.5).abs() < 1e-12 && country.low > 0.3 && country.high < 0.7, "{country:?}");
        // Paired: two that are right about the same pictures differ in no drawn set.
        let same = other.figures[&Measure::Country];
        assert_eq!((same.value, same.low, same.high), (0.0, 0.0, 0.0));
    }

    #[test]
    fn other_pictures_are_not_held_against_each_other() {
        let differs = |change: fn(&mut Vec<ResultRow>)| {
            let mut second = rows(30);
            change(&mut second);
            differences_between(&[rows(10)], &[second], Bootstrap::default()).is_none()
        };
        assert!(differs(|rows| rows[3].true_longitude = Some(1.0)), "another place");
        assert!(differs(|rows| rows[3].sha256 = Some("other".to_owned())), "other bytes");
        assert!(differs(|rows| rows[3].picture = "other.jpg".to_owned()), "another name");
        assert!(differs(|rows| rows.truncate(39)), "fewer");
        assert!(!differs(|rows| rows[3].sha256 = None), "one that failed is the same picture");
    }
}
