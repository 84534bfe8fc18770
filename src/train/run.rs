//! The loop of a run: lessons in, steps of the optimizer, looks at held-back pictures, checkpoints out.
//!
//! The next batch is prepared on a thread of its own while the device works on this one. What that thread does follows
//! from the step alone, so the order of things is the same however fast either side is.

use std::{
    path::Path,
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, sync_channel},
    },
    time::Instant,
};

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Tensor;

use super::{
    TrainError,
    adamw::{AdamW, scalar, shortening},
    checkpoint::{Best, Checkpoints, TrainState, write_training_files},
    config::{Precision, SchedulePart, TrainConfig},
    event::{Plan, StepReport, TrainEvent, Trained, Validation},
    gradient::StepGradient,
    lesson::{Lesson, Teacher},
    log::{Log, LogLine},
    loss::AnswerScores,
    order::Order,
    pictures::Pictures,
    schedule::Schedule,
    student::{self, Surroundings},
};
use crate::{
    geo,
    model::{ComputeDevice, DeviceChoice, device, qwen2_5_vl::Qwen25Vl},
    predict::answer::parse,
};

/// Batches that wait ready for the device.
const BATCHES_AHEAD: usize = 2;

/// Weight of the newest step in the pace by which the time left is guessed.
const PACE_WEIGHT: f64 = 0.1;

/// Trains as `file` says. `cancel` is asked after every step; then a checkpoint is saved and the run ends early.
pub fn run(
    file: &Path,
    resume: bool,
    cancel: &AtomicBool,
    on_event: &mut dyn FnMut(TrainEvent),
) -> Result<Trained, TrainError> {
    train(&TrainConfig::read(file)?, resume, cancel, on_event)
}

/// Trains as `config` says; see [`run`].
pub fn train(
    config: &TrainConfig,
    resume: bool,
    cancel: &AtomicBool,
    on_event: &mut dyn FnMut(TrainEvent),
) -> Result<Trained, TrainError> {
    let checkpoints = Checkpoints::open(&config.out)?;
    let state = state_to_start_from(&checkpoints, config, resume)?;
    let pictures = Pictures::open(&config.data)?;
    let (learned, held_back) = pictures.split(config.validation.share, config.seed)?;
    let device = device::open(config.device.parse::<DeviceChoice>()?)?;
    let resumed = resume.then(|| checkpoints.folder("last"));
    let (model, surroundings) = student::open(config, resumed.as_deref(), &device)?;
    let mut optimizer = AdamW::new(&config.schedule);
    if resume {
        optimizer.restore(state.step, checkpoints.moments()?, device.burn());
    }
    let run = Run {
        config,
        checkpoints: &checkpoints,
        device: &device,
        surroundings: &surroundings,
        pictures: &pictures,
        held_back: &held_back[..held_back.len().min(config.validation.pictures)],
        steps: n_steps(config, learned.len()),
        teacher: surroundings.teacher(config),
    };
    on_event(TrainEvent::Started(run.plan(&model, learned.len(), held_back.len(), state.step)));
    let (first, last) = (state.step, run.steps);
    let (sender, ready) = sync_channel(BATCHES_AHEAD);
    let (pictures, teacher) = (run.pictures, &run.teacher);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let mut order = Order::new(config.seed, learned.len());
            for step in first..last {
                let prepared = prepare(step, config, &mut order, &learned, pictures, teacher);
                // The run has ended early, so nobody waits for more.
                if sender.send(prepared).is_err() {
                    return;
                }
            }
        });
        // Owned here, so that the thread above ends when this closure does, however it does.
        let ready = ready;
        run.learn(model, optimizer, state, &ready, cancel, on_event)
    })
}

/// Where the run begins: at nothing, or where the checkpoint in its folder stands.
fn state_to_start_from(
    checkpoints: &Checkpoints,
    config: &TrainConfig,
    resume: bool,
) -> Result<TrainState, TrainError> {
    let data_sha256 = Pictures::sha256(&config.data)?;
    match (checkpoints.state()?, resume) {
        (None, false) => {
            Ok(TrainState { step: 0, pictures: 0, seconds: 0.0, best: None, data_sha256, config: config.clone() })
        }
        (Some(_), false) => Err(TrainError::OutInUse { out: config.out.clone() }),
        (None, true) => Err(TrainError::NothingToResume { out: config.out.clone() }),
        (Some(state), true) => match first_difference(&state.config, config) {
            Some(part) => Err(TrainError::AnotherRun { out: config.out.clone(), part }),
            None if state.data_sha256 != data_sha256 => Err(TrainError::DataChanged { out: config.out.clone() }),
            None => Ok(TrainState { config: config.clone(), ..state }),
        },
    }
}

/// The first part of the training file that decides what is learned and differs. Where files lie, on which device the
/// run goes on, and how often it is looked at and saved may change.
fn first_difference(begun: &TrainConfig, now: &TrainConfig) -> Option<&'static str> {
    let parts = [
        ("stage", begun.stage == now.stage),
        ("seed", begun.seed == now.seed),
        ("model.init", begun.model.init.is_some() == now.model.init.is_some()),
        ("model.parameters", begun.model.parameters == now.model.parameters),
        ("data.streets", begun.data.streets == now.data.streets),
        ("data.manifests", begun.data.manifests.len() == now.data.manifests.len()),
        ("data.sources", begun.data.sources.len() == now.data.sources.len()),
        ("data.apart_km", begun.data.apart_km == now.data.apart_km),
        ("data.clean", begun.data.clean == now.data.clean),
        ("data.columns", begun.data.columns == now.data.columns),
        ("data.jpeg_quality", begun.data.jpeg_quality == now.data.jpeg_quality),
        ("schedule", begun.schedule == now.schedule),
        ("validation.share", begun.validation.share == now.validation.share),
    ];
    parts.into_iter().find(|(_, same)| !same).map(|(part, _)| part)
}

fn n_steps(config: &TrainConfig, n_pictures: usize) -> u64 {
    let per_step = pictures_per_step(config) as f64;
    match (config.schedule.steps, config.schedule.epochs) {
        (Some(steps), _) => steps,
        (None, epochs) => ((epochs.unwrap_or(1.0) * n_pictures as f64 / per_step).ceil() as u64).max(1),
    }
}

fn pictures_per_step(config: &TrainConfig) -> usize {
    config.schedule.batch * config.schedule.accumulate
}

/// What a step learns, and the pictures that could not be used.
#[derive(Debug, Default)]
struct Prepared {
    lessons: Vec<Lesson>,
    skipped: Vec<(String, String)>,
}

fn prepare(
    step: u64,
    config: &TrainConfig,
    order: &mut Order,
    learned: &[usize],
    pictures: &Pictures,
    teacher: &Teacher<'_>,
) -> Prepared {
    let per_step = pictures_per_step(config) as u64;
    let cursors = step * per_step..(step + 1) * per_step;
    lessons_of(cursors.map(|cursor| learned[order.item(cursor)]), pictures, teacher)
}

fn lessons_of(indices: impl Iterator<Item = usize>, pictures: &Pictures, teacher: &Teacher<'_>) -> Prepared {
    let mut prepared = Prepared::default();
    for index in indices {
        match pictures.get(index).and_then(|labelled| teacher.lesson(&labelled)) {
            Ok(lesson) => prepared.lessons.push(lesson),
            Err(error) => prepared.skipped.push((pictures.name(index), error)),
        }
    }
    prepared
}

/// What stays the same from the first step of a run to its last.
struct Run<'a> {
    config: &'a TrainConfig,
    checkpoints: &'a Checkpoints,
    device: &'a ComputeDevice,
    surroundings: &'a Surroundings,
    pictures: &'a Pictures,
    held_back: &'a [usize],
    steps: u64,
    teacher: Teacher<'a>,
}

/// What a step of the optimizer gives.
struct Stepped {
    model: Qwen25Vl,
    loss: f64,
    grad_norm: f64,
}

impl Run<'_> {
    fn plan(&self, model: &Qwen25Vl, pictures: usize, held_back: usize, done: u64) -> Plan {
        let (parameters, learning) = count_parameters(model);
        let device = self.device.name.clone();
        Plan { parameters, learning, pictures, held_back, steps: self.steps, done, device }
    }

    fn learn(
        &self,
        mut model: Qwen25Vl,
        mut optimizer: AdamW,
        mut state: TrainState,
        ready: &Receiver<Prepared>,
        cancel: &AtomicBool,
        on_event: &mut dyn FnMut(TrainEvent),
    ) -> Result<Trained, TrainError> {
        let schedule = self.schedule();
        let log_file = self.config.out.join("log.jsonl");
        let mut log = Log::open(&log_file, state.step).map_err(|cause| TrainError::write(&log_file, cause))?;
        let mut saved_at = state.step;
        let mut seconds_per_step = None;
        if state.step == 0 {
            // A base may already be better than what becomes of it; then it is what `best` holds in the end.
            self.validate_and_keep(&model, &mut state, on_event)?;
        }
        while state.step < self.steps && !cancel.load(Ordering::Relaxed) {
            let begun = Instant::now();
            // The other side ends only after the last step.
            let Ok(Prepared { lessons, skipped }) = ready.recv() else { break };
            self.say_skipped(state.step, &lessons, skipped, on_event)?;
            let learning_rate = schedule.rate(state.step);
            let stepped = self.step(model, &mut optimizer, &lessons, learning_rate, state.step + 1)?;
            model = stepped.model;
            state.step += 1;
            state.pictures += pictures_per_step(self.config) as u64;
            let seconds = begun.elapsed().as_secs_f64();
            state.seconds += seconds;
            let pace = seconds_per_step.map_or(seconds, |pace| pace + PACE_WEIGHT * (seconds - pace));
            seconds_per_step = Some(pace);
            let tokens_per_s = lessons.iter().map(Lesson::n_tokens).sum::<usize>() as f64 / seconds;
            on_event(TrainEvent::Stepped(StepReport {
                step: state.step,
                steps: self.steps,
                loss: stepped.loss,
                learning_rate,
                tokens_per_s,
                pictures_per_s: lessons.len() as f64 / seconds,
                seconds_left: pace * (self.steps - state.step) as f64,
            }));
            let looks = state.step.is_multiple_of(self.config.validation.every) || state.step == self.steps;
            let validation = if looks { self.validate_and_keep(&model, &mut state, on_event)? } else { None };
            let line = LogLine {
                step: state.step,
                loss: stepped.loss,
                lr: learning_rate,
                grad_norm: stepped.grad_norm,
                pictures: state.pictures,
                tokens_per_s,
                val_loss: validation.map(|validation| validation.loss),
                val_country_accuracy: validation.map(|validation| validation.country_accuracy),
            };
            log.add(&line).map_err(|cause| TrainError::write(&log_file, cause))?;
            if state.step.is_multiple_of(self.config.checkpoint.every) {
                self.save(&model, &optimizer, &state, on_event)?;
                saved_at = state.step;
            }
        }
        if saved_at < state.step {
            self.save(&model, &optimizer, &state, on_event)?;
        }
        let best = state.best.map(|best| (self.checkpoints.folder("best"), best));
        Ok(Trained { step: state.step, steps: self.steps, last: self.checkpoints.folder("last"), best })
    }

    fn schedule(&self) -> Schedule {
        let part = &self.config.schedule;
        Schedule {
            steps: self.steps,
            warmup_steps: part.warmup_steps,
            peak: part.learning_rate,
            final_share: part.final_share,
        }
    }

    fn say_skipped(
        &self,
        step: u64,
        lessons: &[Lesson],
        skipped: Vec<(String, String)>,
        on_event: &mut dyn FnMut(TrainEvent),
    ) -> Result<(), TrainError> {
        match (lessons, skipped.first()) {
            ([], Some((picture, error))) => {
                Err(TrainError::NoPictures { step: step + 1, first: format!("{picture}: {error}") })
            }
            _ => {
                for (picture, error) in skipped {
                    on_event(TrainEvent::Skipped { picture, error });
                }
                Ok(())
            }
        }
    }

    /// One step along the gradient of its lessons, which is shortened where it is too long. A gradient that is no finite
    /// number is not followed: it would reach the next checkpoint before the loss shows it.
    fn step(
        &self,
        model: Qwen25Vl,
        optimizer: &mut AdamW,
        lessons: &[Lesson],
        learning_rate: f64,
        step: u64,
    ) -> Result<Stepped, TrainError> {
        let SchedulePart { batch, clip, .. } = self.config.schedule;
        let work = || match StepGradient::of(&model, lessons, batch, &self.surroundings.features)? {
            StepGradient::Found { loss, gradient, norm } => {
                let model = optimizer.step(model, gradient, shortening(norm, clip), learning_rate);
                Ok(Stepped { model, loss, grad_norm: norm })
            }
            StepGradient::Diverged(what) => {
                let last = Some(self.checkpoints.folder("last")).filter(|last| last.exists());
                Err(TrainError::Diverged { what, step, last })
            }
        };
        self.device.guard(work)?
    }

    /// Looks at the held-back pictures, if there are any, and keeps the model if it is the best so far.
    fn validate_and_keep(
        &self,
        model: &Qwen25Vl,
        state: &mut TrainState,
        on_event: &mut dyn FnMut(TrainEvent),
    ) -> Result<Option<Validation>, TrainError> {
        if self.held_back.is_empty() {
            return Ok(None);
        }
        let Some(validation) = self.device.guard(|| self.validate(model, state.step))?? else { return Ok(None) };
        on_event(TrainEvent::Validated(validation));
        if validation.loss.is_finite() && state.best.is_none_or(|best| validation.loss < best.loss) {
            state.best = Some(Best { step: state.step, loss: validation.loss });
            let precision = self.config.checkpoint.best;
            let write = |folder: &Path| self.surroundings.write(model, folder, precision);
            let folder = self.checkpoints.replace("best", write)?;
            on_event(TrainEvent::Saved { step: state.step, folder });
        }
        Ok(Some(validation))
    }

    /// How the model does on the held-back pictures; none where none of them can be used.
    fn validate(&self, model: &Qwen25Vl, step: u64) -> Result<Option<Validation>, TrainError> {
        let model = model.valid();
        let (mut loss, mut n_tokens, mut n_right, mut n_pictures) = (0.0, 0, 0, 0);
        for indices in self.held_back.chunks(self.config.schedule.batch) {
            let lessons = lessons_of(indices.iter().copied(), self.pictures, &self.teacher).lessons;
            if lessons.is_empty() {
                continue;
            }
            let scores = AnswerScores::new(&model, &lessons, &self.surroundings.features)?;
            loss += scalar(scores.total_loss());
            n_tokens += scores.targets.len();
            n_right += self.n_right(&lessons, &scores.likeliest());
            n_pictures += lessons.len();
        }
        let share = |part: f64, of: usize| part / of as f64;
        Ok((n_pictures > 0).then(|| Validation {
            step,
            loss: share(loss, n_tokens),
            country_accuracy: share(f64::from(n_right), n_pictures),
            pictures: n_pictures,
        }))
    }

    /// How many of the lessons have the right country in the model's likeliest tokens.
    fn n_right(&self, lessons: &[Lesson], likeliest: &[u32]) -> u32 {
        let mut rest = likeliest;
        let right = lessons.iter().filter(|lesson| {
            let (tokens, after) = rest.split_at(lesson.answer.len());
            rest = after;
            let (answer, _) = parse(&self.teacher.tokenizer.decode(tokens));
            answer.country.as_deref().and_then(geo::country_named).is_some_and(|country| country.code == lesson.country)
        });
        right.count() as u32
    }

    fn save(
        &self,
        model: &Qwen25Vl,
        optimizer: &AdamW,
        state: &TrainState,
        on_event: &mut dyn FnMut(TrainEvent),
    ) -> Result<(), TrainError> {
        let folder = self.checkpoints.replace("last", |folder| {
            self.surroundings.write(model, folder, Precision::F32)?;
            write_training_files(folder, state, &optimizer.state())
        })?;
        on_event(TrainEvent::Saved { step: state.step, folder });
        Ok(())
    }
}

/// All parameters, and those that learn.
fn count_parameters(model: &Qwen25Vl) -> (usize, usize) {
    struct Count {
        all: usize,
        learning: usize,
    }
    impl ModuleVisitor for Count {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let n = param.val().dims().iter().product::<usize>();
            self.all += n;
            self.learning += if param.is_require_grad() { n } else { 0 };
        }
    }
    let mut count = Count { all: 0, learning: 0 };
    model.visit(&mut count);
    (count.all, count.learning)
}
