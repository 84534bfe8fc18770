//! What would change where a candidate stands.

use super::{
    evidence::statement,
    factor, feature,
    places::{country_name, parts},
};
use crate::predict::{
    change::{Change, Struck, Unseen},
    finding::{Candidate, Evidence},
};

/// What would, a line each; the pieces are those among the evidence.
pub fn change(candidate: &Candidate, change: &Change, evidence: &[Evidence]) -> Vec<String> {
    let mut lines: Vec<String> = change.struck.iter().map(|struck| self::struck(candidate, struck, evidence)).collect();
    if lines.is_empty() {
        let what = if candidate.rank == 1 { "another place" } else { "this place" };
        lines.push(format!(
            "No piece of evidence was found, nor three together, without which {what} would stand first."
        ));
    }
    lines.extend(change.unseen.iter().map(unseen));
    lines
}

/// "Lyon, France would stand first without this: The model's text names Spain.", or "No place would be given without this: …".
fn struck(candidate: &Candidate, struck: &Struck, evidence: &[Evidence]) -> String {
    let of_id = |id: &String| evidence.iter().find(|piece| piece.id == *id);
    let said: Vec<String> = struck.pieces.iter().filter_map(of_id).map(|piece| statement(&piece.statement)).collect();
    let these = match said.len() {
        1 => "this",
        2 => "these two",
        _ => "these three",
    };
    let Some(first) = &struck.first else {
        return format!("No place would be given without {these}: {}", said.join(" "));
    };
    let is_this = candidate.country_code == Some(first.country) && candidate.city == first.name;
    let first = if is_this { "It".to_owned() } else { parts([&first.name, &country_name(first.country)]) };
    format!("{first} would stand first without {these}: {}", said.join(" "))
}

/// "Driving side, left: if seen, it would speak for Japan against Germany (× 61)."
fn unseen(unseen: &Unseen) -> String {
    let (country, against) = (country_name(unseen.country_code), country_name(unseen.against));
    // The number stays with its sign where a line ends.
    let (what, factor) = (feature(unseen.feature), factor(unseen.factor).replace(' ', "\u{a0}"));
    format!("{what}, {}: if seen, it would speak for {country} against {against} ({factor}).", unseen.value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        knowledge::clues::Feature,
        predict::{finding::EvidenceKind, statement::Town},
    };

    #[test]
    fn what_would_change_a_place_is_said_with_what_would_come_of_it() {
        let code = |code: &str| code.parse().unwrap();
        let evidence = ["One.", "Two."].map(|words| Evidence::quoted(words, EvidenceKind::Hint, 0.5));
        let lyon = Town { name: "Lyon".into(), region: String::new(), country: code("FR") };
        let strike = |ids: &[&str]| {
            let pieces = ids.iter().map(|id| (*id).to_owned()).collect();
            Change { struck: vec![Struck { pieces, first: Some(lyon.clone()) }], unseen: Vec::new() }
        };
        let place = |rank, city: &str, country: &str| {
            Candidate {
            rank,
            city: city.into(),
            country_code: Some(code(country)),
            ..serde_json::from_value(serde_json::json!({
                "rank": 1, "lat": 0.0, "lon": 0.0, "probability": 0.5, "country": "", "country_code": null, "region": "", "city": ""
            }))
            .unwrap()
        }
        };
        let said = |rank, city, country, of: &Change| change(&place(rank, city, country), of, &evidence);
        let two = strike(&["One.", "Two."]);
        assert_eq!(said(1, "Porto", "PT", &strike(&["One."])), ["Lyon, France would stand first without this: One."]);
        let nothing = Change { struck: vec![Struck { pieces: vec!["One.".into()], first: None }], unseen: Vec::new() };
        assert_eq!(said(1, "Lyon", "FR", &nothing), ["No place would be given without this: One."]);
        assert_eq!(said(2, "Lyon", "FR", &two), ["It would stand first without these two: One. Two."]);
        let unseen = Unseen {
            record: "driving_side-left".into(),
            feature: Feature::DrivingSide,
            value: "left".into(),
            country_code: code("JP"),
            against: code("DE"),
            factor: 61.25,
        };
        let nothing = Change { struck: Vec::new(), unseen: vec![unseen] };
        assert_eq!(
            said(2, "Tokyo", "JP", &nothing),
            [
                "No piece of evidence was found, nor three together, without which this place would stand first.",
                "Driving side, left: if seen, it would speak for Japan against Germany (×\u{a0}61).",
            ]
        );
    }
}
