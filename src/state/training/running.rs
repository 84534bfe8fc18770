//! A run of this session, by what it has said.

use std::{borrow::Cow, sync::Arc};

use crate::{
    state::Closing,
    train::{LogLine, Plan, Probe, StepReport, TrainConfig, TrainEvent, Trained, Validation},
    worker::{Failure, JobId, TrainingNews},
};

/// A run that goes on, or has ended.
#[derive(Debug)]
pub struct Running {
    pub(super) job: JobId,
    /// What it was begun with.
    pub config: Box<TrainConfig>,
    /// What it is going to do; none until it is open.
    pub plan: Option<Plan>,
    /// What its log says.
    pub lines: Vec<LogLine>,
    /// How its last step went.
    pub latest: Option<StepReport>,
    /// The looks at held-back pictures, those of earlier stretches first.
    pub looks: Vec<Validation>,
    /// The pictures that are answered again and again.
    pub probes: Vec<Probed>,
    /// The last pictures that could not be used: their name and why.
    pub left_out: Option<(String, String)>,
    /// How many they are.
    pub n_left_out: usize,
    /// Steps that were not taken because a number of them was not finite.
    pub n_not_followed: usize,
    /// The step of the last checkpoint.
    pub saved_at: Option<u64>,
    /// What the program takes of the machine's memory, in bytes.
    pub memory: Option<u64>,
    /// Whether it waits because the user wants it to.
    pub is_paused: bool,
    /// Whether the engine does something else for it.
    pub waits: bool,
    /// Whether it was asked to stop.
    pub is_stopping: bool,
    /// How it ended, once it has.
    pub outcome: Option<Outcome>,
}

/// A picture with what was answered about it.
#[derive(Debug, Clone)]
pub struct Probed {
    /// The picture.
    pub probe: Probe,
    /// After how many steps what was answered.
    pub answers: Vec<(u64, String)>,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Of itself or stopped, and saved.
    Ended(Trained),
    /// It could not begin or go on.
    Failed(Arc<Failure>),
}

impl Running {
    pub(super) fn new(job: JobId, config: Box<TrainConfig>) -> Self {
        Self {
            job,
            config,
            plan: None,
            lines: Vec::new(),
            latest: None,
            looks: Vec::new(),
            probes: Vec::new(),
            left_out: None,
            n_left_out: 0,
            n_not_followed: 0,
            saved_at: None,
            memory: None,
            is_paused: false,
            waits: false,
            is_stopping: false,
            outcome: None,
        }
    }

    /// The name of its folder.
    pub fn name(&self) -> Cow<'_, str> {
        self.config.out.file_name().unwrap_or_default().to_string_lossy()
    }

    /// Whether it has not ended.
    pub fn goes_on(&self) -> bool {
        self.outcome.is_none()
    }

    /// How many steps are done.
    pub fn step(&self) -> u64 {
        let plan = || self.plan.as_ref().map_or(0, |plan| plan.done);
        self.latest.as_ref().map_or_else(plan, |report| report.step)
    }

    /// The first look at held-back pictures and the last, where there are two.
    pub fn before_and_after(&self) -> Option<(&Validation, &Validation)> {
        let (first, last) = (self.looks.first()?, self.looks.last()?);
        (first.step < last.step).then_some((first, last))
    }

    pub(super) fn hear(&mut self, news: TrainingNews) {
        match news {
            TrainingNews::Opened(opened) => {
                // Before is what earlier stretches saw first.
                self.looks = opened.lines.iter().filter_map(|line| line.look(opened.plan.held_back)).collect();
                self.plan = Some(opened.plan);
                let answered = |number: usize| {
                    let of = |line: &LogLine| Some((line.step, line.answers.get(number)?.clone()));
                    opened.lines.iter().filter_map(of).collect()
                };
                let probes = opened.probes.into_iter().enumerate();
                self.probes = probes.map(|(number, probe)| Probed { probe, answers: answered(number) }).collect();
                self.lines = opened.lines;
            }
            TrainingNews::Said(event) => self.take(event),
            TrainingNews::Takes(bytes) => self.memory = Some(bytes),
            TrainingNews::Waits(yes) => self.waits = yes,
            TrainingNews::Ended(trained) => self.outcome = Some(Outcome::Ended(trained)),
            TrainingNews::Reckoned(_)
            | TrainingNews::LookedAt(_)
            | TrainingNews::Runs(_)
            | TrainingNews::Written(_) => {}
        }
    }

    fn take(&mut self, event: TrainEvent) {
        match event {
            TrainEvent::Started(plan) => self.plan = Some(plan),
            TrainEvent::Stepped(report) => {
                self.lines.push(LogLine::of(&report, 0));
                self.latest = Some(report);
            }
            TrainEvent::Validated(look) => {
                match self.lines.last_mut().filter(|line| line.step == look.step) {
                    Some(line) => line.hear(&look),
                    None => {
                        let mut line = LogLine::unlearned(look.step);
                        line.hear(&look);
                        self.lines.push(line);
                    }
                }
                self.looks.push(look);
            }
            TrainEvent::Saved { step, folder } if folder.ends_with("last") => self.saved_at = Some(step),
            TrainEvent::Saved { .. } => {}
            TrainEvent::NotFollowed { .. } => self.n_not_followed += 1,
            TrainEvent::Answered(answered) => {
                if let Some(probed) = self.probes.get_mut(answered.number) {
                    probed.answers.push((answered.step, answered.said));
                }
            }
            TrainEvent::Skipped { picture, error } => {
                self.n_left_out += 1;
                self.left_out = Some((picture, error));
            }
        }
    }

    pub(super) fn close(&mut self, closing: Closing) {
        self.waits = false;
        match closing {
            Closing::Failed(why) => self.outcome = Some(Outcome::Failed(why)),
            Closing::Done | Closing::Cancelled if self.outcome.is_none() => {
                // Stopped before anything of it was open.
                let (step, steps) = (0, self.plan.as_ref().map_or(0, |plan| plan.steps));
                let last = self.config.out.join("last");
                self.outcome = Some(Outcome::Ended(Trained { step, steps, last, best: None }));
            }
            Closing::Done | Closing::Cancelled => {}
        }
    }
}
