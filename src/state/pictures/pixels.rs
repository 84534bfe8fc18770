//! The pixels of open pictures come and go within a budget: those looked at and located last are held, and what is needed and
//! not held is read again from its file, off the window's thread.

use std::sync::Arc;

use lru::LruCache;

use super::{
    super::{Closing, Desk, NoPixels, Room},
    Entry, PictureKey, Pictures,
};
use crate::{
    picture::Picture,
    worker::{Command, JobId},
};

/// The budget where the machine does not say how much memory it has, in bytes.
const USUAL_BUDGET: usize = 1 << 30;

/// Pictures with their pixels, the one used last at the front, and never more bytes than the budget.
#[derive(Debug)]
pub(super) struct Pixels {
    held: LruCache<PictureKey, Arc<Picture>>,
    n_bytes: usize,
}

impl Default for Pixels {
    fn default() -> Self {
        Self { held: LruCache::unbounded(), n_bytes: 0 }
    }
}

fn bytes_of(picture: &Picture) -> usize {
    picture.pixels.as_raw().len()
}

impl Pixels {
    /// Holds a picture, and lets those go that were not used for longest; one that is larger than the budget is not held.
    pub(super) fn put(&mut self, key: PictureKey, picture: Arc<Picture>, budget: usize) {
        if let Some(before) = self.held.pop(&key) {
            self.n_bytes -= bytes_of(&before);
        }
        let n_bytes = bytes_of(&picture);
        if n_bytes > budget {
            return;
        }
        while self.n_bytes + n_bytes > budget
            && let Some((_, oldest)) = self.held.pop_lru()
        {
            self.n_bytes -= bytes_of(&oldest);
        }
        self.n_bytes += n_bytes;
        self.held.put(key, picture);
    }

    /// A picture that is used now.
    fn take_up(&mut self, key: PictureKey) -> Option<Arc<Picture>> {
        self.held.get(&key).cloned()
    }

    /// A picture, without a word on its being used.
    pub(super) fn peek(&self, key: PictureKey) -> Option<&Arc<Picture>> {
        self.held.peek(&key)
    }

    /// How many bytes are held.
    pub(super) fn n_bytes(&self) -> usize {
        self.n_bytes
    }
}

/// How many bytes of pixels may be held.
pub(super) fn budget(desk: &Desk) -> usize {
    desk.settings.pixel_bytes.unwrap_or(USUAL_BUDGET)
}

impl Pictures {
    /// The pixels of a picture, if they are at hand.
    pub(in super::super) fn pixels(&self, key: PictureKey) -> Option<&Arc<Picture>> {
        self.pixels.peek(key)
    }

    /// How many bytes of pixels are held.
    pub(in super::super) fn pixel_bytes(&self) -> usize {
        self.pixels.n_bytes()
    }

    /// Asks for the pixels that are needed and not there: of the picture looked at, and of the next one to be located. What
    /// is not needed any more is not read to its end.
    pub(in super::super) fn ask_for_pixels(&mut self, desk: &mut Desk) {
        let looked_at = self.selection.filter(|key| self.can_be_read(*key));
        if let Some(key) = looked_at {
            self.pixels.take_up(key);
        }
        let next = self.next_in_queue().map(|(_, (key, _))| key);
        let next = next.filter(|key| self.can_be_read(*key) && self.has_room(*key, looked_at, desk));
        let wanted: Vec<PictureKey> = looked_at.into_iter().chain(next).collect();
        self.reading.retain(|(job, key)| {
            let is_wanted = wanted.contains(key);
            if !is_wanted {
                desk.cancel(*job);
            }
            is_wanted
        });
        for key in wanted {
            if self.pixels.peek(key).is_some() || self.reading.iter().any(|(_, reading)| *reading == key) {
                continue;
            }
            let Some(Ok(picture)) = self.entry(key).map(|entry| entry.picture.clone()) else { continue };
            let job = desk.job_for(Room::Pictures);
            desk.send(Command::ReadPixels { job, picture });
            self.reading.push((job, key));
        }
    }

    /// Whether the next picture may be read while another is looked at and a third is being located.
    fn has_room(&self, next: PictureKey, looked_at: Option<PictureKey>, desk: &Desk) -> bool {
        let bytes = |key: PictureKey| {
            self.entry(key).and_then(|entry| entry.picture.as_ref().ok()).map_or(0, |picture| picture.pixel_bytes())
        };
        let both = bytes(next) + looked_at.filter(|key| *key != next).map_or(0, bytes);
        self.running.is_none() || both <= budget(desk)
    }

    fn can_be_read(&self, key: PictureKey) -> bool {
        self.entry(key).is_some_and(|entry| entry.picture.is_ok() && entry.unreadable.is_none())
    }

    /// A picture's pixels, to be used now.
    pub(super) fn take_up(&mut self, key: PictureKey) -> Option<Arc<Picture>> {
        self.pixels.take_up(key)
    }

    /// Pixels came.
    pub(super) fn read(&mut self, job: JobId, picture: Arc<Picture>, desk: &Desk) {
        let Some(place) = self.reading.iter().position(|(reading, _)| *reading == job) else { return };
        let (_, key) = self.reading.remove(place);
        self.pixels.put(key, picture, budget(desk));
        if self.pixels.peek(key).is_none()
            && let Some(entry) = self.entry_mut(key)
        {
            entry.unreadable = Some(NoPixels::NoMemory);
        }
    }

    /// The reading of pixels ended; whether it was that.
    pub(super) fn close_reading(&mut self, job: JobId, closing: &Closing) -> bool {
        let Some(place) = self.reading.iter().position(|(reading, _)| *reading == job) else { return false };
        let (_, key) = self.reading.remove(place);
        if let (Closing::Failed(failure), Some(entry)) = (closing, self.entry_mut(key)) {
            entry.unreadable = Some(NoPixels::Failed(Arc::clone(failure)));
        }
        true
    }

    /// Looks at a picture. One that could not be read is tried again: its file may be back.
    pub(super) fn look_at(&mut self, key: Option<PictureKey>) {
        if self.selection != key {
            self.selection = key;
            self.try_again(key);
        }
    }

    /// A picture that could not be read may be by now.
    pub(super) fn try_again(&mut self, key: Option<PictureKey>) {
        if let Some(Entry { unreadable, .. }) = key.and_then(|key| self.entry_mut(key)) {
            *unreadable = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use image::RgbImage;
    use rand::{Rng as _, SeedableRng as _};

    use super::*;

    fn picture(n_pixels: u32) -> Arc<Picture> {
        Arc::new(Picture::from_rgb("a", RgbImage::new(n_pixels, 1)))
    }

    #[test]
    fn whatever_comes_no_more_is_held_than_the_budget_and_what_was_used_last_stays() {
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(7);
        let (mut pixels, budget) = (Pixels::default(), 3 * 100);
        for _ in 0..5000 {
            let key = PictureKey(random.random_range(0..12));
            if random.random_bool(0.5) {
                let n_pixels = random.random_range(1..120);
                pixels.put(key, picture(n_pixels), budget);
                assert_eq!(pixels.peek(key).is_some(), n_pixels <= 100, "what fits is held, and is held last");
            } else {
                pixels.take_up(key);
            }
            let held: usize = pixels.held.iter().map(|(_, picture)| bytes_of(picture)).sum();
            assert!(held == pixels.n_bytes() && held <= budget, "{held}");
        }
    }

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let mut pixels = Pixels::default();
        for key in 1..=3 {
            pixels.put(PictureKey(key), picture(10), 90);
        }
        pixels.take_up(PictureKey(1));
        pixels.put(PictureKey(4), picture(10), 90);
        let held = [1, 2, 3, 4].map(|key| pixels.peek(PictureKey(key)).is_some());
        assert_eq!(held, [true, false, true, true]);
    }
}
