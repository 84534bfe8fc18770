//! What a calibration is worth: the measures of unseen cases before and after it, over all and by group.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    super::metrics::Share,
    measures::Measures,
    trial::{Trial, share},
};
use crate::{
    geo,
    predict::calibration::{Calibration, Record},
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
    /// As the model and the pieces say it themselves.
    pub before: Measures,
    /// With the calibration.
    pub after: Measures,
    /// The coverage of groups, with the calibration.
    pub groups: Vec<Group>,
}

/// How often areas hold the place in a group of cases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// What the cases have in common: `locatability`, `words`, `continent` or `country`.
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
        let known: Vec<&Record> = records.iter().filter(|record| record.is_trusted).collect();
        let before: Vec<Trial> = known.par_iter().filter_map(|record| Trial::of(record, None)).collect();
        let after: Vec<Trial> = known.par_iter().filter_map(|record| Trial::of(record, Some(&calibration))).collect();
        Some(Self {
            tried_on,
            n: after.len(),
            n_withheld: records.len() - known.len(),
            before: Measures::of(&before.iter().collect::<Vec<_>>())?,
            after: Measures::of(&after.iter().collect::<Vec<_>>())?,
            groups: groups(&after, &calibration),
            calibration,
        })
    }

    /// The group whose areas for nine tenths hold the place least often.
    pub fn worst_group(&self) -> Option<&Group> {
        self.groups.iter().min_by(|a, b| a.p90.share.total_cmp(&b.p90.share))
    }
}

fn groups(trials: &[Trial], calibration: &Calibration) -> Vec<Group> {
    type Naming<'a> = (&'static str, Box<dyn Fn(&Trial) -> Option<String> + 'a>);
    let band = |trial: &Trial| {
        let at = trial.locatability?;
        let band = calibration.bands.iter().find(|band| (band.from..band.below).contains(&at))?;
        Some(match band.below {
            ..=1.0 => format!("{:.3} to {:.3}", band.from, band.below),
            _ => format!("from {:.3}", band.from),
        })
    };
    let words = |trial: &Trial| trial.has_words.map(|has| if has { "legible" } else { "none" }.to_owned());
    let country = |trial: &Trial| geo::country(trial.country);
    let namings: [Naming<'_>; 4] = [
        ("locatability", Box::new(band)),
        ("words", Box::new(words)),
        ("continent", Box::new(move |trial| Some(country(trial)?.continent.clone()))),
        ("country", Box::new(move |trial| Some(country(trial)?.name.clone()))),
    ];
    let mut groups = Vec::new();
    for (by, name_of) in &namings {
        let mut names: Vec<String> = trials.iter().filter_map(name_of).collect();
        names.sort();
        names.dedup();
        for name in names {
            let members: Vec<&Trial> = trials.iter().filter(|trial| name_of(trial).as_ref() == Some(&name)).collect();
            if members.len() >= LEAST_GROUP {
                let (p50, p90) = (share(&members, |t| t.p50.in_cells), share(&members, |t| t.p90.in_cells));
                groups.push(Group { by: (*by).to_owned(), name, p50, p90 });
            }
        }
    }
    groups
}
