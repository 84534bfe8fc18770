//! More words than are read at once, and a picture of 2,024 patches, in every form in which weights are held: against
//! transformers on the same numbers (`tests/reference/long`).

mod fixtures;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use fixtures::{BF16_TOLERANCE, Outcome, TOLERANCE, argmax, check_logits, cosine, floats, ids, messages};
use image::{Rgb, RgbImage};
use serde_json::Value;
use tempfile::TempDir;
use terrasight::model::qwen2_5_vl::Qwen25Vl;
use terrasight::model::save::{SavedType, save};
use terrasight::model::{
    ComputeDevice, DeviceChoice, Packing, Precision, Products, Prompt, VisionLanguageModel, adapters, open,
};

/// The prompts: words alone, and a picture with some words.
const PROMPTS: [&str; 2] = ["text", "picture"];
/// The reference keeps one of so many logits.
const EVERY: usize = 5;
/// f16 keeps 11 bits; packed numbers are multiplied in it on an adapter.
const F16_TOLERANCE: f32 = 5e-3;

/// How near a form must be to transformers on its own numbers.
#[derive(Clone, Copy)]
enum Near {
    /// No logit further off than this part of their spread; where that is small, a checkpoint says the same greedy tokens.
    Within(f32),
    /// At least this cosine: the CPU rounds what meets packed weights to 8 bits.
    Cosine(f32),
}

/// What transformers made of the long prompts.
struct Long {
    prompts: Value,
    logits: Vec<u8>,
}

impl Long {
    fn open() -> Result<Self, Box<dyn Error>> {
        let folder = reference().join("long");
        let prompts = serde_json::from_slice(&fs::read(folder.join("expected.json"))?)?;
        Ok(Self { prompts, logits: fs::read(folder.join("expected.safetensors"))? })
    }

    /// Reads `prompt` and then its greedy tokens one by one. The form's name begins with its checkpoint's.
    fn check(&self, model: &VisionLanguageModel, form: &str, prompt: &str, near: Near) -> Outcome {
        let what = format!("{form} {prompt}");
        let expected = &self.prompts[prompt];
        let pictures = if prompt == "picture" { vec![model.patches(&picture(), None)?] } else { Vec::new() };
        for picture in &pictures {
            assert_eq!(picture.grid.map(|n| n as u32).as_slice(), ids(&expected["grid"])?);
        }
        let asked = Prompt { messages: messages(&expected["messages"])?, pictures, ..Prompt::default() };
        let mut context = model.start();
        let read = model.read(&mut context, &asked)?;
        assert_eq!(Some(read.prompt_tokens as u64), expected["tokens"].as_u64(), "{what}");
        let right = floats(&self.logits, &format!("{form}.{prompt}"))?;
        let (first, last) = right.split_at(right.len() / 2);
        near.check(&what, first, context.next_logits());
        let checkpoint = form.split('.').next().unwrap_or(form);
        for token in ids(&expected["greedy"][checkpoint])? {
            if form == checkpoint && matches!(near, Near::Within(tolerance) if tolerance <= TOLERANCE) {
                assert_eq!(argmax(context.next_logits()), token, "{what}");
            }
            model.push(&mut context, token)?;
        }
        near.check(&format!("{what}, answered"), last, context.next_logits());
        Ok(())
    }
}

impl Near {
    #[track_caller]
    fn check(self, what: &str, right: &[f32], found: &[f32]) {
        let found: Vec<f32> = found.iter().copied().step_by(EVERY).collect();
        match self {
            Self::Within(tolerance) => check_logits(what, right, &found, tolerance),
            Self::Cosine(least) => {
                let same = cosine(right, &found);
                assert!(same >= least, "{what}: cosine {same}");
            }
        }
    }
}

fn reference() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference")
}

fn checkpoint(name: &str) -> PathBuf {
    reference().join("qwen2_5_vl").join(name)
}

/// The reference script's: 44 x 46 patches, whose windows are short at both edges.
fn picture() -> RgbImage {
    RgbImage::from_fn(610, 650, |x, y| Rgb([x * y / 60 + 3 * x, x * x / 90 + y, y * y / 70 + 5 * x].map(|n| n as u8)))
}

fn packed(device: ComputeDevice, precision: Precision, home: &Path) -> ComputeDevice {
    device.with_packing(Packing { precision, folder: home.to_path_buf() })
}

/// `untied` in f16.
fn in_f16() -> Result<TempDir, Box<dyn Error>> {
    let (from, copy) = (checkpoint("untied"), tempfile::tempdir()?);
    for file in fs::read_dir(&from)? {
        let file = file?;
        fs::copy(file.path(), copy.path().join(file.file_name()))?;
    }
    let config = serde_json::from_slice(&fs::read(from.join("config.json"))?)?;
    let (model, _) = Qwen25Vl::open(&from, &config, &ComputeDevice::cpu().in_f32())?;
    save(model.named_tensors(), SavedType::F16, &copy.path().join("model.safetensors"))?;
    Ok(copy)
}

#[test]
fn dense_weights_read_long_prompts_as_transformers_does() -> Outcome {
    let (long, f16) = (Long::open()?, in_f16()?);
    let cpu = |products| ComputeDevice::cpu().with_products(products);
    let forms = [
        ("untied", checkpoint("untied"), ComputeDevice::cpu().in_f32(), "f32", TOLERANCE),
        ("tied_sharded", checkpoint("tied_sharded"), cpu(Products::F32), "bf16", TOLERANCE),
        ("tied_sharded", checkpoint("tied_sharded"), cpu(Products::Bf16), "bf16", BF16_TOLERANCE),
        ("untied", f16.path().to_path_buf(), cpu(Products::F32), "f16", F16_TOLERANCE),
    ];
    for (form, path, device, precision, tolerance) in forms {
        let model = VisionLanguageModel::open(&path, &device)?;
        assert_eq!(model.facts().precision, precision);
        for prompt in PROMPTS {
            long.check(&model, form, prompt, Near::Within(tolerance))?;
        }
    }
    Ok(())
}

#[test]
fn folders_packed_as_they_are_opened_read_long_prompts_as_the_same_numbers_do() -> Outcome {
    let (long, home) = (Long::open()?, tempfile::tempdir()?);
    for (precision, held) in [(Precision::EightBits, "Q8_0"), (Precision::FourBits, "Q4_1")] {
        let device = packed(ComputeDevice::cpu(), precision, home.path());
        let model = VisionLanguageModel::open(&checkpoint("untied"), &device)?;
        assert_eq!(model.facts().precision, held);
        for prompt in PROMPTS {
            long.check(&model, &format!("untied.{precision}"), prompt, Near::Cosine(0.999))?;
        }
    }
    Ok(())
}

#[test]
fn gguf_files_read_long_prompts_as_the_same_numbers_do() -> Outcome {
    let long = Long::open()?;
    let open =
        |name: &str, device: &ComputeDevice| VisionLanguageModel::open(&reference().join("gguf").join(name), device);
    let (cpu, exact) = (ComputeDevice::cpu(), ComputeDevice::cpu().in_f32());
    let (pair, unpacked, packed) = (open("pair", &exact)?, open("packed", &exact)?, open("packed", &cpu)?);
    assert_eq!((packed.facts().precision.as_str(), unpacked.facts().precision.as_str()), ("Q8_0", "f32"));
    for prompt in PROMPTS {
        long.check(&pair, "tied_sharded", prompt, Near::Within(TOLERANCE))?;
        long.check(&unpacked, "untied.gguf", prompt, Near::Within(TOLERANCE))?;
        long.check(&packed, "untied.gguf", prompt, Near::Cosine(0.999))?;
    }
    long.check(&open("words", &exact)?, "tied_sharded", "text", Near::Within(TOLERANCE))?;
    long.check(&open("wide", &exact)?, "wide", "text", Near::Within(TOLERANCE))?;
    long.check(&open("wide", &cpu)?, "wide", "text", Near::Cosine(0.999))
}

#[test]
#[ignore = "needs a Vulkan driver: run by .ci/run"]
fn every_form_reads_long_prompts_on_the_adapter_as_transformers_does() -> Outcome {
    let (long, home) = (Long::open()?, tempfile::tempdir()?);
    let adapters = adapters();
    let adapter = adapters.iter().min_by_key(|a| !a.hardware).ok_or("no adapter: install mesa-vulkan-drivers")?;
    let device = open(DeviceChoice::GpuNumber(adapter.number))?;
    let of = |precision| packed(device.clone(), precision, home.path());
    let forms = [
        ("untied", checkpoint("untied"), device.in_f32(), "f32", Near::Within(TOLERANCE)),
        ("tied_sharded", checkpoint("tied_sharded"), device.clone(), "f16", Near::Within(F16_TOLERANCE)),
        ("untied.8-bit", checkpoint("untied"), of(Precision::EightBits), "Q8_0", Near::Within(F16_TOLERANCE)),
        ("untied.4-bit", checkpoint("untied"), of(Precision::FourBits), "Q4_1", Near::Within(F16_TOLERANCE)),
        ("untied.gguf", reference().join("gguf/packed"), device.clone(), "Q8_0", Near::Within(F16_TOLERANCE)),
    ];
    for (form, path, device, precision, near) in forms {
        let model = VisionLanguageModel::open(&path, &device)?;
        assert_eq!(model.facts().precision, precision);
        for prompt in PROMPTS {
            long.check(&model, form, prompt, near)?;
        }
    }
    let wide = VisionLanguageModel::open(&reference().join("gguf/wide"), &device)?;
    long.check(&wide, "wide", "text", Near::Within(F16_TOLERANCE))
}
