//! The model against transformers: the fixtures of `tests/reference` and what they must come out as.

mod fixtures;

use std::error::Error;
use std::fs;
use std::ops::ControlFlow;

use fixtures::{
    BF16_TOLERANCE, CHECKPOINTS, Fixture, Outcome, PROMPTS, TOLERANCE, argmax, check_logits, ids, messages, reference,
    scaled_copy,
};
use serde_json::Value;
use terrasight::model::{
    ComputeDevice, FinishReason, GenerateOptions, Products, Prompt, Sampling, VisionLanguageModel,
};

/// The CPU in f32, as the reference was computed.
fn exact() -> ComputeDevice {
    ComputeDevice::cpu().in_f32()
}

#[test]
fn logits_and_greedy_tokens_are_those_of_transformers() -> Outcome {
    for checkpoint in CHECKPOINTS {
        let fixture = Fixture::open(checkpoint)?;
        let model = fixture.model(&exact())?;
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
    let model = fixture.model(&exact())?;
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
        let model = fixture.model(&exact())?;
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

#[test]
fn half_precision_stays_close() -> Outcome {
    let fixture = Fixture::open("tied_sharded")?;
    for (products, tolerance) in [(Products::F32, TOLERANCE), (Products::Bf16, BF16_TOLERANCE)] {
        let model = fixture.model(&ComputeDevice::cpu().with_products(products))?;
        assert_eq!((model.facts().stored_type.as_str(), model.facts().precision.as_str()), ("bf16", "bf16"));
        for prompt in PROMPTS {
            let mut context = model.start();
            model.read_tokens(&mut context, &fixture.tokens(prompt)?, &fixture.pictures(prompt)?)?;
            check_logits(&format!("{prompt} {products}"), &fixture.logits(prompt)?, context.next_logits(), tolerance);
        }
    }
    Ok(())
}

/// In released checkpoints some gated products pass f16's greatest number; here those of the first blocks do, which are
/// the greater by 2^15.
#[test]
fn loud_feed_forwards_stay_close_in_half_precision() -> Outcome {
    let mut fixture = Fixture::open("tied_sharded")?;
    let louder = scaled_copy(&fixture.directory, |name| match name {
        _ if name.ends_with(".0.mlp.gate_proj.weight") => 7,
        _ if name.ends_with(".0.mlp.up_proj.weight") => 8,
        _ => 0,
    })?;
    fixture.directory = louder.path().to_owned();
    let (half, exact) = (fixture.model(&ComputeDevice::cpu().with_products(Products::F32))?, fixture.model(&exact())?);
    assert_eq!(half.facts().precision, "bf16");
    for prompt in ["text", "turns"] {
        let logits = |model: &VisionLanguageModel| -> Result<Vec<f32>, Box<dyn Error>> {
            let mut context = model.start();
            model.read_tokens(&mut context, &fixture.tokens(prompt)?, &fixture.pictures(prompt)?)?;
            Ok(context.next_logits().to_vec())
        };
        check_logits(prompt, &logits(&exact)?, &logits(&half)?, 1e-3);
    }
    Ok(())
}

#[test]
fn only_what_is_new_is_read() -> Outcome {
    let fixture = Fixture::open("untied")?;
    let model = fixture.model(&exact())?;
    let (tokens, pictures) = (fixture.tokens("windows")?, fixture.pictures("windows")?);
    let mut context = model.start();
    let first = model.read_tokens(&mut context, &tokens, &pictures)?;
    assert_eq!((first.reused_tokens, first.image_tokens), (0, 35));
    let again = model.read_tokens(&mut context, &tokens, &pictures)?;
    assert_eq!(again.reused_tokens, tokens.len());

    // A later turn after an answer: only the new tokens, and the same scores as from nothing.
    let answered: Vec<u32> = tokens.iter().copied().chain(fixture.greedy("windows")?).collect();
    let longer: Vec<u32> = answered.iter().copied().chain([198, 601, 84]).collect();
    model.extend(&mut context, &fixture.greedy("windows")?[..5])?;
    let turn = model.read_tokens(&mut context, &longer, &pictures)?;
    assert_eq!(turn.reused_tokens, tokens.len() + 5);
    let mut fresh = model.start();
    model.read_tokens(&mut fresh, &longer, &pictures)?;
    check_logits("a later turn", fresh.next_logits(), context.next_logits(), 1e-4);

    // Another picture at the same place is another prompt, though its tokens are the same.
    let mut other = pictures.clone();
    other[0].values.reverse();
    let start = tokens.iter().position(|&t| t == 612).ok_or("no picture")?;
    assert_eq!(model.read_tokens(&mut context, &longer, &other)?.reused_tokens, start);

    // Back to an earlier length, the scores come again.
    context.truncate(tokens.len());
    assert!(context.next_logits().is_empty());
    model.read_tokens(&mut context, &tokens, &pictures)?;
    check_logits("truncated", &fixture.logits("windows")?, context.next_logits(), TOLERANCE);
    Ok(())
}

#[test]
fn a_prompt_that_does_not_fit_is_refused_and_nothing_is_lost() -> Outcome {
    let fixture = Fixture::open("untied")?;
    let model = fixture.model(&exact())?;
    let (tokens, pictures) = (fixture.tokens("odd")?, fixture.pictures("odd")?);
    let mut context = model.start();
    model.read_tokens(&mut context, &tokens, &pictures)?;
    let said =
        |result: Result<_, terrasight::model::ModelError>| result.map_or_else(|e| e.to_string(), |_| String::new());
    assert!(said(model.read_tokens(&mut context, &tokens, &[])).contains("15 places for 0 picture tokens"));
    assert!(said(model.read_tokens(&mut context, &[640], &[])).contains("token 640 is past the vocabulary"));
    assert!(said(model.read_tokens(&mut context, &[], &[])).contains("empty"));
    let long = vec![5; 4097];
    assert!(said(model.read_tokens(&mut context, &long, &[])).contains("4097 tokens"));
    check_logits("kept", &fixture.logits("odd")?, context.next_logits(), TOLERANCE);
    Ok(())
}

/// A copy of a checkpoint whose generation_config.json asks for this penalty.
fn penalising(fixture: &Fixture, penalty: f64) -> Result<tempfile::TempDir, Box<dyn Error>> {
    let copy = scaled_copy(&fixture.directory, |_| 0)?;
    let path = copy.path().join("generation_config.json");
    let mut said: Value = serde_json::from_slice(&fs::read(&path)?)?;
    said["repetition_penalty"] = penalty.into();
    fs::write(path, said.to_string())?;
    Ok(copy)
}

/// A prompt as the program makes it: messages, and the pictures from their files.
fn prompt(fixture: &Fixture, name: &str, model: &VisionLanguageModel) -> Result<Prompt, Box<dyn Error>> {
    let expected = &fixture.json["prompts"][name];
    let mut pictures = Vec::new();
    for picture in expected["pictures"].as_array().ok_or("no pictures")? {
        let file = fixture.picture(picture.as_str().ok_or("no name")?);
        pictures.push(model.patches(&image::open(file)?.to_rgb8(), None)?);
    }
    Ok(Prompt { messages: messages(&expected["messages"])?, pictures, ..Prompt::default() })
}

#[test]
fn from_words_and_picture_files_to_the_same_answer() -> Outcome {
    for checkpoint in CHECKPOINTS {
        let mut fixture = Fixture::open(checkpoint)?;
        let plain = penalising(&fixture, 1.0)?;
        fixture.directory = plain.path().to_owned();
        let model = fixture.model(&exact())?;
        for name in PROMPTS {
            let prompt = prompt(&fixture, name, &model)?;
            assert_eq!(model.prompt_tokens(&prompt)?, fixture.tokens(name)?, "{checkpoint} {name}");
            for (found, expected) in prompt.pictures.iter().zip(fixture.pictures(name)?) {
                let difference =
                    found.values.iter().zip(&expected.values).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(found.grid == expected.grid && difference < 1e-5, "{name}: pixels differ by {difference}");
            }
            let mut context = model.start();
            model.read(&mut context, &prompt)?;
            check_logits(name, &fixture.logits(name)?, context.next_logits(), TOLERANCE);
            let options = GenerateOptions { max_new_tokens: 24, sampling: Sampling::GREEDY, stop: Vec::new() };
            let mut streamed = String::new();
            let answer = model.generate(&mut context, &options, &mut |piece| {
                streamed.push_str(piece);
                ControlFlow::Continue(())
            })?;
            assert_eq!(answer.token_ids, fixture.greedy(name)?, "{checkpoint} {name}");
            assert_eq!(Some(answer.text.as_str()), fixture.json["prompts"][name]["greedy_text"].as_str());
            assert!(answer.text.starts_with(&streamed), "{streamed:?} of {:?}", answer.text);
            assert_eq!(answer.finish_reason, FinishReason::Length);
        }
    }
    Ok(())
}

/// `tests/reference/repetition_penalty.py`; what the countries are scored by stays as it is.
#[test]
fn repeated_tokens_are_penalised_as_transformers_penalises_them() -> Outcome {
    for checkpoint in CHECKPOINTS {
        let fixture = Fixture::open(checkpoint)?;
        let answers = fs::read(reference().join(format!("{checkpoint}.penalised.json")))?;
        let answers: Value = serde_json::from_slice(&answers)?;
        assert_eq!(fixture.model(&exact())?.facts().repetition_penalty, 1.05);
        for (penalty, answers) in answers.as_object().ok_or("no penalties")? {
            let copy = penalising(&fixture, penalty.parse()?)?;
            let model = VisionLanguageModel::open(copy.path(), &exact())?;
            let answers = answers.as_object().ok_or("no answers")?;
            let mut changed = 0;
            for (name, answer) in answers {
                let what = format!("{checkpoint} {name} at {penalty}");
                let mut context = model.start();
                model.read_tokens(&mut context, &fixture.tokens(name)?, &fixture.pictures(name)?)?;
                check_logits(&what, &fixture.logits(name)?, context.next_logits(), TOLERANCE);
                let options = GenerateOptions { max_new_tokens: 24, sampling: Sampling::GREEDY, stop: Vec::new() };
                let said = model.generate(&mut context, &options, &mut |_| ControlFlow::Continue(()))?;
                assert_eq!(said.token_ids, ids(answer)?, "{what}");
                changed += usize::from(said.token_ids != fixture.greedy(name)?);
            }
            assert!(changed > 0, "{checkpoint} says the same at {penalty}");
        }
    }
    Ok(())
}

#[test]
fn an_answer_ends_at_an_end_token_or_when_it_is_cancelled() -> Outcome {
    let fixture = Fixture::open("untied")?;
    let model = fixture.model(&exact())?;
    let greedy = fixture.greedy("text")?;
    let mut context = model.start();
    model.read(&mut context, &prompt(&fixture, "text", &model)?)?;
    let start = context.len();
    let options = GenerateOptions { max_new_tokens: 24, sampling: Sampling::GREEDY, stop: vec![greedy[6]] };
    let answer = model.generate(&mut context, &options, &mut |_| ControlFlow::Continue(()))?;
    assert_eq!((answer.finish_reason, answer.token_ids.as_slice()), (FinishReason::Stop, &greedy[..6]));
    context.truncate(start);
    model.read_tokens(&mut context, &fixture.tokens("text")?, &[])?;
    let mut left = 3;
    let answer = model.generate(&mut context, &options, &mut |_| {
        left -= 1;
        if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    assert_eq!((answer.finish_reason, answer.token_ids.as_slice()), (FinishReason::Cancelled, &greedy[..3]));
    Ok(())
}
