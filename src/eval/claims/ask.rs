//! What a model says of streets that it has not learned: at once, and where hints are tried, after one that is right and after
//! one that is wrong.

use std::ops::ControlFlow;

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::super::experiment::another;
use crate::{
    geo::{self, CountryCode, fold},
    model::{
        Context, GenerateOptions, ModelError, Prompt, VisionLanguageModel,
        chat::{Content, Message, Role},
        sampling::Sampling,
    },
    predict::answer::parse,
    street::StreetPicture,
    train::{hint, place_of},
};

/// No answer of these models is longer.
const MOST_TOKENS: usize = 96;

/// One answer, held against the truth.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Said {
    /// The country that it names, where it names one.
    pub country: Option<CountryCode>,
    /// Whether that is the right one.
    pub is_right: bool,
    /// Whether it names the right city.
    pub is_city_right: bool,
    /// How far off the named place lies, in kilometres.
    pub km: Option<f64>,
}

/// What a model said of one street.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Answers {
    /// The street's seed.
    pub street: u64,
    /// Where it is.
    pub truth: CountryCode,
    /// At once.
    pub first: Said,
    /// After it was told the right country.
    pub right: Option<Said>,
    /// After it was told a wrong one.
    pub wrong: Option<Said>,
}

/// Asks a model its question about a street.
pub(super) fn ask(
    model: &VisionLanguageModel,
    question: &str,
    (street, pixels): (&StreetPicture, &image::RgbImage),
    is_hinted: bool,
) -> Result<Answers, ModelError> {
    let pictures = vec![model.patches(pixels, None).map_err(|error| ModelError::Prompt(error.to_string()))?];
    let asked = Message { role: Role::User, content: vec![Content::Picture, Content::Text(question.to_owned())] };
    let mut conversation = Prompt { messages: vec![asked], pictures, answer_start: String::new() };
    let mut context = model.start();
    let (said, tokens) = answer(model, &mut context, &conversation, street)?;
    let mut answers = Answers { street: street.seed, truth: street.country, first: said, right: None, wrong: None };
    if !is_hinted {
        return Ok(answers);
    }
    conversation.messages.push(Message { role: Role::Assistant, content: vec![Content::Answer(tokens)] });
    let mut after = |country: CountryCode| {
        let mut chance = ChaCha8Rng::seed_from_u64(street.seed);
        let told = geo::country(country).map_or_else(String::new, |country| hint(&country.name, &mut chance));
        let mut conversation = conversation.clone();
        conversation.messages.push(Message { role: Role::User, content: vec![Content::Text(told)] });
        Ok::<_, ModelError>(answer(model, &mut context, &conversation, street)?.0)
    };
    answers.right = Some(after(street.country)?);
    answers.wrong = Some(after(another(street.country, street.seed))?);
    Ok(answers)
}

/// The likeliest answer to a conversation, and its tokens.
fn answer(
    model: &VisionLanguageModel,
    context: &mut Context,
    conversation: &Prompt,
    street: &StreetPicture,
) -> Result<(Said, Vec<u32>), ModelError> {
    model.read(context, conversation)?;
    let options = GenerateOptions {
        max_new_tokens: MOST_TOKENS,
        sampling: Sampling { temperature: 0.0, top_p: 1.0, seed: 0 },
        stop: Vec::new(),
    };
    let answered = model.generate(context, &options, &mut |_| ControlFlow::Continue(()))?;
    Ok((Said::of(&answered.text, street), answered.token_ids))
}

impl Said {
    fn of(text: &str, street: &StreetPicture) -> Self {
        let (answer, _) = parse(text);
        let country = answer.country.as_deref().and_then(geo::country_named).map(|country| country.code);
        let is_right = country == Some(street.country);
        let is_city_right = is_right && answer.city.as_deref().is_some_and(|city| fold(city) == fold(&street.city));
        Self { country, is_right, is_city_right, km: place_of(&answer).map(|place| place.distance_km(street.place)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::street::draw;

    #[test]
    fn an_answer_is_held_against_the_streets_country_city_and_place() {
        let street = draw(1_000_000);
        let name = &geo::country(street.country).unwrap().name;
        let whole = Said::of(&format!("{{'country': '{name}', 'city': '{}'}}", street.city), &street);
        assert!(whole.is_right && whole.is_city_right && whole.km.unwrap() < 60.0, "{whole:?}");
        let country = Said::of(&format!("{{'country': '{name}'}}"), &street);
        assert!(country.is_right && !country.is_city_right && country.km.is_some());
        let wrong = geo::country(another(street.country, 1)).unwrap();
        let wrong = Said::of(&format!("{{'country': '{}', 'city': '{}'}}", wrong.name, street.city), &street);
        assert!(!wrong.is_right && !wrong.is_city_right && wrong.country.is_some());
        let nothing = Said::of("a street", &street);
        assert_eq!((nothing.country, nothing.is_right, nothing.km), (None, false, None));
    }
}
