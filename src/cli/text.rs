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
        writeln!(text, "  no place")?;
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
    for problem in &finding.problems {
        writeln!(text, "  ! {}", words::problem(problem))?;
    }
    writeln!(text, "  {} on {}, seed {}", finding.model.name, finding.model.device, finding.model.seed)
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
        let (around, near) = (100.0 * probability, 100.0 * within_100_km);
        writeln!(text, "  {rank:>3}. {around:5.1} % {near:5.1} %  {}", around_in_full(candidate))?;
    }
    Ok(())
}
