//! What the user does to a case, as edits: each can be kept as text, and is undone by another, its inverse. Looking around
//! and the engine's work are no edits.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{PictureKey, Turn};
use crate::{
    dataset::RowId,
    knowledge::clues::ClueRecord,
    predict::{evidence::Piece, sign::Sign},
    worker::JobId,
};

/// So many edits can be undone.
const MOST_EDITS: usize = 200;

/// A change of the case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edit {
    /// Of the pictures.
    Pictures(PicturesEdit),
    /// Of a data set.
    Dataset(DatasetEdit),
    /// Of the user's own clues.
    Knowledge(KnowledgeEdit),
}

/// A change of the pictures that are open.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PicturesEdit {
    /// Take these out of the strip.
    Remove(Vec<PictureKey>),
    /// Put these, which were taken out, back into their places.
    Restore(Vec<(PictureKey, usize)>),
    /// Choose the candidate of this rank.
    Choose {
        /// Of this picture.
        key: PictureKey,
        /// 1 for the likeliest.
        rank: usize,
    },
    /// Let this run stand as the answer.
    Answer {
        /// Of this picture.
        key: PictureKey,
        /// Its number, from 0.
        run: usize,
    },
    /// Change its evidence.
    Evidence {
        /// Of this picture.
        key: PictureKey,
        /// How.
        edit: EvidenceEdit,
    },
    /// Take turns of the conversation back.
    TakeBack {
        /// About this picture.
        key: PictureKey,
        /// From this place on, from 0.
        from: usize,
        /// So many.
        n: usize,
    },
    /// Put turns into the conversation that were taken back.
    PutBack {
        /// About this picture.
        key: PictureKey,
        /// At this place, from 0.
        from: usize,
        /// Which.
        turns: Vec<Turn>,
    },
    /// Several as one, in order.
    Together(Vec<PicturesEdit>),
}

/// A change of a picture's evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceEdit {
    /// Count a piece, or not, and so strongly.
    Weigh {
        /// Of this run of the picture, from 0.
        run: usize,
        /// This piece.
        id: String,
        /// Whether it counts.
        on: bool,
        /// How strongly, 0 to 1.
        strength: f64,
    },
    /// Add a piece of the user's own, or put it in the place of the one of its id.
    Add(Box<Piece>),
    /// Take the one of this id away.
    Drop(String),
    /// Add a sign, or put it in the place of the one of its id: corrected, struck, or as it was.
    PutSign(Sign),
    /// Take the one of this id away, which was added.
    DropSign(String),
}

/// A change of a data set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DatasetEdit {
    /// Mark pictures as checked, or not.
    Check {
        /// In this index.
        file: PathBuf,
        /// Which.
        ids: Vec<RowId>,
        /// Whether they are.
        checked: bool,
    },
}

/// A change of the user's own clues.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KnowledgeEdit {
    /// Add a record, or put it in the place of the one of its id.
    Put(Box<ClueRecord>),
    /// Take the one of this id away.
    Drop(String),
}

impl PicturesEdit {
    /// The pictures that it brings back into the strip.
    fn brings_back(&self) -> Vec<PictureKey> {
        match self {
            Self::Restore(places) => places.iter().map(|(key, _)| *key).collect(),
            Self::Together(edits) => edits.iter().flat_map(Self::brings_back).collect(),
            _of_what_is_there => Vec::new(),
        }
    }
}

/// The inverse of an edit that was done.
#[derive(Debug)]
struct Done {
    inverse: Edit,
    /// The job whose pictures came by it, where it is an opening.
    opening: Option<JobId>,
}

/// What can be undone, and done again.
#[derive(Debug, Default)]
pub(super) struct History {
    done: Vec<Done>,
    undone: Vec<Edit>,
    /// Pictures that it could bring back and cannot any more.
    lost: Vec<PictureKey>,
}

impl History {
    /// An edit was done that this one would undo.
    pub(super) fn did(&mut self, inverse: Edit) {
        self.push(inverse, None);
    }

    /// A picture came by a job that opens pictures; all that come by one job are one edit.
    pub(super) fn opened(&mut self, job: JobId, key: PictureKey) {
        let same = self.done.iter_mut().rev().find(|done| done.opening == Some(job));
        if let Some(Done { inverse: Edit::Pictures(PicturesEdit::Remove(keys)), .. }) = same {
            keys.push(key);
        } else {
            self.push(Edit::Pictures(PicturesEdit::Remove(vec![key])), Some(job));
        }
    }

    fn push(&mut self, inverse: Edit, opening: Option<JobId>) {
        let undone = std::mem::take(&mut self.undone);
        undone.iter().for_each(|edit| self.lose(edit));
        self.keep(Done { inverse, opening });
    }

    fn keep(&mut self, done: Done) {
        self.done.push(done);
        let n_too_many = self.done.len().saturating_sub(MOST_EDITS);
        for done in self.done.drain(..n_too_many).collect::<Vec<_>>() {
            self.lose(&done.inverse);
        }
    }

    /// An edit goes that nobody will do any more.
    fn lose(&mut self, edit: &Edit) {
        if let Edit::Pictures(edit) = edit {
            self.lost.extend(edit.brings_back());
        }
    }

    /// The pictures that no edit brings back any more; each is named once.
    pub(super) fn take_lost(&mut self) -> Vec<PictureKey> {
        std::mem::take(&mut self.lost)
    }

    /// The edit to do in order to undo the last one, and the job that still opens pictures by it.
    pub(super) fn undo(&mut self) -> Option<(Edit, Option<JobId>)> {
        self.done.pop().map(|done| (done.inverse, done.opening))
    }

    /// An edit was undone that this one would do again.
    pub(super) fn undid(&mut self, edit: Edit) {
        self.undone.push(edit);
    }

    /// The edit to do again.
    pub(super) fn redo(&mut self) -> Option<Edit> {
        self.undone.pop()
    }

    /// An edit was done again that this one would undo.
    pub(super) fn redid(&mut self, inverse: Edit) {
        self.keep(Done { inverse, opening: None });
    }

    pub(super) fn can_undo(&self) -> bool {
        !self.done.is_empty()
    }

    pub(super) fn can_redo(&self) -> bool {
        !self.undone.is_empty()
    }
}
