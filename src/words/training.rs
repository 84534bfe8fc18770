//! Runs that train a model, in words.

use super::{bytes, count, duration};
use crate::{
    hub::Verdict,
    train::Stage,
    worker::{DryRun, RunRecord},
};

/// What a run would take, a line each: memory, time, pictures.
pub fn dry_run(reckoned: &DryRun) -> Vec<String> {
    let DryRun { estimate, fit } = reckoned;
    let memory = estimate.memory;
    let room = &fit.room;
    let fits = match (fit.verdict, room.free, room.all) {
        (Verdict::Fits, Some(free), _) => format!("fits into {} that are free on {}", bytes(free), room.name),
        (Verdict::Tight, Some(free), _) => {
            format!("{} are free on {}: close other programs, or {}", bytes(free), room.name, estimate.lower)
        }
        (Verdict::TooLarge, _, Some(all)) => {
            format!("{} has {}: {}", room.name, bytes(all), estimate.lower)
        }
        _ => format!("how much {} has is not known", room.name),
    };
    let parts = [
        ("weights", memory.weights),
        ("gradients and moments", memory.optimizer),
        ("a batch on its way", memory.activations),
        ("scores", memory.scores),
    ];
    let parts: Vec<String> = parts.into_iter().map(|(what, size)| format!("{what} {}", bytes(size))).collect();
    let time = match estimate.seconds_left {
        Some(seconds) => format!("Time: about {} are left, at the pace so far.", duration(seconds)),
        None => "Time: not known before the first steps.".to_owned(),
    };
    vec![
        format!("Memory: about {}; {fits}.", bytes(memory.total())),
        format!("Of it {}.", parts.join(", ")),
        time,
        format!(
            "{} pictures to learn in {} steps, {} held back.",
            count(estimate.pictures),
            count(estimate.steps as usize),
            count(estimate.held_back)
        ),
    ]
}

/// A stage's name.
pub fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Reasoning => "Reasoning",
        Stage::Location => "Location",
        Stage::Full => "Full answer",
        Stage::Correction => "Correction",
    }
}

/// What is learned in a stage.
pub fn stage_purpose(stage: Stage) -> &'static str {
    match stage {
        Stage::Reasoning => "The paper's first stage: country and the reasons for it, from pictures with clues.",
        Stage::Location => {
            "The paper's second stage, on top of the first: country and city, best from pictures that can be located."
        }
        Stage::Full => "The question that this program asks: country, city and reasons at once.",
        Stage::Correction => {
            "After the others: a hint follows the answer, right or wrong, and the answer holds against a wrong one."
        }
    }
}

/// How far a run is that lies on the disk.
pub fn run_standing(run: &RunRecord) -> String {
    let Some(state) = &run.state else { return "broken off before its first checkpoint".to_owned() };
    let of = run.steps.map_or_else(String::new, |steps| format!(" of {}", count(steps as usize)));
    let best =
        state.best.map_or_else(String::new, |best| format!(", best loss {:.3} at step {}", best.loss, best.step));
    let stands = if run.is_broken_off() { "stopped at" } else { "done," };
    format!("{stands} step {}{of}{best}", count(state.step as usize))
}
