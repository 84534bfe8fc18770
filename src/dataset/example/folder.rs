//! The pictures of a folder, with the places that their metadata say.

use std::path::Path;

use rayon::prelude::{IntoParallelIterator as _, ParallelIterator as _};

use super::{BadExample, Example, Examples, SourceError};
use crate::{
    dataset::{index, label::Label},
    geo,
    picture::Metadata,
};

/// The pictures in a folder and in the folders within it, by name. No pixel is decoded.
pub(super) fn examples(folder: &Path) -> Result<Examples, SourceError> {
    let (files, unread) = index::pictures_in(folder)?;
    let folder = std::fs::canonicalize(folder).unwrap_or_else(|_gone| folder.to_owned());
    let read: Vec<Result<Example, String>> = files
        .into_par_iter()
        .map(|path| {
            let position = Metadata::of(&path).map_err(|error| error.to_string())?.gps;
            let country = position.and_then(geo::country_at).map(|country| country.code);
            let name = path.strip_prefix(&folder).unwrap_or(&path).to_string_lossy().into_owned();
            Ok(Example { path, name, label: Label { position, country, ..Label::default() }, turns: Vec::new() })
        })
        .collect();
    let mut examples = Examples { bad: unread.into_iter().map(BadExample::Picture).collect(), ..Examples::default() };
    for one in read {
        match one {
            Ok(example) => examples.examples.push(example),
            Err(reason) => examples.bad.push(BadExample::Picture(reason)),
        }
    }
    Ok(examples)
}
