//! A second turn about a picture against the first, on the random Qwen2.5-VL of 0.5B shape: what keeping the vision tower's
//! work and the keys and values of all that was read is worth.

use std::path::Path;

use serde_json::{Value, json};

use crate::model::{
    Context, DeviceChoice, Prompt, VisionLanguageModel, Weighty as _,
    chat::{Content, Message, Role},
    device,
};

use super::{Scratch, ask, model::question, numbers, summary, timed};

/// Tokens of the answer between the two questions.
const ANSWER: usize = 16;
/// The second question; a byte is a token here.
const SECOND: &str = "Which side of the road do they drive on, and which clue matters most?";

/// In a process of its own, on a checkpoint written for it.
pub(super) fn measure(program: &Path, device: DeviceChoice, repetitions: usize) -> Result<Value, String> {
    let folder = Scratch::new("conversation")?;
    let path = folder.path().display().to_string();
    ask(program, "checkpoint", std::slice::from_ref(&path))?;
    let answer = ask(program, "conversation", &[path, device.to_string(), repetitions.to_string()])?;
    let rounds = answer["rounds"].as_array().map_or(&[] as &[Value], Vec::as_slice);
    let of = |name: &str| summary(&numbers(rounds, name));
    Ok(json!({
        "what": "seeded random Qwen2.5-VL of 0.5B shape; seconds from a question to the scores of its answer's first token: \
                 the first about a new picture, the second after the answer with all that was read kept, and the same \
                 second with the vision tower's work alone kept",
        "device": answer["device"],
        "precision": answer["precision"],
        "first_turn_tokens": answer["first_turn_tokens"],
        "second_turn_tokens": answer["second_turn_tokens"],
        "second_turn_tokens_kept": answer["second_turn_tokens_kept"],
        "second_turn_tokens_read": answer["second_turn_tokens_read"],
        "first_turn_seconds": of("first"),
        "second_turn_seconds": of("second"),
        "second_turn_seconds_without_cache": of("second_without_cache"),
        "second_over_first": of("second_over_first"),
        "first_turn_processor_seconds": of("first_processor"),
        "second_turn_processor_seconds": of("second_processor"),
        "second_over_first_by_processor_time": of("over_by_processor"),
        "kept_bytes": answer["kept_bytes"],
    }))
}

/// The rounds, without a first one that warms caches up.
pub(super) fn inside(arguments: &[String]) -> Result<Value, String> {
    let [folder, device, repetitions] = arguments else {
        return Err("folder, device and repetitions are needed".to_owned());
    };
    let choice: DeviceChoice = device.parse().map_err(|error| format!("{error}"))?;
    let repetitions: usize = repetitions.parse().map_err(|error| format!("{repetitions}: {error}"))?;
    let device = device::open(choice).map_err(|error| error.to_string())?;
    let model = VisionLanguageModel::open(Path::new(folder), &device).map_err(|error| error.to_string())?;
    let read = |context: &mut Context, prompt: &Prompt| {
        timed(|| model.read(context, prompt).map_err(|error| error.to_string()))
    };
    let mut rounds = Vec::new();
    let (mut tokens, mut kept_bytes) = ([0; 3], 0);
    for round in 0..=repetitions {
        let mut prompt = question(&model, round)?;
        let mut context = model.start();
        let (stats, first, first_processor) = read(&mut context, &prompt)?;
        tokens[0] = stats.prompt_tokens;
        let said = answer(&model, &mut context)?;
        let turns = [(Role::Assistant, Content::Answer(said)), (Role::User, Content::Text(SECOND.to_owned()))];
        prompt.messages.extend(turns.map(|(role, content)| Message { role, content: vec![content] }));
        let known = context.len();
        let (stats, second, second_processor) = read(&mut context, &prompt)?;
        if stats.reused_tokens != known {
            return Err(format!("of {known} tokens that were kept only {} were not read again", stats.reused_tokens));
        }
        (tokens[1], tokens[2]) = (stats.prompt_tokens, stats.reused_tokens);
        kept_bytes = context.bytes();
        let (_, without_cache, _) = read(&mut model.start(), &prompt)?;
        rounds.push(json!({
            "first": first, "second": second, "second_without_cache": without_cache, "second_over_first": second / first,
            "first_processor": first_processor, "second_processor": second_processor,
            "over_by_processor": second_processor.zip(first_processor).map(|(second, first)| second / first),
        }));
    }
    rounds.remove(0);
    Ok(json!({
        "device": device.name, "precision": model.facts().precision, "rounds": rounds, "kept_bytes": kept_bytes,
        "first_turn_tokens": tokens[0], "second_turn_tokens": tokens[1], "second_turn_tokens_kept": tokens[2],
        "second_turn_tokens_read": tokens[1] - tokens[2],
    }))
}

/// Greedy tokens, as an answer is generated: the last is not read any more.
fn answer(model: &VisionLanguageModel, context: &mut Context) -> Result<Vec<u32>, String> {
    let mut said = Vec::new();
    while said.len() < ANSWER {
        let token = context.best().ok_or("no token to go on with")?;
        said.push(token);
        if said.len() < ANSWER {
            model.push(context, token).map_err(|error| error.to_string())?;
        }
    }
    Ok(said)
}
