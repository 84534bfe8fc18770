//! What a run is where its user says nothing but stage, model and data: as the paper has it, where it says so.

use std::path::PathBuf;

use super::config::{
    CheckpointPart, DataPart, FeaturesPart, LoraTable, ModelPart, Parameters, Precision, ProbesPart, SchedulePart,
    Stage, TrainConfig, ValidationPart,
};
use crate::knowledge::ade20k::THRESHOLD;

/// GeoReasoner's learning rate for adapters (its released tuning script).
const ADAPTER_RATE: f64 = 1e-5;
/// For all parameters of a small model: the rate that the starter was tuned with.
const WHOLE_RATE: f64 = 1e-4;

impl TrainConfig {
    /// A run with the defaults of its stage. Adapters: GeoReasoner's script (batches of 10 times 8, five passes over the few
    /// thousand pictures of the first stage, a cosine after a warm-up of a hundredth, decay 0.1, a checkpoint every 30
    /// steps); the paper does not give those of its second stage, which are taken to be the same with one pass, of pictures as
    /// locatable as its threshold has it. Streets are drawn as they come.
    pub fn preset(stage: Stage, model: ModelPart, data: DataPart, out: PathBuf) -> Self {
        let is_sifted = stage == Stage::Location && data.streets.is_none() && data.street_list.is_none();
        let is_adapter = model.parameters == Parameters::Lora;
        let schedule = SchedulePart {
            steps: None,
            epochs: Some(if stage == Stage::Reasoning { 5.0 } else { 1.0 }),
            batch: if is_adapter { 10 } else { 16 },
            accumulate: if is_adapter { 8 } else { 1 },
            learning_rate: if is_adapter { ADAPTER_RATE } else { WHOLE_RATE },
            final_share: 0.0,
            warmup_steps: 0,
            warmup_ratio: Some(0.01),
            weight_decay: 0.1,
            clip: 1.0,
            beta_1: 0.9,
            beta_2: 0.95,
            max_answer_tokens: 192,
        };
        Self {
            out,
            stage,
            seed: 1,
            device: "auto".to_owned(),
            model,
            lora: if is_adapter { LoraTable::of_paper() } else { LoraTable::default() },
            features: FeaturesPart::default(),
            data: DataPart { min_locatability: is_sifted.then_some(THRESHOLD), ..data },
            schedule,
            validation: ValidationPart { share: 0.05, pictures: 64, every: 30 },
            probes: ProbesPart { pictures: 6, every: 30 },
            checkpoint: CheckpointPart { every: 30, best: Precision::F16 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Products;
    use crate::train::Streets;

    #[test]
    fn every_stage_has_a_sound_recipe_and_adapters_the_papers() {
        for stage in [Stage::Reasoning, Stage::Location, Stage::Full, Stage::Correction] {
            for parameters in [Parameters::All, Parameters::Text, Parameters::Lora] {
                let model = ModelPart { base: Some("b".into()), init: None, parameters, picture_tokens: None };
                let data = DataPart { streets: Some(Streets { seed: 0, count: 3000 }), ..DataPart::default() };
                let config = TrainConfig::preset(stage, model, data, "out".into());
                assert_eq!(config.check(), Ok(()), "{stage:?} {parameters:?}");
                let text = toml::to_string(&config).unwrap();
                assert_eq!(toml::from_str::<TrainConfig>(&text).unwrap(), config, "it comes back from its file");
            }
        }
        let model =
            ModelPart { base: Some("b".into()), init: None, parameters: Parameters::Lora, picture_tokens: None };
        let least = |stage, data| TrainConfig::preset(stage, model.clone(), data, "out".into()).data.min_locatability;
        assert_eq!(least(Stage::Location, DataPart::default()), Some(0.4));
        let drawn = DataPart { streets: Some(Streets { seed: 0, count: 9 }), ..DataPart::default() };
        assert_eq!((least(Stage::Location, drawn), least(Stage::Full, DataPart::default())), (None, None));
        let config = TrainConfig::preset(Stage::Reasoning, model, DataPart::default(), "out".into());
        // "With about 3,000 samples some 190 steps".
        assert_eq!(config.schedule.over(3000).steps, 188);
        assert_eq!((config.schedule.learning_rate, config.schedule.beta_2), (1e-5, 0.95));
        assert_eq!((config.lora.rank, config.lora.alpha, config.lora.dropout), (64, 16.0, 0.05));
        assert_eq!(config.lora.products, Products::Bf16);
    }
}
