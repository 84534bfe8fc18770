//! The signs in the picture: numbered frames on it and a list beside it. Pointing at one shows the other; a reading is
//! corrected, struck and taken back in the list, and a sign that was missed is framed on the picture and typed.

mod drafting;
mod frames;
mod list;

use egui::Ui;

use drafting::Draft;

use crate::{
    predict::sign::Sign,
    state::{Entry, PictureKey},
};

/// How the signs of a picture are looked at.
#[derive(Default)]
pub struct SignsView {
    of: Option<PictureKey>,
    /// Ids of those that are pointed at in this frame: in a list, or on the picture.
    pointed: Vec<String>,
    /// Ids of those that lists point at, for the next frame.
    pointing: Vec<String>,
    /// The id of the one that was clicked.
    chosen: Option<String>,
    /// The list is to show the one that is chosen.
    follows: bool,
    draft: Option<Draft>,
}

impl SignsView {
    /// Looks at this picture's signs from now on.
    pub fn look_at(&mut self, entry: &Entry) {
        if self.of != Some(entry.key) {
            *self = Self { of: Some(entry.key), ..Self::default() };
        }
    }

    /// Signs of these ids are pointed at in a list.
    pub fn point_at(&mut self, ui: &Ui, ids: &[String]) {
        if ids != self.pointed {
            ui.request_repaint();
        }
        self.pointing = ids.to_vec();
    }

    /// Whether a sign stands out.
    fn is_lit(&self, sign: &Sign) -> bool {
        self.chosen.as_ref() == Some(&sign.id) || self.pointed.contains(&sign.id)
    }

    fn choose(&mut self, id: &str) {
        let is_chosen = self.chosen.as_deref() == Some(id);
        self.chosen = (!is_chosen).then(|| id.to_owned());
    }
}

/// The signs of a picture, as the user has set them.
fn signs_of(entry: &Entry) -> &[Sign] {
    entry.answer().map_or(&[], |(_, run)| run.signs())
}

/// Whether signs can be changed: what was found of the picture can be weighed anew.
pub fn can_change(entry: &Entry) -> bool {
    entry.answer().is_some_and(|(_, run)| run.weighing.is_some())
}
