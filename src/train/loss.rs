//! What a model is wrong by: the cross entropy of the answer's tokens, given picture, question and the right tokens
//! before each. Prompt and picture are read, not learned.

use burn::tensor::{Int, Tensor, TensorData, activation::log_softmax};

use super::{features::KeptFeatures, lesson::Lesson, rows::Rows};
use crate::model::{ModelError, qwen2_5_vl::Qwen25Vl};

/// A model's scores where answers are supervised.
#[derive(Debug)]
pub struct AnswerScores {
    /// `[answer tokens of all lessons, vocabulary]`, lesson after lesson.
    pub logits: Tensor<2>,
    /// The right token of each row.
    pub targets: Vec<u32>,
}

impl AnswerScores {
    /// Lets `model` read the lessons. Only the positions that predict an answer's token go through the output layer.
    pub fn new(model: &Qwen25Vl, lessons: &[Lesson], features: &KeptFeatures) -> Result<Self, ModelError> {
        let rows = Rows::of(lessons);
        let hidden = model.hidden_states(&rows.batch(), features.of(model, &rows.pictures)?)?;
        let places: Vec<i32> = rows.before.iter().map(|&place| place as i32).collect();
        let places = TensorData::new(places, [rows.targets.len()]);
        let places = Tensor::<1, Int>::from_data(places, &hidden.device());
        let [n_rows, length, width] = hidden.dims();
        let logits = model.logits(hidden.reshape([n_rows * length, width]).select(0, places));
        Ok(Self { logits, targets: rows.targets })
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use safetensors::SafeTensors;
    use serde_json::Value;

    use super::*;
    use crate::model::{ComputeDevice, Patches};

    fn ids(value: &Value) -> Vec<u32> {
        value.as_array().unwrap().iter().map(|id| id.as_u64().unwrap() as u32).collect()
    }

    /// The answers that transformers scored after a prompt with a picture, and their log-probabilities.
    fn scored(reference: &Path, expected: &Value) -> (Vec<Lesson>, Vec<f64>) {
        let prompt = &expected["prompts"][expected["continuations"]["prompt"].as_str().unwrap()];
        let file = std::fs::read(reference.join("pixel_values.safetensors")).unwrap();
        let file = SafeTensors::deserialize(&file).unwrap();
        let pixels = file.tensor(prompt["pictures"][0].as_str().unwrap()).unwrap();
        let values = pixels.data().as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        let grid: Vec<usize> = ids(&prompt["image_grid_thw"][0]).into_iter().map(|side| side as usize).collect();
        let merged_tokens = grid.iter().product::<usize>() / 4;
        let patches = Patches { values, grid: grid.try_into().unwrap(), merged_tokens };
        let lesson = |scored: &Value| {
            Lesson::asked(ids(&prompt["input_ids"]), ids(&scored["ids"]), patches.clone(), "CL".parse().unwrap())
        };
        let all = expected["continuations"]["scored"].as_array().unwrap();
        (all.iter().map(lesson).collect(), all.iter().map(|one| one["log_probability"].as_f64().unwrap()).collect())
    }

    /// A model that learns reads as one that answers: no token sees what comes after it, nor the padding.
    #[test]
    fn the_loss_is_what_transformers_thinks_of_the_answer() {
        let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/qwen2_5_vl");
        let json =
            |file: &str| -> Value { serde_json::from_slice(&std::fs::read(reference.join(file)).unwrap()).unwrap() };
        for checkpoint in ["untied", "tied_sharded"] {
            let (config, device) = (json(&format!("{checkpoint}/config.json")), ComputeDevice::cpu().for_training());
            let model = Qwen25Vl::open(&reference.join(checkpoint), &config, &device).unwrap().0;
            let (lessons, right) = scored(&reference, &json(&format!("{checkpoint}.expected.json")));
            let loss = |lessons: &[Lesson]| {
                f64::from(
                    AnswerScores::new(&model, lessons, &KeptFeatures::none())
                        .unwrap()
                        .total_loss()
                        .into_scalar::<f32>(),
                )
            };
            for (lesson, right) in lessons.iter().zip(&right) {
                let alone = loss(std::slice::from_ref(lesson));
                assert!((alone + right).abs() < 5e-3, "{checkpoint} {:?}: {alone}, not {right}", lesson.answers);
            }
            let (together, right) = (loss(&lessons), right.iter().sum::<f64>());
            assert!((together + right).abs() < 2e-2, "{checkpoint}: {together}, not {right}");
        }
    }
}
