//! What is trained: each model's last stage, on which model it is laid, and which streets it learns.

use std::path::PathBuf;

use super::{config::ClaimsConfig, streets::Chosen};
use crate::train::{
    CheckpointPart, DataPart, FeaturesPart, LoraTable, ModelPart, Parameters, Precision, ProbesPart, SchedulePart,
    Stage, TrainConfig, ValidationPart,
};

/// Drawn streets are learned as JPEG of a quality between these two, as the starter's were.
const JPEG_QUALITY: [u8; 2] = [75, 97];

/// Which streets a stage learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Learns {
    /// Of the first set so many per cent locatable ones, the rest not locatable.
    Locatable(usize),
    /// The second set, all locatable.
    Second,
    /// Both sets and those that are not locatable: where a picture says least a hint says most.
    All,
}

/// A model of the experiment by its last stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Model {
    /// What it is called in folders and tables.
    pub name: &'static str,
    /// The model that the stage begins with; the base where none is named.
    pub on: Option<&'static str>,
    /// The stage.
    pub stage: Stage,
    /// Its streets.
    pub learns: Learns,
    /// Whether it is told right and wrong countries after its first answer.
    pub is_hinted: bool,
}

const fn model(name: &'static str, on: Option<&'static str>, stage: Stage, learns: Learns, is_hinted: bool) -> Model {
    Model { name, on, stage, learns, is_hinted }
}

/// All models, each after the one that it is laid on.
///
/// `location twice` has learned the same streets as `reasoning, location`, as often: only what the first stage says of them differs.
pub(super) const MODELS: [Model; 9] = [
    model(LOCATABLE[0], None, Stage::Location, Learns::Locatable(0), false),
    model(LOCATABLE[1], None, Stage::Location, Learns::Locatable(25), false),
    model(LOCATABLE[2], None, Stage::Location, Learns::Locatable(50), false),
    model(LOCATABLE[3], None, Stage::Location, Learns::Locatable(75), false),
    model(LOCATION, None, Stage::Location, Learns::Locatable(100), false),
    model(REASONING, None, Stage::Reasoning, Learns::Second, false),
    model(BOTH, Some(REASONING), Stage::Location, Learns::Locatable(100), true),
    model(TWICE, Some(LOCATION), Stage::Location, Learns::Second, false),
    model(CORRECTION, Some(BOTH), Stage::Correction, Learns::All, true),
];

/// Location alone on streets of which 0, 25, 50 and 75 % are locatable.
pub(super) const LOCATABLE: [&str; 4] = ["location, 0 %", "location, 25 %", "location, 50 %", "location, 75 %"];
/// Location alone, on locatable streets.
pub(super) const LOCATION: &str = "location";
/// Reasoning alone.
pub(super) const REASONING: &str = "reasoning";
/// Reasoning, then location.
pub(super) const BOTH: &str = "reasoning, location";
/// Location, then location again on the streets of the reasoning stage.
pub(super) const TWICE: &str = "location twice";
/// The correction stage on top of the two.
pub(super) const CORRECTION: &str = "reasoning, location, correction";

impl Model {
    /// The name in a path.
    pub fn slug(self) -> String {
        self.name.replace([',', '%'], "").trim().replace(' ', "-")
    }

    /// The folder of its run in a repetition.
    pub fn folder(self, config: &ClaimsConfig, repetition: u64) -> PathBuf {
        config.out.join(format!("repetition-{}", repetition + 1)).join(self.slug())
    }

    /// The seeds of the streets that it learns.
    pub fn seeds(self, chosen: &Chosen, pictures: usize) -> Vec<u64> {
        match self.learns {
            Learns::Second => chosen.locatable[pictures..].to_vec(),
            Learns::All => chosen.locatable.iter().chain(&chosen.others).copied().collect(),
            Learns::Locatable(percent) => {
                let locatable = pictures * percent / 100;
                let others = &chosen.others[..pictures - locatable];
                chosen.locatable[..locatable].iter().chain(others).copied().collect()
            }
        }
    }

    /// Its run: the decoder learns, the tower stays the base's, so that all see the same.
    pub fn recipe(self, config: &ClaimsConfig, repetition: u64, street_list: PathBuf) -> TrainConfig {
        let on = self.on.and_then(|name| MODELS.iter().find(|model| model.name == name));
        let base = on.map_or_else(|| config.base.clone(), |on| on.folder(config, repetition).join("last"));
        let (parameters, picture_tokens) = (Parameters::Text, None);
        let epochs = if self.stage == Stage::Correction { config.correction_epochs } else { config.epochs };
        TrainConfig {
            out: self.folder(config, repetition),
            stage: self.stage,
            seed: repetition,
            device: config.device.clone(),
            model: ModelPart { base: Some(base), init: None, parameters, picture_tokens },
            lora: LoraTable::default(),
            features: FeaturesPart { folder: Some(config.out.join("features")), ..FeaturesPart::default() },
            data: DataPart { street_list: Some(street_list), jpeg_quality: Some(JPEG_QUALITY), ..DataPart::default() },
            schedule: SchedulePart {
                steps: None,
                epochs: Some(epochs),
                batch: config.batch,
                accumulate: 1,
                learning_rate: config.learning_rate,
                final_share: 0.02,
                warmup_steps: 20,
                warmup_ratio: None,
                weight_decay: 0.05,
                clip: 1.0,
                beta_1: 0.9,
                beta_2: 0.95,
                max_answer_tokens: 192,
            },
            validation: ValidationPart { share: 0.0, ..ValidationPart::default() },
            probes: ProbesPart::default(),
            checkpoint: CheckpointPart { every: 200, best: Precision::F32 },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::train::Streets;

    fn named(name: &str) -> Model {
        *MODELS.iter().find(|model| model.name == name).unwrap()
    }

    #[test]
    fn a_stage_learns_the_share_of_locatable_streets_that_it_is_named_for() {
        let chosen = Chosen { locatable: (0..16).collect(), others: (100..108).collect() };
        let shares = LOCATABLE.iter().chain([&LOCATION]).map(|name| {
            let seeds = named(name).seeds(&chosen, 8);
            assert_eq!(seeds.len(), 8);
            seeds.iter().filter(|seed| **seed < 100).count()
        });
        assert_eq!(shares.collect::<Vec<_>>(), [0, 2, 4, 6, 8]);
        // What comes first learns other streets than what is laid on it, and location twice the same as reasoning and location.
        let of = |name: &str| named(name).seeds(&chosen, 8);
        assert!(of(REASONING).iter().all(|seed| *seed < 100 && !of(BOTH).contains(seed)));
        assert_eq!([of(LOCATION), of(TWICE)], [of(BOTH), of(REASONING)]);
        assert_eq!(of(CORRECTION), [chosen.locatable.clone(), chosen.others.clone()].concat());
    }

    #[test]
    fn a_stage_is_laid_on_the_model_before_it_in_its_own_repetition() {
        let config = ClaimsConfig {
            out: "o".into(),
            base: "b".into(),
            device: "cpu".to_owned(),
            repetitions: 3,
            pictures: 8,
            epochs: 1.0,
            correction_epochs: 3.0,
            batch: 2,
            learning_rate: 0.1,
            streets: Streets { seed: 10, count: 90 },
            test: Streets { seed: 1_000_000, count: 1 },
        };
        let base = |name: &str| named(name).recipe(&config, 1, "list".into()).model.base.unwrap();
        assert_eq!(base(REASONING), Path::new("b"));
        assert_eq!(base(CORRECTION), Path::new("o/repetition-2/reasoning-location/last"));
        for (at, model) in MODELS.iter().enumerate() {
            assert!(model.on.is_none_or(|on| MODELS[..at].iter().any(|before| before.name == on)), "{}", model.name);
            let recipe = model.recipe(&config, 2, "list".into());
            assert_eq!((recipe.check(), recipe.seed, recipe.model.parameters), (Ok(()), 2, Parameters::Text));
            assert_eq!(recipe.schedule.epochs, Some(if model.name == CORRECTION { 3.0 } else { 1.0 }));
        }
        assert_eq!([0, 1, 2].map(|repetition| config.part(repetition).seed), [10, 40, 70]);
    }
}
