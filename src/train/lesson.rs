//! Lessons: a labelled picture turned into the tokens of a conversation as inference would see it, in which the model's
//! answers are learned.

use std::{borrow::Cow, ops::Range, sync::Arc};

use image::{Rgb, RgbImage};
use rand::Rng as _;
use rand_chacha::ChaCha8Rng;

use super::{
    answer::{ONE_UNSEEN_IN, Round, Truth, corrected, corrected_unseen, rounds},
    config::Stage,
    pictures::Labelled,
};
use crate::{
    dataset::Turn,
    geo::{CountryCode, LatLon},
    model::{
        chat::{ChatTemplate, Content, Message, Role},
        conversation_tokens,
        image_processor::{ImageProcessor, Patches},
        tokenizer::Tokenizer,
    },
    predict::answer::rescaled,
};

/// One picture with questions and answers, ready for the model.
#[derive(Debug, Clone)]
pub struct Lesson {
    /// The tokens of the conversation, the picture's places included.
    pub tokens: Vec<u32>,
    /// Where in them the answers stand that are learned, in order, at least one. Each ends with the end of its turn, unless
    /// it was cut; the last one ends the tokens. None begins at 0.
    pub answers: Vec<Range<usize>>,
    /// The picture.
    pub patches: Patches,
    /// The true country.
    pub country: CountryCode,
    /// The true position, where it is known.
    pub position: Option<LatLon>,
    /// In the correction stage, where the picture is shown: what it is told again from.
    pub retelling: Option<Retelling>,
}

/// What a lesson of the correction stage is told again from, once it is known for what the model takes the picture.
#[derive(Debug, Clone)]
pub struct Retelling {
    truth: Truth,
    /// Decides it as it did the first time.
    pub chance: ChaCha8Rng,
    /// Where in the tokens the first answer begins.
    pub first_answer: usize,
}

impl Lesson {
    /// One question with its answer, in tokens.
    #[cfg(test)]
    pub fn asked(mut tokens: Vec<u32>, answer: Vec<u32>, patches: Patches, country: CountryCode) -> Self {
        let answers = std::iter::once(tokens.len()..tokens.len() + answer.len()).collect();
        tokens.extend(answer);
        Self { tokens, answers, patches, country, position: None, retelling: None }
    }

    /// All tokens.
    pub fn n_tokens(&self) -> usize {
        self.tokens.len()
    }

    /// The tokens that are learned, in order.
    pub fn targets(&self) -> impl Iterator<Item = u32> {
        self.answers.iter().flat_map(|answer| self.tokens[answer.clone()].iter().copied())
    }

    /// How many they are.
    pub fn n_targets(&self) -> usize {
        self.answers.iter().map(ExactSizeIterator::len).sum()
    }

    /// The place of the token after which each of [`Self::targets`] is to be said.
    pub fn predicting(&self) -> impl Iterator<Item = usize> {
        self.answers.iter().flat_map(|answer| answer.start - 1..answer.end - 1)
    }
}

impl Lesson {
    /// The tokens before the first answer that is learned.
    pub fn prompt(&self) -> &[u32] {
        &self.tokens[..self.answers.first().map_or(0, |answer| answer.start)]
    }
}

/// A picture of this one's size that shows nothing.
fn nothing(pixels: &RgbImage) -> RgbImage {
    RgbImage::from_pixel(pixels.width(), pixels.height(), Rgb([128; 3]))
}

/// A conversation in tokens.
struct Told {
    tokens: Vec<u32>,
    /// Where in them the answers stand that are learned.
    answers: Vec<Range<usize>>,
    /// Where the first answer begins, learned or not.
    first_answer: usize,
}

/// Makes lessons by the model's own tokenizer, chat template and image processor.
#[derive(Debug, Clone)]
pub struct Teacher {
    /// The model's.
    pub tokenizer: Arc<Tokenizer>,
    /// The model's.
    pub template: Arc<ChatTemplate>,
    /// The model's.
    pub processor: Arc<ImageProcessor>,
    /// Stands in a prompt once for each place of the picture.
    pub image_token: u32,
    /// Ends an answer.
    pub end_token: u32,
    /// What the model's files ask for where it answers.
    pub repetition_penalty: f32,
    /// What is asked and answered.
    pub stage: Stage,
    /// What inference asks of this model.
    pub full_question: String,
    /// Answers are cut after so many tokens.
    pub max_answer_tokens: usize,
}

impl Teacher {
    /// The lesson of a picture; `chance` decides what its stage leaves to it. The error is one line without the picture's
    /// name.
    pub fn lesson(&self, labelled: &Labelled, chance: &mut ChaCha8Rng) -> Result<Lesson, String> {
        let is_corrected = self.stage == Stage::Correction && labelled.turns.is_empty();
        let is_seen = !(is_corrected && chance.random_ratio(1, ONE_UNSEEN_IN));
        let shown = if is_seen { Cow::Borrowed(&labelled.pixels) } else { Cow::Owned(nothing(&labelled.pixels)) };
        let patches = self.processor.process(&shown).map_err(|error| error.to_string())?;
        let before = chance.clone();
        let rounds = match &labelled.turns[..] {
            [] if is_seen => rounds(self.stage, &self.full_question, &labelled.truth, chance),
            [] => corrected_unseen(&self.full_question, &labelled.truth, chance),
            turns => self.rounds_of(turns, labelled.pixels.dimensions())?,
        };
        let is_retold = is_corrected && is_seen;
        let Told { tokens, answers, first_answer } = self.told(&rounds, patches.merged_tokens)?;
        let retelling = is_retold.then(|| Retelling { truth: labelled.truth.clone(), chance: before, first_answer });
        let Labelled { country, position, .. } = *labelled;
        Ok(Lesson { tokens, answers, patches, country, position, retelling })
    }

    /// A conversation about a picture of this size, with boxes as inference counts them: in pixels of the picture that is shown.
    fn rounds_of(&self, turns: &[Turn], (width, height): (u32, u32)) -> Result<Vec<Round>, String> {
        let shown = self.processor.target_size(width, height).map_err(|error| error.to_string())?;
        let in_shown = |text: &str| rescaled(text, (width, height), shown);
        let round =
            |turn: &Turn| Round { asked: in_shown(&turn.asked), answer: in_shown(&turn.answered), is_learned: true };
        Ok(turns.iter().map(round).collect())
    }

    /// Tells a lesson once more, where it is of the correction stage: with `other` as the country for which the picture is taken.
    pub fn retell(&self, lesson: &mut Lesson, other: CountryCode) -> Result<(), String> {
        let Some(Retelling { truth, chance, .. }) = &lesson.retelling else { return Ok(()) };
        let rounds = corrected(&self.full_question, truth, other, &mut chance.clone());
        let Told { tokens, answers, .. } = self.told(&rounds, lesson.patches.merged_tokens)?;
        (lesson.tokens, lesson.answers) = (tokens, answers);
        Ok(())
    }

    /// The rounds about a picture of so many merged patches.
    fn told(&self, rounds: &[Round], merged_tokens: usize) -> Result<Told, String> {
        let Told { tokens, mut answers, first_answer } = self.conversation(rounds)?;
        // The picture stands before all answers.
        let n_before = tokens.len();
        let mut tokens = self.expand(&tokens, merged_tokens);
        let shift = tokens.len() - n_before;
        answers.iter_mut().for_each(|answer| *answer = answer.start + shift..answer.end + shift);
        tokens.truncate(answers.last().map_or(0, |answer| answer.end));
        Ok(Told { tokens, answers, first_answer: first_answer + shift })
    }

    /// The same with one place for the picture.
    fn conversation(&self, rounds: &[Round]) -> Result<Told, String> {
        let mut messages = Vec::with_capacity(2 * rounds.len());
        let (mut tokens, mut said) = (Vec::new(), Vec::new());
        for round in rounds {
            let mut asked = vec![Content::Text(round.asked.clone())];
            if messages.is_empty() {
                asked.insert(0, Content::Picture);
            }
            messages.push(Message { role: Role::User, content: asked });
            tokens = conversation_tokens(&self.tokenizer, &self.template, &messages, "")
                .map_err(|error| error.to_string())?;
            let mut answer = self.tokenizer.encode(&round.answer).map_err(|error| error.to_string())?;
            answer.truncate(self.max_answer_tokens);
            said.push((tokens.len()..tokens.len() + answer.len(), round.is_learned));
            messages.push(Message { role: Role::Assistant, content: vec![Content::Answer(answer.clone())] });
            tokens.extend(answer);
        }
        tokens.push(self.end_token);
        // The end of a turn is learned too, where the template has it and the answer was not cut.
        let is_ended = |answer: &Range<usize>| {
            answer.len() < self.max_answer_tokens && tokens.get(answer.end) == Some(&self.end_token)
        };
        let first_answer = said.first().map_or(0, |(answer, _)| answer.start);
        let learned = said.into_iter().filter(|(_, is_learned)| *is_learned);
        let answers = learned.map(|(answer, _)| answer.start..answer.end + usize::from(is_ended(&answer))).collect();
        Ok(Told { tokens, answers, first_answer })
    }

    /// Gives the picture as many places as it has merged patches.
    fn expand(&self, ids: &[u32], merged_tokens: usize) -> Vec<u32> {
        let places = |&id: &u32| std::iter::repeat_n(id, if id == self.image_token { merged_tokens } else { 1 });
        ids.iter().flat_map(places).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use rand::SeedableRng as _;

    use super::*;
    use crate::{
        model::{ComputeDevice, Prompt, VisionLanguageModel},
        train::answer::Truth,
    };

    fn starter() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/starter")
    }

    fn teacher(stage: Stage, max_answer_tokens: usize) -> Teacher {
        let folder = starter();
        let tokenizer = Tokenizer::from_dir(&folder).unwrap();
        Teacher {
            image_token: tokenizer.token_id("<|image_pad|>").unwrap(),
            end_token: tokenizer.token_id("<|im_end|>").unwrap(),
            repetition_penalty: 1.0,
            template: Arc::new(ChatTemplate::from_dir(&folder).unwrap()),
            processor: Arc::new(ImageProcessor::from_dir(&folder).unwrap()),
            tokenizer: Arc::new(tokenizer),
            stage,
            full_question: "Where was it taken?".to_owned(),
            max_answer_tokens,
        }
    }

    fn labelled() -> Labelled {
        let truth = Truth { country: "Chile".to_owned(), city: Some("Arica".to_owned()), reasons: Vec::new() };
        Labelled {
            pixels: RgbImage::new(112, 112),
            country: "CL".parse().unwrap(),
            position: None,
            truth,
            turns: Vec::new(),
        }
    }

    fn words(teacher: &Teacher, lesson: &Lesson) -> Vec<String> {
        lesson.answers.iter().map(|answer| teacher.tokenizer.decode(&lesson.tokens[answer.clone()])).collect()
    }

    #[test]
    fn every_answer_of_a_conversation_is_learned_but_a_wrong_one() {
        let teacher = teacher(Stage::Correction, 64);
        let (whole, again) =
            ("{'country': 'Chile', 'city': 'Arica', 'reasons': []}", "{'country': 'Chile', 'city': 'Arica'}");
        let mut n_learned = [0; 3];
        for seed in 0..12 {
            let lesson = teacher.lesson(&labelled(), &mut ChaCha8Rng::seed_from_u64(seed)).unwrap();
            let said = words(&teacher, &lesson);
            let said: Vec<&str> = said.iter().map(|said| said.trim_end_matches("<|im_end|>")).collect();
            assert!(said == [whole, again] || said == [again], "{said:?}");
            n_learned[lesson.answers.len()] += 1;
            assert_eq!(lesson.answers.last().unwrap().end, lesson.tokens.len());
            assert!(lesson.answers.iter().all(|answer| lesson.tokens[answer.end - 1] == teacher.end_token));
            let targets: Vec<u32> = lesson.targets().collect();
            let predicted: Vec<u32> = lesson.predicting().map(|place| lesson.tokens[place + 1]).collect();
            assert_eq!((targets.len(), predicted), (lesson.n_targets(), targets));
        }
        assert!(n_learned[1] > 0 && n_learned[2] > 0, "{n_learned:?}");
    }

    /// Told again, a lesson has the same hint and the same truth; its wrong answer is the one that it is told.
    #[test]
    fn a_correction_is_told_again_with_the_mistake_that_the_model_makes() {
        let teacher = teacher(Stage::Correction, 64);
        let (japan, mut n_wrong) = ("JP".parse().unwrap(), 0);
        let lessons = (0..40).map(|seed| teacher.lesson(&labelled(), &mut ChaCha8Rng::seed_from_u64(seed)).unwrap());
        for lesson in lessons.filter(|lesson| lesson.retelling.is_some()) {
            let first_answer = lesson.retelling.as_ref().unwrap().first_answer;
            let opening = |lesson: &Lesson| teacher.tokenizer.decode(&lesson.tokens[first_answer..]);
            assert!(opening(&lesson).starts_with("{'country': '"), "{}", opening(&lesson));
            let mut retold = lesson.clone();
            teacher.retell(&mut retold, japan).unwrap();
            assert_eq!((&retold.country, retold.patches.grid), (&lesson.country, lesson.patches.grid));
            assert_eq!(lesson.tokens[..first_answer], retold.tokens[..first_answer]);
            let is_wrong = opening(&retold).starts_with("{'country': 'Japan'");
            n_wrong += usize::from(is_wrong);
            assert_eq!(retold.answers.len(), if is_wrong { 1 } else { 2 });
            assert!(words(&teacher, &retold).iter().all(|said| said.contains("'Chile'")));
            let once = retold.tokens.clone();
            teacher.retell(&mut retold, japan).unwrap();
            assert_eq!(retold.tokens, once, "as often as one wants");
        }
        assert!((5..30).contains(&n_wrong), "{n_wrong}");
        let plain = self::teacher(Stage::Full, 64);
        let lesson = plain.lesson(&labelled(), &mut ChaCha8Rng::seed_from_u64(1)).unwrap();
        let mut again = lesson.clone();
        plain.retell(&mut again, japan).unwrap();
        assert!(lesson.retelling.is_none() && again.tokens == lesson.tokens);
    }

    /// Where nothing is seen, what is said is all there is: the lesson stays as it is whatever the model would take the picture for.
    #[test]
    fn now_and_then_a_correction_is_about_a_picture_that_is_not_shown() {
        let teacher = teacher(Stage::Correction, 64);
        let shown = teacher.processor.process(&labelled().pixels).unwrap();
        let mut n_unseen = 0;
        for seed in 0..400 {
            let lesson = teacher.lesson(&labelled(), &mut ChaCha8Rng::seed_from_u64(seed)).unwrap();
            assert_eq!(lesson.patches.grid, shown.grid);
            assert_eq!(lesson.patches.values == shown.values, lesson.retelling.is_some());
            if lesson.retelling.is_some() {
                continue;
            }
            n_unseen += 1;
            let mut retold = lesson.clone();
            teacher.retell(&mut retold, "JP".parse().unwrap()).unwrap();
            assert_eq!((retold.tokens, lesson.answers.len()), (lesson.tokens.clone(), 1));
            let said = teacher.tokenizer.decode(&lesson.tokens);
            assert_eq!(said.matches("Chile").count(), 2, "hint and answer: {said}");
        }
        assert!((30..70).contains(&n_unseen), "{n_unseen}");
        let with_turns =
            Labelled { turns: vec![Turn { asked: "?".to_owned(), answered: "Chile.".to_owned() }], ..labelled() };
        for seed in 0..40 {
            let lesson = teacher.lesson(&with_turns, &mut ChaCha8Rng::seed_from_u64(seed)).unwrap();
            assert_eq!(lesson.patches.values, shown.values, "a picture that comes with a conversation is always shown");
        }
    }

    #[test]
    fn a_conversation_that_comes_with_a_picture_is_learned_as_it_is() {
        let teacher = teacher(Stage::Full, 64);
        let turn = |asked: &str, answered: &str| Turn { asked: asked.to_owned(), answered: answered.to_owned() };
        let turns = vec![turn("Which side do they drive on?", "Right."), turn("Where is it?", "In Chile.")];
        let lesson = teacher.lesson(&Labelled { turns, ..labelled() }, &mut ChaCha8Rng::seed_from_u64(1)).unwrap();
        let said: Vec<String> = words(&teacher, &lesson);
        assert_eq!(
            said.iter().map(|said| said.trim_end_matches("<|im_end|>")).collect::<Vec<_>>(),
            ["Right.", "In Chile."]
        );
        assert!(teacher.tokenizer.decode(&lesson.tokens).contains("Which side do they drive on?"));
    }

    #[test]
    fn boxes_in_a_conversation_are_in_the_pixels_that_the_model_is_shown() {
        let teacher = teacher(Stage::Full, 64);
        let answered = r#"{"bbox_2d": [0, 0, 400, 300], "label": "sign"}"#.to_owned();
        let turns = vec![Turn { asked: "Where is the sign?".to_owned(), answered }];
        let labelled = Labelled { pixels: RgbImage::new(800, 600), turns, ..labelled() };
        let (width, height) = teacher.processor.target_size(800, 600).unwrap();
        assert!((width, height) != (800, 600), "the starter sees less");
        let lesson = teacher.lesson(&labelled, &mut ChaCha8Rng::seed_from_u64(1)).unwrap();
        let right = format!("[0, 0, {}, {}]", f64::from(width) / 2.0, f64::from(height) / 2.0);
        assert!(words(&teacher, &lesson)[0].contains(&right), "{:?} and {right}", words(&teacher, &lesson));
    }

    #[test]
    fn what_stands_before_an_answer_is_what_inference_asks_with() {
        let teacher = teacher(Stage::Location, 64);
        let lesson = teacher.lesson(&labelled(), &mut ChaCha8Rng::seed_from_u64(1)).unwrap();
        let model = VisionLanguageModel::open(&starter(), &ComputeDevice::cpu()).unwrap();
        let asked = Content::Text("Which country and city is the image located?".to_owned());
        let messages = vec![Message { role: Role::User, content: vec![Content::Picture, asked] }];
        let prompt = Prompt { messages, pictures: vec![lesson.patches.clone()], answer_start: String::new() };
        assert_eq!(lesson.prompt(), model.prompt_tokens(&prompt).unwrap());
    }

    #[test]
    fn a_long_answer_is_cut_and_then_does_not_end() {
        let teacher = teacher(Stage::Full, 5);
        let lesson = teacher.lesson(&labelled(), &mut ChaCha8Rng::seed_from_u64(1)).unwrap();
        assert_eq!((lesson.n_targets(), lesson.tokens.last() == Some(&teacher.end_token)), (5, false));
    }
}
