//! The model against transformers: the fixtures of `tests/reference` and what they must come out as.

use std::error::Error;
use std::path::{Path, PathBuf};

use safetensors::SafeTensors;
use serde_json::Value;
use terrasight::model::image_processor::Patches;
use terrasight::model::{ComputeDevice, VisionLanguageModel};

type Outcome = Result<(), Box<dyn Error>>;

const CHECKPOINTS: [&str; 2] = ["untied", "tied_sharded"];
const PROMPTS: [&str; 5] = ["windows", "odd", "two", "text", "turns"];
/// Greatest difference of two logits, over the spread of the right ones.
const TOLERANCE: f32 = 1e-3;

fn reference() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/qwen2_5_vl")
}

/// One checkpoint with its expected outputs.
struct Fixture {
    directory: PathBuf,
    json: Value,
    tensors: Vec<u8>,
    pixels: Vec<u8>,
}

impl Fixture {
    fn open(name: &str) -> Result<Self, Box<dyn Error>> {
        let root = reference();
        Ok(Self {
            directory: root.join(name),
            json: serde_json::from_slice(&std::fs::read(root.join(format!("{name}.expected.json")))?)?,
            tensors: std::fs::read(root.join(format!("{name}.expected.safetensors")))?,
            pixels: std::fs::read(root.join("pixel_values.safetensors"))?,
        })
    }

    fn model(&self) -> Result<VisionLanguageModel, Box<dyn Error>> {
        Ok(VisionLanguageModel::open(&self.directory, &ComputeDevice::cpu().in_f32())?)
    }

    fn tokens(&self, prompt: &str) -> Result<Vec<u32>, Box<dyn Error>> {
        ids(&self.json["prompts"][prompt]["input_ids"])
    }

    fn greedy(&self, prompt: &str) -> Result<Vec<u32>, Box<dyn Error>> {
        ids(&self.json["prompts"][prompt]["greedy"])
    }

    fn logits(&self, prompt: &str) -> Result<Vec<f32>, Box<dyn Error>> {
        floats(&self.tensors, &format!("{prompt}.logits"))
    }

    /// The pictures of a prompt as transformers' image processor prepares them.
    fn pictures(&self, prompt: &str) -> Result<Vec<Patches>, Box<dyn Error>> {
        let names = self.json["prompts"][prompt]["pictures"].as_array().ok_or("no pictures")?;
        let grids = self.json["prompts"][prompt]["image_grid_thw"].as_array().ok_or("no grids")?;
        let picture = |(name, grid): (&Value, &Value)| -> Result<Patches, Box<dyn Error>> {
            let grid: Vec<usize> = ids(grid)?.into_iter().map(|n| n as usize).collect();
            let grid = [grid[0], grid[1], grid[2]];
            let values = floats(&self.pixels, name.as_str().ok_or("no name")?)?;
            Ok(Patches { values, grid, merged_tokens: grid.iter().product::<usize>() / 4 })
        };
        names.iter().zip(grids).map(picture).collect()
    }
}

fn ids(value: &Value) -> Result<Vec<u32>, Box<dyn Error>> {
    let list = value.as_array().ok_or("not a list")?;
    list.iter().map(|v| Ok(u32::try_from(v.as_u64().ok_or("not a number")?)?)).collect()
}

fn floats(file: &[u8], name: &str) -> Result<Vec<f32>, Box<dyn Error>> {
    let data = SafeTensors::deserialize(file)?.tensor(name)?.data().to_vec();
    Ok(data.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
}

#[track_caller]
fn check_logits(what: &str, expected: &[f32], found: &[f32], tolerance: f32) {
    assert_eq!(expected.len(), found.len(), "{what}");
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum::<f64>();
    let cosine = dot(expected, found) / (dot(expected, expected) * dot(found, found)).sqrt();
    let spread = expected.iter().copied().fold(f32::MIN, f32::max) - expected.iter().copied().fold(f32::MAX, f32::min);
    let greatest = expected.iter().zip(found).map(|(x, y)| (x - y).abs()).fold(0.0, f32::max);
    assert!(cosine >= 0.9999, "{what}: cosine {cosine}");
    assert!(greatest <= tolerance * spread, "{what}: differs by {greatest} of a spread of {spread}");
}

fn argmax(logits: &[f32]) -> u32 {
    let best = logits.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
    best.map_or(0, |(index, _)| index as u32)
}

#[test]
fn logits_and_greedy_tokens_are_those_of_transformers() -> Outcome {
    for checkpoint in CHECKPOINTS {
        let fixture = Fixture::open(checkpoint)?;
        let model = fixture.model()?;
        for prompt in PROMPTS {
            let what = format!("{checkpoint} {prompt}");
            let mut context = model.start();
            model.read_tokens(&mut context, &fixture.tokens(prompt)?, &fixture.pictures(prompt)?)?;
            check_logits(&what, &fixture.logits(prompt)?, context.next_logits(), TOLERANCE);
            let mut greedy = Vec::new();
            while greedy.len() < 24 {
                let token = argmax(context.next_logits());
                greedy.push(token);
                model.push(&mut context, token)?;
            }
            assert_eq!(greedy, fixture.greedy(prompt)?, "{what}");
        }
    }
    Ok(())
}

#[test]
fn cached_decoding_is_full_recomputation() -> Outcome {
    let fixture = Fixture::open("untied")?;
    let model = fixture.model()?;
    let (mut tokens, pictures) = (fixture.tokens("two")?, fixture.pictures("two")?);
    let mut cached = model.start();
    model.read_tokens(&mut cached, &tokens, &pictures)?;
    for &token in &fixture.greedy("two")?[..8] {
        model.push(&mut cached, token)?;
        tokens.push(token);
        let mut full = model.start();
        model.read_tokens(&mut full, &tokens, &pictures)?;
        check_logits("cached", full.next_logits(), cached.next_logits(), 1e-4);
    }
    Ok(())
}

#[test]
fn continuations_score_as_transformers_scores_them_and_leave_the_context_alone() -> Outcome {
    for checkpoint in CHECKPOINTS {
        let fixture = Fixture::open(checkpoint)?;
        let model = fixture.model()?;
        let expected = &fixture.json["continuations"];
        let prompt = expected["prompt"].as_str().ok_or("no prompt")?;
        let mut context = model.start();
        model.read_tokens(&mut context, &fixture.tokens(prompt)?, &fixture.pictures(prompt)?)?;
        let before = context.next_logits().to_vec();
        let scored = expected["scored"].as_array().ok_or("nothing scored")?;
        let sequences: Vec<Vec<u32>> = scored.iter().map(|s| ids(&s["ids"])).collect::<Result<_, _>>()?;
        let found = model.score_continuations(&context, &sequences)?;
        for ((sequence, scored), found) in sequences.iter().zip(scored).zip(found) {
            let expected = scored["log_probability"].as_f64().ok_or("no number")?;
            assert!((expected - found).abs() < 2e-3, "{checkpoint} {sequence:?}: {found} instead of {expected}");
            let mut naive = 0.0;
            let mut step = model.start();
            model.read_tokens(&mut step, &fixture.tokens(prompt)?, &fixture.pictures(prompt)?)?;
            for &token in sequence {
                let logits = step.next_logits();
                let total: f64 = logits.iter().map(|&l| f64::from(l).exp()).sum();
                naive += f64::from(logits[token as usize]) - total.ln();
                model.push(&mut step, token)?;
            }
            assert!((naive - found).abs() < 1e-4, "{checkpoint} {sequence:?}: {found}, one by one {naive}");
        }
        assert_eq!(before, context.next_logits());
        let token = argmax(&before);
        model.push(&mut context, token)?;
        assert_eq!(argmax(context.next_logits()), fixture.greedy(prompt)?[1], "{checkpoint}");
    }
    Ok(())
}
