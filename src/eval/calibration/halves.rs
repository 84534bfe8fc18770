//! Photographs to fit a calibration's weights on, and photographs of other places to take its levels from: the next house on a
//! street says little of how far off a model is where it has not been tried.

use std::collections::HashSet;

use super::super::Pictures;
use crate::{
    dataset::{APART_KM, Split},
    predict::calibration::{Record, TooFew},
};

/// Decides which places fall into which half.
const SEED: u64 = 0;

/// The names of photographs, divided by place.
#[derive(Debug, Default)]
pub struct Halves {
    weights: HashSet<String>,
    /// At least half of all, whole places of them.
    levels: HashSet<String>,
    /// How many are in neither, since they are nearer to the levels' than those of the weights may be.
    pub n_between: usize,
}

impl Halves {
    /// Divides listed pictures, as examples to learn from are divided from those that are held back.
    pub fn by_place(pictures: &Pictures) -> Self {
        let Pictures::Listed(examples, _) = pictures else { return Self::default() };
        let Split { learned, held_back, set_aside } =
            Split::by_place(examples, examples.len().div_ceil(2), APART_KM, SEED);
        let names = |numbers: Vec<usize>| numbers.into_iter().map(|number| pictures.name(number)).collect();
        Self { weights: names(learned), levels: names(held_back), n_between: set_aside.len() }
    }

    /// Whether there can be enough in each, which is known before a model is asked.
    pub fn check(&self) -> Result<(), TooFew> {
        TooFew::check(self.weights.len(), self.levels.len())
    }

    /// Those for the weights and those for the levels.
    pub fn divide(&self, mut records: Vec<Record>) -> (Vec<Record>, Vec<Record>) {
        let levels = records.extract_if(.., |record| self.levels.contains(&record.picture)).collect();
        records.retain(|record| self.weights.contains(&record.picture));
        (records, levels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        dataset::{Example, Label},
        geo::LatLon,
    };

    /// A table in the order in which it was driven: ten photographs a street, each ten metres from the next.
    fn driven(n_streets: usize) -> Pictures {
        let example = |at: usize| {
            let (street, metres) = (at / 10, 10.0 * (at % 10) as f64);
            let position = LatLon::new(40.0 + 0.1 * street as f64 + metres / 111_000.0, 10.0);
            let name = format!("{at}.jpg");
            let label = Label { position, country: "IT".parse().ok(), ..Label::default() };
            Example { path: name.clone().into(), name, label, ..Example::default() }
        };
        Pictures::Listed((0..10 * n_streets).map(example).collect(), 0)
    }

    #[test]
    fn no_photograph_for_the_weights_is_from_a_street_of_the_levels() {
        let pictures = driven(20);
        let halves = Halves::by_place(&pictures);
        halves.check().unwrap();
        let line = r#"{"picture":"","position":{"lat":0.0,"lon":0.0},"country":"IT","locatability":null,"is_trusted":true,"answer_country":null,"answer_city":null,"log_shares":[]}"#;
        let record = |index: usize| {
            let (position, country) = pictures.listed_place(index).unwrap();
            Record { picture: pictures.name(index), position, country, ..serde_json::from_str(line).unwrap() }
        };
        let (weights, levels) = halves.divide((0..pictures.count()).map(record).collect());
        assert_eq!(weights.len() + levels.len() + halves.n_between, 200);
        assert!(levels.len() >= 100 && weights.len() >= 80, "{} and {}", weights.len(), levels.len());
        for (one, other) in weights.iter().flat_map(|one| levels.iter().map(move |other| (one, other))) {
            let km = one.position.distance_km(other.position);
            assert!(km > APART_KM, "{} and {} are {km} km apart", one.picture, other.picture);
        }
    }

    #[test]
    fn photographs_of_one_place_are_too_few_however_many() {
        let Pictures::Listed(mut examples, _) = driven(20) else { unreachable!() };
        let place = examples[0].label.position;
        examples.iter_mut().for_each(|example| example.label.position = place);
        let few = Halves::by_place(&Pictures::Listed(examples, 0)).check().unwrap_err();
        assert_eq!((few.for_weights, few.for_levels), (0, 200));
    }
}
