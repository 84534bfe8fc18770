//! What the model writes, as people read it: its sentences as they are, and its answer, which it writes in the form of a
//! program's text, as country, city and reasons.

use crate::predict::answer::{Answer, parse};

/// An answer longer than this is not read while it is being written; this is many times one.
const MOST_BYTES: usize = 8 << 10;

/// A model's text taken apart.
pub struct Said<'t> {
    /// The sentences before the answer.
    pub prose: &'t str,
    /// The answer as far as it has come.
    pub answer: Option<Answer>,
}

impl<'t> Said<'t> {
    /// Takes a text apart that may still be growing.
    pub fn of(text: &'t str) -> Self {
        let fence = ["{'", "{\"", "{\n", "```", "<answer>"].into_iter().filter_map(|sign| text.find(sign)).min();
        // It may just be about to begin.
        let begins = fence.or_else(|| text.trim_end().ends_with(['{', '`']).then(|| text.trim_end().len() - 1));
        let Some(begins) = begins else { return Self { prose: text.trim(), answer: None } };
        let written = &text[begins..];
        let answer = (written.len() <= MOST_BYTES).then(|| parse(written).0);
        Self { prose: text[..begins].trim(), answer }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_is_being_written_is_read_as_far_as_it_has_come() {
        let said = Said::of("The sign is Spanish.\n{'country': 'Chile', 'city': 'Santi");
        assert_eq!(said.prose, "The sign is Spanish.");
        assert_eq!(said.answer.unwrap().country.as_deref(), Some("Chile"));
        assert_eq!(Said::of("{").prose, "");
        assert_eq!(Said::of("Dry grass.\n```json\n{\"country\": \"Chile\"}").prose, "Dry grass.");
        assert!(Said::of("Dry grass.").answer.is_none());
    }
}
