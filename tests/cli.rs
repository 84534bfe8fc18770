//! The built program as a user runs it: shipped samples, bad input, formats, exit codes.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::OnceLock,
};

use serde_json::Value;
use terrasight::assets;

/// The program with a home of its own, no display, and nothing of the caller's settings.
fn terrasight(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_terrasight"));
    command
        .args(arguments)
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .env("TERRASIGHT_HOME", home())
        .stdin(Stdio::null());
    for display in ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"] {
        command.env_remove(display);
    }
    command
}

fn home() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli-home")
}

fn run(arguments: &[&str]) -> Output {
    terrasight(arguments).output().expect("the program can be run")
}

/// Standard output of a run that went well and said nothing else.
#[track_caller]
fn well(output: &Output) -> &str {
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
    text(&output.stdout)
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("the program writes UTF-8")
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("the program writes JSON")
}

fn name(path: &Path) -> &str {
    path.to_str().expect("test folders have plain names")
}

/// Exit code 1 and one line on standard error that begins with the program's name; gives that line.
#[track_caller]
fn one_line_of_failure(output: &Output) -> String {
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.starts_with("terrasight: "), "{said}");
    said.trim_end().to_owned()
}

/// A shipped sample as a file under another name.
fn sample(index: usize) -> &'static str {
    static FILES: OnceLock<Vec<String>> = OnceLock::new();
    let files = FILES.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli-samples");
        fs::create_dir_all(&folder).expect("the folder can be made");
        assert_eq!(assets::samples().len(), 6, "six samples are shipped");
        let write = |(index, sample): (usize, &assets::EmbeddedFile)| {
            let ending = Path::new(sample.name).extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            let path = folder.join(format!("street {index}.{ending}"));
            fs::write(&path, sample.bytes).expect("the sample can be written");
            name(&path).to_owned()
        };
        assets::samples().iter().enumerate().map(write).collect()
    });
    &files[index]
}

/// Paths that are no pictures, each with a name that tells what it is.
fn bad_files(folder: &Path) -> Vec<String> {
    let whole = fs::read(sample(0)).expect("the sample can be read");
    let files: [(&str, &[u8]); 4] = [
        ("zero-bytes.jpg", b""),
        ("words.jpg", b"these are words, not a picture\n"),
        ("cut-off-head.jpg", &whole[..40]),
        ("signature-only.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"),
    ];
    let mut paths = vec![name(&folder.join("missing.jpg")).to_owned()];
    for (file, bytes) in files {
        fs::write(folder.join(file), bytes).expect("the file can be written");
        paths.push(name(&folder.join(file)).to_owned());
    }
    let empty_folder = folder.join("empty-folder");
    fs::create_dir(&empty_folder).expect("the folder can be made");
    paths.push(name(&empty_folder).to_owned());
    paths
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder can be made")
}

#[test]
fn a_sample_is_located_and_every_field_is_there() {
    let output = run(&["locate", sample(0), "--device", "cpu", "--format", "json"]);
    let found = json(well(&output));
    let found = &found[0];
    assert_eq!(found["picture"]["path"], sample(0));
    assert_eq!(found["picture"]["sha256"].as_str().map(str::len), Some(64));
    assert!(found["picture"]["width"].as_u64() > Some(0) && found["picture"]["height"].as_u64() > Some(0));
    for field in ["name", "adapters", "device", "seed"] {
        assert!(!found["model"][field].is_null(), "model.{field}");
    }
    assert!(found["answer"]["country"].is_string(), "{}", found["answer"]);
    assert!(found["answer"]["reasons"].is_array());
    assert!(found["reasoning"].as_str().is_some_and(|text| text.contains("country")));
    let locatability = found["locatability"].as_f64().expect("the starter segmenter gives a score");
    assert!((0.1..1.0).contains(&locatability), "{locatability}");
    // The starter is calibrated on drawn streets with their signs.
    let counts = |piece: &&Value| piece["strength"].as_f64() > Some(0.0) && piece["on"] == true;
    let evidence = found["evidence"].as_array().expect("evidence is a list");
    assert!(!evidence.iter().filter(counts).any(|piece| piece["kind"] == "clue"));
    assert_eq!(
        (&found["probability_kind"], &found["calibrated_on"]["kind"]),
        (&"calibrated".into(), &"drawn_streets".into())
    );
    assert_eq!(found["calibrated_on"]["with_signs"], true);
    assert!(found["evidence"].as_array().is_some_and(|evidence| !evidence.is_empty()));
    assert!(found["problems"].to_string().contains("drawn streets"), "{}", found["problems"]);
    assert!(found["credible_km"]["p50"].as_f64() <= found["credible_km"]["p90"].as_f64());
    let candidates = found["candidates"].as_array().expect("candidates are a list");
    assert!(!candidates.is_empty());
    for (index, candidate) in candidates.iter().enumerate() {
        assert_eq!(candidate["rank"], index + 1);
        assert!(candidate["lat"].as_f64().is_some_and(|lat| lat.abs() <= 90.0), "{candidate}");
        assert!(candidate["lon"].as_f64().is_some_and(|lon| lon.abs() <= 180.0), "{candidate}");
    }
    let countries = found["countries"].as_array().expect("countries are a list");
    let shares: Vec<f64> = countries.iter().filter_map(|share| share["probability"].as_f64()).collect();
    assert!(shares.is_sorted_by(|a, b| a >= b));
    assert!((0.9..=1.0 + 1e-6).contains(&shares.iter().sum::<f64>()), "{shares:?}");
}

#[test]
fn the_same_picture_model_settings_and_seed_give_the_same_finding() {
    let locate = |seed| {
        let settings = ["--device", "cpu", "--format", "json", "--temperature", "1.5", "--seed", seed];
        let output = run(&[&["locate", sample(1)], settings.as_slice()].concat());
        let mut found = json(well(&output));
        // All but the time.
        let made_at = found[0].as_object_mut().and_then(|finding| finding.remove("made_at"));
        assert!(made_at.is_some_and(|time| time.as_str().is_some_and(|time| time.ends_with('Z'))));
        assert!(found[0]["model"]["sha256"].as_str().is_some_and(|hash| hash.len() == 64));
        found
    };
    let (first, second, other) = (locate("11"), locate("11"), locate("12"));
    assert_eq!(first, second);
    assert_ne!(first[0]["model"]["seed"], other[0]["model"]["seed"]);
}

#[test]
fn a_calibration_does_not_count_for_weights_in_fewer_bits_or_a_picture_in_other_tokens() {
    let kind = |others: &[&str]| {
        let output = run(&[&["locate", "--device", "cpu", "--format", "json", sample(1)], others].concat());
        json(well(&output))[0]["probability_kind"].clone()
    };
    assert_eq!(kind(&[]), "calibrated");
    assert_eq!(kind(&["--precision", "4-bit"]), "raw");
    assert_eq!(kind(&["--picture-tokens", "24"]), "raw");
    assert_eq!(kind(&["--max-new-tokens", "3"]), "raw", "the answer breaks off");
}

#[test]
fn pictures_that_fail_fail_alone_and_stand_in_their_place() {
    let folder = folder();
    let bad = bad_files(folder.path());
    let mut arguments = vec!["locate", "--device", "cpu", "--format", "json", bad[0].as_str(), sample(2)];
    arguments.extend(bad[1..].iter().map(String::as_str));
    let output = run(&arguments);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines.len(), bad.len(), "{said}");
    for (line, path) in lines.iter().zip(&bad) {
        assert!(line.starts_with(&format!("terrasight: {path}")), "{line}");
    }
    let found = json(text(&output.stdout));
    let found = found.as_array().expect("the result is a list");
    assert_eq!(found.len(), bad.len() + 1);
    assert_eq!(found[0]["picture"]["path"], bad[0]);
    assert!(found[0]["error"].is_string());
    assert!(found[1]["answer"].is_object(), "the good picture is located all the same");
}

#[test]
fn every_format_can_be_read_by_its_readers() {
    let located = |format| {
        let output = run(&["locate", sample(3), "--device", "cpu", "--format", format]);
        well(&output).to_owned()
    };
    let geojson = json(&located("geojson"));
    assert_eq!(geojson["type"], "FeatureCollection");
    assert!(geojson["features"].as_array().is_some_and(|features| !features.is_empty()));

    let csv = located("csv");
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let columns = rows.headers().expect("there are columns").clone();
    for column in ["path", "rank", "latitude", "longitude", "probability", "within_100_km_kind", "country_code"] {
        assert!(columns.iter().any(|name| name == column), "{columns:?}");
    }
    let rows: Vec<_> = rows.records().map(|row| row.expect("a row can be read")).collect();
    assert!(!rows.is_empty());

    let kml = located("kml");
    assert!(kml.starts_with("<?xml") && kml.contains("<Placemark") && kml.trim_end().ends_with("</kml>"), "{kml}");

    let words = located("text");
    assert!(words.starts_with(sample(3)) && words.contains("drawn streets"), "{words}");
}

#[test]
fn an_output_file_is_there_whole_or_not_at_all() {
    let folder = folder();
    let out = folder.path().join("found.csv");
    let output = run(&["locate", sample(4), "--device", "cpu", "--format", "csv", "--out", name(&out)]);
    assert_eq!(well(&output), "");
    assert!(fs::read_to_string(&out).expect("the file is there").contains(sample(4)));
    let beside = fs::read_dir(folder.path()).expect("the folder can be read").count();
    assert_eq!(beside, 1, "something is left beside it");

    let nowhere = folder.path().join("no-such-folder").join("found.csv");
    let failed = run(&["locate", sample(4), "--device", "cpu", "--out", name(&nowhere)]);
    assert!(one_line_of_failure(&failed).contains(name(&nowhere)));
}

#[test]
fn a_model_that_is_none_is_named_in_one_line() {
    let folder = folder();
    let missing = folder.path().join("missing");
    let locate = |model| one_line_of_failure(&run(&["locate", sample(0), "--device", "cpu", "--model", model]));
    assert!(locate(name(&missing)).contains("missing"));
    assert!(locate(name(folder.path())).contains("config.json"));
    let config = folder.path().join("config.json");
    fs::write(config, r#"{"architectures": ["NobodyForConditionalGeneration"]}"#).expect("the file can be written");
    assert!(locate(name(folder.path())).contains("NobodyForConditionalGeneration"));
    let generate = run(&["generate", "--model", name(folder.path()), "--prompt", "Hello", "--device", "cpu"]);
    assert!(one_line_of_failure(&generate).contains(name(folder.path())));
}

#[test]
fn wrong_usage_is_told_from_failure() {
    for arguments in [
        &["locate"] as &[&str],
        &["locate", "a.jpg", "--format", "xml"],
        &["locate", "a.jpg", "--device", "quantum"],
        &["generate", "--model", "starter"],
        &["streets", "--count", "1"],
        &["--no-such-option"],
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", text(&output.stderr));
        assert!(output.stdout.is_empty());
    }
    for arguments in [&["--help"] as &[&str], &["--version"], &["locate", "--help"]] {
        assert_eq!(run(arguments).status.code(), Some(0), "{arguments:?}");
    }
}

#[test]
fn generate_gives_text_ids_and_times() {
    let arguments = [
        "generate",
        "--model",
        "starter",
        "--device",
        "cpu",
        "--prompt",
        "Which country is this?",
        "--max-new-tokens",
        "6",
    ];
    let with = |more: &[&str]| well(&run(&[&arguments, more].concat())).to_owned();
    let about_two = json(&with(&["--format", "json", "--image", sample(0), "--image", sample(1)]));
    let count = |field: &str| about_two[field].as_array().map_or(0, Vec::len) as u64;
    assert!((1..=6).contains(&count("token_ids")));
    assert!(["stop", "length"].iter().any(|reason| about_two["finish_reason"] == *reason));
    let image_tokens = about_two["image_tokens"].as_u64().unwrap_or(0);
    assert!(image_tokens > 0 && count("prompt_token_ids") > image_tokens);
    for part in ["load", "encode", "prefill", "decode"] {
        assert!(about_two["seconds"][part].as_f64().is_some_and(|seconds| seconds >= 0.0), "{part}");
    }
    let words = json(&with(&["--format", "json"]));
    assert_eq!(words["image_tokens"], 0);
    assert_eq!(with(&[]).trim_end(), words["text"].as_str().unwrap_or_default().trim_end());
}

#[test]
fn generate_says_what_the_reference_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/qwen2_5_vl");
    let expected = json(&fs::read_to_string(folder.join("untied.expected.json")).expect("there are reference outputs"));
    let expected = &expected["prompts"]["windows"];
    let question = expected["messages"][0]["content"][1]["text"].as_str().expect("the prompt has words");
    let (model, picture) = (folder.join("untied"), folder.join("pictures/windows.png"));
    let asked = ["generate", "--model", name(&model), "--image", name(&picture), "--prompt", question];
    let how = ["--device", "cpu", "--format", "json", "--max-new-tokens", "24"];
    let answer = json(well(&run(&[asked.as_slice(), &how].concat())));
    assert_eq!(answer["prompt_token_ids"], expected["input_ids"]);
    let penalised =
        json(&fs::read_to_string(folder.join("untied.penalised.json")).expect("there are reference outputs"));
    assert_eq!(answer["token_ids"], penalised["1.05"]["windows"]);
    assert_eq!(answer["finish_reason"], "length");
}

/// The architecture's own stands for what a model does not bring, and each command says so once.
#[test]
fn a_model_without_some_of_its_files_is_used_and_that_is_said() {
    let (folder, whole) = (folder(), Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/qwen2_5_vl/untied"));
    for file in ["config.json", "generation_config.json", "model.safetensors", "tokenizer.json"] {
        fs::copy(whole.join(file), folder.path().join(file)).expect("the file can be copied");
    }
    let model = ["--model", name(folder.path()), "--device", "cpu", "--max-new-tokens", "2"];
    for asked in [&["generate", "--prompt", "Where?"][..], &["locate", "--no-signs", sample(0), sample(1)]] {
        let output = run(&[asked, &model].concat());
        let said = "terrasight: This model comes with no tokenizer_config.json, no chat template (chat_template.jinja), no \
                    preprocessor_config.json; the architecture's own settings are used.\n";
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), said));
    }
}

/// What is said after an answer goes on in the same conversation, and no token of it is read twice.
#[test]
fn generate_goes_on_turn_by_turn() {
    let arguments = ["generate", "--model", "starter", "--device", "cpu", "--image", sample(0), "--prompt", "Where?"];
    let more = ["--max-new-tokens", "6", "--turn", "Why?<|im_end|>", "--turn", "And the poles?"];
    let run_as = |format| well(&run(&[&arguments[..], &more, &["--format", format]].concat())).to_owned();
    let first = json(&run_as("json"));
    let ids = |answer: &Value, field: &str| answer[field].as_array().cloned().unwrap_or_default();
    let turns = first["turns"].as_array().cloned().unwrap_or_default();
    assert_eq!(turns.len(), 2);
    let (mut before, mut texts) = (first.clone(), vec![first["text"].clone()]);
    for turn in turns {
        let so_far = [ids(&before, "prompt_token_ids"), ids(&before, "token_ids")].concat();
        assert_eq!(ids(&turn, "prompt_token_ids")[..so_far.len()], so_far, "the answer stands there in its own tokens");
        let reused = turn["reused_tokens"].as_u64().unwrap_or_default();
        assert!(reused + 1 >= so_far.len() as u64, "{reused} of {}", so_far.len());
        assert_eq!(turn["image_tokens"], first["image_tokens"]);
        texts.push(turn["text"].clone());
        before = turn;
    }
    let as_text: Vec<String> = texts.iter().map(|text| format!("{}\n", text.as_str().unwrap_or_default())).collect();
    assert_eq!(run_as("text"), as_text.concat());
}

#[test]
fn streets_are_drawn_with_a_manifest_and_the_same_seed_gives_the_same_bytes() {
    let folder = folder();
    let draw = |part: &str| {
        let out = folder.path().join(part);
        well(&run(&["streets", "--count", "3", "--seed", "41", "--out", name(&out)]));
        out
    };
    let (first, second) = (draw("first"), draw("second"));
    let mut manifest = csv::Reader::from_path(first.join("manifest.csv")).expect("there is a manifest");
    let columns = "path,latitude,longitude,country_code,city,locatability,clues,reasons";
    assert_eq!(manifest.headers().expect("it has columns").iter().collect::<Vec<_>>().join(","), columns);
    let rows: Vec<_> = manifest.records().map(|row| row.expect("a row can be read")).collect();
    assert_eq!(rows.len(), 3);
    for row in &rows {
        let bytes = |folder: &Path| fs::read(folder.join(&row[0])).expect("the picture is there");
        assert_eq!(bytes(&first), bytes(&second), "{}", &row[0]);
        assert!(serde_json::from_str::<Vec<String>>(&row[7]).is_ok(), "reasons are a JSON array: {}", &row[7]);
    }
    assert_eq!(fs::read_dir(first.join("labels")).expect("there are labels").count(), 3);

    let across = folder.path().join("across");
    let refused = one_line_of_failure(&run(&["streets", "--count", "2", "--seed", "999999", "--out", name(&across)]));
    assert!(refused.replace([',', '_'], "").contains("1000000"), "{refused}");
    assert!(!across.join("manifest.csv").exists());
}

#[test]
fn a_set_is_drawn_in_place_of_another_only_when_asked_and_stays_when_that_fails() {
    let folder = folder();
    let out = folder.path().join("set");
    let draw = |seed: &str, more: &[&str]| {
        run(&[&["streets", "--count", "2", "--seed", seed, "--out", name(&out)] as &[&str], more].concat())
    };
    well(&draw("41", &[]));
    let read = || fs::read(out.join("manifest.csv")).expect("there is a manifest");
    let before = read();
    assert!(one_line_of_failure(&draw("43", &[])).contains("--force"));
    one_line_of_failure(&draw("999999", &["--force"]));
    assert!(read() == before && out.join("pictures/000001.png").is_file(), "the old set stays");
    well(&draw("43", &["--force"]));
    assert_ne!(read(), before);
}

#[test]
fn evaluate_reads_a_table_as_it_is_told() {
    let folder = folder();
    let set = folder.path().join("set");
    well(&run(&["streets", "--count", "1", "--seed", "1000000", "--out", name(&set)]));
    fs::write(folder.path().join("t.csv"), "where,n,e\n000000.png,48.85,2.35\n").expect("a table");
    let config = folder.path().join("e.toml");
    let file = |more: &str| {
        let text = format!(
            "out = \"r\"\ndevice = \"cpu\"\n[data]\nmanifest = \"t.csv\"\nthumbnail_streets = 0\n{more}\n\
             [generation]\nmax_new_tokens = 4\n"
        );
        fs::write(&config, text).expect("an evaluation file");
    };
    file("");
    let evaluate = |more: &[&str]| run(&[&["evaluate", name(&config)] as &[&str], more].concat());
    assert!(one_line_of_failure(&evaluate(&[])).contains("has no column 'path'"));
    let columns = "path=where,latitude=n,longitude=e";
    let pictures = set.join("pictures");
    let said = text(&evaluate(&["--columns", columns, "--root", name(&pictures)]).stdout).to_owned();
    assert!(said.contains("t.csv"), "{said}");
    // The file's own keys say the same: the evaluation is the same one and is done already.
    file(&format!("columns = \"{columns}\"\nroot = \"set/pictures\""));
    let each = evaluate(&["--each"]);
    let each = well(&each);
    assert!(each.contains("t.csv") && each.contains("000000.png  "), "{each}");
    assert!(each.contains("a place given") && each.contains("no place given"), "{each}");
    assert_eq!(evaluate(&["--columns", "colour=n"]).status.code(), Some(2));
}

#[test]
fn an_index_without_a_place_lies_in_the_programs_home_and_remembers_its_table() {
    let folder = folder();
    let set = folder.path().join("set");
    well(&run(&["streets", "--count", "1", "--seed", "5", "--out", name(&set)]));
    let table = folder.path().join("t.csv");
    fs::write(&table, "where,n,e\n000000.png,48.85,2.35\n").expect("a table");
    let index = |more: &[&str]| run(&[&["dataset", "index", "--no-score", name(&table)] as &[&str], more].concat());
    let pictures = set.join("pictures");
    let said =
        text(&index(&["--columns", "path=where,latitude=n,longitude=e", "--root", name(&pictures)]).stdout).to_owned();
    assert!(said.contains(name(&home().join("indexes"))) && said.contains("1 with a position"), "{said}");
    let again = text(&index(&[]).stdout).to_owned();
    assert!(again.contains("1 as before"), "{again}");
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 2, "nothing is put beside");
}

#[test]
fn signs_are_read_and_a_picture_that_fails_stands_in_its_place() {
    let signs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/reader/signs.png");
    let said = run(&["read", "--device", "cpu", name(&signs)]);
    assert_eq!(well(&said).lines().filter(|line| line.contains("  Apotheke  Latin (")).count(), 1);
    let said = run(&["read", "--device", "cpu", "--format", "json", "no-such.jpg", name(&signs)]);
    assert!(one_line_of_failure(&said).contains("no-such.jpg"));
    let pictures = json(text(&said.stdout));
    assert!(pictures[0]["error"].is_string() && pictures[0]["readings"].is_null());
    let reading = &pictures[1]["readings"][1];
    assert_eq!(reading["text"], "BAHNHOF 250 m");
    assert!(reading["score"].as_f64().is_some_and(|score| (0.5..=1.0).contains(&score)));
    assert_eq!(reading["quad"].as_array().map(Vec::len), Some(4));
}

#[test]
fn what_is_known_in_words_is_weighed_in() {
    let sample = sample(0);
    let located = |more: &[&str]| {
        let arguments = [&["locate", "--device", "cpu", "--no-signs", "--format", "json", sample], more].concat();
        json(text(&run(&arguments).stdout))[0].clone()
    };
    let hinted = located(&["--hint", "definitely not in Kenya", "--hint", "maybe in Tanzania"]);
    let share = |found: &Value, code: &str| {
        let shares = found["countries"].as_array().expect("a list");
        shares
            .iter()
            .find(|share| share["country_code"] == code)
            .map_or(0.0, |share| share["probability"].as_f64().unwrap_or(0.0))
    };
    // The sample lies in Kenya, and a wrong hint moves the answer as far as its strength says.
    let plain = located(&[]);
    let odds = |found: &Value| share(found, "TZ") / share(found, "KE");
    assert!(odds(&hinted) > 10.0 * odds(&plain) && share(&hinted, "KE") > 0.0, "{hinted:#}");
    assert_eq!((&plain["probability_kind"], &hinted["probability_kind"]), (&"calibrated".into(), &"edited".into()));
    let kinds = hinted["evidence"].as_array().expect("a list").iter().filter(|piece| piece["kind"] == "hint").count();
    assert_eq!(kinds, 2, "{hinted:#}");
    let failed = run(&["locate", "--hint", "lorem ipsum dolor", sample]);
    assert!(one_line_of_failure(&failed).contains("--hint 'lorem ipsum dolor' is not understood"));
    let asked = run(&["locate", "--hint", "why not Peru?", sample]);
    assert!(one_line_of_failure(&asked).contains("this is a question"));
}

#[test]
fn doctor_says_what_there_is_and_home_moves_it() {
    let output = run(&["doctor"]);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0));
    for part in ["processor:", "memory:", "graphics adapters:", "starter", "network:", name(&home())] {
        assert!(said.contains(part), "{part} is missing in:\n{said}");
    }
}

#[cfg(all(unix, not(target_os = "macos")))]
/// From standard input, so that it stands in no shell's history; what is said of it has its server alone.
#[test]
fn a_token_is_kept_and_forgotten_for_one_server() {
    let home = folder();
    let token = |arguments: &[&str], given: &str| {
        let all = [&["models", "token", "--mirror", "https://mirror.example"], arguments].concat();
        let input = home.path().join("input");
        fs::write(&input, given).expect("the file can be written");
        let mut command = terrasight(&all);
        command.env("TERRASIGHT_HOME", home.path()).stdin(fs::File::open(&input).expect("it is there"));
        command.output().expect("the program can be run")
    };
    let file = home.path().join("hub-tokens.json");
    assert_eq!(well(&token(&[], "hf_secret\n")), "the token for mirror.example is kept\n");
    let kept = json(&fs::read_to_string(&file).expect("it is kept"));
    assert_eq!(kept["https://mirror.example/"], "hf_secret");
    let said = one_line_of_failure(&token(&[], "two words\n"));
    assert!(said.contains("no token") && !said.contains("two words"), "{said}");
    assert_eq!(well(&token(&["--forget"], "")), "the token for mirror.example is forgotten\n");
    assert!(!file.exists());
}

#[test]
fn without_a_display_the_samples_are_located_on_the_terminal() {
    let output = run(&[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("display"), "{}", text(&output.stderr));
    let said = text(&output.stdout);
    for sample in assets::samples() {
        assert!(said.contains(sample.name), "{} is missing in:\n{said}", sample.name);
    }
}

#[cfg(unix)]
#[test]
fn a_reader_who_leaves_is_no_failure() {
    let mut child = terrasight(&["streets", "--help"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut doctor = terrasight(&["doctor"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    for child in [&mut child, &mut doctor] {
        let child = child.as_mut().expect("the program can be run");
        drop(child.stdout.take());
        let status = child.wait().expect("the program ends");
        assert_eq!(status.code(), Some(0));
    }
}

#[test]
fn an_unusable_home_is_named() {
    let file = tempfile::NamedTempFile::new().expect("a file can be made");
    let mut command = terrasight(&["locate", sample(0), "--device", "cpu"]);
    let output = command.env("TERRASIGHT_HOME", file.path()).output().expect("the program can be run");
    assert!(one_line_of_failure(&output).contains(name(file.path())));
}

/// A picture of mere noise is no drawn street, so the starter's words about it would be made up.
#[test]
fn a_model_that_knows_drawings_only_says_nothing_of_other_pictures() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("noise.png");
    let noise = image::RgbImage::from_fn(320, 240, |x, y| image::Rgb([((x * 7919) ^ (y * 104_729)) as u8; 3]));
    noise.save(&path).expect("it can be written");
    let path = path.display().to_string();
    let located = |model: &[&str]| {
        let output = run(&[&["locate", path.as_str(), "--device", "cpu", "--format", "json"], model].concat());
        json(well(&output))[0].clone()
    };
    let withheld = located(&[]);
    assert!(withheld["answer"].is_null() && withheld["locatability"].is_null());
    assert_eq!(withheld["candidates"], serde_json::json!([]));
    assert_eq!(withheld["withheld"], "knows_drawings_only");
    assert!(withheld["problems"][0].as_str().is_some_and(|problem| problem.contains("Choose a model")));
    let by_hand = located(&["--model", "starter"]);
    assert!(by_hand["answer"].is_object());
    assert!(by_hand["problems"][0].as_str().is_some_and(|problem| problem.contains("made up")));
}

#[test]
fn no_output_replaces_an_input_or_an_unasked_file() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let (picture, out) = (folder.path().join("street.jpg"), folder.path().join("out.json"));
    fs::copy(sample(1), &picture).expect("it can be copied");
    fs::write(&out, "mine").expect("it can be written");
    let before = fs::read(&picture).expect("it is there");
    let locate = |file: &Path, force: &[&str]| {
        let (picture, file) = (picture.display().to_string(), file.display().to_string());
        run(&[&["locate", picture.as_str(), "--device", "cpu", "--format", "json", "--out", file.as_str()], force]
            .concat())
    };
    for force in [&[] as &[&str], &["--force"]] {
        let refused = locate(&picture, force);
        assert_eq!(refused.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&refused.stderr).contains("one of the files that are read"));
        assert_eq!(fs::read(&picture).expect("it is there"), before);
    }
    let refused = locate(&out, &[]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--force"), "{refused:?}");
    assert_eq!(fs::read(&out).expect("it is there"), b"mine");
    assert_eq!(locate(&out, &["--force"]).status.code(), Some(0));
    assert!(fs::read_to_string(&out).expect("it is there").starts_with('['));
}

#[test]
fn an_area_narrows_the_answer_to_it_and_a_file_that_is_none_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let area = folder.path().join("area.geojson");
    fs::write(&area, r#"{"type": "Polygon", "coordinates": [[[-10, 35], [4, 35], [4, 44], [-10, 44], [-10, 35]]]}"#)
        .expect("a file");
    let located = run(&["locate", sample(0), "--within", name(&area), "--exclude", "PT,AD", "--format", "json"]);
    let found = json(well(&located));
    let candidates = found[0]["candidates"].as_array().expect("candidates");
    assert!(!candidates.is_empty());
    for candidate in candidates {
        let at = |key: &str| candidate[key].as_f64().expect("a number");
        assert!((34.0..45.0).contains(&at("lat")) && (-11.0..5.0).contains(&at("lon")), "{candidate}");
        assert_ne!(candidate["country_code"], "PT");
    }
    let own: Vec<&Value> =
        found[0]["evidence"].as_array().expect("evidence").iter().filter(|piece| piece["kind"] == "region").collect();
    assert_eq!(own.len(), 2);
    assert_eq!(own[1]["text"], "Not in Portugal or Andorra.");
    assert_eq!(found[0]["probability_kind"], "edited");

    fs::write(&area, "{}").expect("a file");
    let said = one_line_of_failure(&run(&["locate", sample(0), "--exclude", name(&area)]));
    assert!(said.contains("area.geojson: it is no sound GeoJSON"), "{said}");
    let unknown = run(&["locate", sample(0), "--within", "FR,QX"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(text(&unknown.stderr).contains("no country has the code QX"), "{}", text(&unknown.stderr));
}

#[test]
fn what_cannot_be_calibrated_is_said_before_any_picture_is_looked_at() {
    let folder = folder();
    fs::write(folder.path().join("mine.csv"), "path,latitude,longitude\na.jpg,1,2\n").expect("a file");
    let said = one_line_of_failure(&run(&["calibrate", name(folder.path()), "--device", "cpu"]));
    assert!(said.contains("drawn streets only") && said.contains("--streets"), "{said}");
    let said = one_line_of_failure(&run(&["experiment", name(folder.path())]));
    assert!(said.contains("no records of streets in it"), "{said}");
    let output = run(&["calibrate", "--streets", "--shard", "4/4"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("no part of a whole"), "{}", text(&output.stderr));
}
