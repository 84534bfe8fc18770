//! What an answer rests on, what its numbers are worth, and what the user has changed of it.

use super::count;
use crate::predict::finding::{Evidence, EvidenceKind, Finding, ProbabilityKind};

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

/// What a kind of evidence is called.
pub fn evidence_kind(kind: EvidenceKind) -> &'static str {
    match kind {
        EvidenceKind::Prior => "Before looking",
        EvidenceKind::ModelCountries => "Countries weighed by the model",
        EvidenceKind::ModelCountry => "Country named by the model",
        EvidenceKind::ModelCity => "City named by the model",
        EvidenceKind::MetadataGps => "Position in the file",
        EvidenceKind::Metadata => "In the file",
    }
}

/// How a piece of evidence counts.
pub fn evidence_weight(evidence: &Evidence) -> String {
    if !evidence.on {
        "struck".to_owned()
    } else if evidence.strength > 0.0 {
        format!("strength {:.2}", evidence.strength)
    } else {
        "for information".to_owned()
    }
}
