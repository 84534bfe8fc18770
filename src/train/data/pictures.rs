//! Whether the pictures of examples are there, can be opened, and are each another.

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
};

use super::fault::{About, Fault, Report};
use crate::{
    dataset::{Example, Row, RowId, duplicates, look_at},
    picture::PictureError,
};

/// Notes pictures that are not there; none is opened.
pub(super) fn look_for(examples: &[Example], report: &mut Report) {
    for (number, example) in examples.iter().enumerate() {
        if !example.path.is_file() {
            report.note(Fault::MissingPicture, number, &example.name, About::Nothing);
        }
    }
}

/// Opens the pictures of the examples and of the test data, each file once, and notes what is wrong with those of the
/// examples.
pub(super) fn open(
    examples: &[Example],
    test: &[Example],
    alike_bits: u32,
    go_on: &(dyn Fn(usize) -> bool + Sync),
    report: &mut Report,
) {
    let mut by_path: BTreeMap<&Path, Vec<usize>> = BTreeMap::new();
    for (number, example) in examples.iter().enumerate() {
        by_path.entry(&example.path).or_default().push(number);
    }
    let mut files: Vec<&Path> = by_path.keys().copied().collect();
    files.sort_by_key(|file| by_path[*file][0]);
    let n_learned = files.len();
    let mut tested: HashMap<&Path, &str> = HashMap::new();
    for example in test {
        if tested.insert(&example.path, &example.name).is_none() {
            files.push(&example.path);
        }
    }
    let paths: Vec<PathBuf> = files.iter().map(|file| (*file).to_owned()).collect();
    let done = AtomicUsize::new(0);
    let looks = look_at(&paths, &|| go_on(done.fetch_add(1, Ordering::Relaxed)));
    let mut rows = Vec::new();
    for (place, look) in looks.into_iter().enumerate() {
        let mut note = |fault: Fault, about: &About| {
            // What is wrong with a test picture is for its own check to say.
            let numbers = if place < n_learned { by_path[files[place]].as_slice() } else { &[] };
            for number in numbers {
                report.note(fault, *number, &examples[*number].name, about.clone());
            }
        };
        match look {
            None => {
                report.is_cut = true;
                continue;
            }
            Some(Err(PictureError::Missing(_))) => note(Fault::MissingPicture, &About::Nothing),
            Some(Err(error)) => note(Fault::UnreadPicture, &About::Said(error.to_string())),
            Some(Ok(look)) => {
                if let Some(damage) = look.damage {
                    note(Fault::CutPicture, &About::Pixels(damage));
                }
                report.opened += 1;
                let (sha256, hash) = (Some(look.sha256), Some(look.hash));
                rows.push(Row { id: place as RowId, sha256, hash, ..Row::default() });
            }
        }
    }
    for group in duplicates(&rows, alike_bits) {
        let name = |id: &RowId| match by_path.get(files[*id as usize]).filter(|_| (*id as usize) < n_learned) {
            Some(numbers) => examples[numbers[0]].name.as_str(),
            None => tested[files[*id as usize]],
        };
        let sha256 =
            |id: &RowId| rows.binary_search_by_key(id, |row| row.id).ok().and_then(|at| rows[at].sha256.as_ref());
        let in_test = group.iter().find(|id| **id as usize >= n_learned);
        let learned: Vec<&RowId> = group.iter().filter(|id| (**id as usize) < n_learned).collect();
        for (place, id) in learned.iter().enumerate() {
            let number = by_path[files[**id as usize]][0];
            if let Some(test) = in_test {
                report.note(Fault::TestPicture, number, name(id), About::Like(name(test).to_owned()));
            }
            let Some(first) = learned[..place].first() else { continue };
            let same = learned[..place].iter().find(|other| sha256(other) == sha256(id));
            let (fault, like) = same.map_or((Fault::LooksAlike, first), |same| (Fault::SameBytes, same));
            report.note(fault, number, name(id), About::Like(name(like).to_owned()));
        }
    }
}
