//! The evidence of a picture: that of its answer, or what the user has said before there is one; and how it is edited.

use super::{
    super::{Desk, EvidenceEdit, PicturesEdit},
    Early, Entry, PictureKey, Pictures,
};
use crate::predict::{Finding, Weighing, evidence::Piece, finding::Evidence, sign::Sign};

impl Entry {
    /// The evidence of the answer, or what was said before there was one, with the switches and strengths as the user has
    /// set them.
    pub fn evidence(&self) -> &[Evidence] {
        self.answer().map_or(&self.early.evidence, |(_, run)| run.evidence())
    }

    /// What it is weighed from, or will be; none where an older session did not keep it, so that nothing can be added.
    pub fn weighing(&self) -> Option<&Weighing> {
        match self.answer() {
            Some((_, run)) => run.wanted_weighing().map(AsRef::as_ref),
            None => Some(&self.early.weighing),
        }
    }

    /// The pieces that the user has added.
    pub fn own(&self) -> &[Piece] {
        self.weighing().map_or(&[], |weighing| &weighing.own)
    }

    /// Whether the user's evidence can be added to it.
    pub fn takes_evidence(&self) -> bool {
        (self.picture.is_ok() || !self.runs.is_empty()) && self.weighing().is_some()
    }

    /// Whether its places are being ranked anew.
    pub fn is_ranking(&self) -> bool {
        self.answer().is_some_and(|(_, run)| run.is_ranking())
    }
}

impl EvidenceEdit {
    /// Counts a piece of a picture's answer, or not, and so strongly.
    pub(in super::super) fn weigh(entry: &Entry, id: String, on: bool, strength: f64) -> Self {
        let run = entry.answer().map_or(0, |(number, _)| number);
        Self::Weigh { run, id, on, strength }
    }

    /// Adds a piece to a picture's evidence; one without an id gets the first that is free of its kind.
    pub(in super::super) fn add(entry: &Entry, mut piece: Box<Piece>) -> Self {
        if piece.evidence.id.is_empty() {
            let own = entry.own();
            let name = piece.evidence.kind.name();
            piece.evidence.id =
                first_free(|id| own.iter().any(|own| own.evidence.id == id), |n| format!("own-{name}-{n}"));
        }
        Self::Add(piece)
    }

    /// Puts a sign among a picture's signs; one without an id gets the first that is free.
    pub(in super::super) fn put_sign(entry: &Entry, mut sign: Sign) -> Self {
        if sign.id.is_empty() {
            let signs = entry.answer().map_or(&[][..], |(_, run)| run.signs());
            sign.id = first_free(|id| signs.iter().any(|sign| sign.id == id), |n| n.to_string());
        }
        Self::PutSign(sign)
    }

    /// Does it to the evidence of a run, or to what was said before there was one; the edit that takes it back, unless nothing
    /// changed.
    fn carry_out(self, evidence: &mut Vec<Evidence>, weighing: &mut Weighing) -> Option<Self> {
        match self {
            Self::Weigh { run, id, on, strength } => {
                let piece = evidence.iter_mut().find(|piece| piece.id == id && weighing.can_strike(&id))?;
                let before = (std::mem::replace(&mut piece.on, on), std::mem::replace(&mut piece.strength, strength));
                let changes = before != (on, strength);
                changes.then_some(Self::Weigh { run, id, on: before.0, strength: before.1 })
            }
            Self::Add(piece) => {
                let id = piece.evidence.id.clone();
                evidence.retain(|evidence| evidence.id != id);
                evidence.push(piece.evidence.clone());
                match weighing.own.iter_mut().find(|own| own.evidence.id == id) {
                    Some(own) => Some(Self::Add(Box::new(std::mem::replace(own, *piece)))),
                    None => {
                        weighing.own.push(*piece);
                        Some(Self::Drop(id))
                    }
                }
            }
            Self::Drop(id) => {
                let at = weighing.own.iter().position(|own| own.evidence.id == id)?;
                let mut piece = weighing.own.remove(at);
                // It comes back with the switch and the strength that it had.
                if let Some(at) = evidence.iter().position(|evidence| evidence.id == id) {
                    piece.evidence = evidence.remove(at);
                }
                Some(Self::Add(Box::new(piece)))
            }
            Self::PutSign(sign) => match weighing.signs.iter_mut().find(|other| other.id == sign.id) {
                Some(other) if *other == sign => None,
                Some(other) => Some(Self::PutSign(std::mem::replace(other, sign))),
                None => {
                    let id = sign.id.clone();
                    weighing.signs.push(sign);
                    Some(Self::DropSign(id))
                }
            },
            Self::DropSign(id) => {
                let at = weighing.signs.iter().position(|sign| sign.id == id)?;
                Some(Self::PutSign(weighing.signs.remove(at)))
            }
        }
    }
}

impl PicturesEdit {
    /// Adds an own piece of a picture's to the evidence of all other pictures that take it and have none like it: one edit.
    pub(in super::super) fn share(entry: &Entry, id: &str, others: &[Entry]) -> Option<Self> {
        let mut piece = entry.own().iter().find(|own| own.evidence.id == id)?.clone();
        let as_set = entry.evidence().iter().find(|evidence| evidence.id == id)?;
        (piece.evidence.on, piece.evidence.strength) = (as_set.on, as_set.strength);
        piece.evidence.id.clear();
        let has_none = |other: &&Entry| {
            let is_same = |own: &Piece| own.evidence.statement == piece.evidence.statement;
            other.key != entry.key && other.takes_evidence() && !other.own().iter().any(is_same)
        };
        let add = |other: &Entry| EvidenceEdit::add(other, Box::new(piece.clone()));
        let edits = others.iter().filter(has_none).map(|other| Self::Evidence { key: other.key, edit: add(other) });
        let edits: Vec<Self> = edits.collect();
        (!edits.is_empty()).then_some(Self::Together(edits))
    }
}

fn first_free(is_taken: impl Fn(&str) -> bool, name: impl Fn(u64) -> String) -> String {
    (1..).map(name).find(|id| !is_taken(id)).unwrap_or_default()
}

impl Pictures {
    /// Does an edit of a picture's evidence, that of its answer where it names no run, and wants the ranking; the edit that takes it
    /// back, unless nothing changed. Where the picture was not located yet, it is kept for the first run.
    pub(super) fn change_evidence(
        &mut self,
        key: PictureKey,
        edit: EvidenceEdit,
        desk: &mut Desk,
    ) -> Option<PicturesEdit> {
        let entry = self.entry_mut(key)?;
        let edit = if entry.runs.is_empty() {
            if matches!(edit, EvidenceEdit::PutSign(_)) {
                return None; // signs are those of a run
            }
            let Early { evidence, weighing } = &mut entry.early;
            edit.carry_out(evidence, weighing)?
        } else {
            let number = if let EvidenceEdit::Weigh { run, .. } = &edit { *run } else { entry.answer };
            let run = entry.runs.get_mut(number)?;
            let mut weighing = Weighing::clone(run.wanted_weighing()?);
            let mut finding = Finding::clone(run.wanted_finding());
            let inverse = edit.carry_out(&mut finding.evidence, &mut weighing)?;
            finding.signs.clone_from(&weighing.signs);
            run.want(finding, weighing, desk);
            inverse
        };
        entry.follow_answer(desk);
        self.selection = Some(key);
        Some(PicturesEdit::Evidence { key, edit })
    }
}
