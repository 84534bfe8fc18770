//! Training files as they are read, and refused.

use super::*;

const GOOD: &str = r#"
out = "runs/a"
stage = "full"

[model]
base = "../assets/starter"

[data]
streets = { seed = 0, count = 100 }

[schedule]
steps = 10
batch = 4
learning_rate = 1e-3
"#;

#[track_caller]
fn check_error(from: &str, to: &str, expected: &str) {
    assert!(GOOD.contains(from));
    let error = TrainConfig::parse(Path::new("t.toml"), &GOOD.replace(from, to)).unwrap_err().to_string();
    assert!(error.starts_with("t.toml") && error.contains(expected), "'{error}' does not say '{expected}'");
    assert!(!error.contains('\n'), "one line: {error}");
}

#[test]
fn a_short_file_is_enough_and_paths_start_from_its_folder() {
    let mut config = TrainConfig::parse(Path::new("training/t.toml"), GOOD).unwrap();
    config.resolve_paths(Path::new("training"));
    assert_eq!(config.out, Path::new("training/runs/a"));
    assert_eq!(config.model.base.as_deref(), Some(Path::new("training/../assets/starter")));
    assert_eq!(config.schedule.max_answer_tokens, 256);
    assert_eq!(config.device, "auto");
}

#[test]
fn what_cannot_be_used_is_refused_by_name() {
    check_error("batch = 4", "batch = 4\nbatsh = 5", "line 14: unknown field `batsh`");
    check_error("stage = \"full\"", "stage = \"half\"", "line 3: unknown variant `half`");
    check_error("stage = \"full\"\n", "", "missing field `stage`");
    check_error("batch = 4", "batch = 0", "schedule.batch must be at least 1");
    check_error("batch = 4", "batch = \"four\"", "line 13");
    check_error("steps = 10", "steps = 10\nepochs = 1.0", "either steps or epochs");
    check_error("steps = 10\n", "", "either steps or epochs");
    check_error("1e-3", "-1e-3", "schedule.learning_rate");
    check_error("1e-3", "2.0", "schedule.learning_rate");
    check_error("steps = 10", "epochs = 0.0", "schedule.epochs");
    check_error("steps = 10", "epochs = inf", "schedule.epochs");
    check_error("count = 100", "count = 1000001", "for evaluation alone");
    check_error("count = 100", "count = 0", "at least 1");
    check_error("[data]", "[lora]\nrank = 8\n\n[data]", "lora is about model.parameters = \"lora\"");
    let lora = |line: &str| format!("parameters = \"lora\"\n[lora]\n{line}\n\n[data]");
    for (line, expected) in [
        ("rank = 0", "lora.rank must be"),
        ("alpha = -1.0", "lora.alpha must be"),
        ("dropout = 1.0", "lora.dropout must be"),
        ("dropout = -0.1", "lora.dropout must be"),
        ("dropout = nan", "lora.dropout must be"),
        ("targets = []", "lora.targets must name"),
        ("targets = [\"c_attn\"]", "lora.targets names 'c_attn'"),
        ("precision = \"2-bit\"", "there is no precision '2-bit'"),
    ] {
        check_error("[data]", &lora(line), expected);
    }
    let kept = |table: &str| format!("[features]\n{table}\n\n[data]");
    check_error("[data]", &kept("gib = 1.0"), "features is about a tower that does not learn");
    check_error("[data]", &format!("parameters = \"text\"\n{}", kept("gib = -1.0")), "features.gib must");
    check_error("streets = { seed = 0, count = 100 }", "", "needs sources");
    check_error("[data]", "[data]\nstreet_list = \"seeds.txt\"", "needs sources");
    check_error("steps = 10", "steps = 10\nwarmup_steps = 3\nwarmup_ratio = 0.1", "warmup_steps or warmup_ratio");
    check_error("steps = 10", "steps = 10\nwarmup_ratio = 1.5", "schedule.warmup_ratio");
    check_error("streets = {", "min_locatability = 1.5\nstreets = {", "data.min_locatability");
    check_error("[data]", "[probes]\npictures = 6\nevery = 0\n[data]", "probes");
    check_error("base = ", "picture_tokens = 0\nbase = ", "model.picture_tokens");
    check_error("streets = {", "root = \"a\"\nstreets = {", "about manifests");
    check_error("streets = {", "columns = \"path\"\nstreets = {", "names no column");
    check_error("base = \"../assets/starter\"", "", "either base");
    check_error("out = \"runs/a\"", "out = \"runs/a", "line 2");
}

#[test]
fn a_warm_up_may_be_a_share_of_the_steps() {
    let config =
        TrainConfig::parse(Path::new("t.toml"), &GOOD.replace("steps = 10", "epochs = 5.0\nwarmup_ratio = 0.01"));
    let schedule = config.unwrap().schedule.over(3000);
    assert_eq!((schedule.steps, schedule.warmup_steps), (3750, 38));
}

#[test]
fn adapters_have_the_papers_sizes_where_nothing_is_said() {
    let lora = TrainConfig::parse(Path::new("t.toml"), GOOD).unwrap().lora;
    assert_eq!((lora.rank, lora.alpha), (64, 16.0));
    assert_eq!(lora.dropout, 0.0, "what a file meant before there was any");
    assert!(!lora.targets.iter().any(|target| target == "down_proj"), "the paper leaves it out");
}

#[test]
fn the_shipped_training_files_are_valid_and_each_begins_with_the_one_before() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("training/starter");
    let read = |name: &str| TrainConfig::read(&folder.join(name)).unwrap();
    let stages = ["reasoning.toml", "location.toml", "correction.toml"].map(read);
    assert!(folder.join("../base/model.safetensors").is_file() && stages[0].model.base == Some(folder.join("../base")));
    for pair in stages.windows(2) {
        assert_eq!(pair[1].model.base, Some(pair[0].out.join("last")));
        assert_eq!(pair[1].features, pair[0].features);
    }
    let seeds = |at: usize| stages[at].data.streets.unwrap();
    assert_eq!(seeds(0), seeds(1));
    assert!(
        seeds(2).seed >= seeds(1).seed + seeds(1).count,
        "hints are learned on streets that the model does not know by heart"
    );
}

#[test]
fn a_file_says_the_same_wherever_the_program_is_started() {
    // Tests run in the crate's folder.
    let named = Path::new("training/starter/reasoning.toml");
    let config = TrainConfig::read(named).unwrap();
    assert_eq!(config, TrainConfig::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(named)).unwrap());
    assert!(config.out.is_absolute() && config.model.base.is_some_and(|base| base.is_absolute()));
}

#[test]
fn several_sources_are_written_and_read_back_with_all_that_is_said_of_them() {
    let sources = "sources = [\"/a folder\", { path = \"/b.csv\", columns = \"path=where is it,latitude=y,longitude=x,city=\", \
                   root = \"/pictures\" }, { path = \"/c\", kind = \"json\" }]";
    let text = GOOD.replace("streets = { seed = 0, count = 100 }", sources);
    let config = TrainConfig::parse(Path::new("t.toml"), &text).unwrap();
    let [folder, table, records] = &config.data.sources[..] else { panic!("{:?}", config.data.sources) };
    assert_eq!(*folder, Source::at("/a folder"));
    assert_eq!((table.columns.0.len(), table.root.as_deref()), (4, Some(Path::new("/pictures"))));
    assert_eq!(records.kind, Some(crate::dataset::SourceKind::Json));
    let again = TrainConfig::parse(Path::new("u.toml"), &toml::to_string(&config).unwrap()).unwrap();
    assert_eq!(again, config);
}
