//! A finding in words for the terminal.

use std::fmt::{self, Write as _};

use crate::{
    predict::{
        answer::Answer,
        finding::{Candidate, Finding, Outcome},
        reason::Reasons,
    },
    words::{self, around_in_full, kilometres},
};

/// How many candidates are listed.
const CANDIDATES: usize = 5;

/// The text for one picture; every one after the first begins with an empty line.
pub(super) fn render(outcome: &Outcome, is_first: bool) -> String {
    let mut text = String::from(if is_first { "" } else { "\n" });
    let written = match outcome {
        Outcome::Found(finding) => write_finding(&mut text, finding),
        Outcome::Failed(failure) => writeln!(text, "{}\n  not located: {}", failure.picture.path, failure.error),
    };
    debug_assert!(written.is_ok(), "writing to a String does not fail");
    // Names of files, signs and what a model says may hold codes that a terminal obeys.
    text.retain(|c| c == '\n' || !c.is_control());
    text
}

fn write_finding(text: &mut String, finding: &Finding) -> fmt::Result {
    writeln!(text, "{}", finding.picture.path)?;
    if let Some(best) = finding.candidates.first() {
        if finding.is_wide() {
            let (headline, likelihood) = (words::headline(finding), words::likelihood(finding));
            writeln!(text, "  {} ({})", headline.unwrap_or_default(), likelihood.unwrap_or_default())?;
        } else {
            writeln!(text, "  {}  {:.4}, {:.4}", around_in_full(best), best.lat, best.lon)?;
        }
        let (p50, p90) = (kilometres(finding.credible_km.p50), kilometres(finding.credible_km.p90));
        writeln!(text, "  half lies within {p50}, nine tenths within {p90}")?;
    } else {
        writeln!(text, "  {}", words::no_place_in_full(finding))?;
    }
    if let Some(answer) = &finding.answer {
        write_answer(text, answer, &finding.reasons)?;
    }
    if !finding.candidates.is_empty() {
        write_candidates(text, finding)?;
    }
    for evidence in &finding.evidence {
        let (said, source) = (words::statement(&evidence.statement), words::source(&evidence.source));
        writeln!(text, "  * {said} ({source})")?;
    }
    for sign in &finding.signs {
        writeln!(text, "  # {} ({})", words::sign(sign), words::sign_reading(sign))?;
    }
    for problem in &finding.problems {
        writeln!(text, "  ! {}", words::problem(problem))?;
    }
    writeln!(text, "  {}", words::answered_by(finding))
}

fn write_answer(text: &mut String, answer: &Answer, reasons: &Reasons) -> fmt::Result {
    for (name, value) in [("country", &answer.country), ("city", &answer.city)] {
        if let Some(value) = value {
            writeln!(text, "  the model says {name}: {value}")?;
        }
    }
    for (number, reason) in answer.reasons.iter().enumerate() {
        writeln!(text, "  - {reason}")?;
        for found in words::verdicts(reasons, number) {
            writeln!(text, "      {found}")?;
        }
    }
    Ok(())
}

fn write_candidates(text: &mut String, finding: &Finding) -> fmt::Result {
    let scores = words::scores(finding.probability_kind);
    writeln!(text, "  candidates ({scores}; then within 100 km):")?;
    for candidate in finding.candidates.iter().take(CANDIDATES) {
        let Candidate { rank, probability, within_100_km, .. } = candidate;
        let [around, near] = [*probability, *within_100_km].map(words::percent);
        writeln!(text, "  {rank:>3}. {around:>7} {near:>7}  {}", around_in_full(candidate))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::predict::{
        finding::{EvidenceKind, SettingsUsed, Withheld},
        sign::Sign,
    };

    fn said(finding: Finding) -> String {
        render(&Outcome::Found(Box::new(finding)), true)
    }

    #[test]
    fn nothing_that_a_terminal_obeys_is_written() {
        let mut finding = Finding { withheld: Some(Withheld::KnowsDrawingsOnly), ..Finding::default() };
        finding.picture.path = "a\u{1b}[2J.jpg".to_owned();
        assert!(said(finding).starts_with("a[2J.jpg\n"));
    }

    #[test]
    fn where_no_place_is_given_it_is_said_why_and_that_the_file_has_one() {
        let none = Finding { withheld: Some(Withheld::KnowsDrawingsOnly), ..Finding::default() };
        assert!(said(none.clone()).contains("  No place is given. The model was not asked"), "{}", said(none));
        let mut with_gps = Finding { withheld: Some(Withheld::KnowsDrawingsOnly), ..Finding::default() };
        with_gps.picture.metadata.position = crate::geo::LatLon::new(43.5, 11.9);
        assert!(said(with_gps).contains("  Only the file says where. The model was not asked"));
    }

    #[test]
    fn signs_are_listed_certainty_is_not_claimed_and_how_it_was_asked_is_told() {
        let candidate = Candidate {
            rank: 1,
            lat: 45.76,
            lon: 4.84,
            probability: 1.0,
            within_100_km: 0.0,
            country: "France".to_owned(),
            country_code: "FR".parse().ok(),
            region: String::new(),
            city: "Lyon".to_owned(),
            carried_by: vec![EvidenceKind::Sign],
            carriers: Vec::new(),
            change: None,
        };
        let mut finding = Finding {
            candidates: vec![candidate],
            signs: vec![Sign { id: "1".to_owned(), ..Sign::added([0.1, 0.1, 0.2, 0.2], "Pharmacie") }],
            settings: SettingsUsed { reads_signs: Some(false), ..SettingsUsed::default() },
            ..Finding::default()
        };
        (finding.model.name, finding.model.device, finding.model.precision) = ("m".into(), "CPU".into(), "Q8_0".into());
        let said = said(finding);
        for part in
            ["  1.  > 99 % < 0.1 %  around Lyon", "# Sign 1: Pharmacie", "  m as Q8_0 on CPU, seed 0, signs not read"]
        {
            assert!(said.contains(part), "{part} is not in:\n{said}");
        }
    }
}
