//! `terrasight locate`: pictures one after another through the same engine as the window.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::Args;

use crate::{
    export::Format,
    knowledge::clues::Clues,
    picture::{Picture, Preview},
    predict::{
        LocateSettings, Weighing, WhatIf,
        evidence::Piece,
        finding::{Finding, Outcome},
    },
    words,
    worker::{self, Command, Event, JobId, ModelNote, ModelSource, PictureNews, PictureSource, Worker, read_pixels},
};

use super::{
    Failure, ModelArguments,
    areas::AreaArguments,
    hints::{HintArguments, clues_at_hand},
    model_folder, model_source,
    output::{OutArguments, Output, complain},
    progress::Progress,
    text,
};

/// Of a folder's pictures so many bytes of pixels are held; those of the others are read again when their turn comes.
const PIXEL_BYTES: usize = 512 << 20;

/// A picture, with its pixels if they are at hand, or its path and what is wrong with it.
type Opened = Result<(Arc<Preview>, Option<Arc<Picture>>), (String, String)>;

/// Say where pictures were taken.
#[derive(Debug, Args)]
pub(super) struct Locate {
    /// Pictures, or folders of pictures
    #[arg(required = true, value_name = "PHOTO")]
    pictures: Vec<PathBuf>,
    #[command(flatten)]
    model: ModelArguments,
    /// How to write the result
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    out: OutArguments,
    #[command(flatten)]
    sampling: SamplingArguments,
    #[command(flatten)]
    areas: AreaArguments,
    #[command(flatten)]
    hints: HintArguments,
    /// A sentence encoder such as all-MiniLM-L6-v2, by its folder or the name that 'models list' shows: what the model's
    /// reasons mean is matched to the clue knowledge as well, and not only what they name
    #[arg(long, value_name = "M")]
    encoder: Option<String>,
    /// Do not read the signs in the pictures
    #[arg(long)]
    no_signs: bool,
}

/// How the answer is written.
#[derive(Debug, Args)]
struct SamplingArguments {
    /// Stop after so many tokens
    #[arg(long, value_name = "N", default_value_t = LocateSettings::default().max_new_tokens as u64,
          value_parser = clap::value_parser!(u64).range(1..=32_768))]
    max_new_tokens: u64,
    /// 0 writes the likeliest answer; more lets it vary
    #[arg(long, value_name = "T", default_value_t = LocateSettings::default().temperature, value_parser = super::temperature)]
    temperature: f32,
    /// Where the chances of a temperature above 0 begin
    #[arg(long, value_name = "N", default_value_t = LocateSettings::default().seed)]
    seed: u64,
    /// See each picture in at most so many tokens; more show finer things and take longer [default: the model's usual]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(16..=65_536))]
    picture_tokens: Option<u64>,
}

impl SamplingArguments {
    fn settings(&self) -> LocateSettings {
        LocateSettings {
            max_new_tokens: usize::try_from(self.max_new_tokens).unwrap_or(usize::MAX),
            temperature: self.temperature,
            seed: self.seed,
            picture_tokens: self.picture_tokens.and_then(|tokens| usize::try_from(tokens).ok()),
            ..LocateSettings::default()
        }
    }
}

impl Locate {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let output = self.out.open(&self.files())?;
        let encoder = self.encoder.as_deref().map(|name| model_folder(&model_source(name)?)).transpose()?;
        let clues = clues_at_hand();
        let own = [self.areas.pieces()?, self.hints.pieces(&clues)?].concat();
        let source = self.model.source()?;
        if !source.is_elsewhere() {
            model_folder(&source)?;
        }
        // Who names the model by hand wants to see what it says, whatever it knows.
        let (shows_untrusted, reads_signs) = (self.model.is_named(), !self.no_signs);
        let settings = LocateSettings { shows_untrusted, reads_signs, ..self.sampling.settings() };
        let asks_change = self.format == Format::Json;
        let known = Known { own, clues, asks_change };
        let session = Session::start(source, &self.model, settings, known)?;
        Session { encoder, ..session }.run(&self.pictures, self.format, output)
    }

    /// What is read, as far as it is named by its file.
    fn files(&self) -> Vec<PathBuf> {
        let model = self.model.plain.model.iter().map(PathBuf::from);
        self.pictures.iter().cloned().chain(self.areas.files()).chain(model).collect()
    }
}

/// Locates these pictures as `locate` does when nothing else is said.
pub(super) fn on_terminal(pictures: &[PathBuf]) -> Result<(), Failure> {
    let model = ModelArguments::default();
    let known = Known { own: Vec::new(), clues: clues_at_hand(), asks_change: false };
    Session::start(ModelSource::Starter, &model, LocateSettings::default(), known)?.run(
        pictures,
        Format::Text,
        Output::new(None, false)?,
    )
}

/// What is known before a picture is looked at.
struct Known {
    /// Of every picture, by the user.
    own: Vec<Piece>,
    /// Of countries.
    clues: Arc<Clues>,
    /// Whether it is asked what would change a place.
    asks_change: bool,
}

/// The engine, and what it is asked for each picture.
struct Session {
    worker: Worker,
    settings: LocateSettings,
    segmenter: ModelSource,
    encoder: Option<PathBuf>,
    known: Known,
    /// The model to open before the first picture is located.
    unopened: Option<Command>,
    jobs: u64,
}

impl Session {
    fn start(
        source: ModelSource,
        model: &ModelArguments,
        settings: LocateSettings,
        known: Known,
    ) -> Result<Self, Failure> {
        let worker = Worker::start(|| ())
            .map_err(|error| Failure::new(format!("the engine's thread cannot be started ({error})")))?;
        let unopened =
            Some(Command::LoadModel { job: JobId(0), source, device: model.plain.device, precision: model.precision });
        Ok(Self { worker, settings, segmenter: ModelSource::Starter, encoder: None, known, unopened, jobs: 0 })
    }

    fn run(&mut self, sources: &[PathBuf], format: Format, mut output: Output<'_>) -> Result<(), Failure> {
        let mut outcomes = Vec::new();
        let mut any_failed = false;
        let progress = Progress::new(sources.len());
        for source in sources {
            for opened in self.open(source, &progress)? {
                let outcome = match opened {
                    Ok((preview, picture)) => self.locate_opened(&preview, picture, &progress)?,
                    Err((path, error)) => {
                        progress.aside(|| complain(&error));
                        Outcome::failed(path, error)
                    }
                };
                any_failed |= matches!(outcome, Outcome::Failed(_));
                if format == Format::Text {
                    progress.aside(|| output.write(&text::render(&outcome, outcomes.is_empty())))?;
                }
                outcomes.push(outcome);
            }
            progress.step();
        }
        drop(progress);
        if format != Format::Text {
            output.write(&format.written(&outcomes))?;
        }
        output.finish()?;
        if any_failed { Err(Failure::Said) } else { Ok(()) }
    }

    /// The pictures that a path stands for, each open or with its path and what is wrong with it.
    fn open(&mut self, path: &Path, progress: &Progress) -> Result<Vec<Opened>, Failure> {
        progress.say(format!("{}: opening", path.display()));
        let sources = vec![PictureSource::Path(path.to_owned())];
        let mut opened = Vec::new();
        let job = self.next_job();
        let command = Command::OpenPictures { job, sources, pixel_bytes: PIXEL_BYTES };
        let closing = self.hear(command, |event| match event {
            Event::Pictures { news: PictureNews::Opened { preview, picture }, .. } => {
                opened.push(Ok((preview, picture)));
            }
            Event::Pictures { news: PictureNews::Failed { name, failure, .. }, .. } => {
                opened.push(Err((name, failure.to_string())));
            }
            _ => {}
        })?;
        if let Err(ended) = closing {
            let path = path.display().to_string();
            opened.push(Err((path.clone(), ended.said_of(&path))));
        }
        Ok(opened)
    }

    /// Where an opened picture was taken, the pixels of which may have been let go.
    fn locate_opened(
        &mut self,
        preview: &Preview,
        picture: Option<Arc<Picture>>,
        progress: &Progress,
    ) -> Result<Outcome, Failure> {
        let path = preview.path.as_ref().map_or_else(|| preview.name.clone(), |path| path.display().to_string());
        match picture.map_or_else(|| read_pixels(preview).map(Arc::new), Ok) {
            Ok(picture) => self.locate(path, picture, progress),
            Err(failure) => {
                progress.aside(|| complain(&failure));
                Ok(Outcome::failed(path, failure.to_string()))
            }
        }
    }

    /// Where a picture was taken; a failure of the model itself ends everything.
    fn locate(&mut self, path: String, picture: Arc<Picture>, progress: &Progress) -> Result<Outcome, Failure> {
        if let Some(load) = self.unopened.take() {
            let opened = self.hear(load, |event| match event {
                Event::Stage { stage, .. } => progress.say(words::stage(Some(stage))),
                Event::ModelReady { model, .. } => {
                    let told = model.notes.iter().filter(|note| is_news(note));
                    told.for_each(|note| progress.aside(|| complain(words::model_note(note))));
                }
                _ => {}
            })?;
            opened.map_err(|ended| Failure::Unsaid(ended.to_string()))?;
        }
        let mut found: Option<(Box<Finding>, Option<Arc<Weighing>>)> = None;
        let command = Command::Locate {
            job: self.next_job(),
            by: None,
            picture,
            settings: self.settings,
            segmenter: self.segmenter.clone(),
            clues: Arc::clone(&self.known.clues),
            encoder: self.encoder.clone(),
        };
        let closing = self.hear(command, |event| match event {
            Event::Stage { stage, .. } => progress.say(format!("{path}: {}", words::stage(Some(stage)))),
            Event::Pictures { news: PictureNews::Found { finding, weighing, .. }, .. } => {
                found = Some((finding, weighing));
            }
            _ => {}
        })?;
        Ok(match (closing, found) {
            (Ok(()), Some((finding, weighing))) => Outcome::Found(Box::new(self.with_known(*finding, weighing))),
            (closing, _) => {
                let error = closing.err().unwrap_or(Ended::Nothing).said_of(&path);
                progress.aside(|| complain(&error));
                Outcome::failed(path, error)
            }
        })
    }

    /// The finding with what the user knows weighed in, and with what would change it.
    fn with_known(&self, mut finding: Finding, weighing: Option<Arc<Weighing>>) -> Finding {
        let Known { own, clues, asks_change } = &self.known;
        let Some(mut weighing) = weighing.map(Arc::unwrap_or_clone) else { return finding };
        if !own.is_empty() {
            weighing.own.clone_from(own);
            finding = weighing.ranked(&finding).0;
        }
        let what_if = asks_change.then(|| WhatIf::new(&weighing, &finding, clues)).flatten();
        let changes = what_if.map(WhatIf::changes).unwrap_or_default();
        finding.candidates.iter_mut().zip(changes).for_each(|(candidate, change)| candidate.change = Some(change));
        finding
    }

    /// Sends a command and hears its events until the job closes; the inner error is the job's own.
    fn hear(&mut self, command: Command, mut hear: impl FnMut(Event)) -> Result<Result<(), Ended>, Failure> {
        let job = command.job();
        self.worker.send(command).map_err(Failure::new)?;
        loop {
            let Some(event) = self.worker.next_event() else {
                return Err(Failure::new("the engine has stopped; start the program again"));
            };
            match event {
                event if event.job() != job => {}
                Event::Done { .. } => return Ok(Ok(())),
                Event::Failed { failure, .. } => return Ok(Err(Ended::Failed(failure))),
                Event::Cancelled { .. } => return Ok(Err(Ended::Cancelled)),
                event => hear(event),
            }
        }
    }

    fn next_job(&mut self) -> JobId {
        self.jobs += 1;
        JobId(self.jobs)
    }
}

/// Whether who names a model in a command may not know this of it. That a server gets the pictures they know, but hardly who
/// else can see them.
fn is_news(note: &ModelNote) -> bool {
    match note {
        ModelNote::Unencrypted | ModelNote::LeftOut(_) => true,
        ModelNote::Lora(lora) => !lora.unmatched.is_empty(),
        ModelNote::Device(_) | ModelNote::Elsewhere(_) | ModelNote::Caution(_) | ModelNote::PromptNotRead(_) => false,
    }
}

/// How a job ended without what was asked for.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error(transparent)]
    Failed(Arc<worker::Failure>),
    #[error("it was cancelled")]
    Cancelled,
    #[error("no place was found")]
    Nothing,
}

impl Ended {
    /// A line about the picture of this path.
    fn said_of(&self, path: &str) -> String {
        match self {
            Self::Failed(failure) => match failure.as_ref() {
                worker::Failure::Locate { error, .. } => format!("{path}: {error}"),
                worker::Failure::Inside(_) => format!("{path}: {failure}"),
                names_it => names_it.to_string(),
            },
            Self::Cancelled | Self::Nothing => format!("{path}: {self}"),
        }
    }
}
