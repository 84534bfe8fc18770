//! The pictures as a session keeps them, and how they come back from one.

use std::{path::Path, sync::Arc};

use serde_json::Map;

use super::{
    super::{
        Desk, NotOpen, Room,
        session::{KeptPicture, KeptRun, SESSION_VERSION, Session},
    },
    Early, Entry, Found, Opening, PictureKey, Pictures, Run, Turn, pixels,
    talk::MOST_TURNS,
};
use crate::{
    geo::{Cell, LatLon, Surface},
    predict::{Finding, Weighing},
    worker::{Command, JobId, PictureSource},
};

/// So many cells of a surface are kept, the likeliest first; the rest is too faint to be seen.
const MOST_CELLS: usize = 1000;
/// Of so many runs of a picture, the latest, is kept what they were weighed from, and of its answer.
const MOST_WEIGHINGS: usize = 3;

impl Pictures {
    /// What is to be kept of them. A picture that came without a file is not.
    pub(in super::super) fn session(&self) -> Session {
        let with_files = || self.entries.iter().filter(|entry| entry.path.is_some());
        Session {
            version: SESSION_VERSION,
            pictures: with_files().filter_map(kept).collect(),
            selected: with_files().position(|entry| Some(entry.key) == self.selection),
            rest: Map::new(),
        }
    }

    /// Brings the pictures of a session back; their files are opened again, and nothing is located anew.
    pub(in super::super) fn bring_back(
        &mut self,
        session: Session,
        desk: &mut Desk,
    ) -> Option<(JobId, Vec<PictureKey>)> {
        let sources: Vec<_> = session.pictures.iter().map(|kept| PictureSource::Path(kept.path.clone())).collect();
        if sources.is_empty() {
            return None;
        }
        let job = desk.job_for(Room::Pictures);
        let keys: Vec<PictureKey> = sources.iter().map(|_| PictureKey(desk.number())).collect();
        let returning = keys.iter().zip(session.pictures).map(|(key, kept)| returning(*key, kept));
        self.entries.extend(returning);
        self.selection = session.selected.and_then(|place| keys.get(place)).or(keys.first()).copied();
        self.openings.push(Opening { job, n_sources: sources.len(), n_come: 0 });
        desk.send(Command::OpenPictures { job, sources, pixel_bytes: pixels::budget(desk) });
        Some((job, keys))
    }

    /// The picture of a session with this file that is still to be opened again.
    pub(super) fn returning(&mut self, file: Option<&Path>) -> Option<&mut Entry> {
        let all = self.entries.iter_mut().chain(&mut self.removed);
        all.into_iter().find(|entry| is_returning(entry) && file.is_some() && entry.path.as_deref() == file)
    }

    /// What is not coming back any more says so.
    pub(super) fn give_up_returning(&mut self) {
        for entry in self.entries.iter_mut().chain(&mut self.removed).filter(|entry| is_returning(entry)) {
            entry.picture = Err(NotOpen::NotReturned);
        }
    }
}

fn is_returning(entry: &Entry) -> bool {
    matches!(entry.picture, Err(NotOpen::Returning))
}

fn kept(entry: &Entry) -> Option<KeptPicture> {
    let n_bare = entry.runs.len().saturating_sub(MOST_WEIGHINGS);
    let is_weighed = |number: usize| number >= n_bare || number == entry.answer;
    Some(KeptPicture {
        name: entry.name.clone(),
        path: entry.path.clone()?,
        sha256: entry.sha256.clone(),
        chosen_rank: entry.chosen_rank,
        runs: entry.runs.iter().enumerate().map(|(number, run)| kept_run(run, is_weighed(number))).collect(),
        answer: Some(entry.answer).filter(|answer| answer + 1 < entry.runs.len()),
        talk: entry.talk.iter().map(Turn::kept).collect(),
        early: entry.early.kept(),
        rest: Map::new(),
    })
}

/// A picture of a session, before its file is open again.
fn returning(key: PictureKey, kept: KeptPicture) -> Entry {
    let KeptPicture { name, path, sha256, chosen_rank, runs, answer, talk, early, rest: _ } = kept;
    let runs: Vec<Run> = runs.into_iter().map(run_of).collect();
    let answer = answer.filter(|answer| *answer < runs.len()).unwrap_or(runs.len().saturating_sub(1));
    let talk = talk.into_iter().take(MOST_TURNS).map(Turn::returned).collect();
    let early = Early::returned(early);
    let not_open = Entry::not_open(key, name, NotOpen::Returning);
    Entry { path: Some(path), sha256, chosen_rank, runs, answer, talk, early, ..not_open }
}

fn kept_run(run: &Run, with_weighing: bool) -> KeptRun {
    let Found { finding, surface, by_starter } = &run.found;
    let rounded = |number: f64| (number * 1e4).round() / 1e4;
    let kept = |(cell, share): &(Cell, f32)| {
        let centre = cell.centre();
        [rounded(centre.lat), rounded(centre.lon), f64::from(*share)]
    };
    KeptRun {
        finding: Finding::clone(finding),
        by_starter: *by_starter,
        cells: surface.cells.iter().take(MOST_CELLS).map(kept).collect(),
        sizes: surface.cells.iter().take(MOST_CELLS).map(|(cell, _)| cell.size()).collect(),
        weighing: run.weighing.as_deref().filter(|_| with_weighing).cloned(),
        seconds: run.seconds,
    }
}

fn run_of(kept: KeptRun) -> Run {
    let cell = |(at, [lat, lon, share]): (usize, [f64; 3])| {
        let middle = LatLon::new(lat, lon)?;
        let cell = kept.sizes.get(at).map_or_else(|| Cell::containing(middle), |size| Cell::of_size(middle, *size));
        Some((cell?, share))
    };
    let surface = Surface::from_weights(kept.cells.into_iter().enumerate().filter_map(cell));
    let found = Found { finding: Arc::new(kept.finding), surface: Arc::new(surface), by_starter: kept.by_starter };
    let weighing = kept.weighing.filter(Weighing::is_sound).map(Arc::new);
    Run { found, weighing, seconds: kept.seconds, wanted: None, asking: None }
}
