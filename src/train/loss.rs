//! What a model is wrong by: the cross entropy of the answer's tokens, given picture, question and the right tokens
//! before each. Prompt and picture are read, not learned.

use burn::tensor::{Int, Tensor, TensorData, activation::log_softmax};

use super::lesson::Lesson;
use crate::model::{
    ModelError,
    qwen2_5_vl::{Batch, Qwen25Vl},
};

/// A model's scores where answers are supervised.
#[derive(Debug)]
pub struct AnswerScores {
    /// `[answer tokens of all lessons, vocabulary]`, lesson after lesson.
    pub logits: Tensor<2>,
    /// The right token of each row.
    pub targets: Vec<u32>,
}

impl AnswerScores {
    /// Lets `model` read the lessons, which are padded on the right to the longest: under a causal mask nothing looks
    /// that way. Only the positions that predict an answer's token go through the output layer.
    pub fn new(model: &Qwen25Vl, lessons: &[Lesson]) -> Result<Self, ModelError> {
        let targets: Vec<u32> = lessons.iter().flat_map(|lesson| lesson.answer.iter().copied()).collect();
        // The last token of an answer is predicted and never read.
        let length = lessons.iter().map(|lesson| lesson.n_tokens() - 1).max().unwrap_or(0);
        let mut tokens = Vec::with_capacity(lessons.len());
        let mut places = Vec::with_capacity(targets.len());
        for (row, lesson) in lessons.iter().enumerate() {
            let first = row * length + lesson.prompt.len() - 1;
            places.extend((first..first + lesson.answer.len()).map(|place| place as i32));
            let mut ids = lesson.prompt.clone();
            ids.extend(&lesson.answer[..lesson.answer.len() - 1]);
            // Any text token will do.
            ids.resize(length, lesson.answer[0]);
            tokens.push(ids);
        }
        let pictures: Vec<_> = lessons.iter().map(|lesson| &lesson.patches).collect();
        let real = vec![0..length; lessons.len()];
        let hidden = model.hidden_states(&Batch { tokens: &tokens, real: &real, pictures: &pictures })?;
        let [rows, length, width] = hidden.dims();
        let places = Tensor::<1, Int>::from_data(TensorData::new(places, [targets.len()]), &hidden.device());
        let logits = model.logits(hidden.reshape([rows * length, width]).select(0, places));
        Ok(Self { logits, targets })
    }

    /// The sum of `-ln p(right token)` over all answer tokens, in nats.
    ///
    /// # Shapes
    /// `[1]`
    pub fn total_loss(&self) -> Tensor<1> {
        let targets: Vec<i32> = self.targets.iter().map(|&token| token as i32).collect();
        let shape = [targets.len(), 1];
        let targets = Tensor::<2, Int>::from_data(TensorData::new(targets, shape), &self.logits.device());
        log_softmax(self.logits.clone(), 1).gather(1, targets).sum().neg()
    }

    /// The likeliest token of each row.
    pub fn likeliest(&self) -> Vec<u32> {
        self.logits.clone().argmax(1).into_data().iter::<u32>().collect()
    }
}
