//! A script in the engine's place: it remembers what the window asked for and says what the test tells it to.

use std::{
    cell::RefCell,
    collections::VecDeque,
    path::{Path, PathBuf},
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use egui_kittest::{Harness, HarnessBuilder};
use image::{Rgb, RgbImage};
use terrasight::{
    app::{Link, TerrasightApp},
    geo::{Cell, LatLon, Surface},
    knowledge::clues::{Clues, shipped_clues},
    model::{ComputeKind, Footprint, PictureTokens, Placed, Purpose, Shape},
    picture::{Picture, PictureError, Preview},
    predict::{
        FindingProblem, Weighing, WhatIf,
        answer::Answer,
        converse::{Conversation, Spoken},
        evidence::{Heard, MetadataHeard, gather},
        finding::{
            Candidate, CredibleKm, Evidence, EvidenceKind, FileFacts, Finding, ModelUsed, PictureId, ProbabilityKind,
            SettingsUsed, Withheld,
        },
        reason::{Reasons, Thing},
        sign::Sign,
        statement::{CountryShare, Source, Statement},
    },
    server::Server,
    ui::Labours,
    worker::{
        Busy, Command, DatasetTask, EvaluationTask, Event, Failure, HubTask, JobId, JobStage, Measured, ModelNote,
        ModelSource, ModelSummary, PictureNews, PictureSource, TrainingTask,
    },
};

/// A question what would change, as it was sent.
type Asking = (JobId, Arc<Finding>, Arc<Weighing>, Arc<Clues>);

#[derive(Default)]
struct Said {
    events: VecDeque<Event>,
    locating: Vec<(JobId, String)>,
    located_by: Vec<Option<ModelSource>>,
    cancelled: Vec<JobId>,
    models: Vec<ModelSource>,
    dataset: Vec<(JobId, PathBuf, DatasetTask)>,
    paused: Vec<(JobId, bool)>,
    rankings: VecDeque<(JobId, Arc<Finding>, Arc<Weighing>)>,
    asking: VecDeque<Asking>,
    questions: Vec<(JobId, Arc<Conversation>)>,
    reading: VecDeque<(JobId, Arc<Preview>)>,
    hub: Vec<(JobId, HubTask)>,
    training: Vec<(JobId, TrainingTask)>,
    evaluations: Vec<(JobId, EvaluationTask)>,
}

/// So many pictures of a job are handed over with their pixels, whatever they were allowed to fill.
const MOST_WITH_PIXELS: usize = 8;

/// The script; copies share what was said.
#[derive(Clone, Default)]
pub struct Script(Rc<RefCell<Said>>);

impl Script {
    /// Says something to the window.
    pub fn say(&self, event: Event) {
        self.0.borrow_mut().events.push_back(event);
    }

    /// The jobs that were to locate a picture, with its name.
    pub fn locating(&self) -> Vec<(JobId, String)> {
        self.0.borrow().locating.clone()
    }

    /// With which other model each was to be located; none for the one in use.
    pub fn located_by(&self) -> Vec<Option<ModelSource>> {
        self.0.borrow().located_by.clone()
    }

    /// The job asked for last.
    pub fn last_job(&self) -> JobId {
        self.0.borrow().locating.last().expect("a picture was to be located").0
    }

    /// What was asked of evaluations since the last time.
    pub fn take_evaluation_tasks(&self) -> Vec<(JobId, EvaluationTask)> {
        std::mem::take(&mut self.0.borrow_mut().evaluations)
    }

    /// The jobs that were to stop.
    pub fn cancelled(&self) -> Vec<JobId> {
        self.0.borrow().cancelled.clone()
    }

    /// The models that were to be opened.
    pub fn models(&self) -> Vec<ModelSource> {
        self.0.borrow().models.clone()
    }

    /// What was asked of the index's threads since the last call.
    pub fn take_tasks(&self) -> Vec<(JobId, PathBuf, DatasetTask)> {
        std::mem::take(&mut self.0.borrow_mut().dataset)
    }

    /// What was asked about models as files since the last call.
    pub fn take_hub_tasks(&self) -> Vec<(JobId, HubTask)> {
        std::mem::take(&mut self.0.borrow_mut().hub)
    }

    /// What was asked about runs since the last call.
    pub fn take_training_tasks(&self) -> Vec<(JobId, TrainingTask)> {
        std::mem::take(&mut self.0.borrow_mut().training)
    }

    /// The jobs that were to wait, or to go on.
    pub fn paused(&self) -> Vec<(JobId, bool)> {
        self.0.borrow().paused.clone()
    }

    /// A whole run of the last job: stages, words, and where it was.
    pub fn locate(&self) {
        let job = self.last_job();
        self.say(Event::Stage { job, stage: JobStage::Reasoning, fraction: Some(0.5) });
        self.say(Event::Pictures {
            job,
            news: PictureNews::Token("{'country': 'Chile', 'city': 'Santiago', ".to_owned()),
        });
        self.find(finding(), surface());
    }

    /// The last job ends with this.
    pub fn find(&self, finding: Finding, surface: Surface) {
        let job = self.last_job();
        let news =
            PictureNews::Found { finding: Box::new(finding), surface: Arc::new(surface), weighing: None, seconds: 2.0 };
        self.say(Event::Pictures { job, news });
        self.say(Event::Done { job });
    }

    /// The last job ends with a place that comes of pieces of evidence: Arica, Chile.
    pub fn find_weighed(&self) {
        self.find_by(weighing(), finding());
    }

    /// The last job ends with what a model said, as above, and signs in the picture.
    pub fn find_with_signs(&self, signs: Vec<Sign>) {
        self.find_by(Weighing { signs, ..weighing() }, finding());
    }

    /// The last job ends with an answer of this country and these reasons, held against signs and things in the picture.
    pub fn find_claiming(&self, country: &str, reasons: &[&str], signs: Vec<Sign>, things: Vec<Thing>) {
        let reasons = reasons.iter().map(|&reason| reason.to_owned()).collect();
        let answer = Answer { country: Some(country.to_owned()), city: None, reasons };
        let reasons = Reasons::of(&answer, &[], Some(&signs), Some(things), shipped_clues());
        self.find_by(Weighing { signs, ..weighing() }, Finding { answer: Some(answer), reasons, ..finding() });
    }

    /// The last job ends with signs in a photograph, about which the model was not asked.
    pub fn find_signs_alone(&self, signs: Vec<Sign>) {
        let withheld = Some(Withheld::KnowsDrawingsOnly);
        let finding = Finding { answer: None, withheld, reasoning: String::new(), ..finding() };
        self.find_by(
            Weighing { pieces: Vec::new(), signs, own: Vec::new(), calibrated: None, is_trusted: false },
            finding,
        );
    }

    /// Says what would change where the candidates stand, as the ranking thread does to what was asked last.
    pub fn change(&self) {
        let asked = self.0.borrow_mut().asking.pop_back();
        let (job, finding, weighing, clues) = asked.expect("it was asked what would change");
        let changes = WhatIf::new(&weighing, &finding, &clues).expect("places").changes();
        for (at, change) in changes.into_iter().enumerate() {
            self.say(Event::Pictures { job, news: PictureNews::Change { at, change } });
        }
        self.say(Event::Done { job });
    }

    fn find_by(&self, weighing: Weighing, finding: Finding) {
        let job = self.last_job();
        let evidence = weighing.pieces.iter().map(|piece| piece.evidence.clone()).collect();
        let (finding, surface) = weighing.ranked(&Finding { evidence, problems: Vec::new(), ..finding });
        let (finding, surface, weighing) = (Box::new(finding), Arc::new(surface), Some(Arc::new(weighing)));
        self.say(Event::Pictures { job, news: PictureNews::Found { finding, surface, weighing, seconds: 2.0 } });
        self.say(Event::Done { job });
    }

    /// The pictures whose pixels were to be read.
    pub fn reading(&self) -> Vec<String> {
        self.0.borrow().reading.iter().map(|(_, picture)| picture.name.clone()).collect()
    }

    /// The pixels come that were asked for first, or why they do not.
    pub fn read(&self, failure: Option<Failure>) {
        let asked = self.0.borrow_mut().reading.pop_front();
        let (job, preview) = asked.expect("pixels were asked for");
        match failure {
            Some(failure) => self.say(Event::Failed { job, failure: Arc::new(failure) }),
            None => {
                let picture = Arc::new(picture_named(&preview.name));
                self.say(Event::Pictures { job, news: PictureNews::Pixels(picture) });
                self.say(Event::Done { job });
            }
        }
    }

    /// The conversations in which the model was to answer.
    pub fn questions(&self) -> Vec<(JobId, Arc<Conversation>)> {
        self.0.borrow().questions.clone()
    }

    /// The model says all that it has to say to the last question.
    pub fn answer(&self, text: &str) {
        let (job, _) = self.questions().pop().expect("the model was asked");
        let spoken = Spoken {
            model: "GLOBE-Qwen2.5VL-7B".to_owned(),
            sha256: Some("cd".repeat(32)),
            text: text.to_owned(),
            tokens: vec![5, 6, 7],
        };
        self.say(Event::Pictures { job, news: PictureNews::Spoken { spoken, is_whole: true } });
        self.say(Event::Done { job });
    }

    /// Ranks what was asked for, as the ranking thread does.
    pub fn rank(&self) {
        let asked = self.0.borrow_mut().rankings.pop_front();
        let (job, finding, weighing) = asked.expect("a ranking was asked for");
        let (finding, surface) = weighing.ranked(&finding);
        let news = PictureNews::Ranked { finding: Box::new(finding), surface: Arc::new(surface) };
        self.say(Event::Pictures { job, news });
        self.say(Event::Done { job });
    }
}

impl Link for Script {
    fn send(&mut self, command: Command) -> Result<(), Busy> {
        match command {
            Command::OpenPictures { job, sources, .. } => {
                for (place, source) in sources.into_iter().enumerate() {
                    self.say(opened(job, source, place < MOST_WITH_PIXELS));
                }
                self.say(Event::Done { job });
            }
            Command::LoadModel { job, source, .. } => {
                let model = match &source {
                    ModelSource::Server(server) => summary_elsewhere(server),
                    source => ModelSummary { source: source.clone(), ..summary(*source == ModelSource::Starter) },
                };
                self.0.borrow_mut().models.push(source);
                self.say(Event::ModelReady { job, model: Box::new(model) });
                self.say(Event::Done { job });
            }
            Command::Unload { job, .. } => self.say(Event::Done { job }),
            Command::Dataset { job, file, task } => self.0.borrow_mut().dataset.push((job, file, task)),
            Command::Hub { job, task } => self.0.borrow_mut().hub.push((job, task)),
            Command::Training { job, task } => self.0.borrow_mut().training.push((job, task)),
            Command::Evaluation { job, task } => self.0.borrow_mut().evaluations.push((job, task)),
            Command::Score { .. } | Command::Answer { .. } => {}
            Command::ReadPixels { job, picture } => self.0.borrow_mut().reading.push_back((job, picture)),
            Command::Rank { job, finding, weighing } => {
                self.0.borrow_mut().rankings.push_back((job, finding, weighing));
            }
            Command::Change { job, finding, weighing, clues } => {
                self.0.borrow_mut().asking.push_back((job, finding, weighing, clues));
            }
            Command::Converse { job, conversation, .. } => self.0.borrow_mut().questions.push((job, conversation)),
            Command::Locate { job, by, picture, .. } => {
                let mut said = self.0.borrow_mut();
                said.locating.push((job, picture.name.clone()));
                said.located_by.push(by);
            }
        }
        Ok(())
    }

    fn cancel(&mut self, job: JobId) {
        let mut said = self.0.borrow_mut();
        let is_beside = said.reading.iter().any(|(reading, _)| *reading == job)
            || said.asking.iter().any(|(asking, ..)| *asking == job);
        said.reading.retain(|(reading, _)| *reading != job);
        said.asking.retain(|(asking, ..)| *asking != job);
        if !is_beside {
            said.cancelled.push(job);
        }
        drop(said);
        self.say(Event::Cancelled { job });
    }

    fn pause(&mut self, job: JobId, yes: bool) {
        self.0.borrow_mut().paused.push((job, yes));
    }

    fn try_next(&mut self) -> Option<Event> {
        self.0.borrow_mut().events.pop_front()
    }
}

/// Opens by name: what is called `.txt` fails, what is called `gps` has a position in it.
fn opened(job: JobId, source: PictureSource, with_pixels: bool) -> Event {
    let name = match source {
        PictureSource::Path(path) => path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        PictureSource::Bytes { name, .. } => name,
        PictureSource::Pixels { name, pixels } => {
            return with_preview(job, Picture::from_rgb(&name, pixels), true);
        }
    };
    if name.ends_with(".txt") {
        let failure = Arc::new(Failure::Picture(PictureError::Empty(name.clone())));
        return Event::Pictures { job, news: PictureNews::Failed { name, path: None, failure } };
    }
    with_preview(job, picture_named(&name), with_pixels)
}

fn with_preview(job: JobId, picture: Picture, with_pixels: bool) -> Event {
    let preview = Arc::new(Preview::of(&picture));
    let picture = with_pixels.then(|| Arc::new(picture));
    Event::Pictures { job, news: PictureNews::Opened { preview, picture } }
}

fn picture_named(name: &str) -> Picture {
    let shade = name.bytes().fold(7u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte));
    let mut picture = Picture::from_rgb(name, street(shade));
    picture.path = Some(Path::new("/pictures").join(name));
    if name.contains("gps") {
        picture.metadata.gps = LatLon::new(-36.8, 174.7);
        picture.metadata.taken = Some("2026-02-03 14:05:11".to_owned());
        picture.metadata.camera = Some("Canon EOS R5".to_owned());
    }
    picture
}

/// Something like a street: sky, ground, a road, and a wall in a colour of its own.
fn street(shade: u8) -> RgbImage {
    RgbImage::from_fn(640, 480, |x, y| {
        let (fx, fy) = (x as f32 / 640.0, y as f32 / 480.0);
        let road = (fx - 0.5).abs() < 0.45 * (fy - 0.5).max(0.0) * 2.0;
        if fy < 0.5 && (fx < 0.3 && fy > 0.2) {
            Rgb([shade, 120, 255 - shade])
        } else if fy < 0.5 {
            Rgb([150, 190, (215.0 + fy * 60.0) as u8])
        } else if road && (fx - 0.5).abs() < 0.01 {
            Rgb([235, 225, 120])
        } else if road {
            Rgb([92, 92, 96])
        } else {
            Rgb([118, 138, 74])
        }
    })
}

/// What the engine says of the starter, or of another model.
pub fn summary(is_starter: bool) -> ModelSummary {
    ModelSummary {
        source: if is_starter {
            ModelSource::Starter
        } else {
            ModelSource::Directory("/models/GLOBE-Qwen2.5VL-7B".into())
        },
        name: if is_starter { "Terrasight starter" } else { "GLOBE-Qwen2.5VL-7B" }.to_owned(),
        directory: PathBuf::from("/models/starter"),
        device: "CPU".to_owned(),
        precision: "f32".to_owned(),
        parameters: 2_140_000,
        bytes: 8_560_000,
        picture_tokens: PictureTokens { usual: 1280, most: 16_384 },
        placed: Some(placed()),
        measured: Measured::default(),
        is_starter,
        converses: !is_starter,
        notes: Vec::new(),
    }
}

/// As large as the starter.
fn placed() -> Placed {
    let shape = Shape {
        packed: false,
        parameters: 2_140_000,
        layers: 3,
        width: 192,
        inner: 512,
        kv_width: 96,
        vision_width: 160,
        vision_inner: 428,
    };
    let footprint = Footprint {
        purpose: Purpose::Locate,
        architecture: "Qwen2_5_VLForConditionalGeneration",
        bytes: 8_560_000,
        parameters: 2_140_000,
        shape: Some(shape),
    };
    Placed { footprint, kind: ComputeKind::Cpu }
}

fn summary_elsewhere(server: &Server) -> ModelSummary {
    ModelSummary {
        source: server.clone().into(),
        name: format!("{} at {}", server.model().unwrap_or("a model"), server.host()),
        directory: server.to_string().into(),
        device: server.host(),
        precision: String::new(),
        picture_tokens: PictureTokens::default(),
        placed: None,
        notes: vec![ModelNote::Elsewhere(server.host()), ModelNote::Unencrypted],
        ..summary(false)
    }
}

pub fn candidate(
    rank: usize,
    lat: f64,
    lon: f64,
    probability: f64,
    (city, region, country): (&str, &str, &str),
) -> Candidate {
    Candidate {
        rank,
        lat,
        lon,
        probability,
        within_100_km: probability / 2.0,
        country: country.to_owned(),
        country_code: None,
        region: region.to_owned(),
        city: city.to_owned(),
        carried_by: vec![EvidenceKind::ModelCountries],
        carriers: Vec::new(),
        change: None,
    }
}

/// Chile before Peru and Argentina.
pub fn finding() -> Finding {
    let share = |code: &str, probability| CountryShare { country_code: code.parse().expect("a code"), probability };
    let evidence = |kind, text: &str, source: &str, strength| Evidence {
        kind,
        statement: Statement::Quoted(text.to_owned()),
        source: Source::Quoted(source.to_owned()),
        id: text.to_owned(),
        strength,
        on: true,
        region: None,
        position: None,
    };
    Finding {
        picture: PictureId {
            path: "a.jpg".to_owned(),
            sha256: "ab".repeat(32),
            width: 640,
            height: 480,
            metadata: FileFacts::default(),
        },
        model: ModelUsed {
            name: "Terrasight starter".to_owned(),
            sha256: None,
            adapters: Vec::new(),
            device: "CPU".to_owned(),
            precision: "f16".to_owned(),
            seed: 0,
        },
        settings: SettingsUsed {
            prompt: String::new(),
            max_new_tokens: 512,
            temperature: 0.0,
            top_p: 1.0,
            picture_tokens: 1280,
            reads_signs: Some(true),
        },
        segmenter: None,
        encoder: None,
        program: String::new(),
        made_at: String::new(),
        withheld: None,
        reasons: Default::default(),
        answer: Some(Answer {
            country: Some("Chile".to_owned()),
            city: Some("Santiago".to_owned()),
            reasons: vec![
                "The cars drive on the right and the centre line is yellow.".to_owned(),
                "The words on the sign are Spanish.".to_owned(),
                "Dry grass and the height of the sun speak for the southern hemisphere.".to_owned(),
            ],
        }),
        reasoning: "{'country': 'Chile', 'city': 'Santiago', 'reasons': [..]}".to_owned(),
        reasoning_tokens: Vec::new(),
        candidates: vec![
            candidate(1, -33.45, -70.66, 0.412, ("Santiago", "Región Metropolitana", "Chile")),
            candidate(2, -12.05, -77.04, 0.173, ("Lima", "Lima", "Peru")),
            candidate(3, -32.89, -68.83, 0.094, ("Mendoza", "Mendoza", "Argentina")),
            candidate(4, 40.42, -3.70, 0.031, ("Madrid", "Madrid", "Spain")),
        ],
        credible_km: CredibleKm { p50: 420.0, p90: 2650.0 },
        probability_kind: ProbabilityKind::Raw,
        calibrated_on: None,
        credible_cells: Default::default(),
        countries: vec![share("CL", 0.46), share("PE", 0.19), share("AR", 0.15), share("BO", 0.07), share("ES", 0.04)],
        evidence: vec![
            evidence(
                EvidenceKind::ModelCountries,
                "The model prefers Chile to Peru by 2.4 to 1.",
                "Terrasight starter",
                0.8,
            ),
            evidence(
                EvidenceKind::ModelCity,
                "The model names Santiago; the gazetteer knows it in Chile.",
                "GeoNames",
                0.5,
            ),
            evidence(EvidenceKind::Prior, "Where people live and take pictures.", "GeoNames", 0.2),
        ],
        signs: Vec::new(),
        locatability: None,
        problems: vec![
            FindingProblem::Quoted("The picture's own position contradicts the answer by 9,650 km.".to_owned()),
            FindingProblem::Caution("Of the model's folder.".to_owned()),
        ],
    }
}

/// What a model would have said that names Arica in Chile.
fn weighing() -> Weighing {
    let answer = Answer { country: Some("Chile".to_owned()), city: Some("Arica".to_owned()), reasons: Vec::new() };
    let scores = [("CL", -0.5), ("PE", -1.0)].map(|(code, score)| (code.parse().expect("a code"), score));
    let metadata = MetadataHeard::default();
    let heard = Heard { model: "m", answer: &answer, country_scores: &scores, metadata: &metadata, is_trusted: true };
    Weighing { pieces: gather(&heard).0, signs: Vec::new(), own: Vec::new(), is_trusted: true, calibrated: None }
}

/// Two hills, the higher one around Santiago.
pub fn surface() -> Surface {
    let hills = [(-33.5, -70.7, 500.0, 1.0), (-12.0, -77.0, 400.0, 0.4)];
    let weight = |cell: Cell| {
        let height = |&(lat, lon, width, height): &(f64, f64, f64, f64)| {
            let away = LatLon::new(lat, lon).expect("on the Earth").distance_km(cell.centre()) / width;
            height * (-away * away).exp()
        };
        (cell, hills.iter().map(height).sum::<f64>())
    };
    Surface::from_weights(Cell::all().map(weight).filter(|(_, weight)| *weight > 1e-3))
}

/// A file that was dropped.
#[derive(Debug)]
pub struct Dropped(pub PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("the script reads no files".to_owned())
    }
}

/// Drops files of these names on the window and lets it settle.
pub fn drop_files(harness: &mut Harness<'_, TerrasightApp>, names: &[&str]) {
    for name in names {
        harness.input_mut().dropped_files.push(Arc::new(Dropped(Path::new("/pictures").join(name))));
    }
    settle(harness);
}

/// Runs frames until nothing changes any more and no thread beside them has anything left to bring. The window's clock
/// stands while a thread is waited for, so that what goes by itself does not go sooner on a slow machine.
pub fn settle(harness: &mut Harness<'_, TerrasightApp>) {
    loop {
        let before = Labours::of(&harness.ctx);
        if before.begun == before.ended {
            harness.run_ok();
            if Labours::of(&harness.ctx) == before {
                return;
            }
        } else {
            std::thread::sleep(Duration::from_millis(1));
            harness.input_mut().time = Some(harness.ctx.input(|input| input.time));
            harness.step(); // a thread may itself wait for a frame that takes what it has made
            harness.input_mut().time = None;
        }
    }
}

/// The window with a script behind it; `dress` chooses size and renderer.
pub fn window(
    dress: impl FnOnce(HarnessBuilder<TerrasightApp>) -> HarnessBuilder<TerrasightApp>,
) -> (Harness<'static, TerrasightApp>, Script) {
    let script = Script::default();
    let link = Box::new(script.clone());
    let builder = dress(Harness::builder().with_size([1280.0, 800.0]).with_max_steps(60));
    let mut harness = builder.build_eframe(|cc| TerrasightApp::new(cc, link));
    settle(&mut harness);
    (harness, script)
}

/// Takes the pointer from one place to another and holds it there.
pub fn drag(window: &mut Harness<'_, TerrasightApp>, from: egui::Pos2, to: egui::Pos2) {
    window.hover_at(from);
    window.step();
    window.drag_at(from);
    window.step();
    for share in [0.3, 0.6, 1.0] {
        window.hover_at(from.lerp(to, share));
        window.step();
    }
}
