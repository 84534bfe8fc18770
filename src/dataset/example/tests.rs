//! Every form of a source by a small one of it, and what bad ones cost.

use std::{fs, path::Path};

use super::*;
use crate::geo::LatLon;

/// The examples of a file with this content, and the problems of the others.
fn read_as(name: &str, content: &[u8], columns: &str) -> Result<(Vec<Example>, Vec<String>), String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    fs::write(&file, content).unwrap();
    let columns = if columns.is_empty() { Default::default() } else { columns.parse().unwrap() };
    read_in(folder.path(), &Source { columns, ..Source::at(file) })
}

/// With paths from this folder.
fn read_in(folder: &Path, source: &Source) -> Result<(Vec<Example>, Vec<String>), String> {
    let one_line = |error: SourceError| {
        let line = error.to_string();
        assert!(!line.contains('\n'), "{line}");
        line
    };
    let home = tempfile::tempdir().unwrap();
    let unpacking = Unpacking { folder: Some(home.path()), ..Unpacking::default() };
    let Examples { mut examples, bad } = source.read_with(&unpacking).map_err(one_line)?;
    for example in &mut examples {
        example.path = example.path.strip_prefix(folder).map_or(example.path.clone(), Path::to_owned);
    }
    Ok((examples, bad.iter().map(BadExample::to_string).collect()))
}

#[track_caller]
fn read(name: &str, content: &str) -> (Vec<Example>, Vec<String>) {
    read_as(name, content.as_bytes(), "").unwrap()
}

#[track_caller]
fn check_problem(record: &str, expected: &str) {
    let content = format!("[{record}, {{\"image\": \"good.jpg\"}}]");
    let (examples, bad) = read("x.json", &content);
    assert_eq!((examples.len(), bad.len()), (1, 1), "{record}: {bad:?}");
    assert!(bad[0].starts_with("record 1: ") && bad[0].contains(expected), "'{}' does not say '{expected}'", bad[0]);
}

fn turn(asked: &str, answered: &str) -> Turn {
    Turn { asked: asked.to_owned(), answered: answered.to_owned() }
}

#[test]
fn qwen_vl_conversations_as_georeasoner_has_them() {
    let (examples, bad) = read(
        "georeasoner_sft.json",
        r#"[{"id": "identity_0", "conversations": [
            {"from": "user", "value": "Picture 1: <img>images/a b.jpg</img>\nWhich country is the image located? Explain the reason."},
            {"from": "assistant", "value": "{'country': 'India', 'reasons': 'Indian signboard'}"}]}]"#,
    );
    assert!(bad.is_empty(), "{bad:?}");
    assert_eq!(
        (examples[0].path.as_path(), examples[0].name.as_str()),
        (Path::new("images/a b.jpg"), "images/a b.jpg")
    );
    let expected = turn(
        "Which country is the image located? Explain the reason.",
        "{'country': 'India', 'reasons': 'Indian signboard'}",
    );
    assert_eq!(examples[0].turns, [expected]);
    assert_eq!(examples[0].label, Label::default(), "what the answer means is not known here");
}

#[test]
fn llava_sharegpt_and_messages_say_the_same() {
    let expected = [turn("Where?", "In Peru."), turn("Not Chile?", "No, Peru.")];
    for (what, record) in [
        (
            "LLaVA",
            r#"{"id": "7", "image": "a.jpg", "conversations": [{"from": "human", "value": "<image>\nWhere?"},
            {"from": "gpt", "value": "In Peru."}, {"from": "human", "value": "Not Chile?"}, {"from": "gpt", "value": "No, Peru."}]}"#,
        ),
        (
            "messages and images",
            r#"{"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "<image>Where?"},
            {"role": "assistant", "content": "In Peru."}, {"role": "user", "content": "Not Chile?"},
            {"role": "assistant", "content": "No, Peru."}], "images": ["a.jpg"]}"#,
        ),
        (
            "parts",
            r#"{"messages": [{"role": "user", "content": [{"type": "image", "image": "file://a.jpg"}, {"type": "text", "text": "Where?"}]},
            {"role": "assistant", "content": [{"type": "text", "text": "In Peru."}]}, {"role": "user", "content": "Not Chile?"},
            {"role": "assistant", "content": "No, Peru."}, {"role": "user", "content": "Sure?"}]}"#,
        ),
        (
            "pairs",
            r#"{"image": {"path": "a.jpg", "bytes": null}, "conversation": [{"human": "<image>Where?", "assistant": "In Peru."},
            {"human": "Not Chile?", "assistant": "No, Peru."}]}"#,
        ),
    ] {
        let (examples, bad) = read("x.json", &format!("[{record}]"));
        assert!(bad.is_empty(), "{what}: {bad:?}");
        assert_eq!(
            (examples[0].path.as_path(), examples[0].turns.as_slice()),
            (Path::new("a.jpg"), &expected[..]),
            "{what}"
        );
    }
    let (examples, _) = read("x.jsonl", r#"{"query": "<image>Where?", "response": "In Peru.", "images": "a.jpg"}"#);
    assert_eq!(examples[0].turns, expected[..1]);
}

#[test]
fn fields_beside_a_conversation_mean_what_columns_mean() {
    let (examples, bad) = read(
        "clue.jsonl",
        concat!(
            r#"{"image": "a.jpg", "country": "Kenya", "clue": "Red soil in Kenya.", "location": {"lat": -1.25, "lon": 36.75}}"#,
            "\n\n",
            r#"{"image": "b.jpg", "country": "KEN", "city": "Nairobi", "reasons": ["Red soil.", "Left."], "latitude": -1.25, "longitude": "36,75"}"#,
            "\n",
            r#"{"image": "c.jpg", "coordinates": [-1.25, 36.75]}"#,
        ),
    );
    assert!(bad.is_empty(), "{bad:?}");
    assert!(examples.iter().all(|example| example.label.position == LatLon::new(-1.25, 36.75)), "{examples:?}");
    assert!(examples[..2].iter().all(|example| example.label.country == "KE".parse().ok()), "{examples:?}");
    assert_eq!(examples[0].label.clues, ["Red soil in Kenya."]);
    assert_eq!(examples[1].label.reasons, ["Red soil.", "Left."]);
    assert_eq!(examples[1].label.city.as_deref(), Some("Nairobi"));
    let (examples, _) =
        read_as("x.json", br#"[{"file_no": "a.jpg", "y": 1.5, "x": 2.5}]"#, "path=file_no,latitude=y,longitude=x")
            .unwrap();
    assert_eq!((examples[0].name.as_str(), examples[0].label.position), ("a.jpg", LatLon::new(1.5, 2.5)));
}

#[test]
fn records_may_stand_over_several_lines_and_behind_a_mark() {
    let (examples, _) = read("x.json", "\u{feff}{\n \"image\": \"a.jpg\"\n}\n{\"image\": \"b.jpg\"}");
    assert_eq!(examples.iter().map(|example| &*example.name).collect::<Vec<_>>(), ["a.jpg", "b.jpg"]);
    let (examples, bad) = read("x.jsonl", "{\"image\": \"a.jpg\"}\n{\"image\": \n{\"image\": \"b.jpg\"}\n");
    assert_eq!((examples.len(), bad.len()), (2, 1));
    assert!(bad[0].starts_with("record 2: it is no JSON ("), "{bad:?}");
}

#[test]
fn tables_as_data_sets_have_them() {
    for (what, table, name) in [
        (
            "OSV-5M",
            "id,latitude,longitude,thumb_original_url,country,sub-region,city,unique_country\n5,-1.25,36.75,http://x,KE,,Nairobi,KE\n",
            "5",
        ),
        ("MG-Geo Meta, as guessed", "image_id,latitude,longitude,admin0,region\n5.jpg,-1.25,36.75,Kenya,x\n", "5.jpg"),
        ("Im2GPS3k and YFCC4k", "IMG_ID,AUTHOR,LAT,LON\n5_a.jpg,7,-1.25,36.75\n", "5_a.jpg"),
        ("Kaggle", "filename;lat;lng\n5.png;-1,25;36,75\n", "5.png"),
        (
            "exiftool",
            "SourceFile,GPSLatitude,GPSLongitude\n./5.jpg,\"1 deg 15' 0.00\"\" S\",\"36 deg 45' 0.00\"\" E\"\n",
            "./5.jpg",
        ),
    ] {
        let (examples, bad) = read("t.csv", table);
        assert!(bad.is_empty(), "{what}: {bad:?}");
        assert_eq!(examples[0].name, name, "{what}");
        assert_eq!(examples[0].label.position, LatLon::new(-1.25, 36.75), "{what}");
        let country = examples[0].label.country.map(|code| code.to_string());
        assert!(country.is_none_or(|code| code == "KE"), "{what}");
    }
}

#[test]
fn parquet_is_read_as_records_are() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/examples");
    let (examples, bad) = read_in(&fixtures, &Source::at(fixtures.join("conversations.parquet"))).unwrap();
    assert_eq!(examples.iter().map(|example| &*example.name).collect::<Vec<_>>(), ["a.jpg", "b.jpg", "c"]);
    assert_eq!(examples[0].turns, [turn("Where?", "{'country': 'India', 'city': 'Agra'}")]);
    assert!(bad.is_empty(), "{bad:?}");
    let (examples, bad) = read_in(&fixtures, &Source::at(fixtures.join("osv.parquet"))).unwrap();
    assert_eq!(examples[0].label.position, LatLon::new(-43.80477, -176.61409));
    assert_eq!(examples[0].label.country.map(|code| code.to_string()).as_deref(), Some("NZ"));
    assert_eq!(examples[0].label.city.as_deref(), Some("Waitangi"));
    assert_eq!((examples.len(), bad.len()), (1, 1), "{bad:?}");
    assert!(bad[0].contains("'longitude': there is none, though there is a latitude"), "{bad:?}");
}

#[test]
fn a_record_that_cannot_be_used_says_why() {
    check_problem("7", "no object");
    check_problem("{\"country\": \"Kenya\"}", "names no picture");
    check_problem("{\"image\": null}", "names no picture");
    check_problem("{\"images\": [\"a.jpg\", \"b.jpg\"]}", "about 2 pictures");
    check_problem("{\"image\": {\"bytes\": \"x\", \"path\": \"a.jpg\"}}", "inside the file");
    check_problem("{\"image\": \"../a.jpg\"}", "field 'image': '../a.jpg' leaves the folder");
    check_problem("{\"image\": \"a.jpg\", \"lat\": 91, \"lon\": 0}", "field 'lat': 91 lies outside -90 to 90");
    let said = |parts: &str| format!("{{\"image\": \"a.jpg\", \"conversations\": [{parts}]}}");
    check_problem(&said(""), "no answer");
    check_problem(&said("{\"from\": \"human\", \"value\": \"Where?\"}"), "no answer");
    check_problem(
        &said("{\"from\": \"human\", \"value\": \"Where?\"}, {\"from\": \"gpt\", \"value\": \" \"}"),
        "no answer",
    );
    check_problem(&said("{\"from\": \"gpt\", \"value\": \"Here.\"}"), "do not alternate");
    check_problem(&said("{\"from\": \"tool\", \"value\": \"Here.\"}"), "'tool' is neither");
    check_problem(&said("{\"from\": \"human\", \"value\": 5}"), "no text");
    check_problem(&said("\"Where?\""), "no text");
    let no_picture = "{\"id\": \"7\", \"conversations\": [{\"from\": \"human\", \"value\": \"Hi\"}, {\"from\": \"gpt\", \"value\": \"Hi\"}]}";
    check_problem(no_picture, "names no picture");
    let two = "{\"conversations\": [{\"from\": \"user\", \"value\": \"Picture 1: <img>a.jpg</img>\\nPicture 2: <img>b.jpg</img>\\nWhich?\"}, {\"from\": \"assistant\", \"value\": \"One.\"}]}";
    check_problem(two, "about 2 pictures");
}

#[test]
fn hostile_files_cost_one_line() {
    let check = |content: &[u8], expected: &str| {
        let error = read_as("x.json", content, "").unwrap_err();
        assert!(error.contains("x.json") && error.contains(expected), "'{error}' does not say '{expected}'");
    };
    check("[".repeat(100_000).as_bytes(), "recursion limit");
    check(format!("{{\"image\": {}", "[".repeat(100_000)).as_bytes(), "none of its 1 examples");
    check(b"[{\"image\": \"a.jpg\"}", "EOF");
    check(b"[{\"image\": \"a.jpg\"}] [", "trailing characters");
    check(b"[]", "holds no examples");
    check(b"", "it is empty");
    check(b"[\xff\xfe]", "expected value");
    let long = format!("[{{\"image\": \"{}\"}}]", "a".repeat(5 << 20));
    check(long.as_bytes(), "longer than a record can be");
    check(b"PAR1 and nothing more", "cannot be read as Parquet");
    check(b"SQLite format 3\0 and nothing more", "x.json");
    let (examples, bad) =
        read("x.jsonl", &format!("{{\"image\": \"{}\"}}\n{{\"image\": \"b.jpg\"}}\n", "a".repeat(5 << 20)));
    assert_eq!((examples.len(), bad.len()), (1, 1));
    assert!(bad[0].starts_with("record 1: it is longer"), "{}", bad[0].len());
}

#[test]
fn a_source_is_written_as_a_path_or_as_a_table() {
    #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    struct File {
        sources: Vec<Source>,
    }
    let text = "sources = [\"a.json\", { path = \"b.csv\", kind = \"table\", columns = \"path=f\", root = \"p\" }, { path = \"c\", root = \"p\" }]";
    let file: File = toml::from_str(text).unwrap();
    assert_eq!(file.sources[0], Source::at("a.json"));
    assert_eq!(
        (file.sources[1].kind, file.sources[1].root.as_deref()),
        (Some(SourceKind::Table), Some(Path::new("p")))
    );
    let again: File = toml::from_str(&toml::to_string(&file).unwrap()).unwrap();
    assert_eq!(again, file);
    assert!(toml::from_str::<File>("sources = [{ path = \"a\", colour = \"red\" }]").is_err());
}
