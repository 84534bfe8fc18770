//! A finding for reading: the place, how far to believe it, the reasons, what else it may be, and all that it rests on, what the
//! user has added included.

use crate::{
    geo::Region,
    predict::{
        finding::{Evidence, Finding},
        sign::Sign,
        statement::Statement,
    },
    words,
};

/// Of an area no more corners than this are written out.
const MOST_CORNERS: usize = 40;

/// The answers of these findings, an empty line between them.
pub fn text<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> String {
    findings.into_iter().map(of_one).collect::<Vec<_>>().join("\n")
}

fn of_one(finding: &Finding) -> String {
    let mut lines = vec![finding.picture.path.clone()];
    lines.extend(place(finding));
    let mut list = |title: &str, items: &mut dyn Iterator<Item = String>| {
        let items: Vec<String> = items.collect();
        if !items.is_empty() {
            lines.extend([String::new(), format!("{title}:")]);
            lines.extend(items.into_iter().map(|item| format!("- {item}")));
        }
    };
    let reasons = finding.answer.iter().flat_map(|answer| answer.reasons.iter().enumerate());
    list("Reasons", &mut reasons.map(|(number, reason)| with_verdicts(finding, number, reason)));
    let others = finding.candidates.iter().skip(usize::from(!finding.is_wide()));
    list("Other candidates", &mut others.map(|c| format!("{} {}", words::place(c), words::percent(c.probability))));
    let (counted, struck): (Vec<_>, Vec<_>) = finding.evidence.iter().partition(|evidence| evidence.on);
    list("Evidence", &mut counted.into_iter().map(evidence));
    list("Struck by the user", &mut struck.into_iter().map(evidence));
    list("Signs", &mut finding.signs.iter().map(sign));
    list("To keep in mind", &mut finding.problems.iter().map(words::problem));
    lines.extend([
        String::new(),
        match finding.withheld {
            Some(_) => words::capital(&words::answered_by(finding)),
            None => format!("Model {}", words::answered_by(finding)),
        },
    ]);
    lines.push(format!("SHA-256 of the picture {}", finding.picture.sha256));
    lines.join("\n") + "\n"
}

/// The place with its position and how far to believe it; or that there is none, and why.
fn place(finding: &Finding) -> Vec<String> {
    let Some((first, reach)) = finding.candidates.first().zip(words::reach(finding)) else {
        return vec![words::no_place_in_full(finding)];
    };
    let head = match finding.is_wide() {
        true => words::headline(finding).unwrap_or_default(),
        false => {
            let (place, at) = (words::around_in_full(first), words::coordinates(first.lat, first.lon));
            format!("{} ({at})", words::capital(&place))
        }
    };
    let reach = format!("{reach}. {}", words::probability_kind(finding));
    std::iter::once(head).chain(words::likelihood(finding)).chain([reach]).collect()
}

/// A reason, and what was found in the picture of what it claims.
fn with_verdicts(finding: &Finding, number: usize, reason: &str) -> String {
    let found = words::verdicts(&finding.reasons, number).into_iter().map(|found| format!("  {found}"));
    std::iter::once(reason.to_owned()).chain(found).collect::<Vec<_>>().join("\n")
}

/// A piece of evidence: what it says, where it comes from, how it counts, and of an area the corners.
fn evidence(evidence: &Evidence) -> String {
    let said = words::statement(&evidence.statement);
    let (source, weight) = (words::source(&evidence.source), words::evidence_weight(evidence));
    let corners = match &evidence.statement {
        Statement::Area { area, .. } => area.region().map(corners).unwrap_or_default(),
        _ => String::new(),
    };
    format!("{said} ({source}; {weight}){corners}")
}

/// The corners of a region's polygons, each with its own line; a circle is said by its middle and radius already.
fn corners(region: &Region) -> String {
    let is_polygon = region.circles().next().is_none();
    let rings = region.flat_polygons().filter(|_| is_polygon).flat_map(|polygon| polygon.into_iter().take(1));
    let ring = |ring: Vec<[f64; 2]>| {
        let n_more = (ring.len() - 1).saturating_sub(MOST_CORNERS);
        let corner = |[lon, lat]: &[f64; 2]| words::coordinates(*lat, *lon);
        let shown: Vec<String> = ring[1..].iter().take(MOST_CORNERS).map(corner).collect();
        let more = if n_more > 0 { format!("; and {} more", words::count(n_more)) } else { String::new() };
        format!("\n  corners: {}{more}", shown.join("; "))
    };
    rings.map(ring).collect()
}

/// A sign: what it says, its script and how sure that is.
fn sign(sign: &Sign) -> String {
    format!("{} ({})", words::sign(sign), words::sign_reading(sign))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        geo::LatLon,
        predict::{
            FindingProblem,
            finding::{Candidate, CredibleKm, EvidenceKind},
            statement::{Area, CountryShare},
        },
    };

    fn candidate(city: &str) -> Candidate {
        Candidate {
            rank: 1,
            lat: 43.78,
            lon: 7.67,
            probability: 0.99,
            within_100_km: 0.98,
            country: "Italy".to_owned(),
            country_code: "IT".parse().ok(),
            region: "Liguria".to_owned(),
            city: city.to_owned(),
            carried_by: vec![EvidenceKind::Region],
            carriers: Vec::new(),
            change: None,
        }
    }

    #[test]
    fn the_text_holds_all_that_the_answer_rests_on_and_what_the_user_has_added() {
        let at = |lat, lon| LatLon::new(lat, lon).unwrap();
        let corners = vec![at(43.0, 7.0), at(43.0, 8.0), at(44.0, 8.0)];
        let region = Region::new(vec![crate::geo::Shape::Polygon { rings: vec![corners] }]).unwrap();
        let statement = Statement::Area { area: Area::Drawn(region), is_inside: true };
        let drawn = Evidence { statement, ..Evidence::quoted("area", EvidenceKind::Region, 1.0) };
        let struck = Evidence { on: false, ..Evidence::quoted("Not in Russia.", EvidenceKind::Hint, 0.9) };
        let finding = Finding {
            candidates: vec![candidate("Bordighera")],
            countries: vec![CountryShare { country_code: "IT".parse().unwrap(), probability: 0.97 }],
            evidence: vec![drawn, struck],
            signs: vec![Sign { id: "1".to_owned(), ..Sign::added([0.1, 0.1, 0.2, 0.2], "Farmacia") }],
            problems: vec![FindingProblem::Quoted("Beware.".to_owned())],
            ..Finding::default()
        };
        let text = text([&finding]);
        for said in [
            "Around Bordighera, Liguria, Italy (43.7800° N, 7.6700° E)",
            "\nItaly: 97 % (score)\nBordighera is the likeliest town: 98 % within 100 km; half of the belief lies within",
            "Evidence:\n- Only within the drawn area of",
            "strength 1.00)\n  corners: ",
            "44.0000° N, 8.0000° E",
            "Struck by the user:\n- Not in Russia. (you; struck)",
            "Signs:\n- Sign 1: Farmacia (added by you)",
            "- Beware.",
        ] {
            assert!(text.contains(said), "{said} is not in:\n{text}");
        }
    }

    #[test]
    fn a_finding_without_a_place_or_with_countries_alone_names_no_town() {
        let none = text([&Finding::default()]);
        assert!(none.contains("No place found.") && !none.contains("Around"), "{none}");
        let share = |code: &str, probability| CountryShare { country_code: code.parse().unwrap(), probability };
        let wide = Finding {
            candidates: vec![candidate("")],
            credible_km: CredibleKm { p50: 3000.0, p90: 9000.0 },
            countries: vec![share("US", 0.41), share("MX", 0.1)],
            ..Finding::default()
        };
        let said = text([&Finding::default(), &wide]);
        assert!(
            said.contains("\n\n\nPerhaps United States or Mexico\nUnited States: 41 % · Mexico: 10 % (scores)\nHalf"),
            "{said}"
        );
    }
}
