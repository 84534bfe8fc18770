//! For which other country the model that learns takes a picture: what it is corrected in are its own mistakes, as it will make them
//! when it is asked. Countries that merely look alike would teach it that an answer which it would give itself is always right.

use burn::tensor::activation::log_softmax;
use rand::Rng as _;

use super::{
    answer::{Truth, answer},
    config::Stage,
    features::KeptFeatures,
    lesson::Lesson,
    loss::AnswerScores,
};
use crate::{
    geo::{self, CountryCode},
    knowledge,
    model::{
        ModelError,
        qwen2_5_vl::Qwen25Vl,
        tokenizer::{Tokenizer, TokenizerError},
    },
};

/// The names of countries as an answer begins to say them.
#[derive(Debug, Clone)]
pub struct CountryTokens {
    /// What stands before a name.
    opening: Vec<u32>,
    /// The first token of each name that no other name has before it.
    names: Vec<(CountryCode, u32)>,
}

impl CountryTokens {
    /// Of all countries of which there are street views.
    pub fn of(tokenizer: &Tokenizer) -> Result<Self, TokenizerError> {
        let codes = knowledge::countries().iter().map(|facts| facts.code);
        let named = codes.filter_map(|code| Some((code, geo::country(code)?.name.clone())));
        let begun = |(code, country): (CountryCode, String)| {
            let tokens =
                tokenizer.encode(&answer(Stage::Location, &Truth { country, city: None, reasons: Vec::new() }))?;
            Ok((code, tokens))
        };
        let answers: Vec<(CountryCode, Vec<u32>)> = named.map(begun).collect::<Result<_, _>>()?;
        let first = answers.first().map_or(&[][..], |(_, tokens)| tokens);
        let is_shared = |at: &usize| answers.iter().all(|(_, tokens)| tokens.get(*at) == first.get(*at));
        let shared = (0..first.len()).take_while(is_shared).count();
        let name = |(code, tokens): &(CountryCode, Vec<u32>)| Some((*code, *tokens.get(shared)?));
        Ok(Self { opening: first[..shared].to_vec(), names: answers.iter().filter_map(name).collect() })
    }

    /// The lesson up to a country's name in its first answer, which alone is to be said.
    fn asked(&self, lesson: &Lesson) -> Option<Lesson> {
        let first_answer = lesson.retelling.as_ref()?.first_answer;
        let place = first_answer + self.opening.len();
        let (_, any) = self.names.first()?;
        let tokens = [&lesson.tokens[..first_answer], &self.opening, &[*any]].concat();
        Some(Lesson { tokens, answers: std::iter::once(place..place + 1).collect(), ..lesson.clone() })
    }
}

/// For each lesson of the correction stage whose picture is shown a wrong country, drawn as `model`, which learns nothing by it, holds them likely.
pub fn own_mistakes(
    model: &Qwen25Vl,
    lessons: &[Lesson],
    features: &KeptFeatures,
    countries: &CountryTokens,
) -> Result<Vec<Option<CountryCode>>, ModelError> {
    let (places, asked): (Vec<usize>, Vec<Lesson>) =
        lessons.iter().enumerate().filter_map(|(place, lesson)| Some((place, countries.asked(lesson)?))).unzip();
    let mut mistakes = vec![None; lessons.len()];
    if asked.is_empty() {
        return Ok(mistakes);
    }
    let scores = AnswerScores::new(model, &asked, features)?.logits;
    let [_, vocabulary] = scores.dims();
    let likely: Vec<f32> = log_softmax(scores, 1).into_data().iter::<f32>().collect();
    let mistake = |lesson: &Lesson, row: &[f32]| {
        let wrong = countries.names.iter().filter(|(code, _)| *code != lesson.country);
        let weights: Vec<(CountryCode, f64)> = wrong
            .map(|(code, token)| (*code, f64::from(row.get(*token as usize).copied().unwrap_or(f32::MIN)).exp()))
            .collect();
        let mut chance = lesson.retelling.as_ref()?.chance.clone();
        drawn(&weights, chance.random_range(0.0..1.0))
    };
    for ((place, lesson), row) in places.into_iter().zip(&asked).zip(likely.chunks(vocabulary)) {
        mistakes[place] = mistake(lesson, row);
    }
    Ok(mistakes)
}

/// The one at which the sum of the weights before it passes this share of all; none where all weigh nothing.
fn drawn(weights: &[(CountryCode, f64)], share: f64) -> Option<CountryCode> {
    let mut left = share * weights.iter().map(|(_, weight)| weight).sum::<f64>();
    weights
        .iter()
        .find(|(_, weight)| {
            left -= weight;
            left < 0.0
        })
        .map(|(code, _)| *code)
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, path::Path};

    use rand::SeedableRng as _;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::{
        model::ComputeDevice,
        picture::Picture,
        predict::{LocateSettings, Unobserved, calibration::Record, locate},
        street::draw,
        train::{TrainConfig, pictures::Labelled, student},
    };

    /// What is drawn for a lesson is what the model would say of its picture, were the true country not there.
    #[test]
    fn mistakes_are_those_that_the_model_makes_when_it_is_asked() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/starter");
        let text = format!(
            "out = \"o\"\nstage = \"correction\"\n[model]\nbase = {folder:?}\nparameters = \"text\"\n[features]\ngib = 0.0\n\
             [data]\nstreets = {{ seed = 0, count = 2 }}\n[schedule]\nsteps = 1\nbatch = 1\nlearning_rate = 0.1\n"
        );
        let config: TrainConfig = toml::from_str(&text).unwrap();
        let (model, surroundings) = student::open(&config, None, &ComputeDevice::cpu()).unwrap();
        let (teacher, street) = (surroundings.teacher(&config), draw(1_000_003));
        let countries = CountryTokens::of(&teacher.tokenizer).unwrap();
        let truth =
            Truth { country: geo::country(street.country).unwrap().name.clone(), city: None, reasons: Vec::new() };
        let labelled = Labelled {
            pixels: street.pixels.clone(),
            country: street.country,
            position: None,
            truth,
            turns: Vec::new(),
        };
        let lesson = |seed| teacher.lesson(&labelled, &mut ChaCha8Rng::seed_from_u64(seed)).unwrap();
        let lessons: Vec<Lesson> = (0..).map(lesson).filter(|lesson| lesson.retelling.is_some()).take(60).collect();
        let kept = tempfile::tempdir().unwrap();
        let features = KeptFeatures::open(kept.path().to_owned(), String::new(), 1 << 30);
        let mut drawn: BTreeMap<String, usize> = BTreeMap::new();
        for mistake in own_mistakes(&model, &lessons, &features, &countries).unwrap() {
            let mistake = mistake.unwrap();
            assert_ne!(mistake, street.country);
            *drawn.entry(mistake.to_string()).or_default() += 1;
        }
        let asked = crate::model::VisionLanguageModel::open(&folder, &ComputeDevice::cpu()).unwrap();
        let mut png = std::io::Cursor::new(Vec::new());
        street.pixels.write_to(&mut png, image::ImageFormat::Png).unwrap();
        let picture = Picture::from_bytes("a.png", png.get_ref()).unwrap();
        let found = locate(&asked, &picture, Vec::new(), None, &LocateSettings::default(), &mut Unobserved).unwrap();
        let said = Record::of("", street.place, None, &found).log_shares;
        let wrong: Vec<(CountryCode, f64)> =
            said.into_iter().filter(|(code, _)| *code != street.country).map(|(code, log)| (code, log.exp())).collect();
        let all: f64 = wrong.iter().map(|(_, share)| share).sum();
        for (code, share) in wrong.iter().filter(|(_, share)| *share > 0.15 * all) {
            let (expected, found) = (60.0 * share / all, drawn.get(&code.to_string()).copied().unwrap_or(0));
            assert!((found as f64 - expected).abs() < 13.0, "{code}: {found} and not {expected}; {drawn:?}");
        }
    }

    #[test]
    fn names_are_told_apart_by_their_first_tokens() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/starter");
        let tokenizer = Tokenizer::from_dir(&folder).unwrap();
        let countries = CountryTokens::of(&tokenizer).unwrap();
        assert_eq!(tokenizer.decode(&countries.opening), "{'country': '");
        assert_eq!(countries.names.len(), knowledge::countries().len());
        for (code, token) in &countries.names {
            assert_eq!(
                tokenizer.decode(&[*token]),
                geo::country(*code).unwrap().name,
                "in the starter's vocabulary a name is a token"
            );
        }
    }

    #[test]
    fn a_mistake_is_drawn_as_often_as_it_is_likely() {
        let code = |name: &str| name.parse::<CountryCode>().unwrap();
        let weights = [(code("FR"), 0.1), (code("MA"), 0.3), (code("ES"), 0.0), (code("IT"), 0.1)];
        let mut n: BTreeMap<String, usize> = BTreeMap::new();
        for at in 0..1000 {
            *n.entry(drawn(&weights, f64::from(at) / 1000.0).unwrap().to_string()).or_default() += 1;
        }
        let near = |name: &str, n_expected: usize| n.get(name).copied().unwrap_or(0).abs_diff(n_expected) <= 1;
        assert!(near("FR", 200) && near("MA", 600) && near("ES", 0) && near("IT", 200), "{n:?}");
        assert_eq!(drawn(&[(code("FR"), 0.0)], 0.5), None);
    }
}
