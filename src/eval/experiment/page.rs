//! The experiment's table as a page to read.

use std::fmt::{self, Display, Formatter};

use super::{Experiment, Hint, Row};
use crate::eval::metrics::Share;

/// The page `docs/EXPERIMENT.md`.
#[derive(Debug)]
pub struct Page<'a>(pub &'a Experiment);

impl Display for Page<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Experiment { model, pictures, n, says, strength, by_evidence, by_conversation, by_both } = self.0;
        writeln!(f, "# What a hint does: GaGA's experiment\n")?;
        writeln!(
            f,
            "Made by `terrasight experiment`; the same figures with all digits: `figures/experiment.json`. Do not edit.\n"
        )?;
        writeln!(
            f,
            "{model} on {n} pictures: {pictures}. The hint says \"{says}\" and counts with a strength of {strength}."
        )?;
        writeln!(f, "Shares in per cent with Wilson's intervals at 95 %.")?;
        let tables = [
            ("By evidence", Some(by_evidence)),
            ("By conversation", by_conversation.as_ref()),
            ("By both", by_both.as_ref()),
        ];
        for (title, rows) in tables {
            writeln!(f, "\n## {title}\n")?;
            match rows {
                Some(rows) => table(f, rows)?,
                None => writeln!(f, "The model was not asked again: `--converse` does it.")?,
            }
        }
        Ok(())
    }
}

fn table(f: &mut Formatter<'_>, rows: &[Row]) -> fmt::Result {
    let Some(first) = rows.first() else { return Ok(()) };
    write!(f, "| hint | country |")?;
    for near in &first.within {
        write!(f, " {} km |", near.km)?;
    }
    writeln!(f, " wrong made right | right made wrong |")?;
    writeln!(f, "{}", "| --- ".repeat(first.within.len() + 4) + "|")?;
    for row in rows {
        write!(f, "| {} | {} |", hint(row.hint), row.country.in_percent())?;
        for near in &row.within {
            write!(f, " {} |", near.share.in_percent())?;
        }
        let flips = |flips: &Option<Share>| flips.as_ref().map_or(String::new(), Share::in_percent);
        writeln!(f, " {} | {} |", flips(&row.to_right), flips(&row.to_wrong))?;
    }
    Ok(())
}

fn hint(hint: Hint) -> &'static str {
    match hint {
        Hint::None => "none",
        Hint::Right => "the right country",
        Hint::Wrong => "any wrong country",
        Hint::WrongAndPlausible => "the likeliest wrong country",
    }
}
