//! What users rely on when they train an adapter: the model's own files stay as they are, the run goes on exactly where it
//! stopped, and the adapter is used where the model is.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "fixtures/recipe.rs"]
mod recipe;

use std::{
    cell::RefCell,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use recipe::Recipe;
use safetensors::{Dtype, tensor::TensorView};
use terrasight::train::{TrainEvent, read_log, run};

/// A tiny model that knows next to nothing, in the layout of every other.
fn base_model() -> PathBuf {
    static BASE: OnceLock<tempfile::TempDir> = OnceLock::new();
    let folder = BASE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let recipe = Recipe::tiny()
            .with("steps = 6", "steps = 1")
            .with("text = { width = 32, layers = 1", "text = { width = 64, layers = 2");
        let file = folder.path().join("base.toml");
        fs::write(&file, recipe.0).unwrap();
        run(&file, false, &AtomicBool::new(false), &mut |_| {}).unwrap();
        folder
    });
    folder.path().join("run/last")
}

/// A folder with a training file for an adapter on that model, of eight drawn streets.
struct Run {
    folder: tempfile::TempDir,
    lora: String,
    /// The loss on held-back pictures at each look.
    looks: RefCell<Vec<f64>>,
}

impl Run {
    fn new(lora: &str) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), lora: lora.to_owned(), looks: RefCell::default() }
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("run")
    }

    /// Trains until it is done, or until after the step `until`.
    fn train(&self, resume: bool, until: Option<u64>) -> Result<u64, String> {
        let lora = &self.lora;
        let recipe = Recipe::tiny()
            .on(&base_model(), &format!("parameters = \"lora\"\n[lora]\n{lora}"))
            .with("stage = \"location\"", "stage = \"reasoning\"")
            .with("seed = 40", "seed = 90")
            .with("steps = 6", "steps = 4")
            .with("3e-3", "2e-2")
            .with("share = 0.0", "share = 0.25\nevery = 4");
        let file = self.folder.path().join("train.toml");
        fs::write(&file, recipe.0).unwrap();
        let cancel = AtomicBool::new(false);
        let trained = run(&file, resume, &cancel, &mut |event| match event {
            TrainEvent::Stepped(report) => cancel.store(Some(report.step) == until, Ordering::Relaxed),
            TrainEvent::Validated(look) => self.looks.borrow_mut().push(look.loss),
            _ => {}
        });
        trained.map(|trained| trained.step).map_err(|error| error.to_string())
    }

    fn file(&self, name: &str) -> Vec<u8> {
        fs::read(self.out().join("last").join(name)).unwrap()
    }

    fn losses(&self) -> Vec<f64> {
        read_log(&self.out().join("log.jsonl")).unwrap().iter().filter_map(|line| line.loss).collect()
    }
}

const SMALL: &str = "rank = 4\nalpha = 8.0";

/// A run on an adapter that changes the tower, in the folder in which features of the tower without it lie: names that match by
/// their last part, as `gate_proj`, match layers of both.
#[test]
fn features_of_the_tower_alone_are_not_those_of_the_tower_with_an_adapter() {
    let folder = tempfile::tempdir().unwrap();
    let (features, adapter) = (folder.path().join("features"), folder.path().join("adapter"));
    let factor = |shape: [usize; 2]| {
        let numbers = (0..shape[0] * shape[1]).flat_map(|n| (n as f32 / 50.0 - 0.5).to_le_bytes()).collect::<Vec<u8>>();
        TensorView::new(Dtype::F32, shape.to_vec(), numbers.leak()).unwrap()
    };
    let layer = "base_model.model.visual.blocks.0.mlp.gate_proj";
    let factors =
        [("A", [2, 32]), ("B", [64, 2])].map(|(name, shape)| (format!("{layer}.lora_{name}.weight"), factor(shape)));
    fs::create_dir(&adapter).unwrap();
    fs::write(adapter.join("adapter_model.safetensors"), safetensors::serialize(factors, None).unwrap()).unwrap();
    let settings = r#"{"peft_type": "LORA", "r": 2, "lora_alpha": 2, "target_modules": ["gate_proj"]}"#;
    fs::write(adapter.join("adapter_config.json"), settings).unwrap();
    let kept_after = |on: &str| {
        let run = Run::new(&format!("{SMALL}\non = [{on}]\n[features]\nfolder = '{}'", features.display()));
        assert_eq!(run.train(false, None), Ok(4));
        fs::read_dir(&features).unwrap().count()
    };
    let alone = kept_after("");
    assert_eq!(kept_after(""), alone);
    assert_eq!(kept_after(&format!("'{}'", adapter.display())), 2 * alone);
}

#[test]
fn an_adapter_learns_beside_its_model_and_resumes_bit_for_bit() {
    for more in [
        "precision = \"full\"",
        "precision = \"8-bit\"",
        "precision = \"8-bit\"\nproducts = \"bf16\"",
        "dropout = 0.2",
        "dropout = 0.2\nrecompute = false",
    ] {
        let settings = format!("{SMALL}\n{more}");
        let (whole, stopped) = (Run::new(&settings), Run::new(&settings));
        assert_eq!(whole.train(false, None), Ok(4));
        let losses = whole.losses();
        assert!(losses[3] < losses[0] - 0.05, "{losses:?}");
        let mut names: Vec<_> =
            fs::read_dir(whole.out().join("last")).unwrap().map(|file| file.unwrap().file_name()).collect();
        names.sort();
        let right =
            ["adapter_config.json", "adapter_model.safetensors", "optimizer.safetensors", "training_state.json"];
        assert_eq!(names, right, "an adapter and no model");

        assert_eq!(stopped.train(false, Some(2)), Ok(2));
        assert_eq!(stopped.train(true, None), Ok(4));
        assert_eq!(stopped.losses(), losses);
        for name in ["adapter_model.safetensors", "optimizer.safetensors"] {
            assert!(stopped.file(name) == whole.file(name), "{more}: {name} differs");
        }
        // What was computed once is found again and changes nothing.
        let kept = fs::read_dir(whole.folder.path().join("features")).unwrap().count();
        assert!(kept >= 8, "{kept} features kept");
        let unkept = Run::new(&format!("{settings}\n[features]\ngib = 0.0"));
        assert_eq!(unkept.train(false, None), Ok(4));
        assert_eq!(unkept.losses(), losses);
    }
}

#[test]
fn dropout_changes_what_is_learned_and_nothing_of_what_is_held_back() {
    let of = |more: &str| {
        let run = Run::new(&format!("{SMALL}\n{more}"));
        assert_eq!(run.train(false, None), Ok(4));
        let settings: serde_json::Value = serde_json::from_slice(&run.file("adapter_config.json")).unwrap();
        (run, settings["lora_dropout"].as_f64())
    };
    let [(unsaid, unsaid_dropout), (none, none_dropout), (much, much_dropout)] =
        ["", "dropout = 0.0", "dropout = 0.5"].map(of);
    assert_eq!([unsaid_dropout, none_dropout, much_dropout], [Some(0.0), Some(0.0), Some(0.5)]);
    assert!(unsaid.file("adapter_model.safetensors") == none.file("adapter_model.safetensors"));
    assert!(none.file("adapter_model.safetensors") != much.file("adapter_model.safetensors"));
    // Before the first step nothing has been learned, and after it all that is looked at is whole.
    assert_eq!(none.looks.borrow()[0], much.looks.borrow()[0]);
    let (losses, looks) = (much.losses(), much.looks.borrow());
    assert!(looks[1] < looks[0], "{losses:?} {looks:?}");
}

#[test]
fn a_second_stage_is_laid_on_the_first() {
    let first = Run::new(SMALL);
    assert_eq!(first.train(false, None), Ok(4));
    let on = format!("{SMALL}\non = [{:?}]", first.out().join("best"));
    let second = Run::new(&on);
    assert_eq!(second.train(false, None), Ok(4));
    assert!(second.losses()[0] < first.losses()[3] * 1.05, "{:?} after {:?}", second.losses(), first.losses());

    // One with fewer layers is saved with these alone, and goes on with them.
    let narrow = |targets| format!("{on}\ntargets = {targets:?}\ndropout = 0.1");
    let [whole, stopped] = [(); 2].map(|()| Run::new(&narrow(["v_proj", "up_proj"])));
    assert_eq!(
        (whole.train(false, None), stopped.train(false, Some(2)), stopped.train(true, None)),
        (Ok(4), Ok(2), Ok(4))
    );
    let factors = whole.file("adapter_model.safetensors");
    assert!(stopped.file("adapter_model.safetensors") == factors);
    let file = safetensors::SafeTensors::deserialize(&factors).unwrap();
    // Two factors of two layers in each of two blocks.
    assert_eq!((file.len(), file.names().iter().filter(|name| name.contains("q_proj")).count()), (8, 0));

    let other = Run::new(&format!("{SMALL}\non = [{:?}]", first.folder.path()));
    let refused = other.train(false, None).unwrap_err();
    assert!(refused.contains("has no adapter_config.json"), "{refused}");
}

fn terrasight(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_terrasight")).args(arguments).output().unwrap()
}

/// What `evaluate` says of these models on the drawn streets of a folder, in two tokens each.
fn evaluate(folder: &Path, name: &str, models: &str, more: &[&str]) -> String {
    let file = folder.join(format!("{name}.toml"));
    let text = format!(
        "out = '{name}'\ndevice = \"cpu\"\n{models}[data]\nsources = ['manifest.csv']\n\
         [generation]\nmax_new_tokens = 2\nreads_signs = false\n"
    );
    fs::write(&file, text).unwrap();
    let output = terrasight(&[&["evaluate", &file.display().to_string()], more].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn an_adapter_is_named_on_the_command_line_and_recorded() {
    let trained = Run::new(SMALL);
    assert_eq!(trained.train(false, None), Ok(4));
    let adapter = trained.out().join("last").display().to_string();
    let pictures = tempfile::tempdir().unwrap();
    let streets = pictures.path().display().to_string();
    assert!(terrasight(&["streets", "--out", &streets, "--count", "1", "--seed", "1000000"]).status.success());
    let picture = fs::read_dir(pictures.path().join("pictures")).unwrap().next().unwrap().unwrap().path();
    let model = base_model().display().to_string();
    let locate = |adapters: &[&str]| -> serde_json::Value {
        let picture = picture.display().to_string();
        let short = ["--max-new-tokens", "4"];
        let arguments = ["locate", &picture, "--model", &model, "--device", "cpu", "--no-signs", "--format", "json"];
        let output = terrasight(&[&arguments[..], &short, adapters].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let plain = locate(&[]);
    let half = format!("{adapter}@50");
    let twice = locate(&["--adapter", &adapter, "--adapter", &half]);
    let recorded = twice[0]["model"]["adapters"].as_array().unwrap();
    assert_eq!((plain[0]["model"]["adapters"].as_array().unwrap().len(), recorded.len()), (0, 2));
    assert!(recorded[0].as_str().unwrap().starts_with("run (last) sha256:"), "{recorded:?}");
    assert!(recorded[1].as_str().unwrap().ends_with(" at 50 %"), "{recorded:?}");
    let said = |adapters: &[&str]| {
        let model = ["generate", "--model", &model, "--device", "cpu", "--prompt", "Where?", "--max-new-tokens", "24"];
        let output = terrasight(&[&model[..], adapters].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    assert_ne!(said(&[]), said(&["--adapter", &adapter, "--adapter", &half]), "the adapter changes what is said");

    // The same pictures for the model with and without it, then without it alone, beside that.
    let both = evaluate(
        pictures.path(),
        "both",
        &format!("[[model]]\nfolder = '{model}'\n[[model]]\nfolder = '{model}'\nadapters = ['{adapter}']\n"),
        &[],
    );
    let report: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(pictures.path().join("both/report.json")).unwrap()).unwrap();
    let adapters = |model: usize| report["models"][model]["answerer"]["model"]["adapters"].as_array().unwrap().len();
    assert_eq!((adapters(0), adapters(1), report["pictures"].as_u64()), (0, 1, Some(1)));
    assert!(both.contains("on the same pictures"), "{both}");
    let earlier = pictures.path().join("both").display().to_string();
    let alone = evaluate(
        pictures.path(),
        "alone",
        &format!("[[model]]\nfolder = '{model}'\nname = 'plain'\n"),
        &["--beside", &earlier],
    );
    let said = alone.split_once("\nbeside ").unwrap().1;
    assert_eq!(said.matches("plain beside ").count(), 2, "{said}");
    // Read again, without a file and without asking anybody.
    let folder = pictures.path().join("alone").display().to_string();
    let again = terrasight(&["evaluate", &folder, "--beside", &earlier]);
    assert_eq!(String::from_utf8_lossy(&again.stdout), alone);

    let refuse = |arguments: &[&str], says: &str| {
        let output = terrasight(arguments);
        let line = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && line.contains(says), "{line}");
    };
    let picture = picture.display().to_string();
    refuse(&["locate", &picture, "--adapter", &streets], "has no adapter_config.json");
    refuse(&["locate", &picture, "--adapter", &format!("{adapter}@lots")], "'lots' is no percentage");
    refuse(&["locate", &picture, "--model", &adapter], "is an adapter (LoRA) and no model");
}

#[test]
fn a_merged_model_is_as_readable_as_a_new_folder_and_has_no_weights_that_are_not_its_own() {
    let trained = Run::new(SMALL);
    assert_eq!(trained.train(false, None), Ok(4));
    let folder = tempfile::tempdir().unwrap();
    let [model, out, new] = ["model", "merged", "new"].map(|name| folder.path().join(name));
    fs::create_dir(&model).unwrap();
    fs::create_dir(&new).unwrap();
    for entry in fs::read_dir(base_model()).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, model.join(path.file_name().unwrap())).unwrap();
    }
    fs::copy(model.join("model.safetensors"), model.join("of-another.safetensors")).unwrap();
    fs::write(model.join("terrasight-source.json"), "{}").unwrap();
    // As a store that many share has them.
    for entry in fs::read_dir(&model).unwrap() {
        let path = entry.unwrap().path();
        let mut rights = fs::metadata(&path).unwrap().permissions();
        rights.set_readonly(true);
        fs::set_permissions(path, rights).unwrap();
    }
    let [model, adapter, out] = [&model, &trained.out().join("last"), &out].map(|path| path.display().to_string());
    let merged = terrasight(&["merge", "--model", &model, "--adapter", &adapter, "--out", &out]);
    assert!(merged.status.success(), "{}", String::from_utf8_lossy(&merged.stderr));
    let out = Path::new(&out);
    assert!(out.join("model.safetensors").is_file() && !out.join("of-another.safetensors").exists());
    assert!(!fs::metadata(out.join("model.safetensors")).unwrap().permissions().readonly());
    assert!(!out.join("terrasight-source.json").exists(), "its sums are those of what was fetched");
    assert_eq!(fs::metadata(out).unwrap().permissions(), fs::metadata(new).unwrap().permissions());
}
