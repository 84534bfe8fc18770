//! The pass that training uses: against transformers on a padded batch, its gradients, and saving.

use std::path::{Path, PathBuf};

use burn::optim::{GradientsParams, SgdConfig};
use burn::tensor::Tensor;
use safetensors::SafeTensors;
use serde_json::{Value, json};

use super::*;
use crate::model::save::{SavedType, save};
use crate::model::seeded::Seeded;

fn reference() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/qwen2_5_vl")
}

fn json_of(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn model_in(directory: &Path, device: &ComputeDevice) -> Qwen25Vl {
    Qwen25Vl::open(directory, &json_of(&directory.join("config.json")), device).unwrap().0
}

fn floats(file: &Path, name: &str) -> Vec<f32> {
    let file = std::fs::read(file).unwrap();
    let data = SafeTensors::deserialize(&file).unwrap().tensor(name).unwrap().data().to_vec();
    data.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}

fn numbers(value: &Value) -> Vec<usize> {
    value.as_array().unwrap().iter().map(|v| v.as_u64().unwrap() as usize).collect()
}

/// The left-padded batch of a fixture, as [`Batch`] wants it.
struct Padded {
    tokens: Vec<Vec<u32>>,
    real: Vec<Range<usize>>,
    pictures: Vec<Patches>,
}

impl Padded {
    fn of(expected: &Value) -> Self {
        let rows = expected["batch"]["input_ids"].as_array().unwrap().iter();
        let masks = expected["batch"]["attention_mask"].as_array().unwrap().iter();
        let mut pictures = Vec::new();
        for prompt in expected["batch"]["prompts"].as_array().unwrap() {
            let prompt = &expected["prompts"][prompt.as_str().unwrap()];
            let names = prompt["pictures"].as_array().unwrap().iter();
            for (name, grid) in names.zip(prompt["image_grid_thw"].as_array().unwrap()) {
                let values = floats(&reference().join("pixel_values.safetensors"), name.as_str().unwrap());
                let grid: [usize; 3] = numbers(grid).try_into().unwrap();
                pictures.push(Patches { values, grid, merged_tokens: grid.iter().product::<usize>() / 4 });
            }
        }
        Self {
            tokens: rows.map(|row| numbers(row).into_iter().map(|id| id as u32).collect()).collect(),
            real: masks
                .map(|mask| numbers(mask).iter().take_while(|&&m| m == 0).count()..numbers(mask).len())
                .collect(),
            pictures,
        }
    }

    fn logits(&self, model: &Qwen25Vl) -> Tensor<3> {
        let pictures: Vec<_> = self.pictures.iter().collect();
        model.forward_train(&Batch { tokens: &self.tokens, real: &self.real, pictures: &pictures }).unwrap()
    }
}

#[track_caller]
fn check(expected: &[f32], found: &[f32], tolerance: f32) {
    assert_eq!(expected.len(), found.len());
    let spread = expected.iter().copied().fold(f32::MIN, f32::max) - expected.iter().copied().fold(f32::MAX, f32::min);
    let greatest = expected.iter().zip(found).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(greatest <= tolerance * spread, "differs by {greatest} of a spread of {spread}");
}

#[test]
fn a_padded_batch_gives_the_logits_of_transformers() {
    for name in ["untied", "tied_sharded"] {
        let expected = json_of(&reference().join(format!("{name}.expected.json")));
        let padded = Padded::of(&expected);
        assert!(padded.real.iter().any(|real| real.start > 0), "a row is padded");
        for device in [ComputeDevice::cpu().in_f32(), ComputeDevice::cpu().for_training()] {
            let logits = padded.logits(&model_in(&reference().join(name), &device));
            let [rows, tokens, vocabulary] = logits.dims();
            let last: Vec<f32> = logits.narrow(1, tokens - 1, 1).into_data().try_to_vec().unwrap();
            let right = floats(&reference().join(format!("{name}.expected.safetensors")), "batch.logits");
            for row in 0..rows {
                let row = row * vocabulary..(row + 1) * vocabulary;
                check(&right[row.clone()], &last[row], 1e-3);
            }
        }
    }
}

#[test]
fn padding_on_the_right_changes_nothing_before_it() {
    let expected = json_of(&reference().join("untied.expected.json"));
    let padded = Padded::of(&expected);
    let model = model_in(&reference().join("untied"), &ComputeDevice::cpu().in_f32());
    let mut turned = Padded { tokens: Vec::new(), real: Vec::new(), pictures: padded.pictures.clone() };
    for (row, real) in padded.tokens.iter().zip(&padded.real) {
        let mut tokens = row[real.clone()].to_vec();
        tokens.resize(row.len(), 0);
        turned.tokens.push(tokens);
        turned.real.push(0..real.len());
    }
    let (left, right) = (padded.logits(&model), turned.logits(&model));
    for (row, real) in padded.real.iter().enumerate() {
        let values = |logits: &Tensor<3>, start| -> Vec<f32> {
            let part = logits.clone().narrow(0, row, 1).narrow(1, start, real.len());
            part.into_data().try_to_vec().unwrap()
        };
        check(&values(&left, real.start), &values(&right, 0), 1e-4);
    }
}

#[test]
fn every_parameter_has_a_gradient_and_going_down_it_lowers_the_loss() {
    let expected = json_of(&reference().join("untied.expected.json"));
    let padded = Padded::of(&expected);
    let mut model = model_in(&reference().join("untied"), &ComputeDevice::cpu().for_training());
    let loss_of = |model: &Qwen25Vl| padded.logits(model).powi_scalar(2).mean();
    let loss = loss_of(&model);
    let before = loss.clone().into_scalar::<f32>();
    let gradients = GradientsParams::from_grads(loss.backward(), &model);
    assert_eq!(gradients.len(), model.named_tensors().len());
    model = SgdConfig::new().init().step(1e-3, model, gradients);
    let after = loss_of(&model).into_scalar::<f32>();
    assert!(after < before, "{before} to {after}");
}

#[test]
fn what_is_saved_opens_as_the_same_model() {
    let folder = tempfile::tempdir().unwrap();
    let device = ComputeDevice::cpu().in_f32();
    let model = model_in(&reference().join("tied_sharded"), &device);
    let config = model.config().to_json(&json!({ "vision_start_token_id": 609 }));
    std::fs::write(folder.path().join("config.json"), config.to_string()).unwrap();
    save(model.named_tensors(), SavedType::F32, &folder.path().join("model.safetensors")).unwrap();
    let padded = Padded::of(&json_of(&reference().join("tied_sharded.expected.json")));
    let values = |model: &Qwen25Vl| -> Vec<f32> { padded.logits(model).into_data().try_to_vec().unwrap() };
    let again = model_in(folder.path(), &device);
    assert_eq!(again.config(), model.config());
    assert_eq!(values(&model), values(&again));
    save(model.named_tensors(), SavedType::F16, &folder.path().join("model.safetensors")).unwrap();
    check(&values(&model), &values(&model_in(folder.path(), &device)), 1e-2);
}

#[test]
fn later_saves_with_nested_names_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let device = ComputeDevice::cpu().in_f32();
    let model = model_in(&reference().join("untied"), &device);
    let mut named = model.named_tensors();
    for tensor in &mut named {
        let nested = [("visual.", "model.visual."), ("model.", "model.language_model.")];
        if let Some((from, to)) = nested.iter().find(|(from, _)| tensor.name.starts_with(from)) {
            tensor.name = format!("{to}{}", &tensor.name[from.len()..]);
        }
    }
    let mut config = json_of(&reference().join("untied/config.json"));
    let rope = json!({ "rope_type": "default", "rope_theta": 1e6, "mrope_section": [2, 3, 3] });
    let mut text = config.clone();
    text["rope_parameters"] = rope;
    for gone in ["rope_scaling", "rope_theta"] {
        text.as_object_mut().unwrap().remove(gone);
    }
    for gone in ["hidden_size", "rope_scaling", "vocab_size"] {
        config.as_object_mut().unwrap().remove(gone);
    }
    config["text_config"] = text;
    std::fs::write(folder.path().join("config.json"), config.to_string()).unwrap();
    save(named, SavedType::F32, &folder.path().join("model.safetensors")).unwrap();
    assert_eq!(model_in(folder.path(), &device).config(), model.config());
}

#[test]
fn a_checkpoint_that_does_not_say_whether_it_is_tied_is_read_as_its_tensors_are() {
    for name in ["untied", "tied_sharded"] {
        let folder = tempfile::tempdir().unwrap();
        let device = ComputeDevice::cpu().in_f32();
        let model = model_in(&reference().join(name), &device);
        let mut config = json_of(&reference().join(name).join("config.json"));
        config.as_object_mut().unwrap().remove("tie_word_embeddings");
        if let Some(text) = config["text_config"].as_object_mut() {
            text.remove("tie_word_embeddings");
        }
        std::fs::write(folder.path().join("config.json"), config.to_string()).unwrap();
        save(model.named_tensors(), SavedType::F32, &folder.path().join("model.safetensors")).unwrap();
        let names = |model: &Qwen25Vl| model.named_tensors().into_iter().map(|tensor| tensor.name).collect::<Vec<_>>();
        assert_eq!(names(&model_in(folder.path(), &device)), names(&model), "{name}");
    }
}

#[test]
fn a_seeded_model_is_the_same_again_and_another_for_another_seed() {
    let config =
        Config::from_json(Path::new("config.json"), &json_of(&reference().join("untied/config.json"))).unwrap();
    let first = |seed| -> Vec<f32> {
        let model = Qwen25Vl::load(&Seeded::new(seed, 0.02, &ComputeDevice::cpu()), &config).unwrap();
        model.named_tensors()[0].values.clone().into_data().try_to_vec().unwrap()
    };
    let values = first(1);
    assert_eq!(values, first(1));
    assert_ne!(values, first(2));
    let deviation = (values.iter().map(|v| v * v).sum::<f32>() / values.len() as f32).sqrt();
    assert!((deviation - 0.02).abs() < 1e-3, "{deviation}");
}
