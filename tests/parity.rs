//! The model against transformers: the fixtures of `tests/reference` and what they must come out as.

mod fixtures;

use fixtures::{CHECKPOINTS, Fixture, Outcome, PROMPTS, TOLERANCE, argmax, check_logits, ids};

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
