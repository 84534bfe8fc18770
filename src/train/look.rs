//! A look at held-back pictures, some of them at a time: how wrong the model is about their answers, how often their
//! country is right, and how far from the truth the named place lies.

use super::{
    adamw::scalar,
    event::Validation,
    features::KeptFeatures,
    lesson::{Lesson, Teacher},
    loss::AnswerScores,
};
use crate::{
    geo::{self, LatLon},
    model::{ModelError, qwen2_5_vl::Qwen25Vl},
    predict::answer::{Answer, parse},
};

/// What an answer that names no place is off by: half way round the Earth.
const FARTHEST_KM: f64 = 20_015.0;

/// What was seen so far.
#[derive(Debug, Default)]
pub struct Look {
    loss: f64,
    n_tokens: usize,
    n_right: usize,
    n_pictures: usize,
    /// How far the named place lies from the truth, for each picture whose position is known.
    off_km: Vec<f64>,
}

impl Look {
    /// Adds what a model without a graph, whose tower makes these features of pictures, makes of these lessons. Each token is judged with the right tokens before it,
    /// and the last answer of each lesson is read.
    pub fn add(
        &mut self,
        (model, features): (&Qwen25Vl, &KeptFeatures),
        lessons: &[Lesson],
        teacher: &Teacher,
    ) -> Result<(), ModelError> {
        if lessons.is_empty() {
            return Ok(());
        }
        let scores = AnswerScores::new(model, lessons, features)?;
        self.loss += scalar(scores.total_loss());
        self.n_tokens += scores.targets.len();
        self.n_pictures += lessons.len();
        let likeliest = scores.likeliest();
        let mut rest = likeliest.as_slice();
        for lesson in lessons {
            let (tokens, after) = rest.split_at(lesson.n_targets());
            rest = after;
            let n_last = lesson.answers.last().map_or(0, ExactSizeIterator::len);
            let (answer, _) = parse(&teacher.tokenizer.decode(&tokens[tokens.len() - n_last..]));
            let country = answer.country.as_deref().and_then(geo::country_named);
            self.n_right += usize::from(country.is_some_and(|country| country.code == lesson.country));
            if let Some(truth) = lesson.position {
                self.off_km.push(place_of(&answer).map_or(FARTHEST_KM, |place| place.distance_km(truth)));
            }
        }
        Ok(())
    }

    /// What came of it after so many steps; none where no picture could be used.
    pub fn validation(self, step: u64) -> Option<Validation> {
        let share = |part: f64, of: usize| part / of as f64;
        (self.n_pictures > 0).then(|| Validation {
            step,
            loss: share(self.loss, self.n_tokens),
            country_accuracy: share(self.n_right as f64, self.n_pictures),
            median_km: median(&self.off_km),
            pictures: self.n_pictures,
        })
    }
}

/// Where the place lies that an answer names: its city, or else its country's greatest.
pub fn place_of(answer: &Answer) -> Option<LatLon> {
    let country = geo::country_named(answer.country.as_deref()?)?;
    let city = answer.city.as_deref().filter(|city| !city.is_empty());
    let named = city.and_then(|city| geo::places_named(city, Some(country.code)).into_iter().next());
    let place = named.or_else(|| geo::chief_places(country.code, 1).into_iter().next());
    Some(place.map_or(country.centre, |found| found.place.position))
}

/// The middle one of these numbers, or the mean of the two in the middle; none of nothing.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (low, high) = (sorted.get(sorted.len().checked_sub(1)? / 2)?, sorted.get(sorted.len() / 2)?);
    Some(f64::midpoint(*low, *high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_lies_in_its_city_or_else_in_its_country() {
        let named = |text: &str| place_of(&parse(text).0);
        let off = |text: &str, lat, lon| named(text).unwrap().distance_km(LatLon::new(lat, lon).unwrap());
        assert!(off("{'country': 'Chile', 'city': 'Arica'}", -18.48, -70.33) < 10.0);
        assert!(off("{'country': 'Chile', 'city': ''}", -33.45, -70.65) < 50.0);
        assert!(off("{'country': 'Chile', 'city': 'Qxzzv'}", -33.45, -70.65) < 50.0);
        assert_eq!(named("{'country': 'Nowhere', 'city': 'Arica'}"), None);
    }

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[5.0]), Some(5.0));
        assert_eq!(median(&[9.0, 1.0, 4.0]), Some(4.0));
        assert_eq!(median(&[9.0, 1.0, 4.0, 6.0]), Some(5.0));
    }
}
