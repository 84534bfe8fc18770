//! Runs that train a model, in words.

use super::{
    bytes, count,
    data::{cleaned_texts, fault},
    duration,
    grammar::{are, counted},
    kilometres,
    models::lora,
};
use crate::{
    dataset::SourceKind,
    geo::{self, CountryCode},
    hub::Verdict,
    predict::answer::parse,
    state::{Outcome, Probed, Running},
    train::{
        Estimate, LoraTable, Stage, Truth, Validation,
        data::{Fault, SourceLook},
    },
    worker::{DryRun, RunRecord},
};

/// What a run would take, a line each: memory, time, pictures.
pub fn dry_run(reckoned: &DryRun) -> Vec<String> {
    let DryRun { estimate, fit } = reckoned;
    let (takes, memory) = (estimate.memory, &fit.memory);
    let fits = match (fit.verdict, memory.free, memory.all) {
        (Verdict::Fits, Some(free), _) => format!("fits into {} that are free on {}", bytes(free), memory.name),
        (Verdict::Tight, Some(free), _) => {
            format!("{} are free on {}: close other programs, or {}", bytes(free), memory.name, estimate.lower)
        }
        (Verdict::TooLarge, _, Some(all)) => {
            format!("{} has {}: {}", memory.name, bytes(all), estimate.lower)
        }
        _ => format!("how much {} has is not known", memory.name),
    };
    let parts = [
        ("the model", takes.weights),
        ("what it learns", takes.optimizer),
        ("the pictures of a step", takes.activations),
        ("their answers", takes.scores),
    ];
    let parts: Vec<String> = parts.into_iter().map(|(what, size)| format!("{} for {what}", bytes(size))).collect();
    let time = match (estimate.seconds_left, &estimate.earlier) {
        (Some(seconds), Some(earlier)) => format!(
            "Time: about {}, by the pace of the run “{}” ({} with this model, {} a picture): other pictures and whatever else the machine \
             does change it, and looks at held-back pictures come on top.",
            duration(seconds),
            earlier.run,
            counted(earlier.steps as usize, "step"),
            format_args!("{:.2} s", earlier.seconds_per_picture)
        ),
        (Some(seconds), None) => format!("Time: about {} are left, at the pace so far.", duration(seconds)),
        (None, _) => "Time: not known before the first steps.".to_owned(),
    };
    let mut lines = vec![
        format!("Memory: about {}; {fits}.", bytes(takes.total())),
        format!("Of this {}.", parts.join(", ")),
        time,
        format!(
            "{} to learn in {}; {} that {are} held back {are} looked at.",
            counted(estimate.pictures, "picture"),
            counted(estimate.steps as usize, "step"),
            count(estimate.held_back),
            are = are(estimate.held_back)
        ),
    ];
    lines.extend(estimate.adapter.as_ref().map(adapter));
    lines.extend(unmatched(estimate));
    lines.extend(data_findings(estimate));
    lines
}

/// What of the adapters on which a run is laid finds nothing to change in their model.
pub fn unmatched(estimate: &Estimate) -> impl Iterator<Item = String> {
    estimate.on.iter().filter(|on| !on.unmatched.is_empty()).map(lora)
}

/// The adapter that is to learn.
fn adapter(lora: &LoraTable) -> String {
    let LoraTable { rank, alpha, targets, dropout, precision, products, .. } = lora;
    let on = targets.join(", ");
    format!(
        "Adapter: rank {rank}, alpha {alpha}, dropout {dropout}, on {on}, beside weights in {precision} precision, products in \
         {products}."
    )
}

/// What was cleaned out of the data, what the checker found, a line a fault, and where to read more of it; nothing where nothing
/// is wrong.
pub fn data_findings(estimate: &Estimate) -> Vec<String> {
    let faults = &estimate.faults;
    let cleaned = estimate.cleaned.map(|cleaned| format!("In the data: {}.", cleaned_texts(cleaned)));
    let line = |(of, n): &(Fault, usize)| {
        let costs = if of.costs_example() { ", not learned" } else { "" };
        format!("In the data: {}{costs}.", fault(*of, *n))
    };
    let more = (!faults.is_empty()).then(|| "'terrasight dataset check' names them, and says what to do.".to_owned());
    cleaned.into_iter().chain(faults.iter().map(line)).chain(more).collect()
}

/// What a source is.
pub fn source_kind(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::Folder => "A folder of pictures",
        SourceKind::Table => "A table",
        SourceKind::Json => "Records as JSON",
        SourceKind::Parquet => "Records as Parquet",
        SourceKind::Index => "A data set",
    }
}

/// Where the places of a folder's pictures come from: its table, where it has one that says them.
pub fn folder_to_learn_from(table: Option<&str>) -> String {
    match table {
        Some(name) => format!("This folder has {name}, which says where its pictures were taken."),
        None => "Where these pictures were taken is read from their files, where the camera has written it.".to_owned(),
    }
}

/// What there is to learn at a source: "A table: 1,900 pictures". Several conversations can be about one picture.
pub fn source_look(look: &SourceLook) -> String {
    let SourceLook { kind, examples, pictures, .. } = look;
    let of = match examples > pictures {
        true => format!("{} about {}", counted(*examples, "example"), counted(*pictures, "picture")),
        false => counted(*pictures, "picture"),
    };
    format!("{}: {of}", source_kind(*kind))
}

/// What the checker found at a source, in a line; none where nothing is wrong.
pub fn source_findings(look: &SourceLook) -> Option<String> {
    let said = |(of, n): &(Fault, usize)| {
        format!("{}{}", fault(*of, *n), if of.costs_example() { ", not learned" } else { "" })
    };
    let all: Vec<String> = look.faults.iter().map(said).collect();
    (!all.is_empty()).then(|| format!("{}.", all.join("; ")))
}

/// What all sources have together, once there are several and all are known.
pub fn sources_together(looks: &[&SourceLook]) -> String {
    let pictures: usize = looks.iter().map(|look| look.pictures).sum();
    format!("{} from {}", counted(pictures, "picture"), counted(looks.len(), "source"))
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
            "After the others: a hint follows the answer, right or wrong, and the model learns to hear the one and to hold against \
             the other. One picture in eight is not shown."
        }
    }
}

/// How far a run is that lies on the disk.
pub fn run_standing(run: &RunRecord) -> String {
    let Some(state) = &run.state else { return "broken off before its first checkpoint".to_owned() };
    let of = run.steps.map_or_else(String::new, |steps| format!(" of {}", count(steps as usize)));
    let best = state
        .best
        .map_or_else(String::new, |best| format!(", best loss {:.3} at step {}", best.loss, count(best.step as usize)));
    let stands = if run.is_broken_off() { "stopped at" } else { "done," };
    format!("{stands} step {}{of}{best}", count(state.step as usize))
}

/// How far a run of this session is, in a line.
pub fn run_progress(running: &Running) -> String {
    let at = match (&running.latest, &running.plan) {
        (Some(report), _) => format!("step {} of {}", count(report.step as usize), count(report.steps as usize)),
        (None, Some(plan)) => format!("step {} of {}", count(plan.done as usize), count(plan.steps as usize)),
        (None, None) => "opening the model and the data".to_owned(),
    };
    match &running.outcome {
        Some(Outcome::Failed(_)) => format!("failed at {at}"),
        Some(Outcome::Ended(trained)) if trained.step < trained.steps => format!("stopped and saved at {at}"),
        Some(Outcome::Ended(_)) => format!("done, {at}"),
        None if running.is_stopping => format!("saving, {at}"),
        None if running.is_paused => format!("paused at {at}"),
        None => run_doing(running).map_or_else(|| at.clone(), |doing| format!("{at}, {doing}")),
    }
}

/// What a run does between two steps that takes a while, as at its beginning.
fn run_doing(running: &Running) -> Option<&'static str> {
    let plan = running.plan.as_ref()?;
    let step = running.step();
    let comes = |every: u64| step == 0 || step == plan.steps || step.is_multiple_of(every.max(1));
    let is_answered = |probed: &Probed| probed.answers.last().is_some_and(|(at, _)| *at >= step);
    let (looks, probes, config) = (&running.looks, &running.probes, &running.config);
    let shall_look =
        plan.held_back > 0 && comes(config.validation.every) && looks.last().is_none_or(|look| look.step < step);
    if shall_look && !probes.iter().any(is_answered) {
        return Some("looking at the held-back pictures");
    }
    let shall_answer = comes(config.probes.every) && !probes.iter().all(is_answered);
    shall_answer.then_some("answering the same pictures again")
}

/// Of how many pictures a share is no percentage yet.
const FEW: usize = 20;

/// How often the country is right: "4 of 10", and a percentage where there are many.
fn country_right(look: &Validation, digits: usize) -> String {
    let Validation { country_accuracy, pictures, .. } = look;
    match *pictures < FEW {
        true => format!("{:.0} of {pictures}", country_accuracy * *pictures as f64),
        false => format!("{:.digits$} %", 100.0 * country_accuracy),
    }
}

/// A run that goes on, for other pages: "Training run 1: step 3 of 100, about 90 s left".
pub fn run_in_short(running: &Running) -> String {
    let left = running.latest.as_ref().filter(|_| !running.is_paused && !running.is_stopping);
    let left = left.map_or_else(String::new, |report| format!(", about {} left", duration(report.seconds_left)));
    format!("Training {}: {}{left}", running.name(), run_progress(running))
}

/// The figures of a run's last step: loss, rate, pace, time left, memory.
pub fn run_figures(running: &Running) -> Vec<String> {
    let Some(report) = &running.latest else { return Vec::new() };
    let mut figures = vec![
        format!("loss {:.3}", report.loss),
        format!("rate {:.1e}", report.learning_rate),
        format!("{:.1} pictures a second", report.pictures_per_s),
    ];
    if let Some(look) = running.looks.last() {
        figures.push(format!("country right in {}", country_right(look, 0)));
        figures.extend(look.median_km.map(|km| format!("off by {} in the median", kilometres(km))));
    }
    figures.extend(running.memory.map(|memory| format!("{} of memory", bytes(memory))));
    if running.goes_on() {
        figures.push(format!("about {} left", duration(report.seconds_left)));
    }
    figures.extend(running.saved_at.map(|step| format!("saved at step {}", count(step as usize))));
    // A line breaks between figures, not within one.
    figures.into_iter().map(|figure| figure.replace(' ', "\u{a0}")).collect()
}

/// What a user should know of a run.
pub fn run_cautions(running: &Running) -> Vec<String> {
    let mut cautions = Vec::new();
    if running.n_not_followed > 0 {
        let steps = if running.n_not_followed == 1 { "step was" } else { "steps were" };
        let n = count(running.n_not_followed);
        cautions
            .push(format!("{n} {steps} left out, whose loss or gradient was no finite number: a lower rate helps."));
    }
    if let Some((picture, why)) = &running.left_out {
        let pictures = if running.n_left_out == 1 { "picture was" } else { "pictures were" };
        cautions.push(format!("{} {pictures} left out, the last {picture}: {why}.", count(running.n_left_out)));
    }
    cautions
}

/// Country and city as they are.
pub fn truth(truth: &Truth) -> String {
    match truth.city.as_deref() {
        Some(city) if !city.is_empty() => format!("{}, {city}", truth.country),
        _ => truth.country.clone(),
    }
}

/// What a model answered about a place that is known: country and city, each with whether it is right, where that can be said.
pub fn probe_answer(said: &str, truth: &Truth) -> Vec<(String, Option<bool>)> {
    let (answer, _) = parse(said);
    let Some(named) = answer.country else { return vec![(said.trim().to_owned(), Some(false))] };
    let code = |name: &str| geo::country_named(name).map(|country| country.code);
    let country = code(&truth.country);
    let is_right = code(&named).is_some_and(|named| country == Some(named));
    let mut parts = vec![(named, Some(is_right))];
    if let Some(city) = answer.city.filter(|city| !city.is_empty()) {
        let truth = truth.city.as_deref().filter(|city| !city.is_empty());
        let is_right = truth.map(|truth| is_right && is_same_city(&city, truth, country));
        parts.push((city, is_right));
    }
    parts
}

/// Whether two names are of one city of a country.
fn is_same_city(one: &str, other: &str, country: Option<CountryCode>) -> bool {
    let place = |name: &str| Some(geo::places_named(name, country).into_iter().next()?.place.position);
    one.to_lowercase() == other.to_lowercase() || place(one).is_some_and(|one| place(other) == Some(one))
}

/// What a run has changed on held-back pictures, as a table with a head; nothing where that is not known.
pub fn before_and_after(running: &Running) -> Vec<[String; 3]> {
    let Some((before, after)) = running.before_and_after() else { return Vec::new() };
    let head = |step: u64| format!("after step {}", count(step as usize));
    let mut rows = vec![
        ["held-back pictures".to_owned(), head(before.step), head(after.step)],
        ["loss".to_owned(), format!("{:.3}", before.loss), format!("{:.3}", after.loss)],
        ["country right".to_owned(), country_right(before, 1), country_right(after, 1)],
    ];
    if let (Some(before), Some(after)) = (before.median_km, after.median_km) {
        rows.push(["off by, in the median".to_owned(), kilometres(before), kilometres(after)]);
    }
    rows
}

/// The same as text, with the answers about the probes.
pub fn run_report(running: &Running) -> String {
    let mut text = format!("{}: {}\n", running.config.out.display(), run_progress(running));
    for [what, before, after] in before_and_after(running) {
        text += &format!("{what}\t{before}\t{after}\n");
    }
    for probed in &running.probes {
        let said = |answer: Option<&(u64, String)>| answer.map_or_else(String::new, |(_, said)| said.clone());
        let (first, last) = (said(probed.answers.first()), said(probed.answers.last()));
        text += &format!("{} ({})\t{first}\t{last}\n", probed.probe.name, truth(&probed.probe.truth));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        hub::{DeviceMemory, Fit},
        model::ComputeKind,
        train::{Estimate, Lower, TrainMemory},
    };

    #[test]
    fn a_dry_run_counts_as_people_do() {
        let memory =
            TrainMemory { weights: 27_000_000, optimizer: 80_000_000, activations: 888_000_000, scores: 179_000_000 };
        let device = DeviceMemory { name: "CPU".to_owned(), kind: ComputeKind::Cpu, all: None, free: None };
        let said = |pictures, held_back, line| {
            let estimate = Estimate {
                memory,
                pictures,
                held_back,
                steps: pictures as u64,
                done: 0,
                seconds_left: None,
                earlier: None,
                lower: Lower::Batch,
                adapter: None,
                on: Vec::new(),
                faults: Vec::new(),
                cleaned: None,
            };
            dry_run(&DryRun { estimate, fit: Fit::of(None, &device) }).swap_remove(line)
        };
        let parts = "Of this 27 MB for the model, 80 MB for what it learns, 888 MB for the pictures of a step, 179 MB for their answers.";
        assert_eq!(said(1, 1, 1), parts);
        assert_eq!(said(1, 1, 3), "1 picture to learn in 1 step; 1 that is held back is looked at.");
        assert_eq!(said(2000, 0, 3), "2,000 pictures to learn in 2,000 steps; 0 that are held back are looked at.");
    }

    #[test]
    fn of_an_answer_country_and_city_are_judged_apart() {
        let truth = Truth { country: "Japan".to_owned(), city: Some("Yokohama".to_owned()), reasons: Vec::new() };
        let judged =
            |said: &str| probe_answer(said, &truth).into_iter().map(|(_, is_right)| is_right).collect::<Vec<_>>();
        assert_eq!(judged("{'country': 'Japan', 'city': 'Sendai'}"), [Some(true), Some(false)]);
        assert_eq!(judged("{'country': 'Japan', 'city': 'yokohama'}"), [Some(true), Some(true)]);
        assert_eq!(judged("{'country': 'Chile', 'city': 'Yokohama'}"), [Some(false), Some(false)]);
        assert_eq!(judged("{'country': 'Japan'}"), [Some(true)]);
        assert_eq!(judged("nowhere"), [Some(false)]);
        let somewhere = Truth { city: None, ..truth };
        assert_eq!(probe_answer("{'country': 'Japan', 'city': 'Sendai'}", &somewhere)[1], ("Sendai".to_owned(), None));
    }

    #[test]
    fn few_pictures_are_counted_and_many_are_a_percentage() {
        let look = |pictures| Validation { step: 4, loss: 1.0, country_accuracy: 1.0, median_km: None, pictures };
        assert_eq!(
            (country_right(&look(3), 0), country_right(&look(64), 1)),
            ("3 of 3".to_owned(), "100.0 %".to_owned())
        );
    }

    #[test]
    fn a_source_says_what_it_is_how_much_there_is_and_what_is_wrong() {
        let faults = vec![(Fault::MissingPicture, 3), (Fault::AtSea, 1)];
        let table = SourceLook { kind: SourceKind::Table, examples: 1900, pictures: 1900, unusable: 3, faults };
        assert_eq!(source_look(&table), "A table: 1,900 pictures");
        assert_eq!(
            source_findings(&table).as_deref(),
            Some("3 examples whose picture is not there, not learned; 1 example at sea.")
        );
        let json = SourceLook { kind: SourceKind::Json, examples: 3, pictures: 1, unusable: 0, faults: Vec::new() };
        assert_eq!(source_look(&json), "Records as JSON: 3 examples about 1 picture");
        assert_eq!(source_findings(&json), None);
        assert_eq!(sources_together(&[&table, &json]), "1,901 pictures from 2 sources");
        assert_eq!(sources_together(&[&json]), "1 picture from 1 source");
    }
}
