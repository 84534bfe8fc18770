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
        let targets: Vec<u32> = lessons.iter().flat_map(Lesson::targets).collect();
        // The last token of a conversation is predicted and never read.
        let length = lessons.iter().map(|lesson| lesson.n_tokens() - 1).max().unwrap_or(0);
        let mut tokens = Vec::with_capacity(lessons.len());
        let mut places = Vec::with_capacity(targets.len());
        for (row, lesson) in lessons.iter().enumerate() {
            places.extend(lesson.predicting().map(|place| (row * length + place) as i32));
            let mut ids = lesson.tokens[..lesson.n_tokens() - 1].to_vec();
            // Any text token will do.
            ids.resize(length, lesson.targets().next().unwrap_or_default());
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
            let (mut tokens, answer) = (ids(&prompt["input_ids"]), ids(&scored["ids"]));
            let answers = std::iter::once(tokens.len()..tokens.len() + answer.len()).collect();
            tokens.extend(answer);
            Lesson { tokens, answers, patches: patches.clone(), country: "CL".parse().unwrap() }
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
                f64::from(AnswerScores::new(&model, lessons).unwrap().total_loss().into_scalar::<f32>())
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
