//! Lessons: a labelled picture turned into the token sequence that inference would see, followed by the answer that the
//! model shall give.

use super::{
    answer::{answer, question},
    config::Stage,
    pictures::Labelled,
};
use crate::{
    geo::CountryCode,
    model::{
        chat::{ChatTemplate, Content, Message, Role},
        image_processor::{ImageProcessor, Patches},
        tokenizer::Tokenizer,
    },
};

/// One picture with question and answer, ready for the model.
#[derive(Debug, Clone)]
pub struct Lesson {
    /// The tokens before the answer, the picture's places included.
    pub prompt: Vec<u32>,
    /// The tokens that are learned, the end of the turn last.
    pub answer: Vec<u32>,
    /// The picture.
    pub patches: Patches,
    /// The true country.
    pub country: CountryCode,
}

impl Lesson {
    /// All tokens.
    pub fn n_tokens(&self) -> usize {
        self.prompt.len() + self.answer.len()
    }
}

/// Makes lessons by the model's own tokenizer, chat template and image processor.
#[derive(Debug)]
pub struct Teacher<'a> {
    /// The model's.
    pub tokenizer: &'a Tokenizer,
    /// The model's.
    pub template: &'a ChatTemplate,
    /// The model's.
    pub processor: &'a ImageProcessor,
    /// Stands in a prompt once for each place of the picture.
    pub image_token: u32,
    /// Ends an answer.
    pub end_token: u32,
    /// What is asked and answered.
    pub stage: Stage,
    /// What inference asks of this model.
    pub full_question: String,
    /// Answers are cut after so many tokens.
    pub max_answer_tokens: usize,
}

impl Teacher<'_> {
    /// The lesson of a picture; the error is one line without the picture's name.
    pub fn lesson(&self, labelled: &Labelled) -> Result<Lesson, String> {
        let patches = self.processor.process(&labelled.pixels).map_err(|error| error.to_string())?;
        let text = Content::Text(question(self.stage, &self.full_question));
        let messages = [Message { role: Role::User, content: vec![Content::Picture, text] }];
        let prompt = self.template.render(&messages, true).map_err(|error| error.to_string())?;
        let prompt = self.tokenizer.encode(&prompt).map_err(|error| error.to_string())?;
        let answer = answer(self.stage, &labelled.truth);
        let mut answer = self.tokenizer.encode(&answer).map_err(|error| error.to_string())?;
        answer.push(self.end_token);
        answer.truncate(self.max_answer_tokens);
        Ok(Lesson { prompt: self.expand(&prompt, patches.merged_tokens), answer, patches, country: labelled.country })
    }

    /// Gives the picture as many places as it has merged patches.
    fn expand(&self, ids: &[u32], merged_tokens: usize) -> Vec<u32> {
        let places = |&id: &u32| std::iter::repeat_n(id, if id == self.image_token { merged_tokens } else { 1 });
        ids.iter().flat_map(places).collect()
    }
}
