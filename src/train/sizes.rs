//! How large the model of a run and its lessons are, told before either is made; and how many pictures are learned at a time, so that
//! whoever waits for the device is not kept waiting.

use super::config::{Stage, TrainConfig};
use crate::{
    model::{ComputeDevice, ComputeKind, ImageProcessor, PICTURE_TOKENS, qwen2_5_vl::Config},
    street,
};

/// Pixels of a token: two patches of 14 pixels each way.
const TOKEN_PIXELS: u64 = 28 * 28;
/// Tokens of a question and of what a chat template puts around it.
const QUESTION_TOKENS: u64 = 64;
/// Parameters times tokens that a processor learns in about two seconds: the starter's batches of 16 streets (1.5 s on two cores) are
/// a little less.
const AT_ONCE: u64 = 60_000_000_000;

/// The parameters of the decoder and those of the vision tower.
pub fn parameters(shape: &Config) -> [u64; 2] {
    let (text, vision) = (&shape.text, &shape.vision);
    let of = |n: usize| n as u64;
    let (width, inner, layers) = (of(text.hidden), of(text.intermediate), of(text.layers));
    let kv = of(text.kv_heads * text.head());
    let tables = if text.tied == Some(true) { 1 } else { 2 };
    let of_text = layers * width * (2 * width + 2 * kv + 3 * inner) + tables * of(text.vocabulary) * width;
    let (v_width, v_inner) = (of(vision.hidden), of(vision.intermediate));
    let merged = of(vision.merge * vision.merge) * v_width;
    let of_tower = of(vision.depth) * v_width * (4 * v_width + 3 * v_inner)
        + of(vision.patch_numbers()) * v_width
        + merged * (merged + width);
    [of_text, of_tower]
}

/// Tokens that a picture becomes at most.
pub fn picture_tokens(config: &TrainConfig) -> u64 {
    let most = config.model.picture_tokens.unwrap_or(PICTURE_TOKENS) as u64;
    let folder = config.model.base.as_ref().or(config.model.init.as_ref().map(|init| &init.tokenizer));
    let processor = folder.and_then(|folder| ImageProcessor::from_dir(folder).ok());
    let drawn = || processor?.target_size(street::WIDTH, street::HEIGHT).ok();
    // Other pictures may become as many as there can be.
    let draws_alone = config.data.sources.is_empty() && config.data.manifests.is_empty();
    match config.data.streets.filter(|_| draws_alone).and_then(|_| drawn()) {
        Some((width, height)) => (u64::from(width) * u64::from(height) / TOKEN_PIXELS).min(most),
        None => most,
    }
}

/// Tokens of the answers of a lesson at most.
pub fn answer_tokens(config: &TrainConfig) -> u64 {
    turns(config) * config.schedule.max_answer_tokens as u64
}

/// Tokens of a lesson at most, about a picture of so many.
pub fn lesson_tokens(config: &TrainConfig, picture_tokens: u64) -> u64 {
    picture_tokens + turns(config) * QUESTION_TOKENS + answer_tokens(config)
}

fn turns(config: &TrainConfig) -> u64 {
    if config.stage == Stage::Correction { 2 } else { 1 }
}

/// How many pictures of a batch are learned at a time: all of them on a graphics card, and on a processor so many as take about two seconds.
/// The gradient is the sum over all of a step however it is taken, and how many there are follows from the training file, the model
/// and the kind of device alone, so that a run that is gone on with does what it would have done.
pub fn pictures_at_once(config: &TrainConfig, shape: &Config, device: &ComputeDevice) -> usize {
    let batch = config.schedule.batch.max(1);
    if device.kind == ComputeKind::Gpu {
        return batch;
    }
    let of_lesson = parameters(shape).iter().sum::<u64>() * lesson_tokens(config, picture_tokens(config));
    ((AT_ONCE / of_lesson.max(1)) as usize).clamp(1, batch)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::train::student;

    #[test]
    fn a_small_model_learns_its_batch_at_once_and_a_large_one_picture_by_picture() {
        let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/starter");
        let text = format!(
            "out = \"o\"\nstage = \"full\"\n[model]\nbase = {base:?}\n[data]\nstreets = {{ seed = 0, count = 100 }}\n\
             [schedule]\nsteps = 1\nbatch = 16\nlearning_rate = 1e-4\n"
        );
        let config: TrainConfig = toml::from_str(&text).unwrap();
        let starter = student::shape(&config).unwrap();
        let cpu = ComputeDevice::cpu();
        assert_eq!(pictures_at_once(&config, &starter, &cpu), 16);
        let mut half_a_billion = starter;
        let text = &mut half_a_billion.text;
        (text.hidden, text.intermediate, text.layers, text.vocabulary) = (896, 4864, 24, 151_936);
        let [of_text, _] = parameters(&half_a_billion);
        assert!((450_000_000..550_000_000).contains(&of_text), "{of_text}");
        assert_eq!(pictures_at_once(&config, &half_a_billion, &cpu), 1);
    }
}
