//! `locate --format json`: findings with every code in words.

use serde::Serialize;

use crate::{
    geo::LatLon,
    knowledge::{
        Script,
        clues::{ClueSource, Feature},
    },
    predict::{
        answer::Answer,
        calibration::CalibratedOn,
        finding::{
            Candidate, CellArea, CredibleKm, EncoderUsed, Evidence, EvidenceKind, Failure, Finding, ModelUsed, Outcome,
            PictureId, ProbabilityKind, SettingsUsed, Withheld,
        },
        reason::{Claim, Verdict},
        sign::Sign,
        statement::CountryShare,
    },
    words,
};

/// A list with one object a picture.
pub fn json(outcomes: &[Outcome]) -> String {
    let entries: Vec<Entry<'_>> = outcomes.iter().map(Entry::of).collect();
    let text = serde_json::to_string_pretty(&entries).expect("findings have text keys and no maps that could fail");
    text + "\n"
}

#[derive(Serialize)]
#[serde(untagged)]
enum Entry<'f> {
    Found(Box<Told<'f>>),
    Failed(&'f Failure),
}

/// A [`Finding`] as it is told; its fields are there under the same names.
#[derive(Serialize)]
struct Told<'f> {
    picture: &'f PictureId,
    model: &'f ModelUsed,
    segmenter: Option<&'f str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoder: Option<&'f EncoderUsed>,
    settings: &'f SettingsUsed,
    program: &'f str,
    made_at: &'f str,
    answer: Option<&'f Answer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    withheld: Option<Withheld>,
    /// What the reasons of the answer claim; a [`Finding`] that is read back holds none of it.
    claims: Vec<ToldClaim<'f>>,
    reasoning: &'f str,
    candidates: &'f [Candidate],
    /// None without a candidate.
    credible_km: Option<CredibleKm>,
    /// Of all numbers but the candidates' own.
    probability_kind: ProbabilityKind,
    /// Of those.
    candidate_probability_kind: ProbabilityKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    calibrated_on: Option<CalibratedOn>,
    credible_cells: Option<ToldCells>,
    countries: &'f [CountryShare],
    evidence: Vec<ToldEvidence<'f>>,
    signs: Vec<ToldSign<'f>>,
    locatability: Option<f64>,
    problems: Vec<String>,
}

#[derive(Serialize)]
struct ToldEvidence<'f> {
    id: &'f str,
    kind: EvidenceKind,
    text: String,
    source: String,
    strength: f64,
    on: bool,
    #[serde(rename = "box")]
    region: Option<[f32; 4]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<LatLon>,
}

/// The credible areas, as cells.
#[derive(Serialize)]
struct ToldCells {
    p50: ToldArea,
    p90: ToldArea,
}

/// An area: its size, and its cells in H3's hexadecimal.
#[derive(Serialize)]
struct ToldArea {
    km2: f64,
    cells: Vec<String>,
}

impl ToldArea {
    fn of(area: &CellArea) -> Self {
        Self { km2: area.km2, cells: area.cells.iter().map(|cell| format!("{cell:x}")).collect() }
    }
}

/// A part of a reason of the answer, and what was found of it in the picture.
#[derive(Serialize)]
struct ToldClaim<'f> {
    /// The reason's place in the answer's list, from 0.
    reason: usize,
    text: &'f str,
    state: &'static str,
    says: String,
    /// How alike it and a name of that record are, where it means and does not name it.
    #[serde(skip_serializing_if = "Option::is_none")]
    cosine: Option<f32>,
    /// The record of the clue knowledge that it names or means.
    record: Option<ToldRecord<'f>>,
    /// The ids of the signs that say so.
    signs: &'f [String],
    boxes: &'f [[f32; 4]],
}

/// A record of the clue knowledge, by its name.
#[derive(Serialize)]
struct ToldRecord<'f> {
    id: &'f str,
    feature: Feature,
    value: &'f str,
    source: &'f ClueSource,
}

/// A text in the picture.
#[derive(Serialize)]
struct ToldSign<'f> {
    id: &'f str,
    text: &'f str,
    #[serde(skip_serializing_if = "Option::is_none")]
    read_as: Option<&'f str>,
    script: Option<Script>,
    score: f32,
    on: bool,
    #[serde(rename = "box")]
    region: [f32; 4],
    quad: [[f32; 2]; 4],
}

impl<'f> Entry<'f> {
    fn of(outcome: &'f Outcome) -> Self {
        match outcome {
            Outcome::Found(found) => Self::Found(Box::new(Told::of(found))),
            Outcome::Failed(failure) => Self::Failed(failure),
        }
    }
}

impl<'f> Told<'f> {
    fn of(found: &'f Finding) -> Self {
        // Named one by one, so that a new field is not forgotten here.
        let Finding {
            picture,
            model,
            segmenter,
            encoder,
            settings,
            program,
            made_at,
            answer,
            withheld,
            reasons,
            reasoning,
            reasoning_tokens: _, // of use to the model alone
            candidates,
            credible_km,
            probability_kind,
            calibrated_on,
            credible_cells: [p50, p90],
            countries,
            evidence,
            signs,
            locatability,
            problems,
        } = found;
        // A radius of 0 km would be the most certain answer that there can be.
        let is_placed = !candidates.is_empty();
        Self {
            picture,
            model,
            segmenter: segmenter.as_deref(),
            encoder: encoder.as_ref(),
            settings,
            program,
            made_at,
            answer: answer.as_ref(),
            withheld: *withheld,
            claims: reasons.claims.iter().map(ToldClaim::of).collect(),
            reasoning,
            candidates,
            credible_km: is_placed.then_some(*credible_km),
            probability_kind: *probability_kind,
            candidate_probability_kind: probability_kind.of_candidates(),
            calibrated_on: *calibrated_on,
            credible_cells: is_placed.then(|| ToldCells { p50: ToldArea::of(p50), p90: ToldArea::of(p90) }),
            countries,
            evidence: evidence.iter().map(ToldEvidence::of).collect(),
            signs: signs.iter().map(ToldSign::of).collect(),
            locatability: *locatability,
            problems: problems.iter().map(words::problem).collect(),
        }
    }
}

impl<'f> ToldClaim<'f> {
    fn of(claim: &'f Claim) -> Self {
        let record = claim.record().map(|record| ToldRecord {
            id: &record.id,
            feature: record.feature,
            value: &record.value,
            source: &record.source,
        });
        Self {
            reason: claim.reason,
            text: &claim.text,
            state: claim.verdict.name(),
            says: words::verdict(claim),
            cosine: claim.cosine(),
            record,
            signs: if let Verdict::OnSigns(signs) = &claim.verdict { signs } else { &[] },
            boxes: &claim.places,
        }
    }
}

impl<'f> ToldSign<'f> {
    fn of(sign: &'f Sign) -> Self {
        let Sign { id, quad, text, script, score, on, read_as, is_added: _ } = sign;
        let (script, read_as) = (*script, read_as.as_deref());
        Self { id, text, read_as, script, score: *score, on: *on, region: sign.region(), quad: *quad }
    }
}

impl<'f> ToldEvidence<'f> {
    fn of(evidence: &'f Evidence) -> Self {
        let Evidence { id, kind, statement, source, strength, on, region, position } = evidence;
        Self {
            id,
            kind: *kind,
            text: words::statement(statement),
            source: words::source(source),
            strength: *strength,
            on: *on,
            region: *region,
            position: *position,
        }
    }
}
