//! Examples to learn from, out of folders and indexes.

use std::fs;

use terrasight::dataset::{Example, Source, SourceKind};

use crate::set::*;

fn names(examples: &[Example]) -> Vec<&str> {
    examples.iter().map(|example| example.name.as_str()).collect()
}

#[test]
fn a_folder_gives_the_places_of_its_metadata() -> Outcome {
    let set = Set::of(1)?;
    fs::write(set.picture("paris.jpg"), with_exif(&drawn(7, 96, 64), 48.85, 2.35)?)?;
    fs::write(set.picture("no.jpg"), b"")?;
    let source = Source::at(set.file("pictures"));
    assert_eq!(source.kind()?, SourceKind::Folder);
    let read = source.read()?;
    assert_eq!(names(&read.examples), ["0000.jpg", "paris.jpg"]);
    assert_eq!(read.examples[0].label.position, None);
    let label = &read.examples[1].label;
    assert!(label.position.is_some_and(|at| (at.lat - 48.85).abs() < 1e-3 && (at.lon - 2.35).abs() < 1e-3));
    assert_eq!(label.country, Some("FR".parse()?));
    assert_eq!(read.bad.len(), 1);
    assert!(read.bad[0].to_string().contains("no.jpg"), "{}", read.bad[0]);
    Ok(())
}

#[test]
fn a_folder_of_drawn_streets_is_read_by_its_manifest() -> Outcome {
    let set = Set::of(1)?;
    let manifest =
        "path,latitude,longitude,country_code,reasons\n0000.jpg,48.85,2.35,FR,\"[\"\"Yellow plates.\"\"]\"\n";
    fs::write(set.picture("manifest.csv"), manifest)?;
    let read = Source::at(set.file("pictures")).read()?;
    assert_eq!(names(&read.examples), ["0000.jpg"]);
    assert_eq!(read.examples[0].label.reasons, ["Yellow plates."]);
    assert!(read.examples[0].path.is_file());
    Ok(())
}

#[test]
fn an_index_gives_what_it_could_read() -> Outcome {
    let mut set = Set::of(2)?;
    fs::write(set.picture("bad.jpg"), b"")?;
    let table = "path,latitude,longitude,country_code,city\npictures/0000.jpg,48.85,2.35,FR,Paris\npictures/0001.jpg,,,IT,\npictures/bad.jpg,1,2,,\n";
    fs::write(set.file("table.csv"), table)?;
    set.run_source("table.csv")?;
    let read = Source::at(set.file("index.sqlite")).read()?;
    assert_eq!(names(&read.examples), ["pictures/0000.jpg", "pictures/0001.jpg"]);
    assert_eq!(read.examples[0].label.city.as_deref(), Some("Paris"));
    assert_eq!(read.examples[1].label.country, Some("IT".parse()?));
    assert!(read.examples[0].path.is_file());
    assert_eq!(read.bad.len(), 1);
    let columns = Source { columns: "path=a".parse()?, ..Source::at(set.file("index.sqlite")) };
    assert!(columns.read().is_err_and(|error| error.to_string().contains("mean nothing")));
    Ok(())
}
