//! The pictures that are open: the film strip, the one looked at, and the work upon them.
//!
//! Pictures are located one after another: the engine holds one locating job at a time and the rest wait here, so that
//! stopping, removing and reordering are a matter of this list alone.

mod changes;
mod compared;
mod comparing;
mod early;
mod entry;
mod evidence;
mod keeping;
mod pixels;
mod progress;
mod ranking;
mod reopening;
mod talk;
mod turn;
mod work;

use std::{collections::VecDeque, path::Path, sync::Arc};

pub use compared::{Compared, Comparison, Side};
pub use early::Early;
use entry::Wanted;
pub use entry::{Entry, Found, Locatable, PictureKey, Run};
use pixels::Pixels;
pub use progress::Progress;
pub use turn::{Asked, Ending, TalkAction, Turn};
pub use work::Work;

use super::{Closing, Desk, Knowledge, NoModel, NotLocated, NotOpen, Page, PicturesEdit, Remark, Room};
use crate::{
    picture::{Picture, Preview},
    worker::{Command, JobId, JobStage, PictureNews, PictureSource},
};

/// A job that opens pictures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Opening {
    /// The job.
    pub job: JobId,
    /// How many sources it was given; a folder counts as one.
    pub n_sources: usize,
    /// How many pictures came of them so far, failed ones included.
    pub n_come: usize,
}

/// What the window knows of pictures.
#[derive(Debug, Default)]
pub(super) struct Pictures {
    entries: Vec<Entry>,
    /// What was taken out of the strip and can come back.
    removed: Vec<Entry>,
    selection: Option<PictureKey>,
    openings: Vec<Opening>,
    running: Option<(JobId, PictureKey, Side)>,
    queue: VecDeque<(PictureKey, Side)>,
    /// With which model the last picture was located.
    last_side: Side,
    comparison: Option<Comparison>,
    pixels: Pixels,
    /// The jobs that read pixels again, and of which picture.
    reading: Vec<(JobId, PictureKey)>,
    /// The job in which the model answers a question.
    talking: Option<JobId>,
    /// Whether the ranking thread takes no more for now.
    ranking_is_full: bool,
    /// The picture, and the number of its run, of which was asked last what would change its places.
    asked_about: Option<(PictureKey, usize)>,
}

/// What is called by its whole path is called by its file's name, as the others are; why it is not open names the path.
fn file_name(name: &str) -> String {
    Path::new(name).file_name().map_or_else(|| name.to_owned(), |name| name.to_string_lossy().into_owned())
}

impl Pictures {
    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(super) fn entry(&self, key: PictureKey) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    pub(super) fn selected(&self) -> Option<&Entry> {
        self.selection.and_then(|key| self.entry(key))
    }

    pub(super) fn running(&self) -> Option<(&Entry, Progress)> {
        let (_, key, side) = self.running?;
        let entry = self.entry(key)?;
        if let Work::Running(progress) = entry.work_of(side) { Some((entry, *progress)) } else { None }
    }

    pub(super) fn n_waiting(&self) -> usize {
        self.queue.len()
    }

    pub(super) fn openings(&self) -> &[Opening] {
        &self.openings
    }

    pub(super) fn can_cancel(&self) -> bool {
        self.running.is_some() || !self.queue.is_empty() || !self.openings.is_empty() || self.is_talking()
    }

    /// Takes in what is said of a picture; a picture that came into the strip is named. What belongs to no job that is still
    /// wanted changes nothing.
    pub(super) fn apply(
        &mut self,
        job: JobId,
        news: PictureNews,
        by_starter: bool,
        desk: &mut Desk,
    ) -> Option<PictureKey> {
        match news {
            PictureNews::Opened { preview, picture } => return self.opened(job, preview, picture, desk),
            PictureNews::Pixels(picture) => self.read(job, picture, desk),
            PictureNews::Failed { name, path, failure } => {
                let (n_come, why) = (self.has_come(job)?, NotOpen::Failed(failure));
                if let Some(entry) = self.lacking(path.as_deref()) {
                    entry.picture = Err(why);
                    return None;
                }
                // With its file, so that a session keeps it as well.
                let entry = |key| Entry { path, ..Entry::not_open(key, file_name(&name), why) };
                return Some(self.add(n_come, entry, desk));
            }
            PictureNews::Token(text) => {
                if let Some(asked) = self.asked_by(job) {
                    asked.push_token(&text);
                } else if let Some((entry, side)) = self.entry_of(job) {
                    entry.push_token(side, &text);
                }
            }
            PictureNews::Spoken { spoken, is_whole } => self.spoken(job, spoken, is_whole),
            PictureNews::Locatability { labels, score, segmenter } => {
                if let Some((entry, _)) = self.entry_of(job) {
                    entry.locatable = Some(Locatable { labels, score, segmenter });
                }
            }
            PictureNews::Found { finding, surface, weighing, seconds } => {
                let is_compared = self.comparison.is_some();
                if let Some((entry, side)) = self.entry_of(job) {
                    let found = Found { finding: Arc::new(*finding), surface, by_starter };
                    let run = Run { found, weighing, seconds: Some(seconds), wanted: None, asking: None };
                    let (key, before) = (entry.key, entry.answer().map(|(number, _)| number));
                    entry.take_run(side, run, is_compared);
                    self.carry_over(key, before, desk);
                }
            }
            PictureNews::Ranked { finding, surface } => self.ranked(job, *finding, surface),
            PictureNews::Change { at, change } => self.would_change(job, at, change),
        }
        None
    }

    /// Where a job stands.
    pub(super) fn progress(&mut self, job: JobId, stage: JobStage, fraction: Option<f32>) {
        match self.entry_of(job) {
            Some((entry, side)) => {
                if let Work::Running(progress) = entry.work_mut(side) {
                    (progress.stage, progress.fraction) = (Some(stage), fraction);
                }
            }
            None => self.progress_of_talk(job, stage, fraction),
        }
    }

    /// A job ended.
    pub(super) fn close(&mut self, job: JobId, closing: Closing, desk: &mut Desk) {
        if let Some((entry, side)) = self.entry_of(job) {
            *entry.work_mut(side) = match closing {
                Closing::Done => Work::Idle,
                Closing::Failed(failure) => Work::Failed(NotLocated::Failed(failure)),
                Closing::Cancelled => Work::Cancelled,
            };
            self.running = None;
        } else if let Some(place) = self.openings.iter().position(|opening| opening.job == job) {
            self.openings.remove(place);
            if self.openings.is_empty() {
                self.give_up_returning();
            }
            if let Closing::Failed(failure) = closing {
                desk.tell(Remark::OpeningFailed(failure));
            }
        } else if !self.close_talk(job, &closing) && !self.close_reading(job, &closing) {
            self.close_ranking(job, &closing, desk);
        }
    }

    pub(super) fn open(&mut self, sources: Vec<PictureSource>, desk: &mut Desk) {
        if sources.is_empty() {
            return;
        }
        desk.settings.page = Page::PICTURES;
        let job = desk.job_for(Room::Pictures);
        self.openings.push(Opening { job, n_sources: sources.len(), n_come: 0 });
        desk.send(Command::OpenPictures { job, sources, pixel_bytes: pixels::budget(desk) });
    }

    pub(super) fn select(&mut self, key: PictureKey) {
        if self.entry(key).is_some() {
            self.look_at(Some(key));
        }
    }

    pub(super) fn select_by(&mut self, places: isize) {
        let here = self.entries.iter().position(|entry| Some(entry.key) == self.selection).unwrap_or(0);
        let last = self.entries.len().saturating_sub(1);
        let there = here.saturating_add_signed(places).min(last);
        self.look_at(self.entries.get(there).map(|entry| entry.key));
    }

    /// Does an edit; its inverse comes back, unless nothing changed.
    pub(super) fn carry_out(&mut self, edit: PicturesEdit, desk: &mut Desk) -> Option<PicturesEdit> {
        match edit {
            PicturesEdit::Remove(keys) => {
                let places: Vec<_> = keys.into_iter().filter_map(|key| self.remove(key, desk)).collect();
                (!places.is_empty()).then_some(PicturesEdit::Restore(places))
            }
            PicturesEdit::Restore(places) => {
                // The other way round from their removal, so that each finds its place.
                let keys: Vec<_> = places.into_iter().rev().filter_map(|place| self.restore(place)).collect();
                (!keys.is_empty()).then_some(PicturesEdit::Remove(keys))
            }
            PicturesEdit::Choose { key, rank } => {
                let entry = self.entry_mut(key).filter(|entry| entry.chosen_rank != rank)?;
                let before = std::mem::replace(&mut entry.chosen_rank, rank);
                self.selection = Some(key);
                Some(PicturesEdit::Choose { key, rank: before })
            }
            PicturesEdit::Answer { key, run } => {
                let entry = self.entry_mut(key).filter(|entry| entry.answer != run && run < entry.runs.len())?;
                let before = std::mem::replace(&mut entry.answer, run);
                entry.chosen_rank = 1;
                self.selection = Some(key);
                Some(PicturesEdit::Answer { key, run: before })
            }
            PicturesEdit::Together(edits) => {
                let looked_at = self.selection;
                let mut inverses: Vec<_> = edits.into_iter().filter_map(|edit| self.carry_out(edit, desk)).collect();
                inverses.reverse();
                self.selection = looked_at;
                (!inverses.is_empty()).then_some(PicturesEdit::Together(inverses))
            }
            PicturesEdit::Evidence { key, edit } => self.change_evidence(key, edit, desk),
            edit @ (PicturesEdit::TakeBack { .. } | PicturesEdit::PutBack { .. }) => self.change_talk(edit, desk),
        }
    }

    fn remove(&mut self, key: PictureKey, desk: &mut Desk) -> Option<(PictureKey, usize)> {
        let place = self.entries.iter().position(|entry| entry.key == key)?;
        if let Some((job, ..)) = self.running.take_if(|(_, running, _)| *running == key) {
            desk.cancel(job);
        }
        self.queue.retain(|(waiting, _)| *waiting != key);
        let mut entry = self.entries.remove(place);
        talk::stop_all(&mut entry, desk);
        for side in Side::BOTH.into_iter().filter(|side| entry.work_of(*side).is_going_on()).collect::<Vec<_>>() {
            *entry.work_mut(side) = Work::Cancelled;
        }
        self.removed.push(entry);
        if self.selection == Some(key) {
            self.selection = self.entries.get(place).or(self.entries.last()).map(|entry| entry.key);
        }
        Some((key, place))
    }

    fn restore(&mut self, (key, place): (PictureKey, usize)) -> Option<PictureKey> {
        let at = self.removed.iter().position(|entry| entry.key == key)?;
        let entry = self.removed.swap_remove(at);
        self.entries.insert(place.min(self.entries.len()), entry);
        self.selection = Some(key);
        Some(key)
    }

    /// Lets go for good what was taken out and nothing brings back.
    pub(super) fn let_go(&mut self, keys: &[PictureKey], desk: &mut Desk) {
        let gone = self.removed.extract_if(.., |entry| keys.contains(&entry.key));
        for mut run in gone.flat_map(|entry| entry.runs) {
            run.want_nothing(desk);
        }
    }

    /// Nothing more comes of any job that opens pictures.
    pub(super) fn stop_openings(&mut self, desk: &mut Desk) {
        self.openings.drain(..).for_each(|opening| desk.cancel(opening.job));
        self.give_up_returning();
    }

    /// Nothing more comes of a job that opens pictures.
    pub(super) fn stop_opening(&mut self, job: JobId, desk: &mut Desk) {
        if let Some(place) = self.openings.iter().position(|opening| opening.job == job) {
            self.openings.remove(place);
            desk.cancel(job);
            self.give_up_returning();
        }
    }

    /// Puts a picture at the end of the queue.
    pub(super) fn locate(&mut self, key: PictureKey) {
        self.try_again(Some(key));
        self.locate_with(key, |_, _| true);
    }

    /// Puts every picture that was not located yet at the end of the queue.
    pub(super) fn locate_rest(&mut self) {
        let rest: Vec<PictureKey> = self.unlocated().map(|entry| entry.key).collect();
        for key in rest {
            self.try_again(Some(key));
            self.locate_lacking(key);
        }
    }

    /// Stops what runs and what waits; whether there was anything.
    pub(super) fn cancel(&mut self, desk: &mut Desk) -> bool {
        let could = self.can_cancel();
        self.stop_talking(desk);
        self.stop_openings(desk);
        let mut stopped: Vec<(PictureKey, Side)> = self.queue.drain(..).collect();
        if let Some((job, key, side)) = self.running.take() {
            desk.cancel(job);
            stopped.push((key, side));
        }
        for (key, side) in stopped {
            if let Some(entry) = self.entry_mut(key) {
                *entry.work_mut(side) = Work::Cancelled;
            }
        }
        could
    }

    /// Hands the next waiting picture to the engine, if it is free for it and the pixels are there.
    pub(super) fn start_next(&mut self, knowledge: &Knowledge, desk: &mut Desk) {
        while self.running.is_none()
            && let Some((at, (key, side))) = self.next_in_queue()
        {
            let picture = self.take_up(key);
            let Some(entry) = self.entry_mut(key).filter(|entry| entry.picture.is_ok()) else {
                self.queue.remove(at);
                continue;
            };
            if let Some(why) = entry.unreadable.clone() {
                *entry.work_mut(side) = Work::Failed(NotLocated::NoPixels(why));
                self.queue.remove(at);
                continue;
            }
            let Some(picture) = picture else { return }; // it is being read
            let job = desk.job_for(Room::Pictures);
            *entry.work_mut(side) = Work::Running(Progress { job, stage: None, fraction: None });
            entry.reasoning_mut(side).clear();
            self.queue.remove(at);
            (self.running, self.last_side) = (Some((job, key, side)), side);
            let by =
                self.comparison.as_ref().filter(|_| side == Side::Other).map(|comparison| comparison.source.clone());
            let (settings, segmenter) = (desk.settings.locate, desk.settings.segmenter.clone());
            let (encoder, clues) = (desk.settings.encoder.clone(), Arc::clone(knowledge.clues()));
            desk.send(Command::Locate { job, by, picture, settings, segmenter, clues, encoder });
        }
    }

    /// The model is about to be another: what runs stops and waits for that one.
    pub(super) fn wait_for_model(&mut self, desk: &mut Desk) {
        let Some((job, key, side)) = self.running.take() else { return };
        desk.cancel(job);
        if let Some(entry) = self.entry_mut(key) {
            *entry.work_mut(side) = Work::Waiting;
            self.queue.push_front((key, side));
        }
    }

    /// There is no model in use: what waits for it says why.
    pub(super) fn fail_waiting(&mut self, why: &NoModel) {
        for (key, side) in std::mem::take(&mut self.queue) {
            match self.entry_mut(key) {
                Some(entry) if side == Side::InUse => entry.work = Work::Failed(NotLocated::NoModel(why.clone())),
                _ => self.queue.push_back((key, side)),
            }
        }
    }
}

impl Pictures {
    fn entry_mut(&mut self, key: PictureKey) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.key == key)
    }

    /// The picture that a job locates, and with which model.
    fn entry_of(&mut self, job: JobId) -> Option<(&mut Entry, Side)> {
        let (running, key, side) = self.running?;
        if running == job { Some((self.entry_mut(key)?, side)) } else { None }
    }

    fn opened(
        &mut self,
        job: JobId,
        preview: Arc<Preview>,
        picture: Option<Arc<Picture>>,
        desk: &mut Desk,
    ) -> Option<PictureKey> {
        let n_come = self.has_come(job)?;
        let lacking = self.lacking(preview.path.as_deref()).map(|entry| entry.key);
        let same = || self.entries.iter().find(|entry| entry.sha256.as_ref() == Some(&preview.sha256));
        if let Some(key) = lacking.or_else(|| same().map(|entry| entry.key)) {
            self.came_again(key, n_come, preview, picture, desk);
            return None;
        }
        let key = self.add(n_come, |key| Entry::opened(key, preview), desk);
        self.hold(key, picture, desk);
        self.locate(key);
        Some(key)
    }

    fn hold(&mut self, key: PictureKey, picture: Option<Arc<Picture>>, desk: &Desk) {
        picture.into_iter().for_each(|picture| self.pixels.put(key, picture, pixels::budget(desk)));
    }

    /// Counts a picture of an opening job; none if the job is not wanted any more.
    fn has_come(&mut self, job: JobId) -> Option<usize> {
        let opening = self.openings.iter_mut().find(|opening| opening.job == job)?;
        opening.n_come += 1;
        Some(opening.n_come)
    }

    /// Adds a picture to the strip; the first of what the user opened is the one looked at.
    fn add(&mut self, n_come: usize, make: impl FnOnce(PictureKey) -> Entry, desk: &mut Desk) -> PictureKey {
        let key = PictureKey(desk.number());
        self.entries.push(make(key));
        if n_come == 1 || self.selection.is_none() {
            self.selection = Some(key);
        }
        key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_that_is_not_open_is_called_as_the_others_are() {
        assert_eq!(file_name("/home/a/odd/empty.jpg"), "empty.jpg");
        assert_eq!(file_name("clipboard"), "clipboard");
    }
}
