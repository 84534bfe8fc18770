//! What is handed on to other programs, read back.

use std::{error::Error, fs};

use image::ImageFormat;
use parquet::{
    file::reader::{FileReader as _, SerializedFileReader},
    record::{Field as Cell, RowAccessor as _},
};
use terrasight::dataset::{
    Example, IndexError, Manifest,
    export::{self, ExportForm, Selection, Stage, Transfer},
    table::TableOptions,
};

use crate::set::*;

/// A set with places, scores, reasons, an error and two pictures that look alike.
fn labelled() -> Result<Set, Box<dyn Error>> {
    let mut set = Set::of(3)?;
    let same = drawn(0, 96, 64);
    fs::write(set.picture("0000 again.png"), encoded(&image::imageops::thumbnail(&same, 48, 32), ImageFormat::Png)?)?;
    fs::write(set.picture("bad.jpg"), b"")?;
    let table = concat!(
        "path,latitude,longitude,country_code,city,locatability,clues,reasons\n",
        "pictures/0000.jpg,48.85,2.35,FR,Paris,0.75,\"[\"\"plates\"\"]\",\"[\"\"Yellow plates.\"\"]\"\n",
        "pictures/0001.jpg,-33.9,151.2,AU,=cmd(),0.25,,\n",
        "pictures/0002.jpg,,,,,,,\n",
        "pictures/0000 again.png,48.85,2.35,FR,Paris,0.5,,\n",
        "pictures/bad.jpg,1.0,32.0,UG,,,,\n",
    );
    fs::write(set.file("table.csv"), table)?;
    set.run_source("table.csv")?;
    Ok(set)
}

fn exported(
    set: &Set,
    selection: &Selection,
    form: ExportForm,
    out: &str,
) -> Result<export::ExportSummary, Box<dyn Error>> {
    let rows = selection.of(set.index.rows()?);
    Ok(export::export(&set.index, &rows, form, &set.file(out), true, &mut |_| true)?)
}

#[test]
fn a_selection_takes_what_it_says() -> Outcome {
    let mut set = labelled()?;
    let names = |set: &Set, selection: Selection| -> Result<Vec<String>, IndexError> {
        Ok(selection.of(set.index.rows()?).iter().map(name).map(|name| name.replace("pictures/", "")).collect())
    };
    let all = Selection::default();
    assert_eq!(names(&set, all.clone())?, ["0000 again.png", "0000.jpg", "0001.jpg", "0002.jpg"]);
    assert_eq!(names(&set, Selection { with_errors: true, ..all.clone() })?.len(), 5);
    assert_eq!(names(&set, Selection { min_locatability: Some(0.5), ..all.clone() })?, ["0000 again.png", "0000.jpg"]);
    assert_eq!(names(&set, Selection { max_locatability: Some(0.5), ..all.clone() })?, ["0000 again.png", "0001.jpg"]);
    assert_eq!(names(&set, Selection { countries: vec!["AU".parse()?], ..all.clone() })?, ["0001.jpg"]);
    assert_eq!(names(&set, Selection { located: true, ..all.clone() })?.len(), 3);
    assert_eq!(names(&set, Selection { no_duplicates: Some(4), ..all.clone() })?, ["0000.jpg", "0001.jpg", "0002.jpg"]);
    let id = set.rows()?["pictures/0001.jpg"].id;
    set.index.set_checked(&[id], true)?;
    assert_eq!(names(&set, Selection { checked: true, ..all })?, ["0001.jpg"]);
    Ok(())
}

#[test]
fn a_csv_export_is_a_manifest() -> Outcome {
    let set = labelled()?;
    let selection = Selection { located: true, ..Selection::default() };
    let summary = exported(&set, &selection, ExportForm::Csv, "out.csv")?;
    assert_eq!((summary.written, summary.without_position), (3, 0));
    let manifest = Manifest::read(&set.file("out.csv"), &TableOptions::default())?;
    let Example { name, label, .. } = &manifest.examples[1];
    assert_eq!((name.as_str(), label.locatability), ("pictures/0000.jpg", Some(0.75)));
    assert_eq!((label.position.map(|at| at.lat), label.city.as_deref()), (Some(48.85), Some("Paris")));
    assert_eq!((label.reasons.len(), label.clues.len()), (1, 1));
    assert_eq!(manifest.examples[2].label.city.as_deref(), Some("=cmd()"), "it comes back as it was");
    let text = fs::read_to_string(set.file("out.csv"))?;
    assert!(text.contains(",'=cmd(),") && text.contains(",-33.9,"), "no text is a formula, and numbers are numbers");
    let summary = exported(&set, &Selection::default(), ExportForm::Csv, "out.csv")?;
    assert_eq!((summary.written, summary.without_position), (4, 1));
    let manifest = Manifest::read_with(&set.file("out.csv"), &TableOptions::default())?;
    assert_eq!((manifest.examples.len(), manifest.bad.len()), (3, 1), "a row without a position costs that row");
    assert!(
        Manifest::read(&set.file("out.csv"), &TableOptions::default()).is_err(),
        "what is measured by has no rows left out"
    );
    Ok(())
}

#[test]
fn parquet_is_read_back() -> Outcome {
    let set = labelled()?;
    let selection = Selection { with_errors: true, ..Selection::default() };
    for (form, n_columns) in [(ExportForm::Parquet, 13), (ExportForm::GeoParquet, 14)] {
        assert_eq!(exported(&set, &selection, form, "out.parquet")?.written, 5);
        let reader = SerializedFileReader::new(fs::File::open(set.file("out.parquet"))?)?;
        let metadata = reader.metadata().file_metadata();
        assert_eq!(metadata.schema_descr().num_columns(), n_columns);
        let geo = metadata.key_value_metadata().into_iter().flatten().find(|pair| pair.key == "geo");
        let rows: Vec<parquet::record::Row> = reader.get_row_iter(None)?.collect::<Result<_, _>>()?;
        assert_eq!(rows.len(), 5);
        let known = set.rows()?;
        for row in &rows {
            let expected = &known[row.get_string(0)?];
            assert_eq!(optional(row, 1), expected.sha256.clone().map(Cell::Str));
            assert_eq!((row.get_int(2)? as u32, row.get_int(3)? as u32), (expected.width, expected.height));
            assert_eq!(optional(row, 4), expected.position.map(|at| Cell::Double(at.lat)));
            assert_eq!(optional(row, 5), expected.position.map(|at| Cell::Double(at.lon)));
            assert_eq!(optional(row, 6), expected.country.map(|code| Cell::Str(code.to_string())));
            assert_eq!(optional(row, 7), expected.city.clone().map(Cell::Str));
            assert_eq!(optional(row, 9), expected.locatability.map(Cell::Double));
            assert_eq!(optional(row, 10), expected.scorer.clone().map(Cell::Str));
            assert_eq!(row.get_bool(11)?, expected.checked);
            assert_eq!(optional(row, 12), expected.error.as_ref().map(|trouble| Cell::Str(trouble.to_string())));
            if form == ExportForm::GeoParquet {
                let point = optional(row, 13);
                let expected = expected
                    .position
                    .map(|at| [&[1, 1, 0, 0, 0][..], &at.lon.to_le_bytes(), &at.lat.to_le_bytes()].concat());
                assert_eq!(point, expected.map(|bytes| Cell::Bytes(bytes.into())));
            }
        }
        let geo = geo.and_then(|pair| pair.value.clone());
        assert_eq!(geo.is_some(), form == ExportForm::GeoParquet);
        if let Some(geo) = geo {
            let geo: serde_json::Value = serde_json::from_str(&geo)?;
            assert_eq!((&geo["version"], &geo["primary_column"]), (&"1.1.0".into(), &"geometry".into()));
            assert_eq!(geo["columns"]["geometry"]["encoding"], "WKB");
            assert_eq!(geo["columns"]["geometry"]["bbox"], serde_json::json!([2.35, -33.9, 151.2, 48.85]));
        }
    }
    Ok(())
}

fn optional(row: &parquet::record::Row, column: usize) -> Option<Cell> {
    let (_, cell) = row.get_column_iter().nth(column)?;
    (*cell != Cell::Null).then(|| cell.clone())
}

#[test]
fn the_training_forms_are_the_papers() -> Outcome {
    let set = labelled()?;
    let summary = exported(&set, &Selection::default(), ExportForm::QwenVl(Stage::Location), "location.json")?;
    assert_eq!((summary.written, summary.left_out), (3, 1));
    let read = |name: &str| -> Result<serde_json::Value, Box<dyn Error>> {
        Ok(serde_json::from_str(&fs::read_to_string(set.file(name))?)?)
    };
    let conversations = &read("location.json")?[1]["conversations"];
    let picture = fs::canonicalize(set.picture("0000.jpg"))?;
    let question = format!("Picture 1: <img>{}</img>\nWhich country and city is the image located?", picture.display());
    assert_eq!((&conversations[0]["from"], &conversations[0]["value"]), (&"user".into(), &question.into()));
    assert_eq!(conversations[1]["from"], "assistant");
    assert_eq!(conversations[1]["value"], "{'country': 'France', 'city': 'Paris'}");
    let summary = exported(&set, &Selection::default(), ExportForm::QwenVl(Stage::Reasoning), "reasons.json")?;
    assert_eq!((summary.written, summary.left_out), (1, 3));
    let conversations = &read("reasons.json")?[0]["conversations"];
    assert_eq!(conversations[1]["value"], "{'country': 'France', 'reasons': ['Yellow plates.']}");
    Ok(())
}

#[test]
fn a_folder_export_can_be_used_alone() -> Outcome {
    let set = labelled()?;
    for (out, transfer) in [("copies", Transfer::Copy), ("links", Transfer::Link)] {
        let selection = Selection { located: true, ..Selection::default() };
        assert_eq!(exported(&set, &selection, ExportForm::Folder(transfer), out)?.written, 3);
        let manifest = Manifest::read(&set.file(out).join("manifest.csv"), &TableOptions::default())?;
        for example in &manifest.examples {
            assert!(example.path.starts_with(set.file(out)));
            let original = set.home.path().join(example.name.strip_prefix("pictures/").ok_or("elsewhere")?);
            assert_eq!(fs::read(&example.path)?, fs::read(original)?);
        }
    }
    let again = exported(&set, &Selection::default(), ExportForm::Folder(Transfer::Copy), "copies");
    assert!(again.unwrap_err().to_string().contains("there already and not empty"));

    // Ended half way, nothing is left.
    let rows = set.index.rows()?;
    let form = ExportForm::Folder(Transfer::Copy);
    let ended = export::export(&set.index, &rows, form, &set.file("ended"), false, &mut |done| done < 2);
    assert!(ended.unwrap_err().to_string().contains("ended before it was done"));
    let nothing = exported(&set, &Selection { min_locatability: Some(0.99), ..Selection::default() }, form, "nothing");
    assert!(nothing.unwrap_err().to_string().contains("nothing was written"));
    let left: Vec<String> = fs::read_dir(set.home.path())?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<Result<_, std::io::Error>>()?;
    assert!(
        !left.iter().any(|name| name.contains("ended") || name.contains("nothing") || name.contains("part")),
        "{left:?}"
    );
    Ok(())
}

#[test]
fn no_export_replaces_what_was_not_asked_for() -> Outcome {
    let set = labelled()?;
    let index = set.index.path().to_owned();
    let picture = set.picture("0000.jpg");
    fs::write(set.file("notes.csv"), "mine")?;
    let run = |out: &std::path::Path, extra: &[&str]| {
        program(&["dataset", "export", "--as", "csv"]).args(extra).arg("--out").arg(out).arg(&index).output()
    };
    let before = [fs::read(&index)?, fs::read(&picture)?];
    for extra in [&[][..], &["--force"]] {
        assert_fails(&run(&index, extra)?, "it is the index, which no export replaces");
        assert_fails(&run(&picture, extra)?, "it is a picture of the index, which no export replaces");
        let another_way = set.file("pictures").join("../pictures/0000.jpg");
        assert_fails(&run(&another_way, extra)?, "it is a picture of the index");
    }
    assert_eq!([fs::read(&index)?, fs::read(&picture)?], before);
    assert_fails(&run(&set.file("notes.csv"), &[])?, "it is there already; name another file");
    assert_eq!(fs::read_to_string(set.file("notes.csv"))?, "mine");
    assert_eq!(run(&set.file("notes.csv"), &["--force"])?.status.code(), Some(0));
    assert!(fs::read_to_string(set.file("notes.csv"))?.starts_with("path,latitude"));
    // A run that fails leaves the old file.
    let rows = set.index.rows()?;
    let out = set.file("notes.csv");
    let old = fs::read(&out)?;
    export::export(&set.index, &rows, ExportForm::Csv, &out, true, &mut |done| done < 2).unwrap_err();
    assert_eq!(fs::read(&out)?, old);
    Ok(())
}

#[test]
fn the_commands_say_what_they_did() -> Outcome {
    let set = Set::of(4)?;
    for seed in 0..4 {
        // The shipped network scores drawn streets and nothing else.
        let street = encoded(&terrasight::street::draw(seed).pixels, ImageFormat::Jpeg)?;
        fs::write(set.picture(&format!("{seed:04}.jpg")), street)?;
    }
    let into = set.file("cli.sqlite");
    let output = program(&["dataset", "index", "--into"]).arg(&into).arg(set.file("pictures")).output()?;
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
    assert!(text(&output.stdout).contains("4 pictures found: 4 read (0 failed)"), "{}", text(&output.stdout));
    let export = |form: &str, out: &str| {
        program(&["dataset", "export", "--as", form, "--out"]).arg(set.file(out)).arg(&into).output()
    };
    for (form, out) in [("csv", "a.csv"), ("parquet", "a.parquet"), ("geoparquet", "b.parquet"), ("folder", "copied")] {
        let output = export(form, out)?;
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""), "{form}");
        assert!(text(&output.stdout).contains("4 pictures"), "{}", text(&output.stdout));
        assert!(set.file(out).exists());
    }
    assert_fails(&export("qwen-vl", "a.json")?, "no picture of the index is selected");
    assert_fails(&export("csv", "no/such/folder/a.csv")?, "does not exist");
    Ok(())
}
