//! What a calibration is worth: the measures of unseen cases before and after it, over all and by group.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    super::metrics::Share,
    measures::Measures,
    signs::{SignsRow, Tried, signs_rows},
    trial::{Trial, share},
};
use crate::{
    geo,
    predict::calibration::{Band, Calibration, Record, SignsSay},
};

/// Smaller groups say nothing about coverage.
const LEAST_GROUP: usize = 100;

/// The report on a calibration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CalibrationReport {
    /// The calibration.
    pub calibration: Calibration,
    /// The cases it was tried on, in words.
    pub tried_on: String,
    /// How many.
    pub n: usize,
    /// How many more the model did not take for pictures that it knows; nothing is said of these.
    pub n_withheld: usize,
    /// As the model and the signs say it themselves.
    pub before: Measures,
    /// With the calibration, the model alone.
    pub of_model: Measures,
    /// With the calibration, the model and the signs.
    pub after: Measures,
    /// The countries that were right by signs, by the model and by both.
    pub signs: Vec<SignsRow>,
    /// The coverage of groups, with the calibration.
    pub groups: Vec<Coverage>,
}

/// How often areas hold the place in a group of cases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    /// What the cases have in common: `signs`, `locatability`, `words`, `continent` or `country`.
    pub by: String,
    /// Which of them.
    pub name: String,
    /// Cells for one half.
    pub p50: Share,
    /// Cells for nine tenths.
    pub p90: Share,
}

impl CalibrationReport {
    /// Tries a calibration on records that it has not seen; none where there are none to try it on.
    pub fn new(calibration: Calibration, tried_on: String, records: &[Record]) -> Option<Self> {
        let mut known: Vec<&Record> = records.iter().filter(|record| record.is_trusted).collect();
        let n_withheld = records.len() - known.len();
        known.sort_by_key(|record| record.world());
        let trials: Vec<(&Record, [Trial; 3])> = known
            .par_iter()
            .filter_map(|record| {
                let of_model = Trial::of(&record.without_signs(), Some(&calibration))?;
                Some((*record, [Trial::of(record, None)?, of_model, Trial::of(record, Some(&calibration))?]))
            })
            .collect();
        let all = |at: usize| -> Vec<&Trial> { trials.iter().map(|(_, trials)| &trials[at]).collect() };
        let tried: Vec<Tried<'_>> = trials.iter().map(|(record, [_, model, both])| (*record, model, both)).collect();
        Some(Self {
            tried_on,
            n: trials.len(),
            n_withheld,
            before: Measures::of(&all(0))?,
            of_model: Measures::of(&all(1))?,
            after: Measures::of(&all(2))?,
            signs: signs_rows(&tried),
            groups: groups(&all(2), &calibration),
            calibration,
        })
    }

    /// The group whose areas for nine tenths hold the place least often.
    pub fn worst_group(&self) -> Option<&Coverage> {
        self.groups.iter().min_by(|a, b| a.p90.share.total_cmp(&b.p90.share))
    }
}

fn groups(trials: &[&Trial], calibration: &Calibration) -> Vec<Coverage> {
    type Naming<'a> = (&'static str, Box<dyn Fn(&Trial) -> Option<String> + 'a>);
    let signs = |trial: &Trial| Some(signs_in_words(&[trial.signs]));
    let band = |trial: &Trial| {
        let band = calibration.group(trial.signs)?.band(trial.locatability)?;
        Some(format!("{}, {}", signs_in_words(&[trial.signs]), band_in_words(band)))
    };
    let words = |trial: &Trial| trial.has_words.map(|has| if has { "legible" } else { "none" }.to_owned());
    let country = |trial: &Trial| geo::country(trial.country);
    let namings: [Naming<'_>; 5] = [
        ("signs", Box::new(signs)),
        ("locatability", Box::new(band)),
        ("words", Box::new(words)),
        ("continent", Box::new(move |trial| Some(country(trial)?.continent.clone()))),
        ("country", Box::new(move |trial| Some(country(trial)?.name.clone()))),
    ];
    let mut groups = Vec::new();
    for (by, name_of) in &namings {
        let mut names: Vec<String> = trials.iter().filter_map(|trial| name_of(trial)).collect();
        names.sort();
        names.dedup();
        for name in names {
            let is_member = |trial: &&Trial| name_of(trial).as_ref() == Some(&name);
            let members: Vec<&Trial> = trials.iter().copied().filter(is_member).collect();
            if members.len() >= LEAST_GROUP {
                let (p50, p90) = (share(&members, |t| t.p50.in_cells), share(&members, |t| t.p90.in_cells));
                groups.push(Coverage { by: (*by).to_owned(), name, p50, p90 });
            }
        }
    }
    groups
}

/// What signs say, as the page has it.
pub(super) fn signs_in_words(signs: &[SignsSay]) -> String {
    let words = |signs: &SignsSay| match signs {
        SignsSay::NotRead => "not read",
        SignsSay::NoWord => "no word",
        SignsSay::Nothing => "tell nothing",
        SignsSay::Something => "speak",
    };
    signs.iter().map(words).collect::<Vec<_>>().join(" or ")
}

/// The ends of a band of locatability.
pub(super) fn band_in_words(band: &Band) -> String {
    match band.below {
        ..=1.0 => format!("{:.3} to {:.3}", band.from, band.below),
        _ => format!("from {:.3}", band.from),
    }
}
