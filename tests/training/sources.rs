//! A run over several sources, of which one is a table whose columns have names of its own: by the library, and by the
//! program from the same file.

use std::{fs, path::Path, process::Command};

use terrasight::{
    dataset::Source,
    train::{TrainConfig, TrainEvent},
};

use super::{Recipe, run::Run};

fn terrasight() -> Command {
    Command::new(env!("CARGO_BIN_EXE_terrasight"))
}

fn draw(folder: &Path, seed: u32, count: u32) {
    let said = terrasight()
        .args(["streets", "--count", &count.to_string(), "--seed", &seed.to_string(), "--out"])
        .arg(folder)
        .output()
        .unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
}

/// Five streets in a folder, and three that a table elsewhere lists in columns that nobody would know by their names.
fn two_sources(columns: &str) -> Run {
    let sources = format!("sources = [\"streets\", {{ path = \"lists/mine.csv\"{columns}, root = \"more\" }}]");
    let run = Run::of(Recipe::tiny().with("streets = { seed = 40, count = 8 }", &sources));
    let folder = run.folder.path();
    draw(&folder.join("streets"), 40, 5);
    draw(&folder.join("more"), 60, 3);
    let table = fs::read_to_string(folder.join("more/manifest.csv")).unwrap();
    let rows = table.split_once('\n').unwrap().1;
    fs::create_dir(folder.join("lists")).unwrap();
    fs::write(folder.join("lists/mine.csv"), format!("where it is,up,along,land,town,much,seen,why\n{rows}")).unwrap();
    run
}

const COLUMNS: &str = ", columns = \"path=where it is,latitude=up,longitude=along,country_code=land,reasons=why\"";

#[test]
fn a_run_learns_from_all_its_sources() {
    let run = two_sources(COLUMNS);
    let (mut pictures, mut left_out) = (None, Vec::new());
    run.train(false, |event, _| match event {
        TrainEvent::Started(plan) => pictures = Some(plan.pictures),
        TrainEvent::Skipped { picture, error } => left_out.push(format!("{picture}: {error}")),
        _ => {}
    })
    .unwrap();
    assert_eq!((pictures, left_out), (Some(8), Vec::new()));
    assert_eq!(run.losses().len(), 6);

    // What lies in the run's folder repeats it, from wherever it is read.
    let kept = TrainConfig::read(&run.out().join("recipe.toml")).unwrap();
    assert_eq!(kept, TrainConfig::read(&run.file()).unwrap());
    let [streets, table] = &kept.data.sources[..] else { panic!("{:?}", kept.data.sources) };
    assert_eq!(*streets, Source::at(run.folder.path().join("streets")));
    assert_eq!((table.columns.0.len(), table.root.as_deref()), (5, Some(&*run.folder.path().join("more"))));
}

#[test]
fn the_program_takes_the_same_file_and_says_which_source_it_cannot_read() {
    let run = two_sources(COLUMNS);
    let done = terrasight().arg("train").arg(run.file()).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let of_library = two_sources(COLUMNS);
    of_library.train(false, |_, _| {}).unwrap();
    assert_eq!(run.losses(), of_library.losses());

    let unclear = two_sources("");
    let refused = terrasight().arg("train").arg(unclear.file()).output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(said.contains("mine.csv has no column 'path'"), "{said}");
}

#[test]
fn drawn_streets_pictures_inside_parquet_and_files_are_learned_in_one_run() {
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/examples/inside.parquet");
    let sources = "sources = [\"inside.parquet\"]\nstreets = { seed = 40, count = 6 }";
    let run = Run::of(Recipe::tiny().with("streets = { seed = 40, count = 8 }", sources));
    fs::copy(fixture, run.folder.path().join("inside.parquet")).unwrap();
    let home = run.folder.path().join("own");
    let done = terrasight().arg("train").arg(run.file()).env("TERRASIGHT_HOME", &home).output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "{said}");
    assert_eq!(run.losses().len(), 6);
    let again =
        terrasight().arg("train").arg(run.file()).arg("--resume").env("TERRASIGHT_HOME", &home).output().unwrap();
    assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));

    // Another run of the same kind beside it knows how long it will take.
    let text = fs::read_to_string(run.file()).unwrap().replace("out = \"run\"", "out = \"another\"");
    fs::write(run.folder.path().join("another.toml"), text).unwrap();
    let mut dry = terrasight();
    dry.args(["train", "--dry-run"]).arg(run.folder.path().join("another.toml")).env("TERRASIGHT_HOME", &home);
    let told = String::from_utf8(dry.output().unwrap().stdout).unwrap();
    assert!(told.contains("by the pace of the run “run” (6 steps with this model"), "{told}");
}
