//! Says where one picture was taken: asks the model, reads its answer, weighs every country, and fuses the evidence.

use std::ops::ControlFlow;

use crate::{
    geo::Surface,
    model::{Content, GenerateOptions, Message, ModelError, Prompt, Role, Sampling, VisionLanguageModel},
    picture::Picture,
};

use super::{
    LocateSettings, Prompting,
    answer::{self, Problem},
    countries,
    finding::{Finding, ModelUsed, PictureId, ProbabilityKind},
    fuse::{Clues, fuse},
    prompt::opening_written,
};

/// A finding, and the probability over the world that it sums up.
#[derive(Debug, Clone)]
pub struct Located {
    /// What to say.
    pub finding: Finding,
    /// For the map.
    pub surface: Surface,
}

/// Where the locating stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocateStage {
    /// The model looks at the picture.
    Seeing,
    /// The model writes.
    Reasoning,
    /// The countries are weighed.
    Weighing,
}

/// Who follows the locating and may end it.
pub trait Observer {
    /// A stage begins.
    fn stage(&mut self, stage: LocateStage);
    /// The model wrote this after what it wrote before.
    fn token(&mut self, text: &str);
    /// Whether to stop; asked before every stage and at every token.
    fn is_cancelled(&self) -> bool;
}

/// Follows nothing and never stops.
pub struct Unobserved;

impl Observer for Unobserved {
    fn stage(&mut self, _stage: LocateStage) {}
    fn token(&mut self, _text: &str) {}
    fn is_cancelled(&self) -> bool {
        false
    }
}

/// A picture was not located.
#[derive(Debug, thiserror::Error)]
pub enum LocateError {
    /// As was asked.
    #[error("cancelled")]
    Cancelled,
    /// The model could not go on.
    #[error(transparent)]
    Model(ModelError),
}

impl LocateError {
    /// Whether the model must be opened again before it can be used.
    pub fn is_device_lost(&self) -> bool {
        matches!(self, Self::Model(ModelError::Device(_)))
    }
}

impl From<ModelError> for LocateError {
    fn from(error: ModelError) -> Self {
        match error {
            ModelError::Cancelled => Self::Cancelled,
            other => Self::Model(other),
        }
    }
}

/// Says where a picture was taken. The same picture, model, device and settings give the same finding.
pub fn locate(
    model: &VisionLanguageModel,
    picture: &Picture,
    settings: &LocateSettings,
    observer: &mut dyn Observer,
) -> Result<Located, LocateError> {
    let (prompting, prompting_problem) = Prompting::of(model.directory());
    begin(observer, LocateStage::Seeing)?;
    let mut context = model.start();
    let prompt = Prompt {
        messages: vec![Message {
            role: Role::User,
            content: vec![Content::Picture, Content::Text(prompting.prompt.clone())],
        }],
        pictures: vec![model.image_processor().process(&picture.pixels)?],
    };
    model.read(&mut context, &prompt)?;
    let prompt_tokens = context.len();

    begin(observer, LocateStage::Reasoning)?;
    let options = GenerateOptions {
        max_new_tokens: settings.max_new_tokens,
        sampling: Sampling { temperature: settings.temperature, top_p: settings.top_p, seed: settings.seed },
        ..GenerateOptions::default()
    };
    let generated = model.generate(&mut context, &options, &mut |text| {
        observer.token(text);
        if observer.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;

    begin(observer, LocateStage::Weighing)?;
    let opening = opening_written(&generated.text).unwrap_or(&prompting.opening);
    let shares = countries::weigh(model, &mut context, prompt_tokens, &generated.token_ids, opening)?;
    if observer.is_cancelled() {
        return Err(LocateError::Cancelled);
    }
    let (answer, reading_problems) = answer::parse(&generated.text);
    let fused = fuse(&Clues { answer: &answer, countries: &shares, metadata: &picture.metadata, model_name: model.name() });

    let mut problems: Vec<String> = prompting.caution.into_iter().chain(prompting_problem).collect();
    problems.extend(fused.problems);
    problems.extend(reading_problems.iter().map(Problem::to_string));
    problems.extend(picture.metadata.problems.iter().cloned());
    let finding = Finding {
        picture: identity(picture),
        model: ModelUsed {
            name: model.name().to_owned(),
            adapters: Vec::new(),
            device: model.device_name().to_owned(),
            seed: settings.seed,
        },
        settings: (*settings).into(),
        answer,
        reasoning: generated.text,
        candidates: fused.candidates,
        credible_km: fused.credible_km,
        probability_kind: ProbabilityKind::Raw,
        countries: fused.countries,
        evidence: fused.evidence,
        locatability: None,
        problems,
    };
    Ok(Located { finding, surface: fused.surface })
}

fn begin(observer: &mut dyn Observer, stage: LocateStage) -> Result<(), LocateError> {
    if observer.is_cancelled() {
        return Err(LocateError::Cancelled);
    }
    observer.stage(stage);
    Ok(())
}

fn identity(picture: &Picture) -> PictureId {
    let path = picture.path.as_ref().map_or_else(|| picture.name.clone(), |path| path.display().to_string());
    PictureId { path, sha256: picture.sha256.clone(), width: picture.width, height: picture.height }
}
