//! The graphics path against the CPU path and transformers: on hardware where there is some, else on software Vulkan.

mod fixtures;

use fixtures::{CHECKPOINTS, Fixture, Outcome, PROMPTS, TOLERANCE, argmax, check_logits, ids};
use terrasight::model::{ComputeDevice, DeviceChoice, adapters, open};

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
