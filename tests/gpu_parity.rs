//! The graphics path against the CPU path and transformers: on hardware where there is some, else on software Vulkan.

mod fixtures;

use std::path::Path;

use fixtures::{CHECKPOINTS, Fixture, Outcome, PROMPTS, TOLERANCE, argmax, check_logits, cosine, ids};
use tempfile::TempDir;
use terrasight::model::{ComputeDevice, DeviceChoice, Packing, Precision, VisionLanguageModel, adapters, open};

/// f16 keeps 11 bits; a few layers of it stay within this.
const HALF_TOLERANCE: f32 = 2e-2;

/// A hardware adapter where there is one, else software, opened by its number.
fn adapter() -> Result<ComputeDevice, Box<dyn std::error::Error>> {
    let adapters = adapters();
    let adapter = adapters.iter().min_by_key(|a| !a.hardware).ok_or("no adapter: install mesa-vulkan-drivers")?;
    println!("on {}", adapter.name);
    Ok(open(DeviceChoice::GpuNumber(adapter.number))?)
}

#[test]
#[ignore = "needs a Vulkan driver: run by .ci/run"]
fn the_graphics_path_gives_what_transformers_gives() -> Outcome {
    let device = adapter()?.in_f32();
    for checkpoint in CHECKPOINTS {
        let fixture = Fixture::open(checkpoint)?;
        let model = fixture.model(&device)?;
        for prompt in PROMPTS {
            let mut context = model.start();
            model.read_tokens(&mut context, &fixture.tokens(prompt)?, &fixture.pictures(prompt)?)?;
            check_logits(prompt, &fixture.logits(prompt)?, context.next_logits(), TOLERANCE);
            for expected in fixture.greedy(prompt)? {
                let token = argmax(context.next_logits());
                assert_eq!(token, expected, "{checkpoint} {prompt}");
                model.push(&mut context, token)?;
            }
        }
    }
    Ok(())
}

#[test]
#[ignore = "needs a Vulkan driver: run by .ci/run"]
fn continuations_score_as_on_the_cpu() -> Outcome {
    let fixture = Fixture::open("untied")?;
    let scored = fixture.json["continuations"]["scored"].as_array().ok_or("nothing scored")?;
    let sequences: Vec<Vec<u32>> = scored.iter().map(|s| ids(&s["ids"])).collect::<Result<_, _>>()?;
    let score = |device: &ComputeDevice| -> Result<Vec<f64>, Box<dyn std::error::Error>> {
        let model = fixture.model(device)?;
        let mut context = model.start();
        model.read_tokens(&mut context, &fixture.tokens("windows")?, &fixture.pictures("windows")?)?;
        Ok(model.score_continuations(&context, &sequences)?)
    };
    for (cpu, gpu) in score(&ComputeDevice::cpu().in_f32())?.into_iter().zip(score(&adapter()?.in_f32())?) {
        assert!((cpu - gpu).abs() < 1e-3, "{cpu} and {gpu}");
    }
    Ok(())
}

#[test]
#[ignore = "needs a Vulkan driver: run by .ci/run"]
fn bf16_weights_become_f16_and_stay_close() -> Outcome {
    let fixture = Fixture::open("tied_sharded")?;
    let model = fixture.model(&adapter()?)?;
    assert_eq!(model.facts().precision, "f16");
    let mut context = model.start();
    model.read_tokens(&mut context, &fixture.tokens("two")?, &fixture.pictures("two")?)?;
    check_logits("two", &fixture.logits("two")?, context.next_logits(), HALF_TOLERANCE);
    Ok(())
}

/// The scores after many tokens at once, and after one alone.
fn scores(
    model: &VisionLanguageModel,
    fixture: &Fixture,
    prompt: &str,
) -> Result<[Vec<f32>; 2], Box<dyn std::error::Error>> {
    let mut context = model.start();
    let tokens = fixture.tokens(prompt)?;
    let (last, all) = tokens.split_last().ok_or("an empty prompt")?;
    model.read_tokens(&mut context, all, &fixture.pictures(prompt)?)?;
    let many = context.next_logits().to_vec();
    model.push(&mut context, *last)?;
    Ok([many, context.next_logits().to_vec()])
}

/// The same file with its blocks on the adapter, and unpacked to f32 on the CPU.
#[test]
#[ignore = "needs a Vulkan driver: run by .ci/run"]
fn packed_weights_answer_on_the_adapter_as_the_same_numbers_unpacked() -> Outcome {
    let fixture = Fixture::open("untied")?;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/gguf/packed");
    let packed = VisionLanguageModel::open(&path, &adapter()?)?;
    let unpacked = VisionLanguageModel::open(&path, &ComputeDevice::cpu().in_f32())?;
    assert_eq!((packed.facts().precision.as_str(), unpacked.facts().precision.as_str()), ("Q8_0", "f32"));
    for prompt in PROMPTS {
        let (found, right) = (scores(&packed, &fixture, prompt)?, scores(&unpacked, &fixture, prompt)?);
        for (found, right) in found.iter().zip(&right) {
            let same = cosine(found, right);
            assert!(same > 0.9999, "{prompt}: {same}");
        }
    }
    Ok(())
}

#[test]
#[ignore = "needs a Vulkan driver: run by .ci/run"]
fn folders_are_packed_for_the_adapter_as_for_the_cpu() -> Outcome {
    let (fixture, home) = (Fixture::open("tied_sharded")?, TempDir::new()?);
    for (precision, form) in [(Precision::EightBits, "Q8_0"), (Precision::FourBits, "Q4_1")] {
        let packing = Packing { precision, folder: home.path().to_path_buf() };
        let on_adapter = VisionLanguageModel::open(&fixture.directory, &adapter()?.with_packing(packing.clone()))?;
        let on_cpu = VisionLanguageModel::open(&fixture.directory, &ComputeDevice::cpu().with_packing(packing))?;
        assert_eq!((on_adapter.facts().precision.as_str(), on_cpu.facts().precision.as_str()), (form, form));
        for prompt in PROMPTS {
            let whole = fixture.logits(prompt)?;
            let [_, found] = scores(&on_adapter, &fixture, prompt)?;
            let [_, right] = scores(&on_cpu, &fixture, prompt)?;
            // The CPU rounds activations to 8 bits.
            let (same, near) = (cosine(&found, &right), cosine(&found, &whole));
            assert!(same > 0.99 && near < 0.999_999, "{precision} {prompt}: {same}, {near}");
        }
    }
    Ok(())
}
