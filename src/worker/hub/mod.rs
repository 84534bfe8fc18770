//! Work upon models as files: what can be asked, what is answered, and the two threads that do it. One looks what there is and takes
//! away, so that the page is there at once; the other does what takes long: fetching, bringing in, checking.

mod message;

use std::{ops::ControlFlow, sync::Arc, time::Instant};

pub use message::{HubNews, HubProgress, HubTask, Stock};

use super::{
    Command, Event, Failure,
    job::{Engine, Job, Stopped},
};
use crate::{
    hub::{
        Access, Catalogue, Check, Hub, HubError, MachineMemory, Patience, Progress, Pulling, Rate, device_memories,
        forget_parts, forget_token, import, is_begun, keep_token, models_folder, pull, remove, shelf, verify,
    },
    model::adapters,
};

/// Looks and takes away.
pub(super) struct Librarian;

/// Does what takes long.
pub(super) struct Porter;

impl Engine for Librarian {
    fn perform(&mut self, command: Command, job: &Job<'_>) -> Result<(), Stopped> {
        let Command::Hub { task, .. } = command else { return Err(Failure::Misdirected.into()) };
        let home = crate::assets::home().map_err(|error| Failure::Asset(error.into()))?;
        match task {
            HubTask::Look => {
                let (catalogue, problem) = match Catalogue::with_own(&home) {
                    Ok(catalogue) => (catalogue, None),
                    Err(problem) => (Catalogue::shipped().clone(), Some(Arc::new(problem))),
                };
                let models = models_folder(&home);
                let names = catalogue.offers().iter().map(|offer| offer.name.clone());
                let begun = names.filter(|name| is_begun(&models, name)).collect();
                let memories = device_memories(&adapters(), MachineMemory::now());
                let (shelf, access) = (shelf(&home), Access::now(&home));
                say(job, HubNews::Stock(Arc::new(Stock { catalogue, problem, shelf, begun, memories, access })));
            }
            HubTask::Forget(name) => forget_parts(&models_folder(&home), &name)?,
            HubTask::Remove(model) => remove(&home, &model)?,
            HubTask::KeepToken { mirror, token } => drop(keep_token(&home, mirror.as_deref(), token)?),
            HubTask::ForgetToken { mirror } => drop(forget_token(&home, mirror.as_deref())?),
            _long => return Err(Failure::Misdirected.into()),
        }
        Ok(())
    }
}

impl Engine for Porter {
    fn perform(&mut self, command: Command, job: &Job<'_>) -> Result<(), Stopped> {
        let Command::Hub { task, .. } = command else { return Err(Failure::Misdirected.into()) };
        let home = crate::assets::home().map_err(|error| Failure::Asset(error.into()))?;
        let models = models_folder(&home);
        let mut telling = Telling { job, rate: Rate::default() };
        match task {
            HubTask::Pull { offer, mirror } => {
                let hub = Hub::usual(mirror.as_deref(), &home)?;
                let pulled = pull(&offer, &hub, &models, Patience::default(), &mut |progress| telling.tell(progress));
                say(job, HubNews::Placed(stopped(pulled)?));
            }
            HubTask::Import(from) => {
                let imported = import(&from, &models, &mut |done, all| telling.count(Pulling::Copying, done, all));
                say(job, HubNews::Placed(stopped(imported)?));
            }
            HubTask::Verify(model) => {
                match verify(&model.name, &model.path, &mut |done, all| telling.count(Pulling::Verifying, done, all))? {
                    Check::Stopped => return Err(Stopped::Cancelled),
                    check => say(job, HubNews::Checked(check)),
                }
            }
            _short => return Err(Failure::Misdirected.into()),
        }
        Ok(())
    }
}

/// What the user stopped is no failure.
fn stopped<T>(outcome: Result<T, HubError>) -> Result<T, Stopped> {
    outcome.map_err(|error| match error {
        HubError::Stopped | HubError::Ended => Stopped::Cancelled,
        error => error.into(),
    })
}

fn say(job: &Job<'_>, news: HubNews) {
    job.say(Event::Hub { job: job.id(), news });
}

/// Tells how far a job is, and how fast.
struct Telling<'a, 'b> {
    job: &'a Job<'b>,
    rate: Rate,
}

impl Telling<'_, '_> {
    fn tell(&mut self, progress: Progress) -> ControlFlow<()> {
        self.rate.hear(Instant::now(), progress.done);
        let seconds_left = self.rate.seconds_for(progress.all.saturating_sub(progress.done));
        let bytes_a_second = self.rate.bytes_a_second();
        say(self.job, HubNews::Progress(HubProgress { progress, bytes_a_second, seconds_left }));
        if self.job.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn count(&mut self, stage: Pulling, done: u64, all: u64) -> ControlFlow<()> {
        self.tell(Progress { stage, done, all })
    }
}
