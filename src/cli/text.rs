//! A finding in words for the terminal.

use std::fmt::{self, Write as _};

use crate::predict::finding::{Candidate, Finding, Outcome, ProbabilityKind};

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
        writeln!(text, "  {}  {:.4}, {:.4}", place(best), best.lat, best.lon)?;
        let CredibleKmText { p50, p90 } = CredibleKmText::of(finding);
        writeln!(text, "  half of the probability lies within {p50}, nine tenths within {p90}")?;
    } else {
        writeln!(text, "  no place")?;
    }
    for (name, value) in [("country", &finding.answer.country), ("city", &finding.answer.city)] {
        if let Some(value) = value {
            writeln!(text, "  the model says {name}: {value}")?;
        }
    }
    for reason in &finding.answer.reasons {
        writeln!(text, "  - {reason}")?;
    }
    let kind = match finding.probability_kind {
        ProbabilityKind::Raw => "raw scores, not calibrated",
        ProbabilityKind::Calibrated => "calibrated probabilities",
    };
    writeln!(text, "  candidates ({kind}):")?;
    for candidate in finding.candidates.iter().take(CANDIDATES) {
        writeln!(text, "  {:>3}. {:5.1} %  {}", candidate.rank, 100.0 * candidate.probability, place(candidate))?;
    }
    for evidence in &finding.evidence {
        writeln!(text, "  * {} ({})", evidence.text, evidence.source)?;
    }
    for problem in &finding.problems {
        writeln!(text, "  ! {problem}")?;
    }
    writeln!(text, "  {} on {}, seed {}", finding.model.name, finding.model.device, finding.model.seed)
}

/// City, region and country, as far as they are known.
fn place(candidate: &Candidate) -> String {
    let parts = [&candidate.city, &candidate.region, &candidate.country];
    let known: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).map(String::as_str).collect();
    if known.is_empty() { "open water".to_owned() } else { known.join(", ") }
}

struct CredibleKmText {
    p50: String,
    p90: String,
}

impl CredibleKmText {
    fn of(finding: &Finding) -> Self {
        let words = |km: f64| if km < 10.0 { format!("{km:.1} km") } else { format!("{km:.0} km") };
        Self { p50: words(finding.credible_km.p50), p90: words(finding.credible_km.p90) }
    }
}
