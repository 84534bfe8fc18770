//! The model in use: which one was chosen, and whether it is open.

use std::sync::Arc;

use super::{Closing, Desk, NoModel, Remark, Room};
use crate::{
    model::{DeviceChoice, Precision},
    server::ServerError,
    worker::{Command, Failure, JobId, ModelSource, ModelSummary},
};

/// Where the model stands.
#[derive(Debug, Clone, PartialEq)]
pub enum ModelState {
    /// None was asked for yet.
    NotLoaded,
    /// It is being opened.
    Loading {
        /// The job that opens it.
        job: JobId,
        /// How much is done, 0 to 1, where it is known.
        fraction: Option<f32>,
    },
    /// It is in use.
    Ready(ModelSummary),
    /// Its memory was given back; it is opened again by itself when it is needed.
    Unloaded {
        /// What it is.
        model: ModelSummary,
        /// Why.
        why: Unloading,
    },
    /// There is none, for this reason.
    Failed(NoModel),
}

/// Why a model's memory was given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unloading {
    /// Nothing was asked of it for so many minutes.
    Unneeded(u32),
    /// The user asked for it.
    Asked,
    /// The other model of a comparison did not fit beside it.
    GaveWay,
}

impl ModelState {
    /// The model that answers, open or to be opened again.
    pub fn summary(&self) -> Option<&ModelSummary> {
        match self {
            Self::Ready(model) | Self::Unloaded { model, .. } => Some(model),
            Self::NotLoaded | Self::Loading { .. } | Self::Failed(_) => None,
        }
    }

    /// Whether it is open and holds memory that could be given back; a server's is not ours to give.
    pub fn holds_memory(&self) -> bool {
        matches!(self, Self::Ready(model) if model.placed.is_some())
    }
}

/// The model in use, and the one to go back to should a new choice not open.
#[derive(Debug)]
pub(super) struct ModelInUse {
    state: ModelState,
    before: Option<(ModelSource, DeviceChoice, Precision)>,
    /// The job in which its memory is given back, and after how many minutes.
    unloading: Option<(JobId, Option<u32>)>,
}

impl ModelInUse {
    pub(super) fn new() -> Self {
        Self { state: ModelState::NotLoaded, before: None, unloading: None }
    }

    pub(super) fn state(&self) -> &ModelState {
        &self.state
    }

    pub(super) fn is_starter(&self) -> bool {
        self.state.summary().is_some_and(|model| model.is_starter)
    }

    fn loading(&self) -> Option<JobId> {
        if let ModelState::Loading { job, .. } = self.state { Some(job) } else { None }
    }

    /// Takes another model, or the same anew.
    pub(super) fn choose(&mut self, source: ModelSource, desk: &mut Desk) {
        if source.is_elsewhere() && desk.settings.network.forbidden {
            let failure = Arc::new(Failure::Server(ServerError::Forbidden));
            desk.tell(Remark::ModelNotTaken(NoModel::Failed(failure)));
            return;
        }
        self.keep_before(desk);
        desk.settings.local = desk.settings.model_here().clone();
        if let ModelSource::Server(server) = &source {
            desk.settings.server = Some(server.to_string());
        }
        desk.settings.model = source;
        self.load(desk);
    }

    /// Goes back to the last model of this machine where a server stands in for it; whether one did.
    pub(super) fn leave_server(&mut self, desk: &mut Desk) -> bool {
        let is_elsewhere = desk.settings.model.is_elsewhere();
        if is_elsewhere {
            self.before = None;
            desk.settings.model = desk.settings.local.clone();
            self.load(desk);
        }
        is_elsewhere
    }

    /// Takes another device.
    pub(super) fn choose_device(&mut self, device: DeviceChoice, desk: &mut Desk) {
        self.keep_before(desk);
        desk.settings.device = device;
        self.load(desk);
    }

    /// Holds its weights in other bits.
    pub(super) fn choose_precision(&mut self, precision: Precision, desk: &mut Desk) {
        self.keep_before(desk);
        desk.settings.precision = precision;
        self.load(desk);
    }

    /// What works now is what a choice that does not open goes back to; but no picture goes to a server that was just left.
    fn keep_before(&mut self, desk: &Desk) {
        if self.state.summary().is_some() {
            let settings = &desk.settings;
            self.before = Some((settings.model_here().clone(), settings.device, settings.precision));
        }
    }

    /// Opens what the settings name.
    pub(super) fn load(&mut self, desk: &mut Desk) {
        if let Some(job) = self.loading() {
            desk.cancel(job);
        }
        let job = desk.job_for(Room::Model);
        self.state = ModelState::Loading { job, fraction: None };
        let settings = &desk.settings;
        let (source, device, precision) = (settings.model.clone(), settings.device, settings.precision);
        desk.send(Command::LoadModel { job, source, device, precision });
    }

    /// Gives the memory of all models back, after so many minutes without work or because the user asks for it.
    pub(super) fn unload(&mut self, after_minutes: Option<u32>, desk: &mut Desk) {
        let job = desk.job_for(Room::Model);
        self.unloading = Some((job, after_minutes));
        desk.send(Command::Unload { job, only: None });
    }

    /// It has given its memory back to the other model of a comparison.
    pub(super) fn give_way(&mut self) {
        self.unloaded(Unloading::GaveWay);
    }

    fn unloaded(&mut self, why: Unloading) {
        if let ModelState::Ready(model) = &self.state {
            self.state = ModelState::Unloaded { model: model.clone(), why };
        }
    }

    /// Stops its opening; whether there was one.
    pub(super) fn stop(&mut self, desk: &mut Desk) -> bool {
        let loading = self.loading();
        loading.into_iter().for_each(|job| desk.cancel(job));
        loading.is_some()
    }

    /// It is open. While another is being opened, what is said of the one before is no news.
    pub(super) fn ready(&mut self, job: JobId, model: ModelSummary) {
        if self.loading().is_none_or(|loading| loading == job) {
            self.state = ModelState::Ready(model);
            self.before = None;
        }
    }

    /// How far its opening is.
    pub(super) fn progress(&mut self, job: JobId, now: Option<f32>) {
        if let ModelState::Loading { job: loading, fraction } = &mut self.state
            && *loading == job
        {
            *fraction = now;
        }
    }

    /// Its opening ended. A choice that does not open is not kept: the model that worked before is opened again.
    pub(super) fn close(&mut self, job: JobId, closing: Closing, desk: &mut Desk) {
        if let Some((_, after_minutes)) = self.unloading.take_if(|(unloading, _)| *unloading == job) {
            if matches!(closing, Closing::Done) {
                self.unloaded(after_minutes.map_or(Unloading::Asked, Unloading::Unneeded));
            }
            return;
        }
        if self.loading() != Some(job) {
            return;
        }
        self.state = ModelState::NotLoaded;
        let why = match closing {
            Closing::Done => return,
            Closing::Failed(failure) => NoModel::Failed(failure),
            Closing::Cancelled => NoModel::Stopped,
        };
        match self.before.take() {
            Some((source, device, precision)) => {
                desk.tell(Remark::ModelNotTaken(why));
                (desk.settings.model, desk.settings.device, desk.settings.precision) = (source, device, precision);
                self.load(desk);
            }
            None => self.state = ModelState::Failed(why),
        }
    }
}
