//! What is drawn once in the background and kept: a frame never waits for it.

use crate::ui::background::{Background, Polled};

/// Something drawn once in the background and kept until what it was drawn from changes.
pub struct Drawn<Key, T> {
    key: Option<Key>,
    coming: Option<(Key, Background<T>)>,
    shapes: Option<T>,
}

impl<Key: PartialEq, T: Send + 'static> Drawn<Key, T> {
    /// Nothing yet.
    pub const fn new() -> Self {
        Self { key: None, coming: None, shapes: None }
    }

    /// The shapes for this key, or those of the key before until they are there.
    pub fn get(&mut self, key: Key, start: impl FnOnce() -> Background<T>) -> Option<&T> {
        if let Some((_, coming)) = &self.coming {
            match coming.poll() {
                Polled::Pending => {}
                Polled::Ready(shapes) => {
                    self.shapes = Some(shapes);
                    self.key = self.coming.take().map(|(key, _)| key);
                }
                Polled::Lost => self.key = self.coming.take().map(|(key, _)| key),
            }
        }
        if self.coming.is_none() && self.key.as_ref() != Some(&key) {
            self.coming = Some((key, start()));
        }
        self.shapes.as_ref()
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, key: Key, start: impl FnOnce() -> Background<T>) -> Option<&mut T> {
        self.get(key, start);
        self.shapes.as_mut()
    }
}
