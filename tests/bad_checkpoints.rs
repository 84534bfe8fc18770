//! Checkpoints that are not what they should be: one line each, that names the file or tensor and what to do.

use std::error::Error;
use std::fs;
use std::path::Path;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde_json::{Value, json};
use terrasight::model::{ComputeDevice, Content, Message, Prompt, Role, VisionLanguageModel, footprint};

type Outcome = Result<(), Box<dyn Error>>;

/// A copy of a tiny checkpoint that a test may spoil.
fn copy(name: &str) -> Result<tempfile::TempDir, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/qwen2_5_vl").join(name);
    for entry in fs::read_dir(source)? {
        let entry = entry?;
        fs::copy(entry.path(), folder.path().join(entry.file_name()))?;
    }
    Ok(folder)
}

/// Opening fails with one line that holds every one of `parts`.
#[track_caller]
#[expect(clippy::panic, reason = "this is how a check in a test fails")]
fn check(folder: &Path, parts: &[&str]) {
    let line = match VisionLanguageModel::open(folder, &ComputeDevice::cpu()) {
        Ok(_) => panic!("it opened"),
        Err(error) => error.to_string(),
    };
    assert_eq!(line.lines().count(), 1, "{line}");
    for part in parts {
        assert!(line.contains(part), "'{line}' does not say '{part}'");
    }
}

fn change_config(folder: &Path, change: impl FnOnce(&mut Value)) -> Outcome {
    let path = folder.join("config.json");
    let mut config: Value = serde_json::from_slice(&fs::read(&path)?)?;
    change(&mut config);
    Ok(fs::write(path, config.to_string())?)
}

#[test]
fn a_missing_shard_is_named() -> Outcome {
    let folder = copy("tied_sharded")?;
    fs::remove_file(folder.path().join("model-00002-of-00002.safetensors"))?;
    check(folder.path(), &["model-00002-of-00002.safetensors", "missing", "download it again"]);
    Ok(())
}

#[test]
fn a_folder_without_weights_or_config_says_which_file_is_missing() -> Outcome {
    let folder = copy("untied")?;
    fs::remove_file(folder.path().join("model.safetensors"))?;
    check(folder.path(), &["model.safetensors", "missing"]);
    fs::remove_file(folder.path().join("config.json"))?;
    check(folder.path(), &["config.json", "missing"]);
    Ok(())
}

#[test]
fn a_file_cut_short_is_damaged() -> Outcome {
    let folder = copy("untied")?;
    let path = folder.path().join("model.safetensors");
    let bytes = fs::read(&path)?;
    for len in [bytes.len() - 1, bytes.len() / 2, 100, 7, 0] {
        fs::write(&path, &bytes[..len])?;
        check(folder.path(), &["model.safetensors", "download it again"]);
    }
    Ok(())
}

#[test]
fn a_shard_cut_short_is_named() -> Outcome {
    let folder = copy("tied_sharded")?;
    let path = folder.path().join("model-00002-of-00002.safetensors");
    let bytes = fs::read(&path)?;
    for len in [bytes.len() - 2, bytes.len() / 3, 4] {
        fs::write(&path, &bytes[..len])?;
        check(folder.path(), &["model-00002-of-00002.safetensors", "damaged", "download it again"]);
    }
    Ok(())
}

/// Without a word of it in `config.json`.
#[test]
fn numbers_of_eight_bits_are_named_with_what_to_take_instead() -> Outcome {
    let folder = copy("untied")?;
    let path = folder.path().join("model.safetensors");
    let bytes = fs::read(&path)?;
    let file = SafeTensors::deserialize(&bytes)?;
    let small = |(name, tensor): (String, TensorView<'_>)| -> Result<_, Box<dyn Error>> {
        let is_small = name.ends_with("layers.0.mlp.up_proj.weight");
        let data = tensor.data()[..tensor.data().len() / if is_small { 4 } else { 1 }].to_vec();
        let dtype = if is_small { Dtype::F8_E4M3 } else { tensor.dtype() };
        Ok((name, (dtype, tensor.shape().to_vec(), data)))
    };
    let tensors = file.tensors().into_iter().map(small).collect::<Result<Vec<_>, _>>()?;
    let view = |(dtype, shape, data): &(Dtype, Vec<usize>, Vec<u8>)| -> Result<TensorView<'static>, Box<dyn Error>> {
        Ok(TensorView::new(*dtype, shape.clone(), data.clone().leak())?)
    };
    let views = tensors.iter().map(|(name, tensor)| Ok((name.clone(), view(tensor)?)));
    let views = views.collect::<Result<Vec<_>, Box<dyn Error>>>()?;
    fs::write(&path, safetensors::serialize(views, None)?)?;
    check(folder.path(), &["'model.layers.0.mlp.up_proj.weight'", "f8_e4m3", "bf16, f16 and f32", "--precision"]);
    Ok(())
}

/// Holes inside the table stand for nothing; a token beyond it is refused.
#[test]
fn a_tokenizer_with_holes_is_read_and_one_that_goes_beyond_the_table_is_not() -> Outcome {
    let folder = copy("untied")?;
    let path = folder.path().join("tokenizer.json");
    let whole: Value = serde_json::from_slice(&fs::read(&path)?)?;
    let moved = |to: u64| -> Result<u32, Box<dyn Error>> {
        let mut json = whole.clone();
        let vocabulary = json["model"]["vocab"].as_object_mut().ok_or("no vocabulary")?;
        let (_, id) = vocabulary.iter_mut().max_by_key(|(_, id)| id.as_u64()).ok_or("no token")?;
        let hole = id.as_u64().ok_or("no number")?;
        *id = to.into();
        fs::write(&path, json.to_string())?;
        Ok(u32::try_from(hole)?)
    };
    let hole = moved(639)?;
    let model = VisionLanguageModel::open(folder.path(), &ComputeDevice::cpu())?;
    assert_eq!(model.tokenizer().decode(&[hole]), "");
    let mut context = model.start();
    model.read_tokens(&mut context, &[1, hole, 2], &[])?;
    assert!(!model.tokenizer().is_text(&[hole]));
    moved(640)?;
    check(folder.path(), &["tokenizer.json", "641", "640"]);
    Ok(())
}

/// The library that reads tokenizers counts such tokens on from the vocabulary's length, whatever ids the file gives them.
#[test]
fn added_tokens_that_would_be_read_as_others_are_refused() -> Outcome {
    let folder = copy("untied")?;
    let path = folder.path().join("tokenizer.json");
    let whole: Value = serde_json::from_slice(&fs::read(&path)?)?;
    let mut holes = whole.clone();
    let vocabulary = holes["model"]["vocab"].as_object_mut().ok_or("no vocabulary")?;
    // Merges name what they make, so only tokens that none makes can go.
    vocabulary.retain(|token, _| !["\u{0100}", "\u{0101}", "\u{0102}"].contains(&token.as_str()));
    let lost = 600 - vocabulary.len();
    assert!(lost > 0, "the fixture has bytes that stand for nothing else");
    fs::write(&path, holes.to_string())?;
    let counted = (600 - lost).to_string();
    check(folder.path(), &["tokenizer.json", "'<|endoftext|>'", "600", &counted, "holes", "download it again"]);
    for id in [4_000_000_000_u64, 601] {
        let mut json = whole.clone();
        json["added_tokens"][0]["id"] = id.into();
        fs::write(&path, json.to_string())?;
        check(folder.path(), &["tokenizer.json", "'<|endoftext|>'", &id.to_string(), "600"]);
    }
    Ok(())
}

#[test]
fn a_header_or_index_that_is_no_json_is_damaged() -> Outcome {
    let folder = copy("untied")?;
    let path = folder.path().join("model.safetensors");
    let mut bytes = fs::read(&path)?;
    bytes[8..40].fill(b'x');
    fs::write(&path, bytes)?;
    check(folder.path(), &["model.safetensors", "damaged"]);
    let folder = copy("tied_sharded")?;
    fs::write(folder.path().join("model.safetensors.index.json"), "{")?;
    check(folder.path(), &["model.safetensors.index.json", "damaged"]);
    Ok(())
}

/// As a file that was saved with the names of two versions has them.
#[test]
fn two_tensors_that_are_one_by_their_names_are_refused() -> Outcome {
    let folder = copy("untied")?;
    let path = folder.path().join("model.safetensors");
    let bytes = fs::read(&path)?;
    let file = SafeTensors::deserialize(&bytes)?;
    let twice = ("model.language_model.norm.weight", file.tensor("model.norm.weight")?);
    let all = file.iter().chain([twice]);
    fs::write(&path, safetensors::serialize(all, None)?)?;
    check(folder.path(), &["model.safetensors", "damaged", "'model.norm.weight' stands in it twice"]);
    Ok(())
}

/// Nothing but the directory entry is that large.
#[test]
fn a_settings_file_larger_than_any_is_not_read() -> Outcome {
    for (name, parts) in [
        ("config.json", ["config.json", "are more than such a file has"]),
        ("preprocessor_config.json", ["preprocessor_config.json", "are more than such a file has"]),
        ("model.safetensors.index.json", ["index.json", "are more than such a file has"]),
    ] {
        let folder = copy("tied_sharded")?;
        fs::OpenOptions::new().write(true).open(folder.path().join(name))?.set_len(1 << 40)?;
        check(folder.path(), &parts);
    }
    Ok(())
}

#[test]
fn an_index_that_leaves_the_folder_is_refused() -> Outcome {
    let folder = copy("tied_sharded")?;
    let index = r#"{"weight_map": {"lm_head.weight": "../../etc/passwd"}}"#;
    fs::write(folder.path().join("model.safetensors.index.json"), index)?;
    check(folder.path(), &["model.safetensors.index.json", "'../../etc/passwd' is not a file name"]);
    Ok(())
}

#[test]
fn a_missing_tensor_and_a_wrong_shape_are_named() -> Outcome {
    let folder = copy("untied")?;
    change_config(folder.path(), |config| config["num_hidden_layers"] = 4.into())?;
    check(folder.path(), &["'model.layers.3.input_layernorm.weight'", "does not fit its config.json"]);
    let folder = copy("untied")?;
    change_config(folder.path(), |config| config["intermediate_size"] = 97.into())?;
    check(folder.path(), &["'model.layers.0.mlp.gate_proj.weight'", "[96, 64]", "[97, 64]"]);
    let folder = copy("untied")?;
    change_config(folder.path(), |config| config["vocab_size"] = 1_000_000.into())?;
    check(folder.path(), &["'model.embed_tokens.weight'", "[640, 64]", "[1000000, 64]"]);
    Ok(())
}

/// With some of its layers left out it would answer, and as another model.
#[test]
fn more_layers_than_the_config_says_are_refused_with_both_numbers() -> Outcome {
    let folder = copy("untied")?;
    change_config(folder.path(), |config| config["num_hidden_layers"] = 1.into())?;
    check(
        folder.path(),
        &["model.safetensors has 3 layers 'model.layers.N'", "its config.json asks for 1", "download"],
    );
    // The names of later saves, in shards.
    let folder = copy("tied_sharded")?;
    change_config(folder.path(), |config| config["vision_config"]["depth"] = 1.into())?;
    check(folder.path(), &["safetensors has", "layers 'visual.blocks.N'", "its config.json asks for 1"]);
    assert!(footprint(folder.path()).is_err_and(|error| error.to_string().contains("asks for 1")));
    Ok(())
}

#[test]
fn a_repetition_penalty_that_no_model_has_is_refused() -> Outcome {
    for penalty in [json!(0), json!(-1.05), json!(30), json!("much"), json!([1.05])] {
        let folder = copy("untied")?;
        fs::write(folder.path().join("generation_config.json"), json!({ "repetition_penalty": penalty }).to_string())?;
        check(folder.path(), &["generation_config.json", "'repetition_penalty' is no number from 0.5 to 2"]);
    }
    for said in [json!({}), json!({ "repetition_penalty": null }), json!({ "repetition_penalty": 1 })] {
        let folder = copy("untied")?;
        fs::write(folder.path().join("generation_config.json"), said.to_string())?;
        let model = VisionLanguageModel::open(folder.path(), &ComputeDevice::cpu())?;
        assert_eq!(model.facts().repetition_penalty, 1.0, "{said}");
    }
    Ok(())
}

#[test]
fn an_unknown_architecture_is_named_with_the_known_ones() -> Outcome {
    let folder = copy("untied")?;
    change_config(folder.path(), |config| config["architectures"][0] = "MambaForCausalLM".into())?;
    check(folder.path(), &["config.json", "'MambaForCausalLM'", "Qwen2_5_VLForConditionalGeneration"]);
    Ok(())
}

#[test]
fn a_config_with_an_impossible_value_says_which() -> Outcome {
    for (name, value) in
        [("num_attention_heads", Value::from(0)), ("vocab_size", "many".into()), ("hidden_act", "gelu".into())]
    {
        let folder = copy("untied")?;
        change_config(folder.path(), |config| config[name] = value)?;
        check(folder.path(), &["config.json", &format!("'{name}'")]);
    }
    // Rotary positions turn pairs of numbers: a head of three has none for its last.
    let folder = copy("untied")?;
    let sizes = [("hidden_size", 12), ("num_attention_heads", 4), ("num_key_value_heads", 2)];
    change_config(folder.path(), |config| sizes.iter().for_each(|(name, size)| config[*name] = (*size).into()))?;
    check(folder.path(), &["config.json", "4 heads and 2 key heads do not divide a width of 12"]);
    Ok(())
}

#[test]
fn weights_that_are_no_numbers_are_noticed() -> Outcome {
    let folder = copy("untied")?;
    let path = folder.path().join("model.safetensors");
    let mut bytes = fs::read(&path)?;
    let (header, metadata) = SafeTensors::read_metadata(&bytes)?;
    let start = 8 + header + metadata.info("model.norm.weight").ok_or("no norm")?.data_offsets.0;
    bytes[start..start + 4].copy_from_slice(&f32::NAN.to_le_bytes());
    fs::write(&path, bytes)?;
    let model = VisionLanguageModel::open(folder.path(), &ComputeDevice::cpu())?;
    let mut context = model.start();
    let line = model.read_tokens(&mut context, &[1, 2, 3], &[]).err().ok_or("it was read")?.to_string();
    let name = model.name();
    assert!(line.starts_with(&format!("{name} computes no numbers, so its weights are damaged")), "{line}");
    assert!(line.contains("models verify") && !line.contains("CPU"), "{line}");
    assert!(context.is_empty() && !model.device().is_lost());
    Ok(())
}

#[test]
fn packed_weights_and_a_bare_adapter_are_named_as_what_they_are() -> Outcome {
    for (method, name) in [("awq", "AWQ"), ("gptq", "GPTQ"), ("bitsandbytes", "bitsandbytes"), ("fp8", "FP8")] {
        let folder = copy("untied")?;
        change_config(folder.path(), |config| config["quantization_config"] = json!({ "quant_method": method }))?;
        check(folder.path(), &["config.json", name, "get the unpacked model", "--precision", "GGUF"]);
    }
    for (file, name) in [("quantize_config.json", "GPTQ"), ("quant_config.json", "AWQ")] {
        let folder = copy("untied")?;
        fs::write(folder.path().join(file), r#"{"bits": 4}"#)?;
        check(folder.path(), &["config.json", name, "get the unpacked model"]);
    }
    let folder = tempfile::tempdir()?;
    let adapter = json!({ "peft_type": "LORA", "base_model_name_or_path": "Qwen/Qwen2.5-VL-7B-Instruct" });
    fs::write(folder.path().join("adapter_config.json"), adapter.to_string())?;
    check(folder.path(), &["adapter", "Qwen/Qwen2.5-VL-7B-Instruct", "--adapter"]);
    fs::write(folder.path().join("adapter_config.json"), json!({ "peft_type": "LORA" }).to_string())?;
    check(folder.path(), &["adapter (LoRA) and no model", "base model (not named)", "--adapter"]);
    Ok(())
}

/// The tensors beside the matrices tell it where `config.json` does not.
#[test]
fn weights_that_are_packed_without_a_word_of_it_are_named_all_the_same() -> Outcome {
    let matrix = "model.layers.0.self_attn.q_proj.weight";
    for (is_there, beside, method) in [
        (false, "model.layers.0.self_attn.q_proj.qweight", "GPTQ or AWQ"),
        (true, "model.layers.0.self_attn.q_proj.weight.absmax", "bitsandbytes"),
        (true, "model.layers.0.self_attn.q_proj.scales", "MLX"),
    ] {
        let folder = copy("untied")?;
        let path = folder.path().join("model.safetensors");
        let bytes = fs::read(&path)?;
        let file = SafeTensors::deserialize(&bytes)?;
        let packed = TensorView::new(Dtype::U8, vec![64, 1], &[0; 64])?;
        let others = file.iter().filter(|(name, _)| *name != matrix);
        let named = [(beside, packed.clone())].into_iter().chain(is_there.then_some((matrix, packed)));
        fs::write(&path, safetensors::serialize(others.chain(named), None)?)?;
        check(folder.path(), &["packed by", method, "get the unpacked model"]);
    }
    Ok(())
}

#[test]
fn files_that_do_not_fit_together_are_named_before_a_picture_is_read() -> Outcome {
    let folder = copy("untied")?;
    let path = folder.path().join("preprocessor_config.json");
    let mut said: Value = serde_json::from_slice(&fs::read(&path)?)?;
    said["patch_size"] = 16.into();
    fs::write(&path, said.to_string())?;
    check(folder.path(), &["preprocessor_config.json", "[16, 2, 2]", "the vision tower's [14, 2, 2]"]);
    let folder = copy("untied")?;
    change_config(folder.path(), |config| config["image_token_id"] = 4_000_000.into())?;
    check(folder.path(), &["config.json", "'image_token_id' is 4000000", "'<|image_pad|>' is 612"]);
    Ok(())
}

#[test]
fn a_checkpoint_without_template_and_preprocessor_has_the_architectures_own() -> Outcome {
    let (whole, bare) = (copy("untied")?, copy("untied")?);
    let mut removed = 0;
    for name in ["chat_template.jinja", "chat_template.json", "preprocessor_config.json"] {
        removed += usize::from(fs::remove_file(bare.path().join(name)).is_ok());
    }
    let path = bare.path().join("tokenizer_config.json");
    let mut config: Value = serde_json::from_slice(&fs::read(&path)?)?;
    removed += usize::from(config.as_object_mut().and_then(|config| config.remove("chat_template")).is_some());
    fs::write(path, config.to_string())?;
    assert!(removed >= 2, "the fixture brings both");
    let prompt = Prompt {
        messages: vec![Message { role: Role::User, content: vec![Content::Text("Where?".to_owned())] }],
        ..Prompt::default()
    };
    let tokens = |folder: &Path| VisionLanguageModel::open(folder, &ComputeDevice::cpu())?.prompt_tokens(&prompt);
    assert_eq!(tokens(whole.path())?, tokens(bare.path())?);
    Ok(())
}

#[test]
fn a_folder_that_says_something_unknown_of_what_its_model_has_seen_is_refused() -> Outcome {
    let folder = copy("untied")?;
    fs::write(folder.path().join("terrasight.json"), r#"{"seen": "sketches"}"#)?;
    check(folder.path(), &["terrasight.json", "sketches", "photographs"]);
    Ok(())
}
