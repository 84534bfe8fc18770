//! How often the country is right by signs alone, by the model alone and by both, beside observers who read without error.

use serde::{Deserialize, Serialize};

use super::{super::metrics::Share, trial::Trial};
use crate::predict::calibration::{Record, SignsSay};

/// The countries that were right in some of the pictures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SignsRow {
    /// Which pictures.
    pub pictures: String,
    /// In how many a sign that was read speaks for some countries or places.
    pub speaks: Share,
    /// Right by the signs alone, where one speaks.
    pub by_signs_that_speak: Share,
    /// Right by the signs alone; where none speaks, that is the country where most pictures are taken.
    pub by_signs: Share,
    /// Right by the model alone.
    pub by_model: Share,
    /// Right by both.
    pub by_both: Share,
    /// Right by an observer who reads every word without error and knows how often each country writes it.
    pub ideal_by_words: Option<Share>,
    /// Right by an observer who sees every clue so.
    pub ideal: Option<Share>,
}

/// A picture: what is on record of it, and what became of it by the model alone and by both.
pub type Tried<'t> = (&'t Record, &'t Trial, &'t Trial);

/// The rows of all pictures, and of those with words to read and without where that is known.
pub fn signs_rows(tried: &[Tried<'_>]) -> Vec<SignsRow> {
    let of = |words: bool| -> Vec<Tried<'_>> {
        tried.iter().filter(|(record, ..)| record.has_words == Some(words)).copied().collect()
    };
    let sets = [("all", tried.to_vec()), ("with legible words", of(true)), ("with none", of(false))];
    sets.iter().filter(|(_, tried)| !tried.is_empty()).map(|(pictures, tried)| row(pictures, tried)).collect()
}

fn row(pictures: &str, tried: &[Tried<'_>]) -> SignsRow {
    let by_signs: Vec<(bool, bool)> = tried.iter().map(|(record, _, both)| by_signs(record, both)).collect();
    // The mean of chances, as a share of so many pictures.
    let mean = |chance: fn(&Record) -> Option<f64>| -> Option<Share> {
        let sum: f64 = tried.iter().map(|(record, ..)| chance(record)).sum::<Option<f64>>()?;
        Some(Share::new(sum.round() as usize, tried.len()))
    };
    SignsRow {
        pictures: pictures.to_owned(),
        speaks: Share::of(by_signs.iter().map(|(speaks, _)| *speaks)),
        by_signs_that_speak: Share::of(by_signs.iter().filter(|(speaks, _)| *speaks).map(|(_, is_right)| *is_right)),
        by_signs: Share::of(by_signs.iter().map(|(_, is_right)| *is_right)),
        by_model: Share::of(tried.iter().map(|(_, model, _)| model.is_right)),
        by_both: Share::of(tried.iter().map(|(_, _, both)| both.is_right)),
        ideal_by_words: mean(|record| record.ideal_of_words),
        ideal: mean(|record| record.ideal),
    }
}

/// Whether a sign of the picture speaks, and whether the signs alone name the country.
fn by_signs(record: &Record, both: &Trial) -> (bool, bool) {
    let shares = record.signs_alone().country_shares(None);
    let likeliest = shares.iter().max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(a.0))).map(|(code, _)| *code);
    (both.signs == SignsSay::Something, likeliest == record.country)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{geo::LatLon, knowledge::Script, predict::calibration::TextRead};

    /// A picture from Thailand that the model holds likelier from one country than from another, with its sign or without.
    fn record([said, less]: [&str; 2], has_sign: bool) -> Record {
        let thai = TextRead { text: String::new(), script: Some(Script::Thai), score: 0.9 };
        Record {
            picture: String::new(),
            sha256: None,
            position: LatLon::new(13.75, 100.5).unwrap(),
            country: Some("TH".parse().unwrap()),
            locatability: None,
            has_words: Some(has_sign),
            signs: Some(Vec::from_iter(has_sign.then_some(thai))),
            ideal: Some(if has_sign { 1.0 } else { 0.5 }),
            ideal_of_words: None,
            is_trusted: true,
            answer_country: None,
            answer_city: None,
            log_shares: vec![(said.parse().unwrap(), -0.5), (less.parse().unwrap(), -0.9)],
        }
    }

    #[test]
    fn signs_are_counted_alone_and_with_the_model() {
        let (wrong, right) = (["LA", "TH"], ["TH", "LA"]);
        let records = [record(wrong, true), record(right, false), record(wrong, false), record(wrong, false)];
        let trials = records.each_ref().map(|r| [r.without_signs(), r.clone()].map(|r| Trial::of(&r, None).unwrap()));
        let tried: Vec<Tried<'_>> = records.iter().zip(&trials).map(|(r, [model, both])| (r, model, both)).collect();
        let rows = signs_rows(&tried);
        let [all, with, without] = &rows[..] else { panic!("{rows:?}") };
        assert_eq!((all.by_both, with.by_both), (Share::new(2, 4), Share::new(1, 1)), "the sign turns the scale");
        assert_eq!(
            (all.speaks, all.by_signs_that_speak, all.by_signs),
            (Share::new(1, 4), Share::new(1, 1), Share::new(1, 4))
        );
        assert_eq!(
            (all.by_model, with.by_model, without.by_model),
            (Share::new(1, 4), Share::new(0, 1), Share::new(1, 3))
        );
        assert_eq!(
            (all.ideal, all.ideal_by_words),
            (Some(Share::new(3, 4)), None),
            "2.5 of 4, and none where one is not known"
        );
    }
}
