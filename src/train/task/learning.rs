//! The learning of a step: its lessons are told again where a stage corrects mistakes, learned some at a time, and followed where
//! loss and gradient are finite numbers.

use std::time::Instant;

use burn::module::Module as _;

use super::{Due, Phase, TrainTask};
use crate::{
    model::{
        Dropout,
        qwen2_5_vl::{Kept, Passes},
    },
    train::{
        TrainError,
        adamw::shortening,
        ahead::Prepared,
        config::TrainConfig,
        error::NotFinite,
        event::{StepReport, TrainEvent},
        gradient::{Found, StepGradient},
        lesson::Lesson,
        log::LogLine,
        mistakes::{CountryTokens, own_mistakes},
    },
};

/// Weight of the newest step in the pace by which the time left is guessed.
const PACE_WEIGHT: f64 = 0.1;

/// So many steps in a row that cannot be followed end a run.
const MOST_NOT_FOLLOWED: u32 = 5;

/// A step that is being learned, some lessons at a time.
#[derive(Debug)]
pub(super) struct Learning {
    pub(super) lessons: Vec<Lesson>,
    /// So many of them name the model's own mistakes, where the stage corrects these.
    n_retold: usize,
    pub(super) n_learned: usize,
    gradient: StepGradient,
    seconds: f64,
}

/// A step that was taken.
struct Step {
    loss: f64,
    /// The length of the gradient before it was shortened.
    norm: f64,
    /// The learning rate.
    rate: f64,
}

impl TrainTask {
    /// Takes up the lessons of the next step.
    pub(super) fn begin_step(&mut self, on_event: &mut dyn FnMut(TrainEvent)) -> Result<Phase, TrainError> {
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
        let (gradient, seconds) = (StepGradient::of(&lessons), begun.elapsed().as_secs_f64());
        Ok(Phase::Learning(Some(Learning { lessons, n_retold, n_learned: 0, gradient, seconds })))
    }

    /// Tells some lessons again or learns them, and after the last ones takes a step along the whole gradient.
    pub(super) fn learn(
        &mut self,
        mut learning: Learning,
        on_event: &mut dyn FnMut(TrainEvent),
    ) -> Result<Phase, TrainError> {
        let begun = Instant::now();
        match self.countries.as_ref().filter(|_| learning.n_retold < learning.lessons.len()) {
            Some(countries) => {
                let told = self.device.guard(|| self.retell(&mut learning, countries));
                told.map_err(TrainError::from).flatten().map_err(|error| error.or_no_memory(&self.config))?;
            }
            None => self.learn_some(&mut learning)?,
        }
        if learning.n_learned < learning.lessons.len() {
            learning.seconds += begun.elapsed().as_secs_f64();
            return Ok(Phase::Learning(Some(learning)));
        }
        let Learning { lessons, gradient, seconds, .. } = learning;
        let followed = self.follow(gradient)?;
        let seconds = seconds + begun.elapsed().as_secs_f64();
        self.pass(seconds);
        match followed {
            Ok(step) => self.tell(&step, &lessons, seconds, on_event),
            Err(what) => self.leave_out(what, on_event),
        }
    }

    /// Tells as many lessons again as are learned at once, with what the model as it is now takes their pictures for.
    fn retell(&self, learning: &mut Learning, countries: &CountryTokens) -> Result<(), TrainError> {
        let end = learning.lessons.len().min(learning.n_retold + self.at_once);
        let batch = learning.n_retold..end;
        let model = self.model()?.valid();
        let others = own_mistakes(&model, &learning.lessons[batch.clone()], &self.surroundings.features, countries)?;
        for (lesson, other) in learning.lessons[batch].iter_mut().zip(others) {
            // What could be told once can be told again; else it stays as it was told.
            let _ = other.map(|other| self.teacher.retell(lesson, other));
        }
        learning.n_retold = end;
        learning.gradient = StepGradient::of(&learning.lessons);
        Ok(())
    }

    /// Adds the gradient of the next lessons, as many as are learned at once.
    fn learn_some(&self, learning: &mut Learning) -> Result<(), TrainError> {
        let passes = self.passes(learning.n_learned);
        let end = learning.lessons.len().min(learning.n_learned + self.at_once);
        let batch = &learning.lessons[learning.n_learned..end];
        let added = self.device.guard(|| {
            let added = learning.gradient.add(self.model()?, batch, &self.surroundings.features, passes);
            added.map_err(TrainError::from)
        });
        learning.n_learned = end;
        added.map_err(TrainError::from).flatten().map_err(|error| error.or_no_memory(&self.config))
    }

    /// Takes a step along a gradient, which is shortened where it is too long; none along one that is no finite number.
    fn follow(&mut self, gradient: StepGradient) -> Result<Result<Step, NotFinite>, TrainError> {
        let Found { loss, gradient, norm } = match self.device.guard(|| gradient.found())? {
            Ok(found) => found,
            Err(what) => return Ok(Err(what)),
        };
        let (scale, rate) = (shortening(norm, self.config.schedule.clip), self.schedule.rate(self.state.step));
        let ended = || TrainError::Ended { out: self.config.out.clone() };
        let model = self.model.take().ok_or_else(ended)?;
        let moved = self.device.guard(|| self.optimizer.step(model, gradient, scale, rate));
        self.model = Some(moved.map_err(|error| TrainError::from(error).or_no_memory(&self.config))?);
        Ok(Ok(Step { loss, norm, rate }))
    }

    /// How the lessons are learned that come after so many lessons of this step.
    pub(super) fn passes(&self, n_learned: usize) -> Passes {
        let TrainConfig { lora, seed, .. } = &self.config;
        let batch = (n_learned / self.at_once) as u64;
        let dropout = Dropout { probability: lora.dropout, seed: *seed, step: self.state.step, batch };
        Passes {
            kept: if lora.recompute { Kept::Input } else { Kept::Graph },
            dropout: (lora.dropout > 0.0).then_some(dropout),
        }
    }

    /// Says what a step came to, and goes on.
    fn tell(
        &mut self,
        &Step { loss, norm, rate }: &Step,
        lessons: &[Lesson],
        seconds: f64,
        on_event: &mut dyn FnMut(TrainEvent),
    ) -> Result<Phase, TrainError> {
        self.not_followed_in_a_row = 0;
        let n_tokens: usize = lessons.iter().map(Lesson::n_tokens).sum();
        let report = StepReport {
            step: self.state.step,
            steps: self.schedule.steps,
            loss,
            learning_rate: rate,
            grad_norm: norm,
            tokens_per_s: n_tokens as f64 / seconds,
            pictures_per_s: lessons.len() as f64 / seconds,
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

    /// Goes on without a step that cannot be followed.
    fn leave_out(&mut self, what: NotFinite, on_event: &mut dyn FnMut(TrainEvent)) -> Result<Phase, TrainError> {
        self.not_followed_in_a_row += 1;
        self.state.not_followed += 1;
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
}
