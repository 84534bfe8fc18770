//! What makes a training file impossible, found before anything is loaded: the key and why.

use super::config::{FeaturesPart, InitPart, LoraTable, Parameters, SchedulePart, Streets, TrainConfig};
use crate::{
    model::{self, qwen2_5_vl::LORA_TARGETS},
    street::FIRST_EVALUATION_SEED,
};

impl TrainConfig {
    /// Refuses what makes no sense, by the key and why.
    pub fn check(&self) -> Result<(), String> {
        self.problem().map_or(Ok(()), |(key, problem)| Err(format!("{key} {problem}")))
    }

    /// The first value that makes no sense: its key and why.
    pub(super) fn problem(&self) -> Option<(&'static str, String)> {
        let found = |key, problem: &str| Some((key, problem.to_owned()));
        let Self { model, features, data, schedule, validation, probes, checkpoint, .. } = self;
        if self.out.as_os_str().is_empty() {
            return found("out", "must name a folder");
        }
        if model.base.is_some() == model.init.is_some() {
            return found("model", "needs either base (a checkpoint folder) or init (the sizes of a new model)");
        }
        if let Some(problem) = self.lora_problem() {
            return Some(problem);
        }
        if model.parameters == Parameters::All && *features != FeaturesPart::default() {
            return found("features", "is about a tower that does not learn: model.parameters = \"text\" or \"lora\"");
        }
        if !(features.gib.is_finite() && features.gib >= 0.0) {
            return found("features.gib", "must be 0 or more");
        }
        if model.picture_tokens == Some(0) {
            return found("model.picture_tokens", "must be at least 1");
        }
        if let Some(problem) = model.init.as_ref().and_then(InitPart::problem) {
            return Some(problem);
        }
        let is_listed = !(data.manifests.is_empty() && data.sources.is_empty());
        let n_drawn = usize::from(data.streets.is_some()) + usize::from(data.street_list.is_some());
        if n_drawn > 1 || !(is_listed || n_drawn == 1) {
            return found("data", "needs sources (files or folders), streets = { seed = .., count = .. }, or both");
        }
        if !(data.apart_km.is_finite() && (0.0..=1000.0).contains(&data.apart_km)) {
            return found("data.apart_km", "must lie between 0 and 1000");
        }
        if data.manifests.is_empty() && !(data.columns.is_empty() && data.root.is_none()) {
            return found("data", "has columns or root, which are about manifests, and no manifests");
        }
        if let Some(problem) = data.streets.and_then(|streets| streets.problem(true)) {
            return Some(("data.streets", problem));
        }
        if data.min_locatability.is_some_and(|least| !(0.0..=1.0).contains(&least)) {
            return found("data.min_locatability", "must lie between 0 and 1");
        }
        if let Some([low, high]) = data.jpeg_quality
            && !(1 <= low && low <= high && high <= 100)
        {
            return found("data.jpeg_quality", "must be [low, high] between 1 and 100");
        }
        if !(0.0..=0.9).contains(&validation.share) {
            return found("validation.share", "must lie between 0 and 0.9");
        }
        if validation.share > 0.0 && (validation.every == 0 || validation.pictures == 0) {
            return found("validation", "needs every and pictures of at least 1 (share = 0 switches it off)");
        }
        if probes.pictures > 0 && probes.every == 0 {
            return found("probes", "needs every of at least 1 (pictures = 0 switches them off)");
        }
        if checkpoint.every == 0 {
            return found("checkpoint.every", "must be at least 1");
        }
        schedule.problem()
    }
}

impl TrainConfig {
    fn lora_problem(&self) -> Option<(&'static str, String)> {
        let found = |key, problem: &str| Some((key, problem.to_owned()));
        let Self { lora, model, .. } = self;
        if model.parameters != Parameters::Lora {
            let is_usual = *lora == LoraTable::default();
            return if is_usual { None } else { found("lora", "is about model.parameters = \"lora\"") };
        }
        if model.init.is_some() {
            return found("model", "needs base where an adapter is trained: a new model has nothing to stay as it is");
        }
        if !(1..=1024).contains(&lora.rank) {
            return found("lora.rank", "must be at least 1 and at most 1024");
        }
        if !(lora.alpha.is_finite() && lora.alpha > 0.0) {
            return found("lora.alpha", "must be above 0");
        }
        if !(0.0..1.0).contains(&lora.dropout) {
            return found("lora.dropout", "must be at least 0 and below 1");
        }
        if lora.targets.is_empty() {
            return found("lora.targets", "must name layers, such as q_proj");
        }
        if let Some(other) = lora.targets.iter().find(|target| !LORA_TARGETS.contains(&target.as_str())) {
            return Some(("lora.targets", format!("names '{other}'; there are {}", LORA_TARGETS.join(", "))));
        }
        if let Err(error) = lora.precision.parse::<model::Precision>() {
            return Some(("lora.precision", error.to_string()));
        }
        None
    }
}

impl InitPart {
    fn problem(&self) -> Option<(&'static str, String)> {
        let Self { text, vision, .. } = self;
        let zero = [text.width, text.layers, text.heads, text.key_value_heads, text.feed_forward].contains(&0);
        if zero || [vision.width, vision.layers, vision.heads, vision.feed_forward, vision.window].contains(&0) {
            return Some(("model.init", "has a size of 0".to_owned()));
        }
        // Rotary positions turn pairs of numbers, and the vision tower's turn in two directions.
        if text.width % (2 * text.heads) != 0 || text.heads % text.key_value_heads != 0 {
            let problem = "needs width divisible by 2 x heads, and heads by key_value_heads";
            return Some(("model.init.text", problem.to_owned()));
        }
        if vision.width % (4 * vision.heads) != 0 {
            return Some(("model.init.vision", "needs width divisible by 4 x heads".to_owned()));
        }
        if vision.full_attention_layers.iter().any(|&layer| layer >= vision.layers) {
            return Some(("model.init.vision.full_attention_layers", "names a layer that is not there".to_owned()));
        }
        None
    }
}

impl Streets {
    /// Why this range cannot serve training (or evaluation), if it cannot.
    pub fn problem(self, for_training: bool) -> Option<String> {
        let Some(end) = self.seed.checked_add(self.count) else {
            return Some("reaches beyond the greatest seed".to_owned());
        };
        if self.count == 0 {
            return Some("needs a count of at least 1".to_owned());
        }
        if for_training && end > FIRST_EVALUATION_SEED {
            return Some(format!("must end below seed {FIRST_EVALUATION_SEED}: later seeds are for evaluation alone"));
        }
        if !for_training && self.seed < FIRST_EVALUATION_SEED {
            return Some(format!("must begin at seed {FIRST_EVALUATION_SEED} or later: earlier seeds are trained on"));
        }
        None
    }
}

impl SchedulePart {
    fn problem(&self) -> Option<(&'static str, String)> {
        let found = |key, problem: &str| Some((key, problem.to_owned()));
        let positive = |value: f64| value.is_finite() && value > 0.0;
        match (self.steps, self.epochs) {
            (None, None) | (Some(_), Some(_)) => return found("schedule", "needs either steps or epochs"),
            (Some(0), _) => return found("schedule.steps", "must be at least 1"),
            (_, Some(epochs)) if !positive(epochs) => return found("schedule.epochs", "must be above 0"),
            _ => {}
        }
        if self.batch == 0 {
            return found("schedule.batch", "must be at least 1");
        }
        if self.accumulate == 0 {
            return found("schedule.accumulate", "must be at least 1");
        }
        if !positive(self.learning_rate) || self.learning_rate > 1.0 {
            return found("schedule.learning_rate", "must lie above 0 and not above 1");
        }
        if !(0.0..=1.0).contains(&self.final_share) {
            return found("schedule.final_share", "must lie between 0 and 1");
        }
        match self.warmup_ratio {
            Some(_) if self.warmup_steps > 0 => {
                return found("schedule", "needs warmup_steps or warmup_ratio, not both");
            }
            Some(ratio) if !(0.0..=1.0).contains(&ratio) => {
                return found("schedule.warmup_ratio", "must lie between 0 and 1");
            }
            _ => {}
        }
        if !(0.0..1.0).contains(&self.weight_decay) {
            return found("schedule.weight_decay", "must lie between 0 and 1");
        }
        if !positive(self.clip) {
            return found("schedule.clip", "must be above 0");
        }
        if !(0.0..1.0).contains(&self.beta_1) || !(0.0..1.0).contains(&self.beta_2) {
            return found("schedule", "needs beta_1 and beta_2 of at least 0 and below 1");
        }
        if self.max_answer_tokens == 0 {
            return found("schedule.max_answer_tokens", "must be at least 1");
        }
        None
    }
}
