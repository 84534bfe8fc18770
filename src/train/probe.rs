//! Probes: a few held-back pictures that the model answers again and again while it learns, in its own words.

use std::sync::Arc;

use image::RgbImage;

use super::{
    ahead::chance,
    answer::Truth,
    config::TrainConfig,
    lesson::{Lesson, Teacher},
    pictures::Pictures,
};
use crate::model::{AnswerRules, ComputeDevice, ModelError, answer_tokens, qwen2_5_vl::Qwen25Vl};

/// A picture that is answered again and again.
#[derive(Debug, Clone)]
pub struct Probe {
    /// What it is called.
    pub name: String,
    /// The picture, upright.
    pub pixels: Arc<RgbImage>,
    /// What is known of it.
    pub truth: Truth,
    lesson: Lesson,
}

impl Probe {
    /// As many as the configuration wants, spread over the pictures that are held back; one that cannot be used is left out.
    pub fn choose(config: &TrainConfig, held_back: &[usize], pictures: &Pictures, teacher: &Teacher) -> Vec<Self> {
        let wanted = config.probes.pictures.min(held_back.len());
        let spread = (0..wanted).map(|place| held_back[place * held_back.len() / wanted]);
        spread.filter_map(|index| Self::of(index, config.seed, pictures, teacher).ok()).collect()
    }

    fn of(index: usize, seed: u64, pictures: &Pictures, teacher: &Teacher) -> Result<Self, String> {
        let labelled = pictures.get(index)?;
        let lesson = teacher.lesson(&labelled, &mut chance(seed, index as u64))?;
        Ok(Self { name: pictures.name(index), pixels: Arc::new(labelled.pixels), truth: labelled.truth, lesson })
    }

    /// What the model says about it, token by token its likeliest.
    pub fn answer(&self, model: &Qwen25Vl, device: &ComputeDevice, teacher: &Teacher) -> Result<String, ModelError> {
        let Lesson { patches, .. } = &self.lesson;
        let rules = AnswerRules {
            end: teacher.end_token,
            most: teacher.max_answer_tokens,
            repetition_penalty: teacher.repetition_penalty,
        };
        let tokens = answer_tokens(model, device, self.lesson.prompt(), patches, rules)?;
        Ok(teacher.tokenizer.decode(&tokens))
    }
}
