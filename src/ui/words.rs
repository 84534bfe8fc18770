//! The words of the window that more than one panel says: places, probabilities, distances, and how work stands.

use std::sync::Arc;

use egui::{
    Color32, FontId, Galley, Ui,
    text::{LayoutJob, TextFormat, TextWrapping},
};

pub use crate::words::{coordinates, count, duration, heading, kilometres, metres, percent};
use crate::{
    predict::finding::{Candidate, Finding, ProbabilityKind},
    state::{Entry, Work},
};

/// A place from the smallest part to the country: "Lyon, Auvergne-Rhône-Alpes, France".
pub fn place(candidate: &Candidate) -> String {
    let parts = [&candidate.city, &candidate.region, &candidate.country];
    let mut named: Vec<&str> = parts.into_iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    named.dedup();
    if named.is_empty() { coordinates(candidate.lat, candidate.lon) } else { named.join(", ") }
}

/// A place in as few words as name it: "Lyon, France".
pub fn place_in_short(candidate: &Candidate) -> String {
    match (candidate.city.as_str(), candidate.country.as_str()) {
        ("", "") => coordinates(candidate.lat, candidate.lon),
        ("", name) | (name, "") => name.to_owned(),
        (city, country) if city == country => country.to_owned(),
        (city, country) => format!("{city}, {country}"),
    }
}

/// A candidate stands for all that lies around it: "around Lyon, France". Of a country alone it is the country.
pub fn around(candidate: &Candidate) -> String {
    let place = place_in_short(candidate);
    if candidate.city.is_empty() && !candidate.country.is_empty() { place } else { format!("around {place}") }
}

/// Below this the likeliest place is only one of many.
const LEAST_CLEAR: f64 = 0.1;

/// The likeliest place as a headline, which claims no more than it may.
pub fn headline(candidate: &Candidate) -> String {
    let place = around(candidate);
    let mut letters = place.chars();
    let capital = || letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect());
    if candidate.probability < LEAST_CLEAR { format!("Perhaps {place}") } else { capital() }
}

/// What the numbers called probability are worth.
pub fn probability_kind(finding: &Finding) -> &'static str {
    match finding.probability_kind {
        ProbabilityKind::Raw => "Percentages are raw scores: how often they are right has not been measured.",
        ProbabilityKind::Edited => "You changed the evidence: percentages are scores, not measured probabilities.",
        ProbabilityKind::Calibrated => "Percentages are calibrated: of answers given 70 %, about 70 in 100 are right.",
    }
}

/// What the user has changed of what was found; none where nothing.
pub fn changed(finding: &Finding) -> Option<String> {
    let n_struck = finding.evidence.iter().filter(|evidence| !evidence.on).count();
    match (finding.probability_kind, n_struck) {
        (ProbabilityKind::Raw | ProbabilityKind::Calibrated, _) => None,
        (ProbabilityKind::Edited, 0) => Some("Changed by you: evidence counts for more or less.".to_owned()),
        (ProbabilityKind::Edited, 1) => Some("Changed by you: 1 piece of evidence is struck.".to_owned()),
        (ProbabilityKind::Edited, n) => Some(format!("Changed by you: {} pieces of evidence are struck.", count(n))),
    }
}

/// How the work on a picture stands, in a sentence.
pub fn work(entry: &Entry) -> String {
    if let Err(message) = &entry.picture {
        return message.clone();
    }
    match &entry.work {
        Work::Failed(message) => message.clone(),
        Work::Idle => match entry.found().map(|found| found.finding.candidates.first()) {
            Some(Some(first)) => format!("located {} ({})", around(first), percent(first.probability)),
            Some(None) => "no place given".to_owned(),
            None => "not located".to_owned(),
        },
        Work::Waiting | Work::Running(_) | Work::Cancelled => work_in_short(entry),
    }
}

/// How the work on a picture stands, in a word or two.
pub fn work_in_short(entry: &Entry) -> String {
    if entry.picture.is_err() {
        return "not opened".to_owned();
    }
    match &entry.work {
        Work::Waiting => "waiting".to_owned(),
        Work::Running(progress) => progress.stage.map_or_else(|| "starting".to_owned(), |stage| stage.to_string()),
        Work::Failed(_) => "failed".to_owned(),
        Work::Cancelled if entry.found().is_none() => "stopped".to_owned(),
        Work::Idle | Work::Cancelled => match entry.found().map(|found| found.finding.candidates.first()) {
            Some(Some(first)) if first.probability < LEAST_CLEAR => format!("{}?", place_in_short(first)),
            Some(Some(first)) => place_in_short(first),
            Some(None) => "no place given".to_owned(),
            None => "not located".to_owned(),
        },
    }
}

/// One line of text, cut with an ellipsis where it would grow wider.
pub fn elided(ui: &Ui, text: String, font: FontId, color: Color32, width: f32) -> Arc<Galley> {
    let mut job = LayoutJob::single_section(text, TextFormat::simple(font, color));
    job.wrap = TextWrapping::truncate_at_width(width);
    ui.painter().layout_job(job)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(city: &str, region: &str, country: &str) -> Candidate {
        Candidate {
            within_100_km: 0.0,
            rank: 1,
            lat: -33.45,
            lon: -70.66,
            probability: 0.3,
            country: country.to_owned(),
            country_code: None,
            region: region.to_owned(),
            city: city.to_owned(),
            carried_by: Vec::new(),
        }
    }

    #[test]
    fn places_are_named_by_what_is_known() {
        assert_eq!(place(&candidate("Lyon", "Rhône", "France")), "Lyon, Rhône, France");
        assert_eq!(place_in_short(&candidate("Singapore", "", "Singapore")), "Singapore");
        assert_eq!(place_in_short(&candidate("", "x", "Chile")), "Chile");
        assert_eq!(place(&candidate("", "", "")), "33.4500° S, 70.6600° W");
    }

    #[test]
    fn a_faint_guess_is_called_one() {
        assert_eq!(headline(&candidate("Lyon", "", "France")), "Around Lyon, France");
        assert_eq!(headline(&candidate("", "", "France")), "France");
        let faint = Candidate { probability: 0.04, ..candidate("Lyon", "", "France") };
        assert_eq!(headline(&faint), "Perhaps around Lyon, France");
    }
}
