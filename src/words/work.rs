//! How the work on pictures stands, what is being done, and why something could not be.

use super::{
    percent,
    places::{around, headline_in_short},
};
use crate::{
    state::{Entry, ModelState, NoModel, NoPixels, NotLocated, NotOpen, UnloadAfter, Unloading, Work},
    worker::{JobStage, ModelSource},
};

/// What a job is doing, for a progress line; none before the engine has taken it up.
pub fn stage(stage: Option<JobStage>) -> &'static str {
    match stage {
        None => "starting",
        Some(JobStage::OpeningPictures) => "opening pictures",
        Some(JobStage::ReadingModel) => "reading the model",
        Some(JobStage::Asking) => "waiting for the server",
        Some(JobStage::ReadingSigns) => "reading the signs",
        Some(JobStage::Segmenting) => "weighing what can be seen",
        Some(JobStage::Seeing) => "looking at the picture",
        Some(JobStage::Reasoning) => "reasoning",
        Some(JobStage::Weighing) => "weighing the countries",
    }
}

/// How the work on a picture stands, in a sentence.
pub fn work(entry: &Entry) -> String {
    if let Err(why) = &entry.picture {
        return not_open(why);
    }
    match entry.doing() {
        Work::Failed(why) => not_located(&entry.name, why),
        Work::Idle => match entry.found().map(|found| (&found.finding, found.finding.candidates.first())) {
            Some((finding, Some(first))) if finding.is_located() => {
                let share = finding.countries.first().filter(|_| finding.is_wide());
                let probability = share.map_or(first.probability, |share| share.probability);
                let place = headline_in_short(finding).filter(|_| finding.is_wide()).unwrap_or_else(|| around(first));
                format!("located {place} ({})", percent(probability))
            }
            Some(_) | None => work_in_short(entry),
        },
        Work::Waiting | Work::Running(_) | Work::Cancelled => work_in_short(entry),
    }
}

/// How the work on a picture stands, in a word or two.
pub fn work_in_short(entry: &Entry) -> String {
    match &entry.picture {
        Err(NotOpen::Returning) => return "opening".to_owned(),
        Err(NotOpen::NotReturned | NotOpen::Failed(_)) => return "not opened".to_owned(),
        Ok(_) => {}
    }
    match entry.doing() {
        Work::Waiting => "waiting".to_owned(),
        Work::Running(progress) => stage(progress.stage).to_owned(),
        Work::Failed(_) => "failed".to_owned(),
        Work::Cancelled if entry.found().is_none() => "stopped".to_owned(),
        Work::Idle | Work::Cancelled => match entry.found() {
            Some(found) => headline_in_short(&found.finding).unwrap_or_else(|| without_place(entry)),
            None => "not located".to_owned(),
        },
    }
}

fn without_place(entry: &Entry) -> String {
    let says = entry.found().is_some_and(|found| found.finding.picture.metadata.position.is_some());
    if says { "place of its file" } else { "no place given" }.to_owned()
}

/// Why a place in the film strip has no picture.
pub fn not_open(why: &NotOpen) -> String {
    match why {
        NotOpen::Returning => "It is being opened.".to_owned(),
        NotOpen::NotReturned => "Its file was not opened again; open it once more to see it.".to_owned(),
        NotOpen::Failed(failure) => failure.to_string(),
    }
}

/// Why the pixels of the picture of this name are not to be had.
pub fn no_pixels(name: &str, why: &NoPixels) -> String {
    match why {
        NoPixels::NoMemory => format!("{name}: there is not enough memory for its pixels; save it smaller"),
        NoPixels::Failed(failure) => failure.to_string(),
    }
}

/// Why the picture of this name was not located.
pub fn not_located(name: &str, why: &NotLocated) -> String {
    match why {
        NotLocated::NoPixels(why) => no_pixels(name, why),
        NotLocated::NoModel(why) => no_model(why),
        NotLocated::Failed(failure) => failure.to_string(),
    }
}

/// Why there is no model.
pub fn no_model(why: &NoModel) -> String {
    match why {
        NoModel::Failed(failure) => failure.to_string(),
        NoModel::Stopped => "Opening the model was stopped.".to_owned(),
    }
}

/// That a model's memory was given back, and why.
pub fn unloaded(why: Unloading) -> String {
    match why {
        Unloading::Unneeded(1) => "unloaded after a minute without work".to_owned(),
        Unloading::Unneeded(minutes) => format!("unloaded after {minutes} minutes without work"),
        Unloading::Asked => "unloaded".to_owned(),
        Unloading::GaveWay => "unloaded for another model".to_owned(),
    }
}

/// When it is given back.
pub fn unload_after(after: UnloadAfter) -> String {
    match after.minutes {
        Some(1) => "after a minute without work".to_owned(),
        Some(minutes) => format!("after {minutes} minutes without work"),
        None => "never".to_owned(),
    }
}

/// Where the model that was chosen stands, for the status line.
pub fn model(model: &ModelState, chosen: &ModelSource) -> String {
    match model {
        ModelState::NotLoaded => "no model read yet".to_owned(),
        ModelState::Loading { .. } if chosen.is_elsewhere() => "asking the server for its model".to_owned(),
        ModelState::Loading { .. } => "reading the model".to_owned(),
        ModelState::Ready(model) if chosen.is_elsewhere() => model.name.clone(),
        ModelState::Ready(model) => format!("{} on {}, {}", model.name, model.device, model.precision),
        ModelState::Unloaded { model, why } => format!("{}, {}", model.name, unloaded(*why)),
        ModelState::Failed(_) => "no model: see the Model menu".to_owned(),
    }
}
