//! What a run learns from: the examples of its sources, with what their conversations say of the place; and what is wrong
//! with them.

mod check;
mod conversations;
mod fault;
mod look;
mod pictures;
mod placed;
mod places;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

pub use check::{Checks, check};
pub use conversations::{CountTokens, gives_no_reasons};
pub use fault::{About, Case, Fault, Found, Report};
pub use look::SourceLook;
pub use placed::{Cleaned, keep_placed, names_place};

use crate::{
    dataset::{BadExample, Example, Label, Recorded, Source, SourceError, Unpacking, table::TableOptions},
    geo::country_named,
    predict::answer::parse,
};

/// The examples of one source and of those after it.
#[derive(Debug, Default)]
pub struct Data {
    /// What can be used, in the order of the sources.
    pub examples: Vec<Example>,
    /// What cannot be read, each with its source.
    pub bad: Vec<(PathBuf, BadExample)>,
}

impl Data {
    /// Reads sources. No picture is opened but those of folders, for their metadata.
    pub fn read(sources: &[Source]) -> Result<Self, SourceError> {
        Self::read_with(sources, &Unpacking::default())
    }

    /// The same, with what lies inside files laid out so.
    pub fn read_with(sources: &[Source], unpacking: &Unpacking<'_>) -> Result<Self, SourceError> {
        let mut data = Self::default();
        for source in sources {
            let read = source.read_with(unpacking)?;
            data.bad.extend(read.bad.into_iter().map(|bad| (source.path.clone(), bad)));
            data.examples.extend(read.examples.into_iter().map(told));
        }
        Ok(data)
    }
}

/// The pictures that records are about, for an index: each once, with what is said of it first.
pub fn recorded(file: &Path, options: &TableOptions, go_on: &dyn Fn() -> bool) -> Result<Option<Recorded>, String> {
    let TableOptions { columns, root } = options.clone();
    let source = Source { columns, root, ..Source::at(file) };
    let asked = |_unpacked| go_on();
    let data = match Data::read_with(&[source], &Unpacking { go_on: &asked, ..Unpacking::default() }) {
        Err(SourceError::Ended(_)) => return Ok(None),
        data => data.map_err(|error| error.to_string())?,
    };
    Ok(Some(Recorded {
        pictures: data.examples.into_iter().map(|example| (example.path, example.label)).collect(),
        bad: data.bad.into_iter().map(|(_, bad)| bad.to_string()).collect(),
    }))
}

/// The example with what its last answer that names a country says, where nothing else says it: earlier answers of a
/// conversation may be there to be corrected.
fn told(mut example: Example) -> Example {
    let mut answers = example.turns.iter().rev().map(|turn| parse(&turn.answered).0);
    let named = answers.find_map(|answer| Some((country_named(answer.country.as_deref()?)?.code, answer)));
    let Some((country, answer)) = named else { return example };
    let Label { country: told, city, reasons, .. } = &mut example.label;
    if told.is_none_or(|told| told == country) {
        *told = Some(country);
        *city = city.take().or(answer.city);
    }
    if reasons.is_empty() {
        *reasons = answer.reasons;
    }
    example
}
