//! No record of a file takes more memory than a ration, however long the file is and whatever stands in it.

use std::{
    cell::Cell,
    io::{self, Read},
    rc::Rc,
};

/// No record is longer, in bytes: a long conversation has a few thousand. What is longer is what follows a quotation mark that
/// is never closed.
pub(super) const MAX_RECORD_BYTES: u64 = 4 << 20;

/// What is said of one that is longer.
pub(super) const TOO_LONG: &str = "it is longer than a record can be; a quotation mark may not be closed";

/// How many bytes of a reader may still be read for one record.
#[derive(Clone)]
pub(super) struct Ration(Rc<Cell<u64>>);

impl Ration {
    /// A reader of which a record's bytes can be read, and the ration that allows more.
    pub fn of<R: Read>(reader: R) -> (Rationed<R>, Self) {
        let ration = Self(Rc::new(Cell::new(MAX_RECORD_BYTES)));
        (Rationed { reader, left: ration.clone() }, ration)
    }

    /// Allows another record.
    pub fn renew(&self) {
        self.0.set(MAX_RECORD_BYTES);
    }

    /// Whether a record has taken all of it.
    pub fn is_spent(&self) -> bool {
        self.0.get() == 0
    }
}

/// A reader that fails where its ration is spent.
pub(super) struct Rationed<R> {
    reader: R,
    left: Ration,
}

impl<R: Read> Read for Rationed<R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let Ration(left) = &self.left;
        let room = target.len().min(usize::try_from(left.get()).unwrap_or(usize::MAX));
        if room == 0 && !target.is_empty() {
            return Err(io::Error::other(TOO_LONG));
        }
        let n = self.reader.read(&mut target[..room])?;
        left.set(left.get() - n as u64);
        Ok(n)
    }
}
