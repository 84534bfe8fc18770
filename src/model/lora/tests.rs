//! Adapters that `peft` wrote, in the models that they belong to and in others; and what is written for it.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::Tensor;
use safetensors::SafeTensors;
use safetensors::tensor::TensorView;
use serde_json::{Value, json};

use super::*;
use crate::model::compute::ComputeDevice;
use crate::model::precision::Products::{Bf16, F32};
use crate::model::qwen2_5_vl::{Batch, LoraPart, Qwen25Vl};
use crate::model::{ModelError, Patches, VisionLanguageModel};

const TARGETS: [&str; 7] = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"];

fn reference() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference")
}

fn json_of(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn open(
    model: &str,
    adapters: &[(&Path, u16)],
    device: &ComputeDevice,
) -> Result<(Qwen25Vl, Vec<LoraFacts>), ModelError> {
    let folder = reference().join("qwen2_5_vl").join(model);
    let choice = |&(folder, percent): &(&Path, u16)| LoraChoice { folder: folder.to_owned(), percent };
    let loras: Vec<_> = adapters.iter().map(choice).collect();
    let (model, source) = Qwen25Vl::open_with(&folder, &json_of(&folder.join("config.json")), &loras, device)?;
    Ok((model, source.loras().cloned().collect()))
}

fn ids(value: &Value) -> Vec<usize> {
    value.as_array().unwrap().iter().map(|id| id.as_u64().unwrap() as usize).collect()
}

/// Numbers of a tensor of a file.
fn floats(file: &Path, name: &str) -> Vec<f32> {
    let file = fs::read(file).unwrap();
    let data = SafeTensors::deserialize(&file).unwrap().tensor(name).unwrap().data().to_vec();
    data.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

/// The scores after the fixture's prompt with a picture.
fn scores(name: &str, model: &Qwen25Vl) -> Vec<f32> {
    let expected = json_of(&reference().join(format!("qwen2_5_vl/{name}.expected.json")));
    let prompt = &expected["prompts"]["windows"];
    let tokens: Vec<u32> = ids(&prompt["input_ids"]).into_iter().map(|id| id as u32).collect();
    let grid: [usize; 3] = ids(&prompt["image_grid_thw"][0]).try_into().unwrap();
    let values = floats(&reference().join("qwen2_5_vl/pixel_values.safetensors"), "windows");
    let patches = Patches { values, grid, merged_tokens: grid.iter().product::<usize>() / 4 };
    let (length, tokens) = (tokens.len(), [tokens]);
    let real = std::iter::once(0..length).collect::<Vec<_>>();
    let logits = model.forward_train(&Batch { tokens: &tokens, real: &real, pictures: &[&patches] }).unwrap();
    logits.narrow(1, length - 1, 1).into_data().try_into_vec().unwrap()
}

#[track_caller]
fn check(found: &[f32], right: &[f32], tolerance: f32) {
    assert_eq!(found.len(), right.len());
    let spread = right.iter().copied().fold(f32::MIN, f32::max) - right.iter().copied().fold(f32::MAX, f32::min);
    let greatest = found.iter().zip(right).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(greatest <= tolerance * spread, "differs by {greatest} of a spread of {spread}");
}

#[test]
fn adapters_of_peft_change_a_model_as_they_do_there() {
    for name in ["untied", "tied_sharded"] {
        let [first, last] = ["first", "last"].map(|adapter| reference().join("lora").join(name).join(adapter));
        let right = |of: &str| floats(&reference().join(format!("lora/{name}.safetensors")), &format!("{of}.logits"));
        let cpu = |products| ComputeDevice::cpu().with_products(products);
        // What rounding to bf16 makes in these models: PyTorch's own bf16 lies 0.0099 off its f32.
        let kinds = [(cpu(F32).in_f32(), 1e-3), (cpu(F32), 1e-3), (cpu(Bf16), 8e-3)];
        for (device, tolerance) in kinds {
            let (model, facts) = open(name, &[(&first, 100)], &device).unwrap();
            let layers = 7 * model.config().text.layers;
            assert_eq!((facts[0].layers, facts[0].unmatched.len(), facts[0].name.as_str()), (layers, 0, "first"));
            check(&scores(name, &model), &right("first"), tolerance);
            let (both, _) = open(name, &[(&first, 100), (&last, 100)], &device).unwrap();
            check(&scores(name, &both), &right("both"), tolerance);
            // Half of one and half of the same is all of it, and nothing of it is the model alone.
            let (halves, _) = open(name, &[(&first, 50), (&first, 50)], &device).unwrap();
            check(&scores(name, &halves), &right("first"), tolerance);
            let [none, plain] =
                [vec![(first.as_path(), 0)], vec![]].map(|loras| open(name, &loras, &device).unwrap().0);
            assert_eq!(scores(name, &none), scores(name, &plain));
        }
    }
}

/// The fixture's adapter with its tensors and its settings changed.
struct Changed {
    folder: tempfile::TempDir,
}

impl Changed {
    fn new(tensors: impl Fn(&str) -> Vec<String>, settings: impl FnOnce(&mut Value)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let original = reference().join("lora/untied/first");
        let bytes = fs::read(original.join("adapter_model.safetensors")).unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let mut kept: BTreeMap<String, TensorView<'_>> = BTreeMap::new();
        for (name, view) in file.tensors() {
            let view = || TensorView::new(view.dtype(), view.shape().to_vec(), view.data()).unwrap();
            kept.extend(tensors(&name).into_iter().map(|name| (name, view())));
        }
        safetensors::serialize_to_file(kept, None, &folder.path().join("adapter_model.safetensors")).unwrap();
        let mut config = json_of(&original.join("adapter_config.json"));
        settings(&mut config);
        fs::write(folder.path().join("adapter_config.json"), config.to_string()).unwrap();
        Self { folder }
    }

    fn renamed(rename: impl Fn(&str) -> String) -> Self {
        Self::new(|name| vec![rename(name)], |_| {})
    }

    fn settings(settings: impl FnOnce(&mut Value)) -> Self {
        Self::new(|name| vec![name.to_owned()], settings)
    }

    fn open(&self, model: &str) -> Result<(Qwen25Vl, Vec<LoraFacts>), ModelError> {
        open(model, &[(self.folder.path(), 100)], &ComputeDevice::cpu())
    }

    #[track_caller]
    fn refused(&self, says: &str) {
        let line = self.open("untied").unwrap_err().to_string();
        assert!(line.contains(says) && !line.contains('\n'), "'{line}' does not say '{says}'");
    }
}

#[test]
fn an_adapter_is_known_under_the_prefixes_of_every_library() {
    let right = floats(&reference().join("lora/untied.safetensors"), "first.logits");
    let prefix = "base_model.model.model.language_model.";
    for other in ["base_model.model.base_model.model.model.", "base_model.model.language_model.model.", "model.", ""] {
        let adapter = Changed::renamed(|name| name.replace(prefix, other).replace(".weight", ".default.weight"));
        let (model, facts) = adapter.open("untied").unwrap();
        assert_eq!((facts[0].layers, facts[0].unmatched.len()), (21, 0), "{other}");
        check(&scores("untied", &model), &right, 1e-3);
    }
}

#[test]
fn what_matches_no_layer_is_listed_and_an_adapter_that_matches_none_is_refused() {
    let some = Changed::renamed(|name| name.replace("layers.0.", "layers.7."));
    let (_, facts) = some.open("untied").unwrap();
    assert_eq!((facts[0].layers, facts[0].unmatched.len()), (14, 7));
    assert!(facts[0].unmatched.iter().all(|layer| layer.contains("layers.7.")), "{:?}", facts[0].unmatched);
    Changed::renamed(|name| name.replace("layers.", "transformer.h."))
        .refused("changes nothing in this model: none of its 21 layers (base_model.");
    // As many layers with other sizes.
    let line =
        open("tied_sharded", &[(&reference().join("lora/untied/first"), 100)], &ComputeDevice::cpu()).unwrap_err();
    assert!(line.to_string().contains("does not fit this model: its factors for"), "{line}");
}

#[test]
fn what_is_no_plain_adapter_is_refused_by_name() {
    let set = |field: &'static str, value: Value| Changed::settings(move |config| config[field] = value);
    set("peft_type", json!("IA3")).refused("is of the kind IA3");
    set("use_dora", json!(true)).refused("a DoRA adapter");
    set("modules_to_save", json!(["lm_head"])).refused("modules_to_save");
    set("bias", json!("all")).refused("changes biases");
    set("init_lora_weights", json!("pissa_niter_4")).refused("base was changed");
    set("lora_alpha", json!("much")).refused("does not say lora_alpha");
    set("alpha_pattern", json!({ "layers\\.\\d+\\.q_proj": 3 })).refused("alpha_pattern that is not read");
    set("alora_invocation_tokens", json!([1])).refused("alora");
    let one_factor =
        |name: &str| if name.contains("layers.1.mlp.up_proj.lora_B") { vec![] } else { vec![name.to_owned()] };
    Changed::new(one_factor, |_| {}).refused("only one of its two factors");
    let twice = |name: &str| vec![name.to_owned(), name.replace("model.language_model.", "model.")];
    Changed::new(twice, |_| {}).refused("names the layer layers.0.mlp.down_proj twice");
    let empty = tempfile::tempdir().unwrap();
    let line = open("untied", &[(empty.path(), 100)], &ComputeDevice::cpu()).unwrap_err().to_string();
    assert!(line.contains("has no adapter_config.json"), "{line}");
    fs::write(empty.path().join("adapter_config.json"), "{\"lora_alpha\": 1}").unwrap();
    let line = open("untied", &[(empty.path(), 100)], &ComputeDevice::cpu()).unwrap_err().to_string();
    assert!(line.contains("adapter_model.safetensors is missing"), "{line}");
}

#[test]
fn the_scale_is_what_the_settings_say() {
    let of = |adapter: &Changed| scores("untied", &adapter.open("untied").unwrap().0);
    let strong = |percent| {
        let first = reference().join("lora/untied/first");
        scores("untied", &open("untied", &[(&first, percent)], &ComputeDevice::cpu()).unwrap().0)
    };
    let by_root = Changed::settings(|config| config["use_rslora"] = json!(true));
    check(&of(&by_root), &strong(200), 1e-5);
    let all = Changed::settings(|config| {
        let doubled: HashMap<_, _> = TARGETS.into_iter().map(|target| (target, 12)).collect();
        config["alpha_pattern"] = json!(doubled);
    });
    check(&of(&all), &strong(200), 1e-5);
}

/// What is written has the names, shapes and settings of what PEFT wrote, and reads back to the same.
#[test]
fn an_adapter_is_written_as_peft_writes_it() {
    let folder = tempfile::tempdir().unwrap();
    let (mut model, _) = open("untied", &[], &ComputeDevice::cpu()).unwrap();
    let part = LoraPart { rank: 4, alpha: 6.0, targets: TARGETS.map(str::to_owned).to_vec(), seed: 3 };
    assert_eq!(model.add_lora(&part), 21);
    let settings = LoraSettings {
        rank: part.rank,
        alpha: part.alpha,
        dropout: 0.25,
        base: "untied".to_owned(),
        targets: Qwen25Vl::lora_pattern(&part.targets),
    };
    save_lora(folder.path(), &settings, model.lora_tensors()).unwrap();
    let shapes = |folder: &Path| -> BTreeMap<String, Vec<usize>> {
        let bytes = fs::read(folder.join("adapter_model.safetensors")).unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        file.tensors().into_iter().map(|(name, view)| (name, view.shape().to_vec())).collect()
    };
    let peft = reference().join("lora/untied/first");
    assert_eq!(shapes(folder.path()), shapes(&peft));
    let [ours, theirs] = [folder.path(), &peft].map(|folder| json_of(&folder.join("adapter_config.json")));
    for (field, value) in ours.as_object().unwrap() {
        match field.as_str() {
            "lora_dropout" => assert_eq!((value, &theirs[field]), (&json!(0.25), &json!(0.0))),
            _ => assert_eq!(&theirs[field], value, "{field}"),
        }
    }
    let (mut again, facts) = open("untied", &[(folder.path(), 100)], &ComputeDevice::cpu()).unwrap();
    assert_eq!((facts[0].layers, facts[0].dropout), (21, 0.25));
    again.learn_last_lora(&part.targets);
    let values = |model: &Qwen25Vl| -> Vec<Vec<f32>> {
        let tensors = model.lora_tensors().into_iter();
        tensors.map(|tensor| Tensor::into_data(tensor.values).try_into_vec().unwrap()).collect()
    };
    assert_eq!(values(&again), values(&model));
    // The second factor is zero, so nothing is changed yet.
    assert_eq!(scores("untied", &again), scores("untied", &open("untied", &[], &ComputeDevice::cpu()).unwrap().0));
}

/// `lora_written.py` has had PEFT open the files of `lora_written/`, which are what is written here to the byte, and has kept the
/// scores that it then gave. With `TERRASIGHT_WRITE_REFERENCE` they are written anew, for the script to be run again.
#[test]
fn what_is_written_here_peft_has_opened_and_answers_the_same() {
    let kept = reference().join("lora_written/untied");
    let last = reference().join("lora/untied/last");
    let (mut model, _) = open("untied", &[(&last, 100)], &ComputeDevice::cpu()).unwrap();
    let targets = TARGETS.map(str::to_owned);
    model.learn_last_lora(&targets);
    let targets = Qwen25Vl::lora_pattern(&targets);
    let settings = LoraSettings { rank: 4, alpha: 6.0, dropout: 0.25, base: "untied".to_owned(), targets };
    let written = tempfile::tempdir().unwrap();
    let folder = match std::env::var_os("TERRASIGHT_WRITE_REFERENCE") {
        Some(_) => kept.as_path(),
        None => written.path(),
    };
    save_lora(folder, &settings, model.lora_tensors()).unwrap();
    for name in ["adapter_model.safetensors", "adapter_config.json"] {
        let [ours, opened] = [folder, &kept].map(|folder| fs::read(folder.join(name)).unwrap());
        assert!(ours == opened, "{name} is not the one that PEFT has opened: write it anew and run lora_written.py");
    }
    let by_peft = floats(&reference().join("lora_written/untied.safetensors"), "logits");
    check(&scores("untied", &open("untied", &[(&kept, 100)], &ComputeDevice::cpu()).unwrap().0), &by_peft, 1e-4);
}

#[test]
fn an_adapter_whose_numbers_are_none_is_refused_and_not_merged() {
    let damaged = Changed::settings(|_| {});
    let file = damaged.folder.path().join("adapter_model.safetensors");
    let mut bytes = fs::read(&file).unwrap();
    let end = bytes.len() - 4;
    bytes[end..].copy_from_slice(&f32::NAN.to_le_bytes());
    fs::write(&file, bytes).unwrap();
    damaged.refused("holds numbers that are none, for the layer ");
    let (home, adapter) = (tempfile::tempdir().unwrap(), LoraChoice::whole(damaged.folder.path().to_owned()));
    let out = home.path().join("merged");
    let error = merge(&reference().join("qwen2_5_vl/untied"), &[adapter], &out).unwrap_err().to_string();
    assert!(error.contains("get it again") && !out.exists(), "{error}");
}

#[test]
fn an_adapter_is_looked_at_without_its_model_being_loaded() {
    let some = Changed::renamed(|name| name.replace("layers.0.", "layers.7."));
    let look = |adapter: &Path| {
        VisionLanguageModel::look(&reference().join("qwen2_5_vl/untied"), &[LoraChoice::whole(adapter.to_owned())])
    };
    let facts = look(some.folder.path()).unwrap();
    assert_eq!((facts[0].layers, facts[0].unmatched.len()), (14, 7));
    assert!(look(&some.folder.path().join("none")).is_err());
}

#[test]
fn a_part_of_an_adapter_is_named_behind_its_folder() {
    let named = |text: &str| LoraChoice::named(Path::new(text));
    assert_eq!(named("a/b@50"), LoraChoice { folder: "a/b".into(), percent: 50 });
    assert_eq!((named("a/b"), named("a/b@x")), (LoraChoice::whole("a/b".into()), LoraChoice::whole("a/b@x".into())));
    assert!("a/b@x".parse::<LoraChoice>().unwrap_err().contains("no percentage"));
    let folder = tempfile::tempdir().unwrap();
    let mail = folder.path().join("me@50");
    fs::create_dir(&mail).unwrap();
    assert_eq!(LoraChoice::named(&mail), LoraChoice::whole(mail), "a folder of that very name is meant itself");
}

#[test]
fn a_merged_model_says_what_the_adapted_one_says() {
    for (name, tolerance) in [("untied", 1e-3), ("tied_sharded", 2e-2)] {
        let folder = tempfile::tempdir().unwrap();
        let (model, out) = (reference().join("qwen2_5_vl").join(name), folder.path().join("merged"));
        let adapter = LoraChoice::whole(reference().join("lora").join(name).join("first"));
        let changed = merge(&model, std::slice::from_ref(&adapter), &out).unwrap();
        let (merged, source) = Qwen25Vl::open(&out, &json_of(&out.join("config.json")), &ComputeDevice::cpu()).unwrap();
        assert_eq!(changed, 7 * merged.config().text.layers);
        let nothing = LoraChoice { percent: 0, ..adapter.clone() };
        assert_eq!(merge(&model, &[nothing], &folder.path().join("same")).unwrap(), 0, "none of whose numbers differ");
        fs::remove_dir_all(folder.path().join("same")).unwrap();
        // Half precision stays half, so its numbers are rounded once more.
        assert_eq!(source.base().stored_types(), ["bf16", "f32"][usize::from(name == "untied")..][..1]);
        let right = floats(&reference().join(format!("lora/{name}.safetensors")), "first.logits");
        check(&scores(name, &merged), &right, tolerance);
        let plain = scores(name, &open(name, &[], &ComputeDevice::cpu()).unwrap().0);
        assert!(plain.iter().zip(&right).any(|(a, b)| (a - b).abs() > 0.1), "the adapter says something else");
        let names = |folder: &Path| -> Vec<_> {
            let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name()).collect();
            names.sort();
            names
        };
        assert_eq!(names(&out), names(&model));
        let again = merge(&model, std::slice::from_ref(&adapter), &out).unwrap_err().to_string();
        assert!(again.contains("is there already"), "{again}");
        let other = LoraChoice::whole(folder.path().to_owned());
        assert!(merge(&model, &[other], &folder.path().join("other")).is_err());
        assert_eq!(names(folder.path()), ["merged"], "nothing half made is left");
    }
}
