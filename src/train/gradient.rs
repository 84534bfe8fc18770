//! The gradient of a step: of the mean loss over all answer tokens of its lessons, batch after batch, and whether it
//! can be followed.

use super::{
    adamw::{GradientSum, scalar},
    error::NotFinite,
    lesson::Lesson,
    loss::AnswerScores,
};
use crate::model::{ModelError, qwen2_5_vl::Qwen25Vl};

/// What the lessons of a step give.
#[derive(Debug)]
pub enum StepGradient {
    /// Loss and gradient are finite numbers.
    Found {
        /// The mean loss over the step's answer tokens, in nats.
        loss: f64,
        /// The gradient of `loss`.
        gradient: GradientSum,
        /// Its length.
        norm: f64,
    },
    /// The loss or the gradient is no finite number, and following it would spoil the parameters.
    Diverged(NotFinite),
}

impl StepGradient {
    /// Lets `model` learn `lessons`, `batch` of them at once. The model is not changed.
    pub fn of(model: &Qwen25Vl, lessons: &[Lesson], batch: usize) -> Result<Self, ModelError> {
        let n_tokens: usize = lessons.iter().map(|lesson| lesson.answer.len()).sum();
        let mut gradient = GradientSum::default();
        let mut loss = 0.0;
        for batch in lessons.chunks(batch) {
            let share = AnswerScores::new(model, batch)?.total_loss().div_scalar(n_tokens as f64);
            gradient.add(model, &mut share.backward());
            loss += scalar(share.inner());
        }
        let norm = gradient.norm();
        Ok(match (loss.is_finite(), norm.is_finite()) {
            (true, true) => Self::Found { loss, gradient, norm },
            (false, _) => Self::Diverged(NotFinite::Loss),
            (true, false) => Self::Diverged(NotFinite::Gradient),
        })
    }
}
