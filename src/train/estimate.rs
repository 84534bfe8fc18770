//! What a run will take, told before anything is loaded. The memory is reckoned from the sizes of the model and of a
//! batch; the time from the steps that the run has taken, or from an earlier run of its kind.

use super::{
    TrainError,
    begin::state_to_start_from,
    checkpoint::Checkpoints,
    config::{LoraTable, Parameters, TrainConfig},
    data::{Cleaned, Fault},
    error::Lower,
    pace::EarlierPace,
    pictures::{Opened, Pictures},
    sizes::{answer_tokens, lesson_tokens, parameters, picture_tokens, pictures_at_once},
    student,
};
use crate::model::{
    ComputeDevice, LoraChoice, LoraFacts, VisionLanguageModel,
    qwen2_5_vl::{Config, SCORED_AT_ONCE},
};

/// What a run will take.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// Memory of the device, in bytes.
    pub memory: TrainMemory,
    /// Pictures to learn.
    pub pictures: usize,
    /// Pictures held back.
    pub held_back: usize,
    /// All steps.
    pub steps: u64,
    /// Steps that are done already.
    pub done: u64,
    /// Seconds that the rest will take at the pace of the steps that are done, or else at that of `earlier`; none where there is
    /// neither.
    pub seconds_left: Option<f64>,
    /// The earlier run that it goes by, where none of its own steps are done.
    pub earlier: Option<EarlierPace>,
    /// What should be lowered first where the memory does not suffice.
    pub lower: Lower,
    /// The adapter, where one learns.
    pub adapter: Option<LoraTable>,
    /// The adapters on which it is laid, as they are in the model.
    pub on: Vec<LoraFacts>,
    /// How many examples have which fault, as far as that is known before a picture is opened.
    pub faults: Vec<(Fault, usize)>,
    /// What was taken out of texts that name no place, where the training file wants it so.
    pub cleaned: Option<Cleaned>,
}

/// Bytes of memory that a run takes at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrainMemory {
    /// The model's weights.
    pub weights: u64,
    /// Gradients and the optimizer's moments.
    pub optimizer: u64,
    /// What a batch leaves behind for the way back.
    pub activations: u64,
    /// Scores over the vocabulary where answers are learned.
    pub scores: u64,
}

impl TrainMemory {
    /// All together.
    pub fn total(&self) -> u64 {
        self.weights + self.optimizer + self.activations + self.scores
    }
}

/// Reckons a run on a device. Its data is read, and no picture is opened.
pub fn estimate(config: &TrainConfig, resume: bool, device: &ComputeDevice) -> Result<Estimate, TrainError> {
    let Opened { pictures, sha256, faults, cleaned } = Pictures::open(config)?;
    let state = state_to_start_from(&Checkpoints::at(&config.out), config, sha256, resume)?;
    let (learned, held_back) = pictures.split(config.validation.share, config.seed)?;
    let learned = pictures.about_locatable(&learned, config)?;
    let shape = student::shape(config)?;
    let on = match &config.model.base {
        Some(base) if !config.lora.on.is_empty() => {
            let on: Vec<_> = config.lora.on.iter().map(|on| LoraChoice::named(on)).collect();
            VisionLanguageModel::look(base, &on)?
        }
        _ => Vec::new(),
    };
    let at_once = pictures_at_once(config, &shape, device);
    let memory = memory(config, &shape, picture_tokens(config), at_once);
    let steps = config.schedule.over(learned).steps;
    let own = (state.step > 0).then(|| state.seconds / state.step as f64);
    let earlier = if own.is_some() { None } else { EarlierPace::beside(config) };
    let a_step = config.schedule.pictures_per_step() as f64;
    let pace = own.or_else(|| Some(earlier.as_ref()?.seconds_per_picture * a_step));
    Ok(Estimate {
        memory,
        pictures: learned,
        held_back: held_back.len().min(config.validation.pictures),
        steps,
        done: state.step,
        seconds_left: pace.map(|pace| pace * steps.saturating_sub(state.step) as f64),
        earlier,
        lower: lower(config, &memory, at_once),
        adapter: (config.model.parameters == Parameters::Lora).then(|| config.lora.clone()),
        on,
        faults,
        cleaned,
    })
}

/// What takes most, of what can be lowered.
fn lower(config: &TrainConfig, memory: &TrainMemory, at_once: usize) -> Lower {
    let of_batch = memory.activations + memory.scores;
    match (config.model.parameters, at_once) {
        (_, 2..) if of_batch > memory.optimizer => Lower::Batch,
        (Parameters::Lora, _) if of_batch > memory.weights => Lower::PictureTokens,
        (Parameters::Lora, _) if config.lora.precision == "full" => Lower::Precision,
        (Parameters::Lora, _) => Lower::Model,
        _ => Lower::Parameters,
    }
}

/// The memory of a run whose pictures become so many tokens, and which learns so many at once.
///
/// Weights, gradients and moments: f32 where all parameters learn, 16 bytes each; of an adapter's factors the same beside
/// weights in their own precision. Activations, in f32, for each token of a layer: some fourteen vectors of its width and six
/// of its inner width, of all layers where all is kept, and of one where blocks are computed again on the way back (adapters),
/// which keeps the states between the blocks beside. Where adapters learn and all is kept, it is six vectors of the width and three
/// of the inner one. The tower counts where it learns. Scores over the vocabulary: four times in f32; beside adapters of a few
/// positions at a time.
fn memory(config: &TrainConfig, shape: &Config, picture_tokens: u64, at_once: usize) -> TrainMemory {
    let (text, vision) = (&shape.text, &shape.vision);
    let of = |n: usize| n as u64;
    let (width, inner, layers) = (of(text.hidden), of(text.intermediate), of(text.layers));
    let kv = of(text.kv_heads * text.head());
    let (v_width, v_inner) = (of(vision.hidden), of(vision.intermediate));
    let [of_text, of_tower] = parameters(shape);

    let (answer, length) = (answer_tokens(config), lesson_tokens(config, picture_tokens));
    let rows = of(at_once);
    let of_layer = length * (14 * width + 4 * kv + 6 * inner);
    let patches = 4 * picture_tokens;
    let of_blocks = patches * of(vision.depth) * (14 * v_width + 6 * v_inner);

    let (weights, learning, kept) = match config.model.parameters {
        Parameters::All => (4 * (of_text + of_tower), of_text + of_tower, layers * of_layer + of_blocks),
        Parameters::Text => (4 * (of_text + of_tower), of_text, layers * of_layer),
        Parameters::Lora => {
            // Of a number, its share of the scales included.
            let bits = match config.lora.precision.as_str() {
                "8-bit" => 9,
                "4-bit" => 6,
                _ => 32,
            };
            let factors = config.lora.targets.iter().map(|target| match target.as_str() {
                "q_proj" | "o_proj" => 2 * width,
                "k_proj" | "v_proj" => width + kv,
                _ => width + inner,
            });
            let learning = layers * of(config.lora.rank) * factors.sum::<u64>();
            let of_each = if config.lora.recompute { width } else { 6 * width + 2 * kv + 3 * inner };
            ((of_text + of_tower) * bits / 8, learning, of_layer + layers * length * of_each)
        }
    };
    let scored = match config.model.parameters {
        Parameters::Lora => (rows * answer).min(SCORED_AT_ONCE as u64),
        Parameters::All | Parameters::Text => rows * answer,
    };
    TrainMemory {
        weights,
        optimizer: 16 * learning - if config.model.parameters == Parameters::Lora { 0 } else { 4 * learning },
        activations: 4 * rows * kept,
        scores: 4 * 4 * scored * of(text.vocabulary),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn config(parameters: &str, batch: usize) -> TrainConfig {
        let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/starter");
        let text = format!(
            "out = \"nowhere/at/all\"\nstage = \"full\"\n[model]\nbase = {base:?}\nparameters = {parameters:?}\n\
             [data]\nstreets = {{ seed = 0, count = 100 }}\n[schedule]\nepochs = 2.0\nbatch = {batch}\nlearning_rate = 1e-4\n\
             [validation]\nshare = 0.1\n"
        );
        toml::from_str(&text).unwrap()
    }

    #[test]
    fn a_run_is_reckoned_without_a_trace() {
        let told = estimate(&config("all", 8), false, &ComputeDevice::cpu()).unwrap();
        assert_eq!((told.pictures, told.held_back, told.steps, told.done), (90, 10, 23, 0));
        assert_eq!(told.seconds_left, None, "nobody knows before the first step");
        assert!(!Path::new("nowhere").exists());
        // The starter's file holds half precision: twice that in f32, three times as much for gradients and moments.
        let stored = std::fs::metadata(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/starter/model.safetensors"));
        let weights = 2 * stored.unwrap().len();
        assert!(told.memory.weights.abs_diff(weights) < weights / 20, "{} and {weights}", told.memory.weights);
        assert_eq!(told.memory.optimizer, 3 * told.memory.weights);
    }

    #[test]
    fn less_learned_or_less_at_once_takes_less_and_that_is_what_is_advised() {
        let memory =
            |parameters, batch| estimate(&config(parameters, batch), false, &ComputeDevice::cpu()).unwrap().memory;
        assert_eq!(memory("all", 16).activations, 4 * memory("all", 4).activations);
        assert!(memory("text", 4).activations < memory("all", 4).activations);
        assert!(memory("lora", 4).optimizer < memory("text", 4).optimizer);
        assert!(memory("lora", 4).activations < memory("text", 4).activations / 2);
        let keeping = TrainConfig { lora: LoraTable { recompute: false, ..LoraTable::default() }, ..config("lora", 4) };
        let keeping = estimate(&keeping, false, &ComputeDevice::cpu()).unwrap().memory;
        assert!(keeping.activations > 2 * memory("lora", 4).activations);
        assert_eq!(estimate(&config("all", 64), false, &ComputeDevice::cpu()).unwrap().lower, Lower::Batch);
        let sixteen_gigabytes = TrainMemory { weights: 4 << 30, optimizer: 12 << 30, activations: 1, scores: 1 };
        assert_eq!(lower(&config("all", 4), &sixteen_gigabytes, 4), Lower::Parameters);
        assert_eq!(lower(&config("lora", 1), &sixteen_gigabytes, 1), Lower::Precision);
    }
}
