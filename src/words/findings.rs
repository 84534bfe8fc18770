//! What must be known beside a finding, what its numbers are worth, and what the user has changed of it.

use super::{
    contradiction::contradiction,
    count,
    evidence::statement,
    file_problem,
    grammar::listed,
    kilometres,
    models::prompt_not_read,
    percent,
    places::{country_name, parts, some_countries, whereabouts},
};
use crate::predict::{
    FindingProblem,
    answer::Problem,
    calibration::{CalibratedOn, Kind},
    finding::{EvidenceKind, Finding, ModelUsed, ProbabilityKind},
    statement::{CountryShare, Statement},
};

/// Why a finding has no candidates, in a few words. What the file says of its place stands beside it.
pub fn no_place(finding: &Finding) -> &'static str {
    match (finding.withheld, finding.picture.metadata.position) {
        (Some(_), Some(_)) => "Only the file says where",
        (Some(_), None) => "No place is given",
        (None, _) => "No place found",
    }
}

/// The same in sentences: where the model was not asked, with what could tell of a place.
pub fn no_place_in_full(finding: &Finding) -> String {
    let why = finding.withheld.map(|_| format!(" {}", rests_on(finding)));
    format!("{}.{}", no_place(finding), why.unwrap_or_default())
}

/// Who answered and how it was asked: "starter as f16 on the CPU, seed 0, signs not read"; of a model that was not asked nothing.
pub fn answered_by(finding: &Finding) -> String {
    let ModelUsed { name, device, precision, seed, .. } = &finding.model;
    let form = if precision.is_empty() { String::new() } else { format!(" as {precision}") };
    let signs = if finding.settings.reads_signs == Some(false) { ", signs not read" } else { "" };
    if finding.withheld.is_some() {
        return format!("no model asked; read on {device}{signs}");
    }
    format!("{name}{form} on {device}, seed {seed}{signs}")
}

/// A sentence or two for what must be known beside a finding.
pub fn problem(problem: &FindingProblem) -> String {
    match problem {
        FindingProblem::Contradiction { file, km, city, country } => format!(
            "The file's position contradicts the picture: it gives {}, {} from where the picture itself points, {}.",
            whereabouts(file),
            kilometres(*km),
            parts([city, country])
        ),
        FindingProblem::PassedOver(said) => passed_over(said),
        FindingProblem::Clash { counted, left_out } => clash(counted, left_out),
        FindingProblem::AtOdds(both) => contradiction(both),
        FindingProblem::NotMatchedByMeaning(cause) => {
            format!("The model's reasons were matched to clues by their words alone: {cause}")
        }
        FindingProblem::SignsNotRead(cause) => format!("The signs could not be read: {cause}"),
        FindingProblem::Withheld => "The model was not asked: it knows drawn streets only, and this picture is none. \
                                     Choose a model for photographs."
            .to_owned(),
        FindingProblem::MadeUp => {
            "This answer is made up: the model knows drawn streets only, and this picture is none.".to_owned()
        }
        FindingProblem::SentTo(host) => format!("The picture was sent to {host}, whose model answered."),
        FindingProblem::NoCountryScores(host) => format!(
            "{host} tells no probabilities of words: only the country that it names is known, and not how likely others are."
        ),
        FindingProblem::Caution(text) | FindingProblem::Quoted(text) => text.clone(),
        FindingProblem::PromptNotRead(not_read) => prompt_not_read(not_read),
        FindingProblem::FewCountries(mass) => format!(
            "The model does not say where it was: of all that it might have written for the country, names of countries are {}.",
            percent(*mass)
        ),
        FindingProblem::UnknownCountry(name) => format!("No country is called '{name}'; the name was not used."),
        FindingProblem::TextAgainstScores { named, preferred } => format!(
            "The model's text names {}, but scoring every country it prefers {}.",
            weighed(*named),
            weighed(*preferred)
        ),
        FindingProblem::CityElsewhere { city, country, known_in } => format!(
            "The model names {city} together with {}, but a town of that name is known in {} only.",
            country_name(*country),
            country_name(*known_in)
        ),
        FindingProblem::Region { name, countries } => {
            format!(
                "The model names {name}, a part of {}: no town of that name is looked for.",
                some_countries(countries)
            )
        }
        FindingProblem::UnknownCity { city, country: Some(country) } => {
            format!("No town called '{city}' is known in {}; the name was not used.", country_name(*country))
        }
        FindingProblem::UnknownCity { city, country: None } => {
            format!("No town called '{city}' is known; the name was not used.")
        }
        FindingProblem::Answer(problem) => answer_problem(*problem).to_owned(),
        FindingProblem::File(problem) => file_problem(problem),
        FindingProblem::CalibrationNotRead { file, cause } => format!(
            "The model's calibration was not used: {file} cannot be read ({cause}). Take it anew with \
             'terrasight calibrate', or delete the file."
        ),
        FindingProblem::LocatabilityWithheld => {
            "It is not said how locatable the picture is: the segmenter knows drawn streets only. Choose one for \
             photographs, such as SegFormer or MaskFormer."
                .to_owned()
        }
        FindingProblem::LocatabilityFailed(cause) => {
            format!("How locatable the picture is could not be said: {cause}")
        }
    }
}

/// The same in as few words as warn of it beside the answer.
pub fn problem_in_short(said: &FindingProblem) -> String {
    match said {
        FindingProblem::Contradiction { km, .. } => {
            format!("The file's position is {} from where the picture points.", kilometres(*km))
        }
        other => problem(other),
    }
}

fn passed_over(said: &Statement) -> String {
    format!("This was not counted, because it leaves no place that the rest allows: {}", statement(said))
}

/// All pieces that rule each other out, the one that was left out last.
fn clash(counted: &[Statement], left_out: &Statement) -> String {
    let said: Vec<String> = counted.iter().map(statement).collect();
    let (said, left_out_said) = (said.join(" "), statement(left_out));
    match counted.len() {
        // As a session kept it in which one alone was named.
        0 => passed_over(left_out),
        1 => format!(
            "Two pieces of evidence rule each other out. This one counts: {said} This one was left out: {left_out_said}"
        ),
        n => format!(
            "{} pieces of evidence rule each other out together. These count: {said} This one was left out: \
             {left_out_said}",
            if n == 2 { "Three".to_owned() } else { count(n + 1) }
        ),
    }
}

fn answer_problem(problem: Problem) -> &'static str {
    match problem {
        Problem::Empty => "The model wrote nothing.",
        Problem::CutOff => {
            "The model's answer breaks off; what was written before was read. Where it had not finished thinking, '--max-new-tokens' of \
             'terrasight locate' gives it more room."
        }
        Problem::Prose => "The model did not answer in the form asked for; its sentences were searched for a place.",
        Problem::Described => {
            "The model did not say where the picture was taken; the place is the one that it names where it describes the picture."
        }
        Problem::TooLong => "The model's text was very long; only its end was read.",
        Problem::Undecided => {
            "The model did not answer in the form asked for; its sentences speak of countries and conclude on none, and what is \
             only mentioned is no answer."
        }
        Problem::Several => "The model named several countries and chose none of them.",
        Problem::NoCountry => "The model named no country.",
        Problem::NoCity => "The model named no city.",
        Problem::NoReasons => "The model gave no reasons.",
    }
}

/// "France (34 %)".
fn weighed(share: CountryShare) -> String {
    format!("{} ({})", country_name(share.country_code), percent(share.probability))
}

/// Where the model was not asked: what the place rests on all the same, or what could tell of one.
pub fn rests_on(finding: &Finding) -> String {
    let counts = |kind: EvidenceKind| {
        let mut of_kind = finding.evidence.iter().filter(|evidence| evidence.kind == kind);
        of_kind.any(|evidence| evidence.weight() > 0.0)
    };
    let grounds = [
        (EvidenceKind::Sign, "signs in the picture"),
        (EvidenceKind::MetadataGps, "the file's position"),
        (EvidenceKind::Clue, "clues in the picture"),
        (EvidenceKind::Hint, "what you said"),
        (EvidenceKind::Region, "areas that you gave"),
    ];
    let grounds: Vec<&str> = grounds.into_iter().filter(|(kind, _)| counts(*kind)).map(|(_, name)| name).collect();
    let grounds = listed(&grounds, "and");
    let more = "What you know of it can be added as evidence.";
    match (finding.candidates.is_empty(), grounds.as_str()) {
        (true, "") => {
            format!("The model was not asked, and nothing that was read in the picture tells of its place. {more}")
        }
        (true, grounds) => format!("The model was not asked, and no place follows from {grounds}. {more}"),
        (false, "") => "The model was not asked: the places are only those where people live.".to_owned(),
        (false, grounds) => format!("The model was not asked: the places rest on {grounds}."),
    }
}

/// What the numbers called probability are worth.
pub fn probability_kind(finding: &Finding) -> String {
    match (finding.probability_kind, finding.calibrated_on) {
        (ProbabilityKind::Raw, _) => {
            "Percentages are raw scores: how often they are right has not been measured.".to_owned()
        }
        (ProbabilityKind::Edited, _) => {
            "You changed the evidence: percentages are scores, not measured probabilities.".to_owned()
        }
        (ProbabilityKind::Calibrated, None) => {
            "Countries are calibrated: of those given 70 %, about 70 in 100 are right.".to_owned()
        }
        (ProbabilityKind::Calibrated, Some(CalibratedOn { n_cases, kind, with_signs, .. })) => {
            let (pictures, where_it_holds) = match kind {
                Kind::DrawnStreets => ("drawn streets", "not on photographs"),
                Kind::Photographs => ("photographs", "they hold for others of their kind"),
            };
            let signs = if with_signs { " with their signs" } else { "" };
            format!(
                "Countries, areas and \"within 100 km\" are calibrated on {} {pictures}{signs}; {where_it_holds}. \
                 Percentages of towns are scores.",
                count(n_cases)
            )
        }
    }
}

/// What the colours on the map stand for.
pub fn surface_scale(kind: ProbabilityKind) -> &'static str {
    match kind {
        ProbabilityKind::Raw | ProbabilityKind::Edited => "raw score, low to high",
        ProbabilityKind::Calibrated => "probability, low to high",
    }
}

/// What the user has changed of what was found; none where nothing.
pub fn changed(finding: &Finding) -> Option<String> {
    let n_struck = finding.evidence.iter().filter(|evidence| !evidence.on).count();
    match (finding.probability_kind, n_struck) {
        (ProbabilityKind::Raw | ProbabilityKind::Calibrated, _) => None,
        (ProbabilityKind::Edited, 0) => {
            Some("Changed by you: evidence was added, corrected or weighed anew.".to_owned())
        }
        (ProbabilityKind::Edited, 1) => Some("Changed by you: 1 piece of evidence is struck.".to_owned()),
        (ProbabilityKind::Edited, n) => Some(format!("Changed by you: {} pieces of evidence are struck.", count(n))),
    }
}

/// What the numbers called probability are, in a word or two.
pub fn scores(kind: ProbabilityKind) -> &'static str {
    match kind {
        ProbabilityKind::Raw => "raw scores, not calibrated",
        ProbabilityKind::Edited => "raw scores after the user changed the evidence",
        ProbabilityKind::Calibrated => "countries, areas and within 100 km calibrated, towns scored",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::{
        geo::{CountryCode, LatLon},
        predict::{
            calibration::Levels,
            finding::Withheld,
            statement::{Statement, Whereabouts},
        },
    };

    #[test]
    fn percentages_are_called_calibrated_only_with_what_they_were_calibrated_on() {
        let mut finding = Finding::default();
        assert!(probability_kind(&finding).contains("raw scores"));
        finding.probability_kind = ProbabilityKind::Edited;
        assert!(probability_kind(&finding).contains("scores"));
        finding.probability_kind = ProbabilityKind::Calibrated;
        finding.calibrated_on =
            Some(CalibratedOn { n_cases: 7500, kind: Kind::DrawnStreets, with_signs: true, levels: Levels::NOMINAL });
        assert_eq!(
            probability_kind(&finding),
            "Countries, areas and \"within 100 km\" are calibrated on 7,500 drawn streets with their signs; not on photographs. \
             Percentages of towns are scores."
        );
    }

    #[test]
    fn of_a_model_that_was_not_asked_nothing_is_said() {
        let mut finding = Finding::default();
        finding.model.name = "terrasight-starter".to_owned();
        finding.model.device = "CPU".to_owned();
        assert_eq!(answered_by(&finding), "terrasight-starter on CPU, seed 0");
        finding.withheld = Some(Withheld::KnowsDrawingsOnly);
        assert_eq!(answered_by(&finding), "no model asked; read on CPU");
    }

    #[test]
    fn no_scale_says_probability_where_nothing_was_calibrated() {
        let kinds = [ProbabilityKind::Raw, ProbabilityKind::Edited, ProbabilityKind::Calibrated];
        assert_eq!(kinds.map(|kind| surface_scale(kind).contains("probability")), [false, false, true]);
    }

    fn code(code: &str) -> CountryCode {
        code.parse().unwrap()
    }

    #[test]
    fn a_contradiction_says_both_places_and_how_far_apart_they_are() {
        let position = LatLon::new(52.23, 21.01).unwrap();
        let file = Whereabouts { position, near: Some("Warsaw".to_owned()), country: Some(code("PL")) };
        let (city, country) = ("Lyon".to_owned(), "France".to_owned());
        let contradiction = FindingProblem::Contradiction { file, km: 1384.2, city, country };
        let short = "The file's position is 1,384 km from where the picture points.";
        assert_eq!(problem_in_short(&contradiction), short);
        let said = problem(&contradiction);
        assert_eq!(
            said,
            "The file's position contradicts the picture: it gives 52.23000, 21.01000 (near Warsaw, Poland), 1,384 km \
             from where the picture itself points, Lyon, France."
        );
    }

    #[test]
    fn names_that_do_not_fit_are_said() {
        let city = "Geneva".to_owned();
        let said = problem(&FindingProblem::CityElsewhere { city, country: code("ES"), known_in: code("CH") });
        assert_eq!(
            said,
            "The model names Geneva together with Spain, but a town of that name is known in Switzerland only."
        );
        let share = |name, probability| CountryShare { country_code: code(name), probability };
        let said = problem(&FindingProblem::TextAgainstScores { named: share("ES", 0.2), preferred: share("PT", 0.8) });
        assert_eq!(said, "The model's text names Spain (20 %), but scoring every country it prefers Portugal (80 %).");
    }

    #[test]
    fn what_was_not_counted_is_repeated_in_its_own_words() {
        let said = problem(&FindingProblem::PassedOver(Statement::ModelCountry(code("FR"))));
        assert!(said.ends_with(": The model's text names France."), "{said}");
    }

    #[test]
    fn a_clash_names_all_that_rule_each_other_out() {
        let named = |code: &str| Statement::ModelCountry(code.parse().unwrap());
        let said = |counted: &[&str]| {
            let counted = counted.iter().map(|code| named(code)).collect();
            problem(&FindingProblem::Clash { counted, left_out: named("ES") })
        };
        assert_eq!(
            said(&["FR"]),
            "Two pieces of evidence rule each other out. This one counts: The model's text names France. This one was left \
             out: The model's text names Spain."
        );
        assert_eq!(
            said(&["FR", "DE"]),
            "Three pieces of evidence rule each other out together. These count: The model's text names France. The model's \
             text names Germany. This one was left out: The model's text names Spain."
        );
        assert!(said(&["FR", "DE", "IT"]).starts_with("4 pieces of evidence rule each other out together."));
        assert_eq!(said(&[]), problem(&FindingProblem::PassedOver(named("ES"))));
    }
}
