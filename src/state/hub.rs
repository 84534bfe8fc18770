//! The models that lie on this machine and those that could be fetched: what there is, what comes, and how far it is.

mod action;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

pub use action::HubAction;

use super::{Closing, Desk, Page, Remark, Room};
use crate::{
    hub::{Check, DeviceMemory, Fit, Offer, Shelved, advised},
    model::{ComputeKind, DeviceChoice, Precision, Purpose},
    worker::{Command, Failure, HubNews, HubProgress, HubTask, JobId, Stock},
};

/// How it stands with a model.
#[derive(Debug, Clone, PartialEq)]
pub enum Standing {
    /// It is not here.
    Absent,
    /// It waits for its turn.
    Queued,
    /// It comes, or is checked.
    Underway(HubProgress),
    /// Some of it has come, and no more does.
    Paused,
    /// It is here.
    Ready,
    /// It is here, and its files are what they should be.
    Sound,
    /// These of its files are not what they should be.
    Damaged(Vec<String>),
    /// What was tried last did not work.
    Failed(Arc<Failure>),
}

/// A model that is here or could be.
#[derive(Debug, Clone)]
pub struct Model<'a> {
    /// By which it is known.
    pub name: &'a str,
    /// Its entry in the catalogue.
    pub offer: Option<&'a Offer>,
    /// Where it lies.
    pub shelved: Option<&'a Shelved>,
    /// How it stands with it.
    pub standing: Standing,
}

impl Model<'_> {
    /// What it does, where that is known.
    pub fn purpose(&self) -> Option<Purpose> {
        let own = self.shelved.and_then(Shelved::purpose);
        own.or(self.offer.map(|offer| offer.purpose))
    }

    /// How it fits into a device's memory, held in this precision.
    pub fn fit(&self, memory: &DeviceMemory, precision: Precision) -> Fit {
        match (self.shelved.and_then(|shelved| shelved.footprint.clone()), self.offer) {
            (Some(footprint), _) => Fit::of_model(&footprint.packed(precision), memory),
            (None, Some(offer)) => Fit::of_offer(offer, memory, precision),
            (None, None) => Fit::of(None, memory),
        }
    }
}

/// What goes on with a model.
#[derive(Debug)]
struct Work {
    name: String,
    job: JobId,
    progress: Option<HubProgress>,
    is_pull: bool,
    /// What has come is to be forgotten once it stops.
    forgets: bool,
}

/// The models that are here or could be.
#[derive(Debug, Default)]
pub struct HubState {
    stock: Option<Arc<Stock>>,
    works: Vec<Work>,
    failed: BTreeMap<String, Arc<Failure>>,
    checked: BTreeMap<String, Check>,
    paused: BTreeSet<String>,
}

impl HubState {
    /// What there is, once somebody has looked.
    pub fn stock(&self) -> Option<&Stock> {
        self.stock.as_deref()
    }

    /// Whether a connection to the hub is open, or about to be.
    pub fn is_fetching(&self) -> bool {
        self.works.iter().any(|work| work.is_pull)
    }

    /// All models: those that are here, then those that could be.
    pub fn models(&self) -> Vec<Model<'_>> {
        let Some(stock) = self.stock() else { return Vec::new() };
        let here = stock.shelf.iter().map(|shelved| Model {
            name: &shelved.name,
            offer: stock.catalogue.offer_of(shelved),
            shelved: Some(shelved),
            standing: self.standing(&shelved.name, true),
        });
        let is_here = |offer: &&Offer| stock.shelf.iter().any(|shelved| shelved.name == offer.name);
        let others = stock.catalogue.offers().iter().filter(|offer| !is_here(offer)).map(|offer| Model {
            name: &offer.name,
            offer: Some(offer),
            shelved: None,
            standing: self.standing(&offer.name, false),
        });
        let mut models: Vec<Model<'_>> = here.chain(others).collect();
        // What is being brought in has no other place yet.
        for Work { name, .. } in &self.works {
            if models.iter().all(|model| model.name != name) {
                models.push(Model { name, offer: None, shelved: None, standing: self.standing(name, false) });
            }
        }
        models
    }

    /// The model of this name.
    pub fn model(&self, name: &str) -> Option<Model<'_>> {
        self.models().into_iter().find(|model| model.name == name)
    }

    fn standing(&self, name: &str, is_here: bool) -> Standing {
        if let Some(work) = self.works.iter().find(|work| work.name == name) {
            return work.progress.map_or(Standing::Queued, Standing::Underway);
        }
        if let Some(failure) = self.failed.get(name) {
            return Standing::Failed(Arc::clone(failure));
        }
        let is_begun = || self.stock.as_ref().is_some_and(|stock| stock.begun.iter().any(|begun| begun == name));
        match self.checked.get(name) {
            Some(Check::Damaged(files)) if is_here => Standing::Damaged(files.clone()),
            Some(Check::Sound(_)) if is_here => Standing::Sound,
            _ if is_here => Standing::Ready,
            _ if self.paused.contains(name) || is_begun() => Standing::Paused,
            _ => Standing::Absent,
        }
    }

    /// The device that the settings lead to, with its memory.
    pub fn memory(&self, device: DeviceChoice) -> Option<&DeviceMemory> {
        let memories = &self.stock.as_ref()?.memories;
        let cpu = || memories.iter().find(|memory| memory.kind == ComputeKind::Cpu);
        let gpus = || memories.iter().filter(|memory| memory.kind == ComputeKind::Gpu);
        match device {
            DeviceChoice::Cpu => cpu(),
            DeviceChoice::Auto | DeviceChoice::Gpu => gpus().next().or_else(cpu),
            DeviceChoice::GpuNumber(number) => gpus().nth(number).or_else(cpu),
        }
    }

    /// The model that this machine should take for photographs.
    pub fn advised(&self) -> Option<(&Offer, Fit)> {
        let stock = self.stock()?;
        advised(&stock.catalogue, &stock.memories)
    }

    pub(super) fn perform(&mut self, action: HubAction, desk: &mut Desk) {
        match action {
            HubAction::Look => self.look(desk),
            HubAction::Pull(_) if desk.settings.network.forbidden => {
                desk.tell(Remark::NetworkForbidden);
            }
            HubAction::Pull(name) => {
                let offer = self.stock().and_then(|stock| stock.catalogue.offer(&name)).cloned();
                if let Some(offer) = offer {
                    let mirror = desk.settings.mirror.clone();
                    self.begin(name, HubTask::Pull { offer: Box::new(offer), mirror }, desk);
                }
            }
            HubAction::Pause(name) => self.stop(&name, false, desk),
            HubAction::Cancel(name) if self.works.iter().any(|work| work.name == name) => {
                self.stop(&name, true, desk);
            }
            HubAction::Cancel(name) => {
                self.paused.remove(&name);
                self.failed.remove(&name);
                self.begin_short(HubTask::Forget(name), desk);
            }
            HubAction::Import(folder) => {
                let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
                self.begin(name, HubTask::Import(folder), desk);
            }
            HubAction::Verify(name) => {
                if let Some(shelved) = self.shelved(&name) {
                    self.begin(name, HubTask::Verify(Box::new(shelved)), desk);
                }
            }
            HubAction::Remove(name) => {
                if let Some(shelved) = self.shelved(&name) {
                    self.checked.remove(&name);
                    self.begin_short(HubTask::Remove(Box::new(shelved)), desk);
                }
            }
            HubAction::KeepToken(token) => {
                let mirror = desk.settings.mirror.clone();
                self.begin_short(HubTask::KeepToken { mirror, token }, desk);
            }
            HubAction::ForgetToken => {
                let mirror = desk.settings.mirror.clone();
                self.begin_short(HubTask::ForgetToken { mirror }, desk);
            }
            HubAction::SetMirror(mirror) => desk.settings.mirror = mirror.filter(|text| !text.trim().is_empty()),
        }
    }

    /// Stops every fetching; what has come is kept.
    pub(super) fn stop_fetching(&mut self, desk: &mut Desk) {
        let names: Vec<String> = self.works.iter().filter(|work| work.is_pull).map(|work| work.name.clone()).collect();
        names.iter().for_each(|name| self.stop(name, false, desk));
    }

    fn shelved(&self, name: &str) -> Option<Shelved> {
        self.stock()?.shelf.iter().find(|shelved| shelved.name == name).cloned()
    }

    fn look(&mut self, desk: &mut Desk) {
        self.begin_short(HubTask::Look, desk);
    }

    fn begin_short(&mut self, task: HubTask, desk: &mut Desk) {
        let looks_after = !matches!(task, HubTask::Look);
        let job = desk.job_for(Room::Hub);
        desk.send(Command::Hub { job, task });
        if looks_after {
            // The same thread does it, after that.
            self.look(desk);
        }
    }

    fn begin(&mut self, name: String, task: HubTask, desk: &mut Desk) {
        if self.works.iter().any(|work| work.name == name) {
            return;
        }
        self.failed.remove(&name);
        self.paused.remove(&name);
        let is_pull = matches!(task, HubTask::Pull { .. });
        let job = desk.job_for(Room::Hub);
        desk.send(Command::Hub { job, task });
        self.works.push(Work { name, job, progress: None, is_pull, forgets: false });
    }

    fn stop(&mut self, name: &str, forgets: bool, desk: &mut Desk) {
        if let Some(work) = self.works.iter_mut().find(|work| work.name == name) {
            work.forgets = forgets;
            desk.cancel(work.job);
        }
    }

    pub(super) fn apply(&mut self, job: JobId, news: HubNews, desk: &mut Desk) {
        let name = self.works.iter_mut().find(|work| work.job == job).map(|work| {
            if let HubNews::Progress(progress) = news {
                work.progress = Some(progress);
            }
            work.name.clone()
        });
        match (news, name) {
            (HubNews::Stock(stock), _) => self.stock = Some(stock),
            (HubNews::Checked(check), Some(name)) => {
                self.checked.insert(name, check);
            }
            (HubNews::Placed(folder), Some(_)) => {
                let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
                desk.tell(Remark::ModelArrived(name));
            }
            _ => {}
        }
    }

    /// A job ended. After what changes the disk somebody looks again.
    pub(super) fn close(&mut self, job: JobId, closing: Closing, desk: &mut Desk) {
        let Some(place) = self.works.iter().position(|work| work.job == job) else {
            if let Closing::Failed(failure) = closing {
                desk.tell(Remark::ModelsFailed(failure));
            }
            return;
        };
        let work = self.works.remove(place);
        match closing {
            Closing::Done => {}
            Closing::Failed(failure) if self.model(&work.name).is_some() => {
                // It stands at its model, which is seen on its own page alone.
                if desk.settings.page != Page::MODELS {
                    desk.tell(Remark::ModelsFailed(Arc::clone(&failure)));
                }
                self.failed.insert(work.name, failure);
            }
            Closing::Failed(failure) => desk.tell(Remark::ModelsFailed(failure)),
            Closing::Cancelled if work.forgets && work.is_pull => {
                self.begin_short(HubTask::Forget(work.name), desk);
                return;
            }
            Closing::Cancelled if work.is_pull => {
                self.paused.insert(work.name);
            }
            Closing::Cancelled => {}
        }
        self.look(desk);
    }
}

#[cfg(test)]
mod tests;
