//! What all rooms share: the settings, the notices, the table of jobs, and what the engine is to be asked next.

use std::collections::BTreeMap;

use super::{Notice, Remark, Request, Room, Settings};
use crate::worker::{Command, JobId};

/// The oldest notice goes when there are more than this.
const MOST_NOTICES: usize = 4;

/// What a room works with beside its own: it is handed to each of its functions.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) settings: Settings,
    notices: Vec<Notice>,
    jobs: BTreeMap<JobId, Room>,
    requests: Vec<Request>,
    next_number: u64,
}

impl Desk {
    pub(super) fn new(settings: Settings) -> Self {
        Self { settings, notices: Vec::new(), jobs: BTreeMap::new(), requests: Vec::new(), next_number: 1 }
    }

    /// A number that nothing else has.
    pub(super) fn number(&mut self) -> u64 {
        self.next_number += 1;
        self.next_number - 1
    }

    /// A job's number; what ends it is told to the room.
    pub(super) fn job_for(&mut self, room: Room) -> JobId {
        let job = JobId(self.number());
        self.jobs.insert(job, room);
        job
    }

    pub(super) fn send(&mut self, command: Command) {
        self.requests.push(Request::Send(command));
    }

    pub(super) fn cancel(&mut self, job: JobId) {
        self.requests.push(Request::Cancel(job));
    }

    pub(super) fn ask(&mut self, requests: impl IntoIterator<Item = Request>) {
        self.requests.extend(requests);
    }

    /// Takes what was asked since the last call.
    pub(super) fn take_requests(&mut self) -> Vec<Request> {
        std::mem::take(&mut self.requests)
    }

    /// The room of a job that goes on.
    pub(super) fn room_of(&self, job: JobId) -> Option<Room> {
        self.jobs.get(&job).copied()
    }

    /// Whether one of these rooms has a job that goes on.
    pub(super) fn has_job_of(&self, rooms: &[Room]) -> bool {
        self.jobs.values().any(|room| rooms.contains(room))
    }

    /// The room of a job that ended.
    pub(super) fn forget(&mut self, job: JobId) -> Option<Room> {
        self.jobs.remove(&job)
    }

    pub(super) fn notices(&self) -> &[Notice] {
        &self.notices
    }

    pub(super) fn tell(&mut self, remark: Remark) {
        self.notices.retain(|notice| notice.remark != remark);
        let number = self.number();
        self.notices.push(Notice { number, remark });
        let n_too_many = self.notices.len().saturating_sub(MOST_NOTICES);
        self.notices.drain(..n_too_many);
    }

    pub(super) fn dismiss(&mut self, number: u64) {
        self.notices.retain(|notice| notice.number != number);
    }
}
