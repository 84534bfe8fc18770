//! Files that were exported: against the same model merged as safetensors, and against what llama.cpp's own library wrote of
//! the same checkpoint.

use std::fs;
use std::path::{Path, PathBuf};

use safetensors::SafeTensors;
use serde_json::Value;

use crate::model::gguf::Gguf;
use crate::model::{ComputeDevice, ExportType, LoraChoice, Patches, Seen, VisionLanguageModel, export, merge};

fn reference(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(name)
}

fn adapter(name: &str) -> [LoraChoice; 1] {
    [LoraChoice::whole(reference("lora").join(name).join("first"))]
}

fn whole(value: &Value) -> usize {
    value.as_u64().unwrap() as usize
}

/// The scores after the fixture's prompt with a picture.
fn scores(name: &str, folder: &Path) -> Vec<f32> {
    let model = VisionLanguageModel::open(folder, &ComputeDevice::cpu().in_f32()).unwrap();
    let expected = fs::read(reference(&format!("qwen2_5_vl/{name}.expected.json"))).unwrap();
    let prompt = &serde_json::from_slice::<Value>(&expected).unwrap()["prompts"]["windows"];
    let tokens: Vec<u32> = prompt["input_ids"].as_array().unwrap().iter().map(|id| whole(id) as u32).collect();
    let grid = [0, 1, 2].map(|axis| whole(&prompt["image_grid_thw"][0][axis]));
    let file = fs::read(reference("qwen2_5_vl/pixel_values.safetensors")).unwrap();
    let values = SafeTensors::deserialize(&file).unwrap().tensor("windows").unwrap().data().to_vec();
    let values = values.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    let picture = Patches { values, grid, merged_tokens: grid.iter().product::<usize>() / 4 };
    let mut context = model.start();
    model.read_tokens(&mut context, &tokens, &[picture]).unwrap();
    context.next_logits().to_vec()
}

#[test]
fn an_exported_model_says_what_the_merged_one_says() {
    for name in ["untied", "tied_sharded"] {
        let folder = tempfile::tempdir().unwrap();
        let model = reference("qwen2_5_vl").join(name);
        let as_safetensors = folder.path().join("safetensors");
        let changed = merge(&model, &adapter(name), &as_safetensors).unwrap();
        let right = scores(name, &as_safetensors);
        let spread = right.iter().fold(f32::MIN, |a, b| a.max(*b)) - right.iter().fold(f32::MAX, |a, b| a.min(*b));
        for (numbers, tolerance) in [(ExportType::F16, 5e-3), (ExportType::Q8_0, 4e-2)] {
            let out = folder.path().join(numbers.name());
            assert_eq!(export(&model, &adapter(name), &out, numbers).unwrap(), changed);
            let called = |file: fs::DirEntry| file.file_name().to_string_lossy().into_owned();
            let mut files: Vec<_> = fs::read_dir(&out).unwrap().map(|file| called(file.unwrap())).collect();
            files.sort();
            let named = |front: &str| format!("{front}{0}-{0}.gguf", numbers.name());
            assert_eq!(files, [named(""), named("mmproj-")]);
            let found = scores(name, &out);
            let greatest = found.iter().zip(&right).fold(0.0f32, |most, (a, b)| most.max((a - b).abs()));
            assert!(greatest < tolerance * spread, "{name} {numbers:?}: {greatest} of {spread}");
            let again = export(&model, &adapter(name), &out, numbers).unwrap_err().to_string();
            assert!(again.contains("is there already"), "{again}");
        }
    }
}

#[test]
fn what_the_folder_says_of_its_model_goes_along() {
    let folder = tempfile::tempdir().unwrap();
    let (model, out) = (folder.path().join("model"), folder.path().join("out"));
    fs::create_dir(&model).unwrap();
    for file in fs::read_dir(reference("qwen2_5_vl/untied")).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), model.join(file.file_name())).unwrap();
    }
    fs::write(model.join("terrasight.json"), r#"{"seen": "drawings", "prompt": "Where?"}"#).unwrap();
    export(&model, &adapter("untied"), &out, ExportType::Q8_0).unwrap();
    let exported = VisionLanguageModel::open(&out, &ComputeDevice::cpu()).unwrap();
    assert_eq!(exported.seen(), Seen::Drawings);
    let said = |folder: &Path| fs::read(folder.join("terrasight.json")).unwrap();
    assert_eq!(said(exported.directory()), said(&model), "its question is read there");
}

/// Names, sizes and keys, of which everything that reads such files goes by.
#[test]
fn the_files_are_laid_out_as_llama_cpps_library_lays_them_out() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("tiny");
    export(&reference("qwen2_5_vl/tied_sharded"), &adapter("tied_sharded"), &out, ExportType::F16).unwrap();
    for (ours, theirs) in [("tiny-F16.gguf", "tiny-BF16.gguf"), ("mmproj-tiny-F16.gguf", "mmproj-tiny-BF16.gguf")] {
        let ours = Gguf::open(&out.join(ours)).unwrap();
        let theirs = Gguf::open(&reference("gguf/pair").join(theirs)).unwrap();
        let shapes = |file: &Gguf| {
            let mut shapes: Vec<_> =
                file.tensors.iter().map(|(name, tensor)| (name.clone(), tensor.shape.clone())).collect();
            shapes.sort();
            shapes
        };
        assert_eq!(shapes(&ours), shapes(&theirs));
        for key in theirs.keys().filter(|key| !["general.name", "general.file_type"].contains(key)) {
            let said = |file: &Gguf| (file.number(key), file.text(key).map(|text| text.to_string()), file.numbers(key));
            assert_eq!(said(&ours), said(&theirs), "{key}");
            assert_eq!(ours.texts(key), theirs.texts(key), "{key}");
        }
    }
}

#[test]
fn what_cannot_be_said_is_refused_and_nothing_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |change: &dyn Fn(&mut Value), says: &str| {
        let model = folder.path().join("model");
        fs::create_dir(&model).unwrap();
        for file in fs::read_dir(reference("qwen2_5_vl/untied")).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), model.join(file.file_name())).unwrap();
        }
        let mut config = serde_json::from_slice(&fs::read(model.join("config.json")).unwrap()).unwrap();
        change(&mut config);
        fs::write(model.join("config.json"), config.to_string()).unwrap();
        let line = export(&model, &adapter("untied"), &folder.path().join("out"), ExportType::F16);
        let line = line.unwrap_err().to_string();
        assert!(line.contains(says) && !line.contains('\n'), "'{line}' does not say '{says}'");
        fs::remove_dir_all(&model).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing half made is left");
    };
    refused(&|config| config["vision_config"]["window_size"] = 56.into(), "windows of 56 pixels");
    refused(&|config| config["vision_config"]["fullatt_block_indexes"] = vec![1, 2].into(), "blocks [1, 2]");
    refused(&|config| config["architectures"][0] = "LlamaForCausalLM".into(), "LlamaForCausalLM");
    refused(&|config| config["vocab_size"] = 100.into(), "beyond the model's table");
}
