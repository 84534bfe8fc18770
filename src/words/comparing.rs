//! What two models have found of one picture, held against each other.

use super::{count, duration, kilometres, place_in_short};
use crate::{
    model::{LoraChoice, folder_name},
    predict::finding::{Candidate, Finding, ModelUsed},
    state::{Choice, Origin},
    worker::ModelSource,
};

/// Nearer than this, two places are one.
const SAME_KM: f64 = 1.0;

/// Whether two findings of one picture, each by the model of this name, agree: "Both say France; 12 km apart."
pub fn agreement(first: (&str, &Finding), second: (&str, &Finding)) -> String {
    let likeliest = |finding: &Finding| finding.candidates.first().cloned();
    match (likeliest(first.1), likeliest(second.1)) {
        (None, None) => "Neither gives a place.".to_owned(),
        (Some(here), None) => format!("{} says {}; {} gives no place.", first.0, land(&here), second.0),
        (None, Some(there)) => format!("{} gives no place; {} says {}.", first.0, second.0, land(&there)),
        (Some(here), Some(there)) if land(&here) == land(&there) => {
            format!("Both say {}{}.", land(&here), apart(&here, &there))
        }
        (Some(here), Some(there)) => {
            format!("{} says {}, {} says {}{}.", first.0, land(&here), second.0, land(&there), apart(&here, &there))
        }
    }
}

/// The country of a place; at sea the place itself.
fn land(candidate: &Candidate) -> String {
    if candidate.country.is_empty() { place_in_short(candidate) } else { candidate.country.clone() }
}

fn apart(here: &Candidate, there: &Candidate) -> String {
    match here.position().zip(there.position()).map(|(here, there)| here.distance_km(there)) {
        Some(km) if km < SAME_KM => ", at the same place".to_owned(),
        Some(km) => format!("; {} apart", kilometres(km)),
        None => String::new(),
    }
}

/// How far a finding's likeliest place is from where the picture was taken, as its data set's label or the picture file itself
/// says.
pub fn off(km: f64, is_label: bool) -> String {
    let truth = if is_label { "its label in the data set" } else { "the position in its file" };
    format!("{} from {truth}", kilometres(km))
}

/// How long a model took for a picture.
pub fn took(seconds: f64) -> String {
    if seconds < 9.95 { format!("took {seconds:.1} s") } else { format!("took {}", duration(seconds)) }
}

/// A model before it was open, by where it comes from.
pub fn model_source(source: &ModelSource) -> String {
    match source {
        ModelSource::Starter => "starter".to_owned(),
        ModelSource::Server(server) => server.host(),
        ModelSource::Directory(folder) => folder_name(folder),
        ModelSource::Adapted(_) => {
            let names = source.loras().iter().map(LoraChoice::name);
            names.fold(model_source(source.base()), |name, lora| format!("{name} + {lora}"))
        }
    }
}

/// A model that can be chosen, by its own name; what is shipped has this one.
pub fn choice(choice: &Choice, shipped: &str) -> String {
    match &choice.origin {
        Origin::Shipped => shipped.to_owned(),
        Origin::Shelved(name) => name.clone(),
        Origin::Trained(_) | Origin::Elsewhere => model_source(&choice.source),
    }
}

/// What is not in the name of a model that can be chosen: after how many steps it was kept, and where it lies.
pub fn choice_in_full(choice: &Choice) -> Option<String> {
    let mut lines: Vec<String> = choice.source.parts().map(|part| part.display().to_string()).collect();
    if let Origin::Trained(step) = choice.origin {
        lines.insert(0, format!("Trained here, as it was after step {}", count(step as usize)));
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// The model that gave an answer, with what was laid on it: "GLOBE + run 1".
pub fn model_used(model: &ModelUsed) -> String {
    let names = model.adapters.iter().map(|adapter| adapter.split(" sha256:").next().unwrap_or_default());
    names.fold(model.name.clone(), |name, lora| format!("{name} + {lora}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_that_answered_is_named_with_what_was_laid_on_it() {
        let adapters = vec!["run 1 sha256:ab".to_owned(), "run 2 sha256:cd at 50 %".to_owned()];
        let model = ModelUsed { name: "GLOBE".to_owned(), adapters, ..ModelUsed::default() };
        assert_eq!(model_used(&model), "GLOBE + run 1 + run 2");
    }

    fn finding(place: Option<(f64, f64, &str)>) -> Finding {
        let candidate = |(lat, lon, country): (f64, f64, &str)| Candidate {
            rank: 1,
            lat,
            lon,
            probability: 0.5,
            within_100_km: 0.1,
            country: country.to_owned(),
            country_code: None,
            region: String::new(),
            city: String::new(),
            carried_by: Vec::new(),
            carriers: Vec::new(),
            change: None,
        };
        Finding { candidates: place.into_iter().map(candidate).collect(), ..Finding::default() }
    }

    #[test]
    fn it_is_said_where_two_findings_agree_and_how_far_apart_they_are() {
        let said = |here, there| agreement(("A", &finding(here)), ("B", &finding(there)));
        let (paris, lyon) = (Some((48.86, 2.35, "France")), Some((45.76, 4.84, "France")));
        assert_eq!(said(paris, lyon), "Both say France; 392 km apart.");
        assert_eq!(said(paris, paris), "Both say France, at the same place.");
        assert_eq!(said(paris, Some((-33.45, -70.66, "Chile"))), "A says France, B says Chile; 11,648 km apart.");
        assert_eq!(said(None, lyon), "A gives no place; B says France.");
        assert_eq!(said(lyon, None), "A says France; B gives no place.");
        assert_eq!(said(None, None), "Neither gives a place.");
        let at_sea = Some((0.0, -30.0, ""));
        assert_eq!(said(at_sea, at_sea), "Both say 0.0000° N, 30.0000° W, at the same place.");
    }

    #[test]
    fn times_and_distances_are_named() {
        assert_eq!([took(3.21), took(240.0)], ["took 3.2 s", "took 4 min"]);
        assert_eq!(off(34.0, true), "34 km from its label in the data set");
        assert_eq!(off(0.4, false), "0.4 km from the position in its file");
    }
}
