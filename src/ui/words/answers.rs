//! What an answer's numbers are worth, and what the user has changed of it.

use super::count;
use crate::predict::finding::{Finding, ProbabilityKind};

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
