//! Says where one picture was taken: asks the model, reads its answer, weighs every country, and fuses the evidence.

use std::ops::ControlFlow;

use jiff::Timestamp;

use crate::{
    geo::{CountryCode, Surface},
    model::{
        Context, FinishReason, GenerateOptions, Generated, LoraFacts, ModelError, Prompt, ReadProgress, ReadStats,
        Seen, VisionLanguageModel, WriteStats,
        chat::{Content, Message, Role},
        sampling::Sampling,
    },
    picture::{Metadata, Picture},
    server::ServerError,
};

use super::{
    LocateSettings, Prompting,
    answer::{Answer, Parsed, Problem, parsed},
    calibration::{Calibrated, Kind},
    countries,
    evidence::{Heard, MetadataHeard, gather, suppose},
    finding::{CredibleKm, FileFacts, Finding, ModelUsed, PictureId, ProbabilityKind, SettingsUsed, Withheld},
    problem::FindingProblem,
    prompt::Wording,
    reason::Reasons,
    sign::Sign,
    statement::Statement,
    weighing::Weighing,
};

/// The vision tower's part of the time that it takes to read a question about a new picture, as progress counts it: a third
/// in Qwen2.5-VL's sizes on a CPU.
const SEEING: f32 = 1.0 / 3.0;

/// A finding, and the probability over the world that it sums up.
#[derive(Debug)]
pub struct Located {
    /// What to say.
    pub finding: Finding,
    /// For the map; empty where no place is given.
    pub surface: Surface,
    /// What the finding was weighed from, to be weighed again when a piece is struck or added.
    pub weighing: Weighing,
    /// What the model has read, for a conversation that goes on from it; none where it was not asked.
    pub context: Option<Context>,
    /// What reading took; nothing where the model was not asked.
    pub read: ReadStats,
    /// What writing the answer took; nothing where the model was not asked.
    pub write: WriteStats,
}

impl Located {
    /// With what the reasons of the answer claim, which may be at odds with the evidence; the places stay as they are.
    #[must_use]
    pub fn with_reasons(mut self, reasons: Reasons) -> Self {
        let is_silent = reasons.claims.is_empty();
        self.finding.reasons = reasons;
        if !is_silent {
            (self.finding, self.surface) = self.weighing.ranked(&self.finding);
        }
        self
    }
}

/// Where the locating stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocateStage {
    /// A server has been asked and says nothing yet.
    Asking,
    /// The model looks at the picture.
    Seeing,
    /// The model writes.
    Reasoning,
    /// The countries are weighed.
    Weighing,
}

/// Who follows the locating and may end it.
pub trait Observer {
    /// How far it is: a stage begins or goes on, and how much of it is done (0 to 1) where that is known.
    fn stage(&mut self, stage: LocateStage, fraction: Option<f32>);
    /// The model wrote this after what it wrote before.
    fn token(&mut self, text: &str);
    /// Whether to stop; asked before every stage and at every token.
    fn is_cancelled(&self) -> bool;
}

/// Follows nothing and never stops.
pub struct Unobserved;

impl Observer for Unobserved {
    fn stage(&mut self, _stage: LocateStage, _fraction: Option<f32>) {}
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
    /// The server in its place did not answer.
    #[error(transparent)]
    Server(ServerError),
}

impl LocateError {
    /// Whether the model must be opened again before it can be used.
    pub fn is_device_lost(&self) -> bool {
        matches!(self, Self::Model(ModelError::Device(_)))
    }
}

impl From<ServerError> for LocateError {
    fn from(error: ServerError) -> Self {
        match error {
            ServerError::Cancelled(_) => Self::Cancelled,
            other => Self::Server(other),
        }
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

/// Says where a picture was taken. The same picture, model, device and settings give the same finding. A model that knows
/// drawings only is not asked about a photograph, unless the settings want to see what it makes of it; there the file, the
/// signs and the user speak alone. `signs` are those that were read in the picture;
/// `calibrated` is what the model's calibration says of such a picture, and is left out where it holds for others only.
pub fn locate(
    model: &VisionLanguageModel,
    picture: &Picture,
    signs: Vec<Sign>,
    calibrated: Option<Calibrated>,
    settings: &LocateSettings,
    observer: &mut dyn Observer,
) -> Result<Located, LocateError> {
    let (prompting, not_read) = Prompting::of(model);
    let is_trusted = model.seen().knows(picture);
    // What was learned of the likeliest answers says nothing about chance ones or such as break off, nor about pictures seen
    // otherwise or answers of weights in fewer bits or with adapters.
    let bounds = model.picture_tokens();
    let is_seen_as_usual = bounds.within(settings.picture_tokens) == bounds.usual;
    let is_plain = !model.device().packs_folders() && model.facts().loras.is_empty();
    let is_usual = settings.temperature == 0.0 && is_seen_as_usual && is_plain;
    let holds = |calibrated: &Calibrated| is_usual && is_of_kind(calibrated.kind, is_trusted, model, picture);
    let calibrated = calibrated.filter(holds);
    let used = ModelUsed {
        name: model.name().to_owned(),
        adapters: model.facts().loras.iter().map(LoraFacts::recorded).collect(),
        device: model.device().name.clone(),
        precision: model.facts().precision.clone(),
        seed: settings.seed,
        ..ModelUsed::default()
    };
    let mut finding = begun(picture, used, settings.used(&prompting.prompt, bounds));
    if !is_trusted && !settings.shows_untrusted {
        return Ok(withheld(finding, picture, signs));
    }

    let mut context = model.start();
    let read = see(model, &mut context, &prompting, picture, settings, observer)?;
    let (generated, answered) = answered(model, &mut context, is_trusted, settings, observer)?;

    let calibrated = calibrated.filter(|_| generated.finish_reason == FinishReason::Stop);
    // That an answer is made up says more than any caution.
    let caution =
        if is_trusted { prompting.caution.map(FindingProblem::Caution) } else { Some(FindingProblem::MadeUp) };
    finding.problems.extend(caution);
    finding.problems.extend(not_read.map(FindingProblem::PromptNotRead));
    let write = generated.stats();
    finding.reasoning_tokens = generated.token_ids;
    let located = concluded(finding, picture, signs, answered, calibrated);
    Ok(Located { context: Some(context), read, write, ..located })
}

/// What the model answers to what it has read, what was read out of that, and how likely it then holds each country to be: nothing
/// of that where its answer has no place for one country's name, for what is forced on it is not what it says.
pub(super) fn answered(
    model: &VisionLanguageModel,
    context: &mut Context,
    is_trusted: bool,
    settings: &LocateSettings,
    observer: &mut dyn Observer,
) -> Result<(Generated, Answered), LocateError> {
    let prompt_tokens = context.len();
    let generated = speak(model, context, settings, observer)?;
    if generated.finish_reason == FinishReason::Cancelled {
        return Err(LocateError::Cancelled);
    }
    begin(observer, LocateStage::Weighing)?;
    let parsed = parsed(&generated.text, generated.finish_reason == FinishReason::Stop);
    let wording = parsed.country_at.clone().and_then(|name| Wording::around(&generated.text, name));
    let score = |wording| countries::score(model, context, prompt_tokens, wording, &|| observer.is_cancelled());
    let country_scores = wording.map(score).transpose()?.unwrap_or_default();
    let answered = Answered { text: generated.text.clone(), parsed, country_scores, is_trusted };
    Ok((generated, answered))
}

/// A finding of which nothing is known yet but who was asked about what.
pub(super) fn begun(picture: &Picture, model: ModelUsed, settings: SettingsUsed) -> Finding {
    Finding {
        picture: identity(picture),
        model,
        segmenter: None,
        encoder: None,
        settings,
        program: concat!("terrasight ", env!("CARGO_PKG_VERSION")).to_owned(),
        made_at: Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        answer: None,
        withheld: None,
        reasons: Default::default(),
        reasoning: String::new(),
        reasoning_tokens: Vec::new(),
        candidates: Vec::new(),
        credible_km: CredibleKm { p50: 0.0, p90: 0.0 },
        probability_kind: ProbabilityKind::Raw,
        calibrated_on: None,
        credible_cells: Default::default(),
        countries: Vec::new(),
        evidence: Vec::new(),
        signs: Vec::new(),
        locatability: None,
        problems: Vec::new(),
    }
}

/// What a model has answered.
pub(super) struct Answered {
    /// Its words.
    pub text: String,
    /// What was read out of them.
    pub parsed: Parsed,
    /// The logarithm of each country's probability; may be empty.
    pub country_scores: Vec<(CountryCode, f64)>,
    /// Whether it knows pictures of this kind.
    pub is_trusted: bool,
}

/// Weighs what a model has answered with what the file and the signs tell.
pub(super) fn concluded(
    mut finding: Finding,
    picture: &Picture,
    signs: Vec<Sign>,
    answered: Answered,
    calibrated: Option<Calibrated>,
) -> Located {
    let Answered { text, parsed, country_scores, is_trusted } = answered;
    let Parsed { answer, problems: odd_in_answer, .. } = parsed;
    let metadata = heard_in(&picture.metadata);
    let heard = Heard {
        model: &finding.model.name,
        answer: &answer,
        country_scores: &country_scores,
        metadata: &metadata,
        is_trusted,
    };
    let (mut pieces, odd) = gather(&heard);
    if odd_in_answer.contains(&Problem::Described) {
        suppose(&mut pieces);
    }
    if let Some(calibrated) = &calibrated {
        calibrated.weights.temper(&mut pieces);
    }
    finding.problems.extend(odd);
    finding.problems.extend(odd_in_answer.into_iter().map(FindingProblem::Answer));
    finding.problems.extend(file_problems(picture));
    finding.answer = Some(answer);
    finding.reasoning = text;
    let weighing = Weighing { pieces, signs, own: Vec::new(), is_trusted, calibrated };
    weighed(&finding, weighing)
}

/// Whether a picture is of the kind that a calibration was taken on.
fn is_of_kind(kind: Kind, is_trusted: bool, model: &VisionLanguageModel, picture: &Picture) -> bool {
    // A model of drawings has looked already.
    let is_drawn = match model.seen() {
        Seen::Drawings => is_trusted,
        Seen::Photographs => Seen::Drawings.knows(picture),
    };
    is_drawn == (kind == Kind::DrawnStreets)
}

/// What the file and the signs say, and nothing else.
fn withheld(mut finding: Finding, picture: &Picture, signs: Vec<Sign>) -> Located {
    let (answer, metadata) = (Answer::default(), heard_in(&picture.metadata));
    let heard = Heard { model: "", answer: &answer, country_scores: &[], metadata: &metadata, is_trusted: false };
    let (pieces, _nothing_was_said) = gather(&heard);
    finding.withheld = Some(Withheld::KnowsDrawingsOnly);
    finding.problems = std::iter::once(FindingProblem::Withheld).chain(file_problems(picture)).collect();
    weighed(&finding, Weighing { pieces, signs, own: Vec::new(), is_trusted: false, calibrated: None })
}

fn weighed(finding: &Finding, weighing: Weighing) -> Located {
    let (finding, surface) = weighing.ranked(finding);
    Located { finding, surface, weighing, context: None, read: ReadStats::default(), write: WriteStats::default() }
}

fn file_problems(picture: &Picture) -> impl Iterator<Item = FindingProblem> {
    picture.metadata.problems.iter().cloned().map(FindingProblem::File)
}

/// The model reads the question with the picture.
fn see(
    model: &VisionLanguageModel,
    context: &mut Context,
    prompting: &Prompting,
    picture: &Picture,
    settings: &LocateSettings,
    observer: &mut dyn Observer,
) -> Result<ReadStats, LocateError> {
    begin(observer, LocateStage::Seeing)?;
    let patches = model.patches(&picture.pixels, settings.picture_tokens).map_err(ModelError::from)?;
    let question = vec![Content::Picture, Content::Text(prompting.prompt.clone())];
    let prompt = Prompt {
        messages: vec![Message { role: Role::User, content: question }],
        pictures: vec![patches],
        answer_start: String::new(),
    };
    read(model, context, &prompt, observer)
}

/// The model reads a prompt, of which it computes what `context` does not hold yet.
pub(super) fn read(
    model: &VisionLanguageModel,
    context: &mut Context,
    prompt: &Prompt,
    observer: &mut dyn Observer,
) -> Result<ReadStats, LocateError> {
    let mut seen = 0.0;
    let stats = model.read_watched(context, prompt, &mut |progress| {
        let fraction = match progress {
            ReadProgress::Seeing { done, of } => {
                seen = SEEING;
                SEEING * share(done, of)
            }
            ReadProgress::Reading { done, of } => seen + (1.0 - seen) * share(done, of),
        };
        observer.stage(LocateStage::Seeing, Some(fraction));
        go_on_unless(observer.is_cancelled())
    })?;
    Ok(stats)
}

/// The model answers what it has read; stopped, what it had said by then is its answer.
pub(super) fn speak(
    model: &VisionLanguageModel,
    context: &mut Context,
    settings: &LocateSettings,
    observer: &mut dyn Observer,
) -> Result<Generated, LocateError> {
    begin(observer, LocateStage::Reasoning)?;
    let options = GenerateOptions {
        max_new_tokens: settings.max_new_tokens,
        sampling: Sampling { temperature: settings.temperature, top_p: settings.top_p, seed: settings.seed },
        stop: Vec::new(),
    };
    Ok(model.generate(context, &options, &mut |text| {
        observer.token(text);
        go_on_unless(observer.is_cancelled())
    })?)
}

fn share(done: usize, of: usize) -> f32 {
    done as f32 / of.max(1) as f32
}

fn go_on_unless(stop: bool) -> ControlFlow<()> {
    if stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

pub(super) fn begin(observer: &mut dyn Observer, stage: LocateStage) -> Result<(), LocateError> {
    if observer.is_cancelled() {
        return Err(LocateError::Cancelled);
    }
    observer.stage(stage, None);
    Ok(())
}

/// What the file itself tells, as evidence of its own. A position in it does not enter the candidates, which show what
/// the picture says; where the two contradict each other, that is said.
fn heard_in(metadata: &Metadata) -> MetadataHeard {
    let facts = [
        metadata.taken.clone().map(Statement::FileTaken),
        metadata.camera.clone().map(Statement::FileCamera),
        metadata.heading_deg.map(Statement::FileHeading),
        metadata.altitude_m.map(Statement::FileAltitude),
        metadata.software.clone().map(Statement::FileSoftware),
    ];
    MetadataHeard { gps: metadata.gps, facts: facts.into_iter().flatten().collect(), ..MetadataHeard::default() }
}

fn identity(picture: &Picture) -> PictureId {
    let path = picture.path.as_ref().map_or_else(|| picture.name.clone(), |path| path.display().to_string());
    PictureId {
        path,
        sha256: picture.sha256.clone(),
        width: picture.width,
        height: picture.height,
        metadata: FileFacts::from(&picture.metadata),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{
        model::ComputeDevice,
        predict::calibration::{Levels, Weights},
    };

    #[test]
    fn an_answer_that_breaks_off_is_not_called_calibrated_and_says_in_what_it_was_computed() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let model = VisionLanguageModel::open(&root.join("assets/starter"), &ComputeDevice::cpu()).unwrap();
        let picture = Picture::open(&root.join("assets/samples/drawn-street-2.jpg")).unwrap();
        let (weights, levels) = (Weights::NOMINAL, Levels::NOMINAL);
        let calibrated = Calibrated { weights, levels, n_cases: 100, kind: Kind::DrawnStreets, with_signs: false };
        let found = |max_new_tokens| {
            let settings = LocateSettings { max_new_tokens, reads_signs: false, ..LocateSettings::default() };
            locate(&model, &picture, Vec::new(), Some(calibrated), &settings, &mut Unobserved).unwrap().finding
        };
        let (whole, cut) = (found(512), found(3));
        assert_eq!((whole.probability_kind, cut.probability_kind), (ProbabilityKind::Calibrated, ProbabilityKind::Raw));
        assert_eq!(
            (whole.model.precision.as_str(), whole.settings.reads_signs),
            (&*model.facts().precision, Some(false))
        );
    }
}
