//! A run as a task that steps. Each step is short: some lessons of a batch, some held-back pictures, one answer, or a save;
//! whoever holds the task decides when the next one comes, so that a device can do other things between them, and nothing is
//! unloaded while it waits.
//!
//! The last good state is never overwritten: a loss or a gradient that is no finite number is not followed, and nothing
//! is saved before a step went well again.

mod learning;

use std::{mem, path::PathBuf, sync::Arc};

use burn::module::{Module as _, ModuleVisitor, Param};
use burn::tensor::Tensor;

use learning::Learning;

use super::{
    TrainError,
    adamw::AdamW,
    ahead::{Ahead, chance, lessons_of},
    begin::state_to_start_from,
    checkpoint::{Best, Checkpoints, TrainState, write_training_files},
    config::{Precision, Stage, TrainConfig},
    event::{Answered, Plan, TrainEvent, Trained},
    lesson::Teacher,
    log::{Log, LogLine},
    look::Look,
    mistakes::CountryTokens,
    pictures::{Opened, Pictures},
    probe::Probe,
    schedule::Schedule,
    sizes::pictures_at_once,
    student::{self, Surroundings},
};
use crate::{
    files::write_whole,
    model::{ComputeDevice, DeviceChoice, device, qwen2_5_vl::Qwen25Vl},
};

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
    /// So many pictures of a batch are learned or looked at before whoever waits for the device gets it.
    at_once: usize,
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
        let Opened { pictures, sha256, .. } = Pictures::open(config)?;
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
        let at_once = pictures_at_once(config, model.config(), &device);
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
            at_once,
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

    /// Looks at some held-back pictures; after the last, keeps the model if it is the best so far.
    fn look(
        &mut self,
        mut look: Look,
        n_seen: usize,
        on_event: &mut dyn FnMut(TrainEvent),
    ) -> Result<Phase, TrainError> {
        let end = self.held_back.len().min(n_seen + self.at_once);
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

/// Writes the training file of the run beside what it learns, so that the folder alone can be gone on with. One that says the
/// same stays as it is: it may be the user's, with which the run was started.
fn write_recipe(config: &TrainConfig) -> Result<(), TrainError> {
    let file = config.out.join(RECIPE_FILE);
    if TrainConfig::read(&file).is_ok_and(|there| there == *config) {
        return Ok(());
    }
    let text = toml::to_string(config).map_err(|cause| TrainError::write(&file, cause))?;
    write_whole(&file, text.as_bytes()).map_err(|cause| TrainError::write(&file, cause))
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
