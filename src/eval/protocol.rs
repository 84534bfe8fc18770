//! One evaluation of one model: each picture goes to it as a user's would, and what comes back is held against what is true.

use std::{collections::HashMap, path::Path, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{
    EvalError,
    calibration::{brier, holds, place_log_loss, searched_km2},
    pictures::Pictures,
    results::{ResultRow, Results},
};
use crate::{
    geo::Surface,
    picture::Picture,
    predict::{
        Finding, FindingProblem, answer,
        calibration::SignsSay,
        finding::{Candidate, ModelUsed, ProbabilityKind, SettingsUsed},
    },
};

/// What was found for a picture.
#[derive(Debug, Clone)]
pub struct Answer {
    /// What a user is told.
    pub finding: Box<Finding>,
    /// The probability over the world.
    pub surface: Arc<Surface>,
    /// Whether its signs were read.
    pub with_signs: bool,
    /// How long that took, the opening of models left out.
    pub seconds: f64,
}

/// Why there is no answer.
#[derive(Debug)]
pub enum NoAnswer<E> {
    /// The picture fails alone, for this reason in one line; the others go on.
    OfPicture(String),
    /// Nothing more can be asked, or shall be.
    Ends(E),
}

/// Answers for one picture.
pub type Locate<'a, E> = dyn FnMut(Picture) -> Result<Answer, NoAnswer<E>> + 'a;

/// Who answered, and how it was asked: what somebody needs to ask it again.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Answerer {
    /// The model, by the SHA-256 of its files, its adapters, and the device.
    pub model: ModelUsed,
    /// The question, and how the answer was sampled.
    pub settings: SettingsUsed,
    /// What said how locatable the pictures are; none where nothing did.
    pub segmenter: Option<String>,
    /// Whether signs were read.
    pub with_signs: bool,
    /// The program.
    pub program: String,
}

impl Answerer {
    /// As an answer tells.
    pub fn of(answer: &Answer) -> Self {
        let finding = &answer.finding;
        Self {
            model: finding.model.clone(),
            settings: finding.settings.clone(),
            segmenter: finding.segmenter.clone(),
            with_signs: answer.with_signs,
            program: finding.program.clone(),
        }
    }

    /// What differs from another so that its answers cannot stand beside these. The device and the program's version may.
    pub fn differs_from(&self, other: &Self) -> Option<&'static str> {
        let identity = |of: &Self| (of.model.sha256.clone(), of.model.name.clone());
        // Whether signs were read stands here by itself, and stood so before the settings had it.
        let settings = |of: &Self| (SettingsUsed { reads_signs: None, ..of.settings.clone() }, of.with_signs);
        let parts = [
            ("the model's files", identity(self) == identity(other)),
            ("its adapters", self.model.adapters == other.model.adapters),
            ("the settings", settings(self) == settings(other)),
        ];
        parts.into_iter().find(|(_, same)| !same).map(|(part, _)| part)
    }
}

/// Where an evaluation stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress<'a> {
    /// Pictures done, those of an earlier run counted.
    pub done: usize,
    /// All pictures.
    pub pictures: usize,
    /// The result that has just come in.
    pub row: &'a ResultRow,
}

/// Lets `locate` answer for every picture that `file`, the results of an earlier run, does not hold, and gives all rows
/// in the pictures' order. A picture that fails alone has its error in its row.
pub fn answer_all<E: From<EvalError>>(
    pictures: &Pictures,
    file: &Path,
    locate: &mut Locate<'_, E>,
    on_progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Vec<ResultRow>, E> {
    let (mut results, earlier) = Results::open(file).map_err(EvalError::from)?;
    let mut known: HashMap<String, ResultRow> = earlier.into_iter().map(|row| (row.picture.clone(), row)).collect();
    let mut done = (0..pictures.count()).filter(|&index| known.contains_key(&pictures.name(index))).count();
    let mut rows = Vec::with_capacity(pictures.count());
    for index in 0..pictures.count() {
        if let Some(row) = known.remove(&pictures.name(index)) {
            rows.push(row);
            continue;
        }
        let (picture, mut row) = pictures.get(index);
        match picture.map_err(NoAnswer::OfPicture).and_then(&mut *locate) {
            Ok(answer) => fill(&mut row, &answer),
            Err(NoAnswer::OfPicture(error)) => row.error = Some(error),
            Err(NoAnswer::Ends(why)) => return Err(why),
        }
        results.add(&row).map_err(EvalError::from)?;
        done += 1;
        on_progress(Progress { done, pictures: pictures.count(), row: &row });
        rows.push(row);
    }
    Ok(rows)
}

/// A country that stands in no list of a finding has less than this; its loss is taken as if it had this much.
const LEAST_SHARE: f64 = 1e-4;

/// Takes over from an answer what the measures need.
pub(super) fn fill(row: &mut ResultRow, Answer { finding, surface, with_signs, seconds }: &Answer) {
    row.seconds = Some(*seconds);
    let answer = finding.answer.as_ref();
    row.sha256 = Some(finding.picture.sha256.clone());
    row.country = answer.and_then(answer::Answer::country).map(|country| country.code);
    row.city = answer.and_then(|answer| answer.city.clone()).filter(|city| !city.trim().is_empty());
    row.locatability = row.locatability.or(finding.locatability);
    row.signs = Some(SignsSay::of(with_signs.then_some(finding.signs.as_slice())));
    row.is_located = Some(finding.is_located());
    row.is_withheld = Some(finding.withheld.is_some());
    let at_odds = finding.problems.iter().filter(|problem| matches!(problem, FindingProblem::AtOdds(_)));
    row.contradictions = u32::try_from(at_odds.count()).ok();
    row.is_calibrated = finding.probability_kind == ProbabilityKind::Calibrated;
    let likeliest = finding.countries.iter().max_by(|a, b| a.probability.total_cmp(&b.probability));
    row.likeliest_country = likeliest.map(|share| share.country_code);
    row.probability = likeliest.map(|share| share.probability);
    let truth = row.true_place();
    if let Some(first) = finding.candidates.first() {
        row.first_country = first.country_code;
        row.first_region = Some(first.region.clone()).filter(|region| !region.is_empty());
        row.first_city = Some(first.city.clone()).filter(|city| !city.is_empty());
        row.near_probability = Some(first.within_100_km);
        (row.latitude, row.longitude) = (Some(first.lat), Some(first.lon));
        let place = finding.candidates.first().and_then(Candidate::position);
        row.distance_km = truth.zip(place).map(|(truth, place)| truth.distance_km(place));
    }
    if likeliest.is_none() {
        return;
    }
    if truth.is_some() || row.true_country.is_some() {
        let share = |code| finding.countries.iter().find(|share| share.country_code == code);
        let of_truth = row.true_country.and_then(share).map_or(0.0, |share| share.probability);
        row.country_log_loss = Some(-of_truth.max(LEAST_SHARE).ln());
        row.country_brier = Some(brier(&finding.countries, of_truth));
    }
    if let Some(truth) = truth {
        row.place_log_loss = Some(place_log_loss(surface, truth));
        row.searched_km2 = searched_km2(surface, truth);
        let levels = finding.levels();
        let (p50, p90) = (holds(surface, levels.p50.cells, truth), holds(surface, levels.p90.cells, truth));
        (row.p50_in_cells, row.p50_cells_km2) = (Some(p50.0), Some(p50.1));
        (row.p90_in_cells, row.p90_cells_km2) = (Some(p90.0), Some(p90.1));
        (row.p50_km, row.p90_km) = (Some(finding.credible_km.p50), Some(finding.credible_km.p90));
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use serde_json::json;

    use super::*;
    use crate::street;

    /// A finding that names France and its capital.
    fn france() -> Finding {
        let finding = json!({
            "picture": { "path": "p", "sha256": "", "width": 1, "height": 1 },
            "model": { "name": "m", "adapters": [], "device": "CPU", "seed": 0 },
            "settings": { "max_new_tokens": 1, "temperature": 0.0, "top_p": 1.0 },
            "answer": { "country": "france", "city": "Paris", "reasons": [] },
            "reasoning": "",
            "candidates": [{ "rank": 1, "lat": 48.8566, "lon": 2.3522, "probability": 0.5, "country": "France",
                "country_code": "FR", "region": "", "city": "Paris" }],
            "credible_km": { "p50": 1.0, "p90": 2.0 },
            "probability_kind": "raw",
            "countries": [{ "country_code": "BE", "probability": 0.2 }, { "country_code": "FR", "probability": 0.7 }],
            "evidence": [], "locatability": null, "problems": [],
        });
        serde_json::from_value(finding).unwrap()
    }

    #[test]
    fn a_broken_picture_fails_alone_and_a_second_run_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.png", "b.png"] {
            street::draw(1).pixels.save(folder.path().join(name)).unwrap();
        }
        std::fs::write(folder.path().join("broken.png"), "no picture").unwrap();
        let table = "path,latitude,longitude,country_code,city\na.png,51.5074,-0.1278,GB,London\n\
                     broken.png,1,1,FR,Lyon\nb.png,48.8566,2.3522,FR,paris\n";
        let manifest = folder.path().join("manifest.csv");
        std::fs::write(&manifest, table).unwrap();
        let data = toml::from_str(&format!("manifest = {manifest:?}")).unwrap();
        let pictures = Pictures::open(&data).unwrap();
        let file = folder.path().join("results.csv");
        let asked = Cell::new(0);
        let evaluate = |most: usize| {
            let mut locate = |_: Picture| {
                if asked.get() == most {
                    return Err(NoAnswer::Ends(EvalError::NoPlaces("stopped".into())));
                }
                asked.set(asked.get() + 1);
                Ok(Answer { finding: Box::new(france()), surface: Arc::default(), with_signs: false, seconds: 2.0 })
            };
            answer_all(&pictures, &file, &mut locate, &mut |_| ())
        };
        assert!(evaluate(1).is_err(), "stopped after the first picture");
        let rows = evaluate(usize::MAX).unwrap();
        assert_eq!(asked.get(), 2, "no picture is asked for twice");
        assert_eq!(rows.len(), 3);
        assert!((rows[0].distance_km.unwrap() - 343.6).abs() < 1.0);
        assert_eq!((rows[0].country.unwrap().as_str(), rows[0].true_country.unwrap().as_str()), ("FR", "GB"));
        assert_eq!((rows[0].likeliest_country.unwrap().as_str(), rows[0].probability), ("FR", Some(0.7)));
        assert!(rows[1].error.as_deref().unwrap().contains("broken.png"), "{:?}", rows[1].error);
        assert_eq!(rows[2].distance_km, Some(0.0));
        // By hand: France has 0.7, Belgium 0.2; the true country of the first, Britain, stands in no list.
        let near = |value: Option<f64>, expected: f64| assert!((value.unwrap() - expected).abs() < 1e-9, "{value:?}");
        near(rows[2].country_log_loss, -0.7_f64.ln());
        near(rows[2].country_brier, 0.3_f64.powi(2) + 0.2_f64.powi(2));
        near(rows[0].country_log_loss, -1e-4_f64.ln());
        near(rows[0].country_brier, 0.7_f64.powi(2) + 0.2_f64.powi(2) + 1.0);
        assert_eq!((rows[2].p50_in_cells, rows[2].p90_km, rows[2].seconds), (Some(false), Some(2.0), Some(2.0)));
    }

    #[test]
    fn an_evaluation_of_an_earlier_version_goes_on_where_signs_were_read_alike() {
        let now = |reads_signs, with_signs| Answerer {
            settings: SettingsUsed { reads_signs, ..SettingsUsed::default() },
            with_signs,
            ..Answerer::default()
        };
        assert_eq!(now(None, true).differs_from(&now(Some(true), true)), None);
        assert_eq!(now(Some(true), true).differs_from(&now(Some(false), false)), Some("the settings"));
    }
}
