//! The models that are open: the one that was chosen, and beside it the other of a comparison for as long as both fit into
//! memory.

use crate::{
    hub::MachineMemory,
    model::{DeviceChoice, Placed, Precision},
};

use super::{
    Event, JobStage, ModelSource, ModelSummary,
    elsewhere::RemoteModel,
    job::{Job, Stopped},
    open_model::{OpenModel, Plan},
};

/// Models by what they are; each is opened when it is first needed, and kept until another is chosen, until one that does not
/// fit beside it is needed, or until its device is lost.
pub(super) struct OpenModels {
    chosen: ModelSource,
    device: DeviceChoice,
    precision: Precision,
    open: Vec<(ModelSource, Open)>,
    /// The machine's memory as it is now.
    memory: fn() -> MachineMemory,
}

impl Default for OpenModels {
    fn default() -> Self {
        Self {
            chosen: ModelSource::default(),
            device: DeviceChoice::default(),
            precision: Precision::default(),
            open: Vec::new(),
            memory: MachineMemory::now,
        }
    }
}

impl OpenModels {
    /// On a machine with this memory.
    #[cfg(test)]
    pub(super) fn with_memory(memory: fn() -> MachineMemory) -> Self {
        Self { memory, ..Self::default() }
    }

    /// Where they lie.
    pub(super) fn device(&self) -> DeviceChoice {
        self.device
    }

    /// Chooses a model, a device and a precision for all that follows. What is open goes: its memory is free before the new
    /// one asks for its own. Where the model chosen is the other of a comparison, and nothing else changes, it stays.
    pub(super) fn choose(&mut self, source: ModelSource, device: DeviceChoice, precision: Precision) {
        let stays = source != self.chosen && (device, precision) == (self.device, self.precision);
        self.close(|open| !(stays && *open == source));
        (self.chosen, self.device, self.precision) = (source, device, precision);
    }

    /// Lays all that follows on this device, in so many bits; what lies elsewhere goes.
    pub(super) fn lay(&mut self, device: DeviceChoice, precision: Precision) {
        if (device, precision) != (self.device, self.precision) {
            self.choose(self.chosen.clone(), device, precision);
        }
    }

    /// Whether the chosen model is open.
    pub(super) fn is_open(&self) -> bool {
        self.open.iter().any(|(source, _)| *source == self.chosen)
    }

    /// A model, the chosen one where none is named, opened now if it is not open yet. Where it does not fit beside what is, that
    /// goes first, and it is said.
    pub(super) fn opened(&mut self, by: Option<&ModelSource>, job: &Job<'_>) -> Result<&mut Open, Stopped> {
        let source = by.unwrap_or(&self.chosen).clone();
        let at = match self.open.iter().position(|(is, _)| *is == source) {
            Some(at) => at,
            None => {
                let open = self.open_beside(&source, job)?;
                job.say(Event::ModelReady { job: job.id(), model: Box::new(open.summary().clone()) });
                self.open.push((source, open));
                self.open.len() - 1
            }
        };
        Ok(&mut self.open[at].1)
    }

    fn open_beside(&mut self, source: &ModelSource, job: &Job<'_>) -> Result<Open, Stopped> {
        if let ModelSource::Server(server) = source {
            job.stage(JobStage::Asking, None);
            return RemoteModel::open(server, job).map(|open| Open::Elsewhere(Box::new(open)));
        }
        job.stage(JobStage::ReadingModel, None);
        let plan = Plan::of(source, self.device, self.precision, (self.memory)())?;
        let beside: Vec<&Placed> = self.open.iter().filter_map(|(_, open)| open.placed()).collect();
        if !beside.is_empty() && !plan.fits_beside(&beside) {
            self.close(|open| !open.is_elsewhere());
            job.say(Event::GaveWay { job: job.id() });
        }
        let open = OpenModel::open(plan)?;
        // What was not wanted any more while it was read is let go again, and nobody hears of it.
        if job.is_cancelled() { Err(Stopped::Cancelled) } else { Ok(Open::Here(Box::new(open))) }
    }

    /// Lets those of these sources go, with the memory that their device keeps for later.
    pub(super) fn close(&mut self, is_closed: impl Fn(&ModelSource) -> bool) {
        let closed: Vec<_> = self.open.extract_if(.., |(source, _)| is_closed(source)).collect();
        let device = |(_, open): &(ModelSource, Open)| match open {
            Open::Here(open) => Some(open.model.device().clone()),
            Open::Elsewhere(_) => None,
        };
        let devices: Vec<_> = closed.iter().filter_map(device).collect();
        drop(closed);
        devices.into_iter().for_each(|device| device.give_back());
    }

    /// Lets all go whose device was lost: nothing is there to be given back.
    pub(super) fn forget(&mut self) {
        self.open.clear();
    }
}

/// A model that is open: here on its device, or on a server.
pub(super) enum Open {
    Here(Box<OpenModel>),
    Elsewhere(Box<RemoteModel>),
}

impl Open {
    pub(super) fn summary(&self) -> &ModelSummary {
        match self {
            Self::Here(open) => &open.summary,
            Self::Elsewhere(open) => &open.summary,
        }
    }

    /// What its memory is reckoned from; none on a server.
    fn placed(&self) -> Option<&Placed> {
        self.summary().placed.as_ref()
    }
}
