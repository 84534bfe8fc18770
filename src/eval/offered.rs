//! Whether a place is given for pictures at all, and a right one: an answer that is withheld costs nobody anything, and one that is
//! made up does.

use serde::{Deserialize, Serialize};

use super::results::ResultRow;

/// What is said of one picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// A place in the right country.
    Right,
    /// A place in a wrong country, or in none.
    Wrong,
    /// No one place, without a reason that the model gives.
    Nothing,
    /// No one place, and the model's answer is withheld, since it would be made up.
    Withheld,
}

impl Said {
    /// Of a row of results; none where there is no answer, or it was written before this was kept.
    pub fn of(row: &ResultRow) -> Option<Self> {
        let is_right = row.true_country.is_some() && row.first_country.or(row.likeliest_country) == row.true_country;
        Some(match (row.is_located?, is_right, row.is_withheld.unwrap_or(false)) {
            (true, true, _) => Self::Right,
            (true, false, _) => Self::Wrong,
            (false, _, true) => Self::Withheld,
            (false, _, false) => Self::Nothing,
        })
    }
}

/// What is said of all pictures, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offered {
    /// Pictures that were given a place in the right country.
    pub right: usize,
    /// Pictures that were given a place in a wrong country, or in none.
    pub wrong: usize,
    /// Pictures that were given no one place, those with a withheld answer not counted.
    pub nothing: usize,
    /// Pictures that were given no one place, the model's answer being withheld.
    pub withheld: usize,
    /// Pictures of which some of what speaks for a place does not fit together.
    pub contradicted: usize,
}

impl Offered {
    /// Of the results of one model; none where they were written before this was kept.
    pub fn of(rows: &[ResultRow]) -> Option<Self> {
        let mut offered = Self::default();
        let mut is_known = false;
        for row in rows {
            let Some(said) = Said::of(row) else { continue };
            is_known = true;
            *match said {
                Said::Right => &mut offered.right,
                Said::Wrong => &mut offered.wrong,
                Said::Nothing => &mut offered.nothing,
                Said::Withheld => &mut offered.withheld,
            } += 1;
            offered.contradicted += usize::from(row.contradictions.is_some_and(|n| n > 0));
        }
        is_known.then_some(offered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_up_is_told_from_what_is_withheld() {
        let row = |located, withheld, first: Option<&str>, contradictions| ResultRow {
            true_country: "FR".parse().ok(),
            first_country: first.and_then(|code| code.parse().ok()),
            is_located: located,
            is_withheld: Some(withheld),
            contradictions: Some(contradictions),
            ..ResultRow::default()
        };
        let rows = [
            row(Some(true), false, Some("FR"), 0),
            row(Some(true), true, Some("FR"), 1),
            row(Some(true), false, Some("BE"), 2),
            row(Some(true), false, None, 0),
            row(Some(false), true, None, 0),
            row(Some(false), false, Some("FR"), 0),
            row(None, false, None, 0),
        ];
        let expected = Offered { right: 2, wrong: 2, nothing: 1, withheld: 1, contradicted: 2 };
        assert_eq!(Offered::of(&rows), Some(expected));
        assert_eq!(Offered::of(&rows[6..]), None);
    }
}
