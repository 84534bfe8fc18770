//! A run as a task that steps. Each step is short: one batch of lessons, one batch of held-back pictures, one answer, or a
//! save; whoever holds the task decides when the next one comes, so that a device can do other things between them, and
//! nothing is unloaded while it waits.
//!
//! The last good state is never overwritten: a loss or a gradient that is no finite number is not followed, and nothing
//! is saved before a step went well again.

use std::{fs, mem, path::PathBuf, sync::Arc, time::Instant};

use burn::module::{Module as _, ModuleVisitor, Param};
use burn::tensor::Tensor;

use super::{
    TrainError,
    adamw::{AdamW, GradientSum, shortening},
    ahead::{Ahead, Prepared, chance, lessons_of},
    begin::state_to_start_from,
    checkpoint::{Best, Checkpoints, TrainState, write_training_files},
    config::{Precision, Stage, TrainConfig},
    error::NotFinite,
    event::{Answered, Plan, StepReport, TrainEvent, Trained},
    gradient::StepGradient,
    lesson::{Lesson, Teacher},
    log::{Log, LogLine},
    look::Look,
    mistakes::{CountryTokens, own_mistakes},
    pictures::{Opened, Pictures},
    probe::Probe,
    schedule::Schedule,
    student::{self, Surroundings},
};
use crate::model::{
    ComputeDevice, DeviceChoice, Dropout, device,
    qwen2_5_vl::{Kept, Passes, Qwen25Vl},
};

/// Weight of the newest step in the pace by which the time left is guessed.
const PACE_WEIGHT: f64 = 0.1;

/// So many steps in a row that cannot be followed end a run.
const MOST_NOT_FOLLOWED: u32 = 5;

/// The training file of a run, in its folder.
const RECIPE_FILE: &str = "recipe.toml";

/// What a task is at.
#[derive(Debug)]
enum Phase {
    /// It looks at held-back pictures; so many of them are seen.
    Looking(Look, usize),
    /// It answers about the probe with this number.
    Answering(usize),
    /// It saves.
    Saving,
    /// It learns a step.
    Learning(Option<Learning>),
    /// Nothing is left to do.
    Done,
}

/// A step that is being learned, batch by batch.
#[derive(Debug)]
struct Learning {
    lessons: Vec<Lesson>,
    /// So many of them name the model's own mistakes, where the stage corrects these.
    n_retold: usize,
    n_learned: usize,
    gradient: GradientSum,
    loss: f64,
    seconds: f64,
}

/// What may be due after a step of the optimizer, in its order.
#[derive(Debug, Clone, Copy)]
enum Due {
    Look,
    Answer,
    Save,
    Learn,
}

/// A run between its steps.
#[derive(Debug)]
pub struct TrainTask {
    config: TrainConfig,
    checkpoints: Checkpoints,
    device: ComputeDevice,
    surroundings: Surroundings,
    pictures: Arc<Pictures>,
    held_back: Vec<usize>,
    probes: Vec<Probe>,
    teacher: Teacher,
    /// In the correction stage: what its mistakes are told by.
    countries: Option<CountryTokens>,
    schedule: Schedule,
    plan: Plan,
    /// None where a failure has taken it along.
    model: Option<Qwen25Vl>,
    optimizer: AdamW,
    state: TrainState,
    ahead: Ahead,
    log: Log,
    /// What the log is to say of the last step; where nothing was learned there is none until something is seen or answered.
    line: Option<LogLine>,
    phase: Phase,
    saved_at: u64,
    not_followed_in_a_row: u32,
    seconds_per_step: Option<f64>,
}

impl TrainTask {
    /// Opens a run that `config` describes: a new one, or with `resume` the one in its folder.
    pub fn open(config: &TrainConfig, resume: bool) -> Result<Self, TrainError> {
        let checkpoints = Checkpoints::open(&config.out)?;
        let Opened { pictures, sha256, .. } = Pictures::open(&config.data)?;
        let state = state_to_start_from(&checkpoints, config, sha256, resume)?;
        let pictures = Arc::new(pictures);
        let (mut learned, mut held_back) = pictures.split(config.validation.share, config.seed)?;
        pictures.keep_locatable(&mut learned, config)?;
        let device = device::open(config.device.parse::<DeviceChoice>()?)?;
        let resumed = resume.then(|| checkpoints.folder("last"));
        let opened = student::open(config, resumed.as_deref(), &device);
        let (model, surroundings) = opened.map_err(|error| error.or_no_memory(config))?;
        let mut optimizer = AdamW::new(&config.schedule);
        if resume {
            optimizer.restore(state.step - state.not_followed, checkpoints.moments()?, device.burn());
        }
        let schedule = config.schedule.over(learned.len());
        let state = TrainState { steps: Some(schedule.steps), ..state };
        let (parameters, learning) = count_parameters(&model);
        let plan = Plan {
            parameters,
            learning,
            pictures: learned.len(),
            held_back: held_back.len(),
            steps: schedule.steps,
            done: state.step,
            device: device.name.clone(),
        };
        let teacher = surroundings.teacher(config);
        let countries = (config.stage == Stage::Correction).then(|| CountryTokens::of(&teacher.tokenizer)).transpose();
        let countries = countries.map_err(|error| TrainError::Model(error.into()))?;
        held_back.truncate(config.validation.pictures);
        let probes = Probe::choose(config, &held_back, &pictures, &teacher);
        let steps = state.step..schedule.steps;
        let ahead = Ahead::begin(steps, config, learned, Arc::clone(&pictures), teacher.clone());
        let ahead = ahead.map_err(|cause| TrainError::read(&config.out, cause))?;
        let log = Log::open(&config.out, state.step)?;
        write_recipe(config)?;
        let mut task = Self {
            config: config.clone(),
            checkpoints,
            device,
            surroundings,
            pictures,
            held_back,
            probes,
            teacher,
            countries,
            schedule,
            plan,
            model: Some(model),
            optimizer,
            saved_at: state.step,
            state,
            ahead,
            log,
            line: None,
            phase: Phase::Done,
            not_followed_in_a_row: 0,
            seconds_per_step: None,
        };
        // A base may already be better than what becomes of it; then it is what `best` holds in the end.
        task.phase = task.next(if task.state.step == 0 { Due::Look } else { Due::Learn });
        Ok(task)
    }

    /// What the run is going to do.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The pictures that are answered again and again.
    pub fn probes(&self) -> &[Probe] {
        &self.probes
    }

    /// What the log says of the steps before, those of earlier stretches included.
    pub fn lines(&self) -> &[LogLine] {
        self.log.lines()
    }

    /// The device that it computes on.
    pub fn device(&self) -> &ComputeDevice {
        &self.device
    }

    /// Whether nothing is left to do.
    pub fn is_done(&self) -> bool {
        matches!(self.phase, Phase::Done)
    }

    /// Does the next thing that is to be done, which is short, and says what came of it. After an error the run goes on from
    /// its last checkpoint alone, by another task.
    pub fn step(&mut self, on_event: &mut dyn FnMut(TrainEvent)) -> Result<(), TrainError> {
        self.phase = match mem::replace(&mut self.phase, Phase::Done) {
            Phase::Looking(look, n_seen) => self.look(look, n_seen, on_event)?,
            Phase::Answering(number) => self.answer(number, on_event)?,
            Phase::Saving => {
                self.save(on_event)?;
                self.next(Due::Learn)
            }
            Phase::Learning(Some(learning)) => self.learn(learning, on_event)?,
            Phase::Learning(None) => self.begin_step(on_event)?,
            Phase::Done => Phase::Done,
        };
        Ok(())
    }

    /// Ends the run here: what was learned since the last checkpoint is saved, but for a step that is not complete.
    pub fn finish(&mut self, on_event: &mut dyn FnMut(TrainEvent)) -> Result<Trained, TrainError> {
        self.phase = Phase::Done;
        self.write_line()?;
        if self.saved_at < self.state.step && self.not_followed_in_a_row == 0 {
            self.save(on_event)?;
        }
        let best = self.state.best.map(|best| (self.checkpoints.folder("best"), best));
        let last = self.checkpoints.folder("last");
        Ok(Trained { step: self.state.step, steps: self.schedule.steps, last, best })
    }

    /// Writes the model as it is now into the folder of this name beside the checkpoints, for inference to open.
    pub fn write_as(&self, name: &str) -> Result<PathBuf, TrainError> {
        let precision = self.config.checkpoint.best;
        self.checkpoints.replace(name, |folder| self.surroundings.write(self.model()?, folder, precision))
    }

    fn model(&self) -> Result<&Qwen25Vl, TrainError> {
        self.model.as_ref().ok_or_else(|| TrainError::Ended { out: self.config.out.clone() })
    }

    /// The first thing that is due from `first` on.
    fn next(&self, first: Due) -> Phase {
        let (step, steps) = (self.state.step, self.schedule.steps);
        let comes = |every: u64| step == 0 || step == steps || step.is_multiple_of(every.max(1));
        let from = [Due::Look, Due::Answer, Due::Save, Due::Learn].into_iter().skip(first as usize);
        let is_due = |due: &Due| match due {
            Due::Look => !self.held_back.is_empty() && comes(self.config.validation.every),
            Due::Answer => !self.probes.is_empty() && comes(self.config.probes.every),
            Due::Save => step > self.saved_at && comes(self.config.checkpoint.every) && self.not_followed_in_a_row == 0,
            Due::Learn => step < steps,
        };
        match { from }.find(is_due) {
            Some(Due::Look) => Phase::Looking(Look::default(), 0),
            Some(Due::Answer) => Phase::Answering(0),
            Some(Due::Save) => Phase::Saving,
            Some(Due::Learn) => Phase::Learning(None),
            None => Phase::Done,
        }
    }

    fn begin_step(&mut self, on_event: &mut dyn FnMut(TrainEvent)) -> Result<Phase, TrainError> {
        let begun = Instant::now();
        let step = self.state.step + 1;
        let ended = || TrainError::Ended { out: self.config.out.clone() };
        let Prepared { lessons, skipped } = self.ahead.next().ok_or_else(ended)?;
        if let ([], Some((picture, error))) = (&lessons[..], skipped.first()) {
            return Err(TrainError::NoPictures { step, first: format!("{picture}: {error}") });
        }
        for (picture, error) in skipped {
            on_event(TrainEvent::Skipped { picture, error });
        }
        let n_retold = if self.countries.is_some() { 0 } else { lessons.len() };
        let (gradient, seconds) = (GradientSum::default(), begun.elapsed().as_secs_f64());
        Ok(Phase::Learning(Some(Learning { lessons, n_retold, n_learned: 0, gradient, loss: 0.0, seconds })))
    }

    /// Tells the lessons of one batch again, with what the model as it is now takes their pictures for.
    fn retell(&self, learning: &mut Learning, countries: &CountryTokens) -> Result<(), TrainError> {
        let end = learning.lessons.len().min(learning.n_retold + self.config.schedule.batch);
        let batch = learning.n_retold..end;
        let model = self.model()?.valid();
        let others = own_mistakes(&model, &learning.lessons[batch.clone()], &self.surroundings.features, countries)?;
        for (lesson, other) in learning.lessons[batch].iter_mut().zip(others) {
            // What could be told once can be told again; else it stays as it was told.
            let _ = other.map(|other| self.teacher.retell(lesson, other));
        }
        learning.n_retold = end;
        Ok(())
    }

    /// The gradient of one batch, and after the last one a step along the whole gradient, which is shortened where it is
    /// too long.
    fn learn(&mut self, mut learning: Learning, on_event: &mut dyn FnMut(TrainEvent)) -> Result<Phase, TrainError> {
        let begun = Instant::now();
        if let Some(countries) = self.countries.as_ref().filter(|_| learning.n_retold < learning.lessons.len()) {
            let told = self.device.guard(|| self.retell(&mut learning, countries));
            told.map_err(TrainError::from).flatten().map_err(|error| error.or_no_memory(&self.config))?;
            learning.seconds += begun.elapsed().as_secs_f64();
            return Ok(Phase::Learning(Some(learning)));
        }
        let rest = &learning.lessons[learning.n_learned..];
        let batch = &rest[..rest.len().min(self.config.schedule.batch)];
        let found = self.device.guard(|| {
            let passes = self.passes(learning.n_learned);
            let gradient = StepGradient::of(self.model()?, batch, batch.len(), &self.surroundings.features, passes);
            gradient.map_err(TrainError::from)
        });
        let norm;
        match found.map_err(TrainError::from).flatten().map_err(|error| error.or_no_memory(&self.config))? {
            StepGradient::Found { loss, gradient, norm: of_batch } => {
                norm = of_batch;
                let n_targets = |lessons: &[Lesson]| lessons.iter().map(Lesson::n_targets).sum::<usize>() as f64;
                let share = n_targets(batch) / n_targets(&learning.lessons);
                learning.loss += share * loss;
                learning.gradient.add_scaled(gradient, share);
            }
            StepGradient::Diverged(what) => return self.leave_out(what, &learning, on_event),
        }
        learning.n_learned += batch.len();
        let is_last = learning.n_learned == learning.lessons.len();
        let rate = self.schedule.rate(self.state.step);
        let mut grad_norm = 0.0;
        if is_last {
            let is_only = batch.len() == learning.lessons.len();
            grad_norm = if is_only { norm } else { self.device.guard(|| learning.gradient.norm())? };
            if !grad_norm.is_finite() {
                return self.leave_out(NotFinite::Gradient, &learning, on_event);
            }
            let scale = shortening(grad_norm, self.config.schedule.clip);
            let ended = || TrainError::Ended { out: self.config.out.clone() };
            let model = self.model.take().ok_or_else(ended)?;
            let gradient = mem::take(&mut learning.gradient);
            let moved = self.device.guard(|| self.optimizer.step(model, gradient, scale, rate));
            self.model = Some(moved.map_err(|error| TrainError::from(error).or_no_memory(&self.config))?);
            self.not_followed_in_a_row = 0;
        }
        learning.seconds += begun.elapsed().as_secs_f64();
        if !is_last {
            return Ok(Phase::Learning(Some(learning)));
        }
        self.pass(learning.seconds);
        let n_tokens: usize = learning.lessons.iter().map(Lesson::n_tokens).sum();
        let report = StepReport {
            step: self.state.step,
            steps: self.schedule.steps,
            loss: learning.loss,
            learning_rate: rate,
            grad_norm,
            tokens_per_s: n_tokens as f64 / learning.seconds,
            pictures_per_s: learning.lessons.len() as f64 / learning.seconds,
            seconds_left: self.seconds_per_step.unwrap_or(0.0) * (self.schedule.steps - self.state.step) as f64,
        };
        on_event(TrainEvent::Stepped(report));
        self.line = Some(LogLine::of(&report, self.state.pictures));
        let next = self.next(Due::Look);
        if !matches!(next, Phase::Looking(..) | Phase::Answering(_)) {
            self.write_line()?;
        }
        Ok(next)
    }

    /// How the batch is learned that comes after so many lessons of this step.
    fn passes(&self, n_learned: usize) -> Passes {
        let TrainConfig { lora, schedule, seed, .. } = &self.config;
        let batch = (n_learned / schedule.batch.max(1)) as u64;
        let dropout = Dropout { probability: lora.dropout, seed: *seed, step: self.state.step, batch };
        Passes {
            kept: if lora.recompute { Kept::Input } else { Kept::Graph },
            dropout: (lora.dropout > 0.0).then_some(dropout),
        }
    }

    /// Goes on without a step that cannot be followed.
    fn leave_out(
        &mut self,
        what: NotFinite,
        learning: &Learning,
        on_event: &mut dyn FnMut(TrainEvent),
    ) -> Result<Phase, TrainError> {
        self.not_followed_in_a_row += 1;
        self.state.not_followed += 1;
        self.pass(learning.seconds);
        let (step, in_a_row) = (self.state.step, self.not_followed_in_a_row);
        if in_a_row == MOST_NOT_FOLLOWED {
            let last = Some(self.checkpoints.folder("last")).filter(|last| last.exists());
            return Err(TrainError::Diverged { what, step, in_a_row, last });
        }
        on_event(TrainEvent::NotFollowed { step, what });
        Ok(self.next(Due::Look))
    }

    /// A step is over.
    fn pass(&mut self, seconds: f64) {
        self.state.step += 1;
        self.state.pictures += self.config.schedule.pictures_per_step() as u64;
        self.state.seconds += seconds;
        let pace = self.seconds_per_step.map_or(seconds, |pace| pace + PACE_WEIGHT * (seconds - pace));
        self.seconds_per_step = Some(pace);
    }

    /// Looks at one batch of held-back pictures; after the last, keeps the model if it is the best so far.
    fn look(
        &mut self,
        mut look: Look,
        n_seen: usize,
        on_event: &mut dyn FnMut(TrainEvent),
    ) -> Result<Phase, TrainError> {
        let end = self.held_back.len().min(n_seen + self.config.schedule.batch);
        let chosen = self.held_back[n_seen..end].iter().map(|&index| (index, chance(self.config.seed, index as u64)));
        let lessons = lessons_of(chosen, &self.pictures, &self.teacher).lessons;
        let looked = self.device.guard(|| {
            let model = self.model()?.valid();
            look.add((&model, &self.surroundings.features), &lessons, &self.teacher).map_err(TrainError::from)
        });
        looked.map_err(TrainError::from).flatten().map_err(|error| error.or_no_memory(&self.config))?;
        if end < self.held_back.len() {
            return Ok(Phase::Looking(look, end));
        }
        if let Some(validation) = look.validation(self.state.step) {
            self.line.get_or_insert_with(|| LogLine::unlearned(self.state.step)).hear(&validation);
            on_event(TrainEvent::Validated(validation));
            if validation.loss.is_finite() && self.state.best.is_none_or(|best| validation.loss < best.loss) {
                let folder = self.write_as("best")?;
                self.state.best = Some(Best { step: self.state.step, loss: validation.loss });
                on_event(TrainEvent::Saved { step: self.state.step, folder });
            }
        }
        let next = self.next(Due::Answer);
        if !matches!(next, Phase::Answering(_)) {
            self.write_line()?;
        }
        Ok(next)
    }

    /// Answers about one probe.
    fn answer(&mut self, number: usize, on_event: &mut dyn FnMut(TrainEvent)) -> Result<Phase, TrainError> {
        let Some(probe) = self.probes.get(number) else {
            self.write_line()?;
            return Ok(self.next(Due::Save));
        };
        let answered =
            self.device.guard(|| probe.answer(self.model()?, &self.device, &self.teacher).map_err(TrainError::from));
        let said = answered.map_err(TrainError::from).flatten().map_err(|error| error.or_no_memory(&self.config))?;
        self.line.get_or_insert_with(|| LogLine::unlearned(self.state.step)).answers.push(said.clone());
        on_event(TrainEvent::Answered(Answered { step: self.state.step, number, said }));
        Ok(Phase::Answering(number + 1))
    }

    fn write_line(&mut self) -> Result<(), TrainError> {
        let Some(line) = self.line.take() else { return Ok(()) };
        self.log.add(&line)
    }

    fn save(&mut self, on_event: &mut dyn FnMut(TrainEvent)) -> Result<(), TrainError> {
        let folder = self.checkpoints.replace("last", |folder| {
            self.surroundings.write(self.model()?, folder, Precision::F32)?;
            write_training_files(folder, &self.state, &self.optimizer.state())
        })?;
        self.saved_at = self.state.step;
        on_event(TrainEvent::Saved { step: self.state.step, folder });
        Ok(())
    }
}

/// Writes the training file of the run beside what it learns, so that the folder alone can be gone on with.
fn write_recipe(config: &TrainConfig) -> Result<(), TrainError> {
    let file = config.out.join(RECIPE_FILE);
    let text = toml::to_string(config).map_err(|cause| TrainError::write(&file, cause))?;
    fs::write(&file, text).map_err(|cause| TrainError::write(&file, cause))
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

#[cfg(test)]
#[path = "task_tests.rs"]
mod tests;
