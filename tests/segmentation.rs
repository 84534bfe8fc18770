//! Segmenters against transformers: the fixtures of `tests/reference/segmentation` and what they must come out as.

use std::collections::HashMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::{Tensor, TensorData};
use image::RgbImage;
use safetensors::SafeTensors;
use safetensors::tensor::TensorView;
use serde_json::Value;
use terrasight::model::maskformer::{self, MaskFormer};
use terrasight::model::save::{SavedType, save};
use terrasight::model::seeded::Seeded;
use terrasight::model::segformer::{self, Segformer};
use terrasight::model::segmenter::{Habits, PixelProcessor};
use terrasight::model::weights::Checkpoint;
use terrasight::model::{ComputeDevice, Segmenter};

type Outcome = Result<(), Box<dyn Error>>;

const PICTURES: [&str; 3] = ["wide", "tall", "tiny"];

/// Greatest difference that counts as equal, in parts of the spread of the right values.
const TOLERANCE: f32 = 1e-3;

/// The CPU in f32, as the reference was computed.
fn exact() -> ComputeDevice {
    ComputeDevice::cpu().in_f32()
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/segmentation").join(name)
}

fn picture(name: &str) -> Result<RgbImage, Box<dyn Error>> {
    Ok(image::open(fixture("pictures").join(format!("{name}.png")))?.to_rgb8())
}

/// Expected outputs by name: shape and values.
struct Expected(HashMap<String, (Vec<usize>, Vec<f32>)>);

impl Expected {
    fn open(name: &str) -> Result<Self, Box<dyn Error>> {
        let bytes = fs::read(fixture(&format!("{name}.expected.safetensors")))?;
        let mut values = HashMap::new();
        for (name, tensor) in SafeTensors::deserialize(&bytes)?.tensors() {
            let numbers = match tensor.dtype() {
                safetensors::Dtype::U8 => tensor.data().iter().map(|&label| f32::from(label)).collect(),
                _ => tensor.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect(),
            };
            values.insert(name, (tensor.shape().to_vec(), numbers));
        }
        Ok(Self(values))
    }

    #[track_caller]
    fn check(&self, name: &str, shape: &[usize], found: &[f32]) {
        let (right_shape, right) = &self.0[name];
        assert_eq!(right_shape, shape, "{name}");
        check(name, right, found, TOLERANCE);
    }

    /// At least 99.9 % of the labels are equal.
    #[track_caller]
    fn check_labels(&self, name: &str, found: &[u8]) {
        let (_, right) = &self.0[name];
        assert_eq!(right.len(), found.len(), "{name}");
        let wrong = right.iter().zip(found).filter(|&(&right, &found)| right != f32::from(found)).count();
        assert!(wrong * 1000 <= found.len(), "{name}: {wrong} of {} labels differ", found.len());
    }
}

#[track_caller]
fn check(what: &str, right: &[f32], found: &[f32], tolerance: f32) {
    assert_eq!(right.len(), found.len(), "{what}");
    let (least, most) = right.iter().fold((f32::MAX, f32::MIN), |(a, b), &x| (a.min(x), b.max(x)));
    let difference = right.iter().zip(found).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(difference <= tolerance * (most - least), "{what}: differs by {difference} of {}", most - least);
}

/// A copy of a fixture that a test may change.
fn copy(name: &str) -> Result<tempfile::TempDir, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    for entry in fs::read_dir(fixture(name))? {
        let entry = entry?;
        fs::copy(entry.path(), folder.path().join(entry.file_name()))?;
    }
    Ok(folder)
}

/// `model.safetensors` of a folder with other names or without some of its tensors.
fn rename_tensors(folder: &Path, rename: impl Fn(&str) -> Option<String>) -> Outcome {
    let path = folder.join("model.safetensors");
    let bytes = fs::read(&path)?;
    let tensors = SafeTensors::deserialize(&bytes)?;
    let renamed: Vec<(String, TensorView<'_>)> =
        tensors.tensors().into_iter().filter_map(|(name, tensor)| Some((rename(&name)?, tensor))).collect();
    Ok(fs::write(&path, safetensors::serialize(renamed, None)?)?)
}

fn change_json(path: &Path, change: impl FnOnce(&mut Value)) -> Outcome {
    let mut value: Value = serde_json::from_slice(&fs::read(path)?)?;
    change(&mut value);
    Ok(fs::write(path, value.to_string())?)
}

/// Opening, or else scoring a picture, fails with one line that holds every one of `parts`.
#[track_caller]
#[expect(clippy::panic, reason = "this is how a check in a test fails")]
fn check_refused(folder: &Path, parts: &[&str]) {
    let answer = Segmenter::open(folder, &exact()).and_then(|s| s.segment(&RgbImage::new(20, 10)).map(|_| s));
    let line = match answer {
        Ok(_) => panic!("it opened"),
        Err(error) => error.to_string(),
    };
    assert_eq!(line.lines().count(), 1, "{line}");
    for part in parts {
        assert!(line.contains(part), "'{line}' does not say '{part}'");
    }
}

#[test]
fn segformer_scores_and_labels_are_those_of_transformers() -> Outcome {
    for name in ["segformer", "segformer_bin"] {
        let expected = Expected::open(name)?;
        let segmenter = Segmenter::open(&fixture(name), &exact())?;
        segmenter.check_ade20k()?;
        for what in PICTURES {
            let picture = picture(what)?;
            let found = segmenter.segment(&picture)?;
            // The reference shows every tenth class, [classes, rows, columns].
            let (shape, _) = &expected.0[&format!("{what}.scores")];
            let shown: Vec<f32> =
                (0..shape[0]).flat_map(|class| found.scores()[class * 10..].iter().step_by(150).copied()).collect();
            expected.check(&format!("{what}.scores"), &[15, found.height(), found.width()], &shown);
            let labels = found.label_map(picture.width(), picture.height());
            expected.check_labels(&format!("{what}.labels"), &labels.labels);
        }
    }
    Ok(())
}

#[test]
fn maskformer_logits_and_labels_are_those_of_transformers_under_old_and_new_names() -> Outcome {
    let expected = Expected::open("maskformer")?;
    let renamed: HashMap<String, String> = serde_json::from_slice(&fs::read(fixture("maskformer_new_names.json"))?)?;
    let new_names = copy("maskformer")?;
    rename_tensors(new_names.path(), |name| Some(renamed.get(name).cloned().unwrap_or_else(|| name.to_owned())))?;
    for folder in [fixture("maskformer"), new_names.path().to_path_buf()] {
        let segmenter = Segmenter::open(&folder, &exact())?;
        segmenter.check_ade20k()?;
        let json = serde_json::from_slice(&fs::read(folder.join("config.json"))?)?;
        let config = maskformer::Config::from_json(&folder, &json, 150)?;
        let checkpoint = Checkpoint::open(&folder, &exact(), &maskformer::RENAMES)?;
        let network = MaskFormer::load(&checkpoint, &config)?;
        let habits = Habits { square: false, size: [800, 1333], divisor: 32 };
        let processor = PixelProcessor::from_dir(&folder, habits)?;
        for what in PICTURES {
            let picture = picture(what)?;
            let pixels = processor.process(&picture)?;
            let data = TensorData::new(pixels.values, [1, pixels.height, pixels.width, 3]);
            let segments = network.segments(Tensor::from_data(data, &burn::tensor::Device::flex()));
            let classes = segments.classes.into_data().try_into_vec::<f32>().map_err(|e| format!("{e:?}"))?;
            expected.check(&format!("{what}.class_logits"), &[12, 151], &classes);
            let masks = segments.masks.into_data().try_into_vec::<f32>().map_err(|e| format!("{e:?}"))?;
            let [rows, columns] = segments.grid;
            expected.check(&format!("{what}.mask_logits"), &[12, rows, columns], &masks);
            let labels = segmenter.segment(&picture)?.label_map(picture.width(), picture.height());
            expected.check_labels(&format!("{what}.labels"), &labels.labels);
        }
    }
    Ok(())
}

#[test]
fn a_batch_is_what_its_pictures_are_alone() -> Outcome {
    for name in ["segformer", "maskformer"] {
        let segmenter = Segmenter::open(&fixture(name), &exact())?;
        let pictures = PICTURES.map(picture).into_iter().collect::<Result<Vec<_>, _>>()?;
        // Sizes agree, differ, and agree again.
        let order = [0, 2, 1, 0, 2].map(|index| &pictures[index]);
        let together = segmenter.segment_many(&order)?;
        assert_eq!(together.len(), order.len());
        for (picture, found) in order.iter().zip(&together) {
            let alone = segmenter.segment(picture)?;
            assert_eq!((alone.width(), alone.height()), (found.width(), found.height()));
            check(name, alone.scores(), found.scores(), 1e-5);
        }
        assert!(segmenter.segment_many(&[])?.is_empty());
    }
    Ok(())
}

#[test]
fn half_precision_stays_close() -> Outcome {
    for name in ["segformer", "segformer_bin", "maskformer"] {
        let (full, half) =
            (Segmenter::open(&fixture(name), &exact())?, Segmenter::open(&fixture(name), &ComputeDevice::cpu())?);
        assert_eq!((half.facts().stored_type.as_str(), half.facts().precision.as_str()), ("f16", "f16"));
        assert_eq!(full.facts().precision, "f32");
        let picture = picture("wide")?;
        check(name, full.segment(&picture)?.scores(), half.segment(&picture)?.scores(), 2e-2);
    }
    Ok(())
}

#[test]
fn a_trained_segformer_is_saved_and_read_again() -> Outcome {
    let folder = copy("segformer")?;
    let json = serde_json::from_slice(&fs::read(folder.path().join("config.json"))?)?;
    let config = segformer::Config::from_json(folder.path(), &json, 150)?;
    let before = Segmenter::open(folder.path(), &exact())?;
    let checkpoint = Checkpoint::open(folder.path(), &exact(), &[])?;
    let network = Segformer::load(&checkpoint, &config)?;
    let other = tempfile::tempdir()?;
    save(network.named_tensors(), SavedType::F32, &other.path().join("model.safetensors"))?;
    fs::write(other.path().join("config.json"), config.to_json(before.class_names()).to_string())?;
    fs::copy(folder.path().join("preprocessor_config.json"), other.path().join("preprocessor_config.json"))?;
    let after = Segmenter::open(other.path(), &exact())?;
    assert_eq!(after.class_names(), before.class_names());
    let picture = picture("tall")?;
    check("saved", before.segment(&picture)?.scores(), after.segment(&picture)?.scores(), 1e-5);

    // From nothing: the same seed, the same numbers.
    let seeded = || Segformer::load(&Seeded::new(3, 0.02, &exact()), &config);
    let bytes = |network: Segformer| -> Result<Vec<u8>, Box<dyn Error>> {
        let file = other.path().join("seeded.safetensors");
        save(network.named_tensors(), SavedType::F32, &file)?;
        Ok(fs::read(file)?)
    };
    assert_eq!(bytes(seeded()?)?, bytes(seeded()?)?);
    Ok(())
}

#[test]
fn safetensors_win_and_shards_of_pickles_are_joined() -> Outcome {
    let folder = copy("segformer_bin")?;
    fs::write(folder.path().join("model.safetensors"), "nothing")?;
    check_refused(folder.path(), &["model.safetensors", "damaged"]);

    fs::remove_file(folder.path().join("model.safetensors"))?;
    fs::rename(folder.path().join("pytorch_model.bin"), folder.path().join("pytorch_model-00001-of-00002.bin"))?;
    let index = folder.path().join("pytorch_model.bin.index.json");
    let of = |file: &str| format!(r#"{{"weight_map": {{"a": "pytorch_model-00001-of-00002.bin", "b": "{file}"}}}}"#);
    fs::write(&index, of("pytorch_model-00002-of-00002.bin"))?;
    check_refused(folder.path(), &["pytorch_model-00002-of-00002.bin", "missing"]);
    fs::write(&index, of("../pytorch_model.bin"))?;
    check_refused(folder.path(), &["pytorch_model.bin.index.json", "is not a file name"]);
    fs::write(&index, of("pytorch_model-00001-of-00002.bin"))?;
    let (sharded, whole) =
        (Segmenter::open(folder.path(), &exact())?, Segmenter::open(&fixture("segformer_bin"), &exact())?);
    let picture = picture("wide")?;
    assert_eq!(sharded.segment(&picture)?, whole.segment(&picture)?);
    Ok(())
}

#[test]
fn a_pickle_cut_short_or_spoilt_is_damaged() -> Outcome {
    let folder = copy("segformer_bin")?;
    let path = folder.path().join("pytorch_model.bin");
    let bytes = fs::read(&path)?;
    for len in [bytes.len() - 1, bytes.len() / 2, 100, 7, 0] {
        fs::write(&path, &bytes[..len])?;
        check_refused(folder.path(), &["pytorch_model.bin", "download it again"]);
    }
    let mut spoilt = bytes.clone();
    let middle = bytes.len() / 2;
    spoilt[middle..middle + 64].fill(0xa5);
    fs::write(&path, spoilt)?;
    check_refused(folder.path(), &["pytorch_model.bin", "download it again"]);
    Ok(())
}

#[test]
fn hostile_pickles_run_nothing_and_take_no_memory() -> Outcome {
    let folder = copy("segformer_bin")?;
    for (hostile, part) in [
        ("malicious.bin", "holds no tensors"),
        ("claims_4_gib.bin", "claims 4294967296 bytes"),
        ("bomb.bin", "claims 16777216 bytes"),
    ] {
        fs::copy(fixture("pickles").join(hostile), folder.path().join("pytorch_model.bin"))?;
        check_refused(folder.path(), &["pytorch_model.bin", part]);
    }
    assert!(!Path::new("pickle_was_run").exists(), "the pickle was run");
    Ok(())
}

#[test]
fn a_missing_tensor_and_a_wrong_shape_are_named() -> Outcome {
    let folder = copy("segformer")?;
    rename_tensors(folder.path(), |name| (name != "decode_head.classifier.bias").then(|| name.to_owned()))?;
    check_refused(folder.path(), &["'decode_head.classifier.bias'", "does not fit its config.json"]);
    let folder = copy("segformer")?;
    change_json(&folder.path().join("config.json"), |config| config["decoder_hidden_size"] = 17.into())?;
    check_refused(folder.path(), &["'decode_head.", "[17", "[16"]);
    let folder = copy("maskformer")?;
    rename_tensors(folder.path(), |name| (!name.ends_with("fpn.stem.0.weight")).then(|| name.to_owned()))?;
    check_refused(folder.path(), &["'model.pixel_level_module.decoder.fpn.stem.0.weight'"]);
    let folder = copy("maskformer")?;
    change_json(&folder.path().join("config.json"), |config| config["backbone_config"]["window_size"] = 4.into())?;
    check_refused(folder.path(), &["relative_position_bias_table'", "[49, 1]", "[81, 1]"]);
    Ok(())
}

#[test]
fn misfit_configurations_say_what_is_wrong() -> Outcome {
    let change = |name: &str, file: &str, change: fn(&mut Value)| -> Result<tempfile::TempDir, Box<dyn Error>> {
        let folder = copy(name)?;
        change_json(&folder.path().join(file), change)?;
        Ok(folder)
    };
    let folder = change("segformer", "config.json", |c| c["architectures"] = serde_json::json!(["Mask2Former"]))?;
    check_refused(folder.path(), &["'Mask2Former'", "SegformerForSemanticSegmentation, MaskFormer"]);
    let folder = change("segformer", "config.json", |c| c["id2label"] = serde_json::json!({"0": "wall", "2": "sky"}))?;
    check_refused(folder.path(), &["'id2label' has no class 1"]);
    let folder = change("segformer", "config.json", |c| c["hidden_sizes"] = serde_json::json!([8, 8, 16]))?;
    check_refused(folder.path(), &["'hidden_sizes'", "4 positive numbers"]);
    let folder = change("maskformer", "config.json", |c| c["backbone_config"]["model_type"] = "resnet".into())?;
    check_refused(folder.path(), &["'model_type' is 'resnet'"]);
    let folder = change("segformer", "preprocessor_config.json", |c| c["size"] = 16.into())?;
    check_refused(folder.path(), &["cannot read a picture at 16 x 16 pixels"]);
    let folder = change("segformer", "preprocessor_config.json", |c| c["do_resize"] = false.into())?;
    check_refused(folder.path(), &["cannot read a picture at 20 x 10 pixels"]);
    let folder = copy("segformer")?;
    fs::remove_file(folder.path().join("preprocessor_config.json"))?;
    check_refused(folder.path(), &["preprocessor_config.json", "missing"]);
    Ok(())
}

#[test]
fn classes_that_are_not_ade20ks_are_told() -> Outcome {
    let refused = |change: fn(&mut serde_json::Map<String, Value>)| -> Result<String, Box<dyn Error>> {
        let folder = copy("maskformer")?;
        change_json(&folder.path().join("config.json"), |config| {
            if let Some(labels) = config["id2label"].as_object_mut() {
                change(labels);
            }
        })?;
        let checked = Segmenter::open(folder.path(), &exact())?.check_ade20k();
        Ok(checked.err().map_or_else(String::new, |error| error.to_string()))
    };
    let spelled = refused(|labels| {
        for name in labels.values_mut() {
            *name = name.as_str().unwrap_or_default().to_uppercase().replace(", ", ";").replace(' ', "_").into();
        }
    })?;
    assert_eq!(spelled, "");
    let turned = refused(|labels| {
        let names: Vec<Value> = labels.values().cloned().collect();
        for (name, other) in labels.values_mut().zip(names.into_iter().rev()) {
            *name = other;
        }
    })?;
    assert!(turned.contains("class 0 is 'flag' and not 'wall'"), "{turned}");
    Ok(())
}

#[test]
fn a_segmenter_may_live_on_another_thread() {
    fn moves<T: Send>() {}
    moves::<Segmenter>();
}
