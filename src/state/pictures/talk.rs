//! The conversation about a picture. The model answers one question at a time, in the order in which they were asked; what it
//! says is text and becomes evidence only where the user says so.

use std::sync::Arc;

use super::{
    super::{Closing, Desk, EvidenceEdit, NoModel, NoPixels, PicturesEdit, Room},
    Asked, Ending, Entry, PictureKey, Pictures, Progress, TalkAction, Turn,
};
use crate::{
    predict::converse::{Conversation, Exchange, Spoken},
    worker::{Command, JobId, JobStage},
};

/// No more turns than this are kept of a picture.
pub(super) const MOST_TURNS: usize = 100;

impl PicturesEdit {
    /// Takes the turn at a place and all after it back, with the evidence that came of them.
    pub(in super::super) fn go_back(entry: &Entry, place: usize) -> Self {
        let turns = entry.talk.get(place..).unwrap_or_default();
        let key = entry.key;
        let came_of_them = |id: &&String| turns.iter().any(|turn| turn.pieces.contains(id));
        let ids = entry.own().iter().map(|own| &own.evidence.id).filter(came_of_them);
        let drops = ids.map(|id| Self::Evidence { key, edit: EvidenceEdit::Drop(id.clone()) });
        Self::Together(drops.chain([Self::TakeBack { key, from: place, n: turns.len() }]).collect())
    }
}

impl Pictures {
    /// Does an edit of a conversation; the edit that takes it back, unless nothing changed.
    pub(super) fn change_talk(&mut self, edit: PicturesEdit, desk: &mut Desk) -> Option<PicturesEdit> {
        match edit {
            PicturesEdit::TakeBack { key, from, n } => {
                let entry = self.entry_mut(key)?;
                let to = from.saturating_add(n).min(entry.talk.len());
                let mut turns: Vec<Turn> = entry.talk.drain(from.min(to)..to).collect();
                turns.iter_mut().for_each(|turn| stop(turn, desk));
                (!turns.is_empty()).then_some(PicturesEdit::PutBack { key, from, turns })
            }
            PicturesEdit::PutBack { key, from, turns } => {
                let entry = self.entry_mut(key)?;
                let (from, n) = (from.min(entry.talk.len()), turns.len());
                drop(entry.talk.splice(from..from, turns));
                Some(PicturesEdit::TakeBack { key, from, n })
            }
            _ => None,
        }
    }

    pub(in super::super) fn talk(&mut self, key: PictureKey, action: TalkAction, desk: &mut Desk) {
        let Some(entry) = self.entry_mut(key) else { return };
        match action {
            TalkAction::Said(turn) => {
                entry.talk.push(*turn);
                let n_too_many = entry.talk.len().saturating_sub(MOST_TURNS);
                entry.talk.drain(..n_too_many).for_each(|mut turn| stop(&mut turn, desk));
            }
            TalkAction::Stop => stop_all(entry, desk),
        }
    }

    /// Hands the next question to the engine, if it is free for it and the pixels are there; those of a picture come when it
    /// is looked at.
    pub(in super::super) fn ask_next(&mut self, desk: &mut Desk) {
        while self.talking.is_none()
            && let Some((key, place)) = self.next_question()
        {
            let picture = self.take_up(key);
            let Some(entry) = self.entry_mut(key) else { return };
            let unreadable = entry.unreadable.clone();
            let conversation = conversation(entry, place, desk.settings.model.is_elsewhere());
            let Some(asked) = entry.talk[place].model.as_mut() else { return };
            if let Some(why) = unreadable {
                asked.end(match why {
                    NoPixels::NoMemory => Ending::NoPixels,
                    NoPixels::Failed(failure) => Ending::Failed(failure.to_string()),
                });
                continue;
            }
            let Some(picture) = picture else { return };
            let job = desk.job_for(Room::Pictures);
            asked.progress = Some(Progress { job, stage: None, fraction: None });
            self.talking = Some(job);
            let (conversation, settings) = (Arc::new(conversation), desk.settings.locate);
            desk.send(Command::Converse { job, picture, conversation, settings });
        }
    }

    /// There is no model: questions that wait for one say why.
    pub(in super::super) fn fail_questions(&mut self, why: &NoModel) {
        while let Some((key, place)) = self.next_question() {
            let Some(asked) = self.entry_mut(key).and_then(|entry| entry.talk[place].model.as_mut()) else { return };
            asked.end(match why {
                NoModel::Stopped => Ending::NoModel,
                NoModel::Failed(failure) => Ending::Failed(failure.to_string()),
            });
        }
    }

    /// Stops every answer, and those that are waited for.
    pub(in super::super) fn stop_talking(&mut self, desk: &mut Desk) {
        self.entries.iter_mut().for_each(|entry| stop_all(entry, desk));
    }

    /// Whether an answer is waited for.
    pub(super) fn is_talking(&self) -> bool {
        self.talking.is_some() || self.next_question().is_some()
    }

    /// The question that this job answers; it may have been taken back since.
    pub(super) fn asked_by(&mut self, job: JobId) -> Option<&mut Asked> {
        let entries = self.entries.iter_mut().chain(&mut self.removed);
        let mut asked = entries.flat_map(|entry| &mut entry.talk).filter_map(|turn| turn.model.as_mut());
        asked.find(|asked| asked.progress.is_some_and(|progress| progress.job == job))
    }

    pub(super) fn spoken(&mut self, job: JobId, spoken: Spoken, is_whole: bool) {
        if let Some(asked) = self.asked_by(job) {
            asked.spoken = spoken;
            asked.ending = Some(if is_whole { Ending::Whole } else { Ending::CutOff });
        }
    }

    pub(super) fn progress_of_talk(&mut self, job: JobId, stage: JobStage, fraction: Option<f32>) {
        if let Some(asked) = self.asked_by(job) {
            asked.progress = Some(Progress { job, stage: Some(stage), fraction });
        }
    }

    /// An answer ended; whether it was that.
    pub(super) fn close_talk(&mut self, job: JobId, closing: &Closing) -> bool {
        if self.talking != Some(job) {
            return false;
        }
        self.talking = None;
        if let Some(asked) = self.asked_by(job) {
            let ending = match closing {
                Closing::Done => asked.ending.take().unwrap_or(Ending::Whole),
                Closing::Failed(failure) => Ending::Failed(failure.to_string()),
                Closing::Cancelled => Ending::Stopped,
            };
            asked.end(ending);
        }
        true
    }

    /// The first question that waits, of the pictures that are open.
    fn next_question(&self) -> Option<(PictureKey, usize)> {
        let waits = |turn: &Turn| turn.model.as_ref().is_some_and(Asked::waits);
        let open = self.entries.iter().filter(|entry| entry.picture.is_ok());
        open.into_iter().find_map(|entry| Some((entry.key, entry.talk.iter().position(waits)?)))
    }
}

/// Stops the answers of a picture; what the model had said by then stays.
pub(super) fn stop_all(entry: &mut Entry, desk: &mut Desk) {
    for asked in entry.talk.iter_mut().filter_map(|turn| turn.model.as_mut()) {
        match asked.progress {
            Some(progress) => desk.cancel(progress.job),
            None if asked.waits() => asked.end(Ending::Stopped),
            None => {}
        }
    }
}

/// Stops the answer of a turn that leaves the conversation; nobody waits to hear how that ended.
fn stop(turn: &mut Turn, desk: &mut Desk) {
    let Some(asked) = &mut turn.model else { return };
    if let Some(progress) = asked.progress {
        desk.cancel(progress.job);
    }
    if asked.ending.is_none() {
        asked.end(Ending::Stopped);
    }
}

/// What stands before the question at this place. A server is asked in the user's words alone: what is known beside the picture
/// stays on this machine.
fn conversation(entry: &Entry, place: usize, is_elsewhere: bool) -> Conversation {
    let words = |turn: &Turn, asked: &Asked| if is_elsewhere { turn.said.clone() } else { asked.words.clone() };
    let opening = entry.found().map(|found| &found.finding).filter(|finding| !finding.reasoning.is_empty());
    let opening = opening.map(|finding| Exchange {
        asked: finding.settings.prompt.clone(),
        spoken: Spoken {
            model: finding.model.name.clone(),
            sha256: finding.model.sha256.clone(),
            text: finding.reasoning.clone(),
            tokens: finding.reasoning_tokens.clone(),
        },
    });
    let before = entry.talk[..place].iter().filter_map(|turn| Some((turn, turn.model.as_ref()?)));
    let answered = before.filter(|(_, asked)| !asked.spoken.text.is_empty());
    let exchange =
        |(turn, asked): (&Turn, &Asked)| Exchange { asked: words(turn, asked), spoken: asked.spoken.clone() };
    let turns = answered.map(exchange).collect();
    let turn = &entry.talk[place];
    let asked = turn.model.as_ref().map_or_else(String::new, |asked| words(turn, asked));
    Conversation { opening, turns, asked }
}
