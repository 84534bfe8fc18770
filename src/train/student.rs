//! The model that learns, with the files that stand beside its weights.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use burn::module::{Module as _, ParamGroup};
use burn::tensor::DType;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{
    TrainError,
    checkpoint::copy_settings,
    config::{InitPart, Parameters, Precision, TrainConfig},
    features::{KeptFeatures, features_folder},
    lesson::Teacher,
};
use crate::{
    model::{
        ComputeDevice, LoraChoice, LoraSettings, ModelError, Packing,
        chat::ChatTemplate,
        image_processor::ImageProcessor,
        name_of,
        qwen2_5_vl::{Config, LoraPart, Qwen25Vl},
        repetition_penalty,
        save::{SavedType, save},
        save_lora,
        seeded::Seeded,
        tokenizer::Tokenizer,
    },
    picture::hexadecimal,
    predict::Prompting,
};

/// The standard deviation of the first weights of a model from scratch (upstream's `initializer_range`).
const FIRST_DEVIATION: f32 = 0.02;

/// Everything of the model but its parameters, which move from step to step.
#[derive(Debug)]
pub struct Surroundings {
    /// The folder with tokenizer, chat template and image processor.
    folder: PathBuf,
    /// What `config.json` says.
    config: Value,
    tokenizer: Arc<Tokenizer>,
    template: Arc<ChatTemplate>,
    processor: Arc<ImageProcessor>,
    image_token: u32,
    end_token: u32,
    repetition_penalty: f32,
    /// What the tower makes of pictures.
    pub features: KeptFeatures,
    /// What is said of the adapter, where one is trained.
    lora: Option<LoraSettings>,
}

/// Opens the model that `config` names, or the one in `resumed`, for training on `device`.
pub fn open(
    config: &TrainConfig,
    resumed: Option<&Path>,
    device: &ComputeDevice,
) -> Result<(Qwen25Vl, Surroundings), TrainError> {
    if config.model.parameters == Parameters::Lora {
        return open_lora(config, resumed, device);
    }
    let device = device.for_training();
    let (model, folder, json) = match (resumed.or(config.model.base.as_deref()), &config.model.init) {
        (Some(folder), _) => {
            let json = read_config(folder)?;
            (Qwen25Vl::open(folder, &json, &device)?.0, folder.to_owned(), json)
        }
        (None, Some(init)) => {
            let tokenizer = Tokenizer::from_dir(&init.tokenizer).map_err(preparation)?;
            let file = init.tokenizer.join("config.json");
            let json = config_of(init, &tokenizer)?;
            let shape = Config::from_json(&file, &json)?;
            let seeded = Seeded::new(config.seed, FIRST_DEVIATION, &device);
            (device.guard(|| Qwen25Vl::load(&seeded, &shape))??, init.tokenizer.clone(), json)
        }
        // The training file has been checked, and has one of the two.
        (None, None) => return Err(TrainError::read(Path::new("model"), "neither base nor init is given")),
    };
    let surroundings = Surroundings::open(folder, json, model.config())?;
    if config.model.parameters == Parameters::All {
        return Ok((model, surroundings));
    }
    let model = model.freeze_group(ParamGroup::from_predicate("visual"));
    let features = KeptFeatures::of_run(config, || {
        Ok::<_, TrainError>(format!("{} {}", sum_of_tower(&model, &device)?, device.name))
    })?;
    Ok((model, Surroundings { features, ..surroundings }))
}

/// SHA-256 of the vision tower's parameters, which stay what they are from checkpoint to checkpoint while the rest learns.
fn sum_of_tower(model: &Qwen25Vl, device: &ComputeDevice) -> Result<String, TrainError> {
    let mut sum = Sha256::new();
    for tensor in model.named_tensors().into_iter().filter(|tensor| tensor.name.starts_with("visual")) {
        let values = tensor.values.cast(DType::F32).try_into_data();
        let values = values.map_err(|error| ModelError::from(device.failed(&error.to_string())))?;
        sum.update(values.as_bytes());
    }
    Ok(hexadecimal(&sum.finalize()))
}

/// The sizes of the model that `config` names.
pub fn shape(config: &TrainConfig) -> Result<Config, TrainError> {
    let (folder, json) = match (&config.model.base, &config.model.init) {
        (Some(folder), _) => (folder, read_config(folder)?),
        (None, Some(init)) => {
            (&init.tokenizer, config_of(init, &Tokenizer::from_dir(&init.tokenizer).map_err(preparation)?)?)
        }
        // The training file has been checked, and has one of the two.
        (None, None) => return Err(TrainError::read(Path::new("model"), "neither base nor init is given")),
    };
    Ok(Config::from_json(&folder.join("config.json"), &json)?)
}

/// Opens the base with the adapters that lie on it already, and with the one that learns: a new one, or that in `resumed`.
fn open_lora(
    config: &TrainConfig,
    resumed: Option<&Path>,
    device: &ComputeDevice,
) -> Result<(Qwen25Vl, Surroundings), TrainError> {
    let (lora, folder) = (&config.lora, config.model.base.clone().unwrap_or_default());
    let kept = features_folder(config);
    // The training file has been checked.
    let precision = lora.precision.parse().unwrap_or_default();
    let packing = Packing { precision, folder: kept.join("packed") };
    let device = device.clone().with_packing(packing).with_products(lora.products);
    let json = read_config(&folder)?;
    let loras: Vec<_> =
        lora.on.iter().map(|on| LoraChoice::named(on)).chain(resumed.map(|on| LoraChoice::whole(on.into()))).collect();
    let (mut model, source) = Qwen25Vl::open_with(&folder, &json, &loras, &device)?;
    match resumed {
        Some(_) => model.learn_last_lora(&lora.targets),
        None => {
            let part =
                LoraPart { rank: lora.rank, alpha: lora.alpha, targets: lora.targets.clone(), seed: config.seed };
            model.add_lora(&part);
        }
    }
    let tower = || {
        let base = source.base().identity()?;
        // Adapters below the one that learns may change the tower, too.
        let on: String = source.loras_of("visual.").map(|lora| format!(" {}", lora.recorded())).collect();
        Ok::<_, TrainError>(format!("{base} {} {} {}{on}", lora.precision, lora.products, device.name))
    };
    let surroundings = Surroundings {
        features: KeptFeatures::of_run(config, tower)?,
        lora: Some(LoraSettings {
            rank: lora.rank,
            alpha: lora.alpha,
            dropout: lora.dropout,
            base: name_of(&folder),
            targets: Qwen25Vl::lora_pattern(&lora.targets),
        }),
        ..Surroundings::open(folder, json, model.config())?
    };
    Ok((model, surroundings))
}

impl Surroundings {
    fn open(folder: PathBuf, config: Value, shape: &Config) -> Result<Self, TrainError> {
        let tokenizer = Tokenizer::from_dir(&folder).map_err(preparation)?;
        tokenizer.check_fits(&folder.join("tokenizer.json"), shape.text.vocabulary).map_err(preparation)?;
        let processor = ImageProcessor::from_dir(&folder).map_err(preparation)?;
        let (gives, takes) = (processor.patch_numbers(), shape.vision.patch_numbers());
        if gives != takes {
            let problem = format!("its pictures come in patches of {gives} numbers and its tower takes {takes}");
            return Err(TrainError::read(&folder, problem));
        }
        let end_token = end_token(&tokenizer, shape)
            .ok_or_else(|| TrainError::read(&folder, "neither tokenizer nor config.json names the end of an answer"))?;
        Ok(Self {
            template: Arc::new(ChatTemplate::from_dir(&folder).map_err(preparation)?),
            processor: Arc::new(processor),
            image_token: shape.image_token,
            end_token,
            repetition_penalty: repetition_penalty(&folder)?,
            tokenizer: Arc::new(tokenizer),
            folder,
            config,
            features: KeptFeatures::none(),
            lora: None,
        })
    }

    /// Who makes this model's lessons.
    pub fn teacher(&self, config: &TrainConfig) -> Teacher {
        Teacher {
            tokenizer: Arc::clone(&self.tokenizer),
            template: Arc::clone(&self.template),
            processor: match config.model.picture_tokens {
                Some(tokens) => Arc::new(ImageProcessor::clone(&self.processor).with_tokens(tokens)),
                None => Arc::clone(&self.processor),
            },
            image_token: self.image_token,
            end_token: self.end_token,
            repetition_penalty: self.repetition_penalty,
            stage: config.stage,
            full_question: Prompting::in_folder(&self.folder).prompt,
            max_answer_tokens: config.schedule.max_answer_tokens,
        }
    }

    /// Writes `model` into `folder` as a checkpoint that inference opens, or as an adapter that is added to one.
    pub fn write(&self, model: &Qwen25Vl, folder: &Path, precision: Precision) -> Result<(), TrainError> {
        if let Some(lora) = &self.lora {
            return Ok(save_lora(folder, lora, model.lora_tensors())?);
        }
        copy_settings(&self.folder, folder, &self.config, precision)?;
        let saved = match precision {
            Precision::F32 => SavedType::F32,
            Precision::F16 => SavedType::F16,
        };
        Ok(save(model.named_tensors(), saved, &folder.join("model.safetensors"))?)
    }
}

fn preparation(error: impl Into<ModelError>) -> TrainError {
    TrainError::Model(error.into())
}

/// The token after which inference stops.
fn end_token(tokenizer: &Tokenizer, shape: &Config) -> Option<u32> {
    tokenizer.token_id("<|im_end|>").or_else(|| shape.end_tokens.first().copied())
}

fn read_config(folder: &Path) -> Result<Value, TrainError> {
    let file = folder.join("config.json");
    let text = std::fs::read_to_string(&file).map_err(|cause| TrainError::read(&file, cause))?;
    serde_json::from_str(&text).map_err(|cause| TrainError::read(&file, cause))
}

/// `config.json` of a model with these sizes, in the flat form of the released checkpoints.
fn config_of(init: &InitPart, tokenizer: &Tokenizer) -> Result<Value, TrainError> {
    let (text, vision) = (&init.text, &init.vision);
    let special = |name: &str| {
        let missing = || TrainError::read(&init.tokenizer, format!("the tokenizer has no token {name}"));
        tokenizer.token_id(name).ok_or_else(missing)
    };
    // Upstream turns 16, 24 and 24 of 64 frequencies with time, height and width.
    let half_head = text.width / text.heads / 2;
    let (time, height) = (half_head / 4, (half_head - half_head / 4) / 2);
    Ok(json!({
        "architectures": ["Qwen2_5_VLForConditionalGeneration"],
        "model_type": "qwen2_5_vl",
        "torch_dtype": "float32",
        "vocab_size": tokenizer.vocab_size(),
        "hidden_size": text.width,
        "intermediate_size": text.feed_forward,
        "num_hidden_layers": text.layers,
        "num_attention_heads": text.heads,
        "num_key_value_heads": text.key_value_heads,
        "hidden_act": "silu",
        "rms_norm_eps": 1e-6,
        "rope_theta": 1_000_000.0,
        "rope_scaling": { "type": "mrope", "mrope_section": [time, height, half_head - time - height] },
        "max_position_embeddings": 4096,
        "tie_word_embeddings": true,
        "image_token_id": special("<|image_pad|>")?,
        "vision_start_token_id": special("<|vision_start|>")?,
        "vision_end_token_id": special("<|vision_end|>")?,
        "eos_token_id": special("<|im_end|>")?,
        "vision_config": {
            "depth": vision.layers,
            "hidden_size": vision.width,
            "intermediate_size": vision.feed_forward,
            "num_heads": vision.heads,
            "hidden_act": "silu",
            "in_chans": 3,
            "patch_size": 14,
            "temporal_patch_size": 2,
            "spatial_merge_size": 2,
            "window_size": vision.window,
            "fullatt_block_indexes": vision.full_attention_layers,
            "out_hidden_size": text.width,
        },
    }))
}
