//! Pictures that have their place in the strip, and whose file comes again: with their session, or since the user opens it once more.

use std::sync::Arc;

use super::{
    super::{Desk, Remark},
    Entry, PictureKey, Pictures,
};
use crate::picture::{Picture, Preview};

impl Entry {
    /// Its file was opened again, maybe from another place. Where it is another file by now, that is said: what was found stays.
    fn reopen(&mut self, picture: Arc<Preview>, desk: &mut Desk) {
        let before = self.sha256.replace(picture.sha256.clone());
        if before.is_some_and(|before| before != picture.sha256) {
            desk.tell(Remark::HasChanged(self.name.clone()));
        }
        self.path = picture.path.clone().or(self.path.take());
        (self.picture, self.unreadable) = (Ok(picture), None);
    }
}

impl Pictures {
    /// A picture came that has its place in the strip: it is shown there, where its file was not to be had before. With a session it
    /// comes as it was; what the user opens is looked at, and located unless it was.
    pub(super) fn came_again(
        &mut self,
        key: PictureKey,
        n_come: usize,
        preview: Arc<Preview>,
        picture: Option<Arc<Picture>>,
        desk: &mut Desk,
    ) {
        let mut all = self.entries.iter_mut().chain(&mut self.removed);
        let Some(entry) = all.find(|entry| entry.key == key) else { return };
        let (is_returning, lacks_file) = (entry.is_returning(), entry.lacks_file());
        if lacks_file {
            entry.reopen(preview, desk);
            self.hold(key, picture, desk);
        } else {
            desk.tell(Remark::IsOpen(preview.name.clone()));
        }
        if is_returning {
            return;
        }
        if n_come == 1 {
            self.selection = Some(key);
        }
        if lacks_file {
            self.locate_lacking(key);
        }
    }
}
