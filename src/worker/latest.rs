//! How far jobs are: the latest of each and never a queue, so that a window that looks seldom is not told old news.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{Event, JobId};

/// One slot a job; copies share them.
#[derive(Clone, Default)]
pub(super) struct Latest {
    slots: Arc<Mutex<BTreeMap<JobId, Event>>>,
}

impl Latest {
    fn slots(&self) -> MutexGuard<'_, BTreeMap<JobId, Event>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps how far a job is. The event comes back where it is to be sent: it is no progress, or none was on its way.
    pub(super) fn put(&self, event: Event) -> Option<Event> {
        if !event.is_progress() {
            return Some(event);
        }
        let before = self.slots().insert(event.job(), event.clone());
        before.is_none().then_some(event)
    }

    /// What an event that was sent says by now.
    pub(super) fn take(&self, event: Event) -> Event {
        let latest = if event.is_progress() { self.slots().remove(&event.job()) } else { None };
        latest.unwrap_or(event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::JobStage;

    #[test]
    fn one_event_is_on_its_way_and_says_the_latest() {
        let latest = Latest::default();
        let stage =
            |job, fraction| Event::Stage { job: JobId(job), stage: JobStage::Weighing, fraction: Some(fraction) };
        let sent = latest.put(stage(1, 0.1)).expect("the first is sent");
        assert!(latest.put(stage(2, 0.5)).is_some(), "another job has its own");
        assert!(latest.put(stage(1, 0.2)).is_none() && latest.put(stage(1, 0.3)).is_none());
        assert!(matches!(latest.take(sent), Event::Stage { job: JobId(1), fraction: Some(0.3), .. }));
        assert!(latest.put(stage(1, 0.4)).is_some(), "it was read: the next one is sent");
        let done = Event::Done { job: JobId(1) };
        assert!(matches!(latest.put(done), Some(Event::Done { .. })));
    }
}
