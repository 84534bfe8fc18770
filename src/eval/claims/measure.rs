//! What the answers come to: each model's figures, and the differences that the claims are about.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::{
    super::{
        bootstrap::{Bootstrap, Figure},
        metrics::{Share, THRESHOLDS_KM, mean, median},
    },
    ask::{Answers, Said},
    plan::{BOTH, CORRECTION, LOCATABLE, LOCATION, MODELS, REASONING, TWICE},
};

/// What came of the experiment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Claims {
    /// The base.
    pub base: String,
    /// How often everything was done, each time with other streets.
    pub repetitions: usize,
    /// Streets that a stage learned.
    pub pictures: usize,
    /// Streets that the correction stage learned.
    pub corrected: usize,
    /// Streets that all models were asked about.
    pub asked: usize,
    /// The seed of the first of them.
    pub first_asked: u64,
    /// The models.
    pub models: Vec<ModelRow>,
    /// What a hint does to two of them.
    pub hinted: Vec<HintRow>,
    /// The differences.
    pub differences: Vec<Difference>,
}

/// The figures of a model, over all repetitions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelRow {
    /// Its stages.
    pub name: String,
    /// The share of right countries.
    pub country: Figure,
    /// The same of each repetition.
    pub country_each: Vec<f64>,
    /// The share of right cities.
    pub city: Figure,
    /// Shares within 1, 25, 200, 750 and 2500 km; an answer without a place is within none.
    pub within: Vec<f64>,
    /// The middle distance, of the answers that name a place, in kilometres.
    pub median_km: Option<f64>,
}

/// A model's answers after a hint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HintRow {
    /// Its stages.
    pub name: String,
    /// Right countries after the right one was told.
    pub right: Figure,
    /// Right countries after a wrong one was told.
    pub wrong: Figure,
    /// Of the wrong answers, those that the right hint made right.
    pub to_right: Share,
    /// Of the right answers, those that the wrong hint made wrong.
    pub to_wrong: Share,
}

/// A difference that a claim is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// The claim.
    pub claim: u8,
    /// What is compared, in words.
    pub what: String,
    /// What the paper has, in percentage points, where it has one.
    pub paper: Option<f64>,
    /// The difference of the shares of right countries; above 0 is as the claim says.
    pub country: Figure,
    /// The same of each repetition.
    pub each: Vec<f64>,
}

impl Difference {
    /// Whether it is as the claim says.
    pub fn verdict(&self) -> &'static str {
        match self.country {
            figure if figure.spans_zero() => "no difference",
            figure if figure.value > 0.0 => "yes",
            _ => "the other way round",
        }
    }
}

/// One side of a difference: whose answers, and to what.
#[derive(Debug, Clone, Copy)]
enum When {
    First,
    Right,
    Wrong,
}

/// The differences: claim, words, the paper's (GeoReasoner, Li et al., ICML 2024: its ablations of data and of stages), and what is
/// added and subtracted.
type Compared = (u8, &'static str, Option<f64>, &'static [(f64, &'static str, When)]);
const COMPARED: &[Compared] = &[
    (
        1,
        "all streets locatable, against none",
        Some(9.0),
        &[(1.0, LOCATION, When::First), (-1.0, LOCATABLE[0], When::First)],
    ),
    (1, "a quarter, against none", None, &[(1.0, LOCATABLE[1], When::First), (-1.0, LOCATABLE[0], When::First)]),
    (1, "half, against a quarter", None, &[(1.0, LOCATABLE[2], When::First), (-1.0, LOCATABLE[1], When::First)]),
    (1, "three quarters, against half", None, &[(1.0, LOCATABLE[3], When::First), (-1.0, LOCATABLE[2], When::First)]),
    (1, "all, against three quarters", None, &[(1.0, LOCATION, When::First), (-1.0, LOCATABLE[3], When::First)]),
    (
        2,
        "reasoning then location, against location alone",
        Some(4.34),
        &[(1.0, BOTH, When::First), (-1.0, LOCATION, When::First)],
    ),
    (
        2,
        "reasoning then location, against location twice",
        None,
        &[(1.0, BOTH, When::First), (-1.0, TWICE, When::First)],
    ),
    (
        2,
        "location alone, against reasoning alone",
        Some(8.32),
        &[(1.0, LOCATION, When::First), (-1.0, REASONING, When::First)],
    ),
    (
        3,
        "after the correction stage: with a right hint, against none",
        None,
        &[(1.0, CORRECTION, When::Right), (-1.0, CORRECTION, When::First)],
    ),
    (
        3,
        "what a wrong hint costs before the stage, against after it",
        None,
        &[
            (1.0, BOTH, When::First),
            (-1.0, BOTH, When::Wrong),
            (-1.0, CORRECTION, When::First),
            (1.0, CORRECTION, When::Wrong),
        ],
    ),
];

/// Answers that are added or subtracted: which sign, whose, and what each is worth.
type Side<'a> = (f64, &'a str, &'a dyn Fn(&Answers) -> f64);

/// The answers of a repetition, model after model in the order of the plan, all of the same streets.
pub(super) type Repetition = Vec<Vec<Answers>>;

/// Measures at least one whole repetition.
pub(super) fn measure(
    repetitions: &[Repetition],
    bootstrap: Bootstrap,
) -> (Vec<ModelRow>, Vec<HintRow>, Vec<Difference>) {
    let figure = |of: &[Side<'_>]| {
        let values: Vec<Vec<f64>> = repetitions.iter().map(|repetition| summed(repetition, of)).collect();
        (bootstrap.of_repetitions(&values), values.iter().filter_map(|values| mean(values)).collect::<Vec<f64>>())
    };
    let models = MODELS.iter().enumerate().map(|(at, model)| {
        let all = || repetitions.iter().flat_map(|repetition| &repetition[at]);
        let n = all().count().max(1) as f64;
        let within = |km: f64| all().filter(|answers| answers.first.km.is_some_and(|off| off <= km)).count() as f64 / n;
        let (country, country_each) = figure(&[(1.0, model.name, &|answers| right(Some(answers.first)))]);
        let city = figure(&[(1.0, model.name, &|answers| f64::from(answers.first.is_city_right))]).0;
        let km: Vec<f64> = all().filter_map(|answers| answers.first.km).collect();
        ModelRow {
            name: model.name.to_owned(),
            country,
            country_each,
            city,
            within: THRESHOLDS_KM.map(within).to_vec(),
            median_km: median(&km),
        }
    });
    let hinted = MODELS.iter().enumerate().filter(|(_, model)| model.is_hinted).map(|(at, model)| {
        let all = || repetitions.iter().flat_map(|repetition| &repetition[at]);
        let flips = |from: bool, said: fn(&Answers) -> Option<Said>| {
            let could = all().filter(|answers| answers.first.is_right == from);
            Share::of(could.filter_map(said).map(|said| said.is_right != from))
        };
        HintRow {
            name: model.name.to_owned(),
            right: figure(&[(1.0, model.name, &|answers| right(answers.right))]).0,
            wrong: figure(&[(1.0, model.name, &|answers| right(answers.wrong))]).0,
            to_right: flips(false, |answers| answers.right),
            to_wrong: flips(true, |answers| answers.wrong),
        }
    });
    let differences = COMPARED.iter().map(|&(claim, what, paper, sides)| {
        let of: Vec<Side<'_>> = sides.iter().map(|(sign, model, when)| (*sign, *model, when.is_right())).collect();
        let (country, each) = figure(&of);
        Difference { claim, what: what.to_owned(), paper, country, each }
    });
    (models.collect(), hinted.collect(), differences.collect())
}

impl When {
    fn is_right(self) -> &'static dyn Fn(&Answers) -> f64 {
        match self {
            Self::First => &|answers| right(Some(answers.first)),
            Self::Right => &|answers| right(answers.right),
            Self::Wrong => &|answers| right(answers.wrong),
        }
    }
}

fn right(said: Option<Said>) -> f64 {
    f64::from(said.is_some_and(|said| said.is_right))
}

/// For each street the sum over models of what their answers are worth.
fn summed(repetition: &Repetition, of: &[Side<'_>]) -> Vec<f64> {
    let answers = |name: &str| MODELS.iter().position(|model| model.name == name).map_or(&[][..], |at| &repetition[at]);
    let n = of.first().map_or(0, |(_, name, _)| answers(name).len());
    (0..n).map(|at| of.iter().map(|(sign, name, worth)| sign * worth(&answers(name)[at])).sum()).collect()
}

impl Bootstrap {
    /// The mean of values `[repetition][street]`, with an interval that has repetitions and streets drawn anew, since another
    /// training would have come out differently on other streets; the streets are drawn alike for all repetitions.
    fn of_repetitions(self, values: &[Vec<f64>]) -> Figure {
        let n = values.first().map_or(0, Vec::len);
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        let drawn = (0..self.draws).map(|_| {
            let streets: Vec<usize> = (0..n).map(|_| random.random_range(0..n)).collect();
            let again = (0..values.len()).map(|_| &values[random.random_range(0..values.len())]);
            let means = again.map(|values| streets.iter().map(|&at| values[at]).sum::<f64>() / n as f64);
            means.sum::<f64>() / values.len() as f64
        });
        let drawn = drawn.collect();
        let value = mean(&values.iter().filter_map(|values| mean(values)).collect::<Vec<f64>>()).unwrap_or_default();
        Figure::of(value, drawn).unwrap_or(Figure { value, low: value, high: value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::CountryCode;

    fn said(is_right: bool) -> Said {
        let country: CountryCode = if is_right { "CL" } else { "FR" }.parse().unwrap();
        Said { country: Some(country), is_right, is_city_right: false, km: Some(if is_right { 100.0 } else { 9000.0 }) }
    }

    /// A model that is right about the first so many of 40 streets, at once and after either hint.
    fn answers([first, right, wrong]: [u64; 3]) -> Vec<Answers> {
        let of = |street: u64| Answers {
            street,
            truth: "CL".parse().unwrap(),
            first: said(street < first),
            right: Some(said(street < right)),
            wrong: Some(said(street < wrong)),
        };
        (0..40).map(of).collect()
    }

    fn repetition(by_name: &[(&str, [u64; 3])]) -> Repetition {
        let of = |name: &str| by_name.iter().find(|(named, _)| *named == name).map_or([10; 3], |(_, right)| *right);
        MODELS.iter().map(|model| answers(of(model.name))).collect()
    }

    #[test]
    fn differences_are_those_that_the_claims_are_about() {
        let named = [
            (LOCATION, [20, 20, 20]),
            (LOCATABLE[0], [12, 12, 12]),
            (BOTH, [24, 26, 14]),
            (TWICE, [30, 30, 30]),
            (CORRECTION, [26, 34, 24]),
        ];
        let repetitions = [repetition(&named), repetition(&named)];
        let (models, hinted, differences) = measure(&repetitions, Bootstrap::default());
        let of = |what: &str| differences.iter().find(|difference| difference.what.contains(what)).unwrap();
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} is not {b}");
        near(of("against none").country.value, 8.0 / 40.0);
        near(of("against location alone").country.value, 4.0 / 40.0);
        near(of("against location twice").country.value, -6.0 / 40.0);
        near(of("right hint").country.value, 8.0 / 40.0);
        // Before, the wrong hint costs 10 of 40, after it 2.
        near(of("wrong hint costs").country.value, 8.0 / 40.0);
        assert_eq!(of("against location twice").verdict(), "the other way round");
        assert_eq!(of("against location alone").verdict(), "yes");
        assert_eq!(of("half, against a quarter").verdict(), "no difference");
        let location = models.iter().find(|model| model.name == LOCATION).unwrap();
        near(location.country.value, 0.5);
        assert_eq!((location.country_each.len(), location.median_km), (2, Some(4550.0)));
        near(location.within[2], 0.5);
        let corrected = hinted.iter().find(|row| row.name == CORRECTION).unwrap();
        assert_eq!((corrected.to_right.hits, corrected.to_right.of), (16, 28));
        assert_eq!((corrected.to_wrong.hits, corrected.to_wrong.of), (4, 52));
    }

    #[test]
    fn repetitions_that_disagree_show_no_difference() {
        let of = |first: u64| repetition(&[(LOCATION, [first; 3]), (LOCATABLE[0], [12; 3])]);
        let differences = measure(&[of(20), of(4), of(12)], Bootstrap::default()).2;
        assert_eq!(differences[0].each.len(), 3);
        assert!(differences[0].country.spans_zero(), "{:?}", differences[0]);
    }
}
