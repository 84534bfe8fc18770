//! The graphics path against the CPU path and transformers, on software Vulkan.

mod fixtures;

use fixtures::{CHECKPOINTS, Fixture, Outcome, PROMPTS, TOLERANCE, argmax, check_logits, ids};
use terrasight::model::{ComputeDevice, ComputeKind, DeviceChoice, adapters, open};

/// f16 keeps 11 bits; a few layers of it stay within this.
const HALF_TOLERANCE: f32 = 2e-2;

/// The first adapter that draws with the CPU, opened by its number.
fn software() -> Result<ComputeDevice, Box<dyn std::error::Error>> {
    let adapters = adapters();
    let adapter = adapters.iter().find(|a| !a.hardware).ok_or("no software adapter: install mesa-vulkan-drivers")?;
    let device = open(DeviceChoice::GpuNumber(adapter.number))?;
    assert_eq!(device.kind, ComputeKind::SoftwareGpu);
    Ok(device)
}

#[test]
#[ignore = "needs a Vulkan driver: run by .ci/run"]
fn the_graphics_path_gives_what_transformers_gives() -> Outcome {
    let device = software()?.in_f32();
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
    for (cpu, gpu) in score(&ComputeDevice::cpu().in_f32())?.into_iter().zip(score(&software()?.in_f32())?) {
        assert!((cpu - gpu).abs() < 1e-3, "{cpu} and {gpu}");
    }
    Ok(())
}

#[test]
#[ignore = "needs a Vulkan driver: run by .ci/run"]
fn bf16_weights_become_f16_and_stay_close() -> Outcome {
    let fixture = Fixture::open("tied_sharded")?;
    let model = fixture.model(&software()?)?;
    assert_eq!(model.facts().precision, "f16");
    let mut context = model.start();
    model.read_tokens(&mut context, &fixture.tokens("two")?, &fixture.pictures("two")?)?;
    check_logits("two", &fixture.logits("two")?, context.next_logits(), HALF_TOLERANCE);
    Ok(())
}
