//! What one source holds, told before a run begins: what it is, how much can be learned from it, and what is wrong with it.

use std::collections::HashSet;

use super::{Checks, Data, Fault, check};
use crate::dataset::{Source, SourceError, SourceKind};

/// What was found at a source.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceLook {
    /// What it is.
    pub kind: SourceKind,
    /// Examples that something can be learned from.
    pub examples: usize,
    /// The pictures that these are about, each counted once.
    pub pictures: usize,
    /// Examples that nothing can be learned from.
    pub unusable: usize,
    /// How many examples have which fault, as far as that is known before a picture is opened.
    pub faults: Vec<(Fault, usize)>,
}

impl SourceLook {
    /// Reads a source. No picture is opened but those of folders, for their metadata.
    pub fn at(source: &Source) -> Result<Self, SourceError> {
        let kind = source.kind()?;
        let data = Data::read(std::slice::from_ref(source))?;
        let report = check(&data, &Checks::default(), &|_| true);
        let usable: Vec<_> = data.examples.iter().enumerate().filter(|(number, _)| report.is_usable(*number)).collect();
        let pictures: HashSet<_> = usable.iter().map(|(_, example)| &example.path).collect();
        Ok(Self {
            kind,
            examples: usable.len(),
            pictures: pictures.len(),
            unusable: report.unusable(),
            faults: report.found.iter().map(|(fault, found)| (*fault, found.count)).collect(),
        })
    }

    /// Whether so much of it is of no use that a run with it alone would be refused.
    pub fn is_of_no_use(&self) -> bool {
        self.unusable > self.examples
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn examples_and_their_pictures_are_counted_and_what_is_wrong_is_said() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.png", "b.png"] {
            image::RgbImage::new(8, 8).save(folder.path().join(name)).unwrap();
        }
        let file = folder.path().join("places.csv");
        let rows = "a.png,48.85,2.35,FR\na.png,48.85,2.35,FR\nb.png,0,0,FR\nc.png,48.85,2.35,FR\nb.png,abc,1,FR\n";
        fs::write(&file, format!("where,north,east,country\n{rows}")).unwrap();
        let named = "path=where,latitude=north,longitude=east".parse().unwrap();
        let look = SourceLook::at(&Source { columns: named, ..Source::at(&file) }).unwrap();
        let faults = vec![(Fault::Unread, 1), (Fault::MissingPicture, 1), (Fault::Zeros, 1), (Fault::Twice, 1)];
        let expected = SourceLook { kind: SourceKind::Table, examples: 3, pictures: 2, unusable: 2, faults };
        assert_eq!(look, expected);
        assert!(!look.is_of_no_use() && SourceLook { unusable: 4, ..look }.is_of_no_use());
        let unclear = SourceLook::at(&Source::at(&file));
        assert!(unclear.is_err(), "nobody said which column names the pictures: {unclear:?}");
    }
}
