//! Which pictures of a data set are shown, and in which order.

use std::collections::BTreeSet;

use crate::{dataset::Row, geo::CountryCode};

/// The share of the paper: street views below it say too little of their place to be worth training on.
pub const PAPER_THRESHOLD: f64 = 0.4;
/// Scores are told apart down to this share, so that counts, marks and filters agree on what lies on a threshold.
pub const SCORE_STEPS: usize = 1000;

/// The step that a score stands on, 0 to [`SCORE_STEPS`].
pub fn step_of(score: f64) -> usize {
    // A threshold such as 0.29 has no exact binary form; without the nudge it would stand on the step below.
    (score.clamp(0.0, 1.0) * SCORE_STEPS as f64 + 1e-6) as usize
}

/// Which scores are shown.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum ScoreFilter {
    /// Every one, and pictures without one.
    #[default]
    Any,
    /// Those below the threshold.
    Below,
    /// Those at the threshold or above it.
    AtLeast,
    /// Those from the first to the second, both included.
    Between(f64, f64),
    /// Pictures without a score.
    Missing,
}

/// Whether somebody has looked at a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Checked {
    /// No matter.
    #[default]
    Any,
    /// Those marked as checked.
    Yes,
    /// Those not marked.
    No,
}

/// What a picture must be to be shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    /// Where high and low scores part, 0 to 1.
    pub threshold: f64,
    /// Its score.
    pub score: ScoreFilter,
    /// Its country; none means any, and the inner none a picture of which no country is known.
    pub countries: BTreeSet<Option<CountryCode>>,
    /// Whether it is marked.
    pub checked: Checked,
    /// It could not be read or scored.
    pub only_errors: bool,
    /// Another picture looks nearly the same.
    pub only_duplicates: bool,
    /// Words that must all stand in its path, in capitals or not.
    pub text: String,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            threshold: PAPER_THRESHOLD,
            score: ScoreFilter::default(),
            countries: BTreeSet::new(),
            checked: Checked::default(),
            only_errors: false,
            only_duplicates: false,
            text: String::new(),
        }
    }
}

impl Filter {
    /// Whether nothing is left out.
    pub fn shows_all(&self) -> bool {
        *self == Self { threshold: self.threshold, ..Self::default() }
    }

    pub(super) fn takes_score(&self, score: Option<f64>) -> bool {
        let Some(step) = score.map(step_of) else {
            return matches!(self.score, ScoreFilter::Any | ScoreFilter::Missing);
        };
        match self.score {
            ScoreFilter::Any => true,
            ScoreFilter::Below => step < step_of(self.threshold),
            ScoreFilter::AtLeast => step >= step_of(self.threshold),
            ScoreFilter::Between(from, to) => (step_of(from)..=step_of(to)).contains(&step),
            ScoreFilter::Missing => false,
        }
    }

    pub(super) fn takes_country(&self, country: Option<CountryCode>) -> bool {
        self.countries.is_empty() || self.countries.contains(&country)
    }

    /// Everything but score, country and likeness; `words` are those of the text, in small letters.
    pub(super) fn takes_rest(&self, row: &Row, words: &[String]) -> bool {
        let checked = match self.checked {
            Checked::Any => true,
            Checked::Yes => row.checked,
            Checked::No => !row.checked,
        };
        checked
            && (!self.only_errors || row.is_wrong())
            && (words.is_empty() || {
                let path = row.path.to_string_lossy();
                words.iter().all(|word| holds(&path, word))
            })
    }

    pub(super) fn words(&self) -> Vec<String> {
        self.text.split_whitespace().map(str::to_lowercase).collect()
    }
}

/// Whether a word in small letters stands in a text, in capitals or not.
fn holds(text: &str, word: &str) -> bool {
    if text.is_ascii() {
        // A hundred thousand paths at every key: nothing is copied.
        let Some((first, rest)) = word.as_bytes().split_first() else { return true };
        let begins = |at: &[u8]| at[0].to_ascii_lowercase() == *first && at[1..].eq_ignore_ascii_case(rest);
        return text.as_bytes().windows(word.len()).any(begins);
    }
    text.to_lowercase().contains(word)
}

/// What the pictures are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// The path.
    Name,
    /// How much of the place can be read from it.
    Locatability,
    /// The country's code.
    Country,
    /// The city.
    Place,
    /// When it was taken.
    Taken,
    /// Pixels.
    Size,
    /// Errors, then what is unchecked, then what is checked.
    State,
}

/// An order of the pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub column: Column,
    /// The greatest first.
    pub descending: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_capitals_or_not() {
        for (text, word, is_there) in [
            ("Paris/Street_01.JPG", "street", true),
            ("Paris/Street_01.JPG", "streets", false),
            ("a", "abc", false),
            ("ÉTÉ/1.jpg", "été", true),
            ("ete/1.jpg", "été", false),
        ] {
            assert_eq!(holds(text, word), is_there, "{word} in {text}");
        }
    }
}
