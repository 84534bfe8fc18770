//! What was found of the model's reasons.

use super::{grammar::listed, hints::feature, places::country_name};
use crate::predict::reason::{Claim, Reasons, Verdict};

/// What became of a claim, in as few words as tell it from the others.
pub fn verdict_name(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::OnSigns(_) | Verdict::Shown(_) => "supported",
        Verdict::NotFound => "not found in the picture",
        Verdict::NotChecked => "not checked",
        Verdict::Contradicts(_) => "contradicts the knowledge",
    }
}

/// What became of a claim, and why: "supported: sign 2 says so".
pub fn verdict(claim: &Claim) -> String {
    let found = found(claim);
    match (claim.record(), claim.cosine()) {
        (Some(record), Some(_)) => {
            let about = feature(record.feature).to_lowercase();
            format!("{found}; taken to mean {about}, {}", record.value)
        }
        _ => found,
    }
}

/// What a reason claims, each with its place among all claims. Of those that read alike, because one word names two clues, the first.
pub fn claims(reasons: &Reasons, reason: usize) -> Vec<(usize, &Claim)> {
    let mut told: Vec<(usize, &Claim)> = Vec::new();
    for (at, claim) in reasons.of_reason(reason) {
        let reads_alike = |other: &Claim| other.text == claim.text && verdict(other) == verdict(claim);
        if !told.iter().any(|(_, other)| reads_alike(other)) {
            told.push((at, claim));
        }
    }
    told
}

/// What became of all that a reason claims, a line each: "long yellow plate: not checked".
pub fn verdicts(reasons: &Reasons, reason: usize) -> Vec<String> {
    claims(reasons, reason).into_iter().map(|(_, claim)| format!("{}: {}", claim.text, verdict(claim))).collect()
}

fn found(claim: &Claim) -> String {
    let name = verdict_name(&claim.verdict);
    match (&claim.verdict, claim.record()) {
        (Verdict::OnSigns(signs), _) => match signs.as_slice() {
            [one] => format!("{name}: sign {one} says so"),
            [] => name.to_owned(),
            several => format!("{name}: signs {} say so", listed(several, "and")),
        },
        (Verdict::Shown(classes), _) => {
            format!("{name}: the picture shows {}; of which kind was not checked", listed(classes, "and"))
        }
        (Verdict::Contradicts(code), Some(record)) => {
            let about = feature(record.feature).to_lowercase();
            format!("{name} ({about}, {}; record {}) of {}", record.value, record.id, country_name(*code))
        }
        (Verdict::NotFound | Verdict::NotChecked | Verdict::Contradicts(_), _) => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        knowledge::clues::shipped_clues,
        predict::{answer::Answer, reason::Thing, sign::Sign},
    };

    #[track_caller]
    fn check(reason: &str, country: &str, right: &str) {
        let answer = Answer { country: Some(country.into()), city: None, reasons: vec![reason.into()] };
        let signs = [Sign { id: "2".into(), ..Sign::added([0.0; 4], "www.sklep.pl") }];
        let things = vec![Thing { class: "palm".into(), share: 0.1, boxes: vec![] }];
        let reasons = Reasons::of(&answer, &[], Some(&signs), Some(things), shipped_clues());
        assert_eq!(verdict(&reasons.claims[0]), right, "{reason}");
    }

    #[test]
    fn what_reads_alike_is_said_once() {
        let answer =
            Answer { country: Some("Kenya".into()), city: None, reasons: vec!["long yellow rear plate".into()] };
        let reasons = Reasons::of(&answer, &[], None, None, shipped_clues());
        assert_eq!(reasons.claims.len(), 2, "its shape and its colour");
        assert_eq!(verdicts(&reasons, 0), ["long yellow rear plate: not checked"]);
        assert!(verdicts(&reasons, 1).is_empty());
    }

    #[test]
    fn what_became_of_a_reason_is_said_with_what_it_rests_on() {
        check("the sign says sklep", "Poland", "supported: sign 2 says so");
        check("palm trees", "Brazil", "supported: the picture shows palm; of which kind was not checked");
        check("the sign says Apotheke", "Germany", "not found in the picture");
        check("a pleasant street", "Germany", "not checked");
        check(
            "traffic keeps left",
            "France",
            "contradicts the knowledge (driving side, left; record driving_side-left) of France",
        );
    }
}
